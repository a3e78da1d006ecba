// SPDX-License-Identifier: GPL-2.0

//! A picture of a test, as SVG: its threads as columns, what they do as boxes, and what the condition says of them as
//! arrows: who reads from whom (`rf`), before whose store (`fr`), and whose store comes later (`co`).

use crate::ast::{Expr, Location, Prop, Stmt, Test, UnaryOp, Value};
use crate::ops::Op;
use std::fmt::Write as _;

/// A column's width, and the space between two.
const WIDTH: usize = 230;
const GAP: usize = 90;

/// A box's height, and the space below it.
const HEIGHT: usize = 24;
const BELOW: usize = 18;

/// Above the first box: the thread's name.
const HEAD: usize = 34;

/// A character's width, about.
const LETTER: usize = 7;

/// Something that a thread does.
struct Node {
    thread: usize,
    row: usize,
    text: String,
    /// How deep in branches.
    depth: usize,
    /// The location that it reads, and the register that gets what was there.
    reads: Option<(String, Option<String>)>,
    /// The location that it writes, and what, where the source says so.
    writes: Option<(String, Option<Value>)>,
}

/// What one access is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    Rf,
    Fr,
    Co,
}

impl Edge {
    fn name(self) -> &'static str {
        match self {
            Self::Rf => "rf",
            Self::Fr => "fr",
            Self::Co => "co",
        }
    }
}

/// The picture; colours are the page's: `.rf`, `.fr`, `.co`, `.po` and `.box` are classes in it.
pub fn svg(test: &Test) -> String {
    let nodes = nodes(test);
    let edges = edges(test, &nodes);
    let rows = nodes.iter().map(|node| node.row + 1).max().unwrap_or(0);
    let left = |thread: usize| 10 + thread * (WIDTH + GAP);
    let top = |row: usize| HEAD + row * (HEIGHT + BELOW);
    let width = left(test.threads.len()) + 10;
    let height = top(rows) + 10;
    let mut out = format!(
        "<svg class=\"litmus\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{}\">",
        escaped(&test.name)
    );
    let mut put = |text: String| out.push_str(&text);
    for kind in [Edge::Rf, Edge::Fr, Edge::Co] {
        let name = kind.name();
        put(format!(
            "<defs><marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             orient=\"auto-start-reverse\"><path class=\"tip {name}\" d=\"M0 0L8 4L0 8z\"/></marker></defs>"
        ));
    }
    for thread in 0..test.threads.len() {
        let x = left(thread);
        put(format!(
            "<text class=\"thread\" x=\"{x}\" y=\"20\">P{thread}</text>"
        ));
        let count = nodes.iter().filter(|node| node.thread == thread).count();
        for row in 1..count {
            let x = x + WIDTH / 2;
            let (from, to) = (top(row) - BELOW, top(row));
            put(format!(
                "<line class=\"po\" x1=\"{x}\" y1=\"{from}\" x2=\"{x}\" y2=\"{to}\"/>"
            ));
        }
    }
    for node in &nodes {
        let (x, y) = (left(node.thread), top(node.row));
        let indent = 12 * node.depth;
        let fits = (WIDTH - indent - 12) / LETTER;
        let mut text: String = node.text.chars().take(fits).collect();
        if text != node.text {
            text.pop();
            text.push('…');
        }
        put(format!(
            "<rect class=\"box\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{HEIGHT}\" rx=\"4\"/><text x=\"{}\" y=\"{}\">{}</text>",
            x + indent,
            WIDTH - indent,
            x + indent + 6,
            y + HEIGHT - 7,
            escaped(&text)
        ));
    }
    for (from, to, kind) in edges {
        let (from, to) = (&nodes[from], &nodes[to]);
        let middle = |node: &Node| top(node.row) + HEIGHT / 2;
        // From the side that faces the other; where both are in one column, around it.
        let (x1, x2) = match from.thread.cmp(&to.thread) {
            std::cmp::Ordering::Less => (left(from.thread) + WIDTH, left(to.thread)),
            std::cmp::Ordering::Greater => (left(from.thread), left(to.thread) + WIDTH),
            std::cmp::Ordering::Equal => (left(from.thread) + WIDTH, left(to.thread) + WIDTH),
        };
        let (y1, y2) = (middle(from), middle(to));
        let name = kind.name();
        // CAST: Places in a small picture.
        let (ax, bx) = match from.thread == to.thread {
            true => (x1 + GAP / 2, x2 + GAP / 2),
            false => {
                let half = (x1 as i64 + x2 as i64) / 2;
                (half as usize, half as usize)
            }
        };
        put(format!(
            "<path class=\"edge {name}\" d=\"M{x1} {y1}C{ax} {y1} {bx} {y2} {x2} {y2}\" marker-end=\"url(#{name})\"/>\
             <text class=\"label {name}\" x=\"{}\" y=\"{}\">{name}</text>",
            (x1 + 3 * ax + 3 * bx + x2) / 8,
            // Edges that cross have their names apart.
            (y1 + 2 * y2) / 3
        ));
    }
    out.push_str("</svg>");
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

fn nodes(test: &Test) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (thread, body) in test.threads.iter().enumerate() {
        let before = nodes.len();
        collect(test, thread, &body.body, 0, &mut nodes);
        for (row, node) in nodes[before..].iter_mut().enumerate() {
            node.row = row;
        }
    }
    nodes
}

fn collect(test: &Test, thread: usize, body: &[Stmt], depth: usize, to: &mut Vec<Node>) {
    for stmt in body {
        let node = |text: String, reads, writes| Node {
            thread,
            row: 0,
            text,
            depth,
            reads,
            writes,
        };
        match stmt {
            Stmt::Decl { value: None, .. } => {}
            Stmt::Decl {
                name,
                value: Some(value),
                ..
            }
            | Stmt::Assign { name, value, .. } => {
                let (reads, writes) = accesses(test, thread, value, Some(name));
                to.push(node(format!("{name} = {value}"), reads, writes));
            }
            Stmt::Store { pointer, value, .. } => {
                let pointer_to = |name| place(test, thread, name);
                let writes = variable(pointer).map(|name| (pointer_to(name), constant(value)));
                to.push(node(format!("*{pointer} = {value}"), None, writes));
            }
            Stmt::Expr { expr, .. } => {
                let (reads, writes) = accesses(test, thread, expr, None);
                to.push(node(expr.to_string(), reads, writes));
            }
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                let (reads, writes) = accesses(test, thread, condition, None);
                to.push(node(format!("if ({condition})"), reads, writes));
                collect(test, thread, then, depth + 1, to);
                if !otherwise.is_empty() {
                    to.push(node("else".to_owned(), None, None));
                    collect(test, thread, otherwise, depth + 1, to);
                }
            }
        }
    }
}

type Read = Option<(String, Option<String>)>;
type Written = Option<(String, Option<Value>)>;

/// What an expression reads and writes, if that is one thing.
fn accesses(test: &Test, thread: usize, expr: &Expr, register: Option<&String>) -> (Read, Written) {
    let read = |name: &str| Some((place(test, thread, name), register.cloned()));
    match expr {
        Expr::Unary(UnaryOp::Deref, operand, _) => match &**operand {
            Expr::Var(name, _) => (read(name), None),
            _ => (None, None),
        },
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => {
            accesses(test, thread, operand, register)
        }
        Expr::Binary(_, left, right) => match accesses(test, thread, left, register) {
            (None, None) => accesses(test, thread, right, register),
            found => found,
        },
        Expr::Call { name, args, .. } => {
            let Some(op) = Op::named(name) else {
                return (None, None);
            };
            let at = match op {
                Op::Rmw { .. } => args.last(),
                _ => args.first(),
            };
            let Some(location) = at.and_then(variable) else {
                return (None, None);
            };
            let value = args.get(1).and_then(constant);
            let write = |value| Some((place(test, thread, location), value));
            match op {
                Op::Load(..) | Op::RcuDereference => (read(location), None),
                Op::Store(..) | Op::RcuAssign | Op::StoreMb => (None, write(value)),
                Op::Xchg(_) => (read(location), write(value)),
                Op::Cmpxchg(_) => (read(location), write(args.get(2).and_then(constant))),
                Op::Rmw { .. } | Op::AddUnless => (read(location), write(None)),
                _ => (None, None),
            }
        }
        Expr::Int(_) | Expr::Var(..) => (None, None),
    }
}

fn variable(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Var(name, _) => Some(name),
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => variable(operand),
        _ => None,
    }
}

fn constant(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Int(number) => Some(Value::Int(*number)),
        // The address of a shared location, or something that only a run knows.
        Expr::Var(name, _) => Some(Value::Address(name.clone())),
        _ => None,
    }
}

/// The location that a name stands for: a variable points where the condition says.
fn place(test: &Test, thread: usize, name: &str) -> String {
    let params = test
        .threads
        .get(thread)
        .map(|thread| thread.params.as_slice());
    if params
        .unwrap_or_default()
        .iter()
        .any(|param| param.name == name)
    {
        return name.to_owned();
    }
    asked(&test.condition)
        .into_iter()
        .find_map(|(location, value)| match (location, value) {
            (Location::Register(owner, register), Value::Address(target))
                if *owner == thread && register == name =>
            {
                Some(target.clone())
            }
            _ => None,
        })
        .unwrap_or_else(|| name.to_owned())
}

/// What a condition asks for, all at once: of several possibilities, the first.
fn asked(prop: &Prop) -> Vec<(&Location, &Value)> {
    match prop {
        Prop::Is(location, value) => vec![(location, value)],
        Prop::And(p, q) => {
            let mut all = asked(p);
            all.extend(asked(q));
            all
        }
        Prop::Or(p, _) => asked(p),
        Prop::Truth(_) | Prop::Same(..) | Prop::Not(_) | Prop::Implies(..) => Vec::new(),
    }
}

/// From which node to which, and what the one is to the other.
fn edges(test: &Test, nodes: &[Node]) -> Vec<(usize, usize, Edge)> {
    let writers = |location: &str| -> Vec<usize> {
        let writes = |node: &Node| node.writes.as_ref().is_some_and(|(to, _)| to == location);
        (0..nodes.len()).filter(|n| writes(&nodes[*n])).collect()
    };
    let wrote = |node: usize, value: &Value| {
        let value = Some(value.clone());
        nodes[node]
            .writes
            .as_ref()
            .is_some_and(|(_, written)| *written == value)
    };
    let mut edges = Vec::new();
    for (location, value) in asked(&test.condition) {
        match location {
            Location::Register(thread, register) => {
                let reader = (0..nodes.len()).rev().find(|n| {
                    let reads = nodes[*n].reads.as_ref();
                    let into = reads.and_then(|(_, into)| into.as_ref());
                    nodes[*n].thread == *thread && into == Some(register)
                });
                let Some((reader, (from, _))) =
                    reader.and_then(|n| Some((n, nodes[n].reads.as_ref()?)))
                else {
                    continue;
                };
                let others: Vec<usize> = writers(from)
                    .into_iter()
                    .filter(|n| nodes[*n].thread != *thread)
                    .collect();
                match others.iter().find(|writer| wrote(**writer, value)) {
                    Some(writer) => edges.push((*writer, reader, Edge::Rf)),
                    None => {
                        edges.extend(others.into_iter().map(|writer| (reader, writer, Edge::Fr)))
                    }
                }
            }
            Location::Shared(name) => {
                let all = writers(name);
                if let Some(last) = all.iter().find(|writer| wrote(**writer, value)) {
                    let before = all
                        .iter()
                        .filter(|writer| nodes[**writer].thread != nodes[*last].thread);
                    edges.extend(before.map(|writer| (*writer, *last, Edge::Co)));
                }
            }
        }
    }
    edges.sort();
    edges.dedup();
    edges
}

/// The first part of a test's name: what its cycle looks like, whatever orders it.
pub fn shape(name: &str) -> &str {
    let mut end = name.find('+').unwrap_or(name.len());
    // `2+2W`
    if name[..end].bytes().all(|byte| byte.is_ascii_digit()) {
        end = name[end..]
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == '+')
            .map_or(name.len(), |(at, _)| end + at);
    }
    &name[..end]
}

/// The arrows of a picture, in words: `P0.0 rf P1.0`.
pub fn arrows(test: &Test) -> String {
    let nodes = nodes(test);
    let mut out = String::new();
    for (from, to, kind) in edges(test, &nodes) {
        let place = |node: &Node| format!("P{}.{}", node.thread, node.row);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} {} {}",
            place(&nodes[from]),
            kind.name(),
            place(&nodes[to])
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn test(threads: &str, condition: &str) -> Test {
        let text = format!("C t\n{{}}\n{threads}\n{condition}\n");
        crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn arrows_are_the_cycle() {
        let mp = test(
            "P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1); } \
             P1(int *x, int *y) { int r0; int r1; r0 = READ_ONCE(*y); r1 = READ_ONCE(*x); }",
            "exists (1:r0=1 /\\ 1:r1=0)",
        );
        assert_eq!(arrows(&mp), "P0.2 rf P1.0\nP1.1 fr P0.0\n");
        let r = test(
            "P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); } \
             P1(int *x, int *y) { int r0; WRITE_ONCE(*y, 2); r0 = READ_ONCE(*x); }",
            "exists (y=2 /\\ 1:r0=0)",
        );
        assert_eq!(arrows(&r), "P0.1 co P1.0\nP1.1 fr P0.0\n");
        let picture = svg(&r);
        assert!(picture.contains("WRITE_ONCE(*y, 2)"), "{picture}");
        assert_eq!(picture.matches("class=\"edge").count(), 2);
    }

    #[test]
    fn shapes_are_the_first_part_of_names() {
        assert_eq!(shape("MP+poonceonces"), "MP");
        assert_eq!(shape("2+2W+porelonce+poonces"), "2+2W");
        assert_eq!(shape("DCL-broken"), "DCL-broken");
    }
}
