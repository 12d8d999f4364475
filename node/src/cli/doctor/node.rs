//! What the node itself says: its key, its peers, its feeds, what waits.

use indaba_protocol::SigningKey;

use super::findings::Checks;
use crate::cli::{missing, words};
use crate::config::{DataDir, Settings};
use crate::engine::order::{FeedView, LaneView, Status};
use crate::keystore::{KeyDir, Purpose};

pub(super) fn own_key(checks: &mut Checks, status: &Status) {
    if status.another_copy {
        checks.problem(
            "own head",
            "peers hold a head or a record that this node's key signed and this machine does not remember: it is an older copy of the machine that signed it, another one runs, or somebody else has the key; publishing is refused",
            "if this is the only copy and its own records are back: indaba store accept-copy. Otherwise go on under a key of its own: indaba institution node-key",
        );
    }
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
    lasting(checks, &status.feeds, words::now());
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

/// Milliseconds after which a missing record is no matter of the next comparison any more: a dozen of them, with several peers each.
const LASTS: i64 = 60 * 60 * 1_000;
/// Lanes named one by one; `indaba feed list` says more.
const LANES_NAMED: usize = 3;

/// Records that have been missing for long, though peers were asked.
fn lasting(checks: &mut Checks, feeds: &[FeedView], now: i64) {
    let lasts = |lane: &&LaneView| {
        let ranges = lane.lacking.iter().flat_map(|lacking| &lacking.ranges);
        let since = ranges.map(|range| range.since).min();
        since.is_some_and(|since| now.saturating_sub(since) >= LASTS)
    };
    let feeds = feeds.iter().filter(|feed| feed.followed);
    let lanes = feeds.flat_map(|feed| {
        feed.lanes
            .iter()
            .filter(lasts)
            .map(move |lane| (feed, lane))
    });
    for (feed, lane) in lanes.take(LANES_NAMED) {
        let Some(lacking) = &lane.lacking else {
            continue;
        };
        let found = missing::of_lane(lane, lacking, true, now);
        let mend = match lacking.withheld_by.is_empty() {
            true => format!(
                "connect to another peer that follows {}: indaba peer add ADDRESS; or ask the institution for its records by another way: indaba store import FILE",
                feed.feed
            ),
            false => format!(
                "who lists a record and does not hand it over may be at fault or mean it; connect to another peer that follows {}: indaba peer add ADDRESS; or ask the institution for its records by another way: indaba store import FILE",
                feed.feed
            ),
        };
        checks.note("missing", format!("{}: {found}", feed.feed), mend);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-27, in milliseconds since 1970.
    const NOW: i64 = 1_795_737_600_000;

    fn found(since: i64) -> usize {
        let who = r#"{"id": "", "short": "", "fingerprint": "", "name": null, "kind": null, "version": null, "accepted": true, "disputed": false}"#;
        let lacking = format!(
            r#"{{"records": 1, "listed_by": 0, "withheld_by": [], "without": 0, "unanswered": 0, "came": 0, "asking": 0,
                "ranges": [{{"first": 1, "last": 1, "since": {since}, "before_start": false}}]}}"#
        );
        let feed = format!(
            r#"{{"feed": "region:ecowas", "followed": true, "quiet": false, "held": 0, "expected": 1,
                "state": "incomplete", "parts_missing": 0, "stale_lanes": 0,
                "lanes": [{{"institution": {who}, "key": "", "held": 0, "expected": 1, "missing": [[1, 1]], "head": true,
                    "due": null, "stale": false, "cut": false, "lacking": {lacking}}}]}}"#
        );
        let mut checks = Checks::default();
        match serde_json::from_str(&feed) {
            Ok(feed) => lasting(&mut checks, &[feed], NOW),
            Err(error) => panic!("{error}"),
        }
        checks.0.len()
    }

    #[test]
    fn what_is_missing_is_a_finding_once_it_lasts() {
        assert_eq!(found(NOW - LASTS), 1);
        assert_eq!(found(NOW - LASTS + 1), 0);
    }
}
