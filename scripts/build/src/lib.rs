// SPDX-License-Identifier: GPL-2.0

//! Builds the modules and selftests for a kernel. It never boots a guest.

mod built;
mod ready;
mod runs;
mod stage;
mod suite;
mod target;

pub use built::Built;
pub use ready::{ready, Ready};
pub use runs::new_run;
pub use stage::unstaged;
pub use suite::{for_target, forged, lint, modules, modules_with, stage, Wanted};
pub use target::Target;
