//! `indaba feed`: follow subjects and see how complete they are.

use indaba_protocol::FeedName;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::FeedAct;
use super::missing;
use super::screen::{Page, Report};
use super::words;
use crate::authoring::{feed_meant, unknown_feed};
use crate::engine::order::{FeedView, KnownFeed, Order, RecordLine, Reply};

#[derive(Serialize)]
struct Followed {
    feed: String,
    quiet: bool,
    /// It was so before.
    already: bool,
}

impl Report for Followed {
    const NAME: &'static str = "feed-follow";
    fn page(&self, page: &mut Page) {
        let how = if self.quiet {
            " quietly: it is announced to nobody and asked of partners only"
        } else {
            ""
        };
        let again = if self.already {
            "still following"
        } else {
            "following"
        };
        page.line(format!("{again} {}{how}", self.feed));
    }
}

#[derive(Serialize)]
struct Unfollowed {
    feed: String,
    was_followed: bool,
}

impl Report for Unfollowed {
    const NAME: &'static str = "feed-unfollow";
    fn page(&self, page: &mut Page) {
        let what = if self.was_followed {
            "no longer following; what is held stays"
        } else {
            "was not followed"
        };
        page.line(format!("{}: {what}", self.feed));
    }
}

#[derive(Serialize)]
struct KnownFeeds {
    known: Vec<KnownFeed>,
    more: bool,
}

impl Report for KnownFeeds {
    const NAME: &'static str = "feed-known";
    fn page(&self, page: &mut Page) {
        if self.known.is_empty() {
            page.line(NOBODY_HEARD);
            return;
        }
        let row = |feed: &KnownFeed| {
            vec![
                feed.feed.clone(),
                if feed.followed { "yes" } else { "no" }.to_owned(),
                words::count(feed.institutions, "institution", "institutions"),
                words::count(feed.records, "record", "records"),
            ]
        };
        page.table(
            &["feed", "followed", "published in by", "promised"],
            &self.known.iter().map(row).collect::<Vec<_>>(),
        );
        if self.more {
            page.line("there are more");
        }
    }
}

/// Why no feed can be named.
const NOBODY_HEARD: &str = "no institution accepted here has said yet where it publishes; it does so when a peer is connected: indaba peer list, indaba trust list";

#[derive(Serialize)]
struct FeedList {
    feeds: Vec<FeedView>,
    #[serde(skip)]
    running: bool,
}

/// Lanes of which is said one by one what is missing; `--json` gives all.
const LANES_SHOWN: usize = 12;

impl Report for FeedList {
    const NAME: &'static str = "feed-list";
    fn page(&self, page: &mut Page) {
        if self.feeds.is_empty() {
            page.line("no feed is followed; try: indaba feed follow region:ecowas");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .feeds
            .iter()
            .map(|f| {
                let how = match (f.followed, f.quiet) {
                    (true, false) => "yes",
                    (true, true) => "quietly",
                    (false, _) => "no",
                };
                vec![f.feed.clone(), how.into(), words::completeness(f)]
            })
            .collect();
        page.table(&["feed", "followed", "state"], &rows);
        let (lines, more) = missing::lines(&self.feeds, LANES_SHOWN, self.running, words::now());
        if !lines.is_empty() {
            page.gap();
        }
        for line in lines {
            page.hanging("", 0, &line);
        }
        if more > 0 {
            let lanes = words::count(more, "more signer", "more signers");
            page.line(format!("and something of {lanes}: indaba feed list --json"));
        }
    }
}

#[derive(Serialize)]
struct FeedPage {
    feed: FeedView,
    records: Vec<RecordLine>,
    next: Option<u64>,
    #[serde(skip)]
    lanes: bool,
}

impl Report for FeedPage {
    const NAME: &'static str = "feed-show";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "{}: {}",
            self.feed.feed,
            words::completeness(&self.feed)
        ));
        if !self.feed.followed && self.feed.feed != "registry" {
            page.line("not followed: what others publish there does not come");
        }
        if self.lanes {
            let rows: Vec<Vec<String>> = self
                .feed
                .lanes
                .iter()
                .map(|lane| {
                    let missing: Vec<String> = lane
                        .missing
                        .iter()
                        .map(|(first, last)| words::range(*first, *last))
                        .collect();
                    let mut notes = Vec::new();
                    for (holds, note) in [
                        (!lane.head, "no promise"),
                        (lane.stale, "stale"),
                        (lane.cut, "cut"),
                        (lane.disputed, "disputed"),
                    ] {
                        if holds {
                            notes.push(note);
                        }
                    }
                    vec![
                        words::institution(&lane.institution),
                        lane.key.clone(),
                        format!("{}/{}", lane.held, lane.expected),
                        missing.join(" "),
                        notes.join(", "),
                    ]
                })
                .collect();
            page.table(
                &["institution", "key", "records", "missing", "notes"],
                &rows,
            );
            page.gap();
        }
        if self.records.is_empty() {
            page.line("no records");
            return;
        }
        page.table(
            &words::RECORD_HEADS,
            &self
                .records
                .iter()
                .map(words::record_row)
                .collect::<Vec<_>>(),
        );
    }
}

/// Says so when there is nobody who may be asked for what is followed quietly.
fn without_partner(context: &Context) -> Result<(), Failure> {
    let Reply::Peers { peers } = context.ask(Order::Peers)? else {
        return Err(unexpected());
    };
    if !peers.iter().any(|peer| peer.partner) {
        context
            .screen
            .warn("no partner is known, so nobody is asked for what is followed quietly");
        let whom = match peers.as_slice() {
            [only] => only.peer.as_str(),
            _ => "PEER",
        };
        context.screen.hint(format!(
            "a partner is told what is followed here: choose one you trust with it, then: indaba peer add --partner {whom}"
        ));
    }
    Ok(())
}

/// Feeds that are named in a hint: more are for a list.
const NAMED: usize = 6;

/// Says so when nobody is known to publish in a feed that was just followed, and where they do.
fn without_publisher(context: &Context, feed: &str) -> Result<(), Failure> {
    let Reply::KnownFeeds { feeds, .. } = context.ask(Order::KnownFeeds)? else {
        return Err(unexpected());
    };
    if feeds.iter().any(|known| known.feed == feed) {
        return Ok(());
    }
    if feeds.is_empty() {
        let Reply::Anchors { anchors } = context.ask(Order::Anchors)? else {
            return Err(unexpected());
        };
        // Where those who are accepted publish is heard when a peer is connected: until then there is nothing to say.
        if anchors.is_empty() {
            context.screen.hint(
                "nothing comes before an institution is accepted: indaba trust anchor INVITATION",
            );
        }
        return Ok(());
    }
    context.screen.warn(format!(
        "no institution accepted here is known to publish in {feed}: until one does, nothing comes"
    ));
    let near = near(feed, &feeds);
    let names: Vec<&str> = near.iter().take(NAMED).copied().collect();
    context.screen.hint(format!(
        "they publish in: {}{}; all of them: indaba feed list --known",
        names.join(", "),
        if near.len() > NAMED { ", ..." } else { "" }
    ));
    if let Some((theme, _)) = feed.strip_prefix("theme:").and_then(|f| f.split_once('.')) {
        context.screen.hint(format!(
            "a sub-theme is a feed of its own: records about it go to theme:{theme} unless their authors name {feed} as well"
        ));
    }
    let Reply::Feeds { feeds: followed } = context.ask(Order::Feeds)? else {
        return Err(unexpected());
    };
    let view = followed.iter().find(|view| view.feed == feed);
    if let Some(view) = view.filter(|view| view.carried_by == 0)
        && let Some(carried) = words::carried(view)
    {
        context.screen.hint(format!(
            "{carried}: what others publish there is heard of when one that does is connected. Who carries what: indaba peer list"
        ));
    }
    Ok(())
}

/// The names of known feeds, those first that are likest to `feed`: the theme above or below it, then those of the same kind.
fn near<'a>(feed: &str, known: &'a [KnownFeed]) -> Vec<&'a str> {
    let kind = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
    let family = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut names: Vec<&str> = known.iter().map(|known| known.feed.as_str()).collect();
    names.sort_by_key(|name| (family(name) != family(feed), kind(name) != kind(feed)));
    names
}

/// How feeds are written.
const FORMS: &str = "write it in small letters, without spaces: region:ecowas, theme:trj, country:gha or topic:water-points";

/// Refuses what is not the name of a feed, and says what was probably meant.
pub(super) fn well_written(feed: &str) -> Result<(), Failure> {
    if feed.starts_with("circle:") {
        let problem = format!("{feed} is a circle, which this version cannot follow");
        return Err(Failure::new(Exit::WrongUse, problem).hint(FORMS));
    }
    if feed.parse::<FeedName>().is_ok() {
        return Ok(());
    }
    let hint = match feed_meant(feed) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("{FORMS}; `indaba vocabulary` lists what there is"),
    };
    let problem = format!("`{feed}` is not the name of a feed");
    Err(Failure::new(Exit::WrongUse, problem).hint(hint))
}

/// Follows one feed, quietly or openly or as before, and says what is to be known about it; whether it is followed quietly.
fn follow(context: &Context, feed: String, manner: Option<bool>) -> Result<bool, Failure> {
    if feed == "registry" {
        context.screen.report(&Followed {
            feed,
            quiet: false,
            already: true,
        })?;
        context
            .screen
            .hint("every node holds the registry anyway; nothing was changed");
        return Ok(false);
    }
    let doubt = unknown_feed(&feed);
    let Reply::Followed {
        feed,
        quiet,
        was_quiet,
    } = context.ask(Order::Follow {
        feed,
        quiet: manner,
    })?
    else {
        return Err(unexpected());
    };
    context.screen.report(&Followed {
        feed: feed.clone(),
        quiet,
        already: was_quiet == Some(quiet),
    })?;
    match (was_quiet, quiet) {
        (Some(false), true) => context.screen.warn(format!(
            "{feed} was followed openly until now: nodes that were connected know it, and do not forget it"
        )),
        (Some(true), false) => context.screen.warn(format!(
            "that {feed} is followed is now announced to every connected node"
        )),
        (Some(true), true) if manner.is_none() => context.screen.hint(format!(
            "it stays quiet; to announce it: indaba feed follow --openly {feed}"
        )),
        _ => {}
    }
    if let Some((problem, remedy)) = doubt {
        context.screen.warn(format!("{problem}; {remedy}"));
    }
    without_publisher(context, &feed)?;
    Ok(quiet)
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: FeedAct) -> Result<Exit, Failure> {
    match act {
        FeedAct::Follow {
            feeds,
            quiet,
            openly,
        } => {
            // All of them first: a slip in the third is no reason to find two followed.
            feeds.iter().try_for_each(|feed| well_written(feed))?;
            let manner = (quiet || openly).then_some(quiet);
            let mut any_quiet = false;
            for feed in feeds {
                any_quiet |= follow(context, feed, manner)?;
            }
            if any_quiet {
                without_partner(context)?;
            }
        }
        FeedAct::Unfollow { feed } => {
            well_written(&feed)?;
            let Reply::Unfollowed {
                feed, was_followed, ..
            } = context.ask(Order::Unfollow { feed })?
            else {
                return Err(unexpected());
            };
            let meant = (!was_followed).then(|| feed_meant(&feed)).flatten();
            context.screen.report(&Unfollowed { feed, was_followed })?;
            if let Some(meant) = meant {
                context.screen.hint(format!("did you mean `{meant}`?"));
            }
        }
        FeedAct::List { known: true } => {
            let Reply::KnownFeeds { feeds, more } = context.ask(Order::KnownFeeds)? else {
                return Err(unexpected());
            };
            context.screen.report(&KnownFeeds { known: feeds, more })?;
        }
        FeedAct::List { known: false } => {
            let Reply::Feeds { feeds } = context.ask(Order::Feeds)? else {
                return Err(unexpected());
            };
            let quiet = feeds.iter().any(|f| f.followed && f.quiet);
            let empty = feeds.iter().any(|f| f.state == "empty");
            let running = context.running(&context.node_dir()?)?.is_some();
            context.screen.report(&FeedList { feeds, running })?;
            if empty {
                context
                    .screen
                    .hint("where institutions accepted here do publish: indaba feed list --known");
            }
            if quiet {
                without_partner(context)?;
            }
        }
        FeedAct::Show {
            feed,
            limit,
            oldest,
            after,
            lanes,
        } => {
            well_written(&feed)?;
            let order = Order::Feed {
                feed: feed.clone(),
                after,
                limit: usize::from(limit),
                newest: !oldest,
            };
            let Reply::Feed {
                feed: view,
                records,
                next,
            } = context.ask(order)?
            else {
                return Err(unexpected());
            };
            let never = !view.followed && records.is_empty();
            context.screen.report(&FeedPage {
                feed: view,
                records,
                next,
                lanes,
            })?;
            if never {
                context.screen.hint(match feed_meant(&feed) {
                    Some(meant) => format!("it is not followed; did you mean `{meant}`?"),
                    None => format!("it is not followed; to receive it: indaba feed follow {feed}"),
                });
            }
            if let Some(next) = next {
                let order = if oldest { " --oldest" } else { "" };
                context.screen.hint(format!(
                    "more: indaba feed show {feed}{order} --after {next}"
                ));
            }
        }
    }
    Ok(Exit::Ok)
}
