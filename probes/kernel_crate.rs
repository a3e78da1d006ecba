// SPDX-License-Identifier: GPL-2.0

//! Is the target's own `kernel` crate the one that the suite is written against?
//!
//! Upstream: a barrier that says which accesses it orders, and modules known by
//! `ModuleMetadata::THIS_MODULE`, 7.3. Asked by scripts/kbuild/kdir.sh.

use kernel::prelude::*;

#[cfg(QUESTION)]
// ORDERING: Never run.
const _: (fn(), fn() -> ThisModule) = (
    || kernel::sync::barrier::smp_mb(kernel::sync::barrier::Full),
    || <LocalModule as kernel::ModuleMetadata>::THIS_MODULE,
);

module! {
    type: Probe,
    name: "kernel_crate",
    authors: ["The Ferrite developers"],
    description: "Compiled, never loaded",
    license: "GPL",
}

struct Probe;

impl kernel::Module for Probe {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}
