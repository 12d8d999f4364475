//! Two sets that agree, made to differ and to agree again.

use indaba_bench::chance::Chance;
use indaba_protocol::Id;
use indaba_protocol::reconciliation::{Cursor, Element, Held, HeldInMemory, Root};

use crate::{Cost, ours, peer};

/// Where the differences lie, in the order of the days that statements claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Scattered,
    Tail,
    TailAndHoles,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Place::Scattered => "anywhere",
            Place::Tail => "newest",
            Place::TailAndHoles => "newest, and 20 holes",
        }
    }
}

/// Whether the two have a place in each other's log of arrivals from which on they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    First,
    Again,
}

impl Meeting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Meeting::First => "no",
            Meeting::Again => "yes",
        }
    }
}

/// Older elements that one side lacks.
const HOLES: u64 = 20;
/// Day 0 of the sets.
const DAY: u32 = 1 << 31;

pub(crate) struct Sets {
    pub(crate) a: HeldInMemory,
    pub(crate) b: HeldInMemory,
    size: u64,
    /// Where the two agreed.
    pub(crate) agreed: (Cursor, Cursor, Root),
    /// What was added to one or the other.
    pub(crate) only: [Vec<(u32, Element)>; 2],
    /// All that both have, for the peer.
    pub(crate) common: Vec<(u32, Element)>,
}

fn feed() -> Id {
    Id::of(b"region:example")
}

fn element(chance: &mut Chance) -> Element {
    let mut id = [0; 32];
    chance.fill(&mut id);
    Element {
        feed: 0,
        id: Id::from_bytes(id),
    }
}

impl Sets {
    /// One element a second, as it were: each claims a day of its own.
    pub(crate) fn new(size: u64) -> Sets {
        let mut chance = Chance::of(16, size);
        let mut a = HeldInMemory::new(&[feed()], 1);
        let mut common = Vec::new();
        for n in 0..size {
            let one = (DAY + n as u32, element(&mut chance));
            a.insert(one.0, one.1);
            common.push(one);
        }
        let b = a.clone();
        Sets {
            agreed: (a.cursor(), b.cursor(), a.root()),
            a,
            b,
            size,
            only: [Vec::new(), Vec::new()],
            common,
        }
    }

    /// Half of the differences here, half there.
    pub(crate) fn differ(&mut self, differences: u64, place: Place, seed: u64) {
        self.agreed = (self.a.cursor(), self.b.cursor(), self.a.root());
        let mut chance = Chance::of(seed, self.size ^ differences << 32);
        let holes = if place == Place::TailAndHoles {
            HOLES
        } else {
            0
        };
        for n in 0..differences + holes {
            let day = match place {
                Place::Scattered => chance.below(self.size),
                _ if n >= differences => chance.below(self.size),
                _ => self.size + n,
            };
            let one = (DAY + day as u32, element(&mut chance));
            let side = (n % 2) as usize;
            let set = if side == 0 { &mut self.a } else { &mut self.b };
            set.insert(one.0, one.1);
            self.only[side].push(one);
        }
    }

    /// Takes out again what was put in.
    pub(crate) fn agree(&mut self) {
        let [a, b] = &mut self.only;
        for (_, one) in a.drain(..) {
            self.a.remove(&one);
        }
        for (_, one) in b.drain(..) {
            self.b.remove(&one);
        }
    }
}

/// Two sets of this size with so much in common; with nothing in common one of them is empty.
pub(crate) fn apart(size: u64, common: u64) -> (Cost, Cost) {
    let mut sets = Sets::new(common);
    let mut chance = Chance::of(17, size);
    for side in [0, 1] {
        if common == 0 && side == 0 {
            continue;
        }
        for _ in common..size {
            let one = (DAY + chance.below(size) as u32, element(&mut chance));
            let set = if side == 0 { &mut sets.a } else { &mut sets.b };
            set.insert(one.0, one.1);
            sets.only[side].push(one);
        }
    }
    (ours::run(&sets, Meeting::First), peer::run(&sets))
}
