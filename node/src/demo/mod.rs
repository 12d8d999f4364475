//! `indaba demo`: three institutions, thirty real cases, one machine, a true story told.
//!
//! Nothing is played: the nodes are the ones `indaba up` runs, they meet over libp2p, and the ending is not claimed but computed
//! from the three stores after the nodes are down.

pub mod audit;
pub mod cases;
pub mod cast;
mod event;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indaba_protocol::Id;
use rand::TryRng;
use rand::rngs::SysRng;

use crate::cli::screen::Screen;
use crate::cli::{Exit, Failure};
use crate::engine::order::{Order, Reply};
use crate::engine::{Notice, Way};
use audit::{Findings, Holdings, Told};
use cast::{AWAY, CAST, NETWORK};
pub use event::{Event, FeedState, LeftRunning, NodeEnd, Received};
use stage::{Heard, Stage};

/// Longest wait for the three to find each other.
const MEET: Duration = Duration::from_secs(10);
/// Longest wait for one record to reach everybody; what takes longer is shown as "not yet" and still counted in the end.
const ARRIVE: Duration = Duration::from_secs(5);
/// Longest wait for a node's feeds to become complete.
const COMPLETE: Duration = Duration::from_secs(10);

/// Changes what was read from the stores before it is audited. The command passes [`untouched`]; a test takes a record away here, to
/// see that the demonstration then fails.
pub type Touch = fn(&mut [Holdings]);

/// Leaves everything as it was read.
pub fn untouched(_: &mut [Holdings]) {}

/// Runs the command.
///
/// # Errors
/// When a node cannot be founded, started or reached. That a node does not hold what it should is no error but an exit code.
pub fn run(screen: &Screen, data_dir: Option<&Path>, keep: bool) -> Result<Exit, Failure> {
    let folder = new_folder(data_dir)?;
    let runtime = crate::cli::up::tokio_runtime()?;
    let mut tell = |event: Event| screen.report(&event);
    let played = runtime.block_on(async {
        // One listener for all of it: what is pressed between two of its parts counts too.
        let mut interrupt =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
                .map_err(|e| Failure::new(Exit::Failed, "cannot listen for signals").because(e))?;
        let (stage, whole) = tokio::select! {
            played = play(&folder, &mut tell, untouched) => played?,
            _ = interrupt.recv() => return Err(Failure::new(Exit::Interrupted, "interrupted")),
        };
        if keep {
            leave_running(stage, &mut tell, &mut interrupt).await?;
        }
        Ok::<bool, Failure>(whole)
    });
    drop(runtime);
    if keep && played.is_ok() {
        screen.hint(format!("the folder stays: {}", folder.display()));
    } else if let Err(e) = std::fs::remove_dir_all(&folder) {
        screen.warn(format!("{} was not removed: {e}", folder.display()));
    }
    let whole = played?;
    if !keep {
        screen.tell("Next:");
        screen.tell("  indaba demo --keep     leave the three running and look around");
        screen.tell("  indaba init            set up your own institution");
    }
    Ok(if whole { Exit::Ok } else { Exit::Failed })
}

/// A new folder for this run: under the data folder when one was named, else among the temporary files.
fn new_folder(data_dir: Option<&Path>) -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let mut random = [0u8; 4];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|e| Failure::new(Exit::Failed, "no random bytes").because(e))?;
    let name: String = random.iter().map(|b| format!("{b:02x}")).collect();
    let base = data_dir.map_or_else(std::env::temp_dir, Path::to_owned);
    let folder = base.join(format!("indaba-demo-{name}"));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|e| Failure::io("create", &folder, &e))?;
    Ok(folder)
}

/// The sink events go to.
type Tell<'a> = &'a mut (dyn FnMut(Event) -> Result<(), Failure> + Send);

/// The whole story in a folder. Gives the stage, all nodes down, and whether every node holds and verifies exactly what it should.
async fn play(folder: &Path, tell: Tell<'_>, touch: Touch) -> Result<(Stage, bool), Failure> {
    let begun = Instant::now();
    tell(Event::Opening {
        folder: folder.display().to_string(),
        network: NETWORK,
    })?;
    let mut stage = Stage::found(folder)?;
    for who in 0..CAST.len() {
        stage.start(who).await?;
        let actor = &stage.actors[who];
        tell(Event::Started {
            name: actor.part.name,
            node: actor.part.short,
            institution: actor.institution.short(),
            fingerprint: indaba_protocol::text_forms::Fingerprint::of(&actor.institution)
                .to_string(),
            address: actor.addresses.first().cloned().unwrap_or_default(),
            follows: actor.follows.iter().map(ToString::to_string).collect(),
        })?;
    }
    let connections = stage.introduce(MEET).await?;
    tell(Event::Connected {
        connections,
        took_ms: millis(begun),
    })?;

    let mut told = Vec::new();
    tell(Event::Act {
        number: 1,
        about: "Each publishes; who follows the subject receives".into(),
    })?;
    for (who, part) in CAST.iter().enumerate() {
        for case in 0..part.cases.len() - part.later {
            told.push(record(&mut stage, who, case, tell).await?);
        }
    }
    completeness(&stage, tell).await?;

    let away = CAST[AWAY].short;
    tell(Event::Act {
        number: 2,
        about: format!("{away} goes away; the others go on"),
    })?;
    stage.stop(AWAY).await?;
    tell(Event::Stopped { node: away })?;
    let before = told.len();
    for (who, part) in CAST.iter().enumerate().filter(|(who, _)| *who != AWAY) {
        for case in part.cases.len() - part.later..part.cases.len() {
            told.push(record(&mut stage, who, case, tell).await?);
        }
    }
    tell(Event::Act {
        number: 3,
        about: format!("{away} comes back and catches up"),
    })?;
    catch_up(&mut stage, &told[before..], tell).await?;
    completeness(&stage, tell).await?;

    tell(Event::Act {
        number: 4,
        about: "All three are switched off; the stores are read and every record is verified again"
            .into(),
    })?;
    for who in 0..CAST.len() {
        stage.stop(who).await?;
    }
    let mut holdings = (0..CAST.len())
        .map(|who| stage.holdings(who))
        .collect::<Result<Vec<_>, _>>()?;
    touch(&mut holdings);
    let net = stage.network.id();
    let mut nodes = Vec::new();
    for (who, held) in holdings.iter().enumerate() {
        let must = audit::expected(&told, who, &stage.actors[who].follows);
        nodes.push(node_end(who, &told, audit::audit(&net, held, &must)));
    }
    let whole = nodes.iter().all(|n| n.whole)
        && told.len() == CAST.iter().map(|p| p.cases.len()).sum::<usize>();
    tell(Event::End {
        nodes,
        published: told.len() as u64,
        seconds: begun.elapsed().as_secs_f64(),
        whole,
    })?;
    Ok((stage, whole))
}

/// Plays the whole story in a folder, without a screen. For tests: `touch` may take something away before the audit.
///
/// # Errors
/// As [`run`].
pub async fn rehearse(folder: &Path, touch: Touch) -> Result<(Vec<Event>, bool), Failure> {
    let mut events = Vec::new();
    let mut tell = |event: Event| {
        events.push(event);
        Ok(())
    };
    let (stage, whole) = play(folder, &mut tell, touch).await?;
    drop(stage);
    Ok((events, whole))
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Publishes one case and tells who received it when.
async fn record(
    stage: &mut Stage,
    who: usize,
    case: usize,
    tell: Tell<'_>,
) -> Result<Told, Failure> {
    let (told, title, begun) = stage.publish(who, case).await?;
    let follows = |other: usize, stage: &Stage| {
        told.feeds
            .iter()
            .any(|f| stage.actors[other].follows.contains(f))
    };
    let receivers: Vec<usize> = (0..CAST.len())
        .filter(|other| *other != who && follows(*other, stage))
        .collect();
    let (up, down): (Vec<usize>, Vec<usize>) =
        receivers.into_iter().partition(|other| stage.is_up(*other));
    let mut arrivals: BTreeMap<usize, (Instant, Way)> = BTreeMap::new();
    while arrivals.len() < up.len() {
        let Ok(Some((node, at, notice))) =
            tokio::time::timeout_at((begun + ARRIVE).into(), stage.heard.recv()).await
        else {
            break;
        };
        if let Notice::Admitted { record, way, .. } = notice
            && record == told.id
            && up.contains(&node)
        {
            arrivals.insert(node, (at, way));
        }
    }
    let mut received = Vec::new();
    for node in up {
        let arrival = arrivals.get(&node);
        received.push(Received {
            node: CAST[node].short,
            latency_ms: arrival.map(|(at, _)| {
                u64::try_from(at.duration_since(begun).as_millis()).unwrap_or(u64::MAX)
            }),
            way: arrival.map(|(_, way)| match way {
                Way::Own => "own",
                Way::Gossip => "gossip",
                Way::CatchUp => "catch-up",
            }),
            verified: arrival.is_some() && verified(stage, node, &told.id).await?,
        });
    }
    tell(Event::Record {
        id: told.id.to_string(),
        short: told.id.short(),
        title,
        publisher: CAST[who].short,
        received,
        later: down.into_iter().map(|node| CAST[node].short).collect(),
    })?;
    Ok(told)
}

/// Whether every step of a record's verification holds at one node.
async fn verified(stage: &Stage, who: usize, id: &Id) -> Result<bool, Failure> {
    match stage
        .order(who, Order::Verify { id: id.to_string() })
        .await?
    {
        Reply::Verified(view) => {
            Ok(!view.steps.is_empty() && view.steps.iter().all(|step| step.holds))
        }
        _ => Ok(false),
    }
}

/// Starts the node that was away and waits for what it missed.
async fn catch_up(stage: &mut Stage, missed: &[Told], tell: Tell<'_>) -> Result<(), Failure> {
    let mut wanted = audit::expected(missed, AWAY, &stage.actors[AWAY].follows);
    let records = wanted.len() as u64;
    let begun = Instant::now();
    stage.start(AWAY).await?;
    let mut last = begun;
    while !wanted.is_empty() {
        let heard: Option<Heard> =
            tokio::time::timeout_at((begun + COMPLETE).into(), stage.heard.recv())
                .await
                .ok()
                .flatten();
        let Some((node, at, notice)) = heard else {
            break;
        };
        if let Notice::Admitted { record, .. } = notice
            && node == AWAY
            && wanted.remove(&record)
        {
            last = at;
        }
    }
    tell(Event::CaughtUp {
        node: CAST[AWAY].short,
        records: records - wanted.len() as u64,
        took_ms: u64::try_from(last.duration_since(begun).as_millis()).unwrap_or(u64::MAX),
        complete: wanted.is_empty(),
    })
}

/// Tells how complete each node's feeds are, once they are complete or the time is over.
async fn completeness(stage: &Stage, tell: Tell<'_>) -> Result<(), Failure> {
    for (who, part) in CAST.iter().enumerate() {
        let feeds = stage.feeds_when_complete(who, COMPLETE).await?;
        let feeds = feeds
            .into_iter()
            .map(|f| FeedState {
                feed: f.feed,
                state: f.state,
                held: f.held,
                expected: f.expected,
            })
            .collect();
        tell(Event::Completeness {
            node: part.short,
            feeds,
        })?;
    }
    Ok(())
}

fn node_end(who: usize, told: &[Told], found: Findings) -> NodeEnd {
    let texts = |ids: &[Id]| ids.iter().map(Id::to_string).collect();
    NodeEnd {
        node: CAST[who].short,
        published: told.iter().filter(|t| t.by == who).count() as u64,
        must_hold: found.expected,
        verified: found.verified,
        missing: texts(&found.missing),
        unexpected: texts(&found.unexpected),
        whole: found.is_whole(),
        broken: found
            .broken
            .into_iter()
            .map(|(id, why)| (id.to_string(), why))
            .collect(),
    }
}

/// Starts the three again and waits for Ctrl-C.
async fn leave_running(
    mut stage: Stage,
    tell: Tell<'_>,
    interrupt: &mut tokio::signal::unix::Signal,
) -> Result<(), Failure> {
    for who in 0..CAST.len() {
        stage.start(who).await?;
    }
    // The addresses are new ones, so they are introduced again.
    stage.introduce(MEET).await?;
    let nodes = stage
        .actors
        .iter()
        .map(|a| LeftRunning {
            node: a.part.short,
            data_dir: a.dir.path().display().to_string(),
            addresses: a.addresses.clone(),
        })
        .collect();
    tell(Event::Running { nodes })?;
    // Nobody else reads what is heard; it must not fill up.
    let mut ended = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|e| Failure::new(Exit::Failed, "cannot listen for signals").because(e))?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = ended.recv() => break,
            heard = stage.heard.recv() => if heard.is_none() { break },
        }
    }
    for who in 0..CAST.len() {
        stage.stop(who).await?;
    }
    Ok(())
}
