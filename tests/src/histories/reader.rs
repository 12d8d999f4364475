//! Somebody who takes statements in one by one, and what they are shown: the rules of `protocol`, without an engine.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use indaba_protocol::alarm::Alarms;
use indaba_protocol::record::takes_effect;
use indaba_protocol::trust::{Acceptance, Policy, Testimony, Web};
use indaba_protocol::verdict::{LanePlace, Walk};
use indaba_protocol::{
    Alarm, Chain, CutList, Evidence, FeedName, Header, Held, Id, Key, Part, Standing, StateWord,
    Value, Verdict, Verified, VerifiedStatement, VoidReason, is_kept, judge, judge_signer,
};

use super::counts::Counts;
use super::flaw::Flaw;
use super::world::{Said, World};

/// A reader.
pub struct Reader {
    held: Held,
    policy: Policy,
    followed: BTreeSet<FeedName>,
    /// Alarms that came, and are not kept yet for want of the state they name.
    alarms_ahead: Vec<Verified<Alarm>>,
    alarms: Alarms,
    bodies: BTreeMap<Id, Value>,
    walks: RefCell<BTreeMap<Walk, BTreeMap<u64, Id>>>,
    flaw: Option<Flaw>,
    /// What a flawed reader goes by: verdicts at arrival, and the first withdrawal or revision of each record.
    once: BTreeMap<Id, Verdict>,
    first: BTreeMap<(Id, &'static str), Id>,
    once_accepted: BTreeSet<Id>,
}

/// What is held, as evidence for somebody with a policy, who remembers the lanes walked before as an engine does.
struct Seen<'r> {
    reader: &'r Reader,
    web: &'r Web,
}

impl Reader {
    /// Nothing held.
    pub fn new(policy: Policy, followed: BTreeSet<FeedName>, flaw: Option<Flaw>) -> Reader {
        let mut held = Held::new();
        for feed in &followed {
            held.follow(feed.clone());
        }
        Reader {
            held,
            policy,
            followed,
            alarms_ahead: Vec::new(),
            alarms: Alarms::default(),
            bodies: BTreeMap::new(),
            walks: RefCell::default(),
            flaw,
            once: BTreeMap::new(),
            first: BTreeMap::new(),
            once_accepted: BTreeSet::new(),
        }
    }

    /// Takes a statement in.
    pub fn take(&mut self, said: &Said) {
        let statement = said.statement();
        if self.flaw == Some(Flaw::DropsStatesAhead) && self.is_ahead(statement) {
            return;
        }
        match statement {
            VerifiedStatement::Alarm(alarm) => self.alarms_ahead.push(alarm.clone()),
            VerifiedStatement::Record(record) => {
                if is_word_matter(record)
                    && let Some(Ok((_, body))) = said.item.body().map(Part::open)
                {
                    self.bodies.insert(record.id(), body);
                }
                self.held.hold(statement.clone());
                self.note_flawed(record);
            }
            _ => {
                self.held.hold(statement.clone());
            }
        }
        self.keep_alarms();
        if self.flaw == Some(Flaw::AcceptsForEver) {
            let accepted = self.accepted();
            self.once_accepted.extend(accepted);
        }
    }

    fn is_ahead(&self, statement: &VerifiedStatement) -> bool {
        match statement {
            VerifiedStatement::State(state) => self
                .held
                .chain(&state.institution)
                .is_none_or(|chain| state.version > chain.version() + 1),
            _ => false,
        }
    }

    fn note_flawed(&mut self, record: &Verified<Header>) {
        if self.flaw.is_none() || self.once.contains_key(&record.id()) {
            return;
        }
        let verdict = self.verdict(record, &self.web());
        self.once.insert(record.id(), verdict);
        for rel in ["withdraws", "revises"] {
            for target in record.targets(rel) {
                self.first.entry((*target, rel)).or_insert(record.id());
            }
        }
    }

    /// Keeps the alarms that can be judged by now. An alarm that steps 1 and 2 of section 7 refuse is never kept.
    fn keep_alarms(&mut self) {
        let held = &self.held;
        let first_stays = self.flaw == Some(Flaw::FirstAlarmStays);
        let alarms = &mut self.alarms;
        self.alarms_ahead.retain(|alarm| {
            match judge_signer(&alarm.institution, &alarm.key, &alarm.state, held) {
                Verdict::Pending(_) => true,
                Verdict::Valid | Verdict::Quarantined | Verdict::Void(VoidReason::Cut) => {
                    let known = alarms.of(&alarm.institution, &alarm.against, &alarm.key);
                    if !(first_stays && known.is_some()) {
                        alarms.keep(alarm.clone());
                    }
                    false
                }
                _ => false,
            }
        });
    }

    /// Whom the policy accepts, given every word that counts.
    fn web(&self) -> Web {
        let records: BTreeMap<Id, (Verified<Header>, Option<Value>)> = self
            .held
            .records()
            .filter(|record| is_word_matter(record))
            .filter(|record| {
                let chain = self.held.chain(&record.institution);
                is_kept(record, chain.as_deref())
            })
            .map(|r| (r.id(), (r.clone(), self.bodies.get(&r.id()).cloned())))
            .collect();
        let nobody = Web::default();
        let seen = Seen {
            reader: self,
            web: &nobody,
        };
        let (testimony, _) = Testimony::of(&records, &seen);
        Web::new(self.policy.clone(), testimony).unwrap()
    }

    fn verdict(&self, record: &Verified<Header>, web: &Web) -> Verdict {
        let found = judge(record, &Seen { reader: self, web });
        match (self.flaw, self.once.get(&record.id())) {
            (Some(Flaw::JudgesOnce), Some(once)) if once.is_good() => *once,
            (Some(Flaw::FirstRecordStands), Some(Verdict::Valid))
                if found == Verdict::Contested =>
            {
                Verdict::Valid
            }
            _ => found,
        }
    }

    /// The institutions accepted.
    pub(super) fn accepted(&self) -> BTreeSet<Id> {
        self.web().accepted().copied().collect()
    }

    /// Judges everything held, as a reader who looks now; only what is remembered of it stays.
    pub fn look(&self) {
        let web = self.web();
        for record in self.held.records() {
            self.verdict(record, &web);
        }
    }

    /// The pinned states of an institution and the rivals kept, by version.
    pub fn chain(&self, institution: &Id) -> (Vec<Id>, Vec<Id>) {
        match self.held.chain(institution) {
            Some(chain) => (
                chain.states().iter().map(Verified::id).collect(),
                chain.rivals().map(Verified::id).collect(),
            ),
            None => (Vec::new(), Vec::new()),
        }
    }

    /// Everything shown of each record, one line a record, by id.
    pub fn shown(&self, world: &World, counts: &mut Counts) -> BTreeMap<Id, String> {
        let web = self.web();
        let verdicts: BTreeMap<Id, Verdict> = self
            .held
            .records()
            .map(|record| (record.id(), self.verdict(record, &web)))
            .collect();
        let mut effects: BTreeMap<(Id, &'static str), Vec<Id>> = BTreeMap::new();
        let records: BTreeMap<Id, &Verified<Header>> =
            self.held.records().map(|r| (r.id(), r)).collect();
        for by in records.values() {
            let verdict = verdicts[&by.id()];
            if !verdict.is_good() && verdict != Verdict::Quarantined {
                continue;
            }
            for rel in ["withdraws", "revises"] {
                for target in by.targets(rel) {
                    let Some(of) = records.get(target) else {
                        continue;
                    };
                    let Some(chain) = self.held.chain(&of.institution) else {
                        continue;
                    };
                    if self.flaw == Some(Flaw::FirstWithdrawalDecides)
                        && self.first.get(&(*target, rel)) != Some(&by.id())
                    {
                        continue;
                    }
                    match takes_effect(by, of, &chain) {
                        Ok(()) => effects.entry((*target, rel)).or_default().push(by.id()),
                        Err(_) => counts.without_effect += 1,
                    }
                }
            }
        }
        records
            .values()
            .map(|record| {
                let line = self.line(
                    world,
                    record,
                    verdicts[&record.id()],
                    &effects,
                    &web,
                    counts,
                );
                (record.id(), line)
            })
            .collect()
    }

    fn line(
        &self,
        world: &World,
        record: &Verified<Header>,
        verdict: Verdict,
        effects: &BTreeMap<(Id, &'static str), Vec<Id>>,
        web: &Web,
        counts: &mut Counts,
    ) -> String {
        let chain = self.held.chain(&record.institution);
        let id = record.id();
        let by = |rel: &'static str| effects.get(&(id, rel)).map_or(&[][..], Vec::as_slice);
        let accepted = web.acceptance(&record.institution) >= Acceptance::Limited;
        let alarms: Vec<Id> = match &chain {
            Some(chain) if accepted => self
                .alarms
                .about(chain, &record.key)
                .filter(|alarm| alarm.disputes(record))
                .map(Verified::id)
                .collect(),
            _ => Vec::new(),
        };
        let withdrawn = !by("withdraws").is_empty();
        let missing = record.lanes.iter().any(|lane| {
            let follows = lane.feed.is_registry() || self.followed.contains(&lane.feed);
            let prev = lane.prev.filter(|_| follows);
            prev.is_some_and(|prev| self.held.place(&prev, &lane.feed).is_none())
        });
        let standing = Standing {
            verdict,
            rival_states: chain.as_ref().is_some_and(|chain| chain.is_disputed()),
            alarmed: !alarms.is_empty(),
            withdrawn,
            superseded: !by("revises").is_empty(),
            // What comes before an adopted record lies beyond a cut as well.
            incomplete: missing && !withdrawn && verdict != Verdict::Adopted,
            stale: false,
        };
        let word = standing.word();
        counts.note(&standing, word);
        let mut line = format!("{verdict} {word}");
        for (what, ids) in [
            ("withdrawn by", by("withdraws")),
            ("revised by", by("revises")),
            ("warned of by", &alarms),
        ] {
            for id in ids {
                let _ = write!(line, ", {what} {}", world.call(id));
            }
        }
        if standing.rival_states {
            line.push_str(", rival states");
        }
        if web.vouch(&id).is_some() {
            line.push_str(", counts as a vouch");
            counts.words += 1;
        }
        debug_assert!(word != StateWord::Stale);
        line
    }
}

/// What may be a word of trust, or take one back.
fn is_word_matter(record: &Header) -> bool {
    record.lanes.iter().all(|lane| lane.feed.is_registry())
}

impl Evidence for Seen<'_> {
    fn chain(&self, institution: &Id) -> Option<Arc<Chain>> {
        self.reader.held.chain(institution)
    }

    fn cut_list(&self, id: &Id) -> Option<Arc<CutList>> {
        self.reader.held.cut_list(id)
    }

    fn place(&self, record: &Id, feed: &FeedName) -> Option<Option<LanePlace>> {
        self.reader.held.place(record, feed)
    }

    fn at_position(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Vec<Id> {
        self.reader.held.at_position(institution, key, feed, seq)
    }

    fn proof_at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> bool {
        self.reader.held.proof_at(institution, key, feed, seq)
    }

    fn follows(&self, feed: &FeedName) -> bool {
        self.reader.held.follows(feed)
    }

    fn accepts(&self, institution: &Id) -> bool {
        self.web.acceptance(institution) >= Acceptance::Limited
            || self.reader.once_accepted.contains(institution)
    }

    fn accepts_record(&self, record: &Header) -> bool {
        self.web.accepts_record(record) || self.reader.once_accepted.contains(&record.institution)
    }

    fn vouched(&self, institution: &Id) -> bool {
        self.web.is_vouched(institution)
    }

    fn reached(&self, walk: &Walk, seq: u64) -> Option<(Id, u64)> {
        let walks = self.reader.walks.borrow();
        let (seq, id) = walks.get(walk)?.range(seq..).next()?;
        Some((*id, *seq))
    }

    fn reaches(&self, walk: &Walk, id: Id, seq: u64) {
        let is_held = |id: &Id| self.place(id, &walk.feed).is_some();
        let mut walks = self.reader.walks.borrow_mut();
        let lowest = walks.get(walk).and_then(|steps| steps.first_key_value());
        let goes_on = match lowest {
            Some((lowest, _)) => *lowest == seq + 1,
            None => seq + 1 == walk.seq && is_held(&walk.last),
        };
        if goes_on && is_held(&id) {
            walks.entry(walk.clone()).or_default().insert(seq, id);
        }
    }
}
