// SPDX-License-Identifier: GPL-2.0

//! Getting a kernel of `kernels.toml` into the cache, from packages or from its source.

use crate::{compiled, packaged};
use anyhow::Result;
use host::Context;
use kernels::{Installed, Kernel, Table};

/// Returns the kernel. Fetches or builds it first if it is not in the cache.
pub fn install(ctx: &Context, kernel: &Kernel) -> Result<Installed> {
    match kernel.is_built_here() {
        true => compiled::install(ctx, kernel),
        false => packaged::install(ctx, kernel),
    }
}

/// Is the kernel in the cache?
pub fn is_cached(ctx: &Context, table: &Table, kernel: &Kernel) -> bool {
    match kernel.is_built_here() {
        true => compiled::is_cached(ctx, &table.root, kernel),
        false => packaged::is_cached(ctx, kernel),
    }
}
