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
    if flags.threshold * 2 <= count {
        context.screen.warn(format!(
            "{} of {count} is no majority: two groups of officers could sign two different states, and the institution would be disputed",
            flags.threshold
        ));
    }
    context.screen.hint(
        "this is a draft. Each officer now signs a copy: indaba institution sign FILE --key ROOT-KEY --out COPY",
    );
    Ok(Exit::Ok)
}
