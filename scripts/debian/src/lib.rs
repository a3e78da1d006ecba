// SPDX-License-Identifier: GPL-2.0

//! Debian: the archive, packages, and the programs of this machine.

mod archive;
mod mirrors;
pub mod programs;

pub use archive::{unpack, with_lists, Archive};
pub use deb_version::compare_versions;
pub use mirrors::{sources_list, Mirrors, PackageKind};
