//! One participant: an engine, its store, its disk, its clock, and what the network room would know for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use indaba::engine::limits::ERASE_AFTER;
use indaba::engine::{Engine, EngineSettings, Identity, Moment};
use indaba::network::{MessageTicket, PeerId, RequestTicket, Topic};
use indaba_protocol::{FeedName, Id, Key, SigningKey};
use indaba_store::disk::MemoryDisk;
use indaba_store::{Batch, Fact, FactKind, IndexKind, Options, Store, StoreError};

use super::cast::{self, Cast, INSTITUTIONS, Institution};
use super::gossip::Frame;
use super::plan::{Plan, Trouble};
use super::watch::Watch;
use crate::chance::Chance;

/// 2026-11-23 00:00 UTC in milliseconds: when every run begins.
pub(super) const EPOCH: i64 = 20_780 * 86_400_000;

/// Where the guard of a node's own head lies on its disk, apart from the store.
pub(super) const GUARD: &str = "/guard";

/// An index into the participants.
pub(super) type Who = usize;

/// One participant.
pub(super) struct Node {
    pub(super) name: Rc<str>,
    pub(super) peer: PeerId,
    /// Which of the institutions it signs for.
    pub(super) institution: usize,
    pub(super) key: Key,
    /// What is random about it.
    pub(super) chance: Chance,
    /// Plays by its own rules: no engine, see `hostile.rs`.
    pub(super) hostile: bool,
    pub(super) disk: MemoryDisk,
    pub(super) run: Option<Running>,
    /// Counts its starts; what was meant for an earlier life comes to nothing.
    pub(super) life: u32,
    pub(super) booted_at: u64,
    /// How far its wall clock is off, in milliseconds.
    pub(super) skew: i64,
    pub(super) topics: BTreeSet<Topic>,
    /// Gossip that went through, by message id, with when it will be forgotten.
    pub(super) seen: BTreeMap<[u8; 20], u64>,
    pub(super) unjudged: BTreeMap<MessageTicket, Unjudged>,
    /// Own questions under way.
    pub(super) asked: BTreeMap<u64, (Who, u64)>,
    /// Others' questions under way: who, their ticket, over which connection.
    pub(super) serving: BTreeMap<RequestTicket, (Who, u64, u64)>,
    pub(super) next_ticket: u64,
    pub(super) settles: bool,
    pub(super) ticks_at: Option<u64>,
    /// Provably invalid bytes that each peer handed this node.
    pub(super) invalid_from: BTreeMap<Who, u64>,
    /// Points of misconduct, as the network room counts them.
    pub(super) misconduct: BTreeMap<Who, u64>,
    pub(super) banned: BTreeSet<Who>,
    pub(super) disk_may_fail: bool,
    /// Its operator accepts that the store is an older copy than the guard knows of.
    pub(super) accepts_loss: bool,
    /// Signs without asking others for its newest head first.
    pub(super) asks_nobody: bool,
    /// The operator does not know which orders came through.
    pub(super) orders_lost: bool,
    /// Feeds its operator follows by now, and whether quietly.
    pub(super) follows: BTreeMap<FeedName, bool>,
    /// Institutions its operator accepts, besides its own.
    pub(super) accepts: BTreeSet<usize>,
    pub(super) watch: Watch,
}

/// What is gone when a node stops.
pub(super) struct Running {
    pub(super) engine: Engine,
    pub(super) store: Store,
}

/// A gossip message that an engine has not judged yet.
pub(super) struct Unjudged {
    pub(super) from: Who,
    pub(super) topic: Topic,
    pub(super) frame: Rc<Frame>,
    pub(super) since: u64,
}

/// The id libp2p derives from an Ed25519 key: an identity multihash of its protobuf form. The key behind it is never used.
fn peer_of(label: &str) -> PeerId {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(Id::of(label.as_bytes()).as_bytes());
    PeerId::from_bytes(&bytes).unwrap()
}

impl Node {
    /// An honest participant that is not started.
    pub(super) fn new(plan: &Plan, cast: &Cast, who: Who) -> Node {
        let role = &plan.roles[who];
        Node {
            skew: if plan.has(Trouble::WrongClocks) {
                role.skew
            } else {
                0
            },
            follows: role.feeds(),
            accepts: role.accepts.clone(),
            ..Node::blank(plan, cast::name(who), who % INSTITUTIONS, &cast.keys()[who])
        }
    }

    /// One that plays by its own rules.
    pub(super) fn mallory(plan: &Plan, cast: &Cast, number: usize) -> Node {
        let name = match number {
            0 => "mallory".to_owned(),
            _ => format!("mallory{}", number + 1),
        };
        Node {
            hostile: true,
            ..Node::blank(plan, name, INSTITUTIONS, &cast.hostile_key)
        }
    }

    fn blank(plan: &Plan, name: String, institution: usize, key: &SigningKey) -> Node {
        Node {
            peer: peer_of(&name),
            key: key.key(),
            chance: Chance::of(plan.seed, &name),
            name: name.into(),
            institution,
            hostile: false,
            disk: MemoryDisk::new(),
            run: None,
            life: 0,
            booted_at: 0,
            skew: 0,
            topics: BTreeSet::new(),
            seen: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            asked: BTreeMap::new(),
            serving: BTreeMap::new(),
            next_ticket: 0,
            settles: false,
            ticks_at: None,
            invalid_from: BTreeMap::new(),
            misconduct: BTreeMap::new(),
            banned: BTreeSet::new(),
            disk_may_fail: false,
            accepts_loss: false,
            asks_nobody: false,
            orders_lost: false,
            follows: BTreeMap::new(),
            accepts: BTreeSet::new(),
            watch: Watch::default(),
        }
    }

    /// The time as this node sees it.
    pub(super) fn moment(&self, now: u64) -> Moment {
        let since = i64::try_from(now).unwrap_or(i64::MAX);
        Moment {
            monotonic: now - self.booted_at.min(now),
            wall: EPOCH + since + self.skew,
        }
    }

    /// The instant at which its monotonic clock will show this.
    pub(super) fn instant(&self, monotonic: u64) -> u64 {
        self.booted_at + monotonic
    }

    pub(super) fn ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// Whether anybody is there to take a message.
    pub(super) fn is_up(&self) -> bool {
        self.hostile || self.run.is_some()
    }

    /// The address others are told.
    pub(super) fn address(&self, who: Who) -> String {
        format!("/ip4/192.0.2.{}/tcp/4711/p2p/{}", who % 250 + 1, self.peer)
    }

    /// Opens the store on its disk.
    pub(super) fn open(&self) -> Result<Store, StoreError> {
        let mut options = Options::new(store_id(&self.name));
        options.index = IndexKind::Memory;
        options.guard = Some(PathBuf::from(GUARD));
        options.disk = Arc::new(self.disk.clone());
        options.accept_loss = self.accepts_loss;
        Store::open(Path::new("/store"), options).map(|(store, _)| store)
    }

    /// Puts the own institution's statements into a new store.
    pub(super) fn found(
        &self,
        store: &mut Store,
        institution: &Institution,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for (kind, order, statement) in [
            (FactKind::Inception, 0, &institution.statements[0]),
            (FactKind::State, 1, &institution.statements[1]),
        ] {
            batch.put_fact(Fact {
                id: statement.id(),
                kind,
                institution: institution.id,
                key: None,
                order,
                bytes: statement.bytes().to_vec(),
            });
        }
        store.commit(batch).map(drop)
    }

    /// What its engine begins with.
    pub(super) fn settings(&mut self, institution: Id, key: &SigningKey) -> EngineSettings {
        EngineSettings {
            network: cast::network(),
            identity: Identity {
                institution,
                node: key.clone(),
            },
            seed: self.chance.bytes(),
            // Without a network of its own it believes that nobody can be asked.
            peer: (!self.asks_nobody).then(|| self.peer.to_string()),
            // As the default profile.
            compare_every: 300_000,
            erase_after: ERASE_AFTER,
            clearance: Default::default(),
        }
    }

    /// Forgets what a stopped network room forgets.
    pub(super) fn forget(&mut self) {
        self.run = None;
        self.topics.clear();
        self.seen.clear();
        self.unjudged.clear();
        self.asked.clear();
        self.serving.clear();
        self.settles = false;
        self.ticks_at = None;
        self.disk_may_fail = false;
    }
}

fn store_id(name: &str) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&Id::of(name.as_bytes()).as_bytes()[..16]);
    id
}
