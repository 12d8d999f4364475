//! What the node itself says: its key, its peers, its feeds, what waits.

use indaba_protocol::SigningKey;

use super::findings::Checks;
use crate::cli::words;
use crate::config::{DataDir, Settings};
use crate::engine::order::Status;
use crate::keystore::{KeyDir, Purpose};

pub(super) fn own_key(checks: &mut Checks, status: &Status) {
    if status.key_disputed {
        checks.problem(
            "signatures",
            "this node's key contradicted itself, as that of a restored copy does, or another key of the institution warned about it; everybody sees that, and what it concerns counts as disputed",
            "publish nothing more with it; replace it with the root key, and tell those who follow this institution",
        );
    } else {
        checks.ok(
            "signatures",
            "as far as is known here, this node's key never contradicted itself",
        );
    }
}

pub(super) fn rival_states(checks: &mut Checks, status: &Status) {
    for institution in &status.disputed {
        checks.problem(
            "institutions",
            format!(
                "enough root keys of {} signed two different states of one version",
                words::institution(institution)
            ),
            "ask the institution by another way which one it means, and rely on nothing it signs until then",
        );
    }
}

/// Whether the node that answered signs with the key that lies in its folder: a running one goes on with the key it began with.
pub(super) fn key_in_hand(checks: &mut Checks, dir: &DataDir, status: &Status) {
    let kept = KeyDir::open(&dir.keys())
        .and_then(|keys| keys.read(Purpose::Node, None))
        .map(|seed| SigningKey::from_seed(seed.expose()).key().to_string());
    if kept.is_ok_and(|kept| kept != status.node_key) {
        checks.problem(
            "node key",
            "the running node has an older key in hand than the one it was given since",
            "end the node and start it again: indaba up",
        );
    }
}

pub(super) fn drafts(checks: &mut Checks, status: &Status) {
    let waiting = words::count(status.drafts, "draft waits", "drafts wait");
    match (status.drafts, status.drafts_failed) {
        (0, _) => checks.ok("drafts", "none waits"),
        (_, 0) => checks.ok("drafts", format!("{waiting} to be cleared")),
        (_, failed) => checks.problem(
            "drafts",
            format!("{waiting}; {failed} could not be published though nothing was missing"),
            "indaba draft list says why",
        ),
    }
}

pub(super) fn well_connected(
    checks: &mut Checks,
    status: &Status,
    settings: &Settings,
    running: bool,
) {
    if !running {
        return;
    }
    let wanted = settings.network.listen.len();
    match (wanted, status.listening.len()) {
        (0, 0) => checks.ok("listening", "nowhere, as configured: this node dials only"),
        (_, 0) => checks.problem(
            "listening",
            "no configured address could be listened on",
            "see the node's log; another program may have the port",
        ),
        (_, count) => checks.ok(
            "listening",
            format!("on {}", words::count(count as u64, "address", "addresses")),
        ),
    }
    match (status.peers_known, status.peers_connected) {
        (0, 0) => checks.problem(
            "peers",
            "none known: nothing comes in or goes out",
            "indaba peer add ADDRESS",
        ),
        (known, 0) => checks.problem(
            "peers",
            format!("none of {known} connected"),
            "indaba peer list shows why",
        ),
        (known, connected) => checks.ok("peers", format!("{connected} connected, {known} known")),
    }
    if status.outbox > 0 {
        checks.note(
            "outbox",
            format!(
                "{} not yet announced",
                words::count(status.outbox, "statement", "statements")
            ),
            "they go when a peer is connected; indaba peer list",
        );
    }
}

pub(super) fn feeds(checks: &mut Checks, status: &Status) {
    let followed: Vec<_> = status.feeds.iter().filter(|f| f.followed).collect();
    if followed.is_empty() {
        return checks.note("feeds", "none followed", "indaba feed follow region:ecowas");
    }
    for feed in followed {
        let found = format!("{}: {}", feed.feed, words::completeness(feed));
        if feed.state == "incomplete" || feed.parts_missing > 0 {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes; what is missing comes when a peer has it",
                    feed.feed
                ),
            );
        } else if feed.lanes.iter().any(|lane| lane.disputed) {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes names the key; do not rely on what it signed before the institution was asked by another way",
                    feed.feed
                ),
            );
        } else if feed.stale_lanes > 0 {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes names who has not been heard of as promised; connect to more peers, or ask the institution",
                    feed.feed
                ),
            );
        } else if feed.state == "empty" {
            checks.note("feeds", found, "indaba feed list --known");
        } else {
            checks.ok("feeds", found);
        }
    }
    if status.unvouched > 0 {
        checks.note(
            "trust",
            format!(
                "{} to be accepted or not",
                words::count(status.unvouched, "institution", "institutions")
            ),
            "indaba trust list",
        );
    }
}
