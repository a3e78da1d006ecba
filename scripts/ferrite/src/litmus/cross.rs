// SPDX-License-Identifier: GPL-2.0

//! Litmus tests for machines that are not at hand: compiled for a kernel of theirs, compared, and not run.

use super::codegen::{Code, Report};
use super::Corpus;
use anyhow::{bail, Context as _, Result};
use build::unstaged;
use clap::ValueEnum;
use host::{digits, explain, jobs, safe, Cmd, Context};
use lkmm::lowered::Arch as Instructions;
use machine_code::Listing;
use provide::{lost, wrapper};
use root::Root;
use sha2::{Digest, Sha256};
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};

/// What a tree takes on disk, in MiB.
const SPACE: u64 = 800;

/// Where the objects are that have the tests' machine code and what it calls: in the stage, and in the kernel's tree.
const OBJECTS: [&str; 2] = [
    "rust/modules/litmus/ferrite_litmus.o",
    "c-helpers/helpers/helpers.o",
];
const HELPERS: &str = "rust/helpers/helpers.o";

/// A machine, as the kernel calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    /// aarch64
    Arm64,
    /// riscv64
    Riscv,
}

impl Display for Arch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "arm64",
            Self::Riscv => "riscv",
        })
    }
}

impl Arch {
    /// What its instructions are.
    pub(super) fn instructions(self) -> Instructions {
        match self {
            Self::Arm64 => Instructions::Arm64,
            Self::Riscv => Instructions::Riscv,
        }
    }
}

/// The tests of a build for another machine.
pub(super) struct Cross {
    /// Their machine code.
    pub(super) code: Code,
    /// What the compilers were.
    pub(super) compiler: String,
}

impl Cross {
    /// Builds the litmus module's object with these translated tests, and reads it.
    pub(super) fn build(
        ctx: &Context,
        linux: &Path,
        arch: Arch,
        corpus: &str,
        mutants: bool,
    ) -> Result<Self> {
        let root = Root::get(ctx)?;
        let tree = tree(ctx, &root, linux, arch)?;
        let name = format!("cross-{arch}");
        let _lock = ctx.cache.lock_saying(&format!("build/{name}"), &mut |_| {
            ctx.note(format!("  waiting for another run that builds for {arch}"));
        })?;
        let stage = ctx.cache.dir(&format!("build/{name}"))?;
        build::stage(ctx, &stage, corpus)?;
        let shown = stage.to_string_lossy().into_owned();
        kbuild(ctx, &root, &tree, arch)
            .arg(format!("M={}", stage.display()))
            .arg("FERRITE_PROVIDER=native")
            .arg("FERRITE_TESTS=y")
            .args(mutants.then_some("FERRITE_MUTANTS=y"))
            .args(OBJECTS)
            .what(format!("building the litmus tests for {arch}"))
            .map_lines(move |line| unstaged(line, &shown))
            .tail(100)
            .run(ctx)?;
        let mut listing = Listing::default();
        let helpers = tree.join(HELPERS);
        let mut objects: Vec<PathBuf> = OBJECTS.iter().map(|object| stage.join(object)).collect();
        // Where helpers are inlined there is no object of theirs.
        objects.extend(helpers.exists().then_some(helpers));
        for object in objects {
            let printed = root
                .enter(ctx)
                .cmd("llvm-objdump")
                .args(["-d", "-r", "--no-show-raw-insn"])
                .args((arch == Arch::Riscv).then_some("--disassembler-options=numeric"))
                .arg(&object)
                .run(ctx)?;
            let data = fs::read(&object).map_err(|error| explain(error, &object))?;
            let added = listing.add(&printed.stdout, &data);
            added.with_context(|| format!("in {}", object.display()))?;
        }
        let rustc = root.enter(ctx).cmd("rustc").arg("--version").run(ctx)?;
        Ok(Self {
            code: Code::new(arch.instructions(), listing),
            compiler: rustc
                .stdout
                .split(" (")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned(),
        })
    }
}

/// Compares the tests that could be translated, and says what that came to.
pub(super) fn compare(
    ctx: &Context,
    linux: &Path,
    arch: Arch,
    corpus: &Corpus,
    json: bool,
) -> Result<bool> {
    let cross = Cross::build(ctx, linux, arch, &corpus.text, false)?;
    let report = Report::of(&cross.code, corpus)?;
    let dir = build::new_run(ctx, &arch.to_string())?;
    let text = serde_json::to_string_pretty(&report)?;
    let file = dir.join("codegen.json");
    fs::write(&file, &text).map_err(|error| explain(error, &file))?;
    match json {
        true => ctx.say(text),
        false => {
            ctx.say(report.text(&format!(
                "{arch} ({}), compiled and not run",
                cross.compiler
            )));
            ctx.note(format!("  {}", dir.display()));
        }
    }
    Ok(report.failed() == 0)
}

/// A kernel's tree, made so far that external modules can be compiled.
fn tree(ctx: &Context, root: &Root, linux: &Path, arch: Arch) -> Result<PathBuf> {
    let config = ctx.repo.join(format!("kernels/{arch}.config"));
    let config = fs::read_to_string(&config).map_err(|error| explain(error, &config))?;
    let source = linux.file_name().unwrap_or_default().to_string_lossy();
    let hash = digits(Sha256::new().chain_update(&config).chain_update(root.id()));
    let entry = ctx
        .cache
        .entry(format!("cross/{arch}-{}-{hash}", safe(&source)));
    if let Some(dir) = entry.get() {
        return Ok(dir);
    }
    ctx.cache
        .need_space(SPACE, "a kernel's tree for another machine")?;
    let place = entry.path();
    entry.get_or_make(
        &mut |_| {
            ctx.note(format!(
                "  waiting for another run that makes a tree for {arch}"
            ))
        },
        |partial| {
            let make = || {
                kbuild(ctx, root, linux, arch)
                    .arg(format!("O={}", partial.display()))
                    .arg(format!("-j{}", jobs()))
            };
            make().arg("tinyconfig").run(ctx)?;
            let path = partial.join(".config");
            let read = || fs::read_to_string(&path).map_err(|error| explain(error, &path));
            let tiny = read()?;
            fs::write(&path, format!("{tiny}\n{config}")).map_err(|error| explain(error, &path))?;
            make().arg("olddefconfig").run(ctx)?;
            let lost = lost(&config, &read()?);
            if !lost.is_empty() {
                bail!(
                    "the kernel's source does not take this of kernels/{arch}.config:\n  {}",
                    lost.join("\n  ")
                );
            }
            make()
                .arg("modules_prepare")
                .what(format!(
                    "making the kernel crate for {arch} from {source} (minutes)"
                ))
                .run(ctx)?;
            let release = partial.join("include/config/kernel.release");
            let release = fs::read_to_string(&release).map_err(|error| explain(error, &release))?;
            wrapper(partial, &place, linux, release.trim(), None)
        },
    )
}

fn kbuild(ctx: &Context, root: &Root, tree: &Path, arch: Arch) -> Cmd {
    root.enter(ctx)
        .cmd("make")
        .arg("-C")
        .arg(tree)
        .arg(format!("ARCH={arch}"))
        .arg("LLVM=1")
}
