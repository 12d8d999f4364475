//! A set in memory: what [`Held`] asks, in the plainest way.

use super::super::cell::Cell;
use super::super::feed_set::FeedSet;
use super::super::root::{Root, RootState};
use super::super::short::{CheckKey, Short};
use super::super::sketch::Sketch;
use super::{Cursor, Element, Held};
use crate::id::Id;
use crate::limits;
use std::collections::{BTreeMap, BTreeSet};

/// A set in memory, for measuring, for tests and vectors, and for programs that hold little. Nothing is kept; each feed takes 66 KiB and each element some 200 bytes.
#[derive(Debug, Clone)]
pub struct HeldInMemory {
    feeds: Vec<Id>,
    sets: Vec<FeedSet>,
    sum: Sketch,
    root: RootState,
    epoch: u32,
    /// By order of arrival.
    log: Vec<Option<(u32, Element)>>,
    places: BTreeMap<Short, usize>,
    days: BTreeSet<(u32, usize)>,
}

impl HeldInMemory {
    /// Of nothing, in these feeds (hashes of their names). `epoch` names its log of arrivals.
    pub fn new(feeds: &[Id], epoch: u32) -> HeldInMemory {
        let feeds: BTreeSet<Id> = feeds.iter().copied().collect();
        let feeds: Vec<Id> = feeds.into_iter().collect();
        HeldInMemory {
            sets: feeds.iter().copied().map(FeedSet::new).collect(),
            feeds,
            sum: Sketch::new(CheckKey::cached(), limits::COMPARE_PREFIX),
            root: RootState::default(),
            epoch,
            log: Vec::new(),
            places: BTreeMap::new(),
            days: BTreeSet::new(),
        }
    }

    /// The short id of an element, in the cached tier. Nothing if there is no such feed.
    pub fn short(&self, element: &Element) -> Option<Short> {
        Some(self.sets.get(element.feed)?.short(&element.id))
    }

    /// Takes an element in, unless it is there, or its feed is not. Of two with one short id the first is found.
    pub fn insert(&mut self, day: u32, element: Element) -> bool {
        let Some(short) = self.short(&element) else {
            return false;
        };
        if self.places.contains_key(&short) {
            return false;
        }
        if let Some(set) = self.sets.get_mut(element.feed) {
            set.insert(&element.id);
            self.root.insert(set.feed(), &element.id);
        }
        self.sum.insert(short);
        self.places.insert(short, self.log.len());
        self.days.insert((day, self.log.len()));
        self.log.push(Some((day, element)));
        true
    }

    /// Takes an element out, if it is there.
    pub fn remove(&mut self, element: &Element) -> bool {
        let Some(short) = self.short(element) else {
            return false;
        };
        let Some(place) = self.places.remove(&short) else {
            return false;
        };
        if let Some(set) = self.sets.get_mut(element.feed) {
            set.remove(&element.id);
            self.root.remove(set.feed(), &element.id);
        }
        self.sum.remove(short);
        if let Some((day, _)) = self.log.get_mut(place).and_then(Option::take) {
            self.days.remove(&(day, place));
        }
        true
    }
}

impl Held for HeldInMemory {
    fn feeds(&self) -> &[Id] {
        &self.feeds
    }

    fn count(&self) -> u64 {
        self.places.len() as u64
    }

    fn root(&self) -> Root {
        self.root.digest()
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq: self.log.len() as u64,
        }
    }

    fn cells(&self) -> &[Cell] {
        self.sum.cells()
    }

    fn find(&self, short: Short) -> Option<Element> {
        let place = self.places.get(&short)?;
        self.log.get(*place)?.map(|(_, element)| element)
    }

    fn each(&self, visit: &mut dyn FnMut(Element)) {
        for (_, element) in self.log.iter().flatten() {
            visit(*element);
        }
    }

    fn arrived(&self, after: u64, visit: &mut dyn FnMut(Element) -> bool) {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        for (_, element) in self.log.get(after..).into_iter().flatten().flatten() {
            if !visit(*element) {
                return;
            }
        }
    }

    fn newest(&self, visit: &mut dyn FnMut(u32, Element) -> bool) {
        for (day, place) in self.days.iter().rev() {
            if let Some(Some((_, element))) = self.log.get(*place)
                && !visit(*day, *element)
            {
                return;
            }
        }
    }
}
