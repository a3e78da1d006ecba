// SPDX-License-Identifier: GPL-2.0

//! Figures: read from what a program printed, put side by side, compared.

use super::machine::Machine;
use host::columns;
use serde::Serialize;

/// What a program says that something costs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// Of what.
    pub(crate) what: String,
    /// Nanoseconds of the machine's clock, for doing it once.
    pub(crate) nanoseconds: f64,
}

impl Figure {
    /// Read a line such as `# bench: the device, by pidfd = 1234.5 ns (median 1236.0, most 1251.0)`; what follows `ns` is for
    /// people.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let (what, value) = line.strip_prefix("# bench: ")?.rsplit_once(" = ")?;
        let (number, _) = value.split_once(" ns")?;
        Some(Figure {
            what: what.trim().to_owned(),
            nanoseconds: number.trim().parse().ok()?,
        })
    }
}

/// What something costs, in each machine that it was measured in.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FigureLine {
    /// What.
    pub(crate) what: String,
    /// Instructions for doing it once.
    pub(crate) instructions: Option<f64>,
    /// Nanoseconds for doing it once.
    pub(crate) nanoseconds: Option<f64>,
}

/// Two lines to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// How it is called.
    pub(crate) name: String,
    /// What costs more, or should not.
    pub(crate) of: String,
    /// What it is held against.
    pub(crate) to: String,
    /// The ratio of instructions that is the goal.
    pub(crate) at_most: Option<f64>,
}

/// What a comparison came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Compared {
    name: String,
    more_instructions: Option<f64>,
    ratio_of_instructions: Option<f64>,
    ratio_of_time: Option<f64>,
    at_most: Option<f64>,
}

/// Add a figure to the line that it belongs to.
pub(super) fn add(lines: &mut Vec<FigureLine>, machine: Machine, figure: Figure) {
    let at = lines.iter().position(|line| line.what == figure.what);
    let at = at.unwrap_or_else(|| {
        lines.push(FigureLine {
            what: figure.what,
            ..FigureLine::default()
        });
        lines.len() - 1
    });
    // PANIC: `at` was found in `lines`, or is its last.
    let line = &mut lines[at];
    match machine {
        Machine::Counting => line.instructions = Some(figure.nanoseconds),
        Machine::Ordinary => line.nanoseconds = Some(figure.nanoseconds),
    }
}

/// Make the comparisons; one of something that was not measured is left out.
pub(super) fn compare(lines: &[FigureLine], comparisons: &[Comparison]) -> Vec<Compared> {
    let named = |what: &str| lines.iter().find(|line| line.what == what);
    let compared = |wanted: &Comparison| {
        let (of, to) = (named(&wanted.of)?, named(&wanted.to)?);
        let ratio = |of: Option<f64>, to: Option<f64>| Some(of? / to?);
        Some(Compared {
            name: wanted.name.clone(),
            more_instructions: of.instructions.zip(to.instructions).map(|(a, b)| a - b),
            ratio_of_instructions: ratio(of.instructions, to.instructions),
            ratio_of_time: ratio(of.nanoseconds, to.nanoseconds),
            at_most: wanted.at_most,
        })
    };
    comparisons.iter().filter_map(compared).collect()
}

/// All of one benchmark.
#[derive(Serialize)]
pub(super) struct Table {
    pub(super) module: &'static str,
    pub(super) kernel: String,
    pub(super) release: String,
    pub(super) provider: String,
    pub(super) lines: Vec<FigureLine>,
    pub(super) comparisons: Vec<Compared>,
}

impl Table {
    /// The comparisons whose goal was missed. Instructions alone count: time is another in each run.
    pub(super) fn missed(&self) -> Vec<&str> {
        let missed = |compared: &&Compared| match (compared.ratio_of_instructions, compared.at_most)
        {
            (Some(ratio), Some(most)) => ratio > most,
            _ => false,
        };
        let missed = self.comparisons.iter().filter(missed);
        missed.map(|compared| compared.name.as_str()).collect()
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = vec![format!(
            "{} on {} ({})",
            self.module, self.kernel, self.release
        )];
        text.push(String::new());
        let rows = self.lines.iter().map(|line| {
            [
                line.what.clone(),
                number(line.instructions, 0),
                number(line.nanoseconds, 0),
            ]
        });
        text.push(numbers(["once", "instructions", "ns"], rows));
        if !self.comparisons.is_empty() {
            text.push(String::new());
            let rows = self.comparisons.iter().map(|compared| {
                [
                    compared.name.clone(),
                    number(compared.more_instructions, 0),
                    number(compared.ratio_of_instructions, 3),
                    number(compared.at_most, 2),
                    number(compared.ratio_of_time, 3),
                ]
            });
            let heads = [
                "compared",
                "more instructions",
                "ratio",
                "at most",
                "ratio of ns",
            ];
            text.push(numbers(heads, rows));
        }
        let missed = self.missed();
        if !missed.is_empty() {
            text.push(String::new());
            text.push(format!("missed: {}", missed.join("; ")));
        }
        text.join("\n")
    }
}

fn number(value: Option<f64>, places: usize) -> String {
    value.map_or(String::new(), |value| format!("{value:.places$}"))
}

/// A table whose columns are numbers but for the first.
fn numbers<const COLUMNS: usize>(
    heads: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = columns::headed(heads);
    table.add_rows(rows);
    columns::align_numbers(&mut table, 1..COLUMNS);
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let figure = Figure::read("# bench: by = or by fd    = 1234.5 ns (1 to 2)").unwrap();
        assert_eq!(figure.what, "by = or by fd");
        assert_eq!(figure.nanoseconds, 1234.5);
        for none in [
            "# bench: a = b",
            "bench: a = 1 ns",
            "# bench: a",
            "ok 1 = 2 ns",
            "",
        ] {
            assert_eq!(Figure::read(none), None, "{none}");
        }
    }

    #[test]
    fn goals() {
        let mut lines = Vec::new();
        for (what, count, time) in [("rust", 104.0, 300.0), ("c", 100.0, 100.0)] {
            for (machine, nanoseconds) in [(Machine::Counting, count), (Machine::Ordinary, time)] {
                let what = what.to_owned();
                add(&mut lines, machine, Figure { what, nanoseconds });
            }
        }
        assert_eq!(lines.len(), 2);
        let missed = |to: &str, most: f64| {
            let comparison = Comparison {
                name: "rust to c".to_owned(),
                of: "rust".to_owned(),
                to: to.to_owned(),
                at_most: Some(most),
            };
            let table = Table {
                module: "m",
                kernel: String::new(),
                release: String::new(),
                provider: String::new(),
                comparisons: compare(&lines, &[comparison]),
                lines: lines.clone(),
            };
            assert_eq!(
                table.text().contains("missed: rust to c"),
                !table.missed().is_empty()
            );
            (table.comparisons.len(), table.missed().len())
        };
        assert_eq!(missed("c", 1.05), (1, 0));
        assert_eq!(missed("c", 1.03), (1, 1));
        assert_eq!(missed("none", 1.0), (0, 0));
    }
}
