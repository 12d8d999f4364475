//! Statements that somebody in this run has read before. Reading bytes and checking their signatures gives the same for every node, so
//! it is done once for all of them; what every node does with the result is its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use indaba_protocol::{
    DecodedItem, Item, NetworkId, Unread, VerifiedItem, VerifiedStatement, read,
};

type Reading = Result<VerifiedStatement, Unread>;

/// What reading gave, by the bytes themselves: no hash stands between a question and its answer.
pub(super) struct Readings {
    net: NetworkId,
    /// Not remembering must change nothing but the time a run takes.
    remembers: bool,
    read: RefCell<HashMap<Rc<[u8]>, Reading>>,
}

impl Readings {
    pub(super) fn new(net: NetworkId, remembers: bool) -> Readings {
        Readings {
            net,
            remembers,
            read: RefCell::default(),
        }
    }

    /// As [`indaba_protocol::read`].
    pub(super) fn read(&self, bytes: &[u8]) -> Reading {
        if let Some(known) = self.read.borrow().get(bytes) {
            return known.clone();
        }
        let found = read(&self.net, bytes);
        if self.remembers {
            self.read.borrow_mut().insert(bytes.into(), found.clone());
        }
        found
    }

    /// As [`indaba_protocol::open_item`].
    pub(super) fn open(&self, bytes: &[u8]) -> Result<VerifiedItem, Unread> {
        let item = Item::decode(bytes)?;
        let statement = self.read(&item.statement)?;
        Ok(VerifiedItem::attach(statement, item.card, item.body)?)
    }

    /// As [`DecodedItem::verify`].
    pub(super) fn verify(&self, item: DecodedItem) -> Result<VerifiedItem, Unread> {
        if !self.remembers {
            return Ok(item.verify()?);
        }
        let (statement, card, body) = item.into_parts();
        Ok(VerifiedItem::attach(
            self.read(statement.bytes())?,
            card,
            body,
        )?)
    }
}
