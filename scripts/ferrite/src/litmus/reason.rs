// SPDX-License-Identifier: GPL-2.0

//! Why a test is not well: each reason has a name, by which tables and JSON tell it.

use serde::Serialize;

/// Why a test was not judged, or why it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reason {
    /// The file cannot be read.
    Unreadable,
    /// The file holds no litmus test that can be parsed.
    NotATest,
    /// The test has no Rust here.
    NotTranslated,
    /// The compiler does not take the test's Rust.
    NotCompiled,
    /// herd7 does not take the test, and no comment of it says what to expect.
    HerdRefused,
    /// herd7 thought for as long as it may, and no comment says what to expect.
    HerdGaveUp,
    /// There is no herd7, and no comment says what to expect.
    NoVerdict,
    /// The test was not run.
    NotRun,
    /// The guest ended while it ran the test.
    GuestDied,
    /// The engine could not run the test, or not to its end.
    Engine,
    /// An end was seen that the model forbids.
    Forbidden,
    /// The machine code is not what the source says.
    MachineCode,
    /// The test means something else in Rust than in C.
    OtherMeaning,
    /// The test's own comment says something else than the model.
    OtherResult,
}

impl Reason {
    /// All of them, as Documentation/lkmm.md lists them.
    #[cfg(test)]
    const ALL: [Self; 14] = [
        Self::Forbidden,
        Self::MachineCode,
        Self::OtherMeaning,
        Self::OtherResult,
        Self::NotCompiled,
        Self::GuestDied,
        Self::Engine,
        Self::Unreadable,
        Self::NotATest,
        Self::NotTranslated,
        Self::HerdRefused,
        Self::HerdGaveUp,
        Self::NoVerdict,
        Self::NotRun,
    ];

    /// Whether something is wrong, and not only unknown.
    pub(super) fn fails(self) -> bool {
        match self {
            Self::Unreadable
            | Self::NotATest
            | Self::NotTranslated
            | Self::HerdRefused
            | Self::HerdGaveUp
            | Self::NoVerdict
            | Self::NotRun => false,
            Self::NotCompiled
            | Self::GuestDied
            | Self::Engine
            | Self::Forbidden
            | Self::MachineCode
            | Self::OtherMeaning
            | Self::OtherResult => true,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotATest => "not-a-test",
            Self::NotTranslated => "not-translated",
            Self::NotCompiled => "not-compiled",
            Self::HerdRefused => "herd-refused",
            Self::HerdGaveUp => "herd-gave-up",
            Self::NoVerdict => "no-verdict",
            Self::NotRun => "not-run",
            Self::GuestDied => "guest-died",
            Self::Engine => "engine",
            Self::Forbidden => "forbidden",
            Self::MachineCode => "machine-code",
            Self::OtherMeaning => "other-meaning",
            Self::OtherResult => "other-result",
        }
    }
}

/// A reason, and what exactly it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

impl Trouble {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message }
    }

    /// As a table tells it.
    pub(super) fn text(&self) -> String {
        let word = if self.reason.fails() {
            "FAILED"
        } else {
            "not judged"
        };
        format!("{word}: {}: {}", self.reason.name(), brief(&self.message))
    }
}

/// A message in one line: of a parser's, with the source line and a caret, the place and what it says.
fn brief(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default().trim();
    let said = message
        .lines()
        .filter_map(|line| line.trim().strip_prefix("= "))
        .next_back();
    match (first.strip_prefix("--> "), said) {
        (Some(place), Some(said)) => format!("{place}: {said}"),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_documented_under_its_name() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Documentation/lkmm.md");
        let page = std::fs::read_to_string(page).unwrap();
        for reason in Reason::ALL {
            let kind = if reason.fails() {
                "wrong"
            } else {
                "not judged"
            };
            let row = format!("| `{}` | {kind} |", reason.name());
            assert!(page.contains(&row), "no {row}");
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.name()));
        }
        assert_eq!(
            page.matches(" | wrong | ").count() + page.matches(" | not judged | ").count(),
            Reason::ALL.len()
        );
    }

    #[test]
    fn messages_are_told_in_a_line() {
        let parser = " --> a/b.litmus:1:1\n  |\n1 | not a test\n  | ^---\n  |\n  = expected a test";
        assert_eq!(brief(parser), "a/b.litmus:1:1: expected a test");
        assert_eq!(brief("one\ntwo"), "one");
        assert_eq!(brief(""), "");
    }
}
