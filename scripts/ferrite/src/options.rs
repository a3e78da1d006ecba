// SPDX-License-Identifier: GPL-2.0

//! Options that several subcommands have.

use clap::Args;
use guest::Runner;

/// The option that chooses what boots a guest; shared by all subcommands that boot one.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Boot {
    /// What boots the guest
    #[arg(long, value_enum, default_value = "qemu")]
    pub(crate) runner: Runner,
}
