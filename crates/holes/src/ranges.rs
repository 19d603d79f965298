//! Sets of bytes as sorted, disjoint ranges.
//!
//! Not here: what the bytes mean, and any reading of them.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of bytes, kept as half-open ranges that are sorted, not empty, and neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// First byte of each range to the byte after its last.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the bytes of `range`, merging it with what it overlaps or touches. An empty range adds nothing.
    pub fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let Range { mut start, mut end } = range;
        while let Some((&from, &to)) = self.ends.range(..=end).next_back() {
            if to < start {
                break;
            }
            self.ends.remove(&from);
            start = start.min(from);
            end = end.max(to);
        }
        self.ends.insert(start, end);
    }

    /// Takes the bytes of `range` out; what is left of a range that it cuts stays.
    pub fn remove(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        while let Some((&from, &to)) = self.ends.range(..range.end).next_back() {
            if to <= range.start {
                break;
            }
            self.ends.remove(&from);
            if to > range.end {
                self.ends.insert(range.end, to);
            }
            if from < range.start {
                self.ends.insert(from, range.start);
            }
        }
    }

    /// Whether every byte of `range` is in the set. True for an empty range.
    #[must_use]
    pub fn contains(&self, range: Range<u64>) -> bool {
        range.is_empty() || self.ends.range(..=range.start).next_back().is_some_and(|(_, &to)| range.end <= to)
    }

    /// Whether any byte of `range` is in the set. False for an empty range.
    #[must_use]
    pub fn overlaps(&self, range: Range<u64>) -> bool {
        !range.is_empty() && self.ends.range(..range.end).next_back().is_some_and(|(_, &to)| range.start < to)
    }

    /// The ranges in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.ends.iter().map(|(&from, &to)| from..to)
    }

    /// What of the set is in `range`, in ascending order.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let before = self.ends.range(..range.start).next_back().map(|(&from, &to)| from..to);
        let inside = self.ends.range(range.start..range.end.max(range.start)).map(|(&from, &to)| from..to);
        before
            .into_iter()
            .chain(inside)
            .map(move |found| found.start.max(range.start)..found.end.min(range.end))
            .filter(|found| !found.is_empty())
    }

    /// How many ranges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no byte is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes are in the set.
    #[must_use]
    pub fn total(&self) -> u64 {
        // The ranges are disjoint, so the sum is at most `u64::MAX`.
        self.iter().map(|range| range.end - range.start).sum()
    }

    /// The bytes that are in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Self::new();
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            both.insert(a.start.max(b.start)..a.end.min(b.end));
            if a.end < b.end {
                ours.next();
            } else {
                theirs.next();
            }
        }
        both
    }
}

impl Extend<Range<u64>> for Ranges {
    fn extend<I: IntoIterator<Item = Range<u64>>>(&mut self, ranges: I) {
        for range in ranges {
            self.insert(range);
        }
    }
}

impl FromIterator<Range<u64>> for Ranges {
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(ranges: I) -> Self {
        let mut set = Self::new();
        set.extend(ranges);
        set
    }
}

/// The largest part of `range` that begins and ends at a multiple of `unit`. Empty when there is none.
#[must_use]
pub fn align_inward(range: Range<u64>, unit: u64) -> Range<u64> {
    let unit = unit.max(1);
    let end = range.end - range.end % unit;
    let start = range.start.checked_next_multiple_of(unit).unwrap_or(end);
    start.min(end)..end
}

/// Merges ranges that come in ascending order, keeping no more than one of them.
#[derive(Debug, Default)]
pub(crate) struct Merger {
    pending: Option<Range<u64>>,
}

impl Merger {
    /// Takes the next range, which begins no earlier than the one before, and hands out those that can grow no more.
    pub(crate) fn push(&mut self, range: Range<u64>, sink: &mut (impl FnMut(Range<u64>) + ?Sized)) {
        if range.is_empty() {
            return;
        }
        match &mut self.pending {
            Some(pending) if range.start <= pending.end => {
                debug_assert!(pending.start <= range.start, "ranges come in ascending order");
                pending.end = pending.end.max(range.end);
            }
            pending => {
                if let Some(done) = pending.replace(range) {
                    sink(done);
                }
            }
        }
    }

    /// Hands out the last one.
    pub(crate) fn finish(self, sink: &mut (impl FnMut(Range<u64>) + ?Sized)) {
        if let Some(done) = self.pending {
            sink(done);
        }
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPACE: u64 = 96;

    fn bits(set: &Ranges) -> Vec<bool> {
        let mut bits = vec![false; SPACE as usize];
        for range in set.iter() {
            for bit in range {
                bits[bit as usize] = true;
            }
        }
        bits
    }

    fn well_formed(ranges: &[Range<u64>]) -> bool {
        ranges.iter().all(|range| !range.is_empty()) && ranges.windows(2).all(|pair| pair[0].end < pair[1].start)
    }

    fn range() -> impl Strategy<Value = Range<u64>> {
        (0..SPACE, 0..24u64).prop_map(|(start, length)| start..(start + length).min(SPACE))
    }

    fn edits() -> impl Strategy<Value = Vec<(bool, Range<u64>)>> {
        proptest::collection::vec((proptest::bool::weighted(0.6), range()), 0..40)
    }

    /// The set and a bitmap after the same edits.
    fn apply(edits: Vec<(bool, Range<u64>)>) -> (Ranges, Vec<bool>) {
        let (mut set, mut model) = (Ranges::new(), vec![false; SPACE as usize]);
        for (adds, range) in edits {
            for bit in range.clone() {
                model[bit as usize] = adds;
            }
            if adds {
                set.insert(range);
            } else {
                set.remove(range);
            }
        }
        (set, model)
    }

    proptest! {
        #[test]
        fn a_set_is_its_bitmap(edits in edits(), asked in range()) {
            let (set, model) = apply(edits);
            prop_assert_eq!(&bits(&set), &model);
            prop_assert!(well_formed(&set.iter().collect::<Vec<_>>()));
            prop_assert_eq!(set.total(), model.iter().filter(|bit| **bit).count() as u64);
            let mut there = asked.clone().map(|bit| model[bit as usize]);
            prop_assert_eq!(set.contains(asked.clone()), there.clone().all(|bit| bit));
            prop_assert_eq!(set.overlaps(asked), there.any(|bit| bit));
        }

        #[test]
        fn an_intersection_is_that_of_the_bitmaps(a in edits(), b in edits()) {
            let ((a, in_a), (b, in_b)) = (apply(a), apply(b));
            let both = a.intersect(&b);
            prop_assert!(well_formed(&both.iter().collect::<Vec<_>>()));
            prop_assert_eq!(bits(&both), in_a.iter().zip(&in_b).map(|(a, b)| *a && *b).collect::<Vec<_>>());
        }

        #[test]
        fn merging_a_stream_gives_the_set(mut ranges in proptest::collection::vec(range(), 0..40)) {
            ranges.sort_by_key(|range| range.start);
            let (mut merger, mut merged) = (Merger::default(), Vec::new());
            for range in ranges.clone() {
                merger.push(range, &mut |done| merged.push(done));
            }
            merger.finish(&mut |done| merged.push(done));
            prop_assert_eq!(merged, ranges.into_iter().collect::<Ranges>().iter().collect::<Vec<_>>());
        }

        #[test]
        fn aligning_inward_keeps_whole_units_only(range in range(), unit in 1..20u64) {
            let aligned = align_inward(range.clone(), unit);
            let whole = (0..SPACE.div_ceil(unit)).filter(|n| range.start <= n * unit && (n + 1) * unit <= range.end);
            prop_assert_eq!((aligned.end - aligned.start) / unit, whole.clone().count() as u64);
            for n in whole {
                prop_assert!(aligned.start <= n * unit && (n + 1) * unit <= aligned.end);
            }
            prop_assert!(aligned.is_empty() || (aligned.start.is_multiple_of(unit) && aligned.end.is_multiple_of(unit)));
        }
    }

    #[test]
    fn the_ends_of_the_number_line_do_no_harm() {
        let mut set = Ranges::new();
        set.insert(0..u64::MAX);
        set.insert(u64::MAX - 1..u64::MAX);
        assert_eq!(set.total(), u64::MAX);
        set.remove(1..u64::MAX - 1);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0..1, u64::MAX - 1..u64::MAX]);
        assert!(align_inward(u64::MAX - 1..u64::MAX, 4096).is_empty());
        assert_eq!(align_inward(3..9, 0), 3..9);
    }
}
