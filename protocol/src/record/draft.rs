//! From a draft to a signed record with its parts.

use super::header::{Header, Link};
use super::part::PartRef;
use crate::bytes::Day;
use crate::carriage::{Item, VerifiedItem};
use crate::id::Id;
use crate::key::SigningKey;
use crate::lane::Lane;
use crate::network::NetworkId;
use crate::statement::{DraftError, Verified, sign_single};

/// A record before it is signed. Lanes and links may come in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDraft {
    /// The institution.
    pub institution: Id,
    /// The id of the state that delegates the signing key.
    pub state: Id,
    /// The kind.
    pub kind: String,
    /// One lane per feed.
    pub lanes: Vec<Lane>,
    /// What it points at.
    pub links: Vec<Link>,
    /// The language of card and body (BCP 47).
    pub lang: String,
    /// `clear` or `green`.
    pub marking: String,
    /// The claimed day.
    pub day: Option<Day>,
    /// The card, sealed by [`super::Part::seal`].
    pub card: Vec<u8>,
    /// The body, sealed by [`super::Part::seal`].
    pub body: Vec<u8>,
}

impl RecordDraft {
    /// Signs. Whether the content of card and body is well formed is asked before, by the content check.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(self, key: &SigningKey, network: &NetworkId) -> Result<VerifiedItem, DraftError> {
        let RecordDraft {
            institution,
            state,
            kind,
            mut lanes,
            mut links,
            lang,
            marking,
            day,
            card,
            body,
        } = self;
        lanes.sort_by(|a, b| a.feed.cmp(&b.feed));
        links.sort();
        let (card_ref, body_ref) = (PartRef::of(&card), PartRef::of(&body));
        let header = Header {
            institution,
            key: key.key(),
            state,
            kind,
            lanes,
            links,
            lang,
            marking,
            day,
            card: card_ref,
            body: body_ref,
        };
        let signed: Verified<Header> = sign_single(&header, &header.key, key, network)?;
        let item = Item {
            statement: signed.bytes().to_vec(),
            card: Some(card),
            body: Some(body),
        };
        Ok(VerifiedItem::attach(signed.into(), item.card, item.body)?)
    }
}
