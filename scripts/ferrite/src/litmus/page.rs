// SPDX-License-Identifier: GPL-2.0

//! The outcome as one page of HTML that needs nothing else: a table of all tests, and a picture for each shape.

use super::klitmus::Thread;
use super::outcome::{Line, Outcome};
use anyhow::Result;
use lkmm::ast::Test;
use lkmm::picture;
use minijinja::value::Serde;
use minijinja::{context, AutoEscape, Environment, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// One shape.
#[derive(Serialize)]
struct Shape<'a> {
    name: String,
    /// SVG, made here: safe as it is.
    picture: Value,
    /// The test in the picture.
    shown: &'a str,
    condition: String,
    lines: Vec<&'a Line>,
}

/// One test in the table of all.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    line: &'a Line,
    /// Where its shape is shown; nothing for a file that holds no test.
    shape: Option<&'a str>,
    /// How many of its threads have the machine code that they should have, and how many there are.
    code: [usize; 2],
}

/// All tests: first those that failed, then those that were not judged.
fn rows(outcome: &Outcome) -> Vec<Row<'_>> {
    let mut code: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (test, well) in outcome.threads.iter().map(Thread::judged) {
        let [right, all] = code.entry(test).or_default();
        *right += usize::from(well);
        *all += 1;
    }
    let mut rows: Vec<Row<'_>> = outcome
        .lines
        .iter()
        .map(|line| Row {
            line,
            shape: line.is_test().then(|| picture::shape(line.test())),
            code: code.get(line.test()).copied().unwrap_or_default(),
        })
        .collect();
    rows.sort_by_key(|row| row.line.rank());
    rows
}

/// The page.
pub(super) fn render(outcome: &Outcome, tests: &[Test]) -> Result<String> {
    let mut shapes: Vec<Shape<'_>> = Vec::new();
    let by_name: BTreeMap<&str, &Test> = tests.iter().map(|t| (t.name.as_str(), t)).collect();
    for line in &outcome.lines {
        let name = picture::shape(line.test());
        if let Some(shape) = shapes.iter_mut().find(|shape| shape.name == name) {
            shape.lines.push(line);
            continue;
        }
        let Some(test) = by_name.get(line.test()) else {
            // A file that holds no test has no picture.
            continue;
        };
        shapes.push(Shape {
            name: name.to_owned(),
            picture: Value::from_safe_string(picture::svg(test)),
            shown: &test.name,
            condition: format!("{} ({})", test.quantifier, test.condition),
            lines: vec![line],
        });
    }
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.add_template("page", include_str!("page.html"))?;
    let page = engine.get_template("page")?.render(context! {
        shapes => Value::from(Serde(&shapes)),
        rows => Value::from(Serde(&rows(outcome))),
        unknown => outcome.unknown(),
        outcome => Value::from(Serde(outcome)),
        failed => outcome.failed(),
    })?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::litmus::corpus::Source;
    use crate::litmus::files::Unread;
    use crate::litmus::outcome::Known;
    use crate::litmus::reason::{Reason, Trouble};
    use std::path::Path;

    #[test]
    fn what_failed_comes_first_and_nothing_is_fetched() {
        let text = "C well\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n";
        let file = Path::new("t.litmus").to_owned();
        let test = lkmm::parse(&file, text).unwrap();
        let source = Source {
            file: file.clone(),
            text: text.to_owned(),
            test: test.clone(),
            module: None,
            rust: None,
        };
        let known = |wrong: Option<Trouble>| Known {
            wrong,
            ..Known::default()
        };
        let unread = Unread {
            file: "<none>.litmus".into(),
            trouble: Trouble::new(Reason::NotATest, "no <test>"),
        };
        let bad = Trouble::new(Reason::MachineCode, "bad code");
        let outcome = Outcome {
            kernel: "k".to_owned(),
            release: "r".to_owned(),
            provider: "p".to_owned(),
            judge: "j".to_owned(),
            named: true,
            complaint: None,
            lines: vec![
                Line::unread(&unread),
                Line::new(&source, known(None)),
                Line::new(&source, known(Some(bad))),
            ],
            threads: Vec::new(),
        };
        let page = render(&outcome, &[test]).unwrap();
        let at = |part: &str| {
            page.find(part)
                .unwrap_or_else(|| panic!("no {part}: {page}"))
        };
        assert!(
            at("FAILED: machine-code: bad code") < at("not judged: not-a-test: no &lt;test&gt;")
        );
        assert!(at("id=\"all\"") < at("<svg"));
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "{page}"
        );
        assert!(!page.contains("no <test>"));
    }
}
