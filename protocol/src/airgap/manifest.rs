//! What a framed file holds.

use crate::bytes::fields::{self, Fields};
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::{Key, SigningKey};
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};

/// Signs one framed bundle or want file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The institution.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state that delegates it.
    pub state: Id,
    /// Which of the two.
    pub role: ManifestRole,
    /// The Merkle root over the frames.
    pub root: Id,
    /// How many frames, from 1.
    pub frames: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many volumes, from 1.
    pub volumes: u64,
    /// The institution it is for, if for one.
    pub to: Option<Id>,
    /// The claimed day.
    pub day: Day,
}

/// What a manifest is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestRole {
    /// Statements on their way.
    Bundle,
    /// What somebody holds and follows, so that a bundle can be packed.
    Want,
}

impl ManifestRole {
    /// The word of section 11.
    pub fn name(self) -> &'static str {
        match self {
            ManifestRole::Bundle => "bundle",
            ManifestRole::Want => "want",
        }
    }
}

impl Manifest {
    /// Signs.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(
        &self,
        key: &SigningKey,
        network: &NetworkId,
    ) -> Result<Verified<Manifest>, DraftError> {
        sign_single(self, &self.key, key, network)
    }
}

impl Payload for Manifest {
    const TYPE: StatementType = StatementType::Manifest;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        Ok(Manifest {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            role: match f.text("role")? {
                "bundle" => ManifestRole::Bundle,
                "want" => ManifestRole::Want,
                _ => return Err(Fault::Field("role").into()),
            },
            root: f.id("root")?,
            frames: f.uint_in("frames", 1..=u64::MAX)?,
            bytes: f.uint("bytes")?,
            volumes: f.uint_in("volumes", 1..=u64::MAX)?,
            to: f.nullable("to", fields::id)?,
            day: f.day("day")?,
        })
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("role", build::text(self.role.name())),
            ("root", build::id(&self.root)),
            ("frames", build::uint(self.frames)),
            ("bytes", build::uint(self.bytes)),
            ("volumes", build::uint(self.volumes)),
            ("to", build::or_null(self.to.as_ref(), build::id)),
            ("day", build::day(&self.day)),
        ])
    }
}
