// SPDX-License-Identifier: GPL-2.0

//! The command-line options that say what to build.

use clap::Args;
use provide::Wish;

/// The options that choose a kernel and a provider; shared by all subcommands that build.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// Which kernel of kernels.toml (default: the one that kernels.toml names)
    #[arg(short, long, value_name = "NAME")]
    pub kernel: Option<String>,

    /// Where the `kernel` crate comes from
    #[arg(
        short,
        long,
        value_enum,
        default_value = "auto",
        value_name = "PROVIDER"
    )]
    pub provider: Wish,
}
