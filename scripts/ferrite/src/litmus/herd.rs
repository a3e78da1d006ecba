// SPDX-License-Identifier: GPL-2.0

//! herd7, and what it says of tests: both kept in the cache.

use super::parallel;
use anyhow::{ensure, Context as _, Result};
use debian::{Archive, PackageKind};
use host::{ending, explain, Cmd, Context};
use kernels::{HerdSpec, Package};
use lkmm::judge::Verdict;
use lkmm::log;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the packages keep their libraries, and the program that loads them: herd7 is built for a newer system than
/// the host need be, so it comes with a C library of its own.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "ld-linux-x86-64.so.2";

/// How long herd7 may think about one test, in seconds, unless the user says otherwise.
pub(super) const SECONDS: u32 = 60;

/// On a busy machine that takes up to so many times longer.
const WALL: u64 = 10;

/// The most lines of herd7's that an answer may have.
const MOST_LINES: usize = 10_000;

/// How kept answers begin that are no verdicts.
const REFUSED: &str = "Refused: ";
const GAVE_UP: &str = "Gave up after ";

/// The files of the model, in the kernel's `tools/memory-model`.
const MODEL: [&str; 5] = [
    "linux-kernel.cfg",
    "linux-kernel.cat",
    "linux-kernel.bell",
    "linux-kernel.def",
    "lock.cat",
];

/// The herdtools, unpacked.
pub(crate) struct Herd {
    dir: PathBuf,
    version: String,
}

impl Herd {
    /// From the cache, or fetched.
    pub(crate) fn get(ctx: &Context, spec: &HerdSpec) -> Result<Self> {
        let version = spec.version.clone();
        let entry = ctx.cache.entry(format!("herd/{version}"));
        let dir = entry.get_or_make(
            &mut |_| ctx.note("  waiting for another run that fetches herd7"),
            |partial| fetch(ctx, spec, partial),
        )?;
        Ok(Self { dir, version })
    }

    /// The version of its package.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// One of the herdtools, with the files of `part`: `herd` or `litmus`.
    pub(crate) fn tool_of(&self, part: &str, name: &str) -> Cmd {
        let libraries = self.dir.join(LIBRARIES);
        Cmd::new(libraries.join(LOADER))
            .arg("--library-path")
            .arg(&libraries)
            .arg(self.dir.join("usr/bin").join(name))
            .arg("-set-libdir")
            .arg(self.dir.join("usr/share/herdtools7").join(part))
    }

    /// Has klitmus7 write modules in C of tests into `dir`: `litmus000.c`, and so on, in the files' order but for those
    /// that it cannot translate.
    pub(crate) fn klitmus(&self, ctx: &Context, files: &[PathBuf], dir: &Path) -> Result<()> {
        self.tool_of("litmus", "klitmus7")
            .arg("-o")
            .arg(dir)
            .args(files)
            .what("translating to C with klitmus7")
            .run(ctx)?;
        Ok(())
    }

    /// What the model of a kernel's source says of tests, by the files that they are in. Each is asked once: an
    /// answer is kept under a hash of the test, the model and herd7's version.
    pub(crate) fn answers(
        &self,
        ctx: &Context,
        linux: &Path,
        files: &[PathBuf],
        patience: Patience,
    ) -> Result<BTreeMap<PathBuf, Answer>> {
        let model = linux.join("tools/memory-model");
        let mut start = Sha256::new();
        start.update(self.version.as_bytes());
        for name in MODEL {
            let path = model.join(name);
            start.update(fs::read(&path).map_err(|error| explain(error, &path))?);
        }
        let kept = ctx.cache.dir("herd/verdicts")?;
        let mut answers = BTreeMap::new();
        let mut missing: Vec<(&PathBuf, PathBuf)> = Vec::new();
        for file in files {
            let text = fs::read(file).map_err(|error| explain(error, file))?;
            let hash = start.clone().chain_update(text).finalize();
            let mut name = String::new();
            for byte in hash {
                // Writing to a String cannot fail.
                let _ = write!(name, "{byte:02x}");
            }
            let place = kept.join(name);
            let text = fs::read_to_string(&place).unwrap_or_default();
            match Answer::kept(&text, patience) {
                Some(answer) => drop(answers.insert(file.clone(), answer)),
                None => missing.push((file, place)),
            }
        }
        let what = format!("asking herd7 about {} tests", missing.len());
        let found = parallel::each(ctx, &what, patience.jobs, &missing, |(file, place)| {
            let (text, keep) = self.ask(ctx, &model, file, patience)?;
            if keep {
                let mut new = tempfile::NamedTempFile::new_in(&kept)?;
                std::io::Write::write_all(&mut new, text.as_bytes())?;
                new.persist(place)?;
            }
            let answer = Answer::kept(&text, patience);
            let answer =
                answer.with_context(|| format!("herd7 said of {}: {text}", file.display()))?;
            Ok(((*file).clone(), answer))
        })?;
        answers.extend(found);
        Ok(answers)
    }

    /// Asks about one test: what an [`Answer`] is made of, and whether herd7 would say the same again.
    fn ask(
        &self,
        ctx: &Context,
        model: &Path,
        file: &Path,
        patience: Patience,
    ) -> Result<(String, bool)> {
        // herd7 is started where the model is, and a file may be named from where the user is.
        let path = std::path::absolute(file).map_err(|error| explain(error, file))?;
        let seconds = patience.seconds;
        let outcome = self
            .tool_of("herd", "herd7")
            .args([
                "-conf",
                "linux-kernel.cfg",
                "-timeout",
                &seconds.to_string(),
            ])
            .arg(&path)
            .dir(model)
            .limit(Duration::from_secs(u64::from(seconds) * WALL + 30))
            .tail(MOST_LINES)
            .outcome(ctx)?;
        let answer = outcome
            .stdout
            .find("Test ")
            .map_or("", |start| &outcome.stdout[start..]);
        if answer.contains("\nObservation ") {
            return Ok((answer.to_owned(), true));
        }
        let refusal = outcome.tail.lines().find_map(refusal);
        Ok(match refusal {
            Some(refusal) => (format!("{REFUSED}{refusal}\n"), true),
            // It says nothing of a test that it gives up.
            None if outcome.status.success() || outcome.timed_out => {
                (format!("{GAVE_UP}{seconds}\n"), true)
            }
            None => {
                let last = outcome.tail.lines().last().unwrap_or_default();
                (
                    format!("{REFUSED}it died ({}): {last}\n", ending(outcome.status)),
                    false,
                )
            }
        })
    }
}

/// How herd7 is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How long it may think about one test, in seconds of its own processor time.
    pub(crate) seconds: u32,
    /// About how many tests it thinks at a time.
    pub(crate) jobs: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            seconds: SECONDS,
            jobs: host::jobs(),
        }
    }
}

/// What herd7 says of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What the model allows.
    Verdict(Verdict),
    /// It does not take the test: why.
    Refused(String),
    /// It thought for as long as it may, in seconds.
    GaveUp(u32),
}

impl Answer {
    /// By a kept text; nothing if there is none, or if herd7 may think for longer now.
    fn kept(text: &str, patience: Patience) -> Option<Self> {
        if let Some(refusal) = text.strip_prefix(REFUSED) {
            return Some(Self::Refused(refusal.trim_end().to_owned()));
        }
        if let Some(seconds) = text.strip_prefix(GAVE_UP) {
            let seconds = seconds.trim_end().parse().ok()?;
            return (seconds >= patience.seconds).then_some(Self::GaveUp(seconds));
        }
        let record = log::parse(text).into_iter().next()?;
        Some(Self::Verdict(Verdict::of_herd(&record)))
    }

    /// The verdict, if it is one.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Verdict(verdict) => Some(verdict),
            Self::Refused(_) | Self::GaveUp(_) => None,
        }
    }
}

/// Why herd7 does not take a test, if this line of its output says so: `Warning: File "a.litmus", line 4: why`.
fn refusal(line: &str) -> Option<String> {
    let (_, rest) = line.strip_prefix("Warning: File \"")?.split_once('"')?;
    let rest = rest.trim_start_matches([':', ',', ' ']);
    Some(rest.trim_end_matches(" (User error)").to_owned())
}

/// Fetch and unpack the packages.
fn fetch(ctx: &Context, spec: &HerdSpec, into: &Path) -> Result<()> {
    let archive = Archive::open(ctx, &spec.suites, PackageKind::Binary)?;
    if !archive.has_lists() {
        archive.update(&spec.packages)?;
    }
    let mut packages = Vec::new();
    for name in &spec.packages {
        let versions = archive.versions(name)?;
        let version = versions
            .get(&spec.version)
            .or(versions.last())
            .with_context(|| format!("{} has no package {name}", spec.suites.join(", ")))?;
        packages.push(Package {
            name: name.clone(),
            version: version.clone(),
        });
    }
    let debs = into.join(".debs");
    fs::create_dir(&debs).map_err(|error| explain(error, &debs))?;
    archive.download(&packages, &debs, "herd7")?;
    debian::unpack(ctx, &debs, into, "unpacking herd7")?;
    host::remove_tree(&debs)?;
    ensure!(
        into.join("usr/bin/herd7").is_file() && into.join(LIBRARIES).join(LOADER).is_file(),
        "the packages {} hold no herd7, or no loader",
        spec.packages.join(", ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_without_the_path() {
        let lines = [
            ("Warning: File \"/a/b.litmus\": Unknown macro frob (User error)", "Unknown macro frob"),
            (
                "Warning: File \"/a b/c.litmus\", line 4, characters 0-0: unexpected '' (in prog) (User error)",
                "line 4, characters 0-0: unexpected '' (in prog)",
            ),
        ];
        for (line, wanted) in lines {
            assert_eq!(refusal(line).as_deref(), Some(wanted));
        }
        assert_eq!(refusal("Test a Allowed"), None);
    }

    #[test]
    fn kept_answers_are_read_back() {
        let patience = |seconds| Patience { seconds, jobs: 1 };
        let kept = |text: &str| Answer::kept(text, patience(60));
        assert_eq!(kept(""), None);
        assert_eq!(
            kept("Refused: no\n"),
            Some(Answer::Refused("no".to_owned()))
        );
        assert_eq!(kept("Gave up after 60\n"), Some(Answer::GaveUp(60)));
        // Who has more patience asks again.
        assert_eq!(Answer::kept("Gave up after 60\n", patience(61)), None);
        let verdict = kept("Test A Allowed\nStates 1\nx=1;\nObservation A Always 1 0\n");
        let verdict = verdict
            .as_ref()
            .and_then(Answer::verdict)
            .map(|v| v.result.as_str());
        assert_eq!(verdict, Some("Always"));
    }
}
