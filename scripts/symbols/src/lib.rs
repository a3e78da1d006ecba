// SPDX-License-Identifier: GPL-2.0

//! Would a kernel load a module? Answered from their files, without building or booting.

mod kernel;
mod module;
#[cfg(test)]
mod tests;
mod verdict;

pub use kernel::Kernel;
pub use module::{contents, differing_sections, name_of, sizes, Module};
pub use verdict::{judge, Row, Verdict};
