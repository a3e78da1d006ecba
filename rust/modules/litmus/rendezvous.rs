// SPDX-License-Identifier: GPL-2.0

//! Where a test's threads meet within a batch: not for sure, only so that most instances are run by all at once.
//!
//! A thread waits for those that are behind it, but not for ever: one may have lost its CPU, to another task or,
//! in a guest, to another guest. A barrier would stop all others for that time, again and again.

use core::cell::Cell;

use ferrite::kthread;
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

use crate::barrier::{
    Line,
    Waiting, //
};

/// For how long to sleep: who is missing may wait for the very CPU that looking for it keeps busy.
const NAP: Delta = Delta::from_micros(50);

/// How often to look when that is used up.
const IMPATIENT: u32 = 4;

/// Meetings of so many threads.
pub(crate) struct Rendezvous {
    /// How often each has come.
    came: KVec<Line<Atomic<u32>>>,
    /// How often to look for the others before sleeping.
    patience: u32,
    /// How often to sleep in a batch.
    naps: u32,
    /// How often to look when that is used up.
    impatience: u32,
    waiting: Waiting,
}

/// What a thread keeps between meetings.
pub(crate) struct Visitor {
    number: usize,
    turn: Cell<u32>,
    naps: Cell<u32>,
}

impl Rendezvous {
    /// For `threads` threads; each looks for the others `patience` times before it sleeps, and sleeps `naps` times in
    /// a batch; of many teams ([`Waiting::Sleep`]), it looks as often, and does not sleep here.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(threads: usize, patience: u32, naps: u32, waiting: Waiting) -> Result<Self> {
        let mut came = KVec::with_capacity(threads, GFP_KERNEL)?;
        for _ in 0..threads {
            came.push(Line(Atomic::new(0)), GFP_KERNEL)?;
        }
        let (naps, impatience) = match waiting {
            // All have just been woken, and run soon, or others are before them.
            Waiting::Sleep => (0, patience),
            _ => (naps, IMPATIENT),
        };
        Ok(Self {
            came,
            patience,
            naps,
            impatience,
            waiting,
        })
    }

    /// Thread `number`, one of so many, which has not come yet.
    pub(crate) fn visitor(&self, number: usize) -> Visitor {
        Visitor {
            number,
            turn: Cell::new(0),
            naps: Cell::new(self.naps),
        }
    }

    /// A batch begins.
    pub(crate) fn begin(&self, visitor: &Visitor) {
        visitor.naps.set(self.naps);
    }

    /// Comes, and waits for the others, if they come soon. Orders nothing.
    #[inline]
    pub(crate) fn meet(&self, visitor: &Visitor) {
        let turn = visitor.turn.get().wrapping_add(1);
        visitor.turn.set(turn);
        // ORDERING: Only when to go on depends on this, and on the loads below; what the test's
        // threads share is ordered by the barriers before and after the batch.
        // PANIC: `visitor` made the number one of the threads'.
        self.came[visitor.number].0.store(turn, Relaxed);
        if self.waiting == Waiting::Yield {
            kthread::yield_now();
            return;
        }
        let mut looked = 0;
        for (number, came) in self.came.iter().enumerate() {
            if number == visitor.number {
                continue;
            }
            // ORDERING: As above.
            // CAST: The difference of two counters that wrap: negative for who is behind.
            while (came.0.load(Relaxed).wrapping_sub(turn) as i32) < 0 {
                looked += 1;
                let naps = visitor.naps.get();
                if naps == 0 && looked > self.impatience {
                    return;
                }
                if naps != 0 && looked % self.patience == 0 {
                    visitor.naps.set(naps - 1);
                    fsleep(NAP);
                }
            }
        }
    }
}
