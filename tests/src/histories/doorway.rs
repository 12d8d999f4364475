//! The same property with the real engine over a real store: statements come by gossip, alone or in groups, some of them twice; a peer
//! answers what the engine asks; now and then the node stops, and starts again from its journal.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{Header, Id, Verified, VerifiedStatement};

use super::cast::{self, HOUSES, READER};
use super::counts::Counts;
use super::history::{Difference, History, Order};
use super::node::{Node, Told};
use super::reader::Reader;
use super::world::Said;
use crate::chance::Chance;

/// Comparisons with the peer after everything came: one that fetches a state may make the next one fetch what it names, and so on.
const COMPARISONS: usize = 6;

/// A node that is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorFlaw {
    /// Cut lists never come to it.
    LosesCutLists,
    /// Withdrawals never come to it.
    LosesWithdrawals,
}

impl DoorFlaw {
    /// All of them.
    pub const ALL: [DoorFlaw; 2] = [DoorFlaw::LosesCutLists, DoorFlaw::LosesWithdrawals];
}

/// How it ended in one order.
struct Ending {
    told: BTreeMap<Id, Told>,
    /// What the rules say of each record of a feed that is followed, given the states pinned there, and whom they accept.
    ruled: BTreeMap<Id, String>,
    accepted: BTreeSet<Id>,
    /// By institution, the states pinned and the rivals kept.
    chains: BTreeMap<Id, (Vec<Id>, Vec<Id>)>,
}

impl History {
    /// Takes the history in through the door of a node, in several orders, and compares what the node says in the end, with the other
    /// orders and with the rules. What it exercised, if nothing differs.
    ///
    /// Of an institution that is not accepted in the end the node need hold nothing that came while it was not, so of its records only
    /// that none is shown as good is asked for.
    ///
    /// # Errors
    /// The first difference.
    pub fn check_doorway(&self, flaw: Option<DoorFlaw>) -> Result<Counts, Difference> {
        let mut counts = Counts::default();
        self.count(&mut counts);
        let orders = self.orders();
        let mut ended: Vec<Ending> = Vec::new();
        for order in &orders {
            let ending = self.enter(order, flaw, &mut counts);
            let differs = |what: String| Difference {
                what,
                order: self.names(order),
            };
            self.as_ruled(&ending).map_err(differs)?;
            for (other, like) in ended.iter().zip(&orders) {
                self.alike(other, &ending)
                    .map_err(|what| differs(format!("{what}\nunlike {}", self.names(like))))?;
            }
            ended.push(ending);
        }
        counts.rival_pins += u64::from(ended.iter().any(|e| e.chains != ended[0].chains));
        Ok(counts)
    }

    fn enter(&self, order: &Order, flaw: Option<DoorFlaw>, counts: &mut Counts) -> Ending {
        let mut chance = Chance::of(self.number, order.words);
        let mut node = Node::start(self);
        let mut rest = order.arrivals.as_slice();
        while !rest.is_empty() {
            let most = *chance.pick(&[1, 1, 3, 8]).unwrap();
            let (group, later) = rest.split_at(chance.between(1, most).min(rest.len()));
            rest = later;
            for at in group {
                let said = self.said(*at);
                let is_lost = match (flaw, said.statement()) {
                    (Some(DoorFlaw::LosesCutLists), VerifiedStatement::CutList(_)) => true,
                    (Some(DoorFlaw::LosesWithdrawals), VerifiedStatement::Record(record)) => {
                        record.kind == "withdrawal"
                    }
                    _ => false,
                };
                if !is_lost {
                    node.push(said, &mut chance);
                }
            }
            node.settle();
            if chance.percent(4) {
                node.restart();
                counts.restarts += 1;
            }
        }
        for _ in 0..COMPARISONS {
            node.compare();
        }
        counts.orders += 1;
        counts.statements += order.arrivals.len() as u64;
        counts.repeated += (order.arrivals.len() - self.present.len()) as u64;
        let chains: BTreeMap<_, _> = (0..HOUSES)
            .filter(|house| *house != READER)
            .map(cast::institution)
            .map(|institution| (institution, node.chain(&institution)))
            .collect();
        let reader = self.ruled(&chains);
        Ending {
            told: self
                .records()
                .map(|record| (record.id(), node.told(&record.id(), counts)))
                .collect(),
            ruled: reader.shown(&self.world, counts),
            accepted: reader.accepted(),
            chains,
        }
    }

    /// What the rules of `protocol` say of everything that such a node holds, when these states are pinned.
    fn ruled(&self, chains: &BTreeMap<Id, (Vec<Id>, Vec<Id>)>) -> Reader {
        let mut reader = Reader::new(self.policy(), self.followed.clone(), None);
        let pinned: BTreeSet<Id> = chains
            .values()
            .flat_map(|(pinned, _)| pinned)
            .copied()
            .collect();
        let is_first = |said: &&Said| {
            pinned.contains(&said.statement().id())
                || matches!(said.statement(), VerifiedStatement::Inception(_))
        };
        let is_wanted = |said: &&Said| said.record().is_none_or(|record| self.follows(record));
        self.statements()
            .filter(is_first)
            .for_each(|said| reader.take(said));
        self.statements()
            .filter(is_wanted)
            .for_each(|said| reader.take(said));
        reader
    }

    fn follows(&self, record: &Header) -> bool {
        record
            .feeds()
            .any(|feed| feed.is_registry() || self.followed.contains(feed))
    }

    /// What is held is what the rules say, and what is not held may be absent.
    fn as_ruled(&self, ending: &Ending) -> Result<(), String> {
        for (institution, chain) in &ending.chains {
            if !ending.accepted.contains(institution) {
                continue;
            }
            // Of rivals that both waited for the state before them, either may be pinned; what is pinned and kept must fit together.
            let arrivals = self.present.iter().copied();
            let (first, rest): (Vec<usize>, Vec<usize>) =
                arrivals.partition(|at| chain.0.contains(&self.said(*at).statement().id()));
            let order = Order {
                arrivals: first.into_iter().chain(rest).collect(),
                looks: None,
                words: "",
            };
            if *chain != self.expected_chain(*institution, &order) {
                return Err("other states are pinned or kept than should be".to_owned());
            }
        }
        for record in self.records() {
            let told = &ending.told[&record.id()];
            let ruled = ending.ruled.get(&record.id()).map(String::as_str);
            let accepted = ending.accepted.contains(&record.institution);
            if !is_as_ruled(told, ruled, accepted, self.has_rivals()) {
                return Err(format!(
                    "{} is by the node\n  {told}\nand by the rules\n  {}",
                    self.world.call(&record.id()),
                    ruled.unwrap_or("not wanted")
                ));
            }
        }
        Ok(())
    }

    fn records(&self) -> impl Iterator<Item = &Verified<Header>> {
        self.statements().filter_map(Said::record)
    }

    /// What is shown of a record that is held in both orders is the same, byte for byte, as long as the same states are pinned.
    fn alike(&self, one: &Ending, other: &Ending) -> Result<(), String> {
        let unlike = |institution: &&Id| one.chains[*institution] != other.chains[*institution];
        let unlike: BTreeSet<Id> = one.accepted.iter().filter(unlike).copied().collect();
        if !unlike.is_subset(&self.rivals()) {
            return Err("other states are pinned, and none has a rival".to_owned());
        }
        // Where others are pinned, the rules were asked with those; why somebody is accepted may read differently then.
        for institution in one.accepted.iter().filter(|_| unlike.is_empty()) {
            for record in self.records().filter(|r| r.institution == *institution) {
                if let (Told::Held { all, .. }, Told::Held { all: again, .. }) =
                    (&one.told[&record.id()], &other.told[&record.id()])
                    && all != again
                {
                    let name = self.world.call(&record.id());
                    let (again, all) = apart(again, all);
                    return Err(format!("{name} is shown as\n  {again}\nand as\n  {all}"));
                }
            }
        }
        Ok(())
    }
}

/// Two texts from a little before where they differ.
fn apart<'t>(one: &'t str, other: &'t str) -> (&'t str, &'t str) {
    /// So much is enough to see what it is about.
    const CONTEXT: usize = 60;
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    let mut from = same.count().saturating_sub(CONTEXT);
    while !one.is_char_boundary(from) || !other.is_char_boundary(from) {
        from -= 1;
    }
    let cut = |text: &'t str| {
        let end =
            (from..text.len()).find(|at| *at > from + 4 * CONTEXT && text.is_char_boundary(*at));
        &text[from..end.unwrap_or(text.len())]
    };
    (cut(one), cut(other))
}

/// Whether the node may say this of a record of which the rules say that; nothing of one in no feed that is followed.
fn is_as_ruled(told: &Told, ruled: Option<&str>, accepted: bool, rivals: bool) -> bool {
    match (told, ruled) {
        (Told::Held { .. }, None) => false,
        (Told::Held { verdict, .. }, Some(_)) if !accepted => {
            !["VALID", "ADOPTED", "CONTESTED"].contains(&verdict.as_str())
        }
        (Told::Held { verdict, word, .. }, Some(ruled)) => {
            ruled.starts_with(&format!("{verdict} {word}"))
        }
        (Told::Waits | Told::Gone, None) => true,
        (Told::Waits, Some(_)) if !accepted => true,
        // Void, it may still be on the way to good ones.
        (Told::Waits, Some(ruled)) => ruled.starts_with("PENDING") || ruled.starts_with("VOID:cut"),
        // One that names a rival is refused, and stays so when a rival with a smaller id is kept in its place.
        (Told::Gone, Some(ruled)) => {
            ruled.starts_with("VOID")
                || (ruled.starts_with("PENDING:state") && (rivals || !accepted))
        }
    }
}
