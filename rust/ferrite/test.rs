// SPDX-License-Identifier: GPL-2.0

//! In-kernel tests, on kernels with and without KUnit.
//!
//! A module marks its test functions with [`#[ferrite::tests]`](crate::tests) and names its suites
//! once, in a [`Run`], which it keeps for as long as it is loaded. Where the build says
//! `FERRITE_TESTS=y`, [`Run::new`] runs them and keeps their report, in KTAP, in debugfs:
//! `/sys/kernel/debug/<module>/ktap`. A suite that failed is named in the kernel log, too.
//!
//! KTAP: <https://docs.kernel.org/dev-tools/ktap.html>

use core::panic::Location;

use kernel::{
    debugfs::{
        BinaryWriter,
        Dir,
        File, //
    },
    fmt::{
        self,
        Write, //
    },
    fs::file,
    prelude::*,
    str::CString,
    uaccess::UserSliceWriter,
    ModuleMetadata, //
};

/// Writes a line. `core::writeln!` cannot be used: it does not support the traits of
/// [`kernel::fmt`].
macro_rules! line {
    ($to:expr, $($format:tt)*) => {
        $to.write_fmt(fmt!($($format)*)).and_then(|()| $to.write_str("\n"))
    };
}

/// The reason why a test ended early: it failed, or it cannot run here.
pub struct Stop {
    kind: Kind,
    location: &'static Location<'static>,
    message: Option<CString>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failed,
    Skipped,
}

/// The return type of a test function, written by [`#[ferrite::tests]`](crate::tests).
pub type Outcome = Result<(), Stop>;

impl Stop {
    #[track_caller]
    fn new(kind: Kind, message: fmt::Arguments<'_>) -> Self {
        Self {
            kind,
            location: Location::caller(),
            // If there is no memory for the message, the report still has the place.
            message: CString::try_from_fmt(message).ok(),
        }
    }

    /// A failure at the source line of the caller.
    #[cold]
    #[track_caller]
    pub fn failed(message: fmt::Arguments<'_>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// The test cannot run here; `message` is the reason.
    #[cold]
    #[track_caller]
    pub fn skipped(message: fmt::Arguments<'_>) -> Self {
        Self::new(Kind::Skipped, message)
    }
}

impl From<Error> for Stop {
    #[cold]
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::failed(fmt!("{error:?}"))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::Failed {
            f.write_fmt(fmt!("{}:{}: ", self.location.file(), self.location.line()))?;
        }
        match self.message.as_ref().and_then(|m| m.to_str().ok()) {
            Some(message) => f.write_str(message),
            None => f.write_str("(no message)"),
        }
    }
}

/// One test function, and its name.
pub struct Case {
    name: &'static str,
    run: fn() -> Outcome,
}

impl Case {
    /// Used by [`#[ferrite::tests]`](crate::tests).
    pub const fn new(name: &'static str, run: fn() -> Outcome) -> Self {
        Self { name, run }
    }
}

/// The tests of one Rust module.
pub struct Suite {
    path: &'static str,
    cases: &'static [Case],
}

impl Suite {
    /// Used by [`#[ferrite::tests]`](crate::tests).
    pub const fn new(path: &'static str, cases: &'static [Case]) -> Self {
        Self { path, cases }
    }

    /// Runs the cases in their order. Returns the report, indented as a KTAP subtest, and `true` if
    /// no case failed.
    fn run(&self, report: &mut Report) -> Result<bool, fmt::Error> {
        let mut passed = true;
        line!(report, "    KTAP version 1")?;
        line!(report, "    # Subtest: {}", self.path)?;
        line!(report, "    1..{}", self.cases.len())?;
        for (number, case) in (1..).zip(self.cases) {
            match (case.run)() {
                Ok(()) => line!(report, "    ok {number} {}", case.name)?,
                Err(stop) if stop.kind == Kind::Skipped => {
                    line!(report, "    ok {number} {} # SKIP {stop}", case.name)?;
                }
                Err(stop) => {
                    passed = false;
                    line!(report, "    # {}: {stop}", case.name)?;
                    line!(report, "    not ok {number} {}", case.name)?;
                }
            }
        }
        Ok(passed)
    }
}

/// Text of any length.
#[derive(Default)]
struct Report(KVVec<u8>);

impl fmt::Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0
            .extend_from_slice(text.as_bytes(), GFP_KERNEL)
            .map_err(|_| fmt::Error)
    }
}

impl BinaryWriter for Report {
    fn write_to_slice(
        &self,
        writer: &mut UserSliceWriter,
        offset: &mut file::Offset,
    ) -> Result<usize> {
        writer.write_slice_file(&self.0, offset)
    }
}

/// The tests of a kernel module. [`new`](Self::new) runs them; their report is in debugfs until
/// the value is dropped.
///
/// Without `FERRITE_TESTS=y`, no test runs and there is no report.
pub struct Run {
    _report: Option<Pin<KBox<File<Report>>>>,
}

impl Run {
    /// Runs `suites` for the kernel module `M`. May sleep.
    ///
    /// A failed test does not prevent the module from loading; the report shows the failure.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory for the report.
    pub fn new<M: ModuleMetadata>(suites: &[&Suite]) -> Result<Self> {
        if !cfg!(CONFIG_FERRITE_TESTS) {
            return Ok(Self { _report: None });
        }
        let mut report = Report::default();
        run(suites, &mut report).map_err(|_| ENOMEM)?;
        let dir = Dir::new(M::NAME);
        let file = dir.read_binary_file(c"ktap", Ok::<_, Error>(report));
        Ok(Self {
            _report: Some(KBox::pin_init(file, GFP_KERNEL)?),
        })
    }
}

fn run(suites: &[&Suite], report: &mut Report) -> fmt::Result {
    line!(report, "KTAP version 1")?;
    if suites.is_empty() {
        return line!(report, "1..0 # SKIP this module has no in-kernel tests");
    }
    line!(report, "1..{}", suites.len())?;
    for (number, suite) in (1..).zip(suites) {
        let passed = suite.run(report)?;
        if !passed {
            pr_err!(
                "{}: a test failed; `ktap` in debugfs says which\n",
                suite.path
            );
        }
        let verdict = if passed { "ok" } else { "not ok" };
        line!(report, "{verdict} {number} {}", suite.path)?;
    }
    Ok(())
}

/// Like [`core::assert`], but a failure ends the test and does not panic.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert {
    ($condition:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err($crate::test::Stop::failed(
                ::kernel::prelude::fmt!("not true: {}", ::core::stringify!($condition)),
            ));
        }
    };
}

/// Like [`core::assert_eq`], but a failure ends the test and does not panic.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_eq {
    ($left:expr, $right:expr $(,)?) => {
        match (&$left, &$right) {
            (left, right) => {
                if *left != *right {
                    return ::core::result::Result::Err($crate::test::Stop::failed(
                        ::kernel::prelude::fmt!(
                            "{} is {left:?}, not {right:?}",
                            ::core::stringify!($left)
                        ),
                    ));
                }
            }
        }
    };
}

/// Ends a test that cannot run here, with the reason: `skip!("needs {}", what)`.
#[macro_export]
macro_rules! skip {
    ($($message:tt)*) => {
        return ::core::result::Result::Err($crate::test::Stop::skipped(
            ::kernel::prelude::fmt!($($message)*)
        ))
    };
}

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    /// Returns the report of `run` for `cases`.
    fn report_of(cases: &'static [Case]) -> Result<(bool, Report), Stop> {
        let suite = Suite {
            path: "planted",
            cases,
        };
        let mut report = Report::default();
        match suite.run(&mut report) {
            Ok(passed) => Ok((passed, report)),
            Err(_) => Err(ENOMEM.into()),
        }
    }

    fn contains(report: &Report, text: &str) -> bool {
        report.0.windows(text.len()).any(|w| w == text.as_bytes())
    }

    #[test]
    fn passing_case_is_ok() {
        let (passed, report) = report_of(const { &[Case::new("passes", || Ok(()))] })?;
        assert!(passed);
        assert!(contains(&report, "    1..1\n    ok 1 passes\n"));
    }

    #[test]
    fn skipped_case_says_why_and_passes() {
        let (passed, report) = report_of(const { &[Case::new("skips", || skip!("no reason"))] })?;
        assert!(passed);
        assert!(contains(&report, "ok 1 skips # SKIP no reason\n"));
    }

    #[test]
    fn failing_case_says_where_and_fails() {
        const FAILS: &[Case] = &[Case::new("fails", || {
            __assert_eq!(1 + 1, 3);
            Ok(())
        })];
        let (passed, report) = report_of(FAILS)?;
        assert!(!passed);
        assert!(contains(&report, "test.rs:"));
        assert!(contains(&report, "1 + 1 is 2, not 3\n    not ok 1 fails\n"));
    }

    #[test]
    fn error_is_told() {
        let stop = Stop::from(EBADF);
        let text = CString::try_from_fmt(fmt!("{stop}"))?;
        // The error's name, or its number if the kernel does not export the names.
        let error = CString::try_from_fmt(fmt!(": {EBADF:?}"))?;
        assert!(text.to_bytes().ends_with(error.to_bytes()));
    }
}
