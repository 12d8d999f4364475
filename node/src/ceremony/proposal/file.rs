//! A proposal as a file: the words, the bytes, and that they say the same.

use std::collections::BTreeMap;

use indaba_protocol::{Gathering, Id, Value, cbor};

use super::super::armour::{self, Kind};
use super::super::fault::CeremonyFault;
use super::super::settled;
use super::super::telling::{Roles, number};
use super::{Parts, Proposal};

impl Proposal {
    /// The lines of the file that people read.
    fn words(&self) -> Vec<String> {
        let mut words = self.told();
        words.push(String::new());
        words.push(format!("network: {}", self.network));
        words.push(format!("institution: {}", self.institution()));
        words.push(format!("fingerprint: {}", number(&self.institution())));
        words.push(format!("number of this proposal: {}", number(&self.id())));
        words.push(String::new());
        words.extend(self.progress());
        words
    }

    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        let roles = self.roles.0.iter().map(|(digest, role)| {
            Value::List(vec![
                Value::Bytes(digest.as_bytes().to_vec()),
                Value::String(role.clone()),
            ])
        });
        let bytes = |all: Vec<Vec<u8>>| Value::List(all.into_iter().map(Value::Bytes).collect());
        let base = self
            .base
            .as_ref()
            .map_or_else(Vec::new, crate::engine::chain_statements);
        let drafts = self
            .inception
            .iter()
            .chain([&self.state])
            .map(Gathering::bytes);
        let lists = self.lists.iter().map(|list| list.bytes().to_vec());
        let map = BTreeMap::from([
            ("net".to_owned(), Value::String(self.network.to_string())),
            ("base".to_owned(), bytes(base)),
            ("drafts".to_owned(), bytes(drafts.collect())),
            ("lists".to_owned(), bytes(lists.collect())),
            ("feeds".to_owned(), settled::feed_names(&self.feeds)),
            ("roles".to_owned(), Value::List(roles.collect())),
        ]);
        armour::write(
            Kind::Proposal,
            &self.words(),
            &cbor::encode(&Value::Map(map)),
        )
    }

    /// Reads a file. Its words must be exactly those of its content.
    ///
    /// # Errors
    /// What is wrong with it. The file may come from anybody.
    pub(crate) fn read(text: &str) -> Result<Self, CeremonyFault> {
        let fields = settled::fields(
            &armour::read(Kind::Proposal, text)?,
            &["net", "base", "drafts", "lists", "feeds", "roles"],
        )?;
        let network = settled::network(&fields)?;
        let net = network.id();
        let base = settled::byte_strings(&fields, "base")?;
        let base = if base.is_empty() {
            None
        } else {
            Some(settled::chain(&net, &base)?)
        };
        let drafts = settled::byte_strings(&fields, "drafts")?;
        let open = |which: &'static str, bytes: &Vec<u8>| {
            Gathering::open(&net, bytes)
                .map_err(|unread| CeremonyFault::Statement { which, unread })
        };
        let (inception, state) = match (drafts.as_slice(), &base) {
            ([inception, state], None) => {
                (Some(open("inception", inception)?), open("state", state)?)
            }
            ([state], Some(_)) => (None, open("state", state)?),
            _ => {
                return Err(CeremonyFault::Content(
                    "it has not the drafts that belong to a founding or a change".into(),
                ));
            }
        };
        let proposal = Self::new(Parts {
            lists: settled::cut_lists(&net, &fields)?,
            feeds: settled::read_feed_names(&fields)?,
            roles: roles(&fields)?,
            network,
            base,
            inception,
            state,
        })?;
        if proposal.to_text() == text {
            Ok(proposal)
        } else {
            Err(CeremonyFault::Words)
        }
    }
}

fn roles(fields: &BTreeMap<String, Value>) -> Result<Roles, CeremonyFault> {
    let wrong = || CeremonyFault::Content("the list of roles does not read".into());
    let Some(Value::List(list)) = fields.get("roles") else {
        return Err(wrong());
    };
    let mut roles = Roles::default();
    for entry in list {
        let Value::List(pair) = entry else {
            return Err(wrong());
        };
        let [Value::Bytes(digest), Value::String(role)] = pair.as_slice() else {
            return Err(wrong());
        };
        let digest = <[u8; 32]>::try_from(digest.as_slice()).map_err(|_| wrong())?;
        roles.note(Id::from_bytes(digest), role);
    }
    Ok(roles)
}
