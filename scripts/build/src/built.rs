// SPDX-License-Identifier: GPL-2.0

//! What a build leaves behind, copied to the folder of its run.

use crate::ready::Ready;
use crate::runs::new_run;
use anyhow::{bail, Context as _, Result};
use host::{explain, Context};
use kernels::{Config, Installed, Provider};
use std::fs;
use std::path::{Path, PathBuf};

/// Where a kernel's build tree has the functions that its Rust calls for C's macros and inline functions.
const HELPERS: &str = "rust/helpers/helpers.o";

/// What a build leaves behind: files of this run alone, which no other build changes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The kernel it was built for.
    pub kernel: Installed,
    /// Whose `kernel` crate it was built against.
    pub provider: Provider,
    /// The modules in the order in which they load: `ferrite.ko` first.
    pub modules: Vec<PathBuf>,
    /// The selftests and demo programs: name (`pidfd/get_info`) and file.
    pub selftests: Vec<(String, PathBuf)>,
    /// The target kernel's own functions that Rust calls for C's macros and inline functions, where the crate is its own.
    pub helpers: Option<PathBuf>,
    /// What the probes answered, if the provider asked: lines of a probe and its answer.
    pub probes: Option<PathBuf>,
    /// What the probes configure, if the provider asked: lines such as `CONFIG_X=y`.
    configured: Option<PathBuf>,
    /// The kernel source that selftests are built from.
    pub source: PathBuf,
    /// The folder of this run; logs and KTAP go there too.
    pub dir: PathBuf,
}

impl Built {
    /// The kernel's configuration, with what the carried provider brings along.
    pub fn config(&self) -> Result<Config> {
        let mut config = Config::read(&self.kernel)?;
        if let Some(file) = &self.configured {
            config.extend(&read(file)?);
        }
        Ok(config)
    }
}

/// Copy what was built to a folder of this run.
pub(crate) fn collect(ctx: &Context, ready: &Ready, stage: &Path) -> Result<Built> {
    collect_in(ready, stage, new_run(ctx, &ready.kernel.name)?)
}

/// Copy what was built to a folder.
pub(crate) fn collect_in(ready: &Ready, stage: &Path, dir: PathBuf) -> Result<Built> {
    let order = read(&stage.join("modules.order"))?;
    let mut modules = Vec::new();
    for line in order.lines() {
        let file = Path::new(line).with_extension("ko");
        let file = file
            .file_name()
            .context("modules.order has an empty line")?;
        modules.push(take(&stage.join(file), &dir.join(file))?);
    }
    if modules.is_empty() {
        bail!("Kbuild said that all went well and built no module: is obj-m in Kbuild empty?");
    }
    let mut selftests = Vec::new();
    let list = stage.join("selftests/programs.list");
    if list.exists() {
        for name in read(&list)?.lines() {
            let file = take(
                &stage.join("selftests").join(name),
                &dir.join("selftests").join(name),
            )?;
            selftests.push((name.to_owned(), file));
        }
    }
    let carried = |name: &str| match ready.choice.provider {
        Provider::Native => Ok(None),
        Provider::Carried => take(&stage.join("carried").join(name), &dir.join(name)).map(Some),
    };
    let (probes, configured) = (carried("probes.txt")?, carried("probes.conf")?);
    let helpers = ready.choice.kdir.join(HELPERS);
    let helpers = match ready.choice.provider {
        // A kernel that inlines them has no such file.
        Provider::Native if helpers.exists() => Some(take(&helpers, &dir.join("helpers.o"))?),
        _ => None,
    };
    Ok(Built {
        kernel: ready.kernel.clone(),
        provider: ready.choice.provider,
        modules,
        selftests,
        helpers,
        probes,
        configured,
        source: ready.source.clone(),
        dir,
    })
}

fn take(from: &Path, to: &Path) -> Result<PathBuf> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|error| explain(error, parent))?;
    }
    if !from.exists() {
        bail!(
            "Kbuild's list names {}, which it did not build",
            from.display()
        );
    }
    fs::copy(from, to).map_err(|error| explain(error, to))?;
    Ok(to.to_owned())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("Kbuild left no {}", path.display()))
}
