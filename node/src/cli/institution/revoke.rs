//! `indaba institution revoke` and `adopt`: what of a node key's records stays valid, decided by the root keys.

use std::collections::BTreeMap;
use std::path::Path;

use indaba_protocol::institution::{CutEntry, CutReason};
use indaba_protocol::{Cut, CutList, FeedName, Id, Key, Verified};

use crate::ceremony::{CeremonyFault, Change, Settled};
use crate::cli::clock;
use crate::cli::context::{Context, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::{AdoptFlags, LineFlags, Reason, RevokeFlags};
use crate::cli::hex;
use crate::cli::record_file::write_new;
use crate::engine::order::{CutPlan, Order, Reply};

use super::propose::{begin, delegate, how_to_go_on};
use super::show;

/// Runs `revoke`.
pub(super) fn revoke(context: &Context, flags: &RevokeFlags) -> Result<Exit, Failure> {
    let line = &flags.line;
    let drawn = !line.last.is_empty() || !line.first_bad.is_empty() || flags.nothing;
    if flags.reason == Reason::Compromised && !drawn {
        return Err(Failure::new(
            Exit::WrongUse,
            "the key is in other hands: what it signed since then must not stay valid",
        )
        .hint("name the first record that is not yours with --first-bad, or your last one with --last; --nothing voids all of them"));
    }
    let base = show::held(context, None)?;
    let plan = plan(context, &flags.key, line)?;
    let key = key_of(&plan)?;
    let cut = |list| Cut {
        key,
        reason: match flags.reason {
            Reason::Retired => CutReason::Retired,
            Reason::Superseded => CutReason::Superseded,
            Reason::Compromised => CutReason::Compromised,
        },
        list,
    };
    let (mut change, _) = begin(base.clone(), &flags.change.officers)?;
    let shown = if flags.nothing {
        change.cut(cut(None), None, Vec::new())?;
        None
    } else {
        only_tightens(&base, &key, &plan)?;
        let (list, feeds) = cut_list(&base, key, &plan)?;
        change.cut(cut(Some(list.id())), Some(list), feeds)?;
        Some(plan)
    };
    delegate(&mut change, &flags.change)?;
    finish(context, change, shown, &flags.change.out)
}

/// Asks the node what would stay valid.
fn plan(context: &Context, key: &str, line: &LineFlags) -> Result<CutPlan, Failure> {
    let order = Order::PlanCut {
        key: key.to_owned(),
        last: line.last.clone(),
        first_bad: line.first_bad.clone(),
    };
    match context.ask(order)? {
        Reply::CutPlan(plan) => Ok(*plan),
        _ => Err(unexpected()),
    }
}

fn finish(
    context: &Context,
    change: Change,
    plan: Option<CutPlan>,
    out: &Path,
) -> Result<Exit, Failure> {
    let proposal = change.propose()?;
    write_new(out, proposal.to_text().as_bytes())?;
    show::report_cut(context, &proposal, plan, out)?;
    how_to_go_on(context);
    Ok(Exit::Ok)
}

fn key_of(plan: &CutPlan) -> Result<Key, Failure> {
    hex::decode(&plan.key)
        .and_then(|bytes| <[u8; 33]>::try_from(bytes).ok())
        .map(Key::from_bytes)
        .ok_or_else(unexpected)
}

fn cut_list(
    base: &Settled,
    key: Key,
    plan: &CutPlan,
) -> Result<(Verified<CutList>, Vec<FeedName>), Failure> {
    let mut entries = Vec::new();
    let mut feeds = Vec::new();
    for end in &plan.feeds {
        let feed: FeedName = end.feed.parse().map_err(|_| unexpected())?;
        entries.push(CutEntry {
            feed: feed.hash(),
            seq: end.seq,
            last: end.last.id.parse().map_err(|_| unexpected())?,
        });
        feeds.push(feed);
    }
    entries.sort_by_key(|entry| entry.feed);
    feeds.sort();
    let list = CutList {
        institution: base.institution(),
        key,
        feeds: entries,
        adopted: Vec::new(),
        day: clock::day(),
    }
    .state(&base.network().id())
    .map_err(CeremonyFault::from)?;
    Ok((list, feeds))
}

/// All cuts since the last rotation hold together, so a wider one would change nothing and only look as if it did.
fn only_tightens(base: &Settled, key: &Key, plan: &CutPlan) -> Result<(), Failure> {
    let Some(before) = base.chain().newest().and_then(|state| state.cut(key)) else {
        return Ok(());
    };
    let old = before
        .list
        .and_then(|id| base.lists().iter().find(|list| list.id() == id));
    for end in &plan.feeds {
        let feed: FeedName = end.feed.parse().map_err(|_| unexpected())?;
        let reaches = old
            .and_then(|list| list.entry(&feed))
            .map_or(0, |entry| entry.seq);
        if end.seq > reaches {
            return Err(Failure::new(
                Exit::Refused,
                format!(
                    "the key is cut already, in {feed} at #{reaches}; #{} lies beyond, and a cut can only be tightened",
                    end.seq
                ),
            )
            .hint("draw the line further back with --last; to bring single records back: indaba institution adopt ID"));
        }
    }
    Ok(())
}

/// Runs `adopt`.
pub(super) fn adopt(context: &Context, flags: &AdoptFlags) -> Result<Exit, Failure> {
    let base = show::held(context, None)?;
    let cuts = base
        .chain()
        .newest()
        .map(|state| state.cuts.clone())
        .unwrap_or_default();
    let mut chosen: BTreeMap<Key, Vec<Id>> = BTreeMap::new();
    for text in &flags.records {
        let Reply::Record(record) = context.ask(Order::Show { id: text.clone() })? else {
            return Err(unexpected());
        };
        let cut = cuts.iter().find(|cut| cut.key.to_string() == record.key);
        let own = record.line.institution.id == base.institution().to_string();
        let (Some(cut), true, "VOID:cut") = (cut, own, record.line.verdict.as_str()) else {
            return Err(Failure::new(
                Exit::Refused,
                format!(
                    "record {} is not void by a cut of this institution (it is {})",
                    record.line.short,
                    record.line.words.join(", ")
                ),
            )
            .hint("only what a cut made void can be adopted; nothing else needs it"));
        };
        let id = record.line.id.parse().map_err(|_| unexpected())?;
        chosen.entry(cut.key).or_default().push(id);
    }
    let (mut change, _) = begin(base.clone(), &flags.officers)?;
    for (key, records) in chosen {
        let Some(cut) = cuts.iter().find(|cut| cut.key == key) else {
            continue;
        };
        let old = match cut.list {
            None => None,
            Some(id) => Some(
                base.lists()
                    .iter()
                    .find(|list| list.id() == id)
                    .ok_or_else(|| {
                        Failure::new(
                            Exit::Failed,
                            format!("the cut list of node key {key} is not held here"),
                        )
                        .hint("connect to a peer that has it, then try again")
                    })?,
            ),
        };
        let mut list = old.map_or_else(
            || CutList {
                institution: base.institution(),
                key,
                feeds: Vec::new(),
                adopted: Vec::new(),
                day: clock::day(),
            },
            |old| old.body().clone(),
        );
        list.adopted.extend(records);
        list.adopted.sort_unstable();
        list.adopted.dedup();
        list.day = clock::day();
        let most = indaba_protocol::limits::ADOPTED;
        if list.adopted.len() > most {
            return Err(Failure::new(
                Exit::Refused,
                format!(
                    "{} records of one key would be adopted, at most {most} can be",
                    list.adopted.len()
                ),
            )
            .hint("publish the others again under a key in force"));
        }
        let list = list
            .state(&base.network().id())
            .map_err(CeremonyFault::from)?;
        let next = Cut {
            key,
            reason: cut.reason,
            list: Some(list.id()),
        };
        change.cut(next, Some(list), Vec::new())?;
    }
    finish(context, change, None, &flags.out)
}
