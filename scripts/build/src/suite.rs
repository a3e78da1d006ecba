// SPDX-License-Identifier: GPL-2.0

//! Building the suite for a kernel: a staged tree, `make` in the root, results copied out.

use crate::built::{collect, collect_in, Built};
use crate::ready::{ready, Ready};
use crate::stage::{mirror, unstaged};
use crate::target::Target;
use anyhow::{ensure, Result};
use host::{explain, remove_tree, Cmd, Context, ProgramOutcome};
use root::Root;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the litmus module's Kbuild looks for translated tests.
const CORPUS: &str = "rust/modules/litmus/corpus_generated.rs";

/// What to build besides what is always built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Translated litmus tests for the litmus module: the text of a Rust file.
    pub corpus: &'a str,
    /// The modules in C that Rust is measured against.
    pub twins: bool,
    /// What breaks barriers on purpose, for the litmus module's tests that ask for it.
    pub mutants: bool,
}

/// Get what a build needs, and build all for a kernel.
pub fn for_target(ctx: &Context, target: &Target) -> Result<(Root, Built)> {
    let ready = ready(ctx, target)?;
    let built = modules(ctx, &ready)?;
    Ok((ready.root, built))
}

/// Build all for a kernel.
pub fn modules(ctx: &Context, ready: &Ready) -> Result<Built> {
    modules_with(ctx, ready, &Wanted::default())
}

/// Build all for a kernel, and what is wanted besides.
pub fn modules_with(ctx: &Context, ready: &Ready, wanted: &Wanted<'_>) -> Result<Built> {
    let name = ready.stage_name();
    let _lock = ctx.cache.lock_saying(&format!("build/{name}"), &mut |_| {
        ctx.note(format!("  waiting for another run that builds for {name}"));
    })?;
    let stage = ctx.cache.dir(&format!("build/{name}"))?;
    self::stage(ctx, &stage, wanted.corpus)?;
    let mut extra = Vec::new();
    extra.extend(wanted.twins.then_some("FERRITE_TWINS=y"));
    extra.extend(wanted.mutants.then_some("FERRITE_MUTANTS=y"));
    make(ctx, ready, &stage, &stage, &extra)?;
    collect(ctx, ready, &stage)
}

/// Put what Kbuild reads into `stage`, and these translated litmus tests.
pub fn stage(ctx: &Context, stage: &Path, corpus: &str) -> Result<()> {
    mirror(&ctx.repo, stage)?;
    let file = stage.join(CORPUS);
    if fs::read_to_string(&file).unwrap_or_default() == corpus {
        return Ok(());
    }
    match corpus {
        "" => fs::remove_file(&file),
        corpus => fs::write(&file, corpus),
    }
    .map_err(|error| explain(error, &file))
}

/// Build all for a kernel whose headers claim to be of another version, and copy it to `dir`. It is built
/// where the true build was as far as the compilers can see, so that paths make no difference.
pub fn forged(
    ctx: &Context,
    ready: &Ready,
    version: &str,
    corpus: &str,
    dir: PathBuf,
) -> Result<Built> {
    let name = ready.stage_name();
    let true_stage = ctx.cache.dir(&format!("build/{name}"))?;
    let name = format!("{name}-forged");
    let _lock = ctx.cache.lock(&format!("build/{name}"))?;
    let stage = ctx.cache.dir(&format!("build/{name}"))?;
    self::stage(ctx, &stage, corpus)?;
    let version = format!("FORGE_VERSION={version}");
    make(ctx, ready, &stage, &true_stage, &[&version])?;
    collect_in(ready, &stage, dir)
}

/// Build all for a kernel with every lint; warnings are errors.
pub fn lint(ctx: &Context, ready: &Ready) -> Result<()> {
    let name = format!("{}-lint", ready.stage_name());
    let _lock = ctx.cache.lock(&format!("build/{name}"))?;
    let stage = ctx.cache.dir(&format!("build/{name}"))?;
    // Warnings are printed when a file is compiled, so all of our own are compiled again.
    remove_tree(&stage)?;
    let stage = ctx.cache.dir(&format!("build/{name}"))?;
    let mut warnings = Vec::new();
    // With the in-kernel tests and without: what only they use is unused in what is shipped. Then the documentation,
    // whose links break unseen.
    for goal in ["FERRITE_TESTS=y", "FERRITE_TESTS=n", "FERRITE_GOAL=rustdoc"] {
        for outcome in make(ctx, ready, &stage, &stage, &["W=1", "CLIPPY=1", goal])? {
            let text = fs::read_to_string(&outcome.log).unwrap_or_default();
            let lines = text.lines().filter(|line| is_warning(line));
            warnings.extend(lines.map(|line| unstaged(line, &stage.to_string_lossy())));
        }
    }
    ensure!(
        warnings.is_empty(),
        "{} warnings in the kernel code, such as\n  {}\nEach is an error here; --verbose shows them whole.",
        warnings.len(),
        warnings[..warnings.len().min(20)].join("\n  ")
    );
    Ok(())
}

/// Build in `stage`, which the compilers see as `place`.
fn make(
    ctx: &Context,
    ready: &Ready,
    stage: &Path,
    place: &Path,
    extra: &[&str],
) -> Result<Vec<ProgramOutcome>> {
    mirror(&ctx.repo, stage)?;
    let name = &ready.kernel.name;
    let kbuild = |folder: &Path| -> Cmd {
        let enter = ready.root.enter(ctx).bind_at(stage, place);
        let cmd = ready.kbuild_in(enter, folder, place);
        cmd.arg("FERRITE_TESTS=y")
            .arg(format!("FERRITE_LINUX={}", ready.source.display()))
            .args(extra)
    };
    let mut outcomes = vec![kbuild(place).arg("modules").what(match stage == place {
        true => format!("building the modules for {name}"),
        false => format!("building the modules for {name} under a forged version"),
    })];
    if stage == place {
        let tests = kbuild(&place.join("selftests")).arg("modules");
        outcomes.push(tests.what(format!("building the selftests for {name}")));
    }
    outcomes.into_iter().map(|cmd| cmd.run(ctx)).collect()
}

/// Is this line of a compiler's output the head of a warning? That the kernel was built by another build of the same
/// compiler is Kbuild's to say and nothing of ours.
fn is_warning(line: &str) -> bool {
    let ours = !line.contains("the compiler differs from the one used to build the kernel");
    ours && (line.starts_with("warning: ") || line.contains(": warning: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings() {
        assert!(is_warning("warning: unused variable"));
        assert!(is_warning("rust/a.c:1:2: warning: unused [-Wunused]"));
        assert!(!is_warning(
            "warning: the compiler differs from the one used to build the kernel"
        ));
        assert!(!is_warning("  CC [M]  warning.o"));
    }
}
