//! What the worker does, and so what must be there afterwards: both follow from the number of a group alone.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use indaba_protocol::{FeedName, Id, Key};
use indaba_store::{Batch, Fact, FactKind, LanePlace, Link, NewRecord, Options, RecordView, Store};

use crate::random::Random;
use crate::{Result, said};

/// Name of the guard's file, beside the store's folder.
pub const GUARD: &str = "published";
/// Small, so that a short run closes many segments; one group of large bodies still fits.
const SEGMENT: u64 = 128 << 10;

/// Bytes kept back, as an ordinary store does.
const RESERVE: u64 = 256 << 10;

/// The boots a store lives through here.
#[derive(Clone, Copy, Debug)]
pub enum Boot {
    /// The one the worker runs in.
    First,
    /// The one after the power cut.
    Second,
}

/// How the store is opened.
#[must_use]
pub fn options(root: &Path, boot: Boot) -> Options {
    Options {
        guard: Some(root.join(GUARD)),
        segment_bytes: SEGMENT,
        boot: Some(format!("{boot:?}")),
        reserve_bytes: RESERVE,
        ..Options::new([7; 16])
    }
}

/// Where the store is.
#[must_use]
pub fn store(root: &Path) -> std::path::PathBuf {
    root.join("store")
}

/// One commit of the worker.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its number, from 1.
    pub number: u64,
    /// Numbers of its records.
    pub records: std::ops::Range<u64>,
    /// Own ones, with the head that follows; or such as come from a peer.
    pub own: bool,
    /// Older records whose parts it drops, as withdrawals do.
    pub drops: std::ops::Range<u64>,
}

/// The first `count` groups: three in four are single publications with their head, one brings several records of others.
#[must_use]
pub fn plan(count: u64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut next = 0;
    for number in 1..=count {
        let own = number % 4 != 0;
        let size = if own { 1 } else { 4 + number % 9 };
        // Three in four groups, seven commits later: so much is dead that segments are cleared.
        let older = number.checked_sub(7).filter(|older| older % 4 != 1);
        let drops = older
            .and_then(|older| groups.get(older as usize))
            .map_or(0..0, |group| group.records.clone());
        groups.push(Group {
            number,
            records: next..next + size,
            own,
            drops,
        });
        next += size;
    }
    groups
}

/// What a store holds after some groups.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Records, in order of arrival.
    pub records: u64,
    /// Those whose parts were dropped.
    pub dropped: BTreeSet<u64>,
    /// Own records: position in the lane is the place here plus one.
    pub own: Vec<u64>,
    /// The last own group.
    pub head: Option<u64>,
}

/// After these groups.
#[must_use]
pub fn expected(groups: &[Group]) -> Expected {
    let mut found = Expected::default();
    for group in groups {
        found.records = group.records.end;
        found.dropped.extend(group.drops.clone());
        if group.own {
            found.own.extend(group.records.clone());
            found.head = Some(group.number);
        }
    }
    found
}

/// The feed of all records.
///
/// # Errors
/// Never: the name is a good one.
pub fn feed() -> Result<FeedName> {
    "theme:trj".parse().map_err(said("feed"))
}

/// The node's own key, or that of a peer.
#[must_use]
pub fn key(own: bool) -> Key {
    let mut bytes = [if own { 2 } else { 3 }; 33];
    bytes[0] = 1;
    Key::from_bytes(bytes)
}

/// Id of a record.
#[must_use]
pub fn record_id(n: u64) -> Id {
    Id::of(format!("record {n}").as_bytes())
}

/// Id of the head that group `n` signed.
#[must_use]
pub fn head_id(n: u64) -> Id {
    Id::of(format!("head {n}").as_bytes())
}

/// A record whose body has so many bytes, half of which do not compress.
///
/// # Errors
/// Never: the feed's name is a good one.
pub fn record(n: u64, own: bool, seq: u64, body: usize) -> Result<NewRecord> {
    let mut random = Random(n);
    let card = format!("card {n}: a practice that others can use").into_bytes();
    let mut bytes: Vec<u8> = (0..body / 2).map(|_| random.draw() as u8).collect();
    bytes.extend(
        format!("body {n}: what was done, by whom, with what result. ")
            .bytes()
            .cycle()
            .take(body - body / 2),
    );
    let links = n.checked_sub(5).filter(|_| n % 4 == 3);
    Ok(NewRecord {
        view: RecordView {
            id: record_id(n),
            institution: Id::of(if own { b"own" } else { b"other" }),
            key: key(own),
            kind: "practice".to_owned(),
            lanes: vec![LanePlace { feed: feed()?, seq }],
            links: links
                .map(|target| Link {
                    rel: "revises".to_owned(),
                    target: record_id(target),
                })
                .into_iter()
                .collect(),
            card: Id::of(&card),
            body: Id::of(&bytes),
        },
        statement: format!("statement {n}").into_bytes(),
        card: Some(card),
        body: Some(bytes),
    })
}

/// A group as the store takes it.
///
/// # Errors
/// Never: the feed's name is a good one.
pub fn batch(group: &Group, before: &Expected, body: usize) -> Result<Batch> {
    let mut batch = Batch::new();
    for n in group.records.clone() {
        let seq = if group.own {
            before.own.len() as u64 + 1
        } else {
            n
        };
        batch.put_record(record(n, group.own, seq, body)?);
        if group.own {
            publish(&mut batch, group.number, before, n, seq)?;
        }
    }
    for dropped in group.drops.clone() {
        batch.drop_parts(record_id(dropped));
    }
    batch.choose("power", b"last", &group.number.to_be_bytes());
    Ok(batch)
}

/// What goes with an own record: its place, the outbox, the head that names it.
fn publish(batch: &mut Batch, number: u64, before: &Expected, n: u64, seq: u64) -> Result<()> {
    batch.own_position(key(true), feed()?, seq, record_id(n));
    batch.outbox_push(record_id(n), vec![feed()?]);
    if let (Some(old), Some(last)) = (before.head, before.own.last()) {
        batch.drop_fact(head_id(old));
        batch.outbox_done(record_id(*last));
    }
    batch.put_fact(Fact {
        id: head_id(number),
        kind: FactKind::Head,
        institution: Id::of(b"own"),
        key: Some(key(true)),
        order: number,
        bytes: format!("head {number}").repeat(20).into_bytes(),
    });
    batch.own_head(key(true), number);
    Ok(())
}

/// Runs all groups on a new store below `root`, saying what it begins and what is acknowledged; with a compaction now and then, a
/// checkpoint, and a close and an opening in the middle.
///
/// # Errors
/// When the store fails.
pub fn work(root: &Path, body: usize, groups: u64) -> Result<()> {
    // Buffered by line: a line is out when it is written.
    let mut out = std::io::stdout().lock();
    let mut say = move |line: String| writeln!(out, "{line}").map_err(said("say"));
    let open = || Store::open(&store(root), options(root, Boot::First)).map_err(said("open"));
    let mut store = open()?.0;
    say("opened".to_owned())?;
    let plan = plan(groups);
    for (before, group) in plan.iter().enumerate() {
        let batch = batch(group, &expected(&plan[..before]), body)?;
        let number = group.number;
        say(format!("begin {number}"))?;
        store.commit(batch).map_err(said("commit"))?;
        say(format!("acknowledged {number}"))?;
        if number % 20 == 10 {
            store.compact(75, 2).map_err(said("compact"))?;
            say("compacted".to_owned())?;
        }
        if number % 25 == 0 {
            store.checkpoint().map_err(said("checkpoint"))?;
        }
        if number == groups / 2 {
            store.close().map_err(said("close"))?;
            say("closed".to_owned())?;
            store = open()?.0;
            say("opened".to_owned())?;
        }
    }
    store.close().map_err(said("close"))?;
    say("closed".to_owned())
}
