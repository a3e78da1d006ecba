// SPDX-License-Identifier: GPL-2.0

//! What a compiler made of a litmus test's thread: the ways through its machine code, and what each does to memory.

mod arm64;
mod listing;
mod names;
mod op;
mod riscv;
mod state;
#[cfg(test)]
mod tests;
mod walk;
mod x86_64;

pub use arm64::Arm64;
pub use listing::Listing;
pub use op::Machine;
pub use riscv::Riscv;
pub use state::Way;
pub use walk::Function;
pub use x86_64::X86_64;
