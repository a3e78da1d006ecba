// SPDX-License-Identifier: GPL-2.0

//! The very source of the kernel's `ferrite::sync::lifo`, over the atomics and boxes of std.
//!
//! The tests of this crate compile the same source again, over loom and over shuttle, with pointers that
//! know whether their object has died (`tests/model`).

mod atomic;
#[path = "../../../rust/ferrite/sync/lifo/batch.rs"]
mod batch;
#[path = "../../../rust/ferrite/sync/lifo/chain.rs"]
mod chain;
#[path = "../../../rust/ferrite/sync/lifo/list.rs"]
mod list;
#[path = "../../../rust/ferrite/sync/lifo/node.rs"]
mod node;
mod own;
#[path = "../../../rust/ferrite/sync/lifo/rcu.rs"]
mod rcu;
#[path = "../../../rust/ferrite/sync/lifo/seal.rs"]
mod seal;

/// As in the kernel's crate.
pub mod sync {
    /// The list.
    pub mod lifo {
        pub use crate::{
            batch::Batch,
            chain::Chain,
            list::Lifo,
            node::{Link, Linked, Owner},
            rcu::{RcuLifo, Retired},
            seal::SealableLifo,
        };
    }
}
