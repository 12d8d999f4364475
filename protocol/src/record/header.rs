//! The signed header of a record.

use super::part::PartRef;
use crate::bytes::fields::{self, Fields, Row};
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread, Unsupported};
use crate::id::Id;
use crate::key::Key;
use crate::lane::{FeedName, Lane};
use crate::limits;
use crate::statement::{Context, Payload, StatementType};

/// The header of a record: everything that is signed. Card and body travel beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The institution.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state under which the key was delegated.
    pub state: Id,
    /// `practice`, `lesson`, … or unknown.
    pub kind: String,
    /// One lane per feed it is posted to, sorted by feed; 1 to 8.
    pub lanes: Vec<Lane>,
    /// What it points at, sorted; at most 32.
    pub links: Vec<Link>,
    /// The language of card and body (BCP 47).
    pub lang: String,
    /// `clear` or `green` (TLP 2.0).
    pub marking: String,
    /// The claimed day.
    pub day: Option<Day>,
    /// The card.
    pub card: PartRef,
    /// The body.
    pub body: PartRef,
}

/// A named pointer at another record or institution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// `revises`, `withdraws`, `adapts`, … or unknown.
    pub rel: String,
    /// The id of what it points at.
    pub target: Id,
}

impl Header {
    /// The lane in a feed.
    pub fn lane(&self, feed: &FeedName) -> Option<&Lane> {
        self.lanes.iter().find(|l| l.feed == *feed)
    }

    /// The feeds it is posted to.
    pub fn feeds(&self) -> impl Iterator<Item = &FeedName> {
        self.lanes.iter().map(|l| &l.feed)
    }

    /// The targets of one relation.
    pub fn targets<'a>(&'a self, rel: &'a str) -> impl Iterator<Item = &'a Id> {
        self.links
            .iter()
            .filter(move |l| l.rel == rel)
            .map(|l| &l.target)
    }

    /// The link without which a record of `kind` means nothing.
    pub fn required_link(kind: &str) -> Option<&'static str> {
        Some(match kind {
            "revision" => "revises",
            "withdrawal" => "withdraws",
            "adaptation" => "adapts",
            "translation" => "translates",
            "response" => "responds-to",
            "outcome" => "outcome-of",
            _ => return None,
        })
    }

    /// The rules that need the size of the statement: what one record may take in all.
    fn fits(&self, statement: usize) -> Result<(), Fault> {
        let whole = (statement as u64)
            .saturating_add(self.card.length)
            .saturating_add(self.body.length);
        let registry = self.lanes.iter().any(|l| l.feed.is_registry());
        let limit = if registry {
            limits::REGISTRY_WHOLE
        } else {
            limits::RECORD_WHOLE
        };
        if whole > limit {
            Err(Fault::Field("body"))
        } else {
            Ok(())
        }
    }
}

fn lane(value: &Value, name: &'static str) -> Result<Lane, Fault> {
    let row = Row::<3>::new(value, name)?;
    let feed = row.text(0)?.parse().map_err(|_| Fault::Field(name))?;
    let lane = Lane {
        feed,
        seq: row.counter(1)?,
        prev: row.id_or_null(2)?,
    };
    if (lane.seq == 1) == lane.prev.is_none() {
        Ok(lane)
    } else {
        Err(Fault::Field(name))
    }
}

fn link(value: &Value, name: &'static str) -> Result<Link, Fault> {
    let row = Row::<2>::new(value, name)?;
    Ok(Link {
        rel: fields::word(row.at(0)?, name)?,
        target: row.id(1)?,
    })
}

/// `[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*`, at most 35 bytes
fn language(value: &Value, name: &'static str) -> Result<String, Fault> {
    let tag = fields::text(value, name)?;
    let mut subtags = tag.split('-');
    let first = subtags
        .next()
        .is_some_and(|s| (2..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest =
        subtags.all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()));
    if tag.len() <= limits::LANG && first && rest {
        Ok(tag.to_owned())
    } else {
        Err(Fault::Field(name))
    }
}

impl Payload for Header {
    const TYPE: StatementType = StatementType::Record;

    fn decode(f: Fields<'_>, context: Context<'_>) -> Result<Self, Unread> {
        let header = Header {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            kind: fields::word(f.required("kind")?, "kind")?,
            lanes: f.sorted("lanes", 1..=limits::LANES, lane, |l| l.feed.clone())?,
            links: f.sorted("links", 0..=limits::LINKS, link, Clone::clone)?,
            lang: language(f.required("lang")?, "lang")?,
            marking: f.text("marking")?.to_owned(),
            day: f.nullable("day", fields::day)?,
            card: PartRef::read(f.required("card")?, "card")?,
            body: PartRef::read(f.required("body")?, "body")?,
        };
        if header.lanes.len() > 1 && header.lanes.iter().any(|l| l.feed.is_registry()) {
            return Err(Fault::Field("lanes").into());
        }
        for (part, name) in [(header.card, "card"), (header.body, "body")] {
            if part.length < limits::PART_MIN {
                return Err(Fault::Field(name).into());
            }
        }
        if header.card.length > limits::CARD {
            return Err(Fault::Field("card").into());
        }
        if let Some(rel) = Header::required_link(&header.kind)
            && header.targets(rel).next().is_none()
        {
            return Err(Fault::Field("links").into());
        }
        header.fits(context.size)?;
        // Only a record that is well formed otherwise is left to a later version.
        if header.lanes.iter().any(|l| l.feed.is_circle()) {
            return Err(Unsupported::Circle.into());
        }
        if f.optional("enc").is_some() {
            return Err(Unsupported::Encrypted.into());
        }
        if header.marking != "clear" && header.marking != "green" {
            return Err(Unsupported::Marking.into());
        }
        Ok(header)
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("kind", build::text(&self.kind)),
            (
                "lanes",
                build::list(&self.lanes, |l| {
                    Value::List(vec![
                        build::text(l.feed.as_str()),
                        build::uint(l.seq),
                        build::or_null(l.prev.as_ref(), build::id),
                    ])
                }),
            ),
            (
                "links",
                build::list(&self.links, |l| {
                    Value::List(vec![build::text(&l.rel), build::id(&l.target)])
                }),
            ),
            ("lang", build::text(&self.lang)),
            ("marking", build::text(&self.marking)),
            ("day", build::or_null(self.day.as_ref(), build::day)),
            ("card", self.card.write()),
            ("body", self.body.write()),
        ])
    }
}
