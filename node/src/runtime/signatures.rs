//! The thread that checks signatures, beside the one that decides and stores.

use std::thread;

use indaba_protocol::{DecodedItem, Unread, VerifiedItem};
use tokio::sync::mpsc;

use crate::engine::CheckTicket;
use crate::engine::limits::CHECKS_IN_FLIGHT;

/// Groups under way. A group has at least one item, gossip alone may have [`CHECKS_IN_FLIGHT`] items under way, and
/// every catch-up session adds at most one group; sessions are as many as connections, a thousand on the largest hub.
pub(super) const GROUPS: usize = CHECKS_IN_FLIGHT + 1_024;

/// A group to be checked.
pub(super) type Group = (CheckTicket, Vec<DecodedItem>);
/// A group that was checked.
pub(super) type Checked = (CheckTicket, Vec<Result<VerifiedItem, Unread>>);

/// Both ends of the thread.
pub(super) struct Checks {
    pub(super) groups: mpsc::Sender<Group>,
    pub(super) results: mpsc::Receiver<Checked>,
}

/// Starts the thread. It ends when either channel is dropped.
pub(super) fn spawn() -> std::io::Result<Checks> {
    let (groups, mut incoming) = mpsc::channel::<Group>(GROUPS);
    let (outgoing, results) = mpsc::channel(GROUPS);
    thread::Builder::new()
        .name("signatures".to_owned())
        .spawn(move || {
            while let Some((ticket, items)) = incoming.blocking_recv() {
                if outgoing.blocking_send((ticket, check(items))).is_err() {
                    break;
                }
            }
        })?;
    Ok(Checks { groups, results })
}

/// Checks a group.
pub(super) fn check(items: Vec<DecodedItem>) -> Vec<Result<VerifiedItem, Unread>> {
    items
        .into_iter()
        .map(|item| item.verify().map_err(Unread::from))
        .collect()
}
