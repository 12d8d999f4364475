//! An institution whose every statement is signed by enough: what `combine` gives, and what a node takes in.

use std::collections::BTreeMap;

use indaba_protocol::{
    Chain, ChainOutcome, CutList, FeedName, Id, NetworkId, NetworkName, Value, Verified,
    VerifiedStatement, cbor, read,
};

use super::armour::{self, Kind};
use super::fault::CeremonyFault;
use super::limits;
use super::telling::{self, Hand, Roles, number};

/// One state in a history.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Version {
    /// Its number.
    pub version: u64,
    /// The day it claims.
    pub day: String,
    /// Its id.
    pub id: String,
    /// What it changed.
    pub told: Vec<String>,
}

/// An institution's statements, each verified and each following from the one before.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    network: NetworkName,
    chain: Chain,
    lists: Vec<Verified<CutList>>,
    /// Names of feeds in the cut lists, for the reader's eye.
    feeds: Vec<FeedName>,
}

impl Settled {
    /// Takes over a chain and the cut lists that belong to it.
    ///
    /// # Errors
    /// When a cut list is named by no state.
    pub(crate) fn new(
        network: NetworkName,
        chain: Chain,
        lists: Vec<Verified<CutList>>,
        feeds: Vec<FeedName>,
    ) -> Result<Self, CeremonyFault> {
        let named = |list: &Verified<CutList>| {
            list.institution == chain.institution() && chain.names_cut_list(&list.id(), &list.key)
        };
        if lists.len() > limits::CUT_LISTS || !lists.iter().all(named) {
            return Err(CeremonyFault::Content(
                "it carries a cut list that no state names".into(),
            ));
        }
        let is_cut = |feed: &FeedName| {
            let hash = feed.hash();
            lists.iter().any(|l| l.feeds.iter().any(|e| e.feed == hash))
        };
        if feeds.len() > limits::FEED_NAMES || !feeds.iter().all(is_cut) {
            return Err(CeremonyFault::Content(
                "it names a feed that no cut list is about".into(),
            ));
        }
        Ok(Self {
            network,
            chain,
            lists,
            feeds,
        })
    }

    /// The network.
    pub(crate) fn network(&self) -> &NetworkName {
        &self.network
    }

    /// The statements.
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The cut lists that came along.
    pub(crate) fn lists(&self) -> &[Verified<CutList>] {
        &self.lists
    }

    /// The institution.
    pub(crate) fn institution(&self) -> Id {
        self.chain.institution()
    }

    /// The name in its newest state.
    pub(crate) fn name(&self) -> &str {
        self.chain.newest().map_or("", |state| state.profile.name())
    }

    /// The language it writes in, as its newest state says.
    pub(crate) fn lang(&self) -> &str {
        self.chain.newest().map_or("", |state| state.profile.lang())
    }

    /// How it stands, in plain language.
    pub(crate) fn told(&self, roles: &Roles) -> Vec<String> {
        let hand = Hand {
            roles,
            lists: &self.lists,
            feeds: &self.feeds,
        };
        telling::institution(&self.chain, &hand)
    }

    /// How it came to stand so: every state, by what it changed.
    pub(crate) fn history(&self) -> Vec<Version> {
        let roles = Roles::default();
        let hand = Hand {
            roles: &roles,
            lists: &self.lists,
            feeds: &self.feeds,
        };
        let mut before = None;
        let mut history = Vec::new();
        for state in self.chain.states() {
            history.push(Version {
                version: state.version,
                day: state.day.to_string(),
                id: state.id().to_string(),
                told: match before {
                    Some(before) => telling::differences(before, state, &hand),
                    None => vec!["the institution was founded".to_owned()],
                },
            });
            before = Some(state.body());
        }
        history
    }

    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        let bytes = |all: Vec<Vec<u8>>| Value::List(all.into_iter().map(Value::Bytes).collect());
        let lists = self.lists.iter().map(|list| list.bytes().to_vec());
        let map = BTreeMap::from([
            ("net".to_owned(), Value::String(self.network.to_string())),
            (
                "chain".to_owned(),
                bytes(crate::engine::chain_statements(&self.chain)),
            ),
            ("lists".to_owned(), bytes(lists.collect())),
            ("feeds".to_owned(), feed_names(&self.feeds)),
        ]);
        let mut words = self.told(&Roles::default());
        words.push(String::new());
        words.push(format!("network: {}", self.network));
        words.push(format!("institution: {}", self.institution()));
        words.push(format!("fingerprint: {}", number(&self.institution())));
        armour::write(Kind::Settled, &words, &cbor::encode(&Value::Map(map)))
    }

    /// Reads a file. Its words must be exactly those of its content.
    ///
    /// # Errors
    /// What is wrong with it. The file may come from anybody.
    pub(crate) fn read(text: &str) -> Result<Self, CeremonyFault> {
        let fields = fields(
            &armour::read(Kind::Settled, text)?,
            &["net", "chain", "lists", "feeds"],
        )?;
        let network = self::network(&fields)?;
        let net = network.id();
        let chain = self::chain(&net, &byte_strings(&fields, "chain")?)?;
        let settled = Self::new(
            network,
            chain,
            cut_lists(&net, &fields)?,
            read_feed_names(&fields)?,
        )?;
        if settled.to_text() == text {
            Ok(settled)
        } else {
            Err(CeremonyFault::Words)
        }
    }
}

/// The members of the map in a file; others are refused, because they would not be shown.
pub(super) fn fields(
    bytes: &[u8],
    names: &[&str],
) -> Result<BTreeMap<String, Value>, CeremonyFault> {
    match cbor::decode(bytes) {
        Ok(Value::Map(map))
            if map.len() == names.len() && names.iter().all(|name| map.contains_key(*name)) =>
        {
            Ok(map)
        }
        Ok(_) => Err(CeremonyFault::Content(
            "it has not the members of such a file".into(),
        )),
        Err(fault) => Err(CeremonyFault::Content(fault.to_string())),
    }
}

pub(super) fn network(fields: &BTreeMap<String, Value>) -> Result<NetworkName, CeremonyFault> {
    match fields.get("net") {
        Some(Value::String(name)) => NetworkName::parse(name)
            .map_err(|e| CeremonyFault::Content(format!("the network's name: {e}"))),
        _ => Err(CeremonyFault::Content(
            "the network's name is missing".into(),
        )),
    }
}

pub(super) fn byte_strings(
    fields: &BTreeMap<String, Value>,
    name: &str,
) -> Result<Vec<Vec<u8>>, CeremonyFault> {
    let wrong = || CeremonyFault::Content(format!("\"{name}\" is no list of statements"));
    let Some(Value::List(list)) = fields.get(name) else {
        return Err(wrong());
    };
    list.iter()
        .map(|value| match value {
            Value::Bytes(bytes) => Ok(bytes.clone()),
            _ => Err(wrong()),
        })
        .collect()
}

pub(super) fn cut_lists(
    net: &NetworkId,
    fields: &BTreeMap<String, Value>,
) -> Result<Vec<Verified<CutList>>, CeremonyFault> {
    byte_strings(fields, "lists")?
        .iter()
        .map(|bytes| cut_list(net, bytes))
        .collect()
}

/// A cut list from its bytes.
fn cut_list(net: &NetworkId, bytes: &[u8]) -> Result<Verified<CutList>, CeremonyFault> {
    let statement = |unread| CeremonyFault::Statement {
        which: "cut list",
        unread,
    };
    read(net, bytes)
        .map_err(statement)?
        .try_into()
        .map_err(|_| CeremonyFault::Content("what should be a cut list is none".into()))
}

pub(super) fn feed_names(feeds: &[FeedName]) -> Value {
    Value::List(
        feeds
            .iter()
            .map(|feed| Value::String(feed.to_string()))
            .collect(),
    )
}

pub(super) fn read_feed_names(
    fields: &BTreeMap<String, Value>,
) -> Result<Vec<FeedName>, CeremonyFault> {
    let wrong = || CeremonyFault::Content("a feed's name does not read".into());
    let Some(Value::List(list)) = fields.get("feeds") else {
        return Err(wrong());
    };
    list.iter()
        .map(|value| match value {
            Value::String(name) => name.parse().map_err(|_| wrong()),
            _ => Err(wrong()),
        })
        .collect()
}

/// An inception and the states that follow from it, all of them.
pub(super) fn chain(net: &NetworkId, statements: &[Vec<u8>]) -> Result<Chain, CeremonyFault> {
    let mut chain: Option<Chain> = None;
    for bytes in statements {
        let which = if chain.is_none() {
            "inception"
        } else {
            "state"
        };
        let statement =
            read(net, bytes).map_err(|unread| CeremonyFault::Statement { which, unread })?;
        match (&mut chain, statement) {
            (None, VerifiedStatement::Inception(inception)) => {
                chain = Some(Chain::found(inception));
            }
            (Some(chain), VerifiedStatement::State(state)) => match chain.offer(state) {
                ChainOutcome::Accepted => {}
                ChainOutcome::Refused(fault) => return Err(fault.into()),
                _ => {
                    return Err(CeremonyFault::Content(
                        "its states do not follow each other".into(),
                    ));
                }
            },
            _ => {
                return Err(CeremonyFault::Content(
                    "it does not begin with an inception that states follow".into(),
                ));
            }
        }
    }
    chain
        .filter(|chain| chain.newest().is_some())
        .ok_or_else(|| CeremonyFault::Content("it holds no state".into()))
}
