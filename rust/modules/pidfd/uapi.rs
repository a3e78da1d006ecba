// SPDX-License-Identifier: GPL-2.0

//! The device's interface to userspace: `c-helpers/include/uapi/ferrite_pidfd.h`, read by bindgen.
//!
//! It is the module's own, and not in crate `ferrite`: a new constant changes no other module.

#![allow(
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub
)]

#[allow(unused_imports)]
use kernel::bindings::*;

include!("uapi_generated.rs");
