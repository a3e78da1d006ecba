// SPDX-License-Identifier: GPL-2.0

//! What a test's own comment expects of the model: its `Result:` line, read as the kernel's
//! `tools/memory-model/scripts/judgelitmus.sh` reads it.

use crate::judge::Verdict;

/// How a line with the expected outcome starts: in a comment that begins there, or in one that began before.
const STARTS: [&str; 2] = ["(* Result: ", " * Result: "];

/// The outcome that says nothing: whatever the model answers is right.
pub(crate) const ANY: &str = "Maybe";

/// What `Result:` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// `Never`, `Sometimes`, `Always`, `DEADLOCK` or `Maybe`, as it is written; nothing where no line says one.
    pub outcome: Option<String>,
    /// The line has `DATARACE`.
    pub race: bool,
}

/// How the model's answer differs from what a test expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// One of the two is wrong.
    Wrong(String),
    /// The outcomes differ, and the test has a data race: there the model promises nothing.
    Forgiven(String),
}

impl Expected {
    /// By the text of a test: the first `Result:` line counts, wherever in the file it is.
    pub fn of(text: &str) -> Self {
        let mut rests = text.lines().filter_map(|line| {
            let mut starts = STARTS.iter();
            starts.find_map(|start| line.strip_prefix(start))
        });
        let Some(first) = rests.next() else {
            return Self::default();
        };
        // A race may be told on any such line.
        let race = |rest: &str| {
            rest.split_whitespace()
                .skip(1)
                .any(|word| word == "DATARACE")
        };
        Self {
            outcome: first.split_whitespace().next().map(str::to_owned),
            race: race(first) || rests.any(race),
        }
    }

    /// How a verdict of the model's differs; nothing where it does not, or where nothing is expected.
    pub fn differs(&self, verdict: &Verdict) -> Option<Difference> {
        let outcome = self.outcome.as_deref()?;
        let wrong = |message: &str| Some(Difference::Wrong(message.to_owned()));
        match (self.race, verdict.race) {
            (true, false) => {
                return wrong("its comment says DATARACE, and the model sees no data race")
            }
            (false, true) => {
                return wrong("the model sees a data race, and its comment does not say DATARACE")
            }
            _ => {}
        }
        let deadlock = verdict.result == "DEADLOCK";
        if verdict.result == outcome || outcome == ANY && !deadlock {
            return None;
        }
        let message = format!("its comment says {outcome}, the model {}", verdict.result);
        // Whether an execution ends at all is no matter of races.
        match verdict.race && !deadlock && outcome != "DEADLOCK" {
            true => Some(Difference::Forgiven(message)),
            false => Some(Difference::Wrong(message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(outcome: &str, race: bool) -> Expected {
        Expected {
            outcome: Some(outcome.to_owned()),
            race,
        }
    }

    #[test]
    fn lines_are_found_where_the_kernel_finds_them() {
        let cases = [
            ("C t\n(*\n * Result: Never\n *)\n", expected("Never", false)),
            ("C t\n(* Result: Always *)\n", expected("Always", false)),
            (
                "C t\n(*\n * Result: Maybe -- who knows.\n *)\n",
                expected("Maybe", false),
            ),
            (
                "C t\n(*\n * Result: Sometimes DATARACE\n *)\n",
                expected("Sometimes", true),
            ),
            (
                "C t\n(*\n * Result: Never because of a DATARACE\n *)\n",
                expected("Never", true),
            ),
            // Behind metadata, and behind the condition.
            (
                "C t\n\"Rfe PodWR\"\nCycle=Rfe\n(*\n * Result: Never\n *)\n{}\n",
                expected("Never", false),
            ),
            (
                "C t\n{}\nexists (x=1)\n(* Result: DEADLOCK *)\n",
                expected("DEADLOCK", false),
            ),
            // The first one counts.
            (
                "(* Result: Never *)\n(* Result: Always *)\n",
                expected("Never", false),
            ),
            (
                "C t\n(*\n Result: Never\n * Result:\tNever\n *)\n",
                Expected::default(),
            ),
            ("", Expected::default()),
        ];
        for (text, wanted) in cases {
            assert_eq!(Expected::of(text), wanted, "{text}");
        }
    }

    #[test]
    fn answers_are_held_against_it() {
        let verdict = |result: &str, race| Verdict {
            result: result.to_owned(),
            states: None,
            hash: None,
            race,
        };
        let well = |one: Expected, result, race| {
            assert_eq!(
                one.differs(&verdict(result, race)),
                None,
                "{one:?} {result}"
            );
        };
        let wrong = |one: Expected, result, race| {
            let differs = one.differs(&verdict(result, race));
            assert!(
                matches!(differs, Some(Difference::Wrong(_))),
                "{one:?}: {differs:?}"
            );
        };
        well(expected("Never", false), "Never", false);
        well(expected("DEADLOCK", false), "DEADLOCK", false);
        well(Expected::default(), "Never", true);
        for result in ["Never", "Sometimes", "Always"] {
            well(expected("Maybe", false), result, false);
        }
        wrong(expected("Maybe", false), "DEADLOCK", false);
        wrong(expected("Never", false), "Sometimes", false);
        wrong(expected("Never", false), "DEADLOCK", false);
        wrong(expected("DEADLOCK", false), "Never", false);
        wrong(expected("Never", true), "Never", false);
        wrong(expected("Never", false), "Never", true);
        wrong(expected("DEADLOCK", true), "Never", true);
        let forgiven = expected("Sometimes", true).differs(&verdict("Never", true));
        assert!(
            matches!(forgiven, Some(Difference::Forgiven(_))),
            "{forgiven:?}"
        );
    }
}
