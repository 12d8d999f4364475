//! What the index keeps under its keys.

use indaba_protocol::{Id, Key};

use crate::encoding::{Fields, Writer};
use crate::entry::{FactKind, HeldReason, Part};
use crate::journal::At;

fn put_at(to: Writer, at: Option<At>) -> Writer {
    // An entry is never shorter than its header, so length 0 says there is none.
    let at = at.unwrap_or(At {
        offset: 0,
        length: 0,
    });
    to.u64(at.offset).u32(at.length)
}

fn get_at(from: &mut Fields<'_>) -> Option<Option<At>> {
    let at = At {
        offset: from.u64()?,
        length: from.u32()?,
    };
    Some((at.length > 0).then_some(at))
}

/// Where a record stands. The statement may be missing while the index is rebuilt, when a part
/// comes before it because the statement was moved forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RecordRow {
    pub(crate) arrival: u64,
    /// Which parts were dropped on purpose: 1 the card, 2 the body.
    pub(crate) erased: u8,
    pub(crate) statement: Option<At>,
    pub(crate) card: Option<At>,
    pub(crate) body: Option<At>,
}

impl RecordRow {
    pub(crate) fn part(&self, part: Part) -> Option<At> {
        match part {
            Part::Card => self.card,
            Part::Body => self.body,
        }
    }

    /// Sets or drops a part; returns where it stood before.
    pub(crate) fn set_part(&mut self, part: Part, at: Option<At>) -> Option<At> {
        let (place, bit) = match part {
            Part::Card => (&mut self.card, 1),
            Part::Body => (&mut self.body, 2),
        };
        if at.is_some() {
            self.erased &= !bit;
        } else {
            self.erased |= bit;
        }
        std::mem::replace(place, at)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let to = Writer::default().u64(self.arrival).u8(self.erased);
        put_at(put_at(put_at(to, self.statement), self.card), self.body).0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        let row = Self {
            arrival: from.u64()?,
            erased: from.u8()?,
            statement: get_at(&mut from)?,
            card: get_at(&mut from)?,
            body: get_at(&mut from)?,
        };
        from.is_empty().then_some(row)
    }
}

/// The newest place of a lane and how many places are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LaneTopRow {
    pub(crate) seq: u64,
    pub(crate) arrival: u64,
    pub(crate) id: Id,
    pub(crate) count: u64,
}

impl LaneTopRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let to = Writer::default().u64(self.seq).u64(self.arrival);
        to.fixed(self.id.as_bytes()).u64(self.count).0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        let (seq, arrival) = (from.u64()?, from.u64()?);
        let row = Self {
            seq,
            arrival,
            id: Id::from_bytes(from.fixed()?),
            count: from.u64()?,
        };
        from.is_empty().then_some(row)
    }
}

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FactRow {
    pub(crate) kind: FactKind,
    pub(crate) institution: Id,
    pub(crate) order: u64,
    pub(crate) at: At,
}

impl FactRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let to = Writer::default()
            .u8(self.kind.number())
            .fixed(self.institution.as_bytes());
        put_at(to.u64(self.order), Some(self.at)).0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        let kind = FactKind::from_number(from.u8()?)?;
        let (institution, order) = (Id::from_bytes(from.fixed()?), from.u64()?);
        let at = get_at(&mut from)??;
        from.is_empty().then_some(Self {
            kind,
            institution,
            order,
            at,
        })
    }
}

/// Where a held item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeldRow {
    pub(crate) why: HeldReason,
    pub(crate) institution: Id,
    pub(crate) awaiting: Option<Id>,
    pub(crate) size: u64,
    pub(crate) at: At,
}

impl HeldRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let to = Writer::default().u8(u8::from(self.why == HeldReason::Quarantine));
        let to = to.fixed(self.institution.as_bytes());
        let to = to.bytes(self.awaiting.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
        put_at(to.u64(self.size), Some(self.at)).0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        let why = if from.u8()? == 0 {
            HeldReason::Pending
        } else {
            HeldReason::Quarantine
        };
        let institution = Id::from_bytes(from.fixed()?);
        let awaiting = match from.bytes()? {
            [] => None,
            id => Some(Id::from_bytes(id.try_into().ok()?)),
        };
        let size = from.u64()?;
        let at = get_at(&mut from)??;
        from.is_empty().then_some(Self {
            why,
            institution,
            awaiting,
            size,
            at,
        })
    }
}

/// A number and another.
pub(crate) fn pair(first: u64, second: u64) -> Vec<u8> {
    Writer::default().u64(first).u64(second).0
}

pub(crate) fn decode_pair(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut from = Fields(bytes);
    let pair = (from.u64()?, from.u64()?);
    from.is_empty().then_some(pair)
}

pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

pub(crate) fn small_number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

pub(crate) fn id(bytes: &[u8]) -> Option<Id> {
    Some(Id::from_bytes(bytes.try_into().ok()?))
}

/// Institution and node key.
pub(crate) fn signer(institution: &Id, key: &Key) -> Vec<u8> {
    Writer::default()
        .fixed(institution.as_bytes())
        .fixed(key.as_bytes())
        .0
}

pub(crate) fn decode_signer(bytes: &[u8]) -> Option<(Id, Key)> {
    let mut from = Fields(bytes);
    let signer = (
        Id::from_bytes(from.fixed()?),
        Key::from_bytes(from.fixed()?),
    );
    from.is_empty().then_some(signer)
}
