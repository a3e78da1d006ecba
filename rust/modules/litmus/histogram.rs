// SPDX-License-Identifier: GPL-2.0

//! How often each end of a test was seen.

use kernel::prelude::*;

/// A test's end: the code of each value that it is told by.
pub(crate) type State = [u64];

/// More distinct ends than this are counted as lost.
const SLOTS: usize = 512;

const EMPTY: Slot = Slot {
    times: 0,
    wanted: false,
};

#[derive(Clone)]
struct Slot {
    /// 0: nothing is here yet.
    times: u64,
    /// What was said of the state when it came first.
    wanted: bool,
}

/// Counts by state: a table with open addressing.
pub(crate) struct Histogram {
    slots: KVVec<Slot>,
    /// The state of each slot, one after the other.
    states: KVVec<u64>,
    /// How many values a state has.
    width: usize,
    lost: u64,
}

impl Histogram {
    /// Nothing seen yet, of states with `width` values.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(width: usize) -> Result<Self> {
        let size = width.checked_mul(SLOTS).ok_or(ENOMEM)?;
        Ok(Self {
            slots: KVVec::from_elem(EMPTY, SLOTS, GFP_KERNEL)?,
            states: KVVec::from_elem(0, size.max(1), GFP_KERNEL)?,
            width,
            lost: 0,
        })
    }

    /// Counts `state` once more; returns what `wanted` says of it, which is asked when it comes first.
    #[inline]
    pub(crate) fn count(&mut self, state: &State, wanted: impl Fn(&State) -> bool) -> bool {
        self.add(state, 1, wanted)
    }

    #[inline]
    fn add(&mut self, state: &State, times: u64, wanted: impl Fn(&State) -> bool) -> bool {
        let mut hash = 0u64;
        for value in state {
            hash = (hash.rotate_left(29) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        // CAST: 16 bits.
        let mut at = (hash >> 48) as usize % SLOTS;
        for _ in 0..SLOTS {
            // PANIC: `at` is below `SLOTS`, the vector's length; and there are `width` values for each.
            let slot = &mut self.slots[at];
            let there = &mut self.states[at * self.width..][..self.width];
            if slot.times == 0 {
                for (to, value) in there.iter_mut().zip(state) {
                    *to = *value;
                }
                slot.wanted = wanted(state);
            }
            // One by one: they are few, and a call of memcmp() is not.
            if there.iter().zip(state).all(|(a, b)| a == b) {
                slot.times += times;
                return slot.wanted;
            }
            at = (at + 1) % SLOTS;
        }
        self.lost += times;
        false
    }

    /// Counts all that `other` counted, of the same test.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (state, times) in other.seen() {
            self.add(state, times, |_| false);
        }
        self.lost += other.lost;
    }

    /// Every state that was seen, and how often; the rarest states come as they come.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (&State, u64)> + '_ {
        let seen = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.times != 0);
        // PANIC: There are `width` values for each slot.
        seen.map(|(at, slot)| (&self.states[at * self.width..][..self.width], slot.times))
    }

    /// How many were seen and not counted, for lack of a place.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn states_are_counted_apart() {
        let mut histogram = Histogram::new(2)?;
        for _ in 0..3 {
            histogram.count(&[7, 0], |_| false);
        }
        assert!(histogram.count(&[0, 7 << 40], |state| state[1] > 7));
        let mut other = Histogram::new(2)?;
        other.count(&[7, 0], |_| false);
        histogram.merge(&other);
        let times = |wanted: &[u64]| {
            let mut seen = histogram.seen().filter(|(state, _)| *state == wanted);
            seen.next().map(|(_, times)| times)
        };
        assert_eq!(times(&[7, 0]), Some(4));
        assert_eq!(times(&[0, 7 << 40]), Some(1));
        assert_eq!(histogram.seen().count(), 2);
    }

    #[test]
    fn what_has_no_values_is_one_state() {
        let mut histogram = Histogram::new(0)?;
        histogram.count(&[], |_| false);
        histogram.count(&[], |_| false);
        assert_eq!(histogram.seen().map(|(_, times)| times).sum::<u64>(), 2);
        assert_eq!(histogram.seen().count(), 1);
    }

    #[test]
    fn what_has_no_place_is_known_to_be_lost() {
        let mut histogram = Histogram::new(1)?;
        for state in 0..600 {
            histogram.count(&[state], |_| false);
        }
        assert_eq!(histogram.seen().count(), 512);
        assert_eq!(histogram.lost(), 88);
    }
}
