//! Reading the store's journal from outside: a running node keeps its parts in their places meanwhile.

use std::time::{Duration, Instant};

use crate::cli::context::{Context, unexpected};
use crate::cli::failure::Failure;
use crate::engine::limits::HOLD_SECONDS;
use crate::engine::order::{Order, Reply};

/// How often the node is asked again: well within what it was asked for.
const AGAIN: Duration = Duration::from_secs(HOLD_SECONDS / 4);

/// The journal of a running node, held while this lives.
pub(super) struct Held<'a> {
    context: &'a Context,
    is_running: bool,
    /// Position up to which it is durable.
    pub(super) end: u64,
    asked: Instant,
}

impl<'a> Held<'a> {
    /// Asks the node.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(super) fn begin(context: &'a Context) -> Result<Self, Failure> {
        Ok(Self {
            context,
            is_running: true,
            end: hold(context)?,
            asked: Instant::now(),
        })
    }

    /// To be called now and then while reading. That the node has ended meanwhile is no failure: nobody compacts then.
    pub(super) fn keep(&mut self) {
        if self.is_running && self.asked.elapsed() >= AGAIN {
            self.asked = Instant::now();
            self.is_running = hold(self.context).is_ok();
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.is_running {
            // Without this it ends by itself.
            let _ = self.context.ask(Order::HoldJournal { seconds: 0 });
        }
    }
}

fn hold(context: &Context) -> Result<u64, Failure> {
    match context.ask(Order::HoldJournal {
        seconds: HOLD_SECONDS,
    })? {
        Reply::JournalHeld { end } => Ok(end),
        _ => Err(unexpected()),
    }
}
