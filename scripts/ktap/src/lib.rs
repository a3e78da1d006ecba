// SPDX-License-Identifier: GPL-2.0

//! KTAP, the kernel's dialect of the Test Anything Protocol: what a document says, and whether to believe it.
//!
//! A document that is missing, cut short or contradicts itself is a failure with a cause, whatever its lines claim.
//! The format: the kernel's `Documentation/dev-tools/ktap.rst`; `kselftest_harness.h` writes "TAP version 13".

mod document;
mod line;
mod read;
#[cfg(test)]
mod tests;

pub use document::{describe_exit, Counts, Document, Test, TestOutcome};
pub use read::read;
