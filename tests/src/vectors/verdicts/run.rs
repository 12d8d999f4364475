//! Running the cases of sections 6 to 8 against the protocol crate.

use crate::vectors::case::hex;
use crate::vectors::check::{id, statements};
use indaba_protocol::alarm::Alarms;
use indaba_protocol::record::takes_effect;
use indaba_protocol::verdict::{Missing, Passage, Verdict, VoidReason, judge_signer, passage};
use indaba_protocol::{
    Alarm, Evidence, FeedName, Head, Held, Id, Key, Relay, Verified, VerifiedStatement, judge,
    judge_relay,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The members of a case that hold answers.
const ASKED: [&str; 6] = [
    "verdicts", "leads", "kept", "disputed", "effects", "relayed",
];

/// What a case expects is found in every order of the statements that are no states.
pub(in crate::vectors) fn case(case: &Json) -> Result<(), String> {
    let (states, others): (Vec<_>, Vec<_>) = statements(case)?.into_iter().partition(|s| {
        matches!(
            s,
            VerifiedStatement::Inception(_) | VerifiedStatement::State(_)
        )
    });
    let asks_nothing = |part: &str| match &case[part] {
        Json::Object(map) => map.is_empty(),
        Json::Array(list) => list.is_empty(),
        _ => true,
    };
    if ASKED.into_iter().all(asks_nothing) {
        return Err("nothing is asked".to_owned());
    }
    // As given, backwards, others first, and turned by each amount: order must not matter.
    let turned = |n: usize| {
        let mut others = others.clone();
        let by = n.min(others.len());
        others.rotate_left(by);
        [states.clone(), others].concat()
    };
    let mut orders: Vec<Vec<VerifiedStatement>> = (0..others.len().max(1)).map(turned).collect();
    orders.push(
        others
            .iter()
            .rev()
            .cloned()
            .chain(states.iter().cloned())
            .collect(),
    );
    for order in orders {
        let node = Node::new(case, order)?;
        for part in ASKED {
            if case.get(part).is_none() {
                continue;
            }
            let found = node.answer(part, &case[part])?;
            if found != case[part] {
                return Err(format!("{part}: expected {}, found {found}", case[part]));
            }
        }
    }
    Ok(())
}

/// What one node holds.
struct Node {
    held: Held,
    statements: BTreeMap<Id, VerifiedStatement>,
    alarms: Alarms,
    kept_alarms: BTreeMap<(Id, Key, Key), Id>,
    heads: BTreeMap<(Id, Key), Verified<Head>>,
}

impl Node {
    fn new(case: &Json, order: Vec<VerifiedStatement>) -> Result<Node, String> {
        let mut held = Held::new();
        for feed in case["followed"].as_array().into_iter().flatten() {
            held.follow(feed_of(feed)?);
        }
        let named = |part: &str| {
            let all = case[part].as_array().into_iter().flatten();
            all.map(|one| id(one.as_str().unwrap_or_default()))
                .collect::<Result<Vec<Id>, String>>()
        };
        named("accepted")?.into_iter().for_each(|i| held.accept(i));
        named("heard")?.into_iter().for_each(|i| held.hear(i));
        named("vouched")?.into_iter().for_each(|i| held.vouch(i));
        for charter in named("charters")? {
            held.accept_charter(charter);
        }
        for record in named("aside")? {
            held.keep_aside(record);
        }
        for statement in &order {
            held.hold(statement.clone());
        }
        let mut node = Node {
            held,
            statements: BTreeMap::new(),
            alarms: Alarms::default(),
            kept_alarms: BTreeMap::new(),
            heads: BTreeMap::new(),
        };
        for statement in order {
            node.keep(&statement);
            node.statements.insert(statement.id(), statement);
        }
        Ok(node)
    }

    fn keep(&mut self, statement: &VerifiedStatement) {
        let passes = |verdict| {
            !matches!(
                verdict,
                Verdict::Pending(_)
                    | Verdict::Void(VoidReason::RivalState | VoidReason::NotDelegated)
            )
        };
        match statement {
            VerifiedStatement::Alarm(a)
                if passes(self.signer(&a.institution, &a.key, &a.state)) =>
            {
                self.alarms.keep(a.clone());
                let kept = self.alarms.of(&a.institution, &a.against, &a.key);
                if let Some(kept) = kept {
                    let place = (a.institution, a.against, a.key);
                    self.kept_alarms.insert(place, kept.id());
                }
            }
            VerifiedStatement::Head(h) if passes(self.signer(&h.institution, &h.key, &h.state)) => {
                let kept = self.heads.get(&(h.institution, h.key));
                if kept.is_none_or(|kept| kept.beat < h.beat) {
                    self.heads.insert((h.institution, h.key), h.clone());
                }
            }
            _ => {}
        }
    }

    fn signer(&self, institution: &Id, key: &Key, state: &Id) -> Verdict {
        judge_signer(institution, key, state, &self.held)
    }

    fn statement(&self, name: &str) -> Result<&VerifiedStatement, String> {
        let found = self.statements.get(&id(name)?);
        found.ok_or(format!("{name} is none of the statements"))
    }

    fn answer(&self, part: &str, asked: &Json) -> Result<Json, String> {
        match part {
            "kept" => {
                let heads = self.heads.values().map(Verified::id);
                let mut kept: Vec<Id> = heads.chain(self.kept_alarms.values().copied()).collect();
                kept.sort();
                Ok(kept.iter().map(|id| hex(id.as_bytes())).collect())
            }
            "effects" => asked
                .as_array()
                .into_iter()
                .flatten()
                .map(|asked| {
                    let effect = self.takes_effect(&asked[0], &asked[1])?;
                    Ok(json!([asked[0], asked[1], effect]))
                })
                .collect(),
            "relayed" => asked
                .as_array()
                .into_iter()
                .flatten()
                .map(|asked| {
                    let statement = self.statement(asked[0].as_str().unwrap_or_default())?;
                    let feed = feed_of(&asked[1])?;
                    let relayed = judge_relay(statement, &feed, &self.held) == Relay::Accept;
                    Ok(json!([asked[0], asked[1], relayed]))
                })
                .collect(),
            _ => {
                let asked = asked.as_object().into_iter().flatten();
                let answers = asked.map(|(name, _)| {
                    let statement = self.statement(name)?;
                    let found = match part {
                        "verdicts" => json!(self.verdict(statement)?.to_string()),
                        "leads" => json!(self.leads(statement)?),
                        _ => json!(self.is_disputed(statement)?),
                    };
                    Ok((name.clone(), found))
                });
                answers
                    .collect::<Result<Map<String, Json>, String>>()
                    .map(Json::Object)
            }
        }
    }

    fn verdict(&self, statement: &VerifiedStatement) -> Result<Verdict, String> {
        Ok(match statement {
            VerifiedStatement::Record(s) => judge(s, &self.held),
            VerifiedStatement::Head(s) => self.signer(&s.institution, &s.key, &s.state),
            VerifiedStatement::Alarm(s) => self.signer(&s.institution, &s.key, &s.state),
            VerifiedStatement::Manifest(s) => self.signer(&s.institution, &s.key, &s.state),
            VerifiedStatement::Custody(s) => self.signer(&s.institution, &s.key, &s.state),
            VerifiedStatement::Receipt(s) => self.signer(&s.institution, &s.key, &s.state),
            _ => return Err("a verdict about what has none".to_owned()),
        })
    }

    fn leads(&self, statement: &VerifiedStatement) -> Result<&'static str, String> {
        let VerifiedStatement::Record(record) = statement else {
            return Err("a lane leads through records only".to_owned());
        };
        Ok(match passage(record, &self.held) {
            Passage::Leads => "yes",
            Passage::Open(Missing::CutList | Missing::Ancestry | Missing::State) => "open",
            Passage::None => "no",
        })
    }

    /// Whether a revision or a withdrawal takes effect on a record, its own verdict apart.
    fn takes_effect(&self, by: &Json, of: &Json) -> Result<bool, String> {
        let record = |name: &Json| match self.statement(name.as_str().unwrap_or_default())? {
            VerifiedStatement::Record(record) => Ok(record),
            _ => Err("only records take effect on records".to_owned()),
        };
        let (by, of) = (record(by)?, record(of)?);
        let chain = self.held.chain(&by.institution);
        Ok(chain.is_some_and(|chain| takes_effect(by, of, &chain).is_ok()))
    }

    /// Whether an alarm says so, of an institution that is accepted.
    fn is_disputed(&self, statement: &VerifiedStatement) -> Result<bool, String> {
        let VerifiedStatement::Record(record) = statement else {
            return Err("an alarm disputes records only".to_owned());
        };
        let Some(chain) = self.held.chain(&record.institution) else {
            return Ok(false);
        };
        let disputes = |alarm: &Verified<Alarm>| alarm.disputes(record);
        let disputed = self.alarms.about(&chain, &record.key).any(disputes);
        Ok(disputed && self.held.accepts(&record.institution))
    }
}

fn feed_of(name: &Json) -> Result<FeedName, String> {
    let text = name.as_str().ok_or(format!("{name} is no text"))?;
    text.parse::<FeedName>().map_err(|e| e.to_string())
}
