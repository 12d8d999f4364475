//! Orders on a store that no node has open: no network, the same engine, the same door.

use indaba_store::Store;

use super::event_loop::Clock;
use super::{NodeSettings, StartError, signatures};
use crate::engine::order::{Order, Reply};
use crate::engine::{Engine, Input, OrderTicket, Output};

/// A store under its lock, and the engine that carries out orders on it. What they would have told the network waits in the outbox.
pub struct Offline {
    engine: Engine,
    store: Store,
    clock: Clock,
}

impl Offline {
    /// Opens the store.
    ///
    /// # Errors
    /// When it cannot be opened, or is open in a running node.
    pub fn open(settings: NodeSettings) -> Result<Self, StartError> {
        let (mut store, _) = settings.open_store()?;
        let clock = Clock::start();
        let engine = Engine::new(settings.engine, clock.now(), &mut store)?;
        Ok(Self {
            engine,
            store,
            clock,
        })
    }

    /// Carries out one order; what it acknowledges is durable.
    ///
    /// # Errors
    /// When the store fails.
    pub fn order(&mut self, order: Order) -> Result<Reply, StartError> {
        let Self {
            engine,
            store,
            clock,
        } = self;
        engine.handle(
            clock.now(),
            Input::Order {
                ticket: OrderTicket(0),
                order,
            },
            store,
        )?;
        let mut answer = Reply::Stopping;
        loop {
            engine.settle(clock.now(), store)?;
            let mut checked = Vec::new();
            while let Some(output) = engine.poll_output() {
                match output {
                    Output::Check { ticket, items } => checked.push(Input::Checked {
                        ticket,
                        items: signatures::check(items),
                    }),
                    Output::Reply { reply, .. } => answer = reply,
                    Output::Network(_) | Output::Notice(_) => {}
                }
            }
            if checked.is_empty() {
                return Ok(answer);
            }
            for input in checked {
                engine.handle(clock.now(), input, store)?;
            }
        }
    }

    /// Closes the store.
    ///
    /// # Errors
    /// When it fails.
    pub fn close(self) -> Result<(), StartError> {
        Ok(self.store.close()?)
    }
}

/// Opens the store under its lock, carries out one order, closes it.
///
/// # Errors
/// When the store cannot be opened, fails, or is open in a running node.
pub fn offline(settings: NodeSettings, order: Order) -> Result<Reply, StartError> {
    let mut node = Offline::open(settings)?;
    let reply = node.order(order)?;
    node.close()?;
    Ok(reply)
}
