// SPDX-License-Identifier: GPL-2.0

//! The context of a run: the paths of the tree and the cache, and the display of progress.

use crate::cache::Cache;
use anyhow::{bail, Context as _, Result};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often a count is told where nothing can be shown in place.
const OFTEN: Duration = Duration::from_secs(20);

/// One run of the tool.
pub struct Context {
    /// The Ferrite tree.
    pub repo: PathBuf,
    /// Where everything that was downloaded or built is kept.
    pub cache: Cache,
    /// Show commands and their output instead of a progress line.
    pub verbose: bool,
    bars: MultiProgress,
    live: bool,
}

impl Context {
    /// Find the tree and the cache.
    pub fn new(repo: Option<PathBuf>, cache: Option<PathBuf>, verbose: bool) -> Result<Self> {
        let repo = match repo {
            Some(dir) => dir
                .canonicalize()
                .with_context(|| format!("there is no tree at {}", dir.display()))?,
            None => find_repo()?,
        };
        Ok(Context {
            repo,
            cache: Cache::open(cache)?,
            verbose,
            bars: MultiProgress::new(),
            live: std::io::stderr().is_terminal() && !verbose,
        })
    }

    /// Print one line of result to the standard output, above the progress lines.
    pub fn say(&self, line: impl AsRef<str>) {
        self.bars.suspend(|| println!("{}", line.as_ref()));
    }

    /// Print one line about the progress to the standard error, above the progress lines.
    pub fn note(&self, line: impl AsRef<str>) {
        self.bars.suspend(|| eprintln!("{}", line.as_ref()));
    }

    /// Show that a long step begins. [`Step::done`] prints its duration; dropping the step prints nothing.
    pub fn step(&self, what: impl Into<String>) -> Step<'_> {
        let what = what.into();
        let bar = self.live.then(|| {
            let bar = self.bars.add(ProgressBar::new_spinner());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg:.dim}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.set_prefix(what.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            self.note(format!("  {what} ..."));
        }
        Step {
            ctx: self,
            what,
            bar,
            start: Instant::now(),
            told: Mutex::new(Instant::now()),
        }
    }
}

/// A long step that is running.
pub struct Step<'a> {
    ctx: &'a Context,
    what: String,
    bar: Option<ProgressBar>,
    start: Instant,
    /// When a count was told last.
    told: Mutex<Instant>,
}

impl Step<'_> {
    /// Show the current action of the step.
    pub fn message(&self, line: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(line.trim().to_owned());
        }
    }

    /// Show how many parts are done. Without a terminal, print a line of its own, but not often.
    pub fn count(&self, done: usize, all: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{done} of {all}"));
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(|error| error.into_inner());
        if told.elapsed() >= OFTEN {
            *told = Instant::now();
            self.ctx.note(format!("  {}: {done} of {all}", self.what));
        }
    }

    /// Print that the step succeeded, and its duration.
    pub fn done(self) {
        let seconds = self.start.elapsed().as_secs_f32();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            self.ctx.note(format!("  {} ({seconds:.1} s)", self.what));
        } else if seconds >= 2.0 {
            self.ctx
                .note(format!("  {}: done in {seconds:.1} s", self.what));
        }
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Find the tree: above the tool's sources if `cargo run` started the tool, else at or above the current folder.
fn find_repo() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = env::current_dir().context("the current folder cannot be read")?;
    let starts = manifest
        .iter()
        .map(PathBuf::as_path)
        .chain([here.as_path()]);
    for start in starts {
        if let Some(dir) = start.ancestors().find(|dir| is_repo(dir)) {
            return Ok(dir.to_owned());
        }
    }
    bail!(
        "no Ferrite tree at or above {}: start it there, or say where it is with --repo",
        here.display()
    )
}

fn is_repo(dir: &Path) -> bool {
    dir.join("kernels.toml").is_file() && dir.join("scripts/ferrite").is_dir()
}
