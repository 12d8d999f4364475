//! `indaba institution propose`: the next state of an institution that exists.

use std::path::PathBuf;

use indaba_protocol::institution::Scope;
use indaba_protocol::{Day, Id, Value};

use crate::ceremony::{Change, OfficerCard, Settled};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::{ChangeFlags, ProposeFlags};
use crate::cli::record_file::write_new;

use super::found::warn_of;
use super::{files, show};

/// Runs the command.
pub(super) fn run(context: &Context, flags: &ProposeFlags) -> Result<Exit, Failure> {
    let base = match &flags.base {
        Some(file) => files::settled(file)?,
        None => show::held(context, None)?,
    };
    let (mut change, officers) = begin(base, &flags.change.officers)?;
    if flags.rotate {
        let threshold = flags.threshold.ok_or_else(|| {
            Failure::new(Exit::WrongUse, "how many of the new root keys must sign?")
                .hint("give it as --threshold; 3 of 5 survives two lost keys, and two thieves")
        })?;
        let reserve = flags.reserve_threshold.unwrap_or(threshold);
        change.rotate(&officers, threshold, reserve)?;
    }
    let text = |text: &String| Some(Value::String(text.clone())).filter(|_| !text.is_empty());
    for (field, given) in [
        ("name", &flags.name),
        ("kind", &flags.kind),
        ("lang", &flags.language),
        ("country", &flags.country),
    ] {
        if let Some(given) = given {
            change.profile(field, text(given))?;
        }
    }
    for (field, given) in [("listed", flags.listed), ("state_body", flags.state_body)] {
        if let Some(given) = given {
            change.profile(field, Some(Value::Bool(given)))?;
        }
    }
    for (relation, given) in [
        ("merged-into", &flags.merged_into),
        ("split-from", &flags.split_from),
        ("successor-of", &flags.successor_of),
    ] {
        if let Some(given) = given {
            change.succession(relation, Some(institution(given)?))?;
        }
    }
    if flags.dissolved {
        change.succession("dissolved", None)?;
    }
    delegate(&mut change, &flags.change)?;
    let proposal = change.propose()?;
    write_new(&flags.change.out, proposal.to_text().as_bytes())?;
    show::report_proposal(context, &proposal, &flags.change.out)?;
    if let (true, Some(threshold)) = (flags.rotate, flags.threshold) {
        warn_of(context, threshold, officers.len() as u64);
    }
    how_to_go_on(context);
    Ok(Exit::Ok)
}

/// What to do with a proposal.
pub(super) fn how_to_go_on(context: &Context) {
    context.screen.hint(
        "this is a draft. Officers sign copies (institution sign), the copies are combined (institution combine), the node takes the result (institution take)",
    );
}

/// A change of an institution, with the officers whose files are named.
pub(super) fn begin(
    base: Settled,
    officers: &[PathBuf],
) -> Result<(Change, Vec<OfficerCard>), Failure> {
    let officers = officers
        .iter()
        .map(|path| files::officer(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut change = Change::begin(base, clock::day())?;
    change.note_officers(&officers);
    Ok((change, officers))
}

/// Adds the delegation that flags name.
pub(super) fn delegate(change: &mut Change, flags: &ChangeFlags) -> Result<(), Failure> {
    let Some(file) = &flags.delegate else {
        return Ok(());
    };
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts.dedup();
        Some(texts).filter(|texts| !texts.is_empty())
    };
    let scope = Scope {
        kinds: sorted(&flags.kinds),
        feeds: sorted(&flags.feeds),
    };
    let scope = Some(scope).filter(|scope| *scope != Scope::default());
    let expires = flags
        .expires
        .as_deref()
        .map(|day| {
            day.parse::<Day>()
                .map_err(|e| Failure::new(Exit::WrongUse, format!("--expires {day}: {e}")))
        })
        .transpose()?;
    Ok(change.delegate(files::node(file)?.key, scope, expires)?)
}

fn institution(text: &str) -> Result<Id, Failure> {
    text.parse::<Id>().map_err(|e| {
        Failure::new(Exit::WrongUse, format!("`{text}`: {e}")).hint(
            "name the other institution by its whole id, as `indaba trust list --json` gives it",
        )
    })
}
