// SPDX-License-Identifier: GPL-2.0

//! Finds by itself which CPU's cache each location of a test has to be in, for the outcome that is asked about to show
//! most often.
//!
//! A store to what another CPU's cache has takes long to be seen, and a load of what this CPU's has takes no time:
//! that is what lets a load overtake a store. Which of a test's locations are best had where depends on what its threads
//! do, and is tried out. Each batch, one thread or another sets a location up, and so has it; and the first thread,
//! which counts how often that gave the wanted outcome, chooses for the next: mostly the best known, and now and then
//! anything.
//!
//! As long as the outcome does not show, nothing of that is known: then each thread mostly sets up a share of the
//! locations, and most batches are longer, with fewer meetings, so that less time goes into them.

use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

use ferrite::noise::Noise;

/// How many times longer a batch is, and the way between two meetings, where the outcome does not show.
pub(crate) const LONGER: usize = 4;

/// Which thread sets up each location, and how long a batch is.
pub(crate) struct Aim {
    owners: KVec<Atomic<u32>>,
    longer: Atomic<i32>,
    threads: u32,
}

/// What the first thread keeps.
pub(crate) struct Aimer {
    best: KVec<u32>,
    /// How often the best gave the wanted outcome, which is forgotten little by little.
    score: u64,
    noise: Noise,
}

impl Aim {
    /// For so many locations and threads.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, `EINVAL` for more threads than there can be.
    pub(crate) fn new(locations: usize, threads: usize) -> Result<Self> {
        let mut owners = KVec::with_capacity(locations, GFP_KERNEL)?;
        for _ in 0..locations {
            owners.push(Atomic::new(0), GFP_KERNEL)?;
        }
        Ok(Self {
            owners,
            longer: Atomic::new(0),
            threads: threads.try_into()?,
        })
    }

    /// The locations that thread `number` sets up after this batch.
    pub(crate) fn owned(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        let owners = self.owners.iter().enumerate();
        // ORDERING: Set between two barriers, read after the second.
        // CAST: A `u32` fits.
        let owned = owners.filter(move |(_, owner)| owner.load(Relaxed) as usize == number);
        owned.map(|(location, _)| location)
    }

    /// How many times longer the next batch is, 1 or [`LONGER`].
    pub(crate) fn longer(&self) -> usize {
        // ORDERING: Set between two barriers, read after the second.
        match self.longer.load(Relaxed) {
            0 => 1,
            _ => LONGER,
        }
    }

    /// The first thread's part.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn aimer(&self, seed: u64) -> Result<Aimer> {
        Ok(Aimer {
            best: KVec::from_elem(0, self.owners.len(), GFP_KERNEL)?,
            score: 0,
            noise: Noise::new(seed),
        })
    }
}

impl Aimer {
    /// Chooses who sets up what after this batch, in which the wanted outcome was seen so many times.
    pub(crate) fn choose(&mut self, aim: &Aim, times: u64) {
        // As if all batches were long.
        // CAST: `usize` has at most 64 bits.
        let times = times * (LONGER / aim.longer()) as u64;
        // What was good may be so no longer, once the threads have others beside them.
        self.score -= self.score / 16;
        if times > self.score {
            self.score = times;
            for (best, owner) in self.best.iter_mut().zip(&aim.owners) {
                // ORDERING: This thread's own.
                *best = owner.load(Relaxed);
            }
        }
        let any = self.noise.below(4) == 0;
        let mut in_turn = self.noise.below(aim.threads);
        for (owner, best) in aim.owners.iter().zip(&self.best) {
            in_turn = (in_turn + 1) % aim.threads;
            let next = match (any, self.score) {
                (true, _) => self.noise.below(aim.threads),
                (false, 0) => in_turn,
                (false, _) => *best,
            };
            // ORDERING: Read past a barrier.
            owner.store(next, Relaxed);
        }
        let longer = !any && self.score == 0;
        // ORDERING: Read past a barrier.
        aim.longer.store(longer.into(), Relaxed);
    }
}
