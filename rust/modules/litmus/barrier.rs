// SPDX-License-Identifier: GPL-2.0

//! Where a test's threads wait for each other.

use ferrite::kthread;
use kernel::{
    new_condvar,
    new_mutex,
    prelude::*,
    processor::cpu_relax,
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Full,
            Relaxed,
            Release, //
        },
        CondVar,
        Mutex, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How a thread waits for the others of its team.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Looks again and again: each thread has a CPU.
    Look,
    /// Lets others run between its looks: there are more threads than CPUs.
    Yield,
    /// Sleeps: other teams have something to do meanwhile.
    Sleep,
}

/// A barrier for as many threads as it was made for, any number of times, until it is broken.
#[pin_data]
pub(crate) struct Barrier {
    arrived: Line<Atomic<u32>>,
    broken: Line<Atomic<i32>>,
    threads: u32,
    waiting: Waiting,
    #[pin]
    sleepers: Mutex<()>,
    #[pin]
    complete: CondVar,
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
    pub(crate) fn new(threads: u32, waiting: Waiting) -> impl PinInit<Self> {
        pin_init!(Self {
            arrived: Line(Atomic::new(0)),
            broken: Line(Atomic::new(0)),
            threads,
            waiting,
            sleepers <- new_mutex!(()),
            complete <- new_condvar!(),
        })
    }

    /// Waits for all others, for the `round`th time: each thread counts on its own, from 1.
    ///
    /// What was done before is seen by all after, in the sense of a full barrier. Returns whether
    /// it was not broken; else the caller must leave.
    #[inline]
    pub(crate) fn wait(&self, round: &mut u32) -> bool {
        *round = round.wrapping_add(1);
        let all = round.wrapping_mul(self.threads);
        // ORDERING: Full: all that this thread did is seen by whoever sees this addition, below;
        // and what it does next is not begun before (SB+fencembonceonces).
        let arrived = self.arrived.0.fetch_add(1, Full).wrapping_add(1);
        match self.waiting {
            Waiting::Look | Waiting::Yield => self.look(all),
            Waiting::Sleep if arrived == all => self.wake(),
            Waiting::Sleep => self.sleep(all),
        }
        !self.is_broken()
    }

    /// Whether nobody is waited for any more, where so many are `all`.
    fn is_over(&self, all: u32) -> bool {
        // ORDERING: Pairs with the addition in `wait` of the threads that came before.
        // CAST: The difference of two counters that wrap: negative while some are missing.
        self.arrived.0.load(Acquire).wrapping_sub(all) as i32 >= 0 || self.is_broken()
    }

    #[inline]
    fn look(&self, all: u32) {
        let mut looked = 0u32;
        while !self.is_over(all) {
            looked += 1;
            if self.waiting == Waiting::Yield && looked % 16 == 0 {
                kthread::yield_now();
            } else if looked % PATIENCE == 0 {
                fsleep(NAP);
            } else if looked > EAGER {
                cpu_relax();
            }
        }
    }

    fn sleep(&self, all: u32) {
        let mut sleepers = self.sleepers.lock();
        while !self.is_over(all) {
            self.complete.wait(&mut sleepers);
        }
    }

    /// Wakes those that sleep. One that found somebody missing keeps the lock until it sleeps, so that none is forgotten.
    fn wake(&self) {
        let _sleepers = self.sleepers.lock();
        self.complete.notify_all();
    }

    /// Sends every thread away, those that wait and those that come.
    pub(crate) fn break_up(&self) {
        // ORDERING: Pairs with the load in `is_broken`; whoever sleeps loads it with the lock held.
        self.broken.0.store(1, Release);
        self.wake();
    }

    /// Whether it was broken.
    pub(crate) fn is_broken(&self) -> bool {
        // ORDERING: Only whether to go on depends on it.
        self.broken.0.load(Relaxed) != 0
    }
}
