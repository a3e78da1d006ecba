// SPDX-License-Identifier: GPL-2.0

//! How often each end of a test was seen.

use kernel::prelude::*;

/// A test's end: the code of each value that it is told by, the first in the lowest byte.
pub(crate) type State = u128;

/// How many values a state can hold.
pub(crate) const WIDTH: usize = 16;

/// More distinct ends than this are counted as lost.
const SLOTS: usize = 512;

const EMPTY: Slot = Slot {
    state: 0,
    times: 0,
    wanted: false,
};

#[derive(Clone)]
struct Slot {
    state: State,
    /// 0: nothing is here yet.
    times: u64,
    /// What was said of the state when it came first.
    wanted: bool,
}

/// Counts by state: a table with open addressing.
pub(crate) struct Histogram {
    slots: KVVec<Slot>,
    lost: u64,
}

impl Histogram {
    /// Nothing seen yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            slots: KVVec::from_elem(EMPTY, SLOTS, GFP_KERNEL)?,
            lost: 0,
        })
    }

    /// Counts `state` once more; returns what `wanted` says of it, which is asked when it comes first.
    #[inline]
    pub(crate) fn count(&mut self, state: State, wanted: impl Fn(State) -> bool) -> bool {
        self.add(state, 1, wanted)
    }

    #[inline]
    fn add(&mut self, state: State, times: u64, wanted: impl Fn(State) -> bool) -> bool {
        // CAST: A hash of both halves.
        let folded = (state as u64) ^ ((state >> 64) as u64).rotate_left(29);
        let hash = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        // CAST: 16 bits.
        let mut at = hash as usize % SLOTS;
        for _ in 0..SLOTS {
            // PANIC: `at` is below `SLOTS`, the vector's length.
            let slot = &mut self.slots[at];
            if slot.times == 0 {
                slot.state = state;
                slot.wanted = wanted(state);
            }
            if slot.state == state {
                slot.times += times;
                return slot.wanted;
            }
            at = (at + 1) % SLOTS;
        }
        self.lost += times;
        false
    }

    /// Counts all that `other` counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (state, times) in other.seen() {
            self.add(state, times, |_| false);
        }
        self.lost += other.lost;
    }

    /// Every state that was seen, and how often; the rarest states come as they come.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (State, u64)> + '_ {
        let seen = self.slots.iter().filter(|slot| slot.times != 0);
        seen.map(|slot| (slot.state, slot.times))
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
        let mut histogram = Histogram::new()?;
        for _ in 0..3 {
            histogram.count(7, |_| false);
        }
        assert!(histogram.count(7 << 64, |state| state > 7));
        let mut other = Histogram::new()?;
        other.count(7, |_| false);
        histogram.merge(&other);
        assert_eq!(histogram.seen().filter(|s| *s == (7, 4)).count(), 1);
        assert_eq!(histogram.seen().filter(|s| *s == (7 << 64, 1)).count(), 1);
        assert_eq!(histogram.seen().count(), 2);
    }

    #[test]
    fn what_has_no_place_is_known_to_be_lost() {
        let mut histogram = Histogram::new()?;
        for state in 0..600 {
            histogram.count(state, |_| false);
        }
        assert_eq!(histogram.seen().count(), 512);
        assert_eq!(histogram.lost(), 88);
    }
}
