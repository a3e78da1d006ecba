// SPDX-License-Identifier: GPL-2.0

//! Reads KTAP, the kernel's dialect of the Test Anything Protocol.
//!
//! A document that is missing, is cut short or contradicts itself counts as a failure with a cause, also if each of
//! its tests passed.
//! The format: the kernel's `Documentation/dev-tools/ktap.rst`; `kselftest_harness.h` writes "TAP version 13".

mod document;
mod line;
mod read;
#[cfg(test)]
mod tests;

pub use document::{describe_exit, Counts, Document, Test, TestOutcome};
pub use read::read;
