// SPDX-License-Identifier: GPL-2.0

//! Where a test's threads wait for each other.

use ferrite::kthread;
use kernel::{
    processor::cpu_relax,
    sync::atomic::{
        Acquire,
        Atomic,
        Full,
        Relaxed,
        Release, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// A barrier for as many threads as it was made for, any number of times, until it is broken.
pub(crate) struct Barrier {
    arrived: Line<Atomic<u32>>,
    broken: Line<Atomic<i32>>,
    threads: u32,
    /// More threads than CPUs: those that wait must let others run.
    crowded: bool,
}

/// Alone in its cache line.
#[repr(align(128))]
pub(crate) struct Line<T>(pub(crate) T);

/// How often to look before this CPU sleeps. In a guest, what it waits for may be a CPU that waits for
/// the host's CPU which this one keeps busy.
const PATIENCE: u32 = 1 << 11;

/// How often to look before pausing: a pause of the CPU is long beside a test's instance, above all in a guest.
const EAGER: u32 = 512;

/// For how long it sleeps.
const NAP: Delta = Delta::from_micros(50);

impl Barrier {
    /// For `threads` threads.
    pub(crate) fn new(threads: u32) -> Self {
        Self {
            arrived: Line(Atomic::new(0)),
            broken: Line(Atomic::new(0)),
            threads,
            crowded: threads > kthread::num_online_cpus(),
        }
    }

    /// Waits for all others, for the `round`th time: each thread counts on its own, from 1.
    ///
    /// What was done before is seen by all after, in the sense of a full barrier. Returns whether
    /// it was not broken; then the caller must leave.
    #[inline]
    pub(crate) fn wait(&self, round: &mut u32) -> bool {
        let all = round.wrapping_add(1).wrapping_mul(self.threads);
        *round = round.wrapping_add(1);
        // ORDERING: Full: all that this thread did is seen by whoever sees this addition, below;
        // and what it does next is not begun before (SB+fencembonceonces).
        self.arrived.0.fetch_add(1, Full);
        let mut looked = 0u32;
        // ORDERING: Pairs with the addition above in the threads that came before.
        // CAST: The difference of two counters that wrap: negative while some are missing.
        while (self.arrived.0.load(Acquire).wrapping_sub(all) as i32) < 0 {
            if self.is_broken() {
                return false;
            }
            looked += 1;
            if self.crowded && looked % 16 == 0 {
                kthread::yield_now();
            } else if looked % PATIENCE == 0 {
                fsleep(NAP);
            } else if looked > EAGER {
                cpu_relax();
            }
        }
        !self.is_broken()
    }

    /// Sends every thread away, those that wait and those that come.
    pub(crate) fn break_up(&self) {
        // ORDERING: Pairs with the load in `is_broken`.
        self.broken.0.store(1, Release);
    }

    /// Whether it was broken.
    pub(crate) fn is_broken(&self) -> bool {
        // ORDERING: Only whether to go on depends on it.
        self.broken.0.load(Relaxed) != 0
    }
}
