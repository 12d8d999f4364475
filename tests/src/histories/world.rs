//! What a few institutions signed, and the words for it that a person reads when a history fails.

use std::collections::BTreeMap;

use indaba_protocol::{Header, Id, Verified, VerifiedItem, VerifiedStatement};

/// A statement of a world.
#[derive(Clone)]
pub struct Said {
    /// What it is, in words, such as `r5: lesson by A/key 1 in theme:trj #2 <- r3`.
    pub words: String,
    pub(super) item: VerifiedItem,
    /// Signed by whoever has a copy of a key that is not theirs.
    pub(super) stolen: bool,
}

impl Said {
    /// The statement.
    pub fn statement(&self) -> &VerifiedStatement {
        self.item.statement()
    }

    /// Its header, if it is a record.
    pub fn record(&self) -> Option<&Verified<Header>> {
        self.item.record()
    }
}

/// Everything that was signed, in the order in which it was.
pub struct World {
    pub(super) said: Vec<Said>,
    /// How each id is called in words.
    pub(super) called: BTreeMap<Id, String>,
}

impl World {
    /// How many statements there are.
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// Whether nothing was signed.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    pub(super) fn call(&self, id: &Id) -> &str {
        self.called
            .get(id)
            .map_or("what nobody made", String::as_str)
    }
}
