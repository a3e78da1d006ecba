// SPDX-License-Identifier: GPL-2.0

//! Finds by itself how late each thread of a test has to start, for the outcome that is asked about to show most often.
//!
//! Two threads that meet do not go on at one moment: who came last goes on at once, and who waited sees that only
//! when the news has reached its CPU. How far apart they are is the machine's; what makes up for it is tried out. Each
//! batch is run with certain delays, and the first thread, which counts how often that gave the wanted outcome,
//! chooses those of the next: mostly the best known, a little changed, and now and then any.

use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

use crate::run::Noise;

/// No delay is longer, in turns of an empty loop.
const LONGEST: u32 = 128;

/// The delays that all threads go by.
pub(crate) struct Aim {
    /// Two for each thread: where it came last, and where it waited.
    delays: KVec<Atomic<u32>>,
}

/// What the first thread keeps.
pub(crate) struct Aimer {
    best: KVec<u32>,
    /// How often the best gave the wanted outcome, which is forgotten little by little.
    score: u64,
    noise: Noise,
}

impl Aim {
    /// For `threads` threads, which start with no delay.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(threads: usize) -> Result<Self> {
        let mut delays = KVec::with_capacity(2 * threads, GFP_KERNEL)?;
        for _ in 0..2 * threads {
            delays.push(Atomic::new(0), GFP_KERNEL)?;
        }
        Ok(Self { delays })
    }

    /// The delays of thread `number` in this batch: where it came last, and where it waited.
    pub(crate) fn of(&self, number: usize) -> [u32; 2] {
        // ORDERING: Set between two barriers, read after the second.
        // PANIC: Two for each thread.
        [0, 1].map(|waited| self.delays[2 * number + waited].load(Relaxed))
    }

    /// The first thread's part.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn aimer(&self, seed: u64) -> Result<Aimer> {
        Ok(Aimer {
            best: KVec::from_elem(0, self.delays.len(), GFP_KERNEL)?,
            score: 0,
            noise: Noise::new(seed),
        })
    }
}

impl Aimer {
    /// Chooses the next batch's delays; this one's gave the wanted outcome so many times.
    pub(crate) fn choose(&mut self, aim: &Aim, times: u64) {
        // What was good may be so no longer, once the threads have other CPUs beside them.
        self.score -= self.score / 16;
        if times > self.score {
            self.score = times;
            for (best, delay) in self.best.iter_mut().zip(&aim.delays) {
                // ORDERING: This thread's own.
                *best = delay.load(Relaxed);
            }
        }
        let any = self.score == 0 || self.noise.below(4) == 0;
        for (delay, best) in aim.delays.iter().zip(&self.best) {
            let next = match any {
                true => self.noise.below(LONGEST),
                false => (best + self.noise.below(5)).saturating_sub(2).min(LONGEST),
            };
            // ORDERING: Read past a barrier.
            delay.store(next, Relaxed);
        }
    }
}
