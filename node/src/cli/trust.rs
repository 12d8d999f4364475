//! `indaba trust`: whose records this node accepts.

use indaba_protocol::Id;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::TrustAct;
use super::invite::{fingerprint, open_invitation};
use super::screen::{Page, Report, clean};
use super::words;
use crate::engine::order::{InstitutionView, Order, Reply, UnvouchedView};

#[derive(Serialize)]
struct Anchored {
    institution: String,
    /// What it is called here.
    name: Option<String>,
    fingerprint: String,
    already: bool,
    released: u64,
}

impl Report for Anchored {
    const NAME: &'static str = "trust-anchor";
    fn page(&self, page: &mut Page) {
        let how = if self.already {
            "was accepted already"
        } else {
            "is accepted"
        };
        page.line(match &self.name {
            Some(name) => clean(&format!("{name} ({}) {how}", self.institution)),
            None => format!("{} {how}", self.institution),
        });
        if self.released > 0 {
            page.line(format!(
                "{} that waited are taken in",
                words::count(self.released, "statement", "statements")
            ));
        }
    }
}

#[derive(Serialize)]
struct Removed {
    institution: String,
    was_anchor: bool,
}

impl Report for Removed {
    const NAME: &'static str = "trust-remove";
    fn page(&self, page: &mut Page) {
        let what = if self.was_anchor {
            "no longer accepted by hand"
        } else {
            "was not accepted by hand"
        };
        page.line(format!("{}: {what}", self.institution));
    }
}

#[derive(Serialize)]
struct Trusted {
    accepted: Vec<InstitutionView>,
    waiting: Vec<UnvouchedView>,
}

impl Report for Trusted {
    const NAME: &'static str = "trust-list";
    fn page(&self, page: &mut Page) {
        page.head("accepted");
        let rows: Vec<Vec<String>> = self
            .accepted
            .iter()
            .map(|i| {
                vec![
                    i.short.clone(),
                    i.name.clone().unwrap_or_default(),
                    i.kind.clone().unwrap_or_default(),
                    i.fingerprint.clone(),
                ]
            })
            .collect();
        if rows.is_empty() {
            page.line("nobody yet but this institution itself");
        } else {
            page.table(&["id", "name", "kind", "fingerprint"], &rows);
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
                        w.claimed_name
                            .as_ref()
                            .map(|name| format!("{name} (claimed)"))
                            .unwrap_or_default(),
                        words::count(w.statements, "statement", "statements"),
                        words::bytes(w.bytes),
                    ]
                })
                .collect();
            page.table(&["id", "name", "held", "size"], &rows);
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: TrustAct) -> Result<Exit, Failure> {
    match act {
        TrustAct::Anchor { institution, name } => anchor(context, &institution, name),
        TrustAct::List => {
            let Reply::Anchors { anchors } = context.ask(Order::Anchors)? else {
                return Err(unexpected());
            };
            let Reply::Unvouched { institutions } = context.ask(Order::Unvouched)? else {
                return Err(unexpected());
            };
            let waiting = !institutions.is_empty();
            context.screen.report(&Trusted {
                accepted: anchors,
                waiting: institutions,
            })?;
            if waiting {
                context
                    .screen
                    .hint("compare the fingerprint by voice, then: indaba trust anchor ID");
            }
            Ok(Exit::Ok)
        }
        TrustAct::Remove { institution } => {
            let Reply::AnchorRemoved {
                institution,
                was_anchor,
            } = context.ask(Order::RemoveAnchor { institution })?
            else {
                return Err(unexpected());
            };
            let exit = if was_anchor { Exit::Ok } else { Exit::NotFound };
            context.screen.report(&Removed {
                institution,
                was_anchor,
            })?;
            Ok(exit)
        }
    }
}

fn anchor(context: &Context, institution: &str, name: Option<String>) -> Result<Exit, Failure> {
    let (institution, name) = if institution.to_lowercase().starts_with("indaba1") {
        let invitation = open_invitation(institution)?;
        (
            invitation.institution.to_string(),
            name.or(Some(invitation.name)),
        )
    } else {
        (institution.to_owned(), name)
    };
    let institution = match institution.parse::<Id>() {
        Ok(id) => id,
        Err(_) => known(context, &institution)?,
    };
    let digits = fingerprint(&institution);
    context.screen.tell(format!("Fingerprint: {digits}"));
    if !context
        .asker
        .consent("Compared with the institution itself, by voice or in person, and the same?")?
    {
        return Err(Failure::new(
            Exit::Refused,
            "not accepted: the fingerprint was not confirmed",
        ));
    }
    let order = Order::Anchor {
        institution: institution.to_string(),
        name: name.clone(),
        full: None,
        reach: None,
    };
    let Reply::Anchored {
        institution,
        already,
        released,
    } = context.ask(order)?
    else {
        return Err(unexpected());
    };
    context.screen.report(&Anchored {
        institution,
        name,
        fingerprint: digits,
        already,
        released,
    })?;
    Ok(Exit::Ok)
}

/// The institution whose id begins so, among those that this node has heard of. Its whole id is needed: what is accepted is compared by
/// the fingerprint first.
fn known(context: &Context, begin: &str) -> Result<Id, Failure> {
    let Reply::Anchors { anchors } = context.ask(Order::Anchors)? else {
        return Err(unexpected());
    };
    let Reply::Unvouched { institutions } = context.ask(Order::Unvouched)? else {
        return Err(unexpected());
    };
    let waiting = institutions.into_iter().map(|w| w.institution);
    let mut ids: Vec<String> = anchors
        .into_iter()
        .chain(waiting)
        .filter(|i| !begin.is_empty() && (i.short.starts_with(begin) || i.id.starts_with(begin)))
        .map(|i| i.id)
        .collect();
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [id] => id
            .parse()
            .map_err(|_| Failure::new(Exit::Failed, format!("the id {id} does not read"))),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!("`{begin}` is no whole institution id, and not the beginning of a known one"),
        )
        .hint("copy the id from the institution's `indaba invite`, or give the invitation itself")),
        _ => Err(Failure::new(
            Exit::WrongUse,
            format!(
                "{} institutions have an id that begins with `{begin}`",
                ids.len()
            ),
        )
        .hint("give more of it; `indaba trust list` shows them")),
    }
}
