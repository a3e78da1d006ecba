// SPDX-License-Identifier: GPL-2.0

//! What a thread does to memory, way by way, as its source says.
//!
//! A way through a thread is a list of [`Event`]s. How those of machine code are held against them is in
//! [`compare`](crate::compare). Of plain accesses LKMM lets a compiler leave out those whose outcome it knows: see
//! [`settled`].

mod known;

use crate::ast::{BinaryOp, Expr, Location, Stmt, Test, UnaryOp};
use crate::ops::{Op, Order, Place};
use crate::types::{Int, Kind, Types};
use known::Known;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

/// What an address, a value or a decision is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The address that is the thread's parameter of this number.
    Param(usize),
    /// What the event of this number, on the same way, gave.
    Event(usize),
}

/// Some of them.
pub type Sources = BTreeSet<Source>;

/// One access, fence or lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// The kernel's helper, without its prefix; or [`plain`].
    pub name: String,
    /// What the address is made of; nothing for a fence.
    pub place: Sources,
    /// What the stored value is made of.
    pub value: Sources,
    /// What the branches before were decided by.
    pub control: Sources,
    /// In a source: which of its events this is, in the order of its text.
    pub id: usize,
}

/// The name of a plain access.
pub fn plain(write: bool, size: usize) -> String {
    format!("plain {}{size}", if write { "write" } else { "read" })
}

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (sign, sources) in [('@', &self.place), ('=', &self.value), ('?', &self.control)] {
            if sources.is_empty() {
                continue;
            }
            let names: Vec<String> = sources
                .iter()
                .map(|source| match source {
                    Source::Param(number) => format!("p{number}"),
                    Source::Event(number) => format!("e{number}"),
                })
                .collect();
            write!(f, "{sign}{}", names.join("+"))?;
        }
        Ok(())
    }
}

/// Every way through a thread, as its source says.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    ways: Vec<Vec<Event>>,
    /// Of each, what its branches and what is seen of it at the end are made of.
    used: Vec<Sources>,
}

impl Ways {
    /// Through thread `number` of a test, whose Rust function takes `params`, in this order.
    pub fn of(test: &Test, number: usize, params: &[String]) -> Self {
        let Some(thread) = test.threads.get(number) else {
            return Self::default();
        };
        let mut walk = Walk {
            test,
            number,
            types: Types::of(test),
            params,
            events: 0,
        };
        let mut first = State::default();
        for (name, kind) in walk.types.registers(number) {
            let location = Location::Register(number, name.to_owned());
            let begins = test.init.iter().any(|init| init.location == location);
            if matches!(kind, Kind::Value(_, 0)) && !begins {
                first.known.assign(name, &Expr::Int(0));
            }
        }
        let mut states = walk.stmts(&thread.body, vec![first]);
        for location in test.observed() {
            match location {
                Location::Register(owner, name) if owner == number => {
                    for state in &mut states {
                        let seen = state.variables.get(&name).cloned();
                        state.used.extend(seen.unwrap_or_default());
                    }
                }
                _ => {}
            }
        }
        let (ways, used) = states.into_iter().map(|s| (s.events, s.used)).unzip();
        Self { ways, used }
    }

    /// Each, as a list of events.
    pub fn ways(&self) -> &[Vec<Event>] {
        &self.ways
    }

    /// Each, without the plain reads of what nothing is made of: a compiler may leave those out, too.
    pub(crate) fn needed(&self) -> Vec<Vec<Event>> {
        let both = self.ways.iter().zip(&self.used);
        both.map(|(way, used)| needed(way, used.clone())).collect()
    }
}

/// A way without the plain accesses that a compiler may leave out: a read of what the thread itself has read or
/// written last, and a write that the next one covers, with nothing but plain accesses between; that last or next one
/// may be a `READ_ONCE()` or a `WRITE_ONCE()`. What depends on such a read depends on what was there.
pub fn settled(way: &[Event]) -> Vec<Event> {
    let mut known: BTreeMap<Sources, (Sources, Option<usize>)> = BTreeMap::new();
    let mut stands_for: Vec<Sources> = Vec::with_capacity(way.len());
    let mut kept: Vec<Option<Event>> = Vec::with_capacity(way.len());
    for (number, event) in way.iter().enumerate() {
        let through = |sources: &Sources| -> Sources {
            let each = |source: &Source| match source {
                Source::Event(number) => stands_for.get(*number).cloned().unwrap_or_default(),
                Source::Param(_) => Sources::from([*source]),
            };
            sources.iter().flat_map(each).collect()
        };
        let event = Event {
            place: through(&event.place),
            value: through(&event.value),
            control: through(&event.control),
            ..event.clone()
        };
        let own = Sources::from([Source::Event(number)]);
        let (read, write) = (
            event.name.starts_with("plain read"),
            event.name.starts_with("plain write"),
        );
        let once = |name| without_prefix(&event.name).is_some_and(|(bare, _)| bare == name);
        let before = known.get(&event.place).cloned();
        match before {
            Some((value, _)) if read => {
                stands_for.push(value);
                kept.push(None);
                continue;
            }
            Some((_, Some(covered))) if write || once("set") => kept[covered] = None,
            _ => {}
        }
        if read {
            known.insert(event.place.clone(), (own.clone(), None));
        } else if write {
            known.insert(event.place.clone(), (event.value.clone(), Some(number)));
        } else {
            known.clear();
            if once("read") {
                known.insert(event.place.clone(), (own.clone(), None));
            } else if once("set") {
                known.insert(event.place.clone(), (event.value.clone(), None));
            }
        }
        stands_for.push(own);
        kept.push(Some(event));
    }
    closed_up(kept)
}

/// A way without the plain reads of what neither these are made of nor another event.
fn needed(way: &[Event], mut used: Sources) -> Vec<Event> {
    let mut kept: Vec<Option<Event>> = Vec::with_capacity(way.len());
    for (number, event) in way.iter().enumerate().rev() {
        let is_needed =
            !event.name.starts_with("plain read") || used.contains(&Source::Event(number));
        if is_needed {
            used.extend(&event.place | &event.value);
        }
        kept.push(is_needed.then(|| event.clone()));
    }
    kept.reverse();
    closed_up(kept)
}

/// A way without some of its events, in the numbers of those that are left.
pub fn closed_up(kept: Vec<Option<Event>>) -> Vec<Event> {
    let mut left = 0;
    let numbers: Vec<usize> = kept
        .iter()
        .map(|event| {
            left += usize::from(event.is_some());
            left.saturating_sub(1)
        })
        .collect();
    let renumber = |sources: Sources| -> Sources {
        let one = |source| match source {
            Source::Event(number) => Source::Event(numbers.get(number).copied().unwrap_or(number)),
            param @ Source::Param(_) => param,
        };
        sources.into_iter().map(one).collect()
    };
    let events = kept.into_iter().flatten();
    events
        .map(|event| Event {
            place: renumber(event.place),
            value: renumber(event.value),
            control: renumber(event.control),
            ..event
        })
        .collect()
}

/// One way, so far.
#[derive(Clone, Default)]
struct State {
    variables: BTreeMap<String, Sources>,
    /// Which numbers they can be.
    known: Known,
    events: Vec<Event>,
    /// What the branches that this is in were decided by, the innermost last.
    control: Vec<Sources>,
    /// What decided any branch.
    used: Sources,
    /// What the operands of the expressions that this is in are made of, so far, the innermost last.
    operands: Vec<Sources>,
    /// What the last expression is made of.
    result: Sources,
}

struct Walk<'a> {
    test: &'a Test,
    number: usize,
    types: Types,
    params: &'a [String],
    events: usize,
}

impl Walk<'_> {
    fn stmts(&mut self, body: &[Stmt], mut states: Vec<State>) -> Vec<State> {
        for stmt in body {
            states = self.stmt(stmt, states);
        }
        states
    }

    fn stmt(&mut self, stmt: &Stmt, states: Vec<State>) -> Vec<State> {
        match stmt {
            Stmt::Decl { value: None, .. } => states,
            Stmt::Decl {
                name,
                value: Some(value),
                ..
            }
            | Stmt::Assign { name, value, .. } => {
                let mut states = self.expr(value, states);
                for state in &mut states {
                    let result = state.result.clone();
                    state.variables.insert(name.clone(), result);
                    state.known.assign(name, value);
                }
                states
            }
            Stmt::Store { pointer, value, .. } => {
                let states = self.expr(value, states);
                let size = size(self.behind(pointer));
                let id = self.next();
                let values: Vec<Sources> = states.iter().map(|s| s.result.clone()).collect();
                let mut states = self.expr(pointer, states);
                for (state, value) in states.iter_mut().zip(values) {
                    let place = state.result.clone();
                    state.event(plain(true, size), place, value, id);
                }
                states
            }
            Stmt::Expr { expr, .. } => self.expr(expr, states),
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                let states = self.expr(condition, states);
                // Each goes where it can, and both branches number their events on their own.
                let inside = |state: &State, holds: bool| {
                    let range = state.known.range(condition);
                    let mut state = state.clone();
                    state.control.push(state.result.clone());
                    state.used.extend(state.result.clone());
                    state.known.decided(condition, holds);
                    let may_be = match holds {
                        true => range.may_be_other(),
                        false => range.may_be_zero(),
                    };
                    may_be.then_some(state)
                };
                let mut ways = Vec::new();
                for (body, holds) in [(then, true), (otherwise, false)] {
                    let states = states.iter().filter_map(|state| inside(state, holds));
                    ways.extend(self.stmts(body, states.collect()));
                }
                for state in &mut ways {
                    // A control dependency ends with its `if`.
                    state.control.pop();
                }
                ways
            }
        }
    }

    fn expr(&mut self, expr: &Expr, mut states: Vec<State>) -> Vec<State> {
        match expr {
            Expr::Int(_) => states.iter_mut().for_each(|state| state.result.clear()),
            Expr::Var(name, _) => {
                for state in &mut states {
                    state.result = self.variable(name, state);
                }
            }
            Expr::Unary(UnaryOp::Deref, operand, _) => {
                states = self.expr(operand, states);
                let size = size(self.behind(operand));
                let id = self.next();
                for state in &mut states {
                    let place = state.result.clone();
                    state.event(plain(false, size), place, Sources::new(), id);
                }
            }
            Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => {
                return self.expr(operand, states);
            }
            Expr::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                let (mut short, mut further, mut decided) = (Vec::new(), Vec::new(), Vec::new());
                for mut state in self.expr(left, states) {
                    state.used.extend(state.result.clone());
                    let range = state.known.range(left);
                    let (ends, goes_on) = match op {
                        BinaryOp::And => (range.may_be_zero(), range.may_be_other()),
                        _ => (range.may_be_other(), range.may_be_zero()),
                    };
                    match (ends, goes_on) {
                        (true, false) => decided.push(state.clone()),
                        (true, true) => short.push(state.clone()),
                        _ => {}
                    }
                    if goes_on {
                        state.control.push(state.result.clone());
                        further.push(state);
                    }
                }
                let before = self.events;
                let mut longer = self.expr(right, further);
                for state in &mut longer {
                    let left = state.control.pop().unwrap_or_default();
                    state.result.extend(left);
                }
                if self.events != before {
                    // Something happens on the right, or not: two ways.
                    longer.extend(short);
                }
                longer.extend(decided);
                return longer;
            }
            Expr::Binary(_, left, right) => {
                states = self.expr(left, states);
                for state in &mut states {
                    state.operands.push(state.result.clone());
                }
                states = self.expr(right, states);
                for state in &mut states {
                    state
                        .result
                        .extend(state.operands.pop().unwrap_or_default());
                }
            }
            Expr::Call { name, args, .. } => return self.call(name, args, states),
        }
        states
    }

    fn call(&mut self, name: &str, args: &[Expr], mut states: Vec<State>) -> Vec<State> {
        let Some(op) = Op::named(name) else {
            return states;
        };
        let (at, operands) = match op {
            Op::Rmw { .. } => (
                args.len().saturating_sub(1),
                0..args.len().saturating_sub(1),
            ),
            _ => (0, 1.min(args.len())..args.len()),
        };
        // The operands first: they may be calls themselves.
        for state in &mut states {
            state.operands.push(Sources::new());
        }
        for operand in args.get(operands).unwrap_or_default() {
            states = self.expr(operand, states);
            for state in &mut states {
                let result = state.result.iter().copied();
                state
                    .operands
                    .last_mut()
                    .into_iter()
                    .for_each(|all| all.extend(result.clone()));
            }
        }
        let values = states.iter_mut().map(|state| state.operands.pop());
        let values: Vec<Sources> = values.map(Option::unwrap_or_default).collect();
        let location = args.get(at).map(|arg| address(op, arg));
        let kind = location.and_then(|location| self.behind(location));
        if let Some(location) = location {
            states = self.expr(location, states);
        }
        let places: Vec<Sources> = states.iter().map(|state| state.result.clone()).collect();
        for name in names(op, name, helpers(kind)) {
            let id = self.next();
            for ((state, value), place) in states.iter_mut().zip(&values).zip(&places) {
                let place = match (location, name.as_str()) {
                    (Some(_), name) if name != "smp_mb" => place.clone(),
                    _ => Sources::new(),
                };
                // A reader's section is a number to C, and a guard to Rust: nobody stores it. smp_store_mb() stores its
                // value in the store, not in the fence behind it.
                let value = match (op, name.as_str()) {
                    (Op::SrcuUnlock, _) | (Op::StoreMb, "smp_mb") => Sources::new(),
                    _ => value.clone(),
                };
                state.event(name.clone(), place, value, id);
            }
        }
        states
    }

    fn variable(&self, name: &str, state: &State) -> Sources {
        match self.params.iter().position(|param| param == name) {
            Some(number) => Sources::from([Source::Param(number)]),
            None => state.variables.get(name).cloned().unwrap_or_default(),
        }
    }

    /// What is at an address.
    fn behind(&self, pointer: &Expr) -> Option<Kind> {
        self.types.behind(self.test, self.number, pointer)
    }

    fn next(&mut self) -> usize {
        self.events += 1;
        self.events - 1
    }
}

impl State {
    fn event(&mut self, name: String, place: Sources, value: Sources, id: usize) {
        self.result = Sources::from([Source::Event(self.events.len())]);
        self.events.push(Event {
            name,
            place,
            value,
            control: self.control.iter().flatten().copied().collect(),
            id,
        });
    }
}

fn size(kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::Value(_, 1..)) => 8,
        // CAST: Not more than 64.
        Some(Kind::Value(int, 0)) => int.bits as usize / 8,
        _ => 4,
    }
}

/// How the helpers' names begin that work on such a location.
fn helpers(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Value(_, 1..)) => "atomic_ptr",
        Some(Kind::Value(Int { bits: 8, .. }, 0)) => "atomic_i8",
        Some(Kind::Value(Int { bits: 16, .. }, 0)) => "atomic_i16",
        Some(Kind::Value(Int { bits: 64, .. }, 0)) => "atomic64",
        _ => "atomic",
    }
}

/// A helper's name without how it begins, and how many bytes it works on.
pub fn without_prefix(helper: &str) -> Option<(&str, usize)> {
    let all = [
        ("atomic_ptr_", 8),
        ("atomic_i8_", 1),
        ("atomic_i16_", 2),
        ("atomic64_", 8),
        ("atomic_", 4),
    ];
    let mut found = all.into_iter();
    found.find_map(|(prefix, size)| Some((helper.strip_prefix(prefix)?, size)))
}

/// The address of the location that a primitive's argument names.
fn address(op: Op, arg: &Expr) -> &Expr {
    let by_value = matches!(
        op,
        Op::Load(Place::Value, _)
            | Op::Store(Place::Value, _)
            | Op::RcuDereference
            | Op::RcuAssign
            | Op::StoreMb
    );
    match arg {
        Expr::Unary(UnaryOp::Deref, pointer, _) if by_value => pointer,
        arg => arg,
    }
}

/// The helpers that a primitive is, without their prefixes.
fn names(op: Op, c: &str, atomic: &str) -> Vec<String> {
    let name = match op {
        Op::Load(Place::Value | Place::Address, order) => format!("{atomic}_read{}", suffix(order)),
        Op::Store(_, order) => format!("{atomic}_set{}", suffix(order)),
        Op::RcuDereference => format!("{atomic}_read"),
        Op::RcuAssign => format!("{atomic}_set_release"),
        Op::StoreMb => return vec![format!("{atomic}_set"), "smp_mb".to_owned()],
        Op::Fence("barrier()") => return Vec::new(),
        Op::Xchg(order) => format!("{atomic}_xchg{}", rmw_suffix(order)),
        Op::Cmpxchg(order) => format!("{atomic}_try_cmpxchg{}", rmw_suffix(order)),
        Op::Rmw { method: "add", .. } => format!("{atomic}_add"),
        Op::Rmw {
            method: "add_and_test",
            ..
        } => format!("{atomic}_add_return"),
        Op::Rmw { method, order, .. } => {
            format!("{atomic}_{method}{}", order.map_or("", rmw_suffix))
        }
        Op::AddUnless => format!("{atomic}_add_unless"),
        // Locks, readers, fences and grace periods are called as C calls them.
        _ => c.to_owned(),
    };
    vec![name]
}

fn suffix(order: Order) -> &'static str {
    match order {
        Order::Acquire => "_acquire",
        Order::Release => "_release",
        Order::Relaxed | Order::Full => "",
    }
}

fn rmw_suffix(order: Order) -> &'static str {
    match order {
        Order::Relaxed => "_relaxed",
        Order::Full => "",
        order => suffix(order),
    }
}

#[cfg(test)]
mod tests;
