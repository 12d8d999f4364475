//! A numbered state of an institution.

use super::authority::Authority;
use super::profile::Profile;
use crate::bytes::fields::{self, Fields};
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::Key;
use crate::lane::FeedName;
use crate::limits;
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Gathering, Payload, StatementType, payload_bytes};

/// A numbered state of an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The institution.
    pub institution: Id,
    /// From 1; the inception counts as 0.
    pub version: u64,
    /// The id of the version before.
    pub prev: Id,
    /// Root keys, reserve and recovery.
    pub authority: Authority,
    /// What the institution says about itself.
    pub profile: Profile,
    /// Recipients to seal files for; at most 4.
    pub sealing: Vec<String>,
    /// Node keys and what they may do; at most 64, sorted by key.
    pub delegations: Vec<Delegation>,
    /// Revoked keys; at most 256, sorted by key.
    pub cuts: Vec<Cut>,
    /// What became of the institution; at most 8.
    pub succession: Vec<Succession>,
    /// Reserved for a later version.
    pub witnesses: Option<Witnesses>,
    /// The claimed day.
    pub day: Day,
}

/// What a node key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The node key.
    pub key: Key,
    /// `sign`, or a purpose that grants nothing in this version.
    pub purpose: String,
    /// What it may post; `None` permits all.
    pub scope: Option<Scope>,
    /// A claim for the reader's eye, never a verdict.
    pub expires: Option<Day>,
}

/// Kinds and feeds that a key may post. A missing list permits all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Kinds, sorted, distinct.
    pub kinds: Option<Vec<String>>,
    /// Feeds, or beginnings of feeds followed by `*`; sorted, distinct.
    pub feeds: Option<Vec<String>>,
}

/// A revoked key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The key.
    pub key: Key,
    /// Why.
    pub reason: CutReason,
    /// The id of the cut list; `None` means that nothing of the key is good.
    pub list: Option<Id>,
}

/// Why a key was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutReason {
    /// No longer used.
    Retired,
    /// Another key took its place.
    Superseded,
    /// In other hands.
    Compromised,
}

/// What became of an institution. Binds nobody until the other institution names the counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// `renamed`, `merged-into`, `split-from`, `dissolved`, `successor-of`, or unknown.
    pub relation: String,
    /// The other institution.
    pub institution: Option<Id>,
    /// The claimed day.
    pub day: Day,
}

/// Institutions that witness this one's heads; reserved for a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnesses {
    /// Sorted, distinct; 1 to 32.
    pub institutions: Vec<Id>,
    /// How many are needed.
    pub quorum: u64,
}

impl State {
    /// Begins gathering signatures of this draft.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn gather(&self, network: &NetworkId) -> Result<Gathering, DraftError> {
        Gathering::new(network, &payload_bytes(self, network))
    }

    /// The delegation of a key, whatever its purpose.
    pub fn delegation(&self, key: &Key) -> Option<&Delegation> {
        self.delegations.iter().find(|d| d.key == *key)
    }

    /// The delegation of a key that lets it sign.
    pub fn signing_delegation(&self, key: &Key) -> Option<&Delegation> {
        self.delegation(key).filter(|d| d.may_sign())
    }

    /// The cut of a key.
    pub fn cut(&self, key: &Key) -> Option<&Cut> {
        self.cuts.iter().find(|c| c.key == *key)
    }
}

impl Delegation {
    /// Whether the purpose is `sign`.
    pub fn may_sign(&self) -> bool {
        self.purpose == "sign"
    }

    /// Whether the scope lets the key post this kind to all of these feeds.
    pub fn permits<'a>(&self, kind: &str, feeds: impl IntoIterator<Item = &'a FeedName>) -> bool {
        let Some(scope) = &self.scope else {
            return true;
        };
        scope
            .kinds
            .as_ref()
            .is_none_or(|kinds| kinds.iter().any(|k| k == kind))
            && feeds.into_iter().all(|feed| scope.permits_feed(feed))
    }
}

impl Scope {
    fn permits_feed(&self, feed: &FeedName) -> bool {
        let Some(patterns) = &self.feeds else {
            return true;
        };
        patterns
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => feed.as_str().starts_with(beginning),
                None => feed.as_str() == pattern,
            })
    }

    fn decode(value: &Value, name: &'static str) -> Result<Scope, Fault> {
        let f = Fields::new(value, name)?;
        let texts = |name: &'static str| match f.optional(name) {
            None => Ok(None),
            Some(_) => f
                .sorted(name, 1..=limits::SCOPE, fields::owned, Clone::clone)
                .map(Some),
        };
        Ok(Scope {
            kinds: texts("kinds")?,
            feeds: texts("feeds")?,
        })
    }

    fn encode(&self) -> Value {
        let mut map = std::collections::BTreeMap::new();
        for (name, texts) in [("kinds", &self.kinds), ("feeds", &self.feeds)] {
            if let Some(texts) = texts {
                map.insert(name.to_owned(), build::list(texts, |t| build::text(t)));
            }
        }
        Value::Map(map)
    }
}

impl CutReason {
    /// The word of section 4.
    pub fn name(self) -> &'static str {
        match self {
            CutReason::Retired => "retired",
            CutReason::Superseded => "superseded",
            CutReason::Compromised => "compromised",
        }
    }

    /// The reason of that name.
    pub fn of_name(name: &str) -> Option<CutReason> {
        [
            CutReason::Retired,
            CutReason::Superseded,
            CutReason::Compromised,
        ]
        .into_iter()
        .find(|r| r.name() == name)
    }
}

fn delegation(value: &Value, name: &'static str) -> Result<Delegation, Fault> {
    let f = Fields::new(value, name)?;
    Ok(Delegation {
        key: f.key("key")?,
        purpose: fields::word(f.required("purpose")?, "purpose")?,
        scope: f.nullable("scope", Scope::decode)?,
        expires: f.nullable("expires", fields::day)?,
    })
}

fn cut(value: &Value, name: &'static str) -> Result<Cut, Fault> {
    let f = Fields::new(value, name)?;
    Ok(Cut {
        key: f.key("key")?,
        reason: CutReason::of_name(f.text("reason")?).ok_or(Fault::Field("reason"))?,
        list: f.nullable("list", fields::id)?,
    })
}

fn succession(value: &Value, name: &'static str) -> Result<Succession, Fault> {
    let f = Fields::new(value, name)?;
    Ok(Succession {
        relation: fields::word(f.required("relation")?, "relation")?,
        institution: f.nullable("inst", fields::id)?,
        day: f.day("day")?,
    })
}

fn witnesses(value: &Value, name: &'static str) -> Result<Witnesses, Fault> {
    let f = Fields::new(value, name)?;
    let institutions = f.sorted("institutions", 1..=limits::WITNESSES, fields::id, |i| *i)?;
    let quorum = f.uint_in("quorum", 1..=institutions.len() as u64)?;
    Ok(Witnesses {
        institutions,
        quorum,
    })
}

fn recipient(value: &Value, name: &'static str) -> Result<String, Fault> {
    fields::owned(value, name).and_then(|t| {
        if t.len() <= limits::SEALING_TEXT {
            Ok(t)
        } else {
            Err(Fault::Field(name))
        }
    })
}

impl Payload for State {
    const TYPE: StatementType = StatementType::State;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        let state = State {
            institution: f.id("inst")?,
            version: f.counter("version")?,
            prev: f.id("prev")?,
            authority: Authority::decode(f)?,
            profile: Profile::new(f.required("profile")?.clone())?,
            sealing: f.list("sealing", 0..=limits::SEALING, recipient)?,
            delegations: f.sorted("delegations", 0..=limits::DELEGATIONS, delegation, |d| {
                d.key
            })?,
            cuts: f.sorted("cuts", 0..=limits::CUTS, cut, |c| c.key)?,
            succession: f.list("succession", 0..=limits::SUCCESSIONS, succession)?,
            witnesses: f.nullable("witnesses", witnesses)?,
            day: f.day("day")?,
        };
        if state
            .delegations
            .iter()
            .any(|d| state.authority.roots.contains(&d.key))
        {
            return Err(Fault::Field("delegations").into());
        }
        if state
            .cuts
            .iter()
            .any(|c| state.delegation(&c.key).is_some())
        {
            return Err(Fault::Field("cuts").into());
        }
        Ok(state)
    }

    fn encode(&self) -> Value {
        let mut value = build::map([
            ("inst", build::id(&self.institution)),
            ("version", build::uint(self.version)),
            ("prev", build::id(&self.prev)),
            ("profile", self.profile.value().clone()),
            ("sealing", build::list(&self.sealing, |t| build::text(t))),
            (
                "delegations",
                build::list(&self.delegations, |d| {
                    build::map([
                        ("key", build::key(&d.key)),
                        ("purpose", build::text(&d.purpose)),
                        ("scope", build::or_null(d.scope.as_ref(), Scope::encode)),
                        ("expires", build::or_null(d.expires.as_ref(), build::day)),
                    ])
                }),
            ),
            (
                "cuts",
                build::list(&self.cuts, |c| {
                    build::map([
                        ("key", build::key(&c.key)),
                        ("reason", build::text(c.reason.name())),
                        ("list", build::or_null(c.list.as_ref(), build::id)),
                    ])
                }),
            ),
            (
                "succession",
                build::list(&self.succession, |s| {
                    build::map([
                        ("relation", build::text(&s.relation)),
                        ("inst", build::or_null(s.institution.as_ref(), build::id)),
                        ("day", build::day(&s.day)),
                    ])
                }),
            ),
            (
                "witnesses",
                build::or_null(self.witnesses.as_ref(), |w| {
                    build::map([
                        ("institutions", build::list(&w.institutions, build::id)),
                        ("quorum", build::uint(w.quorum)),
                    ])
                }),
            ),
            ("day", build::day(&self.day)),
        ]);
        self.authority.encode_into(&mut value);
        value
    }

    fn used_keys(&self) -> Vec<Key> {
        self.authority
            .roots
            .iter()
            .chain(self.delegations.iter().map(|d| &d.key))
            .copied()
            .collect()
    }
}
