//! `trust anchor`, `remove` and `refuse`: what the operator decides about an institution.

use std::collections::BTreeMap;

use indaba_protocol::Id;
use indaba_protocol::text_forms::parse_fingerprint;
use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::flags::AnchorFlags;
use super::super::invite::{fingerprint, is_invitation, open_invitation};
use super::super::screen::{Page, Report, clean};
use super::super::words;
use super::ask;
use super::scope::reach;
use crate::engine::Reach;
use crate::engine::order::{Order, Reply, TrustOrder, TrustReply};
use crate::names::{are_alike, oddities};

#[derive(Serialize)]
struct Anchored {
    institution: String,
    /// What it is called here.
    name: Option<String>,
    fingerprint: String,
    already: bool,
    released: u64,
    unfollowed: BTreeMap<String, u64>,
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
                "{} that waited: judged again, and taken in where they hold",
                words::count(self.released, "statement", "statements")
            ));
        }
        for (feed, count) in &self.unfollowed {
            page.line(format!(
                "{} in {feed} go on waiting until you follow it: indaba feed follow {feed}",
                words::count(*count, "record", "records")
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
struct Refused {
    institution: String,
    refused: bool,
    already: bool,
}

impl Report for Refused {
    const NAME: &'static str = "trust-refuse";
    fn page(&self, page: &mut Page) {
        page.line(match (self.refused, self.already) {
            (true, false) => format!("{}: refused from now on, whoever vouches", self.institution),
            (true, true) => format!("{}: was refused already", self.institution),
            (false, false) => format!("{}: no longer refused", self.institution),
            (false, true) => format!("{}: was not refused", self.institution),
        });
    }
}

/// Runs `trust remove`.
pub(super) fn remove(context: &Context, institution: &str) -> Result<Exit, Failure> {
    let institution = spelled(institution)?;
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

/// Runs `trust refuse`.
pub(super) fn refuse(context: &Context, institution: &str, undo: bool) -> Result<Exit, Failure> {
    let institution = spelled(institution)?;
    let act = if undo {
        TrustOrder::Unrefuse { institution }
    } else {
        TrustOrder::Refuse { institution }
    };
    let TrustReply::Refused {
        institution,
        refused,
        already,
    } = ask(context, act)?
    else {
        return Err(unexpected());
    };
    let exit = if undo && already {
        Exit::NotFound
    } else {
        Exit::Ok
    };
    context.screen.report(&Refused {
        institution,
        refused,
        already,
    })?;
    Ok(exit)
}

/// Runs `trust anchor`.
pub(super) fn anchor(context: &Context, flags: AnchorFlags) -> Result<Exit, Failure> {
    let reach = match flags.everything {
        true => Some(Reach::default()),
        false if flags.scope.is_empty() => None,
        false => Some(reach(&flags.scope)?),
    };
    let meant = meant(context, &flags.institution)?;
    meant.say_marks(context);
    let (is_compared, of) = (meant.by_fingerprint, meant.by_name());
    let Meant { id, name, .. } = meant;
    // A name by which it is known already is not the operator's.
    let called = flags.name.or_else(|| {
        let invited = is_invitation(&flags.institution);
        name.filter(|_| invited)
    });
    let digits = fingerprint(&id);
    context.screen.tell(format!("Fingerprint: {digits}{of}"));
    // Who typed what was read out has compared it.
    if !is_compared
        && !context
            .asker
            .consent("Compared with the institution itself, by voice or in person, and the same?")?
    {
        return Err(Failure::new(
            Exit::Refused,
            "not accepted: the fingerprint was not confirmed",
        ));
    }
    let order = Order::Anchor {
        institution: id.to_string(),
        name: called.clone(),
        full: match (flags.full, flags.partial) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        reach,
    };
    let Reply::Anchored {
        institution,
        already,
        released,
        unfollowed,
    } = context.ask(order)?
    else {
        return Err(unexpected());
    };
    context.screen.report(&Anchored {
        institution,
        name: called,
        fingerprint: digits,
        already,
        released,
        unfollowed,
    })?;
    Ok(Exit::Ok)
}

/// Whom a person means.
pub(super) struct Meant {
    pub(super) id: Id,
    /// What it is called here, or by its invitation.
    pub(super) name: Option<String>,
    /// What the person must know about that name.
    pub(super) marks: Vec<String>,
    /// Whether the whole fingerprint was typed.
    by_fingerprint: bool,
}

impl Meant {
    /// Whose fingerprint it is, behind the fingerprint.
    fn by_name(&self) -> String {
        match &self.name {
            Some(name) => format!(" of {}, as it calls itself", clean(name)),
            None => String::new(),
        }
    }

    /// Says what is to be known about the name, before anything is confirmed.
    pub(super) fn say_marks(&self, context: &Context) {
        for mark in &self.marks {
            let name = self.name.as_deref().unwrap_or_default();
            context.screen.warn(format!("the name {name} {mark}"));
        }
    }
}

/// An institution as it stands in a sentence.
pub(super) fn named(name: Option<&str>, id: &str) -> String {
    match name {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

/// What the node is asked about: the id in an invitation, or what was typed.
pub(super) fn spelled(text: &str) -> Result<String, Failure> {
    match is_invitation(text) {
        true => Ok(open_invitation(text)?.institution.to_string()),
        false => Ok(text.to_owned()),
    }
}

/// Whom an invitation, an id or the beginning of one means.
pub(super) fn meant(context: &Context, text: &str) -> Result<Meant, Failure> {
    if is_invitation(text) {
        let invitation = open_invitation(text)?;
        let (id, name) = (invitation.institution, invitation.name);
        let TrustReply::Trusted { institutions } = ask(context, TrustOrder::Trusted)? else {
            return Err(unexpected());
        };
        let trusted = institutions.into_iter().map(|one| one.institution);
        let alike = trusted.filter(|other| {
            let called = other.name.as_deref().unwrap_or_default();
            other.accepted && other.id != id.to_string() && are_alike(called, &name)
        });
        let mut marks: Vec<String> = alike
            .map(|other| {
                let called = other.name.unwrap_or_default();
                format!("looks like {called} ({})", other.short)
            })
            .collect();
        marks.extend(oddities(&name).iter().map(|odd| odd.words().to_owned()));
        let name = Some(name);
        return Ok(Meant {
            id,
            name,
            marks,
            by_fingerprint: false,
        });
    }
    known(context, text)
}

/// The fingerprint that somebody typed, if this looks like one: nothing but digits, and more than an id begins with.
fn typed_fingerprint(text: &str) -> Result<Option<String>, Failure> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == ' ');
    if !is_number || text.chars().filter(char::is_ascii_digit).count() < 20 {
        return Ok(None);
    }
    let typed = parse_fingerprint(text).map_err(|error| {
        Failure::new(Exit::WrongUse, format!("`{text}`: {error}"))
            .hint("a fingerprint has eight groups of five digits; have it read out once more")
    })?;
    Ok(Some(typed.to_string()))
}

/// The institution that this node has heard of with this fingerprint or beginning of its id, or any with this whole id.
fn known(context: &Context, text: &str) -> Result<Meant, Failure> {
    let typed = typed_fingerprint(text)?;
    let by_fingerprint = typed.is_some();
    let institution = typed.unwrap_or_else(|| text.to_owned());
    let TrustReply::Whom {
        institution,
        claimed_name,
    } = ask(context, TrustOrder::Whom { institution })?
    else {
        return Err(unexpected());
    };
    Ok(Meant {
        id: institution.id.parse().map_err(|_| unexpected())?,
        name: institution.name.or(claimed_name),
        marks: institution.marks,
        by_fingerprint,
    })
}
