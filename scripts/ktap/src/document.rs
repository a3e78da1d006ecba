// SPDX-License-Identifier: GPL-2.0

//! A KTAP document: its tests, and the faults of the document itself.

use std::fmt;
use std::ops::AddAssign;

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// Passed, or failed as expected (XFAIL).
    Passed,
    /// Failed, timed out, or ended early.
    Failed,
    /// Could not run here (SKIP), or is not written yet (TODO).
    Skipped,
}

/// One test and its subtests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Its result.
    pub outcome: TestOutcome,
    /// The text after the directive, for example the reason of a skip.
    pub reason: String,
    /// Its subtests.
    pub parts: Vec<Test>,
}

/// The KTAP output of one program or module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The tests, in order.
    pub tests: Vec<Test>,
    /// The number of tests in the plan; `None` without a plan.
    pub plan: Option<usize>,
    /// The reason in the plan why there are no tests (`1..0 # SKIP why`).
    pub skipped: Option<String>,
    /// The faults of the document itself.
    pub faults: Vec<String>,
}

/// The number of tests for each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that could not run.
    pub skipped: usize,
}

impl Test {
    /// Count the tests without subtests. A test that failed while its subtests passed counts as well.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for part in &self.parts {
            counts += part.counts();
        }
        if self.parts.is_empty() || (self.outcome == TestOutcome::Failed && counts.failed == 0) {
            counts.add(self.outcome);
        }
        counts
    }

    /// The failed tests below this one, by their full names.
    fn failures(&self, path: &str, into: &mut Vec<String>) {
        let name = if path.is_empty() {
            self.name.clone()
        } else {
            format!("{path}.{}", self.name)
        };
        let before = into.len();
        for part in &self.parts {
            part.failures(&name, into);
        }
        if self.outcome == TestOutcome::Failed && into.len() == before {
            into.push(match self.reason.as_str() {
                "" => name,
                reason => format!("{name} ({reason})"),
            });
        }
    }
}

impl Document {
    /// Count the tests. A document that gives a reason for having none counts as one skipped test. A document with
    /// faults counts one failed test more.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for test in &self.tests {
            counts += test.counts();
        }
        if self.tests.is_empty() && self.skipped.is_some() {
            counts.skipped += 1;
        }
        if !self.faults.is_empty() {
            counts.failed += 1;
        }
        counts
    }

    /// The full names of the tests that failed.
    pub fn failures(&self) -> Vec<String> {
        let mut names = Vec::new();
        for test in &self.tests {
            test.failures("", &mut names);
        }
        names
    }

    /// Compare with the exit status of the program that wrote the document. A mismatch becomes a fault.
    ///
    /// 0 is success, 1 is failure. 4 (`KSFT_SKIP`) says that the program could not go on here; then the tests that it
    /// announced and did not run are no fault.
    pub fn judge_exit(&mut self, status: i32) {
        let counts = self.counts();
        match status {
            0 if counts.failed > 0 && self.faults.is_empty() => {
                self.faults
                    .push(format!("exit status 0, although its KTAP says {counts}"));
            }
            0 => {}
            1 if counts.failed > 0 => {}
            4 if counts.failed == 0 && counts.skipped > 0 => {}
            4 if self.cut_short_by_skip() => {
                self.faults.clear();
                let missing = self.plan.unwrap_or(0).saturating_sub(self.tests.len());
                self.tests.extend((0..missing).map(|_| Test {
                    name: "not reached".to_owned(),
                    outcome: TestOutcome::Skipped,
                    reason: "the program could not go on".to_owned(),
                    parts: Vec::new(),
                }));
            }
            _ if counts.failed > 0 => self.faults.insert(0, describe_exit(status)),
            _ => {
                let end = describe_exit(status);
                self.faults
                    .push(format!("{end}, although its KTAP says {counts}"));
            }
        }
    }

    /// Is the only fault that tests are missing after a last test that was skipped?
    fn cut_short_by_skip(&self) -> bool {
        let skipped = |test: &Test| test.outcome == TestOutcome::Skipped;
        let failed = |test: &Test| test.counts().failed > 0;
        self.faults.len() == 1
            && self.plan.is_some_and(|plan| plan > self.tests.len())
            && self.tests.last().is_some_and(skipped)
            && !self.tests.iter().any(failed)
    }
}

/// Describe in words how a program of the guest ended, from the exit status that the guest's shell saw.
pub fn describe_exit(status: i32) -> String {
    let signal = match status - 128 {
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        31 => "SIGSYS",
        number @ 1..=64 => return format!("killed by signal {number}"),
        _ => {
            return match status {
                126 => "could not be started (exit status 126)".to_owned(),
                127 => "was not found (exit status 127)".to_owned(),
                _ => format!("exit status {status}"),
            }
        }
    };
    format!("killed by {signal}")
}

impl Counts {
    /// Count one more.
    pub fn add(&mut self, outcome: TestOutcome) {
        match outcome {
            TestOutcome::Passed => self.passed += 1,
            TestOutcome::Failed => self.failed += 1,
            TestOutcome::Skipped => self.skipped += 1,
        }
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}
