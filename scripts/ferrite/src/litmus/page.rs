// SPDX-License-Identifier: GPL-2.0

//! The outcome as one page of HTML that needs nothing else: a picture for each shape, and all tests of it.

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
        outcome => Value::from(Serde(outcome)),
        failed => outcome.failed(),
    })?;
    Ok(page)
}
