//! `indaba status`: how this node is, in a few lines, and why when it is not well.

use std::path::Path;

use serde::Serialize;

use super::assembly::store_path;
use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::full_disk::{self, FullDisk};
use super::missing;
use super::screen::{Page, Report, paint, style};
use super::words;
use crate::engine::order::{Order, Reply, Status};

#[derive(Serialize)]
struct StatusReport {
    running: bool,
    data_dir: String,
    /// The folder of the records.
    store: String,
    /// The folder is a copy: this node may not publish.
    copy: bool,
    #[serde(flatten)]
    status: Status,
}

impl Report for StatusReport {
    const NAME: &'static str = "status";

    fn page(&self, page: &mut Page) {
        let s = &self.status;
        page.field("institution", words::institution(&s.institution));
        page.field("network", format!("{}, node key {}", s.network, s.node_key));
        let mut node = if self.running {
            "running".to_owned()
        } else {
            "not running".to_owned()
        };
        if self.running {
            node.push_str(&match s.listening.as_slice() {
                [] => ", outbound only".to_owned(),
                addresses => format!(", listening on {}", addresses.join(" ")),
            });
            // Peers that were found rather than told of are connected without being known by order.
            let known = s.peers_known.max(s.peers_connected);
            let peers = words::count(known, "peer", "peers");
            node.push_str(&format!(", {} of {peers} connected", s.peers_connected));
        }
        page.field("node", node);
        let last = match s.last_received {
            Some(at) => format!("last received {}", words::ago(words::now(), at)),
            // Without a running node there is no start to count from.
            None if s.records == 0 || !self.running => "none received yet".to_owned(),
            None => "none received since the start".to_owned(),
        };
        let last = if self.running || s.records == 0 {
            format!(", {last}")
        } else {
            String::new()
        };
        page.field(
            "records",
            format!(
                "{} (store {} on disk){last}",
                s.records,
                words::bytes(s.store_bytes)
            ),
        );
        let followed: Vec<_> = s.feeds.iter().filter(|f| f.followed).collect();
        if followed.is_empty() {
            page.field(
                "feeds",
                "none followed; try: indaba feed follow region:ecowas",
            );
        }
        for (place, feed) in followed.iter().enumerate() {
            let name = if place == 0 { "feeds" } else { "" };
            page.field(
                name,
                format!(
                    "{}{}: {}",
                    feed.feed,
                    if feed.quiet { " (quietly)" } else { "" },
                    words::completeness(feed)
                ),
            );
        }
        missing(page, s, self.running);
        published(page, s, self.running);
        let attention = |page: &mut Page, text: String| {
            // Padded before it is painted: colour takes no columns.
            let begin = format!("{}  ", paint(style::WARN, &format!("{:>14}", "attention")));
            page.hanging(&begin, 16, &text);
        };
        if self.copy {
            attention(
                page,
                "this data folder was restored or copied; publishing is refused: indaba doctor"
                    .into(),
            );
        }
        if s.another_copy {
            attention(
                page,
                "this node's key signed something that this machine does not remember: it is an older copy, another one runs, or somebody else has the key; publishing is refused: indaba doctor".into(),
            );
        }
        if s.key_disputed {
            attention(
                page,
                "this node's own key contradicted itself, or another key of the institution warned about it: indaba doctor".into(),
            );
        }
        for institution in &s.disputed {
            attention(
                page,
                format!(
                    "{}: enough of its root keys signed two different states: indaba trust explain {}",
                    words::institution(institution),
                    institution.short
                ),
            );
        }
        if let Some(needed) = s.space_needed {
            let disk = FullDisk::of(Path::new(&self.store), needed);
            attention(page, disk.while_up());
        }
        if s.outbox > 0 {
            let what = words::count(s.outbox, "own statement", "own statements");
            let why = match (self.running, s.peers_connected) {
                (false, _) => "the node does not run",
                (true, 0) => "no peer is connected",
                (true, _) => "no connected peer follows their feeds, or has asked for them",
            };
            attention(page, format!("{what} not passed on yet: {why}"));
        }
        if s.drafts > 0 {
            let what = words::count(s.drafts, "draft waits", "drafts wait");
            let failed = match s.drafts_failed {
                0 => String::new(),
                failed => format!(", {failed} could not be published"),
            };
            attention(
                page,
                format!("{what} to be cleared{failed}: indaba draft list"),
            );
        }
        if s.unvouched > 0 {
            let (who, wait) = match s.unvouched {
                1 => ("institution", "waits"),
                _ => ("institutions", "wait"),
            };
            attention(
                page,
                format!(
                    "{} {who} {wait} to be accepted or not: indaba trust list",
                    s.unvouched
                ),
            );
        }
        if s.waiting > 0 {
            let what = words::count(s.waiting, "statement", "statements");
            attention(
                page,
                format!("{what} held back until something missing arrives"),
            );
        }
    }
}

/// Feeds of own records that are shown one by one; `--json` gives all.
const FEEDS_SHOWN: usize = 12;

/// Lanes of which is said one by one what is missing; `--json` gives all.
const LANES_SHOWN: usize = 6;

/// Which records are missing, and what peers said and did about them.
fn missing(page: &mut Page, status: &Status, running: bool) {
    let (lines, more) = missing::lines(&status.feeds, LANES_SHOWN, running, words::now());
    for (place, line) in lines.iter().enumerate() {
        page.field(if place == 0 { "missing" } else { "" }, line);
    }
    if more > 0 {
        let lanes = words::count(more, "more signer", "more signers");
        page.field("", format!("and something of {lanes}: indaba feed list"));
    }
}

/// How far the own records are held elsewhere.
fn published(page: &mut Page, status: &Status, running: bool) {
    if !running && !status.held_elsewhere.is_empty() {
        let feeds = words::count(status.held_elsewhere.len() as u64, "feed", "feeds");
        page.field(
            "published",
            format!("in {feeds}; who holds what is known only while this node runs"),
        );
        return;
    }
    for (place, lane) in status.held_elsewhere.iter().take(FEEDS_SHOWN).enumerate() {
        let held = match (lane.all, lane.some) {
            (0, 0) => "held by nobody else yet, as far as peers have said".to_owned(),
            (0, some) => format!("{} some of them, nobody the newest yet", holds(some)),
            (all, some) if all == some => format!("{} them all", holds(all)),
            (all, some) => format!("{} them all, {} only some", holds(all), some - all),
        };
        page.field(
            if place == 0 { "published" } else { "" },
            format!(
                "{}: {}; {held}",
                lane.feed,
                words::count(lane.seq, "record", "records")
            ),
        );
    }
    let more = status.held_elsewhere.len().saturating_sub(FEEDS_SHOWN);
    if more > 0 {
        let feeds = words::count(more as u64, "more feed", "more feeds");
        page.field("", format!("and {feeds}: indaba status --json"));
    }
}

fn holds(peers: u64) -> String {
    format!(
        "{} {}",
        words::count(peers, "peer", "peers"),
        if peers == 1 { "holds" } else { "hold" }
    )
}

/// Runs the command.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let running = context.running(&dir)?.is_some();
    // A running node answers whatever the file says by now.
    let settings = context.settings(&dir);
    let store = match &settings {
        Ok(settings) => store_path(&dir, settings),
        Err(_) => dir.store(),
    };
    let status = match context.ask(Order::Status) {
        Ok(Reply::Status(status)) => status,
        Ok(_) => return Err(unexpected()),
        Err(failure) if failure.exit == Exit::Full => {
            return Err(full_disk::of_node(&store, &settings?).while_down());
        }
        Err(failure) => return Err(failure),
    };
    let lonely = running && status.peers_connected == 0;
    let knows_peers = status.peers_known > 0;
    context.screen.report(&StatusReport {
        running,
        data_dir: dir.path().display().to_string(),
        store: store.display().to_string(),
        copy: context.is_copy(&dir)?,
        status: *status,
    })?;
    if !running {
        context.screen.hint("start the node: indaba up");
    } else if lonely {
        context.screen.hint(if knows_peers {
            "no known peer is reached now; what is missed comes when one is. Why: indaba peer list"
        } else {
            "no peer is connected; add one: indaba peer add ADDRESS, or see `indaba doctor`"
        });
    }
    Ok(if running { Exit::Ok } else { Exit::NotRunning })
}
