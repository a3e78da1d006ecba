// SPDX-License-Identifier: GPL-2.0

//! This machine: signals, rights, disk, cache, running programs, and what is shown to the person who waits.

mod cache;
pub mod columns;
mod context;
mod disk;
mod program;
mod rights;
pub mod signals;

pub use cache::{digits, Cache, Entry, Lock};
pub use context::{Context, Step};
pub use disk::{explain, file_name, remove_tree, safe};
pub use program::{ending, jobs, which, Cmd, ProgramOutcome, Running};
pub use rights::is_root;
