//! Who may change an institution: root keys, the reserve, and recovery. What inception and state have in common.

use crate::bytes::fields::{self, Fields};
use crate::bytes::{Value, build};
use crate::fault::Fault;
use crate::id::Id;
use crate::key::Key;
use crate::limits;

/// The five fields that only a rotation may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Root keys, sorted, distinct; 1 to 16.
    pub roots: Vec<Key>,
    /// How many of them must sign.
    pub threshold: u64,
    /// Digests of the root keys kept in reserve, sorted, distinct; 1 to 16.
    pub next: Vec<Id>,
    /// How many of the reserve must sign a rotation.
    pub next_threshold: u64,
    /// Who may help an institution that lost its keys; reserved for a later version.
    pub recovery: Option<Recovery>,
}

/// A recovery policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Institutions, sorted, distinct; 1 to 32.
    pub guardians: Vec<Id>,
    /// How many of them are needed.
    pub k: u64,
    /// From how many jurisdictions at least.
    pub jurisdictions: u64,
}

impl Authority {
    pub(super) fn decode(f: Fields<'_>) -> Result<Authority, Fault> {
        let roots = f.sorted("roots", 1..=limits::ROOTS, fields::key, |k| *k)?;
        let threshold = f.uint_in("threshold", 1..=roots.len() as u64)?;
        let next = f.sorted("next", 1..=limits::ROOTS, fields::id, |d| *d)?;
        let next_threshold = f.uint_in("next_threshold", 1..=next.len() as u64)?;
        let recovery = f.nullable("recovery", |value, name| {
            let f = Fields::new(value, name)?;
            let guardians = f.sorted("guardians", 1..=limits::GUARDIANS, fields::id, |g| *g)?;
            let k = f.uint_in("k", 1..=guardians.len() as u64)?;
            Ok(Recovery {
                guardians,
                k,
                jurisdictions: f.uint_in("jurisdictions", 1..=k)?,
            })
        })?;
        Ok(Authority {
            roots,
            threshold,
            next,
            next_threshold,
            recovery,
        })
    }

    pub(super) fn encode_into(&self, value: &mut Value) {
        let Value::Map(map) = value else { return };
        let recovery = build::or_null(self.recovery.as_ref(), |r| {
            build::map([
                ("guardians", build::list(&r.guardians, build::id)),
                ("k", build::uint(r.k)),
                ("jurisdictions", build::uint(r.jurisdictions)),
            ])
        });
        for (name, field) in [
            ("roots", build::list(&self.roots, build::key)),
            ("threshold", build::uint(self.threshold)),
            ("next", build::list(&self.next, build::id)),
            ("next_threshold", build::uint(self.next_threshold)),
            ("recovery", recovery),
        ] {
            map.insert(name.to_owned(), field);
        }
    }
}
