// SPDX-License-Identifier: GPL-2.0

//! The report for a terminal.

use super::column::{Cell, Column, Report, State};
use host::columns;

/// The report as text; its last line says whether all is well.
pub(crate) fn text(report: &Report) -> String {
    let mut parts = vec![matrix(report), sizes(report)];
    let why: Vec<String> = report.columns.iter().filter_map(why).collect();
    let causes: Vec<String> = report.columns.iter().flat_map(causes).collect();
    parts.extend(
        [why, causes]
            .iter()
            .filter(|lines| !lines.is_empty())
            .map(|lines| lines.join("\n")),
    );
    let red: Vec<String> = report
        .columns
        .iter()
        .filter(|column| !column.is_green())
        .map(Column::title)
        .collect();
    let total = report.columns.len();
    parts.push(match red.is_empty() {
        true => format!("all green: {total} of {total}"),
        false => format!(
            "{} of {total} green; red: {}",
            total - red.len(),
            red.join(", ")
        ),
    });
    parts.join("\n\n")
}

/// A line for each kernel; each module has a cell `built loaded tests`.
fn matrix(report: &Report) -> String {
    let modules = report.modules();
    let mut header = vec!["kernel".to_owned(), "provider".to_owned()];
    header.extend(modules.iter().cloned());
    header.extend(["whole", "samples", "seconds"].map(str::to_owned));
    let mut table = columns::headed(header);
    for column in &report.columns {
        let mut row = vec![column.title(), column.provider.clone()];
        for name in &modules {
            let module = column.modules.iter().find(|module| module.name == *name);
            row.push(match module {
                Some(module) => {
                    let cells = [
                        ("builds", &module.builds),
                        ("loads", &module.loads),
                        ("tests", &module.tests),
                    ];
                    cells
                        .map(|(what, cell)| words(what, cell))
                        .join(" ")
                        .trim()
                        .to_owned()
                }
                None => "-".to_owned(),
            });
        }
        row.push(words("", &column.whole));
        row.push(match &column.samples {
            Some(board) => format!("{}/{}", board.works(), board.allowed()),
            None => "-".to_owned(),
        });
        let seconds: f32 = column
            .times
            .iter()
            .filter(|time| time.what != "boot")
            .map(|time| time.seconds)
            .sum();
        row.push(format!("{seconds:.0}"));
        table.add_row(row);
    }
    table.trim_fmt()
}

/// What each module takes: code and read-only data in KiB, and its code as a ratio of the native one.
fn sizes(report: &Report) -> String {
    let modules = report.modules();
    let names = modules.iter().map(|name| format!("{name}, KiB"));
    let mut table = columns::headed(["size".to_owned()].into_iter().chain(names));
    for column in report.columns.iter().filter(|one| !one.modules.is_empty()) {
        let cell = |name: &String| {
            let module = column.modules.iter().find(|module| module.name == *name);
            module.map_or("-".to_owned(), |module| match module.of_native {
                Some(ratio) => format!("{} (code {ratio:.3} of native)", module.kib),
                None => module.kib.to_string(),
            })
        };
        table.add_row([column.title()].into_iter().chain(modules.iter().map(cell)));
    }
    table.trim_fmt()
}

/// Which provider a kernel got, and why.
fn why(column: &Column) -> Option<String> {
    let Column { provider, why, .. } = column;
    let line = format!("{}: provider: {provider} ({why})", column.title());
    (!provider.is_empty()).then_some(line)
}

fn words(what: &str, cell: &Cell) -> String {
    let words = match (cell.state, cell.text.as_str()) {
        (State::Pass, "") => "ok".to_owned(),
        (State::Pass, text) => text.to_owned(),
        (State::Fail, text) => format!("{what} FAILS {text}").trim().to_owned(),
        (State::Skip | State::None, _) => "-".to_owned(),
    };
    match cell.more.as_str() {
        "" => words,
        more => format!("{words} ({more})"),
    }
}

fn causes(column: &Column) -> Vec<String> {
    let causes = column.causes.iter();
    causes
        .map(|cause| format!("{}: {}: {}", column.title(), cause.place, cause.text))
        .collect()
}
