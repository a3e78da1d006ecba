// SPDX-License-Identifier: GPL-2.0

//! The rules of the house that a program can check. What it cannot check is no rule.

mod circles;
mod layers;
mod modules;
mod source;
mod text;

pub use circles::circles;
pub use layers::layers;
pub use source::{comments, Wanted};
pub use text::text;
