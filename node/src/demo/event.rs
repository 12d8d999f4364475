//! What there is to tell while the demonstration runs: one event, two forms.

use serde::Serialize;

use crate::cli::screen::{clean, paint, style};
use crate::cli::{Page, Report};

/// How one node received a record.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// Who.
    pub node: &'static str,
    /// Milliseconds from the order to publish to being stored there; none when it had not arrived in time.
    pub latency_ms: Option<u64>,
    /// `gossip` or `catch-up`.
    pub way: Option<&'static str>,
    /// Whether every step of its verification holds there.
    pub verified: bool,
}

/// How complete one feed is at one node.
#[derive(Clone, Debug, Serialize)]
pub struct FeedState {
    /// The feed.
    pub feed: String,
    /// `complete` or another word.
    pub state: String,
    /// Records held of those promised.
    pub held: u64,
    /// Records promised.
    pub expected: u64,
}

/// The end for one node.
#[derive(Clone, Debug, Serialize)]
pub struct NodeEnd {
    /// Who.
    pub node: &'static str,
    /// Records it published.
    pub published: u64,
    /// Records it must hold: its own and those in feeds it follows.
    pub must_hold: u64,
    /// Of these, held and verified again from the bytes on disk.
    pub verified: u64,
    /// Missing records.
    pub missing: Vec<String>,
    /// Records that should not be there.
    pub unexpected: Vec<String>,
    /// Records that do not verify, with the reason.
    pub broken: Vec<(String, String)>,
    /// Whether it holds exactly what it should.
    pub whole: bool,
}

/// A node that was left running.
#[derive(Clone, Debug, Serialize)]
pub struct LeftRunning {
    /// Who.
    pub node: &'static str,
    /// Its data folder.
    pub data_dir: String,
    /// Where it listens.
    pub addresses: Vec<String>,
}

/// One thing to tell.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The beginning.
    Opening {
        /// The folder everything is in.
        folder: String,
        /// The network's name.
        network: &'static str,
    },
    /// An institution was founded and its node started.
    Started {
        /// Its name.
        name: &'static str,
        /// Who, for a line.
        node: &'static str,
        /// Its id, shortened.
        institution: String,
        /// Its fingerprint.
        fingerprint: String,
        /// Where it listens.
        address: String,
        /// What it follows.
        follows: Vec<String>,
    },
    /// The nodes know and accept each other.
    Connected {
        /// Connections, each counted once.
        connections: u64,
        /// Milliseconds from the first start.
        took_ms: u64,
    },
    /// An act begins.
    Act {
        /// From 1.
        number: u32,
        /// What happens in it.
        about: String,
    },
    /// A record was published, and who got it.
    Record {
        /// Its id.
        id: String,
        /// Shortened.
        short: String,
        /// Its title.
        title: String,
        /// Who signed it.
        publisher: &'static str,
        /// Who must receive it, and how it went.
        received: Vec<Received>,
        /// Who is away and must catch up later.
        later: Vec<&'static str>,
    },
    /// A node went away.
    Stopped {
        /// Who.
        node: &'static str,
    },
    /// A node came back and caught up.
    CaughtUp {
        /// Who.
        node: &'static str,
        /// Records it had missed and has now.
        records: u64,
        /// Milliseconds from its start to having the last of them.
        took_ms: u64,
        /// Whether that is all of them.
        complete: bool,
    },
    /// How complete one node is.
    Completeness {
        /// Who.
        node: &'static str,
        /// Feed by feed.
        feeds: Vec<FeedState>,
    },
    /// The end.
    End {
        /// Node by node.
        nodes: Vec<NodeEnd>,
        /// Records published in all.
        published: u64,
        /// Seconds from beginning to end.
        seconds: f64,
        /// Whether every node holds and verifies exactly what it should.
        whole: bool,
    },
    /// The nodes stay up.
    Running {
        /// Each of them.
        nodes: Vec<LeftRunning>,
    },
}

impl Report for Event {
    const NAME: &'static str = "demo";

    fn page(&self, page: &mut Page) {
        match self {
            Event::Opening { folder, network } => {
                page.head("Three institutions, three nodes, one machine");
                page.line("Each has its own keys and its own store. They meet over libp2p on the loopback address, in a network");
                page.line(format!("of their own (\"{network}\"). The institutions are invented, the cases are real."));
                page.line(paint(style::DIM, &clean(&format!("folder: {folder}"))));
                page.gap();
            }
            Event::Started {
                name,
                node,
                institution,
                fingerprint,
                address,
                follows,
            } => {
                page.line(format!(
                    "{} {}",
                    paint(style::BOLD, name),
                    paint(style::DIM, institution)
                ));
                page.line(format!("    {node} · {address}"));
                page.line(format!("    fingerprint {fingerprint}"));
                page.line(format!("    follows {}", follows.join(", ")));
            }
            Event::Connected {
                connections,
                took_ms,
            } => {
                page.line(format!(
                    "{} {connections} connections after {took_ms} ms; each accepts the two others",
                    paint(style::GOOD, "connected")
                ));
            }
            Event::Act { number, about } => {
                page.gap();
                page.head(format!("{number}. {about}"));
            }
            Event::Record {
                short,
                title,
                publisher,
                received,
                later,
                ..
            } => {
                let mut arrivals: Vec<String> = received
                    .iter()
                    .map(|r| match (r.latency_ms, r.verified) {
                        (Some(ms), true) => {
                            format!("{} {ms} ms {}", r.node, paint(style::GOOD, "verified"))
                        }
                        (Some(ms), false) => {
                            format!("{} {ms} ms {}", r.node, paint(style::BAD, "NOT VERIFIED"))
                        }
                        (None, _) => format!("{} {}", r.node, paint(style::WARN, "not yet")),
                    })
                    .collect();
                arrivals.extend(
                    later
                        .iter()
                        .map(|node| format!("{node} {}", paint(style::DIM, "away"))),
                );
                let arrivals = if arrivals.is_empty() {
                    paint(style::DIM, "nobody else follows its feeds")
                } else {
                    arrivals.join(" · ")
                };
                page.line(format!(
                    "{} {publisher:<16} {}",
                    paint(style::DIM, short),
                    shorten(&clean(title), 64)
                ));
                page.line(format!("           -> {arrivals}"));
            }
            Event::Stopped { node } => {
                page.line(format!("{} is switched off", paint(style::BOLD, node)))
            }
            Event::CaughtUp {
                node,
                records,
                took_ms,
                complete,
            } => {
                let word = if *complete {
                    paint(style::GOOD, "caught up")
                } else {
                    paint(style::BAD, "did not catch up")
                };
                page.line(format!(
                    "{} {word}: {records} missed records {took_ms} ms after its start",
                    paint(style::BOLD, node)
                ));
            }
            Event::Completeness { node, feeds } => {
                for (place, feed) in feeds.iter().enumerate() {
                    let state = if feed.state == "complete" {
                        paint(style::GOOD, "complete")
                    } else {
                        paint(style::WARN, &feed.state)
                    };
                    let name = if place == 0 { node } else { "" };
                    page.line(format!(
                        "{name:<18}{:<20} {state} {}/{} records",
                        feed.feed, feed.held, feed.expected
                    ));
                }
            }
            Event::End {
                nodes,
                published,
                seconds,
                whole,
            } => {
                let rows: Vec<Vec<String>> = nodes
                    .iter()
                    .map(|n| {
                        let problems = n.missing.len() + n.unexpected.len() + n.broken.len();
                        vec![
                            n.node.to_owned(),
                            n.published.to_string(),
                            n.must_hold.to_string(),
                            n.verified.to_string(),
                            if n.whole {
                                "exactly what it should".into()
                            } else {
                                format!("{problems} wrong")
                            },
                        ]
                    })
                    .collect();
                page.table(
                    &[
                        "node",
                        "published",
                        "must hold",
                        "verified on disk",
                        "holds",
                    ],
                    &rows,
                );
                for node in nodes {
                    for id in &node.missing {
                        page.line(format!("{}: {} is missing", node.node, id));
                    }
                    for id in &node.unexpected {
                        page.line(format!("{}: {} should not be there", node.node, id));
                    }
                    for (id, why) in &node.broken {
                        page.line(format!(
                            "{}: {} does not verify: {}",
                            node.node,
                            id,
                            clean(why)
                        ));
                    }
                }
                page.gap();
                page.line(if *whole {
                    format!("{} {published} records, {seconds:.1} s: every node holds and verifies exactly what it follows.", paint(style::GOOD, "complete"))
                } else {
                    format!("{} after {seconds:.1} s: not every node holds what it follows.", paint(style::BAD, "incomplete"))
                });
            }
            Event::Running { nodes } => {
                page.gap();
                page.head("The three nodes are running. In another window, type for example");
                for node in nodes {
                    page.line(format!(
                        "  indaba --data-dir {} status",
                        clean(&node.data_dir)
                    ));
                    page.line(paint(
                        style::DIM,
                        &format!("      {} · {}", node.node, clean(&node.addresses.join(" "))),
                    ));
                }
                if let Some(first) = nodes.first() {
                    page.line(format!(
                        "  indaba --data-dir {} feed show topic:south-south",
                        clean(&first.data_dir)
                    ));
                    page.line(format!(
                        "  indaba --data-dir {} search elections",
                        clean(&first.data_dir)
                    ));
                }
                page.line("Ctrl-C ends them.");
            }
        }
    }
}

/// Text cut to so many characters.
fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
