// SPDX-License-Identifier: GPL-2.0

//! Building the suite for a kernel: a staged tree, `make` in the root, results copied out.

use crate::cli::Target;
use crate::context::Context;
use crate::kernels::Installed;
use crate::provider::Choice;
use crate::root::Root;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `ferrite build`.
#[derive(Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// What a build leaves behind: files of this run alone, which no other build changes.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// The kernel it was built for.
    pub(crate) kernel: Installed,
    /// Whose `kernel` crate, and why.
    pub(crate) choice: Choice,
    /// The modules in the order in which they load: `ferrite.ko` first.
    pub(crate) modules: Vec<PathBuf>,
    /// The selftests and demo programs: name (`pidfd/get_info`) and file.
    pub(crate) selftests: Vec<(String, PathBuf)>,
    /// The folder of this run; logs and KTAP go there too.
    pub(crate) dir: PathBuf,
}

/// Build all for a kernel.
pub(crate) fn build(_ctx: &Context, _root: &Root, _target: &Target) -> Result<Built> {
    anyhow::bail!("nothing was built")
}

/// `ferrite build`.
pub(crate) fn run(ctx: &Context, args: &BuildArgs) -> Result<ExitCode> {
    let root = Root::get(ctx)?;
    let built = build(ctx, &root, &args.target)?;
    ctx.say(built.dir.display().to_string());
    Ok(ExitCode::SUCCESS)
}
