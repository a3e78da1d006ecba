// SPDX-License-Identifier: GPL-2.0

//! Building the suite for a kernel: a staged tree, `make` in the root, results copied out.

use crate::cli::Target;
use crate::stage::{mirror, unstaged};
use anyhow::{bail, ensure, Context as _, Result};
use clap::Args;
use debian::programs;
use host::{explain, jobs, remove_tree, Cmd, Context, Outcome};
use kernels::{Installed, Kernel, Provider, Table};
use provide::{choose, install, metadata, source_of, sources, Choice, Wish};
use root::{Enter, Root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use time::OffsetDateTime;

/// Where the litmus module's Kbuild looks for translated tests.
const CORPUS: &str = "rust/modules/litmus/corpus_generated.rs";

/// Where a kernel's build tree has the functions that its Rust calls for C's macros and inline functions.
const HELPERS: &str = "rust/helpers/helpers.o";

/// How many runs' results and logs are kept.
const RUNS: usize = 40;

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
    /// Whose `kernel` crate it was built against.
    pub(crate) provider: Provider,
    /// The modules in the order in which they load: `ferrite.ko` first.
    pub(crate) modules: Vec<PathBuf>,
    /// The selftests and demo programs: name (`pidfd/get_info`) and file.
    pub(crate) selftests: Vec<(String, PathBuf)>,
    /// The target kernel's own functions that Rust calls for C's macros and inline functions, where the crate is its own.
    pub(crate) helpers: Option<PathBuf>,
    /// What the probes answered, if the provider asked: lines of a probe and its answer.
    pub(crate) probes: Option<PathBuf>,
    /// The kernel source that selftests are built from.
    pub(crate) source: PathBuf,
    /// The folder of this run; logs and KTAP go there too.
    pub(crate) dir: PathBuf,
}

/// What to build besides what is always built.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// Translated litmus tests for the litmus module: the text of a Rust file.
    pub(crate) corpus: &'a str,
    /// The modules in C that Rust is measured against.
    pub(crate) twins: bool,
    /// What breaks barriers on purpose, for the litmus module's tests that ask for it.
    pub(crate) mutants: bool,
}

/// All that a build for one kernel needs, there and whole.
pub(crate) struct Ready {
    /// The toolchain root.
    pub(crate) root: Root,
    /// The kernel.
    pub(crate) kernel: Installed,
    /// Whose `kernel` crate, and why.
    pub(crate) choice: Choice,
    /// The build folder to give to `make -C`, as seen inside the root.
    kdir: PathBuf,
    /// The kernel source that selftests, and the carried provider, are built from.
    source: PathBuf,
}

/// Get all that a build needs, doing what is independent at the same time.
pub(crate) fn ready(ctx: &Context, target: &Target) -> Result<Ready> {
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
    let choice = choose(ctx, &table, &root, &kernel, target.provider)?;
    ctx.say(format!("{}: {choice}", kernel.name));
    let source = source_for(ctx, &table, table.kernel(&kernel.name)?, choice.provider)?;
    let kdir = match choice.provider {
        Provider::Native => metadata::tree(ctx, &root, &kernel, &source)?,
        Provider::Carried => kernel.kdir.clone(),
    };
    Ok(Ready {
        root,
        kernel,
        choice,
        kdir,
        source,
    })
}

/// Get what a build needs, and build all for a kernel.
pub(crate) fn for_target(ctx: &Context, target: &Target) -> Result<(Root, Built)> {
    let ready = ready(ctx, target)?;
    let built = modules(ctx, &ready)?;
    Ok((ready.root, built))
}

/// Build all for a kernel.
pub(crate) fn modules(ctx: &Context, ready: &Ready) -> Result<Built> {
    modules_with(ctx, ready, &Wanted::default())
}

/// Build all for a kernel, and what is wanted besides.
pub(crate) fn modules_with(ctx: &Context, ready: &Ready, wanted: &Wanted<'_>) -> Result<Built> {
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
pub(crate) fn stage(ctx: &Context, stage: &Path, corpus: &str) -> Result<()> {
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

/// Build all for a kernel whose headers claim to be of another version, and say in which folder that was. It is built
/// where the true build was as far as the compilers can see, so that paths make no difference.
pub(crate) fn forged(ctx: &Context, ready: &Ready, version: &str, corpus: &str) -> Result<PathBuf> {
    let name = ready.stage_name();
    let true_stage = ctx.cache.dir(&format!("build/{name}"))?;
    let name = format!("{name}-forged");
    let _lock = ctx.cache.lock(&format!("build/{name}"))?;
    let stage = ctx.cache.dir(&format!("build/{name}"))?;
    self::stage(ctx, &stage, corpus)?;
    let version = format!("FORGE_VERSION={version}");
    make(ctx, ready, &stage, &true_stage, &[&version])?;
    Ok(stage)
}

/// Build all for a kernel with every lint; warnings are errors.
pub(crate) fn lint(ctx: &Context, ready: &Ready) -> Result<()> {
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

/// `ferrite build`.
pub(crate) fn run(ctx: &Context, args: &BuildArgs) -> Result<ExitCode> {
    let (_, built) = for_target(ctx, &args.target)?;
    for file in built
        .modules
        .iter()
        .chain(built.selftests.iter().map(|(_, file)| file))
    {
        ctx.say(file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// `ferrite clean`: remove what builds and runs left; downloads, roots and kernels stay.
pub(crate) fn clean(ctx: &Context) -> Result<ExitCode> {
    for dir in ["build", "runs", "logs"] {
        remove_tree(&ctx.cache.path().join(dir))?;
    }
    Ok(ExitCode::SUCCESS)
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

impl Ready {
    /// The name of the folder that this kernel and provider are built in.
    pub(crate) fn stage_name(&self) -> String {
        format!("{}-{}", self.kernel.name, self.choice.provider)
    }

    /// The kernel's own Kbuild, for the external modules of `folder`; messages are shown with paths below `top`.
    pub(crate) fn kbuild(&self, ctx: &Context, folder: &Path, top: &Path) -> Cmd {
        self.kbuild_in(self.root.enter(ctx), folder, top)
    }

    fn kbuild_in(&self, enter: Enter<'_>, folder: &Path, top: &Path) -> Cmd {
        let shown = top.to_string_lossy().into_owned();
        // The header packages of old kernels name a compiler of their time, which the root does not have. A native
        // tree says for itself which one it is for.
        let compiler = (self.choice.provider == Provider::Carried).then_some("CC=gcc");
        enter
            .kernel(&self.kernel)
            .cmd("make")
            .args(compiler)
            .arg("-C")
            .arg(&self.kdir)
            .arg(format!("M={}", folder.display()))
            .arg(format!("FERRITE_PROVIDER={}", self.choice.provider))
            .arg(format!("-j{}", jobs()))
            .map_lines(move |line| unstaged(line, &shown))
            .tail(100)
    }
}

/// Build in `stage`, which the compilers see as `place`.
fn make(
    ctx: &Context,
    ready: &Ready,
    stage: &Path,
    place: &Path,
    extra: &[&str],
) -> Result<Vec<Outcome>> {
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

/// Copy what was built to a folder of this run.
fn collect(ctx: &Context, ready: &Ready, stage: &Path) -> Result<Built> {
    let dir = new_run(ctx, &ready.kernel.name)?;
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
    let probes = match ready.choice.provider {
        Provider::Native => None,
        Provider::Carried => Some(take(
            &stage.join("carried/probes.txt"),
            &dir.join("probes.txt"),
        )?),
    };
    let helpers = ready.kdir.join(HELPERS);
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
        source: ready.source.clone(),
        dir,
    })
}

/// A folder for this run; the oldest runs go.
pub(crate) fn new_run(ctx: &Context, name: &str) -> Result<PathBuf> {
    let runs = ctx.cache.dir("runs")?;
    let mut old: Vec<_> = fs::read_dir(&runs)
        .map_err(|error| explain(error, &runs))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    old.sort();
    let spare = old.len().saturating_sub(RUNS);
    for run in &old[..spare] {
        remove_tree(run)?;
    }
    let now = OffsetDateTime::now_utc();
    let stamp = format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    let mut dir = runs.join(format!("{stamp}-{name}"));
    let mut serial = 1;
    loop {
        match fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                serial += 1;
                dir = runs.join(format!("{stamp}-{name}-{serial}"));
            }
            Err(error) => return Err(explain(error, &dir)),
        }
    }
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

/// Is this line of a compiler's output the head of a warning? That the kernel was built by another build of the same
/// compiler is Kbuild's to say and nothing of ours.
fn is_warning(line: &str) -> bool {
    let ours = !line.contains("the compiler differs from the one used to build the kernel");
    ours && (line.starts_with("warning: ") || line.contains(": warning: "))
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
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
