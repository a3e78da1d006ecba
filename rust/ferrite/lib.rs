// SPDX-License-Identifier: GPL-2.0

//! What the suite's modules share and the `kernel` crate does not have.
//!
//! Written as upstream would: a type here may move to the `kernel` crate one day, and then a module
//! changes one `use`. Compiled into `ferrite.ko`, which exports it.

// Lets the suite's procedural macros say `::ferrite` in this crate, too.
extern crate self as ferrite;

pub mod atomic;
pub mod cred;
pub mod deferred;
pub mod kthread;
pub mod lkmm;
pub mod miscdevice;
pub mod noise;
pub mod pid;
pub mod pidfd;
pub mod release;
pub mod sync;
pub mod task;
pub mod test;
pub mod uaccess;

pub use ferrite_macros::tests;

use kernel::prelude::*;

module! {
    type: Ferrite,
    name: "ferrite",
    authors: ["The Ferrite developers"],
    description: "What Ferrite's modules share",
    license: "GPL",
}

/// `ferrite.ko` itself: its code serves other modules, so all it does by itself is test it.
struct Ferrite {
    _tests: test::Run,
}

impl kernel::Module for Ferrite {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _tests: test::Run::new::<LocalModule>(&[
                &deferred::tests::SUITE,
                &kthread::tests::SUITE,
                &pid::tests::SUITE,
                &pidfd::tests::SUITE,
                &sync::lifo::tests::SUITE,
                &test::tests::SUITE,
            ])?,
        })
    }
}
