// SPDX-License-Identifier: GPL-2.0

//! The report as one page that needs nothing else: no script, no font, no file beside it.

use super::column::{Cell, Column, Module, Report, State};
use crate::samples::Verdict;
use anyhow::{Context as _, Result};
use minijinja::value::Serde;
use minijinja::{context, Environment, Value};
use serde::Serialize;

/// The name's ending has the template engine escape what it fills in.
const NAME: &str = "page.html";

/// A table of names against kernels.
#[derive(Serialize)]
struct Row {
    name: String,
    cells: Vec<Mark>,
}

/// A cell of such a table.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
struct Mark {
    /// How it looks: `pass`, `fail`, `skip` or `none`.
    state: &'static str,
    /// Shown when pointed at.
    why: String,
}

/// A remark that holds for some kernels.
#[derive(Serialize)]
struct Note {
    name: String,
    why: String,
    kernels: Vec<String>,
}

/// The page.
pub(crate) fn page(report: &Report) -> Result<String> {
    let mut engine = Environment::new();
    engine
        .add_template(NAME, include_str!("page.html"))
        .context("the page's template is not right")?;
    let template = engine.get_template(NAME)?;
    let titles: Vec<String> = report.columns.iter().map(Column::title).collect();
    let green = report
        .columns
        .iter()
        .filter(|column| column.is_green())
        .count();
    let modules = report.modules();
    let kernels: Vec<Value> = report
        .columns
        .iter()
        .map(|column| kernel(column, &modules))
        .collect();
    let (samples, notes) = samples(report);
    template
        .render(context! {
            green, kernels, modules, titles,
            report => serde(report),
            samples => serde(samples),
            notes => serde(notes),
            probes => serde(probes(report)),
            times => serde(times(report)),
        })
        .context("the page cannot be made")
}

/// A kernel's line in the matrix, each module in its place.
fn kernel(column: &Column, modules: &[String]) -> Value {
    let cells: Vec<Option<Value>> = modules
        .iter()
        .map(|name| {
            column
                .modules
                .iter()
                .find(|module| module.name == *name)
                .map(module)
        })
        .collect();
    let samples = column.samples.as_ref().map(|board| {
        context! {
            works => board.works(), allowed => board.allowed(), target => board.target, green => board.is_green(),
            percent => (100 * board.works()).checked_div(board.allowed()).unwrap_or(0),
        }
    });
    context! { column => serde(column), title => column.title(), green => column.is_green(), cells, samples, whole => cell(&column.whole) }
}

fn module(module: &Module) -> Value {
    context! {
        kib => module.kib, of_native => module.of_native.map(|ratio| format!("{ratio:.3}")), small => module.size.state != State::Fail,
        builds => cell(&module.builds), loads => cell(&module.loads), tests => cell(&module.tests),
    }
}

fn cell(cell: &Cell) -> Value {
    serde(cell)
}

/// For the template: any of the report's types.
fn serde(value: impl Serialize) -> Value {
    Value::from(Serde(value))
}

/// Samples against kernels, and why the marks that are no success are what they are.
fn samples(report: &Report) -> (Vec<Row>, Vec<Note>) {
    let mut notes: Vec<Note> = Vec::new();
    let rows = report
        .samples()
        .into_iter()
        .map(|name| {
            let mut cells = Vec::new();
            for column in &report.columns {
                let lines = column.samples.iter().flat_map(|board| &board.lines);
                let verdict = lines
                    .into_iter()
                    .find(|line| line.sample == name)
                    .map(|line| &line.verdict);
                let mark = match verdict {
                    Some(Verdict::Works) => Mark {
                        state: "pass",
                        why: String::new(),
                    },
                    Some(Verdict::Fails(why)) => Mark {
                        state: "fail",
                        why: why.clone(),
                    },
                    Some(Verdict::NotBuilt(why)) => Mark {
                        state: "skip",
                        why: format!("not built: {why}"),
                    },
                    None => Mark {
                        state: "none",
                        why: String::new(),
                    },
                };
                note(&mut notes, &name, &mark.why, &column.title());
                cells.push(mark);
            }
            Row { name, cells }
        })
        .collect();
    (rows, notes)
}

fn note(notes: &mut Vec<Note>, name: &str, why: &str, kernel: &str) {
    if why.is_empty() {
        return;
    }
    match notes
        .iter_mut()
        .find(|note| note.name == name && note.why == why)
    {
        Some(note) => note.kernels.push(kernel.to_owned()),
        None => notes.push(Note {
            name: name.to_owned(),
            why: why.to_owned(),
            kernels: vec![kernel.to_owned()],
        }),
    }
}

fn probes(report: &Report) -> Vec<Row> {
    let mark = |column: &Column, name: &str| {
        let answer = column
            .probes
            .iter()
            .find(|probe| probe.name == name)
            .map(|probe| probe.answer.as_str());
        match answer {
            Some("yes") => Mark {
                state: "pass",
                why: "yes".to_owned(),
            },
            Some(answer) => Mark {
                state: "skip",
                why: answer.to_owned(),
            },
            None => Mark {
                state: "none",
                why: String::new(),
            },
        }
    };
    let names = report.probes().into_iter();
    names
        .map(|name| Row {
            cells: report
                .columns
                .iter()
                .map(|column| mark(column, &name))
                .collect(),
            name,
        })
        .collect()
}

/// What took how long, one row for each step.
fn times(report: &Report) -> Vec<(String, Vec<String>)> {
    let steps = ["prepare", "build", "boot", "guest", "samples"];
    let seconds = |column: &Column, step: &str| {
        let time = column.times.iter().find(|time| time.what == step);
        time.map(|time| format!("{:.1}", time.seconds))
            .unwrap_or_default()
    };
    steps
        .iter()
        .map(|step| {
            (
                (*step).to_owned(),
                report
                    .columns
                    .iter()
                    .map(|column| seconds(column, step))
                    .collect(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::column::Probe;
    use crate::samples::{Board, SampleLine};

    fn column(kernel: &str, verdict: Verdict) -> Column {
        let line = SampleLine {
            sample: "rust_x".into(),
            shows: String::new(),
            verdict,
        };
        let mut column = Column {
            kernel: kernel.into(),
            provider: "carried".into(),
            modules: vec![Module {
                name: "ferrite".into(),
                builds: Cell::pass(""),
                ..Module::default()
            }],
            samples: Some(Board {
                target: 1,
                lines: vec![line],
                ..Board::default()
            }),
            probes: vec![Probe {
                name: "faux".into(),
                answer: "no".into(),
            }],
            ..Column::default()
        };
        column.blame("sample rust_x", "error: <T> & \"x\"");
        column
    }

    #[test]
    fn a_page_with_everything_on_it() {
        let columns = vec![
            column("debian-6.12", Verdict::Fails("does not compile".into())),
            column("debian-6.1", Verdict::NotBuilt("CONFIG_A is off".into())),
            column("debian-5.10", Verdict::NotBuilt("CONFIG_A is off".into())),
        ];
        let page = page(&Report {
            columns,
            ..Report::default()
        })
        .unwrap();
        for text in [
            "debian-6.12",
            "ferrite",
            "rust_x",
            "does not compile",
            "CONFIG_A is off",
            "faux",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(
            page.contains("error: &lt;T&gt; &amp;"),
            "what is filled in is escaped"
        );
        assert!(
            !page.contains("src=") && !page.contains("http"),
            "it needs nothing else"
        );
        assert!(page.contains("0 of 3"));
    }

    #[test]
    fn a_remark_is_made_once() {
        let columns = ["a", "b"].map(|name| column(name, Verdict::NotBuilt("off".into())));
        let (rows, notes) = samples(&Report {
            columns: columns.to_vec(),
            ..Report::default()
        });
        assert_eq!((rows.len(), rows[0].cells.len()), (1, 2));
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].kernels, ["a", "b"]);
    }

    #[test]
    fn an_empty_report_is_a_page_too() {
        assert!(page(&Report::default()).unwrap().contains("</html>"));
    }
}
