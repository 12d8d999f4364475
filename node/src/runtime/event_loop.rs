//! The one event loop: what happened goes into the engine, what it wants done goes out. The thread's own small tokio runtime does
//! nothing but wait.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indaba_store::Store;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::Ended;
use super::signatures::Checks;
use crate::engine::order::{Order, Reply};
use crate::engine::{Engine, EngineSettings, Input, Moment, Notice, OrderTicket, Output, full};
use crate::network::{Command, Event, Network};

/// Inputs taken before a group is committed: the more wait, the fewer syncs each costs.
const GROUP: usize = 1_000;

pub(super) struct World {
    pub(super) network: Network,
    pub(super) checks: Checks,
    pub(super) orders: mpsc::Receiver<(Order, oneshot::Sender<Reply>)>,
    pub(super) notices: broadcast::Sender<Notice>,
    /// What the node does by itself. Has room for every draft there can be.
    pub(super) acts: mpsc::Sender<Notice>,
}

/// Milliseconds between two looks for space on a full disk: soon enough for an operator who just made some, and each costs one attempt to
/// take the reserve.
const SPACE_LOOK: u64 = 5_000;

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
        checks,
        orders,
        notices,
        acts,
    } = world;
    let Network {
        commands,
        mut events,
        task,
        ..
    } = network;
    let mut turn = Turn {
        commands,
        checks,
        orders,
        notices,
        acts,
        asked: BTreeMap::new(),
        next_order: 0,
        look_for_space: 0,
    };
    let ended = turn.until_told(settings, store, &mut events).await;
    if let Err(Ended::Store(error)) = &ended
        && error.is_full()
    {
        turn.refuse_for_lack_of_space(store);
    }
    // Whoever asked anything else learns that nobody answers any more.
    drop(turn);
    // Whoever still reads events keeps the task from waiting for room while it says goodbye. A node that starts again needs the
    // addresses it listened on.
    tokio::select! {
        _ = task => {}
        () = async { while events.recv().await.is_some() {} std::future::pending::<()>().await } => {}
    }
    ended
}

/// The channels of a running node, and who waits for an answer.
struct Turn {
    commands: mpsc::Sender<Command>,
    checks: Checks,
    orders: mpsc::Receiver<(Order, oneshot::Sender<Reply>)>,
    notices: broadcast::Sender<Notice>,
    acts: mpsc::Sender<Notice>,
    asked: BTreeMap<u64, oneshot::Sender<Reply>>,
    next_order: u64,
    /// When to look again for space on a full disk, on the monotonic clock.
    look_for_space: u64,
}

impl Turn {
    async fn until_told(
        &mut self,
        settings: EngineSettings,
        store: &mut Store,
        events: &mut mpsc::Receiver<Event>,
    ) -> Result<(), Ended> {
        let clock = Clock::start();
        let mut engine = Engine::new(settings, clock.now(), store)?;
        loop {
            self.look_for_space(&mut engine, clock.now(), store)?;
            engine.settle(clock.now(), store)?;
            if self.carry_out(&mut engine).await {
                return Ok(());
            }
            let until = engine
                .poll_timeout()
                .map_or(60_000, |at| at.saturating_sub(clock.now().monotonic));
            let until = if store.lacks_space() {
                until.min(SPACE_LOOK)
            } else {
                until
            };
            let wait = tokio::time::sleep(Duration::from_millis(until));
            let first = tokio::select! {
                Some((order, asker)) = self.orders.recv() => take_order(order, asker, &mut self.next_order, &mut self.asked),
                checked = self.checks.results.recv() => match checked {
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
                let next = if let Ok((ticket, items)) = self.checks.results.try_recv() {
                    Input::Checked { ticket, items }
                } else if let Ok(event) = events.try_recv() {
                    Input::Network(event)
                } else if let Ok((order, asker)) = self.orders.try_recv() {
                    take_order(order, asker, &mut self.next_order, &mut self.asked)
                } else {
                    break;
                };
                engine.handle(clock.now(), next, store)?;
            }
        }
    }

    /// Does what the engine wants done. `true`: it wants the node to end.
    async fn carry_out(&mut self, engine: &mut Engine) -> bool {
        let mut stopping = false;
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Network(command) => {
                    // The network task has ended only when it was told to.
                    let _ = self.commands.send(command).await;
                }
                Output::Check { ticket, items } => {
                    let _ = self.checks.groups.send((ticket, items)).await;
                }
                Output::Reply {
                    ticket: OrderTicket(ticket),
                    reply,
                } => {
                    stopping |= matches!(reply, Reply::Stopping);
                    if let Some(asker) = self.asked.remove(&ticket) {
                        // Who asked may have gone away.
                        let _ = asker.send(reply);
                    }
                }
                Output::Notice(notice) => {
                    if matches!(notice, Notice::DraftPublished { .. }) {
                        // Nobody may be reading them. The engine does not wait for one who reads and does not keep up.
                        let _ = self.acts.try_send(notice.clone());
                    }
                    let _ = self.notices.send(notice);
                }
            }
        }
        stopping
    }

    /// On a full disk, looks now and then whether there is space again.
    fn look_for_space(
        &mut self,
        engine: &mut Engine,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), Ended> {
        if !store.lacks_space() || now.monotonic < self.look_for_space {
            return Ok(());
        }
        self.look_for_space = now.monotonic + SPACE_LOOK;
        if store.renew_reserve()? {
            tracing::info!("there is space on the disk again: records are stored as before");
            engine.space_is_back(now);
        }
        Ok(())
    }

    fn refuse_for_lack_of_space(&mut self, store: &Store) {
        for (_, asker) in std::mem::take(&mut self.asked) {
            let _ = asker.send(Reply::Refused(full(store.space_needed())));
        }
    }
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
