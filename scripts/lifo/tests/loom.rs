// SPDX-License-Identifier: GPL-2.0

//! Every interleaving of small programs, and every value that a load may give in C11's model, by loom.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "the source is the kernel's, and its interface is more than a test needs"
)]

#[path = "model/arena.rs"]
mod arena;
#[path = "model/atomic.rs"]
mod atomic;
#[path = "../../../rust/ferrite/sync/lifo/batch.rs"]
mod batch;
#[path = "../../../rust/ferrite/sync/lifo/chain.rs"]
mod chain;
#[path = "../../../rust/ferrite/sync/lifo/list.rs"]
mod list;
#[path = "../../../rust/ferrite/sync/lifo/node.rs"]
mod node;
#[path = "model/programs.rs"]
mod programs;
#[path = "../../../rust/ferrite/sync/lifo/rcu.rs"]
mod rcu;
#[path = "../../../rust/ferrite/sync/lifo/seal.rs"]
mod seal;

/// As in the kernel's crate.
mod sync {
    pub(crate) mod lifo {
        pub(crate) use crate::{
            batch::Batch,
            chain::Chain,
            list::Lifo,
            node::{Link, Linked},
            rcu::{RcuLifo, Retired},
            seal::SealableLifo,
        };
    }
}

/// What the model needs of loom.
mod checker {
    pub(crate) use loom::sync::{atomic, Arc};
    pub(crate) use loom::thread;

    /// A value whose accesses are checked for races.
    pub(crate) struct Value(loom::cell::UnsafeCell<usize>);

    impl Value {
        pub(crate) fn new(value: usize) -> Self {
            Self(loom::cell::UnsafeCell::new(value))
        }

        pub(crate) fn get(&self) -> usize {
            // SAFETY: It is written when it is made alone; loom finds out whether that is over.
            self.0.with(|value| unsafe { *value })
        }
    }
}

use arena::Plant;
use programs::Op::{self, Pop, PopAll, Push, PushTwo, Seal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Instant;

/// Run a program in each interleaving, or in each in which threads are preempted at most `bound` times.
fn explore(programs: &[&[Op]], bound: Option<usize>, plant: Plant) {
    let programs: Vec<Vec<Op>> = programs.iter().map(|ops| ops.to_vec()).collect();
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counted = counts.clone();
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 100_000;
    builder.preemption_bound = bound;
    let start = Instant::now();
    let shown = format!("{programs:?}");
    builder.check(move || {
        let times = programs::run(&programs, plant);
        // ORDERING: Counters of one thread.
        counted.0.fetch_add(1, Ordering::Relaxed);
        counted.1.fetch_add(times, Ordering::Relaxed);
    });
    let bound = bound.map_or("all".to_owned(), |bound| format!("{bound} preemptions"));
    println!(
        "{shown}, {bound}: {:?} runs and addresses that were used again, {:.1} s",
        counts,
        start.elapsed().as_secs_f64()
    );
}

/// Whether an error that is planted ends a run with these words.
fn finds(plant: Plant, programs: &[&[Op]], words: &str) {
    let found = std::panic::catch_unwind(|| explore(programs, Some(2), plant));
    let Err(panic) = found else {
        panic!("{plant:?} was not found");
    };
    let said = panic.downcast_ref::<String>().cloned();
    let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let said = said.unwrap_or_default();
    assert!(said.contains(words), "{plant:?} was found by: {said}");
}

/// `FERRITE_LONG=1`: take the time.
fn long() -> bool {
    std::env::var_os("FERRITE_LONG").is_some_and(|value| value == "1")
}

#[test]
fn two_threads_in_every_interleaving() {
    explore(&[&[Push, PopAll], &[Push, PopAll]], None, Plant::Nothing);
    explore(&[&[PushTwo, PopAll], &[PopAll, Push]], None, Plant::Nothing);
    explore(&[&[Push, Seal], &[PushTwo, PopAll]], None, Plant::Nothing);
    explore(&[&[Push, Pop], &[Pop, Push]], None, Plant::Nothing);
}

#[test]
fn three_threads_and_three_operations_in_every_interleaving() {
    explore(&[&[Push], &[PushTwo], &[PopAll]], None, Plant::Nothing);
    if long() {
        explore(&[&[Push], &[PopAll], &[PopAll]], None, Plant::Nothing);
        explore(&[&[Push], &[PushTwo], &[Push]], None, Plant::Nothing);
        explore(&[&[Push], &[PushTwo], &[Seal]], None, Plant::Nothing);
        explore(&[&[Push], &[Push], &[Pop]], None, Plant::Nothing);
        explore(&[&[Push], &[Pop], &[Pop]], None, Plant::Nothing);
    }
}

/// There are more interleavings than can be run: those with few preemptions.
#[test]
fn three_threads_of_three_operations_each() {
    let more = usize::from(long());
    let [push, two, all, pop, seal] = [Push, PushTwo, PopAll, Pop, Seal];
    for (bound, programs) in [
        (2, [[push, all, push], [two, all, push], [all, push, all]]),
        (2, [[push, all, push], [two, seal, push], [all, push, all]]),
        // Who waits for a grace period is run again and again.
        (1, [[push, pop, push], [two, pop, pop], [pop, push, pop]]),
    ] {
        let programs: Vec<&[Op]> = programs.iter().map(|ops| &ops[..]).collect();
        explore(&programs, Some(bound + more), Plant::Nothing);
    }
}

/// With pointers in its links, the list is what pointer zap breaks: a stale one is followed.
#[test]
fn a_stale_pointer_is_found() {
    finds(
        Plant::Pointers,
        &[&[Push], &[Push, PopAll, Push, PopAll]],
        "another one lives there",
    );
}

#[test]
fn a_push_without_order_is_found() {
    finds(Plant::RelaxedPush, &[&[Push], &[PopAll]], "ausality");
}

/// Objects that are used again before a grace period has passed are lost, taken twice, or followed when they are dead.
#[test]
fn a_missing_grace_period_is_found() {
    finds(
        Plant::NoGracePeriod,
        &[&[Pop], &[Push, Push, Pop, Pop, Push]],
        "",
    );
}
