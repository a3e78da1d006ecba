// SPDX-License-Identifier: GPL-2.0

//! Stores that keep a CPU's store buffer busy.
//!
//! A weak outcome shows where a store is still on its way while a later load is done. Stores leave
//! the buffer in order: behind a few that miss the cache, a test's own store waits.

use core::{
    cell::Cell,
    ops::Range, //
};

use kernel::prelude::*;

/// Memory that a thread litters: more than a first-level cache holds.
pub(crate) const SIZE: usize = 256 * 1024;

/// A CPU's cache line.
const LINE: usize = 64;

/// A thread makes at most this many stores before an instance: each line of its memory once.
// CAST: A small constant.
pub(crate) const MOST: u32 = (SIZE / LINE) as u32;

/// A thread's own heap of litter.
pub(crate) struct Litter {
    /// Owns what `start` points to; nothing where nothing is littered.
    _memory: KVVec<u8>,
    start: *mut u8,
    next: Cell<usize>,
    count: u32,
}

// SAFETY: The memory is the vector's own, and moves with it.
unsafe impl Send for Litter {}

impl Litter {
    /// `count` stores before each instance.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(count: u32) -> Result<Self> {
        let size = if count == 0 { 0 } else { SIZE };
        let mut memory = KVVec::from_elem(0u8, size, GFP_KERNEL)?;
        let start = memory.as_mut_ptr();
        Ok(Self {
            _memory: memory,
            start,
            next: Cell::new(0),
            count,
        })
    }

    /// Litters before each of `numbers`, and does it.
    #[inline(always)]
    pub(crate) fn before_each(&self, numbers: Range<usize>, mut each: impl FnMut(usize)) {
        // In registers: what `each` calls may be far away, and the compiler cannot know that it
        // leaves these alone.
        let (start, count, mut next) = (self.start, self.count, self.next.get());
        for number in numbers {
            for _ in 0..count {
                // Far from the last, so that nothing fetches it ahead: an odd number of lines, which
                // comes to every line of the memory.
                next = next.wrapping_add(67 * LINE) % SIZE;
                // SAFETY: Below `SIZE`, which is how much there is where `count` is not 0.
                unsafe { start.add(next).write_volatile(0) };
            }
            each(number);
        }
        self.next.set(next);
    }
}
