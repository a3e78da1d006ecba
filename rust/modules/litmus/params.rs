// SPDX-License-Identifier: GPL-2.0

//! How a test is run: `NAME [KEY=NUMBER]...`.

use kernel::prelude::*;

use crate::{
    aim::LONGER,
    litter,
    test::Test, //
};

/// Parameters of a run; [`parse`](Params::parse) knows their names and defaults.
pub(crate) struct Params {
    /// How many instances to run at least (`count`).
    pub(crate) count: u64,
    /// For how many milliseconds at most; 0 for as long as it takes (`time`).
    pub(crate) time: u32,
    /// How many sets of the test's threads run side by side, each in instances of its own (`teams`).
    pub(crate) teams: usize,
    /// How many instances a batch has, where the outcome shows (`batch`).
    pub(crate) batch: usize,
    /// How many instances the threads run between two meetings (`group`).
    pub(crate) group: usize,
    /// How many bytes lie between two locations (`stride`).
    pub(crate) stride: usize,
    /// Each thread starts a group up to this many turns of an empty loop late (`noise`).
    pub(crate) noise: u32,
    /// How many stores to memory of its own each thread makes before each instance (`litter`).
    pub(crate) litter: u32,
    /// How often a thread looks for the others, where they meet, before it sleeps (`patience`).
    pub(crate) patience: u32,
    /// How often it sleeps in a batch, before it goes on without them (`naps`).
    pub(crate) naps: u32,
    /// Whether to find out which CPU has to have which location (`aim`).
    pub(crate) aim: bool,
    /// Whether each thread stays on its CPU (`pin`).
    pub(crate) pin: bool,
    /// On which of the online CPUs the first thread runs; the others follow (`cpu`).
    pub(crate) cpu: u32,
    /// After how many milliseconds without progress a run is given up (`watchdog`).
    pub(crate) watchdog: u32,
    /// Where the random numbers begin (`seed`).
    pub(crate) seed: u64,
    /// The test's observed locations, by number.
    pub(crate) observed: KVec<usize>,
}

/// A team has at most this many instances in a batch.
const MOST_INSTANCES: usize = 1 << 16;

/// The bytes that one location has in all instances of all teams, and the litter of one thread of
/// each team, add up to this much at most: 64 MiB.
const MOST_MEMORY: usize = 1 << 26;

/// A thread looks for the end of the run, and lets others run, before each group. So what it does
/// between two such looks takes milliseconds at most: this many turns of an empty loop, looks at
/// the others, or stores of litter.
const MOST_TURNS: u32 = 1 << 20;

/// A thread sleeps at most this often in a batch: 50 ms in all.
const MOST_NAPS: u32 = 1 << 10;

/// At most so many teams: each thread of one has a stack of its own, and a task's number.
const MOST_TEAMS: usize = 1 << 10;

impl Params {
    /// The defaults, for `test`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, `EINVAL` if the test observes what it does not share.
    pub(crate) fn new(test: &Test) -> Result<Self> {
        let mut observed = KVec::with_capacity(test.observed.len(), GFP_KERNEL)?;
        for name in test.observed {
            let index = test.shared.iter().position(|l| l.name == *name);
            observed.push(index.ok_or(EINVAL)?, GFP_KERNEL)?;
        }
        Ok(Self {
            count: 1_000_000,
            time: 0,
            teams: 1,
            batch: 1024,
            group: 16,
            stride: 64,
            noise: 4,
            litter: 0,
            aim: true,
            patience: 3000,
            naps: 16,
            pin: true,
            cpu: 0,
            watchdog: 10_000,
            seed: 1,
            observed,
        })
    }

    /// What `words` say, each a `KEY=NUMBER`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if a word is not one, or a number makes no sense.
    pub(crate) fn parse<'a>(&mut self, words: impl Iterator<Item = &'a str>) -> Result {
        for word in words {
            let (key, number) = word.split_once('=').ok_or(EINVAL)?;
            let number: u64 = number.parse().map_err(|_| EINVAL)?;
            let small = u32::try_from(number).map_err(|_| EINVAL);
            let size = usize::try_from(number).map_err(|_| EINVAL);
            match key {
                "count" => self.count = number,
                "time" => self.time = small?,
                "teams" => self.teams = size?,
                "batch" => self.batch = size?,
                "group" => self.group = size?,
                "stride" => self.stride = size?,
                "noise" => self.noise = small?,
                "patience" => self.patience = small?,
                "naps" => self.naps = small?,
                "aim" => self.aim = number != 0,
                "litter" => self.litter = small?,
                "pin" => self.pin = number != 0,
                "cpu" => self.cpu = small?,
                "watchdog" => self.watchdog = small?,
                "seed" => self.seed = number,
                _ => return Err(EINVAL),
            }
        }
        if !self.is_bounded() {
            return Err(EINVAL);
        }
        Ok(())
    }

    /// Whether each number is one that the engine can work with.
    fn is_bounded(&self) -> bool {
        self.stride.is_power_of_two()
            && (4..=1024).contains(&self.stride)
            && (1..=MOST_TEAMS).contains(&self.teams)
            && (1..=MOST_INSTANCES).contains(&self.batch)
            && self.group != 0
            && self.watchdog != 0
            && self.noise <= MOST_TURNS
            && (1..=MOST_TURNS).contains(&self.patience)
            && self.naps <= MOST_NAPS
            && self.litter <= litter::MOST
            && self.stores_between_looks() <= u64::from(MOST_TURNS)
            && self.memory() <= MOST_MEMORY
    }

    /// How many stores of litter a thread makes in a long group.
    fn stores_between_looks(&self) -> u64 {
        // CAST: `usize` to `u64` is lossless. The product of a batch and a litter that are bounded
        // has 30 bits.
        self.group.min(self.batch) as u64 * LONGER as u64 * u64::from(self.litter)
    }

    /// How many bytes one location has in a batch, and one thread's litter, times the teams.
    fn memory(&self) -> usize {
        let litter = if self.litter == 0 { 0 } else { litter::SIZE };
        // The factors are bounded: the product has less than 38 bits, and a kernel of 64 bits is
        // what the engine is for. On another, what does not fit is too much.
        (self.batch * self.stride + litter).saturating_mul(self.teams)
    }
}
