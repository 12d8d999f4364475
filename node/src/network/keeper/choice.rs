//! Which of several connections to keep.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

use super::Link;
use crate::network::boundary::{Bond, Path};

/// Two connections established within this time of each other are one accident: both sides
/// dialled at once. Later, a second one means that the side that dialled had lost the first,
/// for it dials only when disconnected.
const SIMULTANEOUS: Duration = Duration::from_secs(10);

/// The connections to close, given all open ones to one peer. Both sides come to the same
/// result without talking: direct beats relayed; of connections far apart in time the newer
/// one wins; of simultaneous ones, the one dialled by the smaller peer id. Two simultaneous
/// ones dialled by the same side are left to that side, which keeps the newer; if both are still
/// there after a while, it had lost the older one, and the other side ends that.
pub(super) fn surplus(
    local: &PeerId,
    remote: &PeerId,
    open: &[Link],
    now: Instant,
) -> Vec<ConnectionId> {
    let mut closed = Vec::new();
    let mut links = open.iter();
    let Some(mut kept) = links.next() else {
        return closed;
    };
    for link in links {
        let loser = match loser(local, remote, kept, link, now) {
            Some(loser) => loser,
            None => continue,
        };
        if loser == kept.id {
            kept = link;
        }
        closed.push(loser);
    }
    closed
}

/// When [`surplus`] leaves nothing to the other side any longer, if it does now.
pub(super) fn left_until(open: &[Link]) -> Option<Instant> {
    let newest = open.iter().map(|link| link.since).max()?;
    (open.len() > 1).then(|| newest + SIMULTANEOUS)
}

fn loser(
    local: &PeerId,
    remote: &PeerId,
    a: &Link,
    b: &Link,
    now: Instant,
) -> Option<ConnectionId> {
    let relayed = |link: &Link| link.path == Path::Relayed;
    if relayed(a) != relayed(b) {
        return Some(if relayed(a) { a.id } else { b.id });
    }
    let (older, newer) = if a.since <= b.since { (a, b) } else { (b, a) };
    if newer.since.duration_since(older.since) > SIMULTANEOUS {
        return Some(older.id);
    }
    if a.outbound != b.outbound {
        let ours_wins = local < remote;
        return Some(if a.outbound == ours_wins { b.id } else { a.id });
    }
    let left_alone = now.duration_since(newer.since) >= SIMULTANEOUS;
    (a.outbound || left_alone).then_some(older.id)
}

/// Ascending: the first is trimmed first. Loose peers before pinned ones, peers outside the mesh
/// before those in it, strangers before added peers, inbound before outbound, young before old:
/// whoever floods a node with fresh inbound connections displaces only himself.
pub(super) type TrimOrder = (Bond, bool, bool, bool, Reverse<Instant>);

pub(super) fn trim_order(oldest: &Link, bond: Bond, added: bool, in_mesh: bool) -> TrimOrder {
    (bond, in_mesh, added, oldest.outbound, Reverse(oldest.since))
}
