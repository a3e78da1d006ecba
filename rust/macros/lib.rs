// SPDX-License-Identifier: GPL-2.0

//! The suite's procedural macros, re-exported by crate `ferrite`.
//!
//! Written against the compiler's own `proc_macro` alone: a target kernel ships the `macros` crate
//! that it was built with, but seldom the parsers (`syn`, `quote`) beneath it.

mod tests;

use proc_macro::TokenStream;

/// Makes a suite of in-kernel tests out of a module, on kernels with and without KUnit.
///
/// Each function marked `#[test]` is a test case. In it, `assert!`, `assert_eq!` and `?` end the
/// test when they fail, and nothing else: the kernel goes on. The suite is named by the
/// module's path, and is run by [`ferrite::test::Run`](../ferrite/test/struct.Run.html) when the
/// kernel module is loaded, if the build says `FERRITE_TESTS=y`; otherwise it is empty.
///
/// # Examples
///
/// ```ignore
/// #[ferrite::tests]
/// mod tests {
///     use super::*;
///
///     #[test]
///     fn name_is_kept() {
///         let name = CString::try_from_fmt(fmt!("{}", 1))?;
///         assert_eq!(name.to_bytes(), b"1");
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn tests(attr: TokenStream, item: TokenStream) -> TokenStream {
    match tests::expand(attr, item) {
        Ok(tokens) => tokens,
        Err(error) => error.into_compile_error(),
    }
}
