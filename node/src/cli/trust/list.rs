//! `trust list`: everybody who is accepted, by whose word, and who waits.

use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::screen::{Page, Report};
use super::super::words;
use super::ask;
use crate::engine::order::{
    InstitutionView, Order, Reply, TrustOrder, TrustReply, TrustedView, UnvouchedView,
};

#[derive(Serialize)]
struct Trusted {
    /// Without the own institution.
    accepted: Vec<TrustedView>,
    /// Not accepted; only what they say about others counts.
    heard: Vec<TrustedView>,
    waiting: Vec<UnvouchedView>,
}

impl Report for Trusted {
    const NAME: &'static str = "trust-list";
    fn page(&self, page: &mut Page) {
        page.head("accepted");
        if self.accepted.is_empty() {
            page.line("nobody yet but this institution itself");
        } else {
            page.table(&["id", "name", "by", "fingerprint"], &rows(&self.accepted));
        }
        if !self.heard.is_empty() {
            page.gap();
            page.head("heard: only what they say about others counts");
            page.table(&["id", "name", "by", "fingerprint"], &rows(&self.heard));
        }
        if !self.waiting.is_empty() {
            page.gap();
            page.head("waiting, unvouched");
            let rows: Vec<Vec<String>> = self
                .waiting
                .iter()
                .map(|w| {
                    vec![
                        w.institution.short.clone(),
                        // Nobody vouches for the name it gives itself; it says whom to telephone.
                        words::claimed_name(&w.institution, w.claimed_name.as_deref()),
                        words::count(w.statements, "statement", "statements"),
                        words::bytes(w.bytes),
                    ]
                })
                .collect();
            page.table(&["id", "name", "held", "size"], &rows);
        }
    }
}

fn rows(trusted: &[TrustedView]) -> Vec<Vec<String>> {
    trusted
        .iter()
        .map(|one| {
            vec![
                one.institution.short.clone(),
                words::institution_name(&one.institution),
                by(one),
                one.institution.fingerprint.clone(),
            ]
        })
        .collect()
}

/// `anchor`, `vouches of A, B and 3 more`, `charter`; and whether it is in part only.
fn by(one: &TrustedView) -> String {
    let mut by = one.by.clone();
    if one.by == "vouches" || one.by == "introduction" {
        let names: Vec<String> = one.vouchers.iter().map(name).collect();
        let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        by = match (one.by.as_str(), names.len().saturating_sub(3)) {
            ("introduction", _) if names.is_empty() => "steward of an accepted charter".to_owned(),
            ("introduction", _) => format!("introduced by {shown}"),
            (_, 0) => format!("vouches of {shown}"),
            (_, more) => format!("vouches of {shown} and {more} more"),
        };
    }
    if one.extent == "limited" {
        by.push_str("; in part only");
    }
    by
}

fn name(institution: &InstitutionView) -> String {
    match &institution.name {
        Some(name) => format!("{name}{}", words::marks(institution)),
        None => institution.short.clone(),
    }
}

/// Runs the command.
pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let TrustReply::Trusted { institutions } = ask(context, TrustOrder::Trusted)? else {
        return Err(unexpected());
    };
    let Reply::Unvouched {
        institutions: waiting,
    } = context.ask(Order::Unvouched)?
    else {
        return Err(unexpected());
    };
    let others = institutions.into_iter().filter(|one| one.by != "itself");
    let (heard, accepted) = others.partition(|one| one.extent == "heard");
    let waits = !waiting.is_empty();
    context.screen.report(&Trusted {
        accepted,
        heard,
        waiting,
    })?;
    if waits {
        context
            .screen
            .hint("compare the fingerprint by voice, then: indaba trust anchor ID");
    }
    Ok(Exit::Ok)
}
