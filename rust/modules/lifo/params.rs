// SPDX-License-Identifier: GPL-2.0

//! What to run, and how: `stress [KEY=NUMBER]...` or `flood [KEY=NUMBER]...`.

use kernel::prelude::*;

/// Which of the lists is stressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `Lifo`: all contexts push, and take all.
    Plain,
    /// `SealableLifo`: as `Plain`, and sealed when the time is up.
    Sealable,
    /// `RcuLifo`: all contexts push, and tasks take one object at a time.
    Rcu,
}

/// Parameters of a stress; [`parse`](Params::parse) knows their names and defaults.
#[derive(Clone, Copy)]
pub(crate) struct Params {
    /// Which list (`list`: 0 is plain, 1 sealable, 2 RCU).
    pub(crate) kind: Kind,
    /// For how many milliseconds (`time`).
    pub(crate) time: u32,
    /// How many objects there are at most (`nodes`).
    pub(crate) nodes: usize,
    /// Whether they come from a pool that gives addresses out again at once, or each from the
    /// kernel's allocator (`reuse`).
    pub(crate) reuse: bool,
    /// How many objects are pushed at once at most (`batch`).
    pub(crate) batch: u32,
    /// How long a pusher waits at most between the load and the exchange, in turns of a loop (`window`).
    pub(crate) window: u32,
    /// After how many microseconds a timer fires again (`period`).
    pub(crate) period: u32,
    /// Each so many-th object is not to be had, as if memory were short; 0 for none (`scarce`).
    pub(crate) scarce: u32,
    /// Which allocation of the preparation fails; 0 for none (`fail`).
    pub(crate) fail: u32,
    /// Where the random numbers begin (`seed`).
    pub(crate) seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            kind: Kind::Plain,
            time: 1000,
            nodes: 64,
            reuse: true,
            batch: 8,
            window: 50,
            period: 200,
            scarce: 0,
            fail: 0,
            seed: 1,
        }
    }
}

/// At most so many objects: as many are walked at once in a hard interrupt.
const MOST_NODES: usize = 1 << 12;

/// At most so many turns of a loop, before each attempt of a push in a hard interrupt.
const MOST_WINDOW: u32 = 10_000;

/// At most so many objects of a flood: half a gigabyte of memory.
const MOST_FLOOD: usize = 1 << 24;

/// At most so many of them are dropped before others may run.
const MOST_PART: usize = 1 << 16;

/// Splits a word `KEY=NUMBER`.
fn pair(word: &str) -> Result<(&str, u64)> {
    let (key, number) = word.split_once('=').ok_or(EINVAL)?;
    Ok((key, number.parse().map_err(|_| EINVAL)?))
}

impl Params {
    /// Reads the words, each a `KEY=NUMBER`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if a word is not one, or a number makes no sense.
    pub(crate) fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut params = Self::default();
        for word in words {
            let (key, number) = pair(word)?;
            let small = u32::try_from(number).map_err(|_| EINVAL);
            match key {
                "list" => {
                    params.kind = match number {
                        0 => Kind::Plain,
                        1 => Kind::Sealable,
                        2 => Kind::Rcu,
                        _ => return Err(EINVAL),
                    }
                }
                "time" => params.time = small?,
                "nodes" => params.nodes = usize::try_from(number).map_err(|_| EINVAL)?,
                "reuse" => params.reuse = number != 0,
                "batch" => params.batch = small?,
                "window" => params.window = small?,
                "period" => params.period = small?,
                "scarce" => params.scarce = small?,
                "fail" => params.fail = small?,
                "seed" => params.seed = number,
                _ => return Err(EINVAL),
            }
        }
        let nodes = (2..=MOST_NODES).contains(&params.nodes);
        let batch =
            usize::try_from(params.batch).is_ok_and(|batch| (1..=params.nodes).contains(&batch));
        let window = params.window <= MOST_WINDOW;
        match nodes && batch && window && params.time != 0 && params.period >= 10 {
            true => Ok(params),
            false => Err(EINVAL),
        }
    }
}

/// Parameters of a flood.
#[derive(Clone, Copy)]
pub(crate) struct Flood {
    /// How many objects are pushed before all are taken (`nodes`).
    pub(crate) nodes: usize,
    /// How many of them are dropped before others may run (`part`).
    pub(crate) part: usize,
}

impl Flood {
    /// As [`Params::parse`].
    ///
    /// # Errors
    ///
    /// `EINVAL` if a word is not one, or a number makes no sense.
    pub(crate) fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut flood = Self {
            nodes: 1_000_000,
            part: 1024,
        };
        for word in words {
            let (key, number) = pair(word)?;
            let number = usize::try_from(number).map_err(|_| EINVAL)?;
            match key {
                "nodes" => flood.nodes = number,
                "part" => flood.part = number,
                _ => return Err(EINVAL),
            }
        }
        let part = (1..=MOST_PART).contains(&flood.part);
        match part && flood.nodes <= MOST_FLOOD {
            true => Ok(flood),
            false => Err(EINVAL),
        }
    }
}
