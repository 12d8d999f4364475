//! How missing records are told: which, since when, who lists them, who did not hand them over.

use super::words;
use crate::engine::order::{FeedView, InstitutionView, LackingView, LaneView, WithholderView};

/// Ranges, and peers that withhold, named in one line; `--json` gives all.
const RANGES_SHOWN: usize = 6;
const PEERS_SHOWN: usize = 3;
/// Characters of a peer id that tell the peers of one node apart. It is the end that differs, and a peer can be named by it.
const PEER_SHOWN: usize = 8;

/// A peer in running text: its institution, if that is known, and the end of its id.
pub(super) fn peer(id: &str, institution: Option<&InstitutionView>) -> String {
    let begin = id.char_indices().rev().nth(PEER_SHOWN - 1);
    let end = begin.map_or(id, |(at, _)| &id[at..]);
    match institution {
        Some(institution) => format!("{}, peer {end},", words::institution(institution)),
        None => format!("peer {end}"),
    }
}

/// What of all these feeds is missing, a line for each lane, and of how many more lanes something is.
pub(super) fn lines<'a>(
    feeds: impl IntoIterator<Item = &'a FeedView>,
    most: usize,
    running: bool,
    now: i64,
) -> (Vec<String>, u64) {
    let (mut lines, mut more) = (Vec::new(), 0);
    for feed in feeds {
        for lane in &feed.lanes {
            let Some(lacking) = &lane.lacking else {
                continue;
            };
            if lines.len() < most {
                let of = of_lane(lane, lacking, running, now);
                lines.push(format!("{}: {of}", feed.feed));
            } else {
                more += 1;
            }
        }
    }
    (lines, more)
}

/// What of one lane is missing.
pub(super) fn of_lane(lane: &LaneView, lacking: &LackingView, running: bool, now: i64) -> String {
    let mut text = format!(
        "missing {}: {} of {}",
        words::count(lacking.records, "record", "records"),
        positions(lacking),
        words::institution(&lane.institution)
    );
    if !running {
        text.push_str("; who lists them is known only while this node runs");
        return text;
    }
    if let Some(first) = lacking.ranges.iter().min_by_key(|range| range.since) {
        text.push_str(&format!(", since {}", words::span(now, first.since)));
        if first.before_start {
            text.push_str(" or longer, as this node started then");
        }
    }
    text.push_str(&match lacking.listed_by {
        0 => "; no peer lists them".to_owned(),
        some => format!("; listed by {}", words::count(some, "peer", "peers")),
    });
    for by in lacking.withheld_by.iter().take(PEERS_SHOWN) {
        text.push_str(&format!("; {}", withholder(by, lacking.records)));
    }
    let more = lacking.withheld_by.len().saturating_sub(PEERS_SHOWN) as u64;
    if more > 0 {
        let peers = words::count(more, "more peer", "more peers");
        text.push_str(&format!("; so did {peers}"));
    }
    for (count, one, many) in [
        (
            lacking.without,
            "peer was asked and does not have them",
            "peers were asked and do not have them",
        ),
        (
            lacking.unanswered,
            "peer did not answer",
            "peers did not answer",
        ),
        (
            lacking.came,
            "came and waits or is not accepted here",
            "came and wait or are not accepted here",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("; {}", words::count(count, one, many)));
        }
    }
    text.push_str(match (lacking.asking, lacking.withheld_by.is_empty()) {
        (0, _) => "; nobody else to ask is connected",
        (_, true) => "; asking",
        (_, false) => "; asking others",
    });
    text
}

fn withholder(by: &WithholderView, missing: u64) -> String {
    let which = match by.records {
        all if all >= missing => "them".to_owned(),
        some => format!("{some} of them"),
    };
    format!(
        "{} lists {which} but did not hand them over",
        peer(&by.peer, by.institution.as_ref())
    )
}

fn positions(lacking: &LackingView) -> String {
    let ranges = lacking.ranges.iter().take(RANGES_SHOWN);
    let ranges: Vec<String> = ranges
        .map(|range| words::range(range.first, range.last))
        .collect();
    let more = lacking.ranges.len().saturating_sub(RANGES_SHOWN) as u64;
    let more = match more {
        0 => String::new(),
        more => format!(" and {}", words::count(more, "more range", "more ranges")),
    };
    let noun = match lacking.records {
        1 => "position",
        _ => "positions",
    };
    format!("{noun} {}{more}", ranges.join(", "))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;
    use crate::engine::order::MissingRange;

    /// 2026-11-27, in milliseconds since 1970.
    const NOW: i64 = 1_795_737_600_000;

    fn institution() -> InstitutionView {
        serde_json::from_value(serde_json::json!({
            "id": "bafyr4idpctpguqyz", "short": "dpctpguqyz", "fingerprint": "", "name": "Peace Council (example)",
            "marks": [], "kind": null, "version": 1, "accepted": true, "disputed": false,
        }))
        .unwrap()
    }

    fn lane(lacking: LackingView) -> LaneView {
        LaneView {
            institution: institution(),
            key: "key".to_owned(),
            held: 13,
            expected: 16,
            unvouched: 0,
            missing: Vec::new(),
            lacking: Some(lacking),
            head: true,
            due: None,
            stale: false,
            cut: false,
            disputed: false,
        }
    }

    fn lacking() -> LackingView {
        LackingView {
            records: 3,
            ranges: vec![MissingRange {
                first: 14,
                last: 16,
                since: NOW - 7_200_000,
                before_start: false,
            }],
            listed_by: 2,
            withheld_by: vec![WithholderView {
                peer: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".to_owned(),
                institution: None,
                records: 3,
                at: NOW,
            }],
            without: 0,
            unanswered: 0,
            came: 0,
            asking: 2,
        }
    }

    fn told(lacking: LackingView, running: bool) -> String {
        let lane = lane(lacking);
        of_lane(&lane, lane.lacking.as_ref().unwrap(), running, NOW)
    }

    #[test]
    fn what_is_missing_is_said_in_one_line() {
        assert_eq!(
            told(lacking(), true),
            "missing 3 records: positions 14-16 of Peace Council (example) (dpctpguqyz), since 2 h; listed by 2 peers; \
             peer vnc6iDEp lists them but did not hand them over; asking others"
        );
        assert_eq!(
            told(lacking(), false),
            "missing 3 records: positions 14-16 of Peace Council (example) (dpctpguqyz); who lists them is known only \
             while this node runs"
        );
        let lonely = LackingView {
            listed_by: 0,
            withheld_by: Vec::new(),
            without: 1,
            unanswered: 2,
            came: 1,
            asking: 0,
            ranges: vec![MissingRange {
                before_start: true,
                ..lacking().ranges[0]
            }],
            ..lacking()
        };
        assert_eq!(
            told(lonely, true),
            "missing 3 records: positions 14-16 of Peace Council (example) (dpctpguqyz), since 2 h or longer, as this \
             node started then; no peer lists them; 1 peer was asked and does not have them; 2 peers did not answer; \
             1 came and waits or is not accepted here; nobody else to ask is connected"
        );
    }

    #[test]
    fn many_ranges_peers_and_lanes_are_counted_and_not_listed() {
        let range = |at| MissingRange {
            first: at,
            last: at,
            ..lacking().ranges[0]
        };
        let by = |records| WithholderView {
            institution: Some(institution()),
            records,
            ..lacking().withheld_by[0].clone()
        };
        let many = LackingView {
            records: 20,
            ranges: (1..=20).map(|at| range(at * 2)).collect(),
            withheld_by: (1..=5).map(by).collect(),
            ..lacking()
        };
        let told = told(many.clone(), true);
        assert!(
            told.contains("positions 2, 4, 6, 8, 10, 12 and 14 more ranges of "),
            "{told}"
        );
        assert!(
            told.contains(
                "Peace Council (example) (dpctpguqyz), peer vnc6iDEp, lists 1 of them but did not"
            ),
            "{told}"
        );
        assert!(
            told.contains("; so did 2 more peers; asking others"),
            "{told}"
        );
        let feed = FeedView {
            feed: "region:ecowas".to_owned(),
            followed: true,
            quiet: false,
            held: 0,
            expected: 0,
            unvouched: 0,
            state: "incomplete".to_owned(),
            parts_missing: 0,
            stale_lanes: 0,
            connected: 0,
            carried_by: 0,
            lanes: (0..5).map(|_| lane(many.clone())).collect(),
        };
        let (shown, more) = lines([&feed, &feed], 3, true, NOW);
        assert_eq!((shown.len(), more), (3, 7));
        assert!(shown[0].starts_with("region:ecowas: missing 20 records: "));
    }
}
