//! What a word is about, and how far it reaches.

use crate::lane::FeedName;
use crate::record::Header;
use std::collections::BTreeSet;

/// How far a word reaches. A missing list limits nothing; an empty one lets nothing through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Scope {
    /// Feeds, or beginnings of feeds followed by `*`. The region `ecowas` of a vouch is the feed `region:ecowas`.
    pub feeds: Option<BTreeSet<String>>,
    /// Kinds of records. Revisions and withdrawals are always included: they change only what their institution said itself.
    pub kinds: Option<BTreeSet<String>>,
}

/// What acceptance is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// Anything at all: scopes are not looked at. For what is in no feed but `registry`: states, heads, alarms, vouches.
    Any,
    /// Everything: only words without a scope count.
    Every,
    /// Records of one kind in one feed.
    Of {
        /// The kind.
        kind: String,
        /// The feed.
        feed: FeedName,
    },
}

impl Matter {
    /// All that an institution must be accepted for, that a record of it is accepted: its kind in each of its `region:` feeds; in
    /// each of its feeds if none is a region; [`Matter::Any`] in `registry`.
    ///
    /// So a word for one region reaches the themes and topics in which a record of that region is posted as well, and no other region.
    pub fn all_of(record: &Header) -> Vec<Matter> {
        let is_region = |feed: &&FeedName| feed.as_str().starts_with("region:");
        let regional = record.feeds().any(|feed| is_region(&feed));
        record
            .feeds()
            .filter(|feed| !regional || is_region(feed))
            .map(|feed| match feed.is_registry() {
                true => Matter::Any,
                false => Matter::Of {
                    kind: record.kind.clone(),
                    feed: feed.clone(),
                },
            })
            .collect()
    }
}

impl Scope {
    /// The scope of one region.
    pub fn region(code: &str) -> Scope {
        Scope {
            feeds: Some(BTreeSet::from([format!("region:{code}")])),
            kinds: None,
        }
    }

    /// Whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        self.feeds.is_none() && self.kinds.is_none()
    }

    /// Whether the word counts in a matter.
    pub fn covers(&self, matter: &Matter) -> bool {
        match matter {
            Matter::Any => true,
            Matter::Every => self.is_unlimited(),
            Matter::Of { kind, feed } => {
                let own = matches!(kind.as_str(), "revision" | "withdrawal");
                (own || self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind)))
                    && self.feeds.as_ref().is_none_or(|patterns| {
                        patterns
                            .iter()
                            .any(|pattern| within(feed.as_str(), pattern))
                    })
            }
        }
    }

    /// What both let through.
    #[must_use]
    pub fn and(&self, other: &Scope) -> Scope {
        let both = |a: &Option<BTreeSet<String>>, b: &Option<BTreeSet<String>>| match (a, b) {
            (None, one) | (one, None) => one.clone(),
            (Some(a), Some(b)) => Some(
                a.iter()
                    .filter(|x| b.iter().any(|y| within(x, y)))
                    .chain(b.iter().filter(|y| a.iter().any(|x| within(y, x))))
                    .cloned()
                    .collect(),
            ),
        };
        Scope {
            feeds: both(&self.feeds, &other.feeds),
            kinds: both(&self.kinds, &other.kinds),
        }
    }
}

/// Whether a name, or everything a pattern stands for, is within a pattern.
fn within(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}
