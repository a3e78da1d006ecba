// SPDX-License-Identifier: GPL-2.0

//! All that a build needs of a kernel: the kernel, its source, and a `kernel` crate for it.

mod build_folder;
mod compiled;
mod install;
mod metadata;
mod packaged;
mod provider;
pub mod sources;

pub use build_folder::wrapper;
pub use compiled::lost;
pub use install::{install, is_cached};
pub use packaged::{cached_pin, source_of};
pub use provider::{choose, Choice, Wish};
pub use sources::{
    exactly as source_exactly, of_line as source_of_line, upstream as upstream_source,
};
