//! An item between the cheap checks and the signatures.

use super::item::{Item, VerifiedItem};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::network::NetworkId;
use crate::statement::{Decoded, Statement, read_unsigned};

/// An item whose statement is well formed and whose signatures nobody has looked at: good for asking whether it is wanted
/// and whether it is known. [`DecodedItem::verify`] does the rest, on whichever thread has the time.
#[derive(Debug, Clone)]
pub struct DecodedItem {
    statement: Decoded,
    card: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
}

impl DecodedItem {
    /// Opens the bytes of an item, without signatures.
    ///
    /// # Errors
    /// [`Unread::Invalid`] with the first rule broken, or [`Unread::Unsupported`].
    pub fn open(network: &NetworkId, bytes: &[u8]) -> Result<DecodedItem, Unread> {
        DecodedItem::of_item(network, Item::decode(bytes)?)
    }

    /// The same, for an item that was taken apart already.
    ///
    /// # Errors
    /// As [`DecodedItem::open`].
    pub fn of_item(network: &NetworkId, item: Item) -> Result<DecodedItem, Unread> {
        let statement = read_unsigned(network, &item.statement)?;
        let is_record = matches!(statement.statement(), Statement::Record(_));
        if !is_record && (item.card.is_some() || item.body.is_some()) {
            return Err(Fault::Envelope.into());
        }
        Ok(DecodedItem {
            statement,
            card: item.card,
            body: item.body,
        })
    }

    /// The hash of the payload. A forgery may claim the same payload: never remember an id as bad.
    pub fn id(&self) -> Id {
        self.statement.id()
    }

    /// The fields, unproved.
    pub fn statement(&self) -> &Statement {
        self.statement.statement()
    }

    /// The card as delivered, not yet compared with the header.
    pub fn card(&self) -> Option<&[u8]> {
        self.card.as_deref()
    }

    /// The body as delivered, not yet compared with the header.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// Whether nothing is left out: by gossip a record travels with both parts.
    pub fn is_complete(&self) -> bool {
        !matches!(self.statement(), Statement::Record(_))
            || (self.card.is_some() && self.body.is_some())
    }

    /// Takes it apart: the statement with its signatures still to be verified, card and body.
    pub fn into_parts(self) -> (Decoded, Option<Vec<u8>>, Option<Vec<u8>>) {
        (self.statement, self.card, self.body)
    }

    /// Keys, signatures, thresholds, and the parts against the header.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn verify(self) -> Result<VerifiedItem, Fault> {
        VerifiedItem::attach(self.statement.verify()?, self.card, self.body)
    }
}
