//! Recovering the elements that differ from the difference of two sketches.

use super::cell::Cell;
use super::mapping::Mapping;
use super::short::{CheckKey, Short};
use crate::limits;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a comparison ends: the other side's cells are not those of any set, or it costs too much. Of the first two honest nodes meet one in 2^32 cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeFault {
    /// One element came out twice, or more elements than cells: made so that recovering never ends.
    #[error("the peer's sketch gives one element twice, or more elements than cells")]
    Loop,
    /// What came out as ours is not held here, or what came out as theirs is.
    #[error("the peer's sketch contradicts what is held here")]
    Lie,
    /// More cells than any difference of these two sets takes.
    #[error("more cells than a difference of these sets takes")]
    Cells,
    /// More steps than a session may cost.
    #[error("the comparison costs more steps than it may")]
    Work,
}

/// Steps that are left. A step is a cell touched or an element looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work(u64);

impl Work {
    /// So many steps.
    pub fn new(steps: u64) -> Work {
        Work(steps)
    }

    /// Takes steps.
    ///
    /// # Errors
    /// [`DecodeFault::Work`] if none are left.
    pub fn spend(&mut self, steps: u64) -> Result<(), DecodeFault> {
        self.0 = self.0.checked_sub(steps).ok_or(DecodeFault::Work)?;
        Ok(())
    }

    /// What is left.
    pub fn left(&self) -> u64 {
        self.0
    }
}

/// What was recovered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What is here and not there, sorted.
    pub ours: Vec<Short>,
    /// What is there and not here, sorted.
    pub theirs: Vec<Short>,
}

impl Found {
    /// How many.
    pub fn len(&self) -> usize {
        self.ours.len() + self.theirs.len()
    }

    /// Whether nothing was recovered.
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty()
    }
}

/// Which rules are on. All of them; the tests switch one off to show what it is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Every received cell has to be empty in the end, not only the first.
    pub(super) every_cell: bool,
    /// No element twice, and no more elements than cells.
    pub(super) no_loop: bool,
    /// What is recovered is looked up.
    pub(super) looked_up: bool,
}

const ALL_RULES: Rules = Rules {
    every_cell: true,
    no_loop: true,
    looked_up: true,
};

/// What is known of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Taken for ours (1) or theirs (-1) before any cell said so.
    Assumed(i16),
    /// Came out of a cell.
    Recovered(i16),
    /// Came out with the other sign than assumed: it is on both sides, and counts no more.
    Corrected,
}

/// Whether anybody but the two sides can have shaped the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The key is public. With a few hundred records of one's own making, some at one node and some at another, a third party makes a cell of their difference look like one
    /// element, in the wrong place or with the wrong sign. So a cell that contradicts what is known is left as it is, and nobody is blamed.
    Cached,
    /// The key is of this session. What contradicts what is known was made by the other side.
    Salted,
}

/// Takes difference cells as they come, and recovers elements as soon as they can be.
#[derive(Debug)]
pub struct Decoder {
    key: CheckKey,
    tier: Tier,
    rules: Rules,
    cells: Vec<Cell>,
    /// Cells that are not empty, of the first `counted`.
    filled: usize,
    counted: usize,
    words: BTreeMap<Short, Word>,
    recovered: usize,
    /// Where each element goes on when more cells come.
    ahead: Vec<(Mapping, Short, u32, i16)>,
    queue: Vec<usize>,
}

impl Decoder {
    /// With no cells yet.
    pub fn new(key: CheckKey, tier: Tier) -> Decoder {
        Decoder {
            key,
            tier,
            rules: ALL_RULES,
            cells: Vec::new(),
            filled: 0,
            counted: 0,
            words: BTreeMap::new(),
            recovered: 0,
            ahead: Vec::new(),
            queue: Vec::new(),
        }
    }

    /// Without looking up what is recovered: for a tier in which a look-up goes through the whole set. The caller **must** look up all of [`Decoder::found`] in the end.
    #[must_use]
    pub fn looked_up_later(mut self) -> Decoder {
        self.rules.looked_up = false;
        self
    }

    #[cfg(test)]
    pub(super) fn with_rules(mut self, change: impl Fn(&mut Rules)) -> Decoder {
        change(&mut self.rules);
        self
    }

    /// How many cells came.
    pub fn received(&self) -> usize {
        self.cells.len()
    }

    /// How many elements came out of cells; those that were assumed do not count.
    pub fn recovered(&self) -> usize {
        self.recovered
    }

    /// The cells as they are now, what was recovered or assumed taken out.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Takes for granted that an element is here only (`ours`) or there only. If that is wrong the cells correct it.
    ///
    /// # Errors
    /// [`DecodeFault::Work`]. An element that is known already is left as it is.
    pub fn assume(&mut self, short: Short, ours: bool, work: &mut Work) -> Result<(), DecodeFault> {
        let sign = if ours { 1 } else { -1 };
        if self.words.contains_key(&short) {
            return Ok(());
        }
        self.words.insert(short, Word::Assumed(sign));
        self.take_out(short, sign, work)
    }

    /// Takes the next cells of the other set, with those of this set at the same places, and recovers what can be. `holds` says whether an element is held here.
    ///
    /// # Errors
    /// A [`DecodeFault`]: the comparison is over.
    pub fn push(
        &mut self,
        own: &[Cell],
        other: &[Cell],
        holds: &mut dyn FnMut(Short) -> bool,
        work: &mut Work,
    ) -> Result<(), DecodeFault> {
        let from = self.cells.len();
        let pairs = own.iter().zip(other).enumerate();
        self.cells
            .extend(pairs.map(|(i, (own, other))| own.minus(*other, from + i)));
        work.spend((self.cells.len() - from + self.ahead.len()) as u64)?;
        for at in 0..self.ahead.len() {
            if let Some((mapping, short, check, sign)) = self.ahead.get(at).copied() {
                let mapping = self.walk(mapping, short, check, sign, work)?;
                if let Some(entry) = self.ahead.get_mut(at) {
                    entry.0 = mapping;
                }
            }
        }
        self.filled += self.cells[from..]
            .iter()
            .enumerate()
            .filter(|(i, cell)| !cell.is_empty(from + i))
            .count();
        self.counted = self.cells.len();
        self.queue.extend(from..self.cells.len());
        self.peel(holds, work)
    }

    /// Whether all cells that came are explained by what was recovered. Never by the first cell alone, which crafted records empty easily; and never at all before
    /// [`limits::COMPARE_LEAST_CELLS`] came. It does not say that the sets are equal, not even if nothing was recovered: only roots say that.
    pub fn is_done(&self) -> bool {
        if self.rules.every_cell {
            self.cells.len() >= limits::COMPARE_LEAST_CELLS && self.filled == 0
        } else {
            self.cells.first().is_some_and(|cell| cell.is_empty(0))
        }
    }

    /// What was recovered so far, and what was assumed and not corrected.
    pub fn found(&self) -> Found {
        let mut found = Found::default();
        for (short, word) in &self.words {
            match word {
                Word::Assumed(1) | Word::Recovered(1) => found.ours.push(*short),
                Word::Assumed(_) | Word::Recovered(_) => found.theirs.push(*short),
                Word::Corrected => {}
            }
        }
        found
    }

    /// Takes an element out of all cells it is in, and remembers where it goes on.
    fn take_out(&mut self, short: Short, sign: i16, work: &mut Work) -> Result<(), DecodeFault> {
        let check = self.key.check(short);
        let mapping = self.walk(Mapping::new(short), short, check, sign, work)?;
        self.ahead.push((mapping, short, check, sign));
        Ok(())
    }

    fn walk(
        &mut self,
        mut mapping: Mapping,
        short: Short,
        check: u32,
        sign: i16,
        work: &mut Work,
    ) -> Result<Mapping, DecodeFault> {
        while let Some((index, cell)) = usize::try_from(mapping.index())
            .ok()
            .and_then(|i| self.cells.get_mut(i).map(|cell| (i, cell)))
        {
            work.spend(1)?;
            let was_empty = cell.is_empty(index);
            cell.apply(short, check, -sign);
            // Cells that just came are counted, and queued, afterwards.
            if index < self.counted {
                match (was_empty, cell.is_empty(index)) {
                    (true, false) => self.filled += 1,
                    (false, true) => self.filled -= 1,
                    _ => {}
                }
                self.queue.push(index);
            }
            mapping.advance();
        }
        Ok(mapping)
    }

    fn peel(
        &mut self,
        holds: &mut dyn FnMut(Short) -> bool,
        work: &mut Work,
    ) -> Result<(), DecodeFault> {
        while let Some(index) = self.queue.pop() {
            work.spend(1)?;
            let single = self
                .cells
                .get(index)
                .and_then(|cell| cell.single(index, self.key));
            let Some((short, sign)) = single else {
                continue;
            };
            let word = match self.words.get(&short) {
                None => Word::Recovered(sign),
                Some(Word::Assumed(assumed)) if *assumed == -sign => Word::Corrected,
                Some(_) if self.rules.no_loop => {
                    self.leave(DecodeFault::Loop)?;
                    continue;
                }
                Some(word) => *word,
            };
            // What was wrongly taken for theirs comes out as ours and is not held: they said they had it, and do not. What was wrongly taken for ours comes out as theirs and is
            // held, which is in order.
            let expected = word == Word::Corrected || sign == 1;
            if self.rules.looked_up && holds(short) != expected {
                self.leave(DecodeFault::Lie)?;
                continue;
            }
            self.recovered += 1;
            if self.rules.no_loop && self.recovered > self.cells.len() {
                return Err(DecodeFault::Loop);
            }
            self.words.insert(short, word);
            self.take_out(short, sign, work)?;
        }
        Ok(())
    }

    /// What to do about a cell that contradicts what is known.
    fn leave(&self, fault: DecodeFault) -> Result<(), DecodeFault> {
        match self.tier {
            Tier::Cached => Ok(()),
            Tier::Salted => Err(fault),
        }
    }
}
