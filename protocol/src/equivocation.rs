//! Section 6: a contradiction under one key, and its proof.

use crate::bytes::fields::{self, Fields};
use crate::bytes::{Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::Key;
use crate::lane::FeedName;
use crate::limits;
use crate::network::NetworkId;
use crate::record::Header;
use crate::statement::{
    Context, Decoded, DraftError, Payload, Statement, StatementType, Verified, VerifiedStatement,
    payload_bytes, read, read_unsigned, unsigned,
};

/// The proof that a key signed two statements that exclude each other.
#[derive(Debug, Clone)]
pub struct Equivocation {
    /// The institution that contradicts itself.
    pub institution: Id,
    /// The key.
    pub key: Key,
    /// What the contradiction is about.
    pub about: Contradiction,
    // Boxed: a decoded statement may itself be a proof as far as the types know.
    a: Box<Decoded>,
    b: Box<Decoded>,
}

/// What two statements contradict each other about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Two records at one position. Where several positions are shared, the first by feed stands here; [`Equivocation::positions`]
    /// has all.
    Position {
        /// The feed.
        feed: FeedName,
        /// The position.
        seq: u64,
    },
    /// Two heads.
    Heads,
}

impl Equivocation {
    /// Proves that two statements contradict each other, or gives `None` if they do not.
    ///
    /// # Errors
    /// A rule that the proof would break.
    pub fn prove(
        a: &VerifiedStatement,
        b: &VerifiedStatement,
        network: &NetworkId,
    ) -> Option<Result<Verified<Equivocation>, DraftError>> {
        let (a, b) = if a.id() <= b.id() { (a, b) } else { (b, a) };
        let (a, b) = (
            read_unsigned(network, a.bytes()).ok()?,
            read_unsigned(network, b.bytes()).ok()?,
        );
        let proof = Equivocation::of(a, b)?;
        let bytes = unsigned(&payload_bytes(&proof, network));
        Some(
            read(network, &bytes)
                .map_err(DraftError::from)
                .and_then(|s| s.try_into().map_err(|_| DraftError::Fault(Fault::Payload))),
        )
    }

    /// The two statements as received: the one with the smaller id first.
    pub fn statements(&self) -> (&[u8], &[u8]) {
        (self.a.bytes(), self.b.bytes())
    }

    /// The ids of the two statements.
    pub fn ids(&self) -> (Id, Id) {
        (self.a.id(), self.b.id())
    }

    /// Every position that both records claim; none for heads.
    pub fn positions(&self) -> Vec<(FeedName, u64)> {
        match (self.a.statement(), self.b.statement()) {
            (Statement::Record(a), Statement::Record(b)) => shared_positions(a, b),
            _ => Vec::new(),
        }
    }

    fn of(a: Decoded, b: Decoded) -> Option<Equivocation> {
        if a.id() >= b.id() {
            return None;
        }
        let (institution, key, about) = match (a.statement(), b.statement()) {
            (Statement::Record(x), Statement::Record(y))
                if (x.institution, x.key) == (y.institution, y.key) =>
            {
                let (feed, seq) = shared_positions(x, y).into_iter().next()?;
                (x.institution, x.key, Contradiction::Position { feed, seq })
            }
            (Statement::Head(x), Statement::Head(y))
                if (x.institution, x.key) == (y.institution, y.key) && x.contradicts(y) =>
            {
                (x.institution, x.key, Contradiction::Heads)
            }
            _ => return None,
        };
        Some(Equivocation {
            institution,
            key,
            about,
            a: Box::new(a),
            b: Box::new(b),
        })
    }

    /// The signatures of both statements; whatever is wrong with them is wrong with the proof.
    pub(crate) fn verify_both(&self) -> Result<(), Fault> {
        for (statement, name) in [(&self.a, "a"), (&self.b, "b")] {
            Decoded::clone(statement)
                .verify()
                .map_err(|_| Fault::Field(name))?;
        }
        Ok(())
    }
}

fn shared_positions(a: &Header, b: &Header) -> Vec<(FeedName, u64)> {
    let shared = a.lanes.iter().filter(|lane| {
        b.lane(&lane.feed)
            .is_some_and(|other| other.seq == lane.seq)
    });
    shared.map(|lane| (lane.feed.clone(), lane.seq)).collect()
}

impl PartialEq for Equivocation {
    fn eq(&self, other: &Self) -> bool {
        self.statements() == other.statements()
    }
}

impl Eq for Equivocation {}

impl Payload for Equivocation {
    const TYPE: StatementType = StatementType::Equivocation;

    fn decode(f: Fields<'_>, context: Context<'_>) -> Result<Self, Unread> {
        let statement = |name: &'static str| {
            let bytes = fields::bytes(f.required(name)?, name)?;
            // A proof inside a proof would need no bound of its own, but it proves nothing: only records and heads do.
            read_inner(context.network, bytes).ok_or(Fault::Field(name))
        };
        let (a, b) = (statement("a")?, statement("b")?);
        let proof = Equivocation::of(a, b).ok_or(Fault::Field("b"))?;
        match proof.about {
            Contradiction::Position { .. } if context.size > limits::EQUIVOCATION_OF_RECORDS => {
                Err(Fault::Field("b").into())
            }
            _ => Ok(proof),
        }
    }

    fn encode(&self) -> Value {
        build::map([
            ("a", build::bytes(self.a.bytes())),
            ("b", build::bytes(self.b.bytes())),
        ])
    }
}

/// A `single` statement inside a proof. The first byte of the array tells `single` from `threshold`, so that proofs never nest.
fn read_inner(network: &NetworkId, bytes: &[u8]) -> Option<Decoded> {
    const ARRAY_OF_FOUR: u8 = 0x84;
    if bytes.first() != Some(&ARRAY_OF_FOUR) {
        return None;
    }
    read_unsigned(network, bytes).ok()
}
