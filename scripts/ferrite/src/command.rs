// SPDX-License-Identifier: GPL-2.0

//! The subcommands that have no folder of their own.

pub(crate) mod build;
pub(crate) mod clean;
pub(crate) mod compat_symbols;
pub(crate) mod kernels;
pub(crate) mod ktap;
pub(crate) mod root;
pub(crate) mod shell;
pub(crate) mod vm;
