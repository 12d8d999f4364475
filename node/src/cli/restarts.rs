//! A node whose disk got full starts again in the same process: at once, with what was kept back, and then after growing pauses.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Exit;
use super::failure::Failure;

/// The first pause. Space is made by people or by nightly jobs: there is no hurry, and each start reads the store.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause, and how long a node must have run for the pauses to begin anew.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What an operator ends a node with.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(crate) fn new() -> Result<Self, Failure> {
        let fail =
            |e: std::io::Error| Failure::new(Exit::Failed, "cannot listen for signals").because(e);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(fail)?,
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
        })
    }

    /// Waits for one.
    pub(crate) async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// How patient to be.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    next: Duration,
}

impl Restarts {
    /// Starts again until that succeeds; `ran`: how long the node had run. Nothing when a signal came first.
    ///
    /// # Errors
    /// What keeps it from starting, other than a full disk.
    pub(crate) async fn wait<T>(
        &mut self,
        ran: Duration,
        signals: &mut Signals,
        mut start: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        if ran >= LONGEST_PAUSE {
            self.next = Duration::ZERO;
        }
        loop {
            let pause = self.pause();
            tracing::error!(
                pause_seconds = pause.as_secs(),
                "the disk is full; nothing acknowledged is lost. The node starts again, and stores records when there is space"
            );
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = signals.any() => return Ok(None),
            }
            match start().await {
                Ok(started) => return Ok(Some(started)),
                Err(failure) if failure.exit == Exit::Full => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    fn pause(&mut self) -> Duration {
        let next = (self.next * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        std::mem::replace(&mut self.next, next)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let mut restarts = Restarts::default();
        let pauses: Vec<u64> = (0..9).map(|_| restarts.pause().as_secs()).collect();
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[tokio::test]
    async fn a_full_disk_is_waited_for_and_nothing_else() {
        let mut signals = Signals::new().unwrap();
        let mut tries = 0;
        let started = Restarts::default()
            .wait(Duration::ZERO, &mut signals, async || {
                tries += 1;
                if tries < 2 {
                    Err(Failure::new(Exit::Full, "full"))
                } else {
                    Ok(7)
                }
            })
            .await
            .unwrap();
        assert_eq!((started, tries), (Some(7), 2));
        let failed = Restarts::default()
            .wait(LONGEST_PAUSE, &mut signals, async || {
                Err::<(), _>(Failure::new(Exit::Integrity, "damaged"))
            })
            .await;
        assert_eq!(failed.unwrap_err().exit, Exit::Integrity);
    }
}
