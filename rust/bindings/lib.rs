// SPDX-License-Identifier: GPL-2.0

//! C declarations that the suite needs and the `kernel` crate does not bind.
//!
//! Made by bindgen from `bindings_helper.h`, for the target kernel's headers. Types which the
//! `kernel` crate binds already are the `kernel` crate's, so that a `struct file` here and there
//! is one type.
//!
//! Like `kernel::bindings`, this is for abstractions (crate `ferrite`), not for modules.

#![allow(
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    improper_ctypes,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unsafe_op_in_unsafe_fn
)]

mod generated {
    #[allow(unused_imports)]
    use kernel::bindings::*;

    include!("bindings_generated.rs");
}

/// The wrappers in `c-helpers/helpers`, under the names that they wrap.
mod helpers {
    #[allow(unused_imports)]
    use super::generated::*;
    #[allow(unused_imports)]
    use kernel::bindings::*;

    include!("bindings_helpers_generated.rs");
}

pub use generated::*;
#[allow(unused_imports)]
pub use helpers::*;
