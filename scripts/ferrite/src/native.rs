// SPDX-License-Identifier: GPL-2.0

//! The native provider's tree: the Rust metadata that a header package lacks, rebuilt from the source package.
