//! Statements whose signatures were verified.

use super::kind::StatementType;
use super::payload::Payload;
use crate::airgap::{Custody, Manifest, Receipt};
use crate::alarm::Alarm;
use crate::equivocation::Equivocation;
use crate::head::Head;
use crate::id::Id;
use crate::institution::{CutList, Inception, State};
use crate::key::Key;
use crate::record::Header;
use std::ops::Deref;
use std::sync::Arc;

/// A statement that was read without fault, signatures included. Only reading makes one.
///
/// Cheap to clone. Dereferences to the fields.
#[derive(Debug)]
pub struct Verified<T> {
    id: Id,
    bytes: Arc<[u8]>,
    signers: Arc<[Key]>,
    body: Arc<T>,
}

impl<T> Verified<T> {
    pub(super) fn new(id: Id, bytes: Arc<[u8]>, signers: Vec<Key>, body: T) -> Verified<T> {
        Verified {
            id,
            bytes,
            signers: signers.into(),
            body: Arc::new(body),
        }
    }

    /// The hash of the payload.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The statement exactly as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, shared.
    pub fn shared_bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.bytes)
    }

    /// The keys whose signatures were verified, sorted.
    pub fn signers(&self) -> &[Key] {
        &self.signers
    }

    /// The fields.
    pub fn body(&self) -> &T {
        &self.body
    }
}

impl<T> Clone for Verified<T> {
    fn clone(&self) -> Self {
        Verified {
            id: self.id,
            bytes: Arc::clone(&self.bytes),
            signers: Arc::clone(&self.signers),
            body: Arc::clone(&self.body),
        }
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

/// By the bytes: two signings of one payload differ here and share their id.
impl<T> PartialEq for Verified<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Verified<T> {}

macro_rules! statements {
    ($($variant:ident($body:ty)),* $(,)?) => {
        /// The fields of a statement, of whichever type. Nothing is proved about who signed it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Statement {
            $(#[doc = concat!("See [`", stringify!($variant), "`](crate::StatementType::", stringify!($variant), ").")] $variant($body)),*
        }

        impl Statement {
            /// Its type.
            pub fn kind(&self) -> StatementType {
                match self { $(Statement::$variant(_) => StatementType::$variant),* }
            }

            pub(super) fn used_keys(&self) -> Vec<Key> {
                match self { $(Statement::$variant(body) => body.used_keys()),* }
            }
        }

        /// A verified statement of whichever type.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum VerifiedStatement {
            $(#[doc = concat!("See [`", stringify!($variant), "`](crate::StatementType::", stringify!($variant), ").")] $variant(Verified<$body>)),*
        }

        impl VerifiedStatement {
            pub(super) fn new(id: Id, bytes: Arc<[u8]>, signers: Vec<Key>, statement: Statement) -> VerifiedStatement {
                match statement {
                    $(Statement::$variant(body) => VerifiedStatement::$variant(Verified::new(id, bytes, signers, body))),*
                }
            }

            /// Its type.
            pub fn kind(&self) -> StatementType {
                match self { $(VerifiedStatement::$variant(_) => StatementType::$variant),* }
            }

            /// The hash of the payload.
            pub fn id(&self) -> Id {
                match self { $(VerifiedStatement::$variant(s) => s.id()),* }
            }

            /// The statement exactly as received.
            pub fn bytes(&self) -> &[u8] {
                match self { $(VerifiedStatement::$variant(s) => s.bytes()),* }
            }

            /// The same, shared.
            pub fn shared_bytes(&self) -> Arc<[u8]> {
                match self { $(VerifiedStatement::$variant(s) => s.shared_bytes()),* }
            }

            /// The keys whose signatures were verified, sorted.
            pub fn signers(&self) -> &[Key] {
                match self { $(VerifiedStatement::$variant(s) => s.signers()),* }
            }
        }

        $(
            impl From<Verified<$body>> for VerifiedStatement {
                fn from(statement: Verified<$body>) -> Self {
                    VerifiedStatement::$variant(statement)
                }
            }

            impl TryFrom<VerifiedStatement> for Verified<$body> {
                type Error = VerifiedStatement;

                fn try_from(statement: VerifiedStatement) -> Result<Self, VerifiedStatement> {
                    match statement {
                        VerifiedStatement::$variant(statement) => Ok(statement),
                        other => Err(other),
                    }
                }
            }
        )*
    };
}

statements! {
    Inception(Inception),
    State(State),
    CutList(CutList),
    Record(Header),
    Head(Head),
    Equivocation(Equivocation),
    Alarm(Alarm),
    Manifest(Manifest),
    Custody(Custody),
    Receipt(Receipt),
}

impl Statement {
    /// The institution it is about: of an inception, the one it founds, given its id; of an equivocation, the one that
    /// contradicts itself.
    pub fn institution(&self, id: Id) -> Id {
        match self {
            Statement::Inception(_) => id,
            Statement::State(s) => s.institution,
            Statement::CutList(s) => s.institution,
            Statement::Record(s) => s.institution,
            Statement::Head(s) => s.institution,
            Statement::Equivocation(s) => s.institution,
            Statement::Alarm(s) => s.institution,
            Statement::Manifest(s) => s.institution,
            Statement::Custody(s) => s.institution,
            Statement::Receipt(s) => s.institution,
        }
    }

    pub(super) fn node_key(&self) -> Option<Key> {
        match self {
            Statement::Record(s) => Some(s.key),
            Statement::Head(s) => Some(s.key),
            Statement::Alarm(s) => Some(s.key),
            Statement::Manifest(s) => Some(s.key),
            Statement::Custody(s) => Some(s.key),
            Statement::Receipt(s) => Some(s.key),
            _ => None,
        }
    }
}

impl VerifiedStatement {
    /// The institution it is about: of an inception, the one it founds; of an equivocation, the one that contradicts
    /// itself.
    pub fn institution(&self) -> Id {
        match self {
            VerifiedStatement::Inception(s) => s.id(),
            VerifiedStatement::State(s) => s.institution,
            VerifiedStatement::CutList(s) => s.institution,
            VerifiedStatement::Record(s) => s.institution,
            VerifiedStatement::Head(s) => s.institution,
            VerifiedStatement::Equivocation(s) => s.institution,
            VerifiedStatement::Alarm(s) => s.institution,
            VerifiedStatement::Manifest(s) => s.institution,
            VerifiedStatement::Custody(s) => s.institution,
            VerifiedStatement::Receipt(s) => s.institution,
        }
    }
}
