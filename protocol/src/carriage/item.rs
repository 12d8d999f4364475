//! A statement on its way, with card and body.

use crate::bytes::{Value, build, cbor};
use crate::fault::{Fault, Unread};
use crate::limits;
use crate::network::NetworkId;
use crate::record::Header;
use crate::statement::{Verified, VerifiedStatement, read};

/// An item as bytes taken apart; nothing is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The statement.
    pub statement: Vec<u8>,
    /// A record's card.
    pub card: Option<Vec<u8>>,
    /// A record's body.
    pub body: Option<Vec<u8>>,
}

impl Item {
    /// A statement that has no parts, or whose parts stay behind.
    pub fn of_statement(statement: &[u8]) -> Item {
        Item {
            statement: statement.to_vec(),
            card: None,
            body: None,
        }
    }

    /// Encodes.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&self.value())
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], [`Fault::NotCanonical`] or [`Fault::Envelope`].
    pub fn decode(bytes: &[u8]) -> Result<Item, Fault> {
        if bytes.len() > limits::ITEM {
            return Err(Fault::TooLarge);
        }
        Item::of_value(cbor::decode(bytes)?)
    }

    pub(super) fn value(&self) -> Value {
        let part = |part: &Option<Vec<u8>>| build::or_null(part.as_ref(), |p| build::bytes(p));
        Value::List(vec![
            build::bytes(&self.statement),
            part(&self.card),
            part(&self.body),
        ])
    }

    pub(super) fn of_value(value: Value) -> Result<Item, Fault> {
        let Value::List(items) = value else {
            return Err(Fault::Envelope);
        };
        let Ok([Value::Bytes(statement), card, body]) = <[Value; 3]>::try_from(items) else {
            return Err(Fault::Envelope);
        };
        let part = |part| match part {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(Fault::Envelope),
        };
        Ok(Item {
            statement,
            card: part(card)?,
            body: part(body)?,
        })
    }
}

/// An item whose statement was verified and whose parts are the ones the header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedItem {
    statement: VerifiedStatement,
    card: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
}

/// Reads an item: the statement by section 2, then the parts against the header.
///
/// # Errors
/// [`Unread::Invalid`] with the first rule broken, or [`Unread::Unsupported`].
pub fn open_item(network: &NetworkId, bytes: &[u8]) -> Result<VerifiedItem, Unread> {
    let item = Item::decode(bytes)?;
    let statement = read(network, &item.statement)?;
    Ok(VerifiedItem::attach(statement, item.card, item.body)?)
}

impl VerifiedItem {
    /// Puts parts beside a verified statement.
    ///
    /// # Errors
    /// [`Fault::Part`] if a part is not the one the header names, [`Fault::Envelope`] if the statement is no record.
    pub fn attach(
        statement: VerifiedStatement,
        card: Option<Vec<u8>>,
        body: Option<Vec<u8>>,
    ) -> Result<VerifiedItem, Fault> {
        let fault = match &statement {
            VerifiedStatement::Record(header) => {
                let card = card.as_ref().is_none_or(|c| header.card.matches(c));
                let body = body.as_ref().is_none_or(|b| header.body.matches(b));
                (!card || !body).then_some(Fault::Part)
            }
            _ => (card.is_some() || body.is_some()).then_some(Fault::Envelope),
        };
        fault.map_or(
            Ok(VerifiedItem {
                statement,
                card,
                body,
            }),
            Err,
        )
    }

    /// The statement.
    pub fn statement(&self) -> &VerifiedStatement {
        &self.statement
    }

    /// The header, if it is a record.
    pub fn record(&self) -> Option<&Verified<Header>> {
        match &self.statement {
            VerifiedStatement::Record(header) => Some(header),
            _ => None,
        }
    }

    /// The card as delivered.
    pub fn card(&self) -> Option<&[u8]> {
        self.card.as_deref()
    }

    /// The body as delivered.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// Whether nothing is left out: by gossip a record travels with both parts.
    pub fn is_complete(&self) -> bool {
        self.record().is_none() || (self.card.is_some() && self.body.is_some())
    }

    /// The item as it travels.
    pub fn to_item(&self) -> Item {
        Item {
            statement: self.statement.bytes().to_vec(),
            card: self.card.clone(),
            body: self.body.clone(),
        }
    }

    /// Takes it apart.
    pub fn into_parts(self) -> (VerifiedStatement, Option<Vec<u8>>, Option<Vec<u8>>) {
        (self.statement, self.card, self.body)
    }
}
