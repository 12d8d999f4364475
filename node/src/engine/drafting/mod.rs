//! Before anything is signed: understanding drafts, what publishing them would do, and why it may not be done.

mod effect;
mod permission;
mod preflight;

use std::collections::BTreeMap;

use indaba_protocol::{Day, FeedName, Id, Link, Value, cbor, content, limits as wire};
use indaba_store::{Store, StoreError};

use super::order::{Draft, Refusal, RefusalKind};
use super::{Engine, clearance, own_texts};

/// A draft whose every field was understood.
#[derive(Clone)]
pub(in crate::engine) struct Ready {
    pub(in crate::engine) source: String,
    pub(in crate::engine) kind: String,
    pub(in crate::engine) feeds: Vec<FeedName>,
    pub(in crate::engine) links: Vec<Link>,
    pub(in crate::engine) lang: String,
    pub(in crate::engine) marking: String,
    pub(in crate::engine) day: Option<Day>,
    pub(in crate::engine) card: Value,
    pub(in crate::engine) body: Value,
    /// Claim the day on which it is signed.
    pub(in crate::engine) today: bool,
    /// By which the same text is found again.
    pub(in crate::engine) text: Id,
    /// The day before which it is not to be quoted.
    pub(in crate::engine) embargo: Option<Day>,
}

impl Ready {
    /// The title, where the kind has one.
    pub(in crate::engine) fn title(&self) -> Option<String> {
        content::Card::new(&self.card).title().map(str::to_owned)
    }
}

/// Why a draft cannot be published.
pub(in crate::engine) struct Unready {
    /// What is wrong, in words; never empty.
    pub(in crate::engine) faults: Vec<String>,
    /// The own record that says the same already, where nothing else is wrong.
    pub(in crate::engine) published_as: Option<Id>,
}

/// What a draft says for its day when it is to claim the one on which it is signed.
pub const TODAY: &str = "today";

impl Engine {
    /// Understands all drafts, or says everything that is wrong with any of them. None may say what was published already, or what is kept
    /// as a draft, but for the one that is left out.
    pub(in crate::engine) fn all_ready(
        &mut self,
        drafts: &[Draft],
        but_for: Option<u64>,
        store: &Store,
    ) -> Result<Result<Vec<Ready>, Refusal>, StoreError> {
        self.read_own_texts(store)?;
        let mut texts = self.kept_texts(but_for);
        let mut ready = Vec::new();
        let mut faults = Vec::new();
        for draft in drafts {
            match self.ready(draft, &mut texts, store)? {
                Ok(draft) => ready.push(draft),
                Err(unready) => faults.extend(
                    unready
                        .faults
                        .into_iter()
                        .map(|fault| format!("{}: {fault}", draft.source)),
                ),
            }
        }
        Ok(if faults.is_empty() {
            Ok(ready)
        } else {
            Err(Refusal {
                kind: RefusalKind::WrongUse,
                problem: faults.join("\n"),
                remedy: "mend what is named; nothing was published".to_owned(),
            })
        })
    }

    /// Understands a draft, or lists everything that is wrong with it. A text that is understood is added to those that stand
    /// somewhere, in words, so that the next draft of the same order cannot repeat it.
    pub(in crate::engine) fn ready(
        &self,
        draft: &Draft,
        texts: &mut BTreeMap<Id, String>,
        store: &Store,
    ) -> Result<Result<Ready, Unready>, StoreError> {
        let mut faults = Vec::new();
        let mut published_as = None;
        let mut feeds: Vec<FeedName> = Vec::new();
        for name in &draft.feeds {
            match name.parse::<FeedName>() {
                Ok(feed) if feed.is_circle() => {
                    faults.push(format!("feed `{name}`: circles are not supported yet"))
                }
                Ok(feed) if feeds.contains(&feed) => {
                    faults.push(format!("feed `{name}` is named twice"))
                }
                Ok(feed) => feeds.push(feed),
                Err(error) => faults.push(format!("feed `{name}`: {error}")),
            }
        }
        feeds.sort();
        if feeds.is_empty() || feeds.len() > wire::LANES {
            faults.push(format!(
                "{} feeds; a record is posted to 1 to {}",
                feeds.len(),
                wire::LANES
            ));
        }
        let mut links = Vec::new();
        for (rel, target) in &draft.links {
            match self.find_id(target, store) {
                Ok(target) => links.push(Link { rel: rel.clone(), target }),
                Err(_) => match target.parse() {
                    // A whole id may point at what is not held here.
                    Ok(target) => links.push(Link { rel: rel.clone(), target }),
                    Err(_) => faults.push(format!("link `{rel}`: `{target}` is no whole id, and not the beginning of one held here")),
                },
            }
        }
        links.sort();
        links.dedup();
        if let Some(rel) = indaba_protocol::Header::required_link(&draft.kind)
            && !links.iter().any(|link| link.rel == rel)
        {
            faults.push(format!(
                "kind {} needs a link `{rel}` to the record it is about",
                draft.kind
            ));
        }
        let named = links.iter().map(|link| (link.rel.as_str(), link.target));
        faults.extend(self.without_effect(named, &feeds, store)?);
        let today = draft.day.as_deref() == Some(TODAY);
        let day = match draft.day.as_deref().map(str::parse::<Day>) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(_)) if today => None,
            Some(Err(_)) => {
                faults.push("day: not a day of the calendar written as YYYY-MM-DD".to_owned());
                None
            }
        };
        if draft.marking != "clear" && draft.marking != "green" {
            faults.push(format!(
                "marking `{}`: only clear and green can be published; stronger handling needs another way than an open mesh",
                draft.marking
            ));
        }
        let part =
            |hex: &str| super::view::from_hex(hex).and_then(|bytes| cbor::decode(&bytes).ok());
        let (Some(card), Some(body)) = (part(&draft.card), part(&draft.body)) else {
            faults.push("card or body is not strict CBOR in hexadecimal".to_owned());
            return Ok(Err(Unready {
                faults,
                published_as,
            }));
        };
        for fault in content::check(&draft.kind, &card, &body) {
            faults.push(format!(
                "{}: {}; {}",
                fault.field, fault.problem, fault.remedy
            ));
        }
        let links_named = links.iter().map(|link| (link.rel.as_str(), link.target));
        let hash = own_texts::hash(
            &draft.kind,
            links_named,
            &cbor::encode(&card),
            &cbor::encode(&body),
        );
        match (self.stands_as(&hash, store)?, texts.get(&hash)) {
            (Some(id), _) => {
                published_as = Some(id);
                faults.push(format!(
                "the same text was published already, as {id}; leave this file out. To publish a corrected text in its place: indaba revise {} FILE --reason WHY",
                id.short()
            ));
            }
            (None, Some(words)) => {
                faults.push(format!("the same text {words}; leave this file out"))
            }
            (None, None) => {}
        }
        if feeds.iter().any(FeedName::is_registry) && self.has_said_enough(&draft.kind) {
            faults.push(format!(
                "this institution has {} vouches, charters, responses and revisions in the registry; nobody looks at more",
                wire::WORDS
            ));
        }
        if let Some(delegation) = self
            .own_state()
            .and_then(|state| state.signing_delegation(&self.own_key()))
            && !delegation.permits(&draft.kind, &feeds)
        {
            faults.push("this node's key may not post this kind to these feeds; the institution's state limits its scope".to_owned());
        }
        Ok(if faults.is_empty() {
            texts.insert(hash, format!("is to be published as {}", draft.source));
            let embargo = clearance::embargo_of(&body);
            Ok(Ready {
                source: draft.source.clone(),
                kind: draft.kind.clone(),
                feeds,
                links,
                lang: draft.lang.clone(),
                marking: draft.marking.clone(),
                day,
                card,
                body,
                today,
                text: hash,
                embargo,
            })
        } else {
            Err(Unready {
                published_as: published_as.filter(|_| faults.len() == 1),
                faults,
            })
        })
    }
}
