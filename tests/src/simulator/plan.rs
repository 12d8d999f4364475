//! A scenario as data: who plays, what operators, the weather and bad luck do and when. Drawn from a seed; every part of it can be
//! left out, which is how a failing one becomes short.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use indaba_protocol::FeedName;

use super::acts::{Act, Move};
use super::cast::{self, FEEDS, INSTITUTIONS};
use super::node::Who;

/// One honest participant.
#[derive(Clone, Debug)]
pub(super) struct Role {
    /// Milliseconds its wall clock is off.
    pub(super) skew: i64,
    /// Institutions its operator accepts from the beginning.
    pub(super) accepts: BTreeSet<usize>,
    /// Feeds its operator follows from the beginning, by number, and whether quietly.
    pub(super) follows: BTreeMap<usize, bool>,
    /// Whom it knows besides its neighbours in the ring.
    pub(super) chord: Who,
}

/// What makes the network worse than it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Gossip is lost.
    Loss,
    /// Gossip comes twice, at once or long after.
    Doubles,
    /// Questions and answers are lost.
    LostQuestions,
    /// Publications find every queue full.
    FullQueues,
    /// Signature checks take long.
    SlowChecks,
    /// An engine commits a moment late, with what else came until then.
    LateCommits,
    /// Links have a latency that varies, so that messages overtake each other.
    SlowLinks,
    /// Wall clocks are wrong.
    WrongClocks,
    /// A hostile participant.
    Mallory,
}

pub(super) const TROUBLES: [(Trouble, &str); 9] = [
    (Trouble::Loss, "loss"),
    (Trouble::Doubles, "doubles"),
    (Trouble::LostQuestions, "lost-questions"),
    (Trouble::FullQueues, "full-queues"),
    (Trouble::SlowChecks, "slow-checks"),
    (Trouble::LateCommits, "late-commits"),
    (Trouble::SlowLinks, "slow-links"),
    (Trouble::WrongClocks, "wrong-clocks"),
    (Trouble::Mallory, "mallory"),
];

/// A part of a scenario that can be left out. What is left is a scenario in its own right: whoever is not there is expected to do
/// nothing, and what nobody follows nobody must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// A participant.
    Node(usize),
    /// A move, by its place in the plan.
    Move(usize),
    /// A participant accepts an institution from the beginning.
    Accepts(usize, usize),
    /// A participant follows a feed from the beginning.
    Follows(usize, usize),
    /// A trouble, by its place in the list of all.
    Trouble(usize),
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Node(who) => write!(f, "node:{who}"),
            Piece::Move(number) => write!(f, "move:{number}"),
            Piece::Accepts(who, institution) => write!(f, "accepts:{who}:{institution}"),
            Piece::Follows(who, feed) => write!(f, "follows:{who}:{feed}"),
            Piece::Trouble(number) => write!(f, "trouble:{}", TROUBLES[*number].1),
        }
    }
}

impl FromStr for Piece {
    type Err = String;

    fn from_str(text: &str) -> Result<Piece, String> {
        let mut words = text.split(':');
        let bad = || format!("`{text}` is no piece of a scenario, such as node:0 or move:12");
        let kind = words.next().unwrap_or_default();
        if kind == "trouble" {
            let name = words.next().unwrap_or_default();
            let number = TROUBLES.iter().position(|(_, known)| *known == name);
            return number.map(Piece::Trouble).ok_or_else(bad);
        }
        let numbers: Vec<usize> = words
            .map(|word| word.parse().map_err(|_| bad()))
            .collect::<Result<_, _>>()?;
        match (kind, numbers.as_slice()) {
            ("node", [who]) => Ok(Piece::Node(*who)),
            ("move", [number]) => Ok(Piece::Move(*number)),
            ("accepts", [who, institution]) => Ok(Piece::Accepts(*who, *institution)),
            ("follows", [who, feed]) => Ok(Piece::Follows(*who, *feed)),
            _ => Err(bad()),
        }
    }
}

/// Everything that will be done, by whom and when.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) seed: u64,
    /// Honest participants by number; those not [`present`](Plan::present) are never started.
    pub(super) roles: Vec<Role>,
    pub(super) present: BTreeSet<Who>,
    /// Every move, in the order of its drawing; those not in `made` are not made.
    pub(super) moves: Vec<Move>,
    pub(super) made: BTreeSet<usize>,
    pub(super) troubles: BTreeSet<Trouble>,
}

impl Plan {
    /// Everything of this plan that can be left out.
    pub fn pieces(&self) -> BTreeSet<Piece> {
        let mut pieces: BTreeSet<Piece> =
            self.present.iter().map(|who| Piece::Node(*who)).collect();
        pieces.extend(self.made.iter().map(|number| Piece::Move(*number)));
        for who in &self.present {
            let role = &self.roles[*who];
            pieces.extend(
                role.accepts
                    .iter()
                    .map(|other| Piece::Accepts(*who, *other)),
            );
            pieces.extend(role.follows.keys().map(|feed| Piece::Follows(*who, *feed)));
        }
        let troubles = TROUBLES.iter().enumerate();
        pieces.extend(
            troubles
                .filter(|(_, (trouble, _))| self.troubles.contains(trouble))
                .map(|(number, _)| Piece::Trouble(number)),
        );
        pieces
    }

    /// The same plan with nothing but these pieces.
    pub fn only(&self, pieces: &BTreeSet<Piece>) -> Plan {
        let mut plan = self.clone();
        plan.present
            .retain(|who| pieces.contains(&Piece::Node(*who)));
        plan.made.retain(|number| {
            pieces.contains(&Piece::Move(*number))
                && plan.moves[*number]
                    .act
                    .needs()
                    .is_none_or(|who| plan.present.contains(&who))
        });
        for (who, role) in plan.roles.iter_mut().enumerate() {
            role.accepts
                .retain(|other| pieces.contains(&Piece::Accepts(who, *other)));
            role.follows
                .retain(|feed, _| pieces.contains(&Piece::Follows(who, *feed)));
        }
        plan.troubles.retain(|trouble| {
            let number = TROUBLES.iter().position(|(known, _)| known == trouble);
            number.is_some_and(|number| pieces.contains(&Piece::Trouble(number)))
        });
        plan
    }

    pub(super) fn present(&self) -> &BTreeSet<Who> {
        &self.present
    }

    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// Who follows some feed quietly, from the beginning or later.
    pub(super) fn quiet(&self) -> BTreeSet<Who> {
        let wishes = Wishes::of(self);
        let is_quiet = |who: &Who| wishes.follows[*who].values().any(|quiet| *quiet);
        self.present.iter().copied().filter(is_quiet).collect()
    }

    /// The moves that are made, by time.
    pub(super) fn moves(&self) -> Vec<&Move> {
        let mut moves: Vec<&Move> = self
            .made
            .iter()
            .map(|number| &self.moves[*number])
            .collect();
        moves.sort_by_key(|made| made.at);
        moves
    }

    /// A ring and chords, and then as many links as it takes: whoever wants an author's records in a feed must reach that author
    /// over nodes that carry them. What nobody between them carries, no protocol can bring.
    pub(super) fn topology(&self) -> BTreeSet<(Who, Who)> {
        let there: Vec<Who> = self.present.iter().copied().collect();
        let wishes = Wishes::of(self);
        let mut mesh = Mesh {
            links: BTreeSet::new(),
            near: vec![Vec::new(); self.roles.len()],
        };
        for (place, &who) in there.iter().enumerate() {
            mesh.join(who, there[(place + 1) % there.len()]);
            let chord = self.roles[who].chord;
            if self.present.contains(&chord) {
                mesh.join(who, chord);
            }
        }
        for &author in &there {
            // What institutions sign about themselves first: everybody who accepts one carries it.
            for feed in std::iter::once(None).chain((0..FEEDS.len()).map(Some)) {
                let mut reached = wishes.reach(&mesh, author, feed);
                for &reader in &there {
                    if wishes.wants(reader, author, feed) && !reached[reader] {
                        mesh.join(reader, author);
                        reached = wishes.reach(&mesh, author, feed);
                    }
                }
            }
        }
        mesh.links
    }
}

/// Who is to be linked with whom.
struct Mesh {
    links: BTreeSet<(Who, Who)>,
    near: Vec<Vec<Who>>,
}

impl Mesh {
    fn join(&mut self, a: Who, b: Who) {
        if a != b && self.links.insert((a.min(b), a.max(b))) {
            self.near[a].push(b);
            self.near[b].push(a);
        }
    }
}

/// What everybody will have asked for by the end.
struct Wishes {
    accepts: Vec<BTreeSet<usize>>,
    follows: Vec<BTreeMap<usize, bool>>,
}

impl Wishes {
    fn of(plan: &Plan) -> Wishes {
        let mut wishes = Wishes {
            accepts: plan.roles.iter().map(|role| role.accepts.clone()).collect(),
            follows: plan.roles.iter().map(|role| role.follows.clone()).collect(),
        };
        for made in plan.moves() {
            match &made.act {
                Act::Accept(who, institution) => {
                    wishes.accepts[*who].insert(*institution);
                }
                Act::Follow { who, feed, quiet } => {
                    wishes.follows[*who].insert(*feed, *quiet);
                }
                _ => {}
            }
        }
        wishes
    }

    /// Whether somebody wants an author's records in a feed, or, without one, what its institution signs.
    fn wants(&self, reader: Who, author: Who, feed: Option<usize>) -> bool {
        let of = author % INSTITUTIONS;
        let accepts = reader % INSTITUTIONS == of || self.accepts[reader].contains(&of);
        accepts && feed.is_none_or(|feed| self.follows[reader].contains_key(&feed))
    }

    /// Whom that reaches, by number: over everybody who carries it on, which who follows quietly does not.
    fn reach(&self, mesh: &Mesh, author: Who, feed: Option<usize>) -> Vec<bool> {
        let carries =
            |who: Who| feed.is_none_or(|feed| self.follows[who].get(&feed) == Some(&false));
        let mut reached = vec![false; mesh.near.len()];
        reached[author] = true;
        let mut open = vec![author];
        while let Some(here) = open.pop() {
            for &other in &mesh.near[here] {
                if !reached[other] && self.wants(other, author, feed) {
                    reached[other] = true;
                    if carries(other) {
                        open.push(other);
                    }
                }
            }
        }
        reached
    }
}

impl Role {
    /// The feeds it follows from the beginning, by name.
    pub(super) fn feeds(&self) -> BTreeMap<FeedName, bool> {
        let named = |(feed, quiet): (&usize, &bool)| (cast::feed(FEEDS[*feed]), *quiet);
        self.follows.iter().map(named).collect()
    }
}

impl fmt::Display for Plan {
    /// The scenario in lines that can be read aloud.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let years = 365 * 86_400_000;
        for who in &self.present {
            let role = &self.roles[*who];
            write!(
                f,
                "{} of institution {}",
                cast::name(*who),
                who % INSTITUTIONS
            )?;
            if role.skew.abs() > years && self.has(Trouble::WrongClocks) {
                write!(f, ", clock {} years off", role.skew / years)?;
            }
            if !role.accepts.is_empty() {
                let accepts: Vec<_> = role.accepts.iter().map(ToString::to_string).collect();
                write!(f, ", accepts {}", accepts.join(" and "))?;
            }
            for (feed, quiet) in &role.follows {
                let how = if *quiet { " quietly" } else { "" };
                write!(f, ", follows {}{how}", FEEDS[*feed])?;
            }
            writeln!(f)?;
        }
        let links: Vec<_> = self
            .topology()
            .into_iter()
            .map(|(a, b)| format!("{} --- {}", cast::name(a), cast::name(b)))
            .collect();
        if !links.is_empty() {
            writeln!(f, "{}", links.join(", "))?;
        }
        let troubles: Vec<_> = TROUBLES
            .iter()
            .filter(|(trouble, _)| self.has(*trouble))
            .map(|(_, name)| *name)
            .collect();
        let troubles = if troubles.is_empty() {
            "none".to_owned()
        } else {
            troubles.join(", ")
        };
        writeln!(f, "troubles: {troubles}")?;
        for made in self.moves() {
            writeln!(f, "{made}")?;
        }
        Ok(())
    }
}
