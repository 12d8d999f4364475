//! A draft on its way from officer to officer, with the signatures gathered so far.

mod file;

use indaba_protocol::{
    Chain, ChainOutcome, CutList, FeedName, Gathering, Id, Key, NetworkName, SigningKey, State,
    Statement, Unread, Verified, VerifiedStatement, read_unsigned,
};

use super::cards::check_role;
use super::fault::CeremonyFault;
use super::limits;
use super::settled::Settled;
use super::telling::{self, Hand, Roles};

/// A draft of an institution's next state, or of its beginning. Whatever is in it was checked when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    network: NetworkName,
    /// What the draft follows; none when it founds.
    base: Option<Chain>,
    /// The inception, when it founds.
    inception: Option<Gathering>,
    state: Gathering,
    body: State,
    /// Whether root keys, reserve or recovery change.
    rotates: bool,
    lists: Vec<Verified<CutList>>,
    feeds: Vec<FeedName>,
    roles: Roles,
}

/// How many of which keys must sign, and how many did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Need {
    /// Which keys.
    pub keys: &'static str,
    /// How many of them must sign.
    pub needed: u64,
    /// How many did.
    pub signed: u64,
}

impl Need {
    /// Whether enough signed.
    pub(crate) fn is_met(&self) -> bool {
        self.signed >= self.needed
    }
}

/// Somebody who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    /// The root key.
    pub key: Key,
    /// Who holds it, as far as the file says.
    pub role: Option<String>,
    /// Whether the key has signed.
    pub signed: bool,
    /// Whether it is one of those held in reserve until now.
    pub reserve: bool,
}

/// What [`Proposal::new`] puts together.
pub(super) struct Parts {
    pub(super) network: NetworkName,
    pub(super) base: Option<Chain>,
    pub(super) inception: Option<Gathering>,
    pub(super) state: Gathering,
    pub(super) lists: Vec<Verified<CutList>>,
    pub(super) feeds: Vec<FeedName>,
    pub(super) roles: Roles,
}

impl Proposal {
    /// The one way to a proposal, made here or received: checks everything that can be known before all have signed.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(super) fn new(parts: Parts) -> Result<Self, CeremonyFault> {
        let net = parts.network.id();
        let statement = |which, unread| CeremonyFault::Statement { which, unread };
        let decoded = read_unsigned(&net, &parts.state.bytes())
            .map_err(|unread| statement("state", unread))?;
        let Statement::State(body) = decoded.statement().clone() else {
            return Err(CeremonyFault::Content("the draft is no state".into()));
        };
        // What is not shown must not be signed: the fields known here must be all there are.
        if body.gather(&net)?.id() != parts.state.id() {
            return Err(CeremonyFault::Unknown("state"));
        }
        let rotates = match (&parts.base, &parts.inception) {
            (Some(chain), None) if chain.newest().is_some() => chain.admits(&decoded)?,
            (None, Some(inception)) => {
                first_state(&net, inception, &body)?;
                false
            }
            _ => {
                return Err(CeremonyFault::Content(
                    "it neither founds an institution nor changes one".into(),
                ));
            }
        };
        let proposal = Self {
            network: parts.network,
            base: parts.base,
            inception: parts.inception,
            state: parts.state,
            body,
            rotates,
            lists: sorted(parts.lists, Verified::id),
            feeds: sorted(parts.feeds, Clone::clone),
            roles: parts.roles,
        };
        proposal.check_company()?;
        Ok(proposal)
    }

    /// What travels beside the draft: exactly the cut lists it newly names, and nothing else that could be smuggled along.
    fn check_company(&self) -> Result<(), CeremonyFault> {
        let content = |what: &str| Err(CeremonyFault::Content(what.to_owned()));
        let old_cuts = self.newest().map_or(&[][..], |state| &state.cuts);
        let mut wanted: Vec<(Id, Key)> = Vec::new();
        for cut in self.body.cuts.iter().filter(|cut| !old_cuts.contains(cut)) {
            wanted.extend(cut.list.map(|list| (list, cut.key)));
        }
        let old_lists: Vec<Id> = old_cuts.iter().filter_map(|cut| cut.list).collect();
        for (id, key) in &wanted {
            let named = |list: &Verified<CutList>| {
                list.id() == *id && list.key == *key && list.institution == self.body.institution
            };
            // A cut whose reason alone changes keeps a list that every node has.
            if !self.lists.iter().any(named) && !old_lists.contains(id) {
                return content("a cut list that the state names is missing");
            }
        }
        if self.lists.len() > limits::CUT_LISTS
            || !self
                .lists
                .iter()
                .all(|list| wanted.iter().any(|(id, _)| *id == list.id()))
        {
            return content("it carries a cut list that the state does not name");
        }
        let is_cut = |feed: &FeedName| {
            let hash = feed.hash();
            self.lists
                .iter()
                .any(|list| list.feeds.iter().any(|entry| entry.feed == hash))
        };
        if self.feeds.len() > limits::FEED_NAMES || !self.feeds.iter().all(is_cut) {
            return content("it names a feed that no cut list is about");
        }
        if self.roles.0.len() > limits::ROLES {
            return content("it names more roles than there can be keys");
        }
        for role in self.roles.0.values() {
            if check_role(role)? != *role {
                return content("a role has blanks at its ends");
            }
        }
        let may = |key: &Key| self.may_sign(key);
        if self.state.signers().all(may) {
            Ok(())
        } else {
            content("somebody signed who holds no root key")
        }
    }

    fn newest(&self) -> Option<&Verified<State>> {
        self.base.as_ref().and_then(Chain::newest)
    }

    fn may_sign(&self, key: &Key) -> bool {
        self.body.authority.roots.contains(key)
            || self
                .newest()
                .is_some_and(|old| old.authority.roots.contains(key))
    }

    fn hand(&self) -> Hand<'_> {
        Hand {
            roles: &self.roles,
            lists: &self.lists,
            feeds: &self.feeds,
        }
    }

    /// The network it is for.
    pub(crate) fn network(&self) -> &NetworkName {
        &self.network
    }

    /// The institution it founds or changes.
    pub(crate) fn institution(&self) -> Id {
        self.body.institution
    }

    /// The institution's name, as it would be.
    pub(crate) fn name(&self) -> &str {
        self.body.profile.name()
    }

    /// The version of the state.
    pub(crate) fn version(&self) -> u64 {
        self.body.version
    }

    /// Whether it founds an institution.
    pub(crate) fn founds(&self) -> bool {
        self.inception.is_some()
    }

    /// The id of the state that is proposed.
    pub(crate) fn id(&self) -> Id {
        self.state.id()
    }

    /// The root keys that would be in force, and the reserve.
    pub(crate) fn authority(&self) -> &indaba_protocol::institution::Authority {
        &self.body.authority
    }

    /// What it says or changes, in plain language.
    pub(crate) fn told(&self) -> Vec<String> {
        match self.newest() {
            Some(old) => telling::change(old, &self.body, &self.hand()),
            None => telling::founding(&self.body, &self.hand()),
        }
    }

    /// Everybody who may sign, those of the state in force first.
    pub(crate) fn signers(&self) -> Vec<Signer> {
        let mut keys: Vec<Key> = self
            .newest()
            .map(|old| old.authority.roots.clone())
            .unwrap_or_default();
        let coming = self.body.authority.roots.iter();
        keys.extend(
            coming
                .filter(|key| !keys.contains(key))
                .copied()
                .collect::<Vec<_>>(),
        );
        let signed: Vec<&Key> = self.signed().collect();
        keys.into_iter()
            .map(|key| Signer {
                key,
                role: self.roles.of(&key.digest()).map(str::to_owned),
                signed: signed.contains(&&key),
                reserve: self
                    .newest()
                    .is_some_and(|old| old.authority.next.contains(&key.digest())),
            })
            .collect()
    }

    /// Keys that signed everything there is to sign.
    fn signed(&self) -> impl Iterator<Item = &Key> {
        self.state.signers().filter(|key| {
            self.inception
                .as_ref()
                .is_none_or(|inception| inception.signers().any(|signer| signer == *key))
        })
    }

    /// How many of which keys must sign, and how many did.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let count =
            |keys: &dyn Fn(&Key) -> bool| self.signed().filter(|key| keys(key)).count() as u64;
        let new = &self.body.authority;
        let Some(old) = self.newest().map(|old| &old.authority) else {
            return vec![Need {
                keys: "root keys",
                needed: new.threshold,
                signed: count(&|key| new.roots.contains(key)),
            }];
        };
        let mut needs = vec![Need {
            keys: "root keys in force",
            needed: old.threshold,
            signed: count(&|key| old.roots.contains(key)),
        }];
        if self.rotates {
            needs.push(Need {
                keys: "new root keys",
                needed: new.threshold,
                signed: count(&|key| new.roots.contains(key)),
            });
            needs.push(Need {
                keys: "keys that were held in reserve",
                needed: old.next_threshold,
                signed: count(&|key| new.roots.contains(key) && old.next.contains(&key.digest())),
            });
        }
        needs
    }

    /// Signs. True unless the key had signed before.
    ///
    /// # Errors
    /// [`CeremonyFault::Stranger`] for a key that has no say here.
    pub(crate) fn sign(&mut self, key: &SigningKey) -> Result<bool, CeremonyFault> {
        let public = key.key();
        if !self.may_sign(&public) {
            return Err(CeremonyFault::Stranger);
        }
        let new = !self.signed().any(|signed| *signed == public);
        if let Some(inception) = &mut self.inception {
            inception.sign(key).map_err(CeremonyFault::Signing)?;
        }
        self.state.sign(key).map_err(CeremonyFault::Signing)?;
        Ok(new)
    }

    /// Takes over the signatures of a copy.
    ///
    /// # Errors
    /// [`CeremonyFault::Different`] when the other is no copy of this one.
    pub(crate) fn merge(&mut self, other: &Proposal) -> Result<(), CeremonyFault> {
        let ends = |p: &Proposal| {
            p.base
                .as_ref()
                .map(|c| (c.institution(), c.newest().map(Verified::id)))
        };
        let same = self.network == other.network
            && ends(self) == ends(other)
            && self.roles == other.roles
            && self.lists == other.lists
            && self.feeds == other.feeds;
        if !same {
            return Err(CeremonyFault::Different);
        }
        self.state
            .merge(&other.state)
            .map_err(|_| CeremonyFault::Different)?;
        match (&mut self.inception, &other.inception) {
            (Some(mine), Some(theirs)) => mine.merge(theirs).map_err(|_| CeremonyFault::Different),
            (None, None) => Ok(()),
            _ => Err(CeremonyFault::Different),
        }
    }

    /// What was proposed, once enough have signed.
    ///
    /// # Errors
    /// [`CeremonyFault::Unfinished`] while signatures are missing.
    pub(crate) fn finish(&self) -> Result<Settled, CeremonyFault> {
        let missing: Vec<String> = self
            .needs()
            .iter()
            .filter(|need| !need.is_met())
            .map(|need| {
                format!(
                    "{} of the {} signed, {} must",
                    need.signed, need.keys, need.needed
                )
            })
            .collect();
        if !missing.is_empty() {
            return Err(CeremonyFault::Unfinished(missing.join("; ")));
        }
        let mut chain = match (&self.base, &self.inception) {
            (Some(chain), _) => chain.clone(),
            (None, Some(inception)) => match inception.finish()? {
                VerifiedStatement::Inception(inception) => Chain::found(inception),
                _ => return Err(CeremonyFault::Content("the draft is no inception".into())),
            },
            (None, None) => return Err(CeremonyFault::Content("it has no beginning".into())),
        };
        let VerifiedStatement::State(state) = self.state.finish()? else {
            return Err(CeremonyFault::Content("the draft is no state".into()));
        };
        match chain.offer(state) {
            ChainOutcome::Accepted => Settled::new(
                self.network.clone(),
                chain,
                self.lists.clone(),
                self.feeds.clone(),
            ),
            ChainOutcome::Refused(fault) => Err(fault.into()),
            _ => Err(CeremonyFault::Content(
                "the state does not follow the one in force".into(),
            )),
        }
    }

    /// Who signed, and what is missing.
    pub(crate) fn progress(&self) -> Vec<String> {
        let mut told: Vec<String> = self
            .needs()
            .iter()
            .map(|need| {
                format!(
                    "signed by {} of the {}; {} must sign",
                    need.signed, need.keys, need.needed
                )
            })
            .collect();
        for signer in self.signers().iter().filter(|signer| signer.signed) {
            let role = signer.role.as_deref().unwrap_or_default();
            told.push(format!("  {}  {role}", signer.key).trim_end().to_owned());
        }
        told
    }
}

/// The first state belongs to its inception and repeats its keys.
fn first_state(
    net: &indaba_protocol::NetworkId,
    gathering: &Gathering,
    state: &State,
) -> Result<(), CeremonyFault> {
    let unread = |unread: Unread| CeremonyFault::Statement {
        which: "inception",
        unread,
    };
    let decoded = read_unsigned(net, &gathering.bytes()).map_err(unread)?;
    let Statement::Inception(inception) = decoded.statement() else {
        return Err(CeremonyFault::Content(
            "the first draft is no inception".into(),
        ));
    };
    if inception.gather(net)?.id() != gathering.id() {
        return Err(CeremonyFault::Unknown("inception"));
    }
    let follows = state.version == 1
        && state.institution == decoded.id()
        && state.prev == decoded.id()
        && state.authority == inception.authority
        && state.day == inception.day
        && state.cuts.is_empty();
    if follows {
        Ok(())
    } else {
        Err(CeremonyFault::Content(
            "the first state does not belong to the inception beside it".into(),
        ))
    }
}

fn sorted<T, K: Ord>(mut all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    all.sort_by_key(|one| key(one));
    all.dedup_by_key(|one| key(one));
    all
}
