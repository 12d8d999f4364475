//! `indaba institution show`: what a file, or a node, holds of an institution, in plain language.

use std::path::Path;

use indaba_protocol::{
    Chain, ChainOutcome, CutList, FeedName, NetworkName, Verified, VerifiedStatement, read,
};
use serde::Serialize;

use crate::ceremony::{CeremonyFault, Kind, Need, Proposal, Settled, kind_of};
use crate::cli::context::{Context, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hex;
use crate::cli::invite::fingerprint;
use crate::cli::screen::{Page, Report, clean};
use crate::cli::words;
use crate::engine::order::{CutPlan, Order, Reply};

use super::combine::Finished;
use super::files;

#[derive(Serialize)]
struct SignerLine {
    key: String,
    role: Option<String>,
    signed: bool,
    reserve: bool,
}

/// A proposal as every step shows it.
#[derive(Serialize)]
struct Proposed {
    draft: bool,
    file: String,
    network: String,
    institution: String,
    name: String,
    version: u64,
    fingerprint: String,
    /// What the officers compare: it stands for every word of the proposal.
    number: String,
    told: Vec<String>,
    signers: Vec<SignerLine>,
    needs: Vec<Need>,
    /// What the cut in it would void, as far as this node holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<CutPlan>,
    /// Whether it was shown in full just before.
    #[serde(skip)]
    brief: bool,
}

impl Report for Proposed {
    const NAME: &'static str = "institution-proposal";
    fn page(&self, page: &mut Page) {
        page.head("DRAFT, not in force until enough root keys have signed");
        if !self.brief {
            for line in &self.told {
                page.line(format!("  {}", clean(line)));
            }
            page.gap();
        }
        if let Some(plan) = &self.cut {
            plan_page(page, plan, "void");
            page.gap();
        }
        page.field("file", &self.file);
        page.field("network", &self.network);
        page.field(
            "fingerprint",
            format!("{} of the institution", self.fingerprint),
        );
        page.field("number", format!("{} of this proposal", self.number));
        for need in &self.needs {
            page.field(
                "signed",
                format!(
                    "by {} of the {}; {} must sign",
                    need.signed, need.keys, need.needed
                ),
            );
        }
        for signer in self.signers.iter().filter(|signer| signer.signed) {
            page.field(
                "",
                format!(
                    "{}  {}",
                    signer.key,
                    signer.role.as_deref().unwrap_or_default()
                )
                .trim_end(),
            );
        }
    }
}

fn proposed(proposal: &Proposal, file: &Path) -> Proposed {
    Proposed {
        draft: true,
        file: file.display().to_string(),
        network: proposal.network().to_string(),
        institution: proposal.institution().to_string(),
        name: proposal.name().to_owned(),
        version: proposal.version(),
        fingerprint: fingerprint(&proposal.institution()),
        number: fingerprint(&proposal.id()),
        told: proposal.told(),
        signers: proposal
            .signers()
            .into_iter()
            .map(|signer| SignerLine {
                key: signer.key.to_string(),
                role: signer.role,
                signed: signer.signed,
                reserve: signer.reserve,
            })
            .collect(),
        needs: proposal.needs(),
        cut: None,
        brief: false,
    }
}

/// Who may still sign, a line each.
pub(super) fn missing(proposal: &Proposal) -> Vec<String> {
    let open: Vec<_> = proposal
        .signers()
        .into_iter()
        .filter(|signer| !signer.signed)
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut told = vec!["not signed yet:".to_owned()];
    told.extend(open.into_iter().map(|signer| {
        let role = signer.role.unwrap_or_default();
        format!("  {}  {role}", signer.key).trim_end().to_owned()
    }));
    told
}

/// Gives a proposal as a command's result.
pub(super) fn report_proposal(
    context: &Context,
    proposal: &Proposal,
    file: &Path,
) -> Result<(), Failure> {
    context.screen.report(&proposed(proposal, file))
}

/// What of a key's records a line leaves good, and what it does not.
pub(super) fn plan_page(page: &mut Page, plan: &CutPlan, word: &str) {
    page.line(format!(
        "Of what this node holds of the key: {} good, {} {word}.",
        words::count(plan.kept, "record", "records"),
        words::count(plan.void, "record", "records"),
    ));
    for record in &plan.void_named {
        let called = match (&record.title, &record.act) {
            (Some(title), _) => title.clone(),
            (None, Some(act)) => words::done(act),
            (None, None) => "(its text is not here)".to_owned(),
        };
        page.line(format!("  {word}: {}  {}", record.short, clean(&called)));
    }
    if plan.void > plan.void_named.len() as u64 {
        page.line(format!(
            "  and {} more",
            plan.void - plan.void_named.len() as u64
        ));
    }
}

/// Gives a proposal that cuts a key, with what that does to the records held here.
pub(super) fn report_cut(
    context: &Context,
    proposal: &Proposal,
    cut: Option<CutPlan>,
    file: &Path,
) -> Result<(), Failure> {
    context.screen.report(&Proposed {
        cut,
        ..proposed(proposal, file)
    })
}

/// Gives a proposal that was shown in full just before.
pub(super) fn report_signed(
    context: &Context,
    proposal: &Proposal,
    file: &Path,
) -> Result<(), Failure> {
    context.screen.report(&Proposed {
        brief: true,
        ..proposed(proposal, file)
    })
}

/// Shows a proposal before a question about it.
pub(super) fn preview_proposal(context: &Context, proposal: &Proposal, file: &Path) {
    context.screen.preview(&proposed(proposal, file));
}

/// Runs the command.
pub(super) fn run(context: &Context, what: Option<&str>) -> Result<Exit, Failure> {
    let file = what.map(Path::new).filter(|path| path.is_file());
    if let Some(path) = file {
        let text = files::text(path)?;
        match kind_of(&text) {
            Some(Kind::Proposal) => report_proposal(
                context,
                &Proposal::read(&text).map_err(files::of_file(path))?,
                path,
            )?,
            _ => context.screen.report(&Finished::of(
                &Settled::read(&text).map_err(files::of_file(path))?,
                path,
                false,
            ))?,
        }
        return Ok(Exit::Ok);
    }
    if let Some(name) = what.filter(|name| name.contains(['.', '/'])) {
        return Err(
            Failure::new(Exit::NotFound, format!("there is no file {name}"))
                .hint("name a proposal, a finished institution file, or an institution's id"),
        );
    }
    let (settled, disputed) = held_or_disputed(context, what)?;
    context.screen.report(&Finished::of(
        &settled,
        Path::new("this node's store"),
        disputed,
    ))?;
    Ok(Exit::Ok)
}

/// An institution as this node holds it: its own, or the one of that (shortened) id.
pub(super) fn held(context: &Context, id: Option<&str>) -> Result<Settled, Failure> {
    held_or_disputed(context, id).map(|(settled, _)| settled)
}

/// The same, and whether rival states are known.
fn held_or_disputed(context: &Context, id: Option<&str>) -> Result<(Settled, bool), Failure> {
    let dir = context.node_dir()?;
    let identity = context.identity(&dir)?;
    let institution = id.map_or_else(|| identity.institution.to_string(), str::to_owned);
    let Reply::Institution {
        statements,
        lists,
        disputed,
        ..
    } = context.ask(Order::Institution { institution })?
    else {
        return Err(unexpected());
    };
    // Cut lists name feeds by their hash; those followed here can be named in full.
    let mut feeds: Vec<FeedName> = Vec::new();
    if !lists.is_empty()
        && let Reply::Feeds { feeds: followed } = context.ask(Order::Feeds)?
    {
        feeds.extend(followed.iter().filter_map(|feed| feed.feed.parse().ok()));
    }
    let settled = settled(identity.network, &statements, &lists, feeds)?;
    Ok((settled, disputed))
}

/// Statements as the engine gives them.
fn settled(
    network: NetworkName,
    statements: &[String],
    lists: &[String],
    mut feeds: Vec<FeedName>,
) -> Result<Settled, Failure> {
    let net = network.id();
    let damaged = || {
        Failure::from(CeremonyFault::Damaged(
            "a statement in the store does not read",
        ))
    };
    let mut chain: Option<Chain> = None;
    for text in statements {
        let bytes = hex::decode(text).ok_or_else(damaged)?;
        match (&mut chain, read(&net, &bytes)) {
            (None, Ok(VerifiedStatement::Inception(inception))) => {
                chain = Some(Chain::found(inception));
            }
            (Some(chain), Ok(VerifiedStatement::State(state))) => {
                if chain.offer(state) != ChainOutcome::Accepted {
                    return Err(damaged());
                }
            }
            _ => return Err(damaged()),
        }
    }
    let mut held: Vec<Verified<_>> = Vec::new();
    for text in lists {
        let bytes = hex::decode(text).ok_or_else(damaged)?;
        let Ok(VerifiedStatement::CutList(list)) = read(&net, &bytes) else {
            return Err(damaged());
        };
        held.push(list);
    }
    let chain = chain.ok_or_else(damaged)?;
    feeds.retain(|feed| {
        let hash = feed.hash();
        held.iter()
            .any(|list: &Verified<CutList>| list.feeds.iter().any(|entry| entry.feed == hash))
    });
    Ok(Settled::new(network, chain, held, feeds)?)
}
