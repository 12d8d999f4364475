//! What every node must hold in the end: exactly what it follows from the institutions it accepts, found complete, and judged as
//! every other node judges it.

use std::collections::{BTreeMap, BTreeSet};

use indaba::engine::order::{Order, Reply};
use indaba_protocol::verdict::Held;
use indaba_protocol::{FeedName, Id, Verdict, VerifiedStatement, judge, open_item, read};
use indaba_store::{FactKind, HeldReason, StoreError};

use super::node::Who;
use super::world::{World, brief};

impl World {
    /// Whether an operator accepts what an institution signs.
    fn accepts(&self, who: Who, institution: &Id) -> bool {
        let node = &self.nodes[who];
        let number = self
            .institutions
            .iter()
            .position(|known| known.id == *institution);
        number.is_some_and(|number| number == node.institution || node.accepts.contains(&number))
    }

    /// What this node should hold of all that was signed.
    fn expected(&self, who: Who) -> BTreeSet<Id> {
        let node = &self.nodes[who];
        let wanted = |feed: &FeedName| feed.is_registry() || node.follows.contains_key(feed);
        self.ledger
            .records
            .values()
            .filter(|header| {
                header.key == node.key
                    || (self.accepts(who, &header.institution) && header.feeds().any(wanted))
            })
            .map(|header| header.id())
            .collect()
    }

    /// What still differs somewhere, if anything.
    pub(super) fn difference(&mut self) -> Option<String> {
        for who in self.honest() {
            let expected = self.expected(who);
            let name = self.nodes[who].name.clone();
            let Some(run) = self.nodes[who].run.as_ref() else {
                return Some(format!("{name} is down"));
            };
            let mut held = BTreeSet::new();
            let mut cursor = 0;
            while let Ok(page) = run.store.page(cursor, 500) {
                let Some((last, _)) = page.last() else { break };
                cursor = *last;
                held.extend(page.into_iter().map(|(_, id)| id));
            }
            if let Some(missing) = expected.difference(&held).next() {
                let count = expected.difference(&held).count();
                let header = &self.ledger.records[missing];
                let places: Vec<_> = header
                    .lanes
                    .iter()
                    .map(|lane| format!("{} #{}", lane.feed, lane.seq))
                    .collect();
                let author = self
                    .nodes
                    .iter()
                    .find(|node| node.key == header.key)
                    .map_or("?", |node| node.name.as_str());
                return Some(format!(
                    "{name} lacks {count}, among them {} of {author}, {}",
                    brief(missing),
                    places.join(", ")
                ));
            }
            if let Some(extra) = held.difference(&expected).next() {
                return Some(format!(
                    "{name} keeps {}, which it does not follow or accept",
                    brief(extra)
                ));
            }
            if let Some(what) = self.incomplete(who) {
                return Some(format!("{name}: {what}"));
            }
        }
        None
    }

    /// A followed feed that is whole and not found so, or the reverse.
    fn incomplete(&mut self, who: Who) -> Option<String> {
        let mut truth: BTreeMap<String, u64> = BTreeMap::new();
        for header in self
            .ledger
            .records
            .values()
            .filter(|header| self.accepts(who, &header.institution))
        {
            for feed in header.feeds() {
                *truth.entry(feed.to_string()).or_default() += 1;
            }
        }
        for view in self.feeds_of(who) {
            let there = truth.get(&view.feed).copied().unwrap_or_default();
            let state = if there == 0 { "empty" } else { "complete" };
            if view.state != state
                || view.held != there
                || view.expected != there
                || view.parts_missing != 0
            {
                let (held, expected, parts) = (view.held, view.expected, view.parts_missing);
                return Some(format!(
                    "{} is called {}, {held} of {expected} and {parts} parts missing; there are {there}",
                    view.feed, view.state
                ));
            }
        }
        None
    }

    /// The verdict is a function of the set held: the engine's is the one that the protocol gives on the same set taken in in
    /// another order, and all nodes that accept the signer agree.
    pub(super) fn check_verdicts(&mut self) {
        let mut agreed: BTreeMap<Id, (Who, String)> = BTreeMap::new();
        for who in self.honest() {
            let name = self.nodes[who].name.clone();
            let model = match self.model(who) {
                Ok(model) => model,
                Err(error) => return self.fail(format!("{name} cannot be read: {error}")),
            };
            let said = self.verdicts(who);
            for (id, verdict) in &model {
                if said.get(id).is_some_and(|said| said != verdict) {
                    let said = &said[id];
                    return self.fail(format!(
                        "{name} judges {} {said}; the set it holds says {verdict}",
                        brief(id)
                    ));
                }
            }
            for (id, verdict) in said {
                let (first, other) = agreed.entry(id).or_insert_with(|| (who, verdict.clone()));
                if *other != verdict {
                    let (first, other) = (self.nodes[*first].name.clone(), other.clone());
                    return self.fail(format!(
                        "{name} judges {} {verdict}, {first} judges it {other}",
                        brief(&id)
                    ));
                }
            }
        }
    }

    /// What waits apart is bounded, and none of it is what an honest node signed for an institution that is accepted here.
    pub(super) fn check_waiting(&mut self) {
        for who in self.honest() {
            let Some(run) = self.nodes[who].run.as_ref() else {
                continue;
            };
            let (uses, waiting) = match run
                .store
                .held_uses()
                .and_then(|uses| Ok((uses, run.store.held_page(None, 10_000)?)))
            {
                Ok(read) => read,
                Err(error) => return self.fail(error.to_string()),
            };
            for held in waiting {
                self.counts.quarantined += u64::from(held.why == HeldReason::Quarantine);
                let honest = open_item(&self.net, &held.item)
                    .is_ok_and(|item| self.ledger.is_honest(item.statement()));
                if honest && self.accepts(who, &held.institution) {
                    let (name, id) = (&self.nodes[who].name, brief(&held.id));
                    let what = format!(
                        "{name} still holds back {id} of {}, which it accepts",
                        brief(&held.institution)
                    );
                    return self.fail(what);
                }
            }
            let most = indaba::engine::limits::PENDING_PER_INSTITUTION
                .max(indaba::engine::limits::QUARANTINE_RECORDS);
            if let Some((institution, used)) = uses.into_iter().find(|(_, used)| used.count > most)
            {
                let what = format!(
                    "{} holds {} statements of {}",
                    self.nodes[who].name,
                    used.count,
                    brief(&institution)
                );
                return self.fail(what);
            }
        }
    }

    /// What a node says about every record in the feeds it follows.
    fn verdicts(&mut self, who: Who) -> BTreeMap<Id, String> {
        let feeds: Vec<String> = self.nodes[who]
            .follows
            .keys()
            .map(ToString::to_string)
            .collect();
        let mut verdicts = BTreeMap::new();
        for feed in feeds {
            let mut after = None;
            loop {
                let order = Order::Feed {
                    feed: feed.clone(),
                    after,
                    limit: 500,
                    newest: false,
                };
                let Some(Reply::Feed { records, next, .. }) = self.ask(who, order) else {
                    break;
                };
                for record in records {
                    if let Ok(id) = record.id.parse() {
                        verdicts.insert(id, record.verdict);
                    }
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        verdicts
    }

    /// The verdicts on the set a node holds, by the protocol alone. Records go in backwards.
    fn model(&self, who: Who) -> Result<BTreeMap<Id, String>, StoreError> {
        let node = &self.nodes[who];
        let mut held = Held::new();
        node.follows
            .keys()
            .for_each(|feed| held.follow(feed.clone()));
        for number in node.accepts.iter().chain([&node.institution]) {
            held.accept(self.institutions[*number].id);
        }
        let Some(run) = node.run.as_ref() else {
            return Ok(BTreeMap::new());
        };
        for kind in [
            FactKind::Inception,
            FactKind::State,
            FactKind::RivalState,
            FactKind::CutList,
            FactKind::Equivocation,
        ] {
            for fact in run.store.facts_of_kind(kind)? {
                if let Ok(statement) = read(&self.net, &fact.bytes) {
                    held.hold(statement);
                }
            }
        }
        let mut records = Vec::new();
        let mut cursor = 0;
        loop {
            let page = run.store.page(cursor, 500)?;
            let Some((last, _)) = page.last() else { break };
            cursor = *last;
            records.extend(
                page.into_iter()
                    .filter_map(|(_, id)| self.ledger.records.get(&id))
                    .cloned(),
            );
        }
        for header in records.iter().rev() {
            held.hold(VerifiedStatement::Record(header.clone()));
        }
        let verdict = |header| -> Verdict { judge(header, &held) };
        Ok(records
            .iter()
            .map(|header| (header.id(), verdict(header).to_string()))
            .collect())
    }
}
