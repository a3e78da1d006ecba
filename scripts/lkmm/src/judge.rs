// SPDX-License-Identifier: GPL-2.0

//! What the model allows against what was seen.

use crate::ast::{Location, Quantifier, Test};
use crate::log::Record;
use std::collections::BTreeSet;

/// What the model says of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `Never`, `Sometimes`, `Always`, or `DEADLOCK`: no execution passes the filter.
    pub result: String,
    /// Every end that the model allows; where only the test's own comment was asked, nothing.
    pub states: Option<BTreeSet<String>>,
    /// A hash of the test by which the herdtools know it again.
    pub hash: Option<String>,
}

impl Verdict {
    /// By what herd7 says.
    pub fn of_herd(record: &Record) -> Self {
        let result = match record.states.is_empty() {
            true => "DEADLOCK".to_owned(),
            false => record.observation.clone(),
        };
        Self {
            result,
            states: Some(record.states.keys().cloned().collect()),
            hash: record.hash.clone(),
        }
    }

    /// By the `Result:` line of the test's comment, if it has one.
    pub fn of_comment(test: &Test) -> Option<Self> {
        Some(Self {
            result: test.result()?.to_owned(),
            states: None,
            hash: None,
        })
    }

    /// Whether another allows just the same.
    pub fn agrees(&self, other: &Self) -> bool {
        self.result == other.result && self.states == other.states
    }
}

/// How a run compares with a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// All that was seen is allowed, and so was the condition, which was seen.
    Seen,
    /// All that was seen is allowed; the condition is, too, and was never seen.
    Unseen,
    /// The condition is forbidden, and was never seen.
    Kept,
    /// Something was seen that the model forbids: the first such end and how often.
    Forbidden(String, u64),
    /// There is no run to judge, or it is not whole.
    Trouble(String),
}

impl Judgement {
    /// Of a run.
    pub fn of(test: &Test, verdict: &Verdict, run: Option<&Record>) -> Self {
        let Some(run) = run else {
            return Self::Trouble("it was not run".to_owned());
        };
        if let Some(trouble) = &run.trouble {
            return Self::Trouble(trouble.clone());
        }
        if let Some(state) = run.states.keys().find(|state| state.contains("=?;")) {
            return Self::Trouble(format!(
                "an end has a value that the engine cannot tell: {state}"
            ));
        }
        if let Some(states) = &verdict.states {
            let forbidden = run
                .states
                .iter()
                .find(|(state, _)| !states.contains(&shown(test, state)));
            if let Some((state, count)) = forbidden {
                return Self::Forbidden(state.clone(), *count);
            }
        }
        // Where a condition is `forall`, what is asked about is its opposite.
        let (asked, never) = match test.quantifier {
            Quantifier::Exists | Quantifier::NotExists => (run.positive, "Never"),
            Quantifier::Forall => (run.negative, "Always"),
        };
        let forbidden = verdict.result == never || verdict.result == "DEADLOCK";
        let asked = match verdict.result.as_str() {
            "DEADLOCK" => run.total(),
            _ => asked,
        };
        match (forbidden, asked) {
            (true, 0) => Self::Kept,
            (true, count) => Self::Forbidden(format!("{}", test.condition), count),
            (false, 0) => Self::Unseen,
            (false, _) => Self::Seen,
        }
    }

    /// Whether it fails a check.
    pub fn fails(&self) -> bool {
        matches!(self, Self::Forbidden(..) | Self::Trouble(_))
    }

    /// In a word or a line.
    pub fn text(&self) -> String {
        match self {
            Self::Seen => "seen".to_owned(),
            Self::Unseen => "not seen".to_owned(),
            Self::Kept => "ok".to_owned(),
            Self::Forbidden(state, count) => format!("FORBIDDEN seen {count} times: {state}"),
            Self::Trouble(trouble) => format!("FAILED: {trouble}"),
        }
    }
}

/// The part of an end that herd7 shows: what only the filter names is not.
fn shown(test: &Test, state: &str) -> String {
    let asked = test
        .condition
        .locations()
        .into_iter()
        .chain(&test.locations);
    let places: BTreeSet<String> = asked
        .map(|location| match location {
            Location::Register(..) => location.to_string(),
            Location::Shared(name) => format!("[{name}]"),
        })
        .collect();
    let values = state.split(' ').filter(|value| {
        let place = value.split_once('=').map_or("", |(place, _)| place);
        places.contains(place)
    });
    values.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log;
    use std::path::Path;

    fn test(condition: &str) -> Test {
        let text = format!("C t\n{{}}\nP0(int *x) {{ WRITE_ONCE(*x, 1); }}\n{condition}\n");
        crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn run(states: &str, positive: u64, negative: u64) -> Record {
        log::parse(&format!(
            "Test t Allowed\n{states}Observation t X {positive} {negative}\n"
        ))
        .remove(0)
    }

    fn herd(states: &str, observation: &str) -> Verdict {
        Verdict::of_herd(
            &log::parse(&format!(
                "Test t Allowed\n{states}Observation t {observation} 1 1\n"
            ))[0],
        )
    }

    #[test]
    fn forbidden_end_fails_even_outside_the_condition() {
        let verdict = herd("x=1;\n", "Never");
        let judgement = Judgement::of(
            &test("exists (x=3)"),
            &verdict,
            Some(&run("7 :>[x]=2;\n", 0, 7)),
        );
        assert_eq!(judgement, Judgement::Forbidden("[x]=2;".to_owned(), 7));
        assert!(judgement.fails());
    }

    #[test]
    fn what_only_the_filter_names_is_no_part_of_an_end() {
        let filtered = test("filter (y=2)\nexists (x=1)");
        let verdict = herd("x=1;\n", "Always");
        let run = run("7 *>[x]=1; [y]=2;\n", 7, 0);
        assert_eq!(
            Judgement::of(&filtered, &verdict, Some(&run)),
            Judgement::Seen
        );
    }

    #[test]
    fn kept_seen_and_unseen() {
        let exists = test("exists (x=1)");
        let seen = run("7 *>[x]=1;\n", 7, 0);
        let unseen = run("7 :>[x]=0;\n", 0, 7);
        let sometimes = herd("x=1;\nx=0;\n", "Sometimes");
        assert_eq!(
            Judgement::of(&exists, &sometimes, Some(&seen)),
            Judgement::Seen
        );
        assert_eq!(
            Judgement::of(&exists, &sometimes, Some(&unseen)),
            Judgement::Unseen
        );
        let never = herd("x=0;\n", "Never");
        assert_eq!(
            Judgement::of(&exists, &never, Some(&unseen)),
            Judgement::Kept
        );
    }

    #[test]
    fn comment_alone_judges_the_condition() {
        let never = Verdict {
            result: "Never".to_owned(),
            states: None,
            hash: None,
        };
        let judgement = Judgement::of(
            &test("exists (x=1)"),
            &never,
            Some(&run("7 *>[x]=1;\n", 7, 0)),
        );
        assert_eq!(judgement, Judgement::Forbidden("x=1".to_owned(), 7));
        let always = Verdict {
            result: "Always".to_owned(),
            states: None,
            hash: None,
        };
        let judgement = Judgement::of(
            &test("forall (x=1)"),
            &always,
            Some(&run("7 :>[x]=0;\n", 0, 7)),
        );
        assert!(judgement.fails());
    }

    #[test]
    fn nothing_passes_the_filter_of_a_deadlock() {
        let verdict = herd("", "Never");
        assert_eq!(verdict.result, "DEADLOCK");
        let judge = |run: &Record| Judgement::of(&test("exists (x=1)"), &verdict, Some(run));
        assert_eq!(judge(&run("", 0, 0)), Judgement::Kept);
        assert!(judge(&run("1 :>[x]=0;\n", 0, 1)).fails());
    }

    #[test]
    fn a_value_that_cannot_be_told_is_no_end() {
        let test = test("forall (x=1)");
        let run = run("7 :>[x]=?;\n", 0, 7);
        let judgement = Judgement::of(&test, &herd("x=1000;\n", "Never"), Some(&run));
        assert!(matches!(judgement, Judgement::Trouble(_)), "{judgement:?}");
    }

    #[test]
    fn trouble_fails() {
        let verdict = herd("x=1;\n", "Never");
        assert!(Judgement::of(&test("exists (x=1)"), &verdict, None).fails());
        let lost = log::parse("Test t Allowed\nObservation t Never 0 3\nLost t 2\n").remove(0);
        assert!(Judgement::of(&test("exists (x=1)"), &verdict, Some(&lost)).fails());
    }
}
