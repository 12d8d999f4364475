//! The one event loop: what happened goes into the engine, what it wants done goes out. The thread's own small tokio runtime does
//! nothing but wait.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indaba_store::Store;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::Ended;
use super::signatures::Checks;
use crate::engine::order::{Order, Reply};
use crate::engine::{Engine, EngineSettings, Input, Moment, Notice, OrderTicket, Output};
use crate::network::Network;

/// Inputs taken before a group is committed: the more wait, the fewer syncs each costs.
const GROUP: usize = 1_000;

pub(super) struct World {
    pub(super) network: Network,
    pub(super) checks: Checks,
    pub(super) orders: mpsc::Receiver<(Order, oneshot::Sender<Reply>)>,
    pub(super) notices: broadcast::Sender<Notice>,
}

/// The clocks of this machine.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Clock {
        Clock(Instant::now())
    }

    pub(super) fn now(&self) -> Moment {
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Moment {
            monotonic: u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX),
            wall,
        }
    }
}

/// Runs until the operator ends it or the store fails.
pub(super) fn run(settings: EngineSettings, mut store: Store, world: World) -> Result<(), Ended> {
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|_| Ended::Thread)?;
    let ended = waiting.block_on(turn(settings, &mut store, world));
    match ended {
        Ok(()) => Ok(store.close()?),
        Err(error) => {
            tracing::error!(%error, "the node ends, nothing acknowledged is lost");
            Err(error)
        }
    }
}

async fn turn(settings: EngineSettings, store: &mut Store, world: World) -> Result<(), Ended> {
    let World {
        network,
        mut checks,
        mut orders,
        notices,
    } = world;
    let Network {
        commands,
        mut events,
        task,
        ..
    } = network;
    let clock = Clock::start();
    let mut engine = Engine::new(settings, clock.now(), store)?;
    let mut asked: BTreeMap<u64, oneshot::Sender<Reply>> = BTreeMap::new();
    let mut next_order = 0;
    let mut stopping = false;

    loop {
        engine.settle(clock.now(), store)?;
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Network(command) => {
                    // The network task has ended only when it was told to.
                    let _ = commands.send(command).await;
                }
                Output::Check { ticket, items } => {
                    let _ = checks.groups.send((ticket, items)).await;
                }
                Output::Reply {
                    ticket: OrderTicket(ticket),
                    reply,
                } => {
                    stopping |= matches!(reply, Reply::Stopping);
                    if let Some(asker) = asked.remove(&ticket) {
                        // Who asked may have gone away.
                        let _ = asker.send(reply);
                    }
                }
                Output::Notice(notice) => {
                    let _ = notices.send(notice);
                }
            }
        }
        if stopping {
            break;
        }

        let until = engine
            .poll_timeout()
            .map(|at| at.saturating_sub(clock.now().monotonic));
        let wait = tokio::time::sleep(Duration::from_millis(until.unwrap_or(60_000)));
        let first = tokio::select! {
            Some((order, asker)) = orders.recv() => take_order(order, asker, &mut next_order, &mut asked),
            checked = checks.results.recv() => match checked {
                Some((ticket, items)) => Input::Checked { ticket, items },
                // A node that checks or hears nothing any longer must not look alive.
                None => return Err(Ended::Thread),
            },
            event = events.recv() => match event {
                Some(event) => Input::Network(event),
                None => return Err(Ended::Thread),
            },
            () = wait => Input::Tick,
        };
        engine.handle(clock.now(), first, store)?;
        for _ in 1..GROUP {
            let next = if let Ok((ticket, items)) = checks.results.try_recv() {
                Input::Checked { ticket, items }
            } else if let Ok(event) = events.try_recv() {
                Input::Network(event)
            } else if let Ok((order, asker)) = orders.try_recv() {
                take_order(order, asker, &mut next_order, &mut asked)
            } else {
                break;
            };
            engine.handle(clock.now(), next, store)?;
        }
    }
    drop(commands);
    // Whoever still reads events keeps the task from waiting for room while it says goodbye.
    tokio::select! {
        _ = task => {}
        () = async { while events.recv().await.is_some() {} std::future::pending::<()>().await } => {}
    }
    Ok(())
}

fn take_order(
    order: Order,
    asker: oneshot::Sender<Reply>,
    next: &mut u64,
    asked: &mut BTreeMap<u64, oneshot::Sender<Reply>>,
) -> Input {
    *next += 1;
    asked.insert(*next, asker);
    Input::Order {
        ticket: OrderTicket(*next),
        order,
    }
}
