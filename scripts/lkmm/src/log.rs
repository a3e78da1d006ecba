// SPDX-License-Identifier: GPL-2.0

//! What herd7 says of a test, and what litmus7, klitmus7 or the engine saw of it: their output is alike.

use std::collections::BTreeMap;

/// How a line starts that says of a test that the machine died of it.
pub const DIED: &str = "Died ";

/// One test's part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The test.
    pub name: String,
    /// The ends that there were: each as [`end`] writes it, with how often it was seen. herd7 counts
    /// nothing: 0.
    pub states: BTreeMap<String, u64>,
    /// How often the condition held.
    pub positive: u64,
    /// How often it did not.
    pub negative: u64,
    /// `Never`, `Sometimes` or `Always`.
    pub observation: String,
    /// How long the test ran, in hundredths of a second.
    pub hundredths: u64,
    /// What is not in litmus7's format: ends that were not counted (`Lost`), runs that were cut short
    /// (`Cut`), got stuck (`Stuck`), failed (`Failed`) or took the machine with them (`Died`).
    pub trouble: Option<String>,
    /// A hash of the test, by which the herdtools know it again.
    pub hash: Option<String>,
    /// herd7 found a data race (`Flag data-race`): the model then promises nothing.
    pub race: bool,
}

impl Record {
    /// How many instances were run.
    pub fn total(&self) -> u64 {
        self.positive + self.negative
    }

    /// Instances a second.
    pub fn rate(&self) -> f64 {
        // CAST: Counts and times far below what an f64 cannot hold.
        self.total() as f64 / (self.hundredths.max(1) as f64 / 100.0)
    }
}

impl Record {
    /// Adds what another run of the same test came to.
    fn add(&mut self, other: Self) {
        for (state, count) in other.states {
            *self.states.entry(state).or_default() += count;
        }
        self.positive += other.positive;
        self.negative += other.negative;
        self.hundredths += other.hundredths;
        self.trouble = self.trouble.take().or(other.trouble);
        self.observation = match (self.positive, self.negative) {
            (0, _) => "Never",
            (_, 0) => "Always",
            _ => "Sometimes",
        }
        .to_owned();
    }
}

/// A log's records by their tests; the runs of one test are added up.
pub fn by_test(text: &str) -> BTreeMap<String, Record> {
    let mut tests: BTreeMap<String, Record> = BTreeMap::new();
    for record in parse(text) {
        match tests.get_mut(&record.name) {
            Some(first) => first.add(record),
            None => {
                tests.insert(record.name.clone(), record);
            }
        }
    }
    tests
}

/// An end of a test, with its values in one order and one spelling: `0:r0=0; [x]=1;`.
pub fn end(text: &str) -> String {
    let mut values: Vec<String> = text
        .split(';')
        .filter_map(|value| value.trim().split_once('='))
        .map(|(place, value)| {
            let place = place.trim().trim_start_matches('[').trim_end_matches(']');
            let value = value.trim().trim_start_matches('&');
            match place.contains(':') {
                true => format!("{place}={value};"),
                false => format!("[{place}]={value};"),
            }
        })
        .collect();
    values.sort();
    values.join(" ")
}

/// A log in which every test has its hash, as litmus7 writes it: without, the herdtools take a test for another.
pub fn with_hashes(text: &str, hashes: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut name = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("Test ") {
            name = rest.split(' ').next().unwrap_or_default();
        }
        out.push_str(line);
        out.push('\n');
        if let (true, Some(hash)) = (line.starts_with("Condition "), hashes.get(name)) {
            out.push_str(&format!("Hash={hash}\n"));
        }
    }
    out
}

/// Reads a log. What is not of a test is passed over.
pub fn parse(text: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["Test", name, ..] = words.as_slice() {
            records.push(Record {
                name: (*name).to_owned(),
                ..Record::default()
            });
            continue;
        }
        if let ["Failed" | "Died", name, ..] = words.as_slice() {
            records.push(Record {
                name: name.trim_end_matches(':').to_owned(),
                trouble: Some(line.to_owned()),
                ..Record::default()
            });
            continue;
        }
        let Some(record) = records.last_mut() else {
            continue;
        };
        match words.as_slice() {
            ["Observation", _, observation, positive, negative] => {
                (*observation).clone_into(&mut record.observation);
                record.positive = positive.parse().unwrap_or(0);
                record.negative = negative.parse().unwrap_or(0);
            }
            ["Time", _, seconds] => {
                let seconds: f64 = seconds.parse().unwrap_or(0.0);
                // CAST: A time of a test, not negative.
                record.hundredths = (seconds * 100.0).round() as u64;
            }
            ["Flag", "data-race"] => record.race = true,
            [hash] if hash.starts_with("Hash=") => {
                record.hash = hash.strip_prefix("Hash=").map(str::to_owned);
            }
            ["Lost" | "Cut" | "Stuck", ..] => record.trouble = Some(line.to_owned()),
            _ if line.trim_end().ends_with(';') && line.contains('=') => {
                let (count, state) = match line.split_once('>') {
                    Some((count, state)) => {
                        let digits = count.trim_end_matches(['*', ':']).trim();
                        (digits.parse().unwrap_or(0), state)
                    }
                    None => (0, line),
                };
                *record.states.entry(end(state)).or_default() += count;
            }
            _ => {}
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histogram_is_read() {
        let records = parse(
            "junk=1;\nTest R+x Allowed\nHistogram (2 states)\n12      *>0:r0=1; [y]=2;\n\
             1:>[y]=1; 0:r0=0;\nOk\n\nWitnesses\nPositive: 12, Negative: 1\n\
             Condition exists (0:r0=1 /\\ y=2) is validated\nObservation R+x Sometimes 12 1\n\
             Time R+x 0.53\nLost R+x 3\nFailed S+y 110\n",
        );
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].states["0:r0=1; [y]=2;"], 12);
        assert_eq!(records[0].states["0:r0=0; [y]=1;"], 1);
        assert_eq!((records[0].total(), records[0].hundredths), (13, 53));
        assert_eq!(records[0].trouble.as_deref(), Some("Lost R+x 3"));
        assert_eq!(records[1].trouble.as_deref(), Some("Failed S+y 110"));
    }

    #[test]
    fn runs_of_a_test_are_added_up() {
        let run = |positive: u64, state: &str| {
            format!(
                "Test A Allowed\n{positive}:>{state}\nObservation A Never {positive} 5\nTime A 0.50\n"
            )
        };
        let tests = by_test(&[run(0, "[x]=1;"), run(3, "[x]=2;"), run(1, "[x]=2;")].concat());
        let a = &tests["A"];
        assert_eq!((a.total(), a.hundredths), (19, 150));
        assert_eq!(
            (a.states["[x]=2;"], a.observation.as_str()),
            (4, "Sometimes")
        );
    }

    #[test]
    fn hashes_come_after_conditions() {
        let log = "Test A Allowed\nCondition exists (x=1) is validated\nObservation A Never 0 1\nTest B Allowed\nCondition b\n";
        let hashes = BTreeMap::from([("A".to_owned(), "0a".to_owned())]);
        let hashed = with_hashes(log, &hashes);
        assert!(
            hashed.contains("validated\nHash=0a\nObservation"),
            "{hashed}"
        );
        assert_eq!(hashed.matches("Hash=").count(), 1);
        assert_eq!(parse(&hashed)[0].hash.as_deref(), Some("0a"));
    }

    #[test]
    fn herd_s_states_are_read() {
        let records = parse(
            "Test RM Allowed\nStates 0\nNo\nObservation RM Never 0 0\nTime RM 0.01\n\
             Test MP Allowed\nStates 1\n1:r0=x; p=x;\nOk\nFlag data-race\nObservation MP Always 1 0\n",
        );
        assert!(records[0].states.is_empty());
        assert_eq!((records[0].race, records[1].race), (false, true));
        assert!(records[1].states.contains_key("1:r0=x; [p]=x;"));
        assert_eq!(records[1].observation, "Always");
    }
}
