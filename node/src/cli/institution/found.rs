//! `indaba institution found`: from public files to a proposal.

use crate::ceremony::Founding;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::{AboutFlags, FoundFlags};
use crate::cli::interview::about_the_institution;
use crate::cli::record_file::write_new;

use super::{files, show};

/// Runs the command.
pub(super) fn run(context: &Context, flags: FoundFlags) -> Result<Exit, Failure> {
    let officers = flags
        .officers
        .iter()
        .map(|path| files::officer(path))
        .collect::<Result<Vec<_>, _>>()?;
    let node = files::node(&flags.node)?;
    let named = officers.first().map(|card| card.network.to_string());
    let about = about_the_institution(
        context,
        &AboutFlags {
            network: flags.about.network.or(named),
            ..flags.about
        },
        None,
    )?;
    let count = officers.len() as u64;
    let proposal = Founding {
        profile: about.profile()?,
        network: about.network,
        officers,
        threshold: flags.threshold,
        reserve_threshold: flags.reserve_threshold.unwrap_or(flags.threshold),
        node: node.key,
        day: about.day,
    }
    .propose()?;
    write_new(&flags.out, proposal.to_text().as_bytes())?;
    show::report_proposal(context, &proposal, &flags.out)?;
    warn_of(context, flags.threshold, count);
    context.screen.hint(
        "this is a draft. Each officer now signs a copy: indaba institution sign FILE --key ROOT-KEY --out COPY",
    );
    Ok(Exit::Ok)
}

/// Says what a threshold endangers: too low, and two groups may decide; all of them, and one lost key ends it.
pub(super) fn warn_of(context: &Context, threshold: u64, officers: u64) {
    if threshold * 2 <= officers {
        context.screen.warn(format!(
            "{threshold} of {officers} is no majority: two groups of officers could sign two different states, and the institution would be disputed"
        ));
    } else if threshold == officers && officers > 1 {
        context.screen.warn(format!(
            "all {officers} must sign: when one root key or its passphrase is lost, nobody can decide for the institution any more. 3 of 5 survives two lost keys"
        ));
    }
}
