//! The property: what a reader is shown in the end does not depend on the order.

use std::collections::BTreeMap;

use indaba_protocol::institution::CutReason;
use indaba_protocol::{Id, VerifiedStatement};

use super::cast::{self, HOUSES, READER};
use super::counts::Counts;
use super::flaw::Flaw;
use super::history::{Difference, History, Order};
use super::reader::Reader;

/// How it ended in one order.
struct Ending {
    shown: BTreeMap<Id, String>,
    /// Of each institution, the states pinned and the rivals kept.
    chains: Vec<(Vec<Id>, Vec<Id>)>,
}

impl History {
    /// Takes the history in, in several orders, and compares. What it exercised, if nothing differs.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, flaw: Option<Flaw>) -> Result<Counts, Difference> {
        let mut counts = Counts::default();
        self.count(&mut counts);
        let orders = self.orders();
        let mut ended: Vec<Ending> = Vec::with_capacity(orders.len());
        for order in &orders {
            let ending = self.play(order, flaw, &mut counts);
            let differs = |what: String| Difference {
                what,
                order: self.names(order),
            };
            self.pins_what_came_first(order, &ending).map_err(differs)?;
            for (other, like) in ended.iter().zip(&orders) {
                self.compare(other, &ending)
                    .map_err(|what| differs(format!("{what}\nunlike {}", self.names(like))))?;
            }
            ended.push(ending);
        }
        counts.rival_pins += u64::from(ended.iter().any(|e| e.chains != ended[0].chains));
        Ok(counts)
    }

    fn play(&self, order: &Order, flaw: Option<Flaw>, counts: &mut Counts) -> Ending {
        let mut reader = Reader::new(self.policy(), self.followed.clone(), flaw);
        for (n, at) in order.arrivals.iter().enumerate() {
            reader.take(self.said(*at));
            if order.looks.is_some_and(|every| n % every == 0) {
                reader.look();
            }
        }
        counts.orders += 1;
        counts.statements += order.arrivals.len() as u64;
        counts.repeated += (order.arrivals.len() - self.present.len()) as u64;
        Ending {
            shown: reader.shown(&self.world, counts),
            chains: (0..HOUSES)
                .filter(|house| *house != READER)
                .map(|house| reader.chain(&cast::institution(house)))
                .collect(),
        }
    }

    /// Of rival states the one that came first is pinned, and of the others of its version the one with the smallest id is kept as proof.
    fn pins_what_came_first(&self, order: &Order, ending: &Ending) -> Result<(), String> {
        for (house, found) in ending.chains.iter().enumerate() {
            let expected = self.expected_chain(cast::institution(house), order);
            if *found != expected {
                let names = |ids: &[Id]| -> Vec<String> {
                    ids.iter()
                        .map(|id| self.world.call(id).to_owned())
                        .collect()
                };
                return Err(format!(
                    "of {} {:?} are pinned and {:?} kept as rivals, and should be {:?} and {:?}",
                    cast::name(house),
                    names(&found.0),
                    names(&found.1),
                    names(&expected.0),
                    names(&expected.1)
                ));
            }
        }
        Ok(())
    }

    pub(super) fn expected_chain(&self, institution: Id, order: &Order) -> (Vec<Id>, Vec<Id>) {
        let (mut pinned, mut rivals) = (Vec::new(), Vec::new());
        let holds = |id: &Id| self.statements().any(|said| said.statement().id() == *id);
        let mut before = institution;
        while holds(&before) {
            let mut next: Vec<Id> = Vec::new();
            for at in &order.arrivals {
                if let VerifiedStatement::State(state) = self.said(*at).statement()
                    && state.prev == before
                    && !next.contains(&state.id())
                {
                    next.push(state.id());
                }
            }
            let Some((first, others)) = next.split_first() else {
                break;
            };
            pinned.push(*first);
            rivals.extend(others.iter().min());
            before = *first;
        }
        (pinned, rivals)
    }

    /// What is shown is the same. Where other states are pinned, it is the same of every other institution, and of this one every record is
    /// disputed or void in both.
    fn compare(&self, one: &Ending, other: &Ending) -> Result<(), String> {
        let unlike: Vec<Id> = (0..one.chains.len())
            .filter(|house| one.chains[*house] != other.chains[*house])
            .map(cast::institution)
            .collect();
        if let Some(institution) = unlike.iter().find(|i| !self.rivals().contains(i)) {
            let name = (0..HOUSES).find(|house| cast::institution(*house) == *institution);
            return Err(format!(
                "other states of {} are pinned, and none has a rival",
                cast::name(name.unwrap_or(READER))
            ));
        }
        for said in self.statements() {
            let Some(record) = said.record() else {
                continue;
            };
            let (one, other) = (&one.shown[&record.id()], &other.shown[&record.id()]);
            let name = self.world.call(&record.id());
            if !unlike.contains(&record.institution) {
                if one != other {
                    return Err(format!("{name} is shown as\n  {other}\nand as\n  {one}"));
                }
            } else if let Some(line) = [one, other].into_iter().find(|line| {
                !line.contains("rival states")
                    || !(line.contains(" disputed") || line.starts_with("VOID"))
            }) {
                return Err(format!(
                    "{name} of an institution with rival states is shown as\n  {line}"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        counts.histories += 1;
        counts.rivals += u64::from(self.has_rivals());
        let inceptions = self
            .statements()
            .filter(|said| matches!(said.statement(), VerifiedStatement::Inception(_)));
        counts.two_houses += u64::from(inceptions.count() > 1);
        for said in self.statements() {
            counts.stolen += u64::from(said.stolen);
            match said.statement() {
                VerifiedStatement::State(state) => {
                    counts.rotations += u64::from(state.signers().len() > 1);
                    counts.delegated += state.delegations.len() as u64;
                    for cut in &state.cuts {
                        *match cut.reason {
                            CutReason::Retired => &mut counts.retired,
                            CutReason::Superseded => &mut counts.superseded_keys,
                            CutReason::Compromised => &mut counts.compromised,
                        } += 1;
                    }
                }
                VerifiedStatement::CutList(list) => {
                    counts.lists += 1;
                    counts.adoptions += u64::from(!list.adopted.is_empty());
                }
                VerifiedStatement::Record(record) => {
                    counts.records += 1;
                    counts.many_lanes += u64::from(record.lanes.len() > 1);
                    let corrects = ["withdraws", "revises"].map(|rel| record.targets(rel).count());
                    counts.many_targets += u64::from(corrects.iter().any(|count| *count > 1));
                    match record.kind.as_str() {
                        "withdrawal" => counts.withdrawals += 1,
                        "revision" => counts.revisions += 1,
                        "response" => counts.responses += 1,
                        "vouch" => counts.vouches += 1,
                        _ => {}
                    }
                }
                VerifiedStatement::Alarm(_) => counts.alarms += 1,
                VerifiedStatement::Head(_) => counts.heads += 1,
                VerifiedStatement::Equivocation(_) => counts.proofs += 1,
                _ => {}
            }
        }
    }
}
