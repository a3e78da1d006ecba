// SPDX-License-Identifier: GPL-2.0

//! Litmus tests of the Linux kernel memory model (LKMM).
//!
//! A litmus test is a handful of threads over shared locations, and a question about how they may
//! end. Here one is [read](parse()) from the C form that herd7 and the kernel's own tests use, and
//! [written](ast::Test) in that form.

pub mod ast;
mod comments;
pub mod compare;
pub mod corpus;
pub mod cycles;
mod error;
pub mod expect;
pub mod generate;
pub mod inverse;
pub mod judge;
pub mod log;
pub mod lowered;
pub mod mutants;
pub mod ops;
mod parse;
pub mod picture;
mod print;
pub mod rust;
pub mod trace;
pub mod types;

pub use error::{text, Error};
pub use parse::parse;
