// SPDX-License-Identifier: GPL-2.0

//! What `selftests/pidfd/upstream.toml` says: which of upstream's tests are run where, and what is known of them.

use anyhow::{ensure, Context as _, Result};
use host::explain;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What `selftests/pidfd/upstream.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// Programs that are run everywhere.
    pub(super) run: Vec<String>,
    /// Programs that are run where the base line is, for they ask for more than is given elsewhere.
    run_on_base_line: Vec<String>,
    /// Programs that are there for those that are run.
    pub(super) helpers: Vec<String>,
    /// Programs that are not run, and why.
    not_run: BTreeMap<String, String>,
    /// Kernels that pass by themselves.
    pub(super) base_line: Vec<String>,
    /// Kernels whose misses are known.
    pub(super) judged: Vec<String>,
    /// Cases that cannot pass.
    #[serde(default)]
    miss: Vec<Miss>,
    /// Cases that may fail anywhere, without anyone's fault but the test's.
    #[serde(default)]
    race: Vec<Race>,
}

impl Known {
    /// Read it.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).map_err(|error| explain(error, file))?;
        toml::from_str(&text).with_context(|| format!("{} is wrong", file.display()))
    }

    /// The programs that are run on a kernel.
    pub(super) fn run_on(&self, kernel: &String) -> Vec<String> {
        let all = self.base_line.contains(kernel);
        let more = self.run_on_base_line.iter().filter(|_| all);
        self.run.iter().chain(more).cloned().collect()
    }

    /// Says the file something of each of upstream's programs?
    pub(super) fn complete(&self, source: &Path) -> Result<()> {
        let entries = fs::read_dir(source).map_err(|error| explain(error, source))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let program = path.extension().is_some_and(|extension| extension == "c");
            let run = self.run.iter().chain(&self.run_on_base_line);
            let mut listed = run.chain(&self.helpers).chain(self.not_run.keys());
            ensure!(
                !program || listed.any(|listed| *listed == name),
                "upstream has a selftest {name}, of which selftests/pidfd/upstream.toml says nothing: \
                 add it to `run`, or to `not_run` with the reason"
            );
        }
        Ok(())
    }

    /// Why a case cannot pass on a kernel.
    pub(super) fn why(&self, kernel: &String, program: &str, case: &str) -> Option<&str> {
        let name = format!("{program}: {case}");
        let here = |miss: &&Miss| miss.kernels.contains(kernel) && miss.cases.contains(&name);
        self.miss.iter().find(here).map(|miss| miss.why.as_str())
    }

    /// How a case may fail anywhere.
    pub(super) fn race(&self, program: &str, case: &str) -> Option<&str> {
        let name = format!("{program}: {case}");
        let mut all = self.race.iter();
        let race = all.find(|race| race.cases.contains(&name));
        race.map(|race| race.why.as_str())
    }
}

/// Cases that cannot pass on some kernels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Miss {
    /// The cases: `program: case`.
    cases: Vec<String>,
    /// The kernels.
    kernels: Vec<String>,
    /// The facility that those kernels lack.
    why: String,
}

/// Cases that race with what they test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Race {
    /// The cases: `program: case`.
    cases: Vec<String>,
    /// How they lose it.
    why: String,
}
