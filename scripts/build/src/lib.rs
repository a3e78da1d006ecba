// SPDX-License-Identifier: GPL-2.0

//! Building the modules and selftests for a kernel. Nothing here boots anything.

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
