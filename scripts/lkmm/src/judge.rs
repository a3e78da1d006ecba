// SPDX-License-Identifier: GPL-2.0

//! What the model allows against what was seen.

use crate::ast::{Location, Quantifier, Test};
use crate::expect::{Expected, ANY};
use crate::log::Record;
use std::collections::{BTreeMap, BTreeSet};

/// What the model says of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `Never`, `Sometimes`, `Always`, or `DEADLOCK`: no execution passes the filter.
    pub result: String,
    /// Every end that the model allows; where only the test's own comment was asked, nothing.
    pub states: Option<BTreeSet<String>>,
    /// A hash of the test by which the herdtools know it again.
    pub hash: Option<String>,
    /// The test has a data race: the model then promises nothing.
    pub race: bool,
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
            race: record.race,
        }
    }

    /// By the `Result:` line of the test's comment, if it has one, and if that says anything.
    pub fn of_comment(expected: &Expected) -> Option<Self> {
        let outcome = expected.outcome.as_ref();
        Some(Self {
            result: outcome.filter(|outcome| *outcome != ANY)?.clone(),
            states: None,
            hash: None,
            race: expected.race,
        })
    }

    /// Whether `other`, a verdict on another form of `test`, allows the same ends. Only the values count that the test
    /// itself asks for: the other form may show more.
    pub fn agrees(&self, other: &Self, test: &Test) -> bool {
        let ends = |verdict: &Self| -> Option<BTreeSet<String>> {
            let states = verdict.states.as_ref()?.iter();
            Some(states.map(|end| plain(test, &shown(test, end))).collect())
        };
        self.result == other.result && self.race == other.race && ends(self) == ends(other)
    }

    /// Whether the model allows an end that was seen.
    fn allows(&self, test: &Test, seen: &str) -> bool {
        let Some(states) = &self.states else {
            return true;
        };
        states.contains(seen) || states.iter().any(|end| covers(test, end, seen))
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
    /// The same of a test with a data race: the model promises nothing of it.
    Raced(String, u64),
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
        let forbidden = |end: String, count| match verdict.race {
            true => Self::Raced(end, count),
            false => Self::Forbidden(end, count),
        };
        let mut seen = run.states.iter();
        if let Some((state, count)) =
            seen.find(|(state, _)| !verdict.allows(test, &shown(test, state)))
        {
            return forbidden(state.clone(), *count);
        }
        // Where a condition is `forall`, what is asked about is its opposite.
        let (asked, never) = match test.quantifier {
            Quantifier::Exists | Quantifier::NotExists => (run.positive, "Never"),
            Quantifier::Forall => (run.negative, "Always"),
        };
        let is_forbidden = verdict.result == never || verdict.result == "DEADLOCK";
        let asked = match verdict.result.as_str() {
            "DEADLOCK" => run.total(),
            _ => asked,
        };
        match (is_forbidden, asked) {
            (true, 0) => Self::Kept,
            (true, count) => forbidden(format!("{}", test.condition), count),
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
            Self::Raced(state, count) => {
                format!("data race, which promises nothing: seen {count} times: {state}")
            }
            Self::Trouble(trouble) => format!("FAILED: {trouble}"),
        }
    }
}

/// Whether `value` is herd7's name for a value that it does not know, such as `S16`: any value can be there.
fn is_symbolic(test: &Test, value: &str) -> bool {
    let number = value.strip_prefix('S').unwrap_or_default();
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let params = test.threads.iter().flat_map(|thread| &thread.params);
    let is_location = test
        .init
        .iter()
        .any(|init| init.location == Location::Shared(value.to_owned()));
    digits && !is_location && !params.into_iter().any(|param| param.name == value)
}

/// The values of an end, as [`log::end`](crate::log::end) writes it: place and value.
fn values(end: &str) -> impl Iterator<Item = (&str, &str)> {
    end.split(' ').filter_map(|value| {
        let (place, value) = value.split_once('=')?;
        Some((place, value.trim_end_matches(';')))
    })
}

/// An end with the symbolic values numbered from 0 on: herd7's own numbers differ from run to run.
fn plain(test: &Test, end: &str) -> String {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let all = values(end).map(|(place, value)| match is_symbolic(test, value) {
        false => format!("{place}={value};"),
        true => {
            let next = names.len();
            format!("{place}=S{};", names.entry(value).or_insert(next))
        }
    });
    all.collect::<Vec<_>>().join(" ")
}

/// Whether an end that the model allows is the end `seen`, where each symbolic value stands for one value, whichever.
fn covers(test: &Test, allowed: &str, seen: &str) -> bool {
    let mut stands_for: BTreeMap<&str, &str> = BTreeMap::new();
    values(allowed).count() == values(seen).count()
        && values(allowed)
            .zip(values(seen))
            .all(|((place, value), (there, is))| {
                let alike = match is_symbolic(test, value) {
                    true => *stands_for.entry(value).or_insert(is) == is,
                    false => value == is,
                };
                place == there && alike
            })
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
            race: false,
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
            race: false,
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
    fn other_forms_of_a_test_may_show_more_and_number_unknown_values_otherwise() {
        let (short, long) = (herd("x=1;\n", "Always"), herd("x=1; y=2;\n", "Always"));
        let asked = test("exists (x=1)");
        assert!(short.agrees(&long, &asked));
        assert!(!short.agrees(&herd("x=2; y=2;\n", "Always"), &asked));
        let unknown = |one: &str, two: &str| herd(&format!("x={one}; y={two};\n"), "Never");
        let asked = test("exists (x=7 /\\ y=7)");
        assert!(unknown("S16", "S18").agrees(&unknown("S3", "S4"), &asked));
        assert!(!unknown("S16", "S18").agrees(&unknown("S3", "S3"), &asked));
        // A location may be called so, too.
        let text =
            "C t\n{ int *x = &S16; int *y = &S18; }\nP0(int *S16, int *S18) { int r0; }\nexists (x=S16)\n";
        let named = crate::parse(Path::new("t.litmus"), text).unwrap_or_else(|e| panic!("{e}"));
        assert!(!herd("x=S16;\n", "Never").agrees(&herd("x=S18;\n", "Never"), &named));
    }

    #[test]
    fn an_unknown_value_allows_any() {
        let asked = test("exists (x=7 /\\ y=7)");
        let verdict = herd("x=S16; y=S16;\n", "Never");
        let judge = |states: &str| Judgement::of(&asked, &verdict, Some(&run(states, 0, 7)));
        assert_eq!(judge("7 :>[x]=3; [y]=3;\n"), Judgement::Kept);
        assert!(judge("7 :>[x]=3; [y]=4;\n").fails());
    }

    #[test]
    fn a_data_race_promises_nothing() {
        let mut verdict = herd("x=1;\n", "Never");
        let run = run("7 :>[x]=2;\n", 0, 7);
        let asked = test("exists (x=3)");
        assert!(Judgement::of(&asked, &verdict, Some(&run)).fails());
        verdict.race = true;
        let judgement = Judgement::of(&asked, &verdict, Some(&run));
        assert_eq!(judgement, Judgement::Raced("[x]=2;".to_owned(), 7));
        assert!(!judgement.fails());
    }

    #[test]
    fn trouble_fails() {
        let verdict = herd("x=1;\n", "Never");
        assert!(Judgement::of(&test("exists (x=1)"), &verdict, None).fails());
        let lost = log::parse("Test t Allowed\nObservation t Never 0 3\nLost t 2\n").remove(0);
        assert!(Judgement::of(&test("exists (x=1)"), &verdict, Some(&lost)).fails());
    }
}
