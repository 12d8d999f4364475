//! Cards and bodies: the parts beside the header.

use crate::bytes::fields::Row;
use crate::bytes::{Value, build, cbor};
use crate::fault::Fault;
use crate::id::Id;
use crate::limits;

/// A part as the header names it: hash and length of the whole part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRef {
    /// The hash.
    pub hash: Id,
    /// The length, bytes.
    pub length: u64,
}

impl PartRef {
    /// How a header names these bytes.
    pub fn of(part: &[u8]) -> PartRef {
        PartRef {
            hash: Id::of(part),
            length: part.len() as u64,
        }
    }

    /// Whether `part` is the part that is meant.
    pub fn matches(&self, part: &[u8]) -> bool {
        self.length == part.len() as u64 && self.hash == Id::of(part)
    }

    pub(super) fn read(value: &Value, name: &'static str) -> Result<PartRef, Fault> {
        let row = Row::<2>::new(value, name)?;
        Ok(PartRef {
            hash: row.id(0)?,
            length: row.uint(1)?,
        })
    }

    pub(super) fn write(&self) -> Value {
        Value::List(vec![build::id(&self.hash), build::uint(self.length)])
    }
}

/// Closing and opening the bytes of a part.
#[derive(Debug, Clone, Copy)]
pub struct Part;

impl Part {
    /// The bytes of a part: the random bytes, which the caller draws, and the map.
    pub fn seal(salt: [u8; limits::PART_SALT], map: &Value) -> Vec<u8> {
        let mut out = salt.to_vec();
        out.extend_from_slice(&cbor::encode(map));
        out
    }

    /// Takes a part apart into the random bytes and the map.
    ///
    /// # Errors
    /// [`Fault::Part`] if it is not 16 bytes followed by one strict CBOR map. The publisher wrote it so: that makes the content
    /// *malformed*, and says nothing against the record or its carrier.
    pub fn open(part: &[u8]) -> Result<([u8; limits::PART_SALT], Value), Fault> {
        let (salt, map) = part.split_first_chunk().ok_or(Fault::Part)?;
        match cbor::decode(map) {
            Ok(value @ Value::Map(_)) => Ok((*salt, value)),
            _ => Err(Fault::Part),
        }
    }
}
