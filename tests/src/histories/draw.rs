//! Drawing a world: what institutions, the machines that hold their node keys, and whoever stole one do one after the other.

use std::collections::BTreeMap;

use indaba_protocol::{
    Alarm, Equivocation, Head, Header, Id, Lane, LaneEnd, Link, Part, RecordDraft, Value, Verified,
    VerifiedItem, VerifiedStatement,
};

use super::cast::{self, FEEDS, REGISTRY, day, keys, map, network, node_key, text};
use super::states::{House, Signed};
use super::world::{Said, World};
use crate::chance::Chance;

/// The ends of a key's lanes, as one who signs with it knows them.
pub(super) type Tips = BTreeMap<&'static str, (u64, Id)>;

/// One who signs with a node key. Two of the same key, a machine and a thief or a machine and its restored backup, do not know of each
/// other and sign the same positions.
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) house: usize,
    pub(super) key: usize,
    stolen: bool,
    tips: Tips,
    pub(super) past: Vec<Tips>,
    beat: u64,
}

/// A world that is being drawn.
pub(super) struct Drawing {
    pub(super) chance: Chance,
    pub(super) houses: Vec<House>,
    pub(super) branches: Vec<Branch>,
    pub(super) records: Vec<Verified<Header>>,
    said: Vec<Said>,
    pub(super) called: BTreeMap<Id, String>,
    /// Counts up, so that no two statements are the same by chance.
    pub(super) days: u64,
    stealing: bool,
}

/// Steps of a world; each signs a statement or two.
const STEPS: (usize, usize) = (8, 22);

impl World {
    /// What a seed gives.
    pub fn draw(seed: u64) -> World {
        let mut chance = Chance::of(seed, "world");
        let houses = 1 + usize::from(chance.percent(50));
        let steps = chance.between(STEPS.0, STEPS.1);
        let mut drawing = Drawing {
            chance,
            houses: (0..houses).map(House::new).collect(),
            branches: Vec::new(),
            records: Vec::new(),
            said: Vec::new(),
            called: BTreeMap::new(),
            days: 0,
            stealing: false,
        };
        for house in 0..houses {
            let inception = cast::inception(house).clone();
            let name = cast::name(house);
            drawing.say(
                format!("inception of {name}"),
                format!("inception of {name}"),
                inception,
            );
            drawing.next_state(house);
            drawing.begin_branches(house);
        }
        for _ in 0..steps {
            drawing.step();
        }
        drawing.prove();
        World {
            said: drawing.said,
            called: drawing.called,
        }
    }
}

impl Drawing {
    pub(super) fn call(&self, id: &Id) -> &str {
        self.called
            .get(id)
            .map_or("what nobody made", String::as_str)
    }

    pub(super) fn say(&mut self, name: String, words: String, statement: VerifiedStatement) {
        let item = VerifiedItem::attach(statement, None, None).unwrap();
        self.say_item(name, words, item);
    }

    fn say_item(&mut self, name: String, words: String, item: VerifiedItem) {
        self.called.insert(item.statement().id(), name);
        self.said.push(Said {
            words,
            item,
            stolen: self.stealing,
        });
    }

    fn step(&mut self) {
        let house = self.chance.between(0, self.houses.len() - 1);
        self.stealing = false;
        match self.chance.between(0, 99) {
            0..=13 => {
                self.next_state(house);
                self.begin_branches(house);
            }
            14..=20 => self.copy_branch(house),
            21..=29 => self.alarm(house),
            30..=34 => self.head(house),
            _ => self.publish(house),
        }
        self.stealing = false;
    }

    /// Keys just delegated get a machine.
    fn begin_branches(&mut self, house: usize) {
        for key in self.houses[house].live() {
            if !self
                .branches
                .iter()
                .any(|b| (b.house, b.key) == (house, key))
            {
                self.branches.push(Branch {
                    house,
                    key,
                    stolen: false,
                    tips: Tips::new(),
                    past: Vec::new(),
                    beat: 0,
                });
            }
        }
    }

    fn branch(&mut self, house: usize) -> Option<usize> {
        let all = 0..self.branches.len();
        let some: Vec<usize> = all.filter(|b| self.branches[*b].house == house).collect();
        self.chance.pick(&some).copied()
    }

    /// A key gets into other hands, or a machine goes on from an older copy of itself.
    fn copy_branch(&mut self, house: usize) {
        let Some(of) = self.branch(house) else { return };
        let mut copy = self.branches[of].clone();
        if self.chance.percent(40)
            && let Some(older) = self.chance.pick(&copy.past)
        {
            copy.tips = older.clone();
        }
        copy.stolen = self.chance.percent(70);
        self.branches.push(copy);
    }

    /// The state a record names: the newest that lets the key sign; of a thief, and now and then, any other.
    fn state_for(&mut self, branch: &Branch) -> Id {
        let house = &self.houses[branch.house];
        let key = node_key(branch.house, branch.key);
        let lets = |state: &&Signed| state.delegations.iter().any(|held| held.key == key);
        let newest = house.states.iter().rev().find(lets);
        let mut any: Vec<Id> = house
            .states
            .iter()
            .chain(&house.rivals)
            .map(|s| s.id)
            .collect();
        any.push(cast::institution(branch.house));
        let percent = if branch.stolen { 30 } else { 8 };
        match newest {
            Some(newest) if !self.chance.percent(percent) => newest.id,
            _ => self.chance.pick(&any).copied().unwrap(),
        }
    }

    fn publish(&mut self, house: usize) {
        let Some(at) = self.branch(house) else { return };
        let branch = self.branches[at].clone();
        self.stealing = branch.stolen;
        let (kind, links, mut feeds, body) = self.matter(&branch);
        if feeds.is_empty() {
            let count = if self.chance.percent(35) { 2 } else { 1 };
            let mut all = FEEDS.to_vec();
            self.chance.shuffle(&mut all);
            feeds = all[..count].to_vec();
        }
        feeds.sort_unstable();
        feeds.dedup();
        let place = |feed: &&'static str| match branch.tips.get(feed) {
            Some((seq, last)) => (*feed, seq + 1, Some(*last)),
            None => (*feed, 1, None),
        };
        let mut places: Vec<_> = feeds.iter().map(place).collect();
        if self.chance.percent(3) {
            // It says that there is one before it that nobody ever made.
            places[0].1 += 1;
            places[0].2 = Some(Id::of(b"what nobody made"));
        }
        self.days += 1;
        let name = format!("r{}", self.days);
        let title = map(&[("title", text(&format!("Record {name} (example)")))]);
        let lanes = places.iter().map(|(feed, seq, prev)| Lane {
            feed: feed.parse().unwrap(),
            seq: *seq,
            prev: *prev,
        });
        let draft = RecordDraft {
            institution: cast::institution(branch.house),
            state: self.state_for(&branch),
            kind: kind.to_owned(),
            lanes: lanes.collect(),
            links: links
                .iter()
                .map(|(rel, target)| Link {
                    rel: (*rel).to_owned(),
                    target: *target,
                })
                .collect(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some(day(self.days)),
            card: Part::seal([1; 16], &title),
            body: Part::seal([2; 16], &body),
        };
        let state = draft.state;
        let item = draft
            .sign(&keys(branch.house).nodes[branch.key], &network().id())
            .unwrap();
        let record = item.record().unwrap().clone();
        let lanes: Vec<String> = places
            .iter()
            .map(|(feed, seq, prev)| {
                let prev = prev.map_or("nothing", |prev| self.call(&prev));
                format!("{feed} #{seq} after {prev}")
            })
            .collect();
        let of: Vec<String> = links
            .iter()
            .map(|(rel, target)| format!(", {rel} {}", self.call(target)))
            .collect();
        let words = format!(
            "{name}: {kind}{} by {}/key {}{} under {}, {}",
            of.concat(),
            cast::name(house),
            branch.key,
            if branch.stolen { " (stolen)" } else { "" },
            self.call(&state),
            lanes.join(", ")
        );
        self.say_item(name, words, item);
        let branch = &mut self.branches[at];
        for (feed, seq, _) in places {
            branch.tips.insert(feed, (seq, record.id()));
        }
        branch.past.push(branch.tips.clone());
        self.records.push(record);
    }

    /// Kind, links, feeds (none: any) and body of the next record.
    fn matter(
        &mut self,
        by: &Branch,
    ) -> (
        &'static str,
        Vec<(&'static str, Id)>,
        Vec<&'static str>,
        Value,
    ) {
        let plain = map(&[("licence", text("CC-BY-4.0"))]);
        let own: Vec<Verified<Header>> = self
            .records
            .iter()
            .filter(|record| record.institution == cast::institution(by.house))
            .cloned()
            .collect();
        let mut lot = self.chance.between(0, 99);
        if own.is_empty() && lot < 60 {
            lot = 99;
        }
        match lot {
            0..=41 => {
                let (kind, rel) = match self.chance.percent(65) {
                    true => ("withdrawal", "withdraws"),
                    false => ("revision", "revises"),
                };
                let vouches: Vec<_> = own.iter().filter(|r| r.kind == "vouch").cloned().collect();
                let among = match !vouches.is_empty() && self.chance.percent(40) {
                    true => &vouches,
                    false => &own,
                };
                let mut targets = vec![self.chance.pick(among).cloned().unwrap()];
                if self.chance.percent(30) {
                    targets.extend(self.chance.pick(&own).cloned());
                }
                if self.chance.percent(8) {
                    // Of anybody: it has no effect on what another institution signed.
                    targets.extend(self.chance.pick(&self.records).cloned());
                }
                let is_word = |record: &Verified<Header>| record.feeds().all(|f| f.is_registry());
                let feeds: Vec<&'static str> = match targets.iter().any(is_word) {
                    // Whatever is posted to the registry names no other feed.
                    true => vec![REGISTRY],
                    false => FEEDS
                        .into_iter()
                        .filter(|feed| {
                            let on = |r: &Verified<Header>| r.feeds().any(|f| f.as_str() == *feed);
                            targets.iter().any(on) && !self.chance.percent(8)
                        })
                        .collect(),
                };
                let mut links: Vec<_> = targets.iter().map(|t| (rel, t.id())).collect();
                links.sort();
                links.dedup();
                let body = match kind {
                    "withdrawal" => map(&[("reason", text("error"))]),
                    _ => map(&[
                        ("revised_kind", text("practice")),
                        ("reason", text("better")),
                    ]),
                };
                (kind, links, feeds, body)
            }
            42..=53 => {
                let to = self
                    .chance
                    .pick(&self.records)
                    .map_or(Id::of(b"none"), Verified::id);
                let body = map(&[("stance", text("endorse"))]);
                ("response", vec![("responds-to", to)], Vec::new(), body)
            }
            60..=77 => {
                let subject = cast::institution(1 - by.house);
                let body = map(&[
                    ("subject", Value::Bytes(subject.as_bytes().to_vec())),
                    ("level", text("known")),
                    ("depth", Value::Integer(0)),
                ]);
                ("vouch", Vec::new(), vec![REGISTRY], body)
            }
            78..=88 => ("lesson", Vec::new(), Vec::new(), plain),
            _ => ("practice", Vec::new(), Vec::new(), plain),
        }
    }

    /// A key of the institution warns about another; now and then again, and otherwise.
    fn alarm(&mut self, house: usize) {
        let (Some(by), Some(about)) = (self.branch(house), self.branch(house)) else {
            return;
        };
        let (by, about) = (self.branches[by].clone(), self.branches[about].clone());
        if by.key == about.key {
            return;
        }
        self.stealing = by.stolen;
        self.warn(&by, &about);
        if self.chance.percent(50) {
            self.warn(&by, &about);
        }
    }

    fn warn(&mut self, by: &Branch, about: &Branch) {
        let house = by.house;
        let good = self.chance.pick(&about.past).cloned().unwrap_or_default();
        self.days += 1;
        let alarm = Alarm {
            institution: cast::institution(house),
            key: node_key(house, by.key),
            state: self.state_for(by),
            against: node_key(house, about.key),
            good: ends(&good),
            day: day(self.days),
        };
        let alarm = alarm
            .sign(&keys(house).nodes[by.key], &network().id())
            .unwrap();
        let good: Vec<String> = good
            .iter()
            .map(|(feed, (seq, _))| format!("{feed} #{seq}"))
            .collect();
        let words = format!(
            "alarm {} of {}/key {} under {}: key {} is good up to [{}]",
            self.days,
            cast::name(house),
            by.key,
            self.call(&alarm.state),
            about.key,
            good.join(", ")
        );
        self.say(
            format!("alarm {}", self.days),
            words,
            VerifiedStatement::Alarm(alarm),
        );
    }

    fn head(&mut self, house: usize) {
        let Some(at) = self.branch(house) else { return };
        let branch = self.branches[at].clone();
        self.stealing = branch.stolen;
        self.days += 1;
        let head = Head {
            institution: cast::institution(house),
            key: node_key(house, branch.key),
            state: self.state_for(&branch),
            beat: branch.beat + 1,
            lanes: ends(&branch.tips),
            day: day(self.days),
            due: day(self.days),
        };
        let head = head
            .sign(&keys(house).nodes[branch.key], &network().id())
            .unwrap();
        let words = format!(
            "head {} of {}/key {}, beat {}",
            self.days,
            cast::name(house),
            branch.key,
            head.beat
        );
        self.say(
            format!("head {}", self.days),
            words,
            VerifiedStatement::Head(head),
        );
        self.branches[at].beat += 1;
    }

    /// Of some contradictions somebody makes a proof; of the others readers find out by themselves.
    fn prove(&mut self) {
        let signed: Vec<(VerifiedStatement, String)> = self
            .records
            .iter()
            .map(|record| (record.clone().into(), self.call(&record.id()).to_owned()))
            .collect();
        for (at, (one, called)) in signed.iter().enumerate() {
            for (other, rival) in &signed[at + 1..] {
                if !share_a_position(one, other) || !self.chance.percent(40) {
                    continue;
                }
                let Some(proof) = Equivocation::prove(one, other, &network().id()) else {
                    continue;
                };
                let words = format!("proof that {called} and {rival} take one position");
                self.say(
                    format!("proof {called} {rival}"),
                    words,
                    VerifiedStatement::Equivocation(proof.unwrap()),
                );
            }
        }
    }
}

fn share_a_position(one: &VerifiedStatement, other: &VerifiedStatement) -> bool {
    let (VerifiedStatement::Record(one), VerifiedStatement::Record(other)) = (one, other) else {
        return false;
    };
    one.key == other.key
        && one.lanes.iter().any(|lane| {
            other
                .lanes
                .iter()
                .any(|o| (&o.feed, o.seq) == (&lane.feed, lane.seq))
        })
}

fn ends(tips: &Tips) -> Vec<LaneEnd> {
    let ends = tips.iter().map(|(feed, (seq, last))| LaneEnd {
        feed: feed.parse().unwrap(),
        seq: *seq,
        last: *last,
    });
    let mut ends: Vec<LaneEnd> = ends.collect();
    ends.sort_by(|a, b| a.feed.cmp(&b.feed));
    ends
}
