// SPDX-License-Identifier: GPL-2.0

//! Where the `kernel` crate comes from, and why.
//!
//! `scripts/kbuild/provider.sh` decides, here as for a `KDIR=`: it asks the kernel's own crate. What is added here is the
//! Rust metadata that a header package lacks: where the kernel's source is at hand, they are rebuilt, and it is asked again.

use crate::{metadata, sources};
use anyhow::{bail, Context as _, Result};
use clap::ValueEnum;
use host::Context;
use kernels::{Installed, Kernel, Provider};
use root::Root;
use std::fmt;
use std::path::{Path, PathBuf};

/// The script, in the tree.
const SCRIPT: &str = "scripts/kbuild/provider.sh";

/// The script's word for a build tree without Rust metadata.
const METADATA: &str = "metadata";

/// What the person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wish {
    /// Native where it can be, else carried
    Auto,
    /// The target kernel's own crate
    Native,
    /// The newest upstream crate, compiled against the target's headers
    Carried,
}

/// A provider, the reason it was taken, and what to build against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The provider.
    pub provider: Provider,
    /// Why this one, in a few words.
    pub why: String,
    /// The build folder for `make -C`, as seen inside the root: the header package's, or the one with rebuilt metadata.
    pub kdir: PathBuf,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider: {} ({})", self.provider, self.why)
    }
}

/// The provider for an installed kernel of the matrix: what was wished, or what is right.
///
/// # Errors
///
/// If native was wished and cannot be: why not, and what to do. If the metadata cannot be rebuilt.
pub fn choose(
    ctx: &Context,
    root: &Root,
    kernel: &Kernel,
    installed: &Installed,
    wish: Wish,
) -> Result<Choice> {
    let script = ctx.repo.join(SCRIPT);
    let cache = format!("FERRITE_CACHE={}", ctx.cache.path().display());
    let ask = |kdir: &Path, word: &str| {
        let cmd = root.enter(ctx).kernel(installed).cmd("env");
        let cmd = cmd.arg(&cache).arg("sh").arg(&script).arg(kdir).arg(word);
        Ok(cmd.run(ctx)?.stdout)
    };
    let rebuild = || {
        let Some(package) = &installed.source else {
            return Ok(None);
        };
        let source = sources::exactly(ctx, &kernel.suites, package)?;
        let tree = metadata::tree(ctx, root, installed, &source)?;
        Ok(Some((tree, package.name.clone())))
    };
    let choice = decide(&installed.kdir, wish, ask, rebuild)?;
    if wish == Wish::Native && choice.provider != Provider::Native {
        bail!(
            "{} cannot have the native provider: {}.\nTake PROVIDER=auto, which carries the crate to it.",
            kernel.name,
            choice.why
        );
    }
    Ok(choice)
}

/// Ask the script, once more with rebuilt metadata where that is all that is missing. `rebuild` gives the tree that has
/// them and the name of the source package, or nothing where there is no source.
fn decide(
    kdir: &Path,
    wish: Wish,
    ask: impl Fn(&Path, &str) -> Result<String>,
    rebuild: impl FnOnce() -> Result<Option<(PathBuf, String)>>,
) -> Result<Choice> {
    let word = match wish {
        Wish::Carried => "carried",
        // That native cannot be is told here, with what to do about it.
        Wish::Auto | Wish::Native => "auto",
    };
    let (mut choice, obstacle) = answer(kdir, &ask(kdir, word)?)?;
    if wish == Wish::Carried || obstacle != METADATA {
        return Ok(choice);
    }
    match rebuild()? {
        Some((tree, package)) => {
            choice = answer(&tree, &ask(&tree, word)?)?.0;
            choice.why = format!("{}; the metadata were rebuilt from {package}", choice.why);
        }
        None => choice
            .why
            .push_str(", and kernels.toml names no source package to rebuild them from"),
    }
    Ok(choice)
}

/// The script's three lines: provider, obstacle, reason. The obstacle is returned beside.
fn answer(kdir: &Path, text: &str) -> Result<(Choice, String)> {
    let mut lines = text.lines();
    let mut next = || {
        lines
            .next()
            .with_context(|| format!("{SCRIPT} printed {text:?}, not three lines"))
    };
    let provider = match next()? {
        "native" => Provider::Native,
        "carried" => Provider::Carried,
        other => bail!("{SCRIPT} named the provider {other:?}, which is none"),
    };
    let (obstacle, why) = (next()?.to_owned(), next()?.to_owned());
    let kdir = kdir.to_owned();
    Ok((
        Choice {
            provider,
            why,
            kdir,
        },
        obstacle,
    ))
}

#[cfg(test)]
mod tests;
