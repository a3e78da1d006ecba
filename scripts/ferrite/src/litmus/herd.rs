// SPDX-License-Identifier: GPL-2.0

//! herd7, and what it says of tests: both kept in the cache.

use anyhow::{ensure, Context as _, Result};
use debian::{Archive, Kind};
use host::{explain, Cmd, Context};
use kernels::{HerdSpec, Package};
use lkmm::judge::Verdict;
use lkmm::log;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the packages keep their libraries, and the program that loads them: herd7 is built for a newer system than
/// the host need be, so it comes with a C library of its own.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "ld-linux-x86-64.so.2";

/// How long herd7 may think about one test, in seconds.
const TIMEOUT: &str = "60";

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
    pub(crate) fn verdicts(
        &self,
        ctx: &Context,
        linux: &Path,
        files: &[PathBuf],
    ) -> Result<BTreeMap<PathBuf, Verdict>> {
        let model = linux.join("tools/memory-model");
        let mut start = Sha256::new();
        start.update(self.version.as_bytes());
        for name in MODEL {
            let path = model.join(name);
            start.update(fs::read(&path).map_err(|error| explain(error, &path))?);
        }
        let kept = ctx.cache.dir("herd/verdicts")?;
        let mut place = BTreeMap::new();
        for file in files {
            let mut hash = start.clone();
            hash.update(fs::read(file).map_err(|error| explain(error, file))?);
            let mut name = String::new();
            for byte in hash.finalize() {
                // Writing to a String cannot fail.
                let _ = write!(name, "{byte:02x}");
            }
            place.insert(file.clone(), kept.join(name));
        }

        let missing: Vec<&PathBuf> = files.iter().filter(|file| !place[*file].exists()).collect();
        for (done, some) in missing.chunks(16).enumerate() {
            let what = match missing.len() {
                1..=16 => format!("asking herd7 about {} tests", missing.len()),
                all => format!("asking herd7 about {all} tests ({} done)", done * 16),
            };
            // herd7 is started where the model is, and a file may be named from where the user is.
            let paths = some.iter().map(std::path::absolute);
            let paths = paths.collect::<std::io::Result<Vec<PathBuf>>>()?;
            let output = self
                .tool_of("herd", "herd7")
                .args(["-conf", "linux-kernel.cfg", "-timeout", TIMEOUT])
                .args(&paths)
                .dir(&model)
                .what(what)
                .run(ctx)?;
            // One part for each test, in the order of the files: the name says whose it is.
            let parts = parts(&output.stdout);
            for file in some {
                let name = name_of(file)?;
                let part = parts.iter().find(|part| part.0 == name);
                let text = part.map(|part| part.1.as_str()).unwrap_or_default();
                ensure!(
                    text.contains("\nObservation "),
                    "herd7 has no verdict on {}: it said\n{}",
                    file.display(),
                    output.tail.trim_end()
                );
                let mut new = tempfile::NamedTempFile::new_in(&kept)?;
                std::io::Write::write_all(&mut new, text.as_bytes())?;
                new.persist(&place[*file])?;
            }
        }
        place
            .into_iter()
            .map(|(file, place)| {
                let text = fs::read_to_string(&place).map_err(|error| explain(error, &place))?;
                let record = log::parse(&text);
                let record = record
                    .first()
                    .with_context(|| format!("{} holds no verdict: remove it", place.display()))?;
                Ok((file, Verdict::of_herd(record)))
            })
            .collect()
    }
}

/// herd7's output by test.
fn parts(output: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("Test ") {
            let name = rest.split(' ').next().unwrap_or_default();
            parts.push((name.to_owned(), String::new()));
        }
        if let Some((_, text)) = parts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    parts
}

/// The name in a test's first line.
fn name_of(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).map_err(|error| explain(error, file))?;
    let test = lkmm::parse(file, &text)?;
    Ok(test.name)
}

/// Fetch and unpack the packages.
fn fetch(ctx: &Context, spec: &HerdSpec, into: &Path) -> Result<()> {
    let archive = Archive::open(ctx, &spec.suites, Kind::Binary)?;
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
    fn output_is_told_apart_by_test() {
        let parts = parts("Warning: x\nTest A Allowed\nStates 0\n\nTest B+c Allowed\nx=1;\n");
        assert_eq!(
            parts[0],
            ("A".into(), "Test A Allowed\nStates 0\n\n".into())
        );
        assert_eq!(parts[1].0, "B+c");
    }
}
