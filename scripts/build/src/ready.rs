// SPDX-License-Identifier: GPL-2.0

//! All that a build for one kernel needs, gathered.

use crate::stage::unstaged;
use crate::target::Target;
use anyhow::Result;
use debian::programs;
use host::{jobs, Cmd, Context};
use kernels::{Installed, Kernel, Provider, Table};
use provide::{choose, install, source_of, sources, Choice, Wish};
use root::{Enter, Root};
use std::path::{Path, PathBuf};
use std::thread;

/// All that a build for one kernel needs, there and whole.
pub struct Ready {
    /// The toolchain root.
    pub root: Root,
    /// The kernel.
    pub kernel: Installed,
    /// Whose `kernel` crate, and why.
    pub choice: Choice,
    /// The kernel source that selftests, and the carried provider, are built from.
    pub(crate) source: PathBuf,
}

impl Ready {
    /// The name of the folder that this kernel and provider are built in.
    pub fn stage_name(&self) -> String {
        format!("{}-{}", self.kernel.name, self.choice.provider)
    }

    /// The kernel's own Kbuild, for the external modules of `folder`; messages are shown with paths below `top`.
    pub fn kbuild(&self, ctx: &Context, folder: &Path, top: &Path) -> Cmd {
        self.kbuild_in(self.root.enter(ctx), folder, top)
    }

    pub(crate) fn kbuild_in(&self, enter: Enter<'_>, folder: &Path, top: &Path) -> Cmd {
        let shown = top.to_string_lossy().into_owned();
        // The header packages of old kernels name a compiler of their time, which the root does not have. A native
        // tree says for itself which one it is for.
        let compiler = (self.choice.provider == Provider::Carried).then_some("CC=gcc");
        enter
            .kernel(&self.kernel)
            .cmd("make")
            .args(compiler)
            .arg("-C")
            .arg(&self.choice.kdir)
            .arg(format!("M={}", folder.display()))
            .arg(format!("FERRITE_PROVIDER={}", self.choice.provider))
            .arg(format!("-j{}", jobs()))
            .map_lines(move |line| unstaged(line, &shown))
            .tail(100)
    }
}

/// Get all that a build needs, doing what is independent at the same time.
pub fn ready(ctx: &Context, target: &Target) -> Result<Ready> {
    let table = Table::read(&ctx.repo)?;
    let kernel = table.named(target.kernel.as_deref())?;
    programs::ensure(ctx)?;
    if ctx.cache.sweep()? > 0 {
        ctx.note("  removed what an earlier run left half-made");
    }
    let expected = match target.provider {
        Wish::Auto => kernel.provider,
        Wish::Native => Provider::Native,
        Wish::Carried => Provider::Carried,
    };
    let (root, kernel) = thread::scope(|scope| {
        let root = scope.spawn(|| Root::get(ctx));
        // Only to save time: what goes wrong here is said when the source is asked for again.
        scope.spawn(|| source_for(ctx, &table, kernel, expected));
        let kernel = install(ctx, kernel);
        Ok::<_, anyhow::Error>((join(root)?, kernel?))
    })?;
    let named = table.kernel(&kernel.name)?;
    let choice = choose(ctx, &root, named, &kernel, target.provider)?;
    ctx.say(format!("{}: {choice}", kernel.name));
    let source = source_for(ctx, &table, named, choice.provider)?;
    Ok(Ready {
        root,
        kernel,
        choice,
        source,
    })
}

/// The unpacked source that a provider compiles.
fn source_for(
    ctx: &Context,
    table: &Table,
    kernel: &Kernel,
    provider: Provider,
) -> Result<PathBuf> {
    match (provider, source_of(ctx, kernel)) {
        (Provider::Native, Some(package)) => sources::exactly(ctx, &kernel.suites, &package),
        _ => sources::upstream(ctx, table),
    }
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
