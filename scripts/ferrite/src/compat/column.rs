// SPDX-License-Identifier: GPL-2.0

//! What the matrix says of one kernel. This is what the JSON holds, and what the page and the table are made of.

use crate::samples::Board;
use ktap::Counts;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The whole report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// When it was made, in UTC.
    pub(crate) made: String,
    /// The kernel crate that modules are written against: its source package and version.
    pub(crate) upstream: String,
    /// One for each kernel and provider.
    pub(crate) columns: Vec<Column>,
}

/// One kernel with one provider.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Column {
    /// The kernel's name in `kernels.toml`.
    pub(crate) kernel: String,
    /// Why it is in the matrix.
    pub(crate) role: String,
    /// What `uname -r` prints there.
    pub(crate) release: String,
    /// `native` or `carried`; empty if that could not be decided.
    pub(crate) provider: String,
    /// Why this provider.
    pub(crate) why: String,
    /// The suite's modules, in the order of loading.
    pub(crate) modules: Vec<Module>,
    /// All modules at once: unloading, loading again and again, the kernel's log and taint.
    pub(crate) whole: Cell,
    /// Upstream's samples.
    pub(crate) samples: Option<Board>,
    /// What the target's headers answered.
    pub(crate) probes: Vec<Probe>,
    /// What took how many seconds.
    pub(crate) times: Vec<Time>,
    /// What went wrong, and why.
    pub(crate) causes: Vec<Cause>,
    /// The folder with the logs and the KTAP.
    pub(crate) logs: String,
}

/// A module of the suite.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Module {
    /// Its name.
    pub(crate) name: String,
    /// Its code and read-only data, in KiB: what `size` calls text.
    pub(crate) kib: u64,
    /// Its code alone, in bytes.
    #[serde(default)]
    pub(crate) code: u64,
    /// Its code as a ratio of what the same module has on the kernel's own crate.
    #[serde(default)]
    pub(crate) of_native: Option<f32>,
    /// Is it as small as it should be?
    #[serde(default)]
    pub(crate) size: Cell,
    /// Was it built?
    pub(crate) builds: Cell,
    /// Was it loaded?
    pub(crate) loads: Cell,
    /// Its in-kernel tests and its selftests.
    pub(crate) tests: Cell,
}

impl Module {
    /// Judge its size, which is known.
    pub(crate) fn judge_size(&mut self) -> Result<(), String> {
        let too_big = self.name == BASE && self.kib > BASE_KIB;
        let strays = self
            .of_native
            .is_some_and(|ratio| !CODE_OF_NATIVE.contains(&ratio));
        self.size = Cell::pass("");
        if !too_big && !strays {
            return Ok(());
        }
        self.size = Cell::fail("");
        Err(match self.of_native {
            Some(ratio) if strays => format!(
                "its code is {ratio:.3} of what it is natively; {} to {} is meant",
                CODE_OF_NATIVE.start(),
                CODE_OF_NATIVE.end()
            ),
            _ => format!(
                "it has {} KiB of code and read-only data, and {BASE_KIB} are meant",
                self.kib
            ),
        })
    }
}

/// The module that holds the carried crate, and how many KiB of code and read-only data it may have.
const BASE: &str = "ferrite";
const BASE_KIB: u64 = 400;

/// How far the code of a module on the carried crate may be from what it is on the kernel's own. The base is another
/// thing on either.
const CODE_OF_NATIVE: RangeInclusive<f32> = 0.95..=1.05;

/// The state of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// All well.
    Pass,
    /// Something failed.
    Fail,
    /// Nothing failed, and nothing passed: all was skipped.
    Skip,
    /// Not reached.
    #[default]
    None,
}

/// One cell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// Its state.
    pub(crate) state: State,
    /// A few characters on it.
    pub(crate) text: String,
    /// A few more beside it.
    #[serde(default)]
    pub(crate) more: String,
}

/// One question and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Probe {
    /// The question's name: a file of `probes/`.
    pub(crate) name: String,
    /// `yes` or `no`.
    pub(crate) answer: String,
}

/// How long something took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Time {
    /// What.
    pub(crate) what: String,
    /// In seconds.
    pub(crate) seconds: f32,
}

/// Something that went wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cause {
    /// Where.
    pub(crate) place: String,
    /// Why.
    pub(crate) text: String,
}

impl Cell {
    /// All well.
    pub(crate) fn pass(text: impl Into<String>) -> Self {
        Cell::new(State::Pass, text)
    }

    /// Something failed.
    pub(crate) fn fail(text: impl Into<String>) -> Self {
        Cell::new(State::Fail, text)
    }

    fn new(state: State, text: impl Into<String>) -> Self {
        Cell {
            state,
            text: text.into(),
            more: String::new(),
        }
    }

    /// From tests.
    pub(crate) fn of(counts: Counts) -> Self {
        let Counts {
            passed,
            failed,
            skipped,
        } = counts;
        let cell = match (passed, failed, skipped) {
            (0, 0, 0) => return Cell::default(),
            (0, 0, _) => Cell::new(State::Skip, ""),
            (_, 0, _) => Cell::pass(passed.to_string()),
            _ => Cell::fail(format!("{passed}/{}", passed + failed)),
        };
        Cell {
            more: match skipped {
                0 => String::new(),
                _ => format!("{skipped} skipped"),
            },
            ..cell
        }
    }

    /// Is it well, or at least not ill?
    fn is_green(&self) -> bool {
        matches!(self.state, State::Pass | State::Skip)
    }
}

impl Column {
    /// Note a cause.
    pub(crate) fn blame(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.causes.push(Cause {
            place: place.into(),
            text: text.into(),
        });
    }

    /// Note a time.
    pub(crate) fn time(&mut self, what: &str, seconds: f32) {
        self.times.push(Time {
            what: what.to_owned(),
            seconds,
        });
    }

    /// Hold the sizes of the modules against those of the same modules on the kernel's own crate.
    pub(crate) fn compare_code(&mut self, native: &Column) {
        let of_native = |module: &Module| {
            let same = |other: &&Module| other.name == module.name && module.name != BASE;
            let other = native.modules.iter().find(same)?;
            // CAST: sizes of modules, and a ratio of three digits.
            (other.code > 0).then(|| module.code as f32 / other.code as f32)
        };
        for module in &mut self.modules {
            module.of_native = of_native(module);
        }
        self.judge_sizes();
    }

    /// Judge the modules' sizes; what is wrong with them is a cause.
    pub(crate) fn judge_sizes(&mut self) {
        let mut faults = Vec::new();
        for module in &mut self.modules {
            if let Err(fault) = module.judge_size() {
                faults.push((format!("{}: size", module.name), fault));
            }
        }
        for (place, fault) in faults {
            if !self.causes.iter().any(|cause| cause.place == place) {
                self.blame(place, fault);
            }
        }
    }

    /// The kernel's name, with the provider where that is not the kernel's usual one.
    pub(crate) fn title(&self) -> String {
        match self.why.starts_with("asked for") {
            true => format!("{} ({} by force)", self.kernel, self.provider),
            false => self.kernel.clone(),
        }
    }

    /// Are all modules built, loaded and tested without a failure, and do enough samples work?
    pub(crate) fn is_green(&self) -> bool {
        let module = |module: &Module| {
            module.builds.is_green()
                && module.loads.is_green()
                && module.tests.state != State::Fail
                && module.size.state != State::Fail
        };
        !self.modules.is_empty()
            && self.modules.iter().all(module)
            && self.whole.is_green()
            && self.samples.as_ref().is_some_and(Board::is_green)
    }
}

impl Report {
    /// Is every column green?
    pub(crate) fn is_green(&self) -> bool {
        self.columns.iter().all(Column::is_green)
    }

    /// The names of all modules, in the order in which they are first seen.
    pub(crate) fn modules(&self) -> Vec<String> {
        names(
            self.columns
                .iter()
                .flat_map(|column| column.modules.iter().map(|module| &module.name)),
        )
    }

    /// The names of all samples.
    pub(crate) fn samples(&self) -> Vec<String> {
        let boards = self
            .columns
            .iter()
            .filter_map(|column| column.samples.as_ref());
        names(boards.flat_map(|board| board.lines.iter().map(|line| &line.sample)))
    }

    /// The names of all probes.
    pub(crate) fn probes(&self) -> Vec<String> {
        names(
            self.columns
                .iter()
                .flat_map(|column| column.probes.iter().map(|probe| &probe.name)),
        )
    }

    /// Put another machine's part beside this one's.
    pub(crate) fn merge(&mut self, other: Report) {
        if self.columns.is_empty() {
            *self = other;
            return;
        }
        self.made = self.made.clone().max(other.made);
        self.columns.extend(other.columns);
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in all {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{SampleLine, Verdict};

    fn counts(passed: usize, failed: usize, skipped: usize) -> Cell {
        Cell::of(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn cells() {
        assert_eq!(
            (counts(3, 0, 0).state, counts(3, 0, 0).text.as_str()),
            (State::Pass, "3")
        );
        assert_eq!(counts(3, 0, 2).more, "2 skipped");
        assert_eq!(
            (counts(3, 1, 0).state, counts(3, 1, 0).text.as_str()),
            (State::Fail, "3/4")
        );
        assert_eq!(counts(0, 0, 2).state, State::Skip);
        assert_eq!(counts(0, 0, 0).state, State::None);
    }

    fn column() -> Column {
        let ok = Cell::pass("");
        let module = Module {
            name: "ferrite".into(),
            builds: ok.clone(),
            loads: ok.clone(),
            tests: Cell::default(),
            ..Module::default()
        };
        let line = SampleLine {
            sample: "s".into(),
            shows: String::new(),
            verdict: Verdict::Works,
        };
        Column {
            modules: vec![module],
            whole: ok,
            samples: Some(Board {
                target: 1,
                lines: vec![line],
                ..Board::default()
            }),
            ..Column::default()
        }
    }

    #[test]
    fn one_red_cell_is_enough() {
        assert!(column().is_green());
        let red = |change: &dyn Fn(&mut Column)| {
            let mut column = column();
            change(&mut column);
            assert!(!column.is_green());
        };
        red(&|column| column.modules[0].builds = Cell::fail(""));
        red(&|column| column.modules[0].loads = Cell::default());
        red(&|column| column.modules[0].tests = Cell::fail("1/2"));
        red(&|column| column.modules.clear());
        red(&|column| column.whole = Cell::fail(""));
        red(&|column| column.samples = None);
        red(&|column| column.samples.as_mut().unwrap().target = 2);
    }

    #[test]
    fn sizes() {
        let sized = |kib: u64, code: u64| {
            let mut column = column();
            column.modules[0].kib = kib;
            column.modules.push(Module {
                name: "ferrite_a".into(),
                code,
                ..column.modules[0].clone()
            });
            column
        };
        let native = sized(30, 1000);
        let judged = |kib: u64, code: u64| {
            let mut column = sized(kib, code);
            column.judge_sizes();
            column.compare_code(&native);
            (column.is_green(), column.causes.len())
        };
        assert_eq!(judged(400, 1040), (true, 0));
        assert_eq!(judged(401, 1040), (false, 1));
        assert_eq!(judged(400, 1060), (false, 1));
        assert_eq!(judged(400, 940), (false, 1));
    }

    #[test]
    fn parts_of_several_machines() {
        let part = |kernel: &str, made: &str| Report {
            made: made.into(),
            columns: vec![Column {
                kernel: kernel.into(),
                ..column()
            }],
            ..Report::default()
        };
        let mut report = Report::default();
        report.merge(part("a", "2026-01-02"));
        report.merge(part("b", "2026-01-01"));
        assert_eq!(
            (report.columns.len(), report.made.as_str()),
            (2, "2026-01-02")
        );
        let text = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        assert_eq!(again.modules(), ["ferrite"]);
        assert!(again.is_green());
    }
}
