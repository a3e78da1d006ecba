// SPDX-License-Identifier: GPL-2.0

//! Very many objects, taken at once: they are dropped in parts, so that others may run.

use ferrite::{
    impl_linked, kthread,
    sync::lifo::{
        Lifo,
        Link, //
    },
};
use kernel::{
    fmt,
    prelude::*,
    time::{
        Instant,
        Monotonic, //
    }, //
};

use crate::params::Flood;

/// An object of no use.
struct Drop {
    link: Link,
    number: usize,
}

impl_linked! {
    impl Linked<0> for Drop { self.link }
}

/// What a flood came to.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    flood: Flood,
    pushed: usize,
    taken: usize,
    ordered: bool,
    /// The longest part, in nanoseconds.
    longest: i64,
    /// Whether it was cut short.
    pub(crate) cut: bool,
}

impl Flood {
    /// Pushes all objects, unless `ended` says that it is to end, and then takes them at once. Interruptible;
    /// may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory: what was pushed is gone then.
    pub(crate) fn run(self, ended: impl Fn() -> bool) -> Result<Outcome> {
        let lifo = Lifo::<KBox<Drop>>::new();
        let mut outcome = Outcome {
            flood: self,
            pushed: 0,
            taken: 0,
            ordered: true,
            longest: 0,
            cut: false,
        };
        let mut end = Ok(());
        while outcome.pushed < self.nodes && !outcome.cut {
            let node = Drop {
                link: Link::new(),
                number: outcome.pushed,
            };
            match KBox::new(node, GFP_KERNEL) {
                Ok(node) => lifo.push(node),
                Err(error) => {
                    end = Err(error.into());
                    break;
                }
            };
            outcome.pushed += 1;
            if outcome.pushed % self.part == 0 {
                kthread::cond_resched();
                outcome.cut = current!().signal_pending() || ended();
            }
        }

        let mut batch = lifo.pop_all();
        while !batch.is_empty() {
            let start = Instant::<Monotonic>::now();
            for node in batch.by_ref().take(self.part) {
                outcome.taken += 1;
                outcome.ordered &= node.number + outcome.taken == outcome.pushed;
            }
            outcome.longest = outcome.longest.max(start.elapsed().as_nanos());
            kthread::cond_resched();
        }
        end.map(|()| outcome)
    }
}

impl Outcome {
    /// Whether all came back, in order.
    pub(crate) fn is_good(&self) -> bool {
        self.taken == self.pushed && self.ordered
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_fmt(fmt!("pushed: {}\n", self.pushed))?;
        f.write_fmt(fmt!("taken at once: {}\n", self.taken))?;
        f.write_fmt(fmt!(
            "dropped {} at a time, in {} us at most\n",
            self.flood.part,
            self.longest / 1000
        ))?;
        f.write_str(match (self.is_good(), self.cut) {
            (true, false) => "good\n",
            (true, true) => "good, and cut short\n",
            (false, _) => "WRONG\n",
        })
    }
}
