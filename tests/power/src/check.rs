//! Whether a store that came up after a power cut is whole, and goes on.

use std::path::Path;

use indaba_store::{Batch, Store, StoreError};

use crate::load::{self, Boot, Expected, Group};
use crate::{Result, said};

/// Opens the store below `root` as after a restart of the machine and looks at everything in it.
///
/// # Errors
/// What is wrong: something acknowledged that is not there, a group of which a part is there, bytes that are others, an own position
/// given out twice, or a store that does not open or does not go on by itself.
pub fn check(root: &Path, body: usize, groups: u64, acknowledged: u64) -> Result<()> {
    let open = || Store::open(&load::store(root), load::options(root, Boot::Second));
    let (store, _) = open().map_err(said("does not open"))?;
    let last = store.choice("power", b"last").map_err(said("choice"))?;
    let held = match last {
        None => 0,
        Some(bytes) => u64::from_be_bytes(
            bytes
                .try_into()
                .map_err(|_| "a choice that is another one")?,
        ),
    };
    if held < acknowledged {
        return Err(format!(
            "LOST: {acknowledged} groups were acknowledged, {held} are there"
        ));
    }
    // The one that was under way may be there, whole.
    if held > acknowledged + 1 {
        return Err(format!(
            "{held} groups are there, {acknowledged} were acknowledged"
        ));
    }
    let plan = load::plan(groups);
    let done = plan
        .get(..held as usize)
        .ok_or("more groups than there are")?;
    let expected = load::expected(done);
    compare(&store, done, &expected, body)?;
    let found = store.verify(&mut |_, _| {}).map_err(said("verify"))?;
    if !found.is_clean() {
        return Err(format!("verify: {found:?}"));
    }
    goes_on(store, &expected, body)?;
    let (store, report) = open().map_err(said("does not open again"))?;
    if let Some(why) = report.rebuilt {
        return Err(format!(
            "after closing and opening the index was rebuilt: {why}"
        ));
    }
    let next = load::record_id(expected.records);
    if store.record(&next).map_err(said("record"))?.is_none() {
        return Err(
            "what was published after the power cut is not there after closing and opening"
                .to_owned(),
        );
    }
    Ok(())
}

fn compare(store: &Store, done: &[Group], expected: &Expected, body: usize) -> Result<()> {
    let count = store.stats().map_err(said("stats"))?.records;
    if count != expected.records {
        return Err(format!("TORN: {count} records, not {}", expected.records));
    }
    let feed = load::feed()?;
    let page = store
        .feed_page(&feed, 0, usize::MAX)
        .map_err(said("page"))?;
    let mut seq = 0;
    for group in done {
        for n in group.records.clone() {
            seq += u64::from(group.own);
            let wanted = load::record(n, group.own, if group.own { seq } else { n }, body)?;
            let found = store
                .record(&load::record_id(n))
                .map_err(said(format!("record {n}")))?;
            let found = found.ok_or_else(|| format!("TORN: record {n} is not there"))?;
            let (card, body) = if expected.dropped.contains(&n) {
                (None, None)
            } else {
                (wanted.card, wanted.body)
            };
            if found.view != wanted.view
                || found.statement != wanted.statement
                || found.card != card
                || found.body != body
            {
                return Err(format!("WRONG: record {n} is another one"));
            }
            if page.get(n as usize).map(|(_, id)| *id) != Some(load::record_id(n)) {
                return Err(format!(
                    "WRONG: the feed has another record in place of {n}"
                ));
            }
        }
    }
    let position = expected
        .own
        .last()
        .map(|n| (feed, expected.own.len() as u64, load::record_id(*n)));
    let positions = store
        .own_positions(&load::key(true))
        .map_err(said("positions"))?;
    let head = expected.head.map(load::head_id);
    let held = |number: u64| store.fact(&load::head_id(number)).map_err(said("fact"));
    let heads: Vec<_> = done
        .iter()
        .map(|group| held(group.number))
        .collect::<Result<Vec<_>>>()?;
    let heads: Vec<_> = heads.into_iter().flatten().map(|fact| fact.id).collect();
    let outbox: Vec<_> = store
        .outbox()
        .map_err(said("outbox"))?
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let announced: Vec<_> = expected
        .own
        .last()
        .map(|n| load::record_id(*n))
        .into_iter()
        .collect();
    let beat = store.own_head(&load::key(true)).map_err(said("head"))?;
    if positions != position.into_iter().collect::<Vec<_>>()
        || heads != head.into_iter().collect::<Vec<_>>()
        || outbox != announced
        || beat.unwrap_or(0) < expected.head.unwrap_or(0)
    {
        return Err("TORN: positions, head and outbox do not fit the records".to_owned());
    }
    Ok(())
}

/// Publishes the next record, and tries to publish another one in the place of the last.
fn goes_on(mut store: Store, expected: &Expected, body: usize) -> Result<()> {
    let (feed, key) = (load::feed()?, load::key(true));
    let last = expected.own.len() as u64;
    if last > 0 {
        let mut batch = Batch::new();
        batch.own_position(key, feed.clone(), last, load::record_id(u64::MAX));
        if !matches!(store.commit(batch), Err(StoreError::OwnBehind { .. })) {
            return Err(format!("position {last} was given out twice"));
        }
    }
    let n = expected.records;
    let mut batch = Batch::new();
    batch.put_record(load::record(n, true, last + 1, body)?);
    batch.own_position(key, feed, last + 1, load::record_id(n));
    let beat = store.own_head(&key).map_err(said("head"))?.unwrap_or(0) + 1;
    batch.own_head(key, beat);
    store.commit(batch).map_err(said("does not go on"))?;
    store.close().map_err(said("does not close"))
}
