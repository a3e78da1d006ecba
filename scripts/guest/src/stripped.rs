// SPDX-License-Identifier: GPL-2.0

//! Modules as a distribution installs them, without debug information. `modules_install` does the same with
//! `INSTALL_MOD_STRIP=1`. With debug information, a guest would read far more for each load.

use crate::guest::{Guest, Payload};
use anyhow::{Context as _, Result};
use host::{file_name, Context};
use object::{Object as _, ObjectSection as _};
use root::Root;
use std::fs;
use std::path::{Path, PathBuf};

/// The same payload, with stripped copies in `work` instead of modules that have debug information.
pub(crate) fn payload(
    ctx: &Context,
    guest: &Guest<'_>,
    payload: &Payload,
    work: &Path,
) -> Result<Payload> {
    let stripped = |file: &PathBuf| -> Result<PathBuf> {
        // A module without debug information is not copied: it may be signed.
        if !has_debug(file)? {
            return Ok(file.clone());
        }
        objcopy(ctx, guest.root, &["--strip-debug"], file, work)
    };
    Ok(Payload {
        modules: payload
            .modules
            .iter()
            .map(stripped)
            .collect::<Result<_>>()?,
        programs: payload.programs.clone(),
    })
}

/// Copies of modules in `into`, without BTF as well. A kernel spends more time on the BTF of a small module than on the
/// rest of loading it.
pub fn bare(ctx: &Context, root: &Root, modules: &[PathBuf], into: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    let arguments = ["--strip-debug", "-R.BTF", "-R.BTF.base"];
    let copy = |file: &PathBuf| objcopy(ctx, root, &arguments, file, into);
    modules.iter().map(copy).collect()
}

fn objcopy(
    ctx: &Context,
    root: &Root,
    arguments: &[&str],
    from: &Path,
    into: &Path,
) -> Result<PathBuf> {
    let to = into.join(file_name(from));
    let seen = from.parent().unwrap_or(from);
    let enter = root.enter(ctx).bind(seen).bind(into);
    let cmd = enter.cmd("objcopy").args(arguments).arg(from).arg(&to);
    cmd.run(ctx)?;
    Ok(to)
}

fn has_debug(module: &Path) -> Result<bool> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    // A file that is not an object file is passed on: the guest refuses it.
    let Ok(file) = object::File::parse(&*bytes) else {
        return Ok(false);
    };
    let mut names = file.sections();
    Ok(names.any(|section| section.name().is_ok_and(|name| name.starts_with(".debug"))))
}
