//! The types of version 1.

use crate::limits;
use std::fmt;

/// The type of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementType {
    /// The beginning of an institution.
    Inception,
    /// A numbered state of an institution.
    State,
    /// The last good records of a revoked key.
    CutList,
    /// The header of a record.
    Record,
    /// How far the lanes of a key reach.
    Head,
    /// A contradiction under one key, proven.
    Equivocation,
    /// A warning about another key of the same institution.
    Alarm,
    /// What a bundle or want file holds.
    Manifest,
    /// A courier's countersignature of a manifest.
    Custody,
    /// What the signer holds.
    Receipt,
}

impl StatementType {
    /// All types, in the order of section 2.
    pub const ALL: [StatementType; 10] = [
        StatementType::Inception,
        StatementType::State,
        StatementType::CutList,
        StatementType::Record,
        StatementType::Head,
        StatementType::Equivocation,
        StatementType::Alarm,
        StatementType::Manifest,
        StatementType::Custody,
        StatementType::Receipt,
    ];

    /// The payload's `type`.
    pub const fn name(self) -> &'static str {
        match self {
            StatementType::Inception => "inception",
            StatementType::State => "state",
            StatementType::CutList => "cut-list",
            StatementType::Record => "record",
            StatementType::Head => "head",
            StatementType::Equivocation => "equivocation",
            StatementType::Alarm => "alarm",
            StatementType::Manifest => "manifest",
            StatementType::Custody => "custody",
            StatementType::Receipt => "receipt",
        }
    }

    /// The type of that name, if version 1 knows it.
    pub fn of_name(name: &str) -> Option<StatementType> {
        StatementType::ALL.into_iter().find(|t| t.name() == name)
    }

    /// The largest statement of this type, bytes.
    pub const fn limit(self) -> usize {
        match self {
            StatementType::Inception => limits::INCEPTION,
            StatementType::State | StatementType::CutList => limits::STATEMENT,
            StatementType::Record => limits::RECORD_STATEMENT,
            StatementType::Head | StatementType::Alarm => limits::HEAD,
            StatementType::Equivocation => limits::EQUIVOCATION,
            StatementType::Manifest | StatementType::Custody => limits::MANIFEST,
            StatementType::Receipt => limits::RECEIPT,
        }
    }

    /// Who signs.
    pub(crate) const fn signing(self) -> Signing {
        match self {
            StatementType::Inception | StatementType::State => Signing::Roots,
            StatementType::CutList | StatementType::Equivocation => Signing::Nobody,
            _ => Signing::NodeKey,
        }
    }
}

impl fmt::Display for StatementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who signs a statement, and so which envelope it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    /// `single`, by the key the payload names.
    NodeKey,
    /// `threshold`, by root keys.
    Roots,
    /// `threshold` without signatures.
    Nobody,
}
