// SPDX-License-Identifier: GPL-2.0

//! Modules as a distribution installs them: without debug information, which a guest would read, and unpack into
//! memory, each time that it loads one. It is what `modules_install` does if it is told `INSTALL_MOD_STRIP=1`.

use super::{file_name, Guest, Payload};
use crate::context::Context;
use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSection as _};
use std::fs;
use std::path::{Path, PathBuf};

/// The same payload; of modules with debug information, copies in `work` that have none.
pub(super) fn payload(
    ctx: &Context,
    guest: &Guest<'_>,
    payload: &Payload,
    work: &Path,
) -> Result<Payload> {
    let stripped = |file: &PathBuf| -> Result<PathBuf> {
        // What has none is left as it is: it may be signed.
        if !has_debug(file)? {
            return Ok(file.clone());
        }
        let to = work.join(file_name(file));
        let seen = file.parent().unwrap_or(file);
        let enter = guest.root.enter(ctx).bind(seen).bind(work);
        let cmd = enter.cmd("objcopy").arg("--strip-debug").arg(file).arg(&to);
        cmd.run(ctx)?;
        Ok(to)
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

fn has_debug(module: &Path) -> Result<bool> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    // What is no object file is the guest's to refuse.
    let Ok(file) = object::File::parse(&*bytes) else {
        return Ok(false);
    };
    let mut names = file.sections();
    Ok(names.any(|section| section.name().is_ok_and(|name| name.starts_with(".debug"))))
}
