// SPDX-License-Identifier: GPL-2.0

//! Tests that would hang the kernel.

use super::Refusal;
use crate::ast::{BinaryOp, Expr, Span, Stmt, Test, Thread, UnaryOp};
use crate::ops::Op;
use std::collections::BTreeMap;

/// Refuses a test whose threads may wait for each other for ever, for locks or for readers, or sleep where they
/// must not: a spinlock cannot be given up, and the CPU would be lost with it.
pub(super) fn refuse(test: &Test) -> Result<(), Refusal> {
    let mut orders = Orders::new();
    for thread in &test.threads {
        ways(&thread.body, vec![Way::default()], &mut orders)?;
    }
    // Whoever is behind a lock, by any number of steps.
    loop {
        let mut further = Orders::new();
        for ((a, b), at) in &orders {
            for (_, d) in orders.keys().filter(|(c, _)| c == b) {
                further.entry((a.clone(), d.clone())).or_insert(*at);
            }
        }
        let before = orders.len();
        for (order, at) in further {
            orders.entry(order).or_insert(at);
        }
        if orders.len() == before {
            break;
        }
    }
    match orders.iter().find(|((a, b), _)| a == b) {
        Some(((lock, _), at)) => Err(Refusal::new(
            *at,
            format!("the threads take `{lock}` and another lock, or wait for its readers, in opposite orders: in the kernel they would hang"),
        )),
        None => Ok(()),
    }
}

/// Refuses a thread that does not hold a lock on every way to where it releases it, or holds it at the end of one: it
/// is to take and release them by name.
pub(super) fn refuse_unbalanced(thread: &Thread) -> Result<(), Refusal> {
    for way in ways(&thread.body, vec![Way::default()], &mut Orders::new())? {
        if let Some((lock, at)) = way.wrong {
            let message = format!("`{lock}` is not held here on every way");
            return Err(Refusal::new(at, message));
        }
        if let Some(inside) = way.held.first() {
            let message = format!("`{}` is still held at the end of a way", inside.name);
            return Err(Refusal::new(inside.at, message));
        }
    }
    Ok(())
}

/// Which lock is held where another is waited for, and where that is.
type Orders = BTreeMap<(String, String), Span>;

/// What RCU's readers are in.
const RCU: &str = "rcu_read_lock()";

/// More ways through a thread are too many to look at.
const MOST: usize = 4096;

/// A lock that is held, or a section of readers.
#[derive(Clone)]
struct Inside {
    name: String,
    /// Whether one may sleep there.
    sleeps: bool,
    at: Span,
}

/// A way through a thread, so far.
#[derive(Clone, Default)]
struct Way {
    held: Vec<Inside>,
    /// What was decided by variables that are still the same.
    decided: Vec<(Expr, bool)>,
    /// The first lock that was released and not held.
    wrong: Option<(String, Span)>,
}

/// What a condition asks, and whether it asks for the opposite: `r0 == 0` is `r0`, and the opposite.
fn asked(condition: &Expr) -> (&Expr, bool) {
    let zero = |expr: &Expr| *expr == Expr::Int(0);
    match condition {
        Expr::Unary(UnaryOp::Not, operand, _) => {
            let (asked, opposite) = asked(operand);
            (asked, !opposite)
        }
        Expr::Binary(BinaryOp::Eq, left, right) if zero(right) => {
            let (asked, opposite) = asked(left);
            (asked, !opposite)
        }
        Expr::Binary(BinaryOp::Ne, left, right) if zero(right) => asked(left),
        _ => (condition, false),
    }
}

/// Whether an expression names a variable; nothing else can change what it is.
fn names(expr: &Expr, variable: &str) -> bool {
    match expr {
        Expr::Int(_) => false,
        Expr::Var(name, _) => name == variable,
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => names(operand, variable),
        Expr::Binary(_, left, right) => names(left, variable) || names(right, variable),
        Expr::Call { args, .. } => args.iter().any(|arg| names(arg, variable)),
    }
}

/// Whether an expression is of the thread's own variables alone.
fn is_own(expr: &Expr) -> bool {
    match expr {
        Expr::Int(_) | Expr::Var(..) => true,
        Expr::Unary(UnaryOp::Deref | UnaryOp::AddressOf, ..) | Expr::Call { .. } => false,
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => is_own(operand),
        Expr::Binary(_, left, right) => is_own(left) && is_own(right),
    }
}

/// The ways on from these through `body`.
fn ways(body: &[Stmt], mut all: Vec<Way>, orders: &mut Orders) -> Result<Vec<Way>, Refusal> {
    for stmt in body {
        if all.len() > MOST {
            let message = format!("there are more than {MOST} ways through this thread");
            return Err(Refusal::new(stmt.at(), message));
        }
        match stmt {
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                let (asked, opposite) = asked(condition);
                let (mut taken, mut other) = (Vec::new(), Vec::new());
                for way in all {
                    let both = tried(asked, way, orders)?;
                    for (way, mut truth) in both {
                        let before = way.decided.iter().find(|(what, _)| what == asked);
                        truth = truth.or(before.map(|(_, truth)| *truth));
                        for holds in [true, false] {
                            if truth.is_some_and(|truth| truth != holds) {
                                continue;
                            }
                            let mut way = way.clone();
                            if is_own(asked) {
                                way.decided.push((asked.clone(), holds));
                            }
                            match holds != opposite {
                                true => taken.push(way),
                                false => other.push(way),
                            }
                        }
                    }
                }
                all = ways(then, taken, orders)?;
                all.extend(ways(otherwise, other, orders)?);
            }
            Stmt::Assign { name, value, .. }
            | Stmt::Decl {
                name,
                value: Some(value),
                ..
            } => {
                let mut next = Vec::new();
                for way in all {
                    for (mut way, truth) in tried(value, way, orders)? {
                        way.decided.retain(|(what, _)| !names(what, name));
                        if let Some(truth) = truth {
                            way.decided
                                .push((Expr::Var(name.clone(), Span::default()), truth));
                        }
                        next.push(way);
                    }
                }
                all = next;
            }
            Stmt::Expr { expr, .. } => {
                let mut next = Vec::new();
                for way in all {
                    next.extend(tried(expr, way, orders)?.into_iter().map(|(way, _)| way));
                }
                all = next;
            }
            Stmt::Store { .. } | Stmt::Decl { value: None, .. } => {}
        }
    }
    Ok(all)
}

/// What a call does to what is held; an attempt succeeds on one way, and fails on another.
fn tried(
    expr: &Expr,
    mut way: Way,
    orders: &mut Orders,
) -> Result<Vec<(Way, Option<bool>)>, Refusal> {
    let other = way.clone();
    Ok(match called(expr, &mut way, orders)? {
        Some(Op::Trylock) => vec![(way, Some(true)), (other, Some(false))],
        _ => vec![(way, None)],
    })
}

/// What a call does to what is held; an attempt succeeds.
fn called(expr: &Expr, way: &mut Way, orders: &mut Orders) -> Result<Option<Op>, Refusal> {
    let Expr::Call { name, args, at } = expr else {
        return Ok(None);
    };
    let Some(op) = Op::named(name) else {
        return Ok(None);
    };
    let lock = match args.first() {
        Some(Expr::Var(lock, _)) => lock.clone(),
        _ => RCU.to_owned(),
    };
    let held = &mut way.held;
    if op.waits() {
        if let Some(inside) = held.iter().find(|held| !held.sleeps) {
            let message = format!("`{name}()` may sleep, and `{}` is held here", inside.name);
            return Err(Refusal::new(*at, message));
        }
    }
    if op.waits() || op == Op::Lock {
        if held.iter().any(|held| held.name == lock) {
            let message = format!("`{lock}` is held already: this would hang");
            return Err(Refusal::new(*at, message));
        }
        for held in held.iter() {
            orders
                .entry((held.name.clone(), lock.clone()))
                .or_insert(*at);
        }
    }
    match op {
        Op::Lock | Op::Trylock | Op::RcuLock | Op::SrcuLock => held.push(Inside {
            name: lock,
            sleeps: op == Op::SrcuLock,
            at: *at,
        }),
        Op::Unlock | Op::RcuUnlock | Op::SrcuUnlock => {
            match held.iter().rposition(|held| held.name == lock) {
                Some(index) => {
                    held.remove(index);
                }
                None => way.wrong = way.wrong.take().or(Some((lock, *at))),
            }
        }
        _ => {}
    }
    Ok(Some(op))
}
