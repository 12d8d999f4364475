//! The newest head that peers know of this node's own key, asked for before anything is signed.
//!
//! A whole machine that was put back from an image, or copied, holds nothing that says so: its store, its keys and the guard beside them are
//! all equally old. Only others know what was signed since. So what would sign waits, within bounds, until peers have said which heads they
//! hold; what follows from one that nobody here remembers is in [`super::signed_elsewhere`]. Without any peer nobody can know, and publishing goes
//! on: the operator is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::Id;
use indaba_store::{Store, StoreError};
use libp2p::PeerId;

use super::boundary::{Moment, OrderTicket, Output};
use super::order::{ClearanceOrder, Order};
use super::{Engine, limits};

/// What is known of what peers know.
#[derive(Debug)]
pub(super) struct OwnHead {
    /// Whether this engine has a network at all.
    online: bool,
    /// Until when peers that are known are waited for to be connected, on the monotonic clock.
    dialled_until: u64,
    /// What each connected peer has said.
    peers: BTreeMap<PeerId, Said>,
    /// When it was last looked whether somebody is waited for.
    looked_at: u64,
    /// Orders that wait, and until when.
    orders: VecDeque<(OrderTicket, Order, u64)>,
}

/// How far a connected peer has said which heads it holds.
#[derive(Debug)]
struct Said {
    /// It is waited for until then, on the monotonic clock.
    until: u64,
    /// It has named all statements of the registry that it holds.
    named: bool,
    /// Those it named that are not here yet; one of them may be the head.
    open: BTreeSet<Id>,
    /// It named more than is remembered.
    overflowed: bool,
}

impl Said {
    fn all(&self) -> bool {
        self.named && self.open.is_empty() && !self.overflowed
    }
}

impl OwnHead {
    pub(super) fn new(online: bool, now: Moment) -> OwnHead {
        OwnHead {
            online,
            dialled_until: now.after(limits::OWN_HEAD_DIALLED).monotonic,
            peers: BTreeMap::new(),
            looked_at: now.monotonic,
            orders: VecDeque::new(),
        }
    }

    pub(super) fn connected(&mut self, peer: PeerId, now: Moment) {
        let said = Said {
            until: now.after(limits::OWN_HEAD_WITHIN).monotonic,
            named: false,
            open: BTreeSet::new(),
            overflowed: false,
        };
        self.peers.entry(peer).or_insert(said);
    }

    pub(super) fn disconnected(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// A peer named statements that are not here; `more` when it goes on.
    pub(super) fn named(&mut self, peer: &PeerId, missing: &[Id], first: bool, more: bool) {
        let Some(said) = self.peers.get_mut(peer).filter(|said| !said.all()) else {
            return;
        };
        if first {
            said.overflowed = false;
            said.open.clear();
        }
        said.open.extend(missing);
        if said.open.len() > limits::OWN_HEAD_NAMED {
            said.open.clear();
            said.overflowed = true;
        }
        said.named = !more;
    }

    /// A peer was asked for these and did not hand them over.
    pub(super) fn not_handed_over(&mut self, peer: &PeerId, ids: &[Id]) {
        if let Some(said) = self.peers.get_mut(peer) {
            for id in ids {
                said.open.remove(id);
            }
        }
    }

    /// How many connected peers have said all they know.
    fn told(&self) -> usize {
        self.peers.values().filter(|said| said.all()).count()
    }

    /// Whether anybody who may know is still waited for.
    fn awaits(&self, now: Moment, dials: bool) -> bool {
        let open = |said: &Said| !said.all() && said.until > now.monotonic;
        self.online
            && self.told() < limits::OWN_HEAD_TOLD
            && (self.peers.values().any(open) || (dials && self.dialled_until > now.monotonic))
    }

    /// When an order that waits is looked at again at the latest: the time of somebody who is still waited for is over then.
    pub(super) fn next(&self) -> Option<u64> {
        let (_, _, until) = self.orders.front()?;
        let peers = self.peers.values().filter(|said| !said.all());
        let ends = peers.map(|said| said.until).chain([self.dialled_until]);
        let ahead = ends.filter(|end| *end > self.looked_at);
        ahead.chain([*until]).min()
    }
}

impl Engine {
    /// Whether peers are still waited for that may know a newer own head.
    pub(super) fn awaits_own_head(&self, now: Moment) -> bool {
        let there: BTreeSet<String> = self.peers.all().map(PeerId::to_string).collect();
        let mut known = self.choices.peers().keys();
        self.own_head
            .awaits(now, known.any(|peer| !there.contains(peer)))
    }

    /// Whether somebody might know a newer own head, and nobody has said that he knows none: there are peers, and none could be asked.
    pub(super) fn own_head_unasked(&self) -> bool {
        self.own_head.told() == 0 && self.choices.peers().keys().next().is_some()
    }

    /// Takes an order that would sign, where peers are to be heard first. None: it was taken, and its answer comes later.
    pub(super) fn hear_first(
        &mut self,
        now: Moment,
        ticket: OrderTicket,
        order: Order,
        store: &Store,
    ) -> Option<Order> {
        let is_full = self.own_head.orders.len() >= limits::OWN_HEAD_ORDERS;
        // What is refused anyway is refused at once.
        if !signs(&order)
            || !self.awaits_own_head(now)
            || is_full
            || self.may_sign_now(store).is_some()
        {
            return Some(order);
        }
        let until = now.after(limits::OWN_HEAD_WITHIN).monotonic;
        self.own_head.orders.push_back((ticket, order, until));
        None
    }

    /// Carries out what waited, in the order it came, once peers were heard or their time is over.
    pub(super) fn settle_own_head(
        &mut self,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        self.find_named(store)?;
        self.own_head.looked_at = now.monotonic;
        while let Some((_, _, until)) = self.own_head.orders.front() {
            if *until > now.monotonic && self.awaits_own_head(now) {
                break;
            }
            let Some((ticket, order, _)) = self.own_head.orders.pop_front() else {
                break;
            };
            let reply = self.handle_order(now, order, store)?;
            self.outputs.push_back(Output::Reply { ticket, reply });
        }
        Ok(())
    }

    /// What peers named and is here now, or was judged, is open no longer. What waits for a state of the own institution is: it may be the head.
    fn find_named(&mut self, store: &Store) -> Result<(), StoreError> {
        let own = self.identity.institution;
        let mut waits: Option<BTreeSet<Id>> = None;
        for said in self.own_head.peers.values_mut() {
            let mut done = Vec::new();
            for id in &said.open {
                if store.has_fact(id)? || self.declined.contains(id) {
                    done.push(*id);
                } else if store.is_waiting(id)? {
                    if waits.is_none() {
                        let held = store.held_of(&own, limits::RELEASED_AT_ONCE)?;
                        waits = Some(held.into_iter().collect());
                    }
                    if !waits.as_ref().is_some_and(|waits| waits.contains(id)) {
                        done.push(*id);
                    }
                }
            }
            for id in done {
                said.open.remove(&id);
            }
        }
        Ok(())
    }
}

/// Whether carrying out an order may sign with the node key, or says what doing so would do.
fn signs(order: &Order) -> bool {
    match order {
        Order::Publish { .. } | Order::Preflight { .. } | Order::Alarm { .. } => true,
        Order::Clearance { act } => matches!(
            act,
            ClearanceOrder::Submit { .. }
                | ClearanceOrder::Approve { .. }
                | ClearanceOrder::Release { .. }
        ),
        _ => false,
    }
}
