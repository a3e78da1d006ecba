// SPDX-License-Identifier: GPL-2.0

//! Random schedules of long programs, by shuttle: its atomics are sequentially consistent, its runs many.

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

/// What the model needs of shuttle.
mod checker {
    pub(crate) use shuttle::sync::{atomic, Arc};
    pub(crate) use shuttle::thread;

    /// A value. (Shuttle does not look for races.)
    pub(crate) struct Value(usize);

    impl Value {
        pub(crate) fn new(value: usize) -> Self {
            Self(value)
        }

        pub(crate) fn get(&self) -> usize {
            self.0
        }
    }
}

use arena::Plant;
use programs::Op::{self, Pop, PopAll, Push, PushTwo, Seal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// How many schedules of each program are run: a million with `FERRITE_LONG=1`.
fn schedules() -> usize {
    match std::env::var_os("FERRITE_LONG").is_some_and(|value| value == "1") {
        true => 1_000_000,
        false => 5_000,
    }
}

/// Run a program of four threads, which do the same operations in other orders.
fn explore(ops: &[Op], schedules: usize, plant: Plant) -> usize {
    let programs: Vec<Vec<Op>> = (0..4)
        .map(|thread| {
            let mut ops = ops.to_vec();
            let first = thread % ops.len();
            ops.rotate_left(first);
            ops
        })
        .collect();
    let reused = Arc::new(AtomicUsize::new(0));
    let counted = reused.clone();
    shuttle::check_random(
        move || {
            let times = programs::run(&programs, plant);
            // ORDERING: A counter of one thread.
            counted.fetch_add(times, Ordering::Relaxed);
        },
        schedules,
    );
    // ORDERING: A count, read when all is over.
    reused.load(Ordering::Relaxed)
}

#[test]
fn nothing_is_lost() {
    let ops = [Push, PushTwo, PopAll, Push, Push, PopAll, PushTwo, PopAll];
    assert!(explore(&ops, schedules(), Plant::Nothing) > 0);
}

#[test]
fn nothing_is_lost_when_sealed() {
    let ops = [Push, PushTwo, PopAll, Push, Push, PopAll, Seal];
    assert!(explore(&ops, schedules(), Plant::Nothing) > 0);
}

#[test]
fn nothing_is_lost_one_by_one() {
    let ops = [Push, PushTwo, Pop, Push, Pop, Pop, Push, Pop];
    assert!(explore(&ops, schedules(), Plant::Nothing) > 0);
}

#[test]
#[should_panic(expected = "another one lives there")]
fn a_stale_pointer_is_found() {
    explore(&[Push, PopAll, Push], 100_000, Plant::Pointers);
}

#[test]
#[should_panic]
fn a_missing_grace_period_is_found() {
    explore(&[Push, Pop, Push, Pop], 100_000, Plant::NoGracePeriod);
}
