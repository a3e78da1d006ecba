// SPDX-License-Identifier: GPL-2.0

//! Options of `ferrite bench`.

use crate::options::Boot;
use build::Target;
use clap::{Args, ValueEnum};

/// Options of `ferrite bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    #[command(flatten)]
    pub(crate) boot: Boot,

    /// What is measured (default: all)
    #[arg(long, value_enum, value_name = "NAMES", value_delimiter = ' ')]
    pub(crate) module: Vec<Module>,

    /// How often a measured thing is done in a round (default: what suits it)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// How often each thing of the harness is measured; the median is printed
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,

    /// Also measure a demo with an empty cache (downloads everything again)
    #[arg(long)]
    pub(crate) cold: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Module {
    /// One question to `/dev/ferrite-pidfd`, to the same device in C, and to the kernel's own interface
    Pidfd,
    /// The carried `kernel` crate beside the kernel's own
    Carried,
    /// The litmus engine beside klitmus7: instances, and weak outcomes, per second
    Litmus,
    /// Builds, boots and checks: what the harness itself costs
    Harness,
}
