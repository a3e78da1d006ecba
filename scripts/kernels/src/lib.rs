// SPDX-License-Identifier: GPL-2.0

//! The supported kernels: the matrix of `kernels.toml`, a kernel's configuration, and an installed kernel.

mod config;
mod installed;
mod matrix;
mod package;

pub use config::Config;
pub use installed::Installed;
pub use matrix::{HerdSpec, Kernel, Provider, Range, ReleaseLine, RootSpec, Table, Upstream};
pub use package::Package;
