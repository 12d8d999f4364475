//! What every node must hold in the end: exactly what it follows from the institutions it accepts, found complete, and judged as
//! every other node judges it.

use std::collections::{BTreeMap, BTreeSet};

use indaba::engine::order::{Order, Reply};
use indaba_protocol::verdict::Held;
use indaba_protocol::{FeedName, Header, Id, Key, Verdict, VerifiedStatement, judge};
use indaba_store::{FactKind, HeldReason, StoreError};

use super::node::Who;
use super::rule::Rule;
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

    /// Whether a node keeps what an institution that it accepts published so: in a feed that it follows, or signed by itself.
    fn follows(&self, who: Who, header: &Header) -> bool {
        let node = &self.nodes[who];
        let follows = |feed: &FeedName| feed.is_registry() || node.follows.contains_key(feed);
        header.key == node.key || header.feeds().any(follows)
    }

    /// What this node wants of all that was signed, and of that what is good by everything that was signed in this run.
    fn wanted(&self, who: Who) -> (BTreeSet<Id>, BTreeSet<Id>) {
        let node = &self.nodes[who];
        let wanted: BTreeSet<Id> = self
            .ledger
            .records
            .values()
            .filter(|header| {
                header.key == node.key
                    || (self.accepts(who, &header.institution) && self.follows(who, header))
            })
            .map(|header| header.id())
            .collect();
        let mut good = wanted.clone();
        if !self.authority.revoked.is_empty() {
            let all = self.everything(who);
            // Whose key was not revoked is good, whatever else is held.
            good.retain(|id| {
                let header = &self.ledger.records[id];
                !self.authority.revoked.contains_key(&header.key) || judge(header, &all).is_good()
            });
        }
        (wanted, good)
    }

    /// What was signed with revoked keys in this run, and what says so, as a node judges it.
    fn everything(&self, who: Who) -> Held {
        let mut all = self.judging(who);
        let revokes = |institution: &Id| {
            let mut keys = self.authority.revoked.values();
            keys.any(|revoked| revoked.list.institution == *institution)
        };
        for institution in self.institutions.iter().filter(|one| revokes(&one.id)) {
            for statement in &institution.statements {
                all.hold(statement.clone());
            }
        }
        for statement in &self.authority.statements {
            if revokes(&statement.institution()) {
                all.hold(statement.clone());
            }
        }
        for header in self.ledger.records.values() {
            if self.authority.revoked.contains_key(&header.key) {
                all.hold(VerifiedStatement::Record(header.clone()));
            }
        }
        all
    }

    /// A set that nothing is in yet, with the follows and anchors of a node.
    fn judging(&self, who: Who) -> Held {
        let node = &self.nodes[who];
        let mut held = Held::new();
        for feed in node.follows.keys() {
            held.follow(feed.clone());
        }
        for number in node.accepts.iter().chain([&node.institution]) {
            held.accept(self.institutions[*number].id);
        }
        held
    }

    /// What it lacks of that. Of two records at one place in a followed feed two must be there, and no gap leads to a third; elsewhere, in
    /// feeds that it only publishes in, one will do.
    fn lacks(&self, who: Who, good: &BTreeSet<Id>, held: &BTreeSet<Id>) -> Vec<Id> {
        let may_lack = |id: &Id| {
            let header = &self.ledger.records[id];
            let follows = header
                .feeds()
                .any(|feed| self.nodes[who].follows.contains_key(feed));
            let enough = if follows { 2 } else { 1 };
            header.lanes.iter().any(|lane| {
                let at = self.ledger.records_at(&header.key, lane);
                let others = at.filter(|other| other != id && held.contains(other));
                others.count() >= enough
            })
        };
        good.difference(held)
            .filter(|id| !may_lack(id))
            .copied()
            .collect()
    }

    /// What a node does not know of what institutions signed, and of contradictions that somebody knows of.
    fn lacks_facts(&self, who: Who) -> Result<Option<String>, StoreError> {
        let Some(run) = self.nodes[who].run.as_ref() else {
            return Ok(None);
        };
        for statement in &self.authority.statements {
            if self.accepts(who, &statement.institution())
                && !run.store.has_fact(&statement.id())?
            {
                let (kind, id) = (statement.kind().name(), brief(&statement.id()));
                return Ok(Some(format!("lacks {kind} {id}")));
            }
        }
        for key in &self.authority.cloned {
            let mut knowing = BTreeSet::new();
            for other in self.honest() {
                let Some(run) = self.nodes[other].run.as_ref() else {
                    continue;
                };
                for fact in run.store.facts_of_kind(FactKind::Equivocation)? {
                    if fact.key == Some(*key) && self.accepts(who, &fact.institution) {
                        knowing.insert(other);
                    }
                }
            }
            if !knowing.is_empty() && !knowing.contains(&who) {
                return Ok(Some(format!("lacks the proof against key {key}")));
            }
        }
        Ok(None)
    }

    /// What still differs somewhere, if anything.
    pub(super) fn difference(&mut self) -> Option<String> {
        for who in self.honest() {
            let (wanted, good) = self.wanted(who);
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
            let lacking = self.lacks(who, &good, &held);
            if let Some(missing) = lacking.first() {
                let count = lacking.len();
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
                    .map_or("?", |node| &*node.name);
                return Some(format!(
                    "{name} lacks {count}, among them {} of {author}, {}",
                    brief(missing),
                    places.join(", ")
                ));
            }
            if let Some(extra) = held.difference(&wanted).next() {
                return Some(format!(
                    "{name} keeps {}, which it does not follow or accept",
                    brief(extra)
                ));
            }
            match self.lacks_facts(who) {
                Ok(None) => {}
                Ok(Some(what)) => return Some(format!("{name} {what}")),
                Err(error) => return Some(format!("{name} cannot be read: {error}")),
            }
        }
        // Everything is there; last it is looked at whether everybody finds it so.
        for who in self.honest() {
            if let Some(what) = self.incomplete(who) {
                return Some(format!("{}: {what}", self.nodes[who].name));
            }
        }
        None
    }

    /// A followed feed that is whole and not found so, or the reverse.
    fn incomplete(&mut self, who: Who) -> Option<String> {
        let mut places: BTreeSet<(&FeedName, Key, u64)> = BTreeSet::new();
        for header in self.ledger.records.values() {
            if !self.accepts(who, &header.institution) {
                continue;
            }
            let revoked = self.authority.revoked.get(&header.key);
            for lane in &header.lanes {
                let end =
                    revoked.map(|revoked| revoked.list.entry(&lane.feed).map_or(0, |end| end.seq));
                if end.is_none_or(|end| lane.seq <= end) {
                    places.insert((&lane.feed, header.key, lane.seq));
                }
            }
        }
        let mut truth: BTreeMap<String, u64> = BTreeMap::new();
        for (feed, ..) in places {
            *truth.entry(feed.to_string()).or_default() += 1;
        }
        for view in self.feeds_of(who) {
            let there = truth.get(&view.feed).copied().unwrap_or_default();
            // Of a feed in which everything is revoked, both can be said.
            let is_said = view.state == "complete" || (there == 0 && view.state == "empty");
            if !is_said || view.held != there || view.expected != there || view.parts_missing != 0 {
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
                Err(error) => {
                    let what = format!("{name} cannot be read: {error}");
                    return self.fail(Rule::StoresRead, what);
                }
            };
            let said = self.verdicts(who);
            for (id, verdict) in &model {
                if said.get(id).is_some_and(|said| said != verdict) {
                    let said = &said[id];
                    let what = format!(
                        "{name} judges {} {said}; the set it holds says {verdict}",
                        brief(id)
                    );
                    return self.fail(Rule::VerdictsAgree, what);
                }
            }
            for (id, verdict) in said {
                self.counts.voided += u64::from(verdict.starts_with("VOID"));
                let (first, other) = agreed.entry(id).or_insert_with(|| (who, verdict.clone()));
                if *other != verdict {
                    let (first, other) = (self.nodes[*first].name.clone(), other.clone());
                    let what = format!(
                        "{name} judges {} {verdict}, {first} judges it {other}",
                        brief(&id)
                    );
                    return self.fail(Rule::VerdictsAgree, what);
                }
            }
        }
    }

    /// What waits apart is bounded, and none of it is what an honest node signed for an institution that is accepted here, but
    /// for records in feeds that nobody here follows: a liar may hand them over before the institution is accepted.
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
                Err(error) => return self.fail(Rule::StoresRead, error.to_string()),
            };
            for held in waiting {
                self.counts.quarantined += u64::from(held.why == HeldReason::Quarantine);
                if !self.accepts(who, &held.institution) {
                    continue;
                }
                let is_late = self.readings.open(&held.item).is_ok_and(|item| {
                    let follows = match item.statement() {
                        VerifiedStatement::Record(header) => self.follows(who, header),
                        _ => true,
                    };
                    follows && self.ledger.is_honest(item.statement())
                });
                if is_late {
                    let (name, id) = (&self.nodes[who].name, brief(&held.id));
                    let what = format!(
                        "{name} still holds back {id} of {}, which it accepts",
                        brief(&held.institution)
                    );
                    return self.fail(Rule::WaitingIsBounded, what);
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
                return self.fail(Rule::WaitingIsBounded, what);
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
        let mut held = self.judging(who);
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
                if let Ok(statement) = self.readings.read(&fact.bytes) {
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
        for waiting in run.store.held_page(None, 10_000)? {
            if waiting.why == HeldReason::Pending
                && let Ok(item) = self.readings.open(&waiting.item)
            {
                held.hold(item.statement().clone());
            }
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
