//! Places in a lane, as ranges.

use super::limits;

/// Places as ranges, both ends included; rising, none touching the next. At most [`limits::RANGES_NAMED`]: of places that lie further
/// apart the last are left out, so a set may say less than it was told, and never more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places(Vec<(u64, u64)>);

impl Places {
    pub(super) fn of(ranges: &[(u64, u64)]) -> Places {
        let mut places = Places::default();
        for (first, last) in ranges {
            places.add(*first, *last);
        }
        places
    }

    pub(super) fn ranges(&self) -> &[(u64, u64)] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many places.
    pub(super) fn count(&self) -> u64 {
        let length = |(first, last): &(u64, u64)| (last - first).saturating_add(1);
        self.0
            .iter()
            .fold(0, |sum: u64, range| sum.saturating_add(length(range)))
    }

    pub(super) fn add(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        let (mut first, mut last) = (first, last);
        self.0.retain(|(a, b)| {
            let apart = b.saturating_add(1) < first || last.saturating_add(1) < *a;
            if !apart {
                first = first.min(*a);
                last = last.max(*b);
            }
            apart
        });
        let at = self.0.partition_point(|(a, _)| *a < first);
        self.0.insert(at, (first, last));
        self.0.truncate(limits::RANGES_NAMED);
    }

    pub(super) fn add_all(&mut self, others: &Places) {
        for (first, last) in &others.0 {
            self.add(*first, *last);
        }
    }

    /// Without the places from `first` to `last`.
    pub(super) fn remove(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        let mut left = Vec::with_capacity(self.0.len() + 1);
        for (a, b) in self.0.drain(..) {
            if a < first {
                left.push((a, b.min(first - 1)));
            }
            if b > last {
                left.push((a.max(last + 1), b));
            }
        }
        left.retain(|(a, b)| a <= b);
        left.truncate(limits::RANGES_NAMED);
        self.0 = left;
    }

    pub(super) fn without(&self, others: &Places) -> Places {
        let mut left = self.clone();
        for (first, last) in &others.0 {
            left.remove(*first, *last);
        }
        left
    }

    /// Those that are among the others as well.
    pub(super) fn among(&self, others: &Places) -> Places {
        let mut common = Places::default();
        for (a, b) in &self.0 {
            for (first, last) in &others.0 {
                common.add(*a.max(first), *b.min(last));
            }
        }
        common
    }

    /// Those up to a place.
    pub(super) fn upto(&self, last: u64) -> Places {
        let mut left = self.clone();
        if let Some(beyond) = last.checked_add(1) {
            left.remove(beyond, u64::MAX);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(places: &Places) -> BTreeSet<u64> {
        places.0.iter().flat_map(|(a, b)| *a..=*b).collect()
    }

    fn some() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((1..60u64, 0..9u64), 0..12)
            .prop_map(|ranges| ranges.into_iter().map(|(a, n)| (a, a + n)).collect())
    }

    proptest! {
        #[test]
        fn they_are_what_sets_are(a in some(), b in some(), upto in 0..70u64) {
            let (x, y) = (Places::of(&a), Places::of(&b));
            let sets = [&a, &b].map(|r| r.iter().flat_map(|(a, b)| *a..=*b).collect::<BTreeSet<u64>>());
            prop_assert_eq!(set(&x), sets[0].clone());
            prop_assert_eq!(x.count(), sets[0].len() as u64);
            prop_assert_eq!(set(&x.without(&y)), &sets[0] - &sets[1]);
            prop_assert_eq!(set(&x.among(&y)), &sets[0] & &sets[1]);
            let low: BTreeSet<u64> = sets[0].iter().copied().filter(|at| *at <= upto).collect();
            prop_assert_eq!(set(&x.upto(upto)), low);
            prop_assert!(x.0.windows(2).all(|w| w[0].1 + 1 < w[1].0));
        }
    }

    #[test]
    fn the_highest_number_overflows_nothing_and_scattered_places_are_bounded() {
        let mut all = Places::of(&[(1, u64::MAX)]);
        assert_eq!(all.count(), u64::MAX);
        assert_eq!(all.upto(u64::MAX), all);
        all.remove(5, u64::MAX);
        assert_eq!(all.ranges(), [(1, 4)]);
        let mut scattered = Places::default();
        for at in (2..10_000).step_by(2) {
            scattered.add(at, at);
        }
        assert_eq!(scattered.ranges().len(), limits::RANGES_NAMED);
        let mut whole = Places::of(&[(1, 10_000)]);
        for at in (2..10_000).step_by(2) {
            whole.remove(at, at);
        }
        assert_eq!(whole.ranges().len(), limits::RANGES_NAMED);
    }
}
