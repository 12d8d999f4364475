//! The three nodes: founded, started, introduced, stopped.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indaba_protocol::{FeedName, Id, NetworkName};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::cast::{CAST, NETWORK, Part};
use crate::audit::{Account, AuditLog, Deed, Subject};
use crate::authoring;
use crate::cli::assembly::{network_settings, node_settings, open_store};
use crate::cli::check::draft;
use crate::cli::clock;
use crate::cli::founding::{Founding, found};
use crate::cli::noting::{log_of, note_own, note_own_acts, noting_carrier, started, stopped};
use crate::cli::up::{carrier, identity_when_listening};
use crate::cli::{Exit, Failure};
use crate::config::{DataDir, Layers, Settings};
use crate::control::{Carrier, ControlServer};
use crate::engine::Notice;
use crate::engine::order::{FeedView, Order, Reply};
use crate::runtime::{self, RunningNode};

use super::audit::{Holdings, Told};

/// What a node told, and when: node, moment, notice.
pub(super) type Heard = (usize, Instant, Notice);

/// Notices that may wait to be read: the whole demonstration has some hundreds.
const HEARD: usize = 4_096;

/// How often a waiting question is put again.
const LOOK: Duration = Duration::from_millis(20);

/// One of the three.
pub(super) struct Actor {
    pub(super) part: &'static Part,
    pub(super) dir: DataDir,
    pub(super) settings: Settings,
    pub(super) institution: Id,
    pub(super) follows: Vec<FeedName>,
    pub(super) addresses: Vec<String>,
    running: Option<Running>,
}

struct Running {
    node: RunningNode,
    /// Carries orders as the control socket does, so that they are noted alike.
    carry: Carrier,
    _control: ControlServer,
    /// Notes what the node does by itself, until it ends.
    own_acts: Option<JoinHandle<()>>,
    log: Arc<AuditLog>,
}

/// All three and what is heard of them.
pub(super) struct Stage {
    pub(super) actors: Vec<Actor>,
    pub(super) network: NetworkName,
    layers: Layers,
    pub(super) heard: mpsc::Receiver<Heard>,
    tell: mpsc::Sender<Heard>,
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, what.to_string())
}

impl Stage {
    /// Founds the three institutions in a folder.
    ///
    /// # Errors
    /// When a folder, key or store cannot be made.
    pub(super) fn found(folder: &Path) -> Result<Self, Failure> {
        let network = NetworkName::parse(NETWORK).map_err(wrong)?;
        let mut layers = Layers::defaults();
        // Port 0: whatever is free.
        layers.flag(
            "network.listen",
            "listen",
            crate::config::Raw::List(vec!["/ip4/127.0.0.1/tcp/0".into()]),
        );
        let settings = Settings::validate(&layers).map_err(crate::cli::faulty)?;
        let mut actors = Vec::new();
        for part in &CAST {
            let dir = DataDir::new(folder.join(part.folder));
            let founding = Founding {
                network: network.clone(),
                name: part.name.into(),
                kind: part.kind.into(),
                language: "en".into(),
                country: None,
                state_body: part.state_body,
                listed: true,
                day: clock::day(),
            };
            let founded = found(&dir, &settings, &founding, None)?;
            let institution = Subject::new("institution", founded.institution.to_string());
            let deed = Deed::done("institution-found", vec![institution]);
            log_of(&dir, &settings).note_own(deed).map_err(wrong)?;
            let follows = part
                .follows
                .iter()
                .map(|f| f.parse::<FeedName>().map_err(wrong))
                .collect::<Result<_, _>>()?;
            let settings = settings.clone();
            actors.push(Actor {
                part,
                dir,
                settings,
                institution: founded.institution,
                follows,
                addresses: Vec::new(),
                running: None,
            });
        }
        let (tell, heard) = mpsc::channel(HEARD);
        Ok(Self {
            actors,
            network,
            layers,
            heard,
            tell,
        })
    }

    /// Starts one node and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start(&mut self, who: usize) -> Result<(), Failure> {
        let tell = self.tell.clone();
        let actor = &mut self.actors[who];
        let node = node_settings(&actor.dir, &actor.settings)?;
        let network = network_settings(&actor.dir, &node.engine.network, &actor.settings.network)?;
        let mut node = runtime::start(node, network, None)?;
        let log = log_of(&actor.dir, &actor.settings);
        note_own(&log, started(&self.layers)).await;
        let own_acts = note_own_acts(&log, &mut node);
        let mut notices = node.notices();
        tokio::spawn(async move {
            loop {
                match notices.recv().await {
                    Ok(notice) => {
                        if tell.send((who, Instant::now(), notice)).await.is_err() {
                            break;
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                }
            }
        });
        let carry = noting_carrier(log.clone(), carrier(node.orders()));
        let control = ControlServer::open(actor.dir.path(), carry.clone()).map_err(wrong)?;
        let identity = identity_when_listening(&node, 1).await?;
        let Some(peer) = identity.peer else {
            return Err(wrong("a node has no peer id"));
        };
        actor.addresses = identity
            .addresses
            .into_iter()
            .map(|a| {
                if a.contains("/p2p/") {
                    a
                } else {
                    format!("{a}/p2p/{peer}")
                }
            })
            .collect();
        if actor.addresses.is_empty() {
            return Err(wrong(format!(
                "{} could not listen on the loopback address",
                actor.part.short
            )));
        }
        actor.running = Some(Running {
            node,
            carry,
            _control: control,
            own_acts,
            log,
        });
        Ok(())
    }

    /// Stops one node; its store is closed when this returns.
    ///
    /// # Errors
    /// When its store failed.
    pub(super) async fn stop(&mut self, who: usize) -> Result<(), Failure> {
        if let Some(running) = self.actors[who].running.take() {
            drop(running._control);
            let ended = running.node.stop().await;
            if let Some(own_acts) = running.own_acts {
                // It ends with the node; what it still has to note comes before the node's end.
                let _ = own_acts.await;
            }
            let problem = ended.is_err().then_some("the store failed");
            note_own(&running.log, stopped(problem)).await;
            ended.map_err(wrong)?;
        }
        Ok(())
    }

    /// Whether a node is up.
    pub(super) fn is_up(&self, who: usize) -> bool {
        self.actors[who].running.is_some()
    }

    /// Carries out an order at one node.
    ///
    /// # Errors
    /// When it is refused, or the node is down.
    pub(super) async fn order(&self, who: usize, order: Order) -> Result<Reply, Failure> {
        let running = self.actors[who]
            .running
            .as_ref()
            .ok_or_else(|| wrong("the node is down"))?;
        match (running.carry)(order, Account::own()).await {
            Some(Reply::Refused(refusal)) => Err(refusal.into()),
            Some(reply) => Ok(reply),
            None => Err(wrong("the node ended before it answered")),
        }
    }

    /// Lets each know and accept the others and follow its feeds, then waits until all are connected and know each other's feeds.
    /// Gives the number of connections.
    ///
    /// # Errors
    /// [`Exit::Unreachable`] when they do not connect in time.
    pub(super) async fn introduce(&self, within: Duration) -> Result<u64, Failure> {
        for (who, actor) in self.actors.iter().enumerate() {
            for feed in &actor.follows {
                self.order(
                    who,
                    Order::Follow {
                        feed: feed.to_string(),
                        quiet: None,
                    },
                )
                .await?;
            }
            for (other, friend) in self
                .actors
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != who)
            {
                let name = Some(friend.part.name.to_owned());
                self.order(
                    who,
                    Order::Anchor {
                        institution: friend.institution.to_string(),
                        name,
                        full: None,
                        reach: None,
                    },
                )
                .await?;
                // One side dials, or both would meet half-way.
                if other > who {
                    for address in &friend.addresses {
                        self.order(
                            who,
                            Order::AddPeer {
                                address: address.clone(),
                                partner: false,
                            },
                        )
                        .await?;
                    }
                }
            }
        }
        let begun = Instant::now();
        loop {
            let mut connected = 0;
            let mut acquainted = true;
            for (who, actor) in self.actors.iter().enumerate() {
                let Reply::Peers { peers } = self.order(who, Order::Peers).await? else {
                    return Err(wrong("no peers"));
                };
                let up: Vec<_> = peers.iter().filter(|p| p.connected).collect();
                connected += up.len() as u64;
                let known: usize = up.iter().map(|p| p.feeds.len()).sum();
                let shared: usize = self
                    .actors
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != who)
                    .map(|(_, friend)| {
                        friend
                            .follows
                            .iter()
                            .filter(|f| actor.follows.contains(f))
                            .count()
                    })
                    .sum();
                acquainted &= known >= shared;
            }
            let all = (self.actors.len() * (self.actors.len() - 1)) as u64;
            if connected >= all && acquainted {
                return Ok(connected / 2);
            }
            if begun.elapsed() > within {
                return Err(Failure::new(
                    Exit::Unreachable,
                    "the three nodes did not find each other on the loopback address",
                )
                .hint("does a firewall on this machine block 127.0.0.1?"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Signs and publishes one case. Gives what was told, its title, and the moment of the order.
    ///
    /// # Errors
    /// When the case is faulty or refused.
    pub(super) async fn publish(
        &self,
        who: usize,
        case: usize,
    ) -> Result<(Told, String, Instant), Failure> {
        let case = self.actors[who].part.cases[case];
        let source = authoring::parse(case.text).map_err(|found| {
            wrong(format!(
                "{}: {}",
                case.file,
                found.first().map(ToString::to_string).unwrap_or_default()
            ))
        })?;
        let title = indaba_protocol::content::Card::new(&source.card)
            .title()
            .unwrap_or("(no title)")
            .to_owned();
        let feeds = source
            .feeds
            .iter()
            .map(|f| f.parse::<FeedName>().map_err(wrong))
            .collect::<Result<_, _>>()?;
        let begun = Instant::now();
        let order = Order::Publish {
            drafts: vec![draft(&source, case.file)],
        };
        let Reply::Published { records } = self.order(who, order).await? else {
            return Err(wrong("nothing was published"));
        };
        let record = records
            .first()
            .ok_or_else(|| wrong("nothing was published"))?;
        let id: Id = record.id.parse().map_err(wrong)?;
        Ok((Told { id, by: who, feeds }, title, begun))
    }

    /// The feeds one node follows, once all are complete or the time is over.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(super) async fn feeds_when_complete(
        &self,
        who: usize,
        within: Duration,
    ) -> Result<Vec<FeedView>, Failure> {
        let begun = Instant::now();
        loop {
            let Reply::Feeds { feeds } = self.order(who, Order::Feeds).await? else {
                return Err(wrong("no feeds"));
            };
            let complete = feeds
                .iter()
                .all(|f| f.state == "complete" && f.parts_missing == 0);
            if complete || begun.elapsed() > within {
                return Ok(feeds);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What the store of a stopped node holds.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub(super) fn holdings(&self, who: usize) -> Result<Holdings, Failure> {
        let actor = &self.actors[who];
        let store = open_store(&actor.dir, &actor.settings)?;
        let holdings = Holdings::read(&store).map_err(wrong)?;
        store.close().map_err(wrong)?;
        Ok(holdings)
    }
}
