// SPDX-License-Identifier: GPL-2.0

//! What each location and each register of a test holds.
//!
//! C declares types, and herd7 does not ask for them: a register may be declared nowhere, an `int` or an `intptr_t` may
//! hold an address and be followed. What holds what follows from who stores what where, whatever was declared.

mod flow;
mod int;

use crate::ast::{Expr, Location, Test, Type, Value};
use flow::{Flow, Holds};
pub use int::{literal, Int};
use std::collections::{BTreeMap, BTreeSet};

/// What is in a location or a register, or what a location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With no stars a number; else what points to one, over so many pointers.
    Value(Int, usize),
    /// `spinlock_t`
    Lock,
    /// `struct srcu_struct`
    Srcu,
}

impl Kind {
    /// Of what has type `ty`.
    pub fn of(ty: &Type) -> Option<Self> {
        match ty.base.as_str() {
            "spinlock_t" | "raw_spinlock_t" if ty.stars == 0 => Some(Self::Lock),
            "struct srcu_struct" if ty.stars == 0 => Some(Self::Srcu),
            // What nobody knows is behind a pointer.
            "void" if ty.stars != 0 => Some(Self::Value(Int::INT, ty.stars)),
            base => Some(Self::Value(Int::of(base)?, ty.stars)),
        }
    }
}

/// What each location and each register of a test holds.
#[derive(Clone, Debug, Default)]
pub struct Types {
    shared: BTreeMap<String, Kind>,
    registers: BTreeMap<(usize, String), Kind>,
    holds: BTreeMap<Location, Holds>,
}

impl Types {
    /// Of a test.
    pub fn of(test: &Test) -> Self {
        let mut declared: BTreeMap<Location, Kind> = BTreeMap::new();
        let mut declare = |location: Location, ty: &Type| {
            let Some(kind) = Kind::of(ty) else {
                return;
            };
            let more = match (declared.get(&location), kind) {
                // One name, two types: herd7 does not mind.
                (Some(Kind::Value(a, s)), Kind::Value(b, t)) => (t, b.bits) > (*s, a.bits),
                (Some(_), _) => false,
                (None, _) => true,
            };
            if more {
                declared.insert(location, kind);
            }
        };
        for (number, thread) in test.threads.iter().enumerate() {
            for param in &thread.params {
                let ty = Type {
                    base: param.ty.base.clone(),
                    stars: param.ty.stars.saturating_sub(1),
                };
                declare(Location::Shared(param.name.clone()), &ty);
            }
            for (name, ty) in thread.declarations() {
                declare(Location::Register(number, name.to_owned()), ty);
            }
        }
        for init in test.init.iter().filter(|init| init.length.is_none()) {
            if let Some(ty) = &init.ty {
                declare(init.location.clone(), ty);
            }
        }

        let mut holds: BTreeMap<Location, Holds> = BTreeMap::new();
        for init in test.init.iter().filter(|init| init.length.is_none()) {
            let held = holds.entry(init.location.clone()).or_default();
            match &init.value {
                Some(Value::Address(name)) => {
                    held.addresses.insert(name.clone());
                }
                Some(Value::Int(number)) if *number != 0 => {
                    held.join(&Holds::number(literal(*number)));
                }
                _ => {}
            }
        }
        let mut flow = Flow {
            test,
            declared,
            holds,
            changed: true,
        };
        while std::mem::take(&mut flow.changed) {
            for (number, thread) in test.threads.iter().enumerate() {
                flow.stmts(number, &thread.body);
            }
        }

        let Flow {
            mut declared,
            holds,
            ..
        } = flow;
        implied(&mut declared, &holds);
        let mut types = Self {
            holds,
            ..Self::default()
        };
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (location, held) in &types.holds {
            names.extend(held.addresses.iter().map(String::as_str));
            if let Location::Shared(name) = location {
                names.insert(name);
            }
        }
        names.extend(declared.keys().filter_map(|location| match location {
            Location::Shared(name) => Some(name.as_str()),
            Location::Register(..) => None,
        }));
        let observed = test.observed();
        names.extend(observed.iter().filter_map(|location| match location {
            Location::Shared(name) => Some(name.as_str()),
            Location::Register(..) => None,
        }));
        let found = names.into_iter().map(|name| {
            let location = Location::Shared(name.to_owned());
            let kind = kind(&location, &declared, &types.holds, &mut Vec::new());
            (name.to_owned(), kind)
        });
        types.shared = found.collect();
        for location in types.holds.keys().chain(declared.keys()) {
            if let Location::Register(number, name) = location {
                let kind = kind(location, &declared, &types.holds, &mut Vec::new());
                types.registers.insert((*number, name.clone()), kind);
            }
        }
        types
    }

    /// The shared locations: those that threads take, that the initial state or the question names, and those whose
    /// addresses are somewhere.
    pub fn shared(&self) -> &BTreeMap<String, Kind> {
        &self.shared
    }

    /// What a thread's register holds; nothing if there is no such register.
    pub fn register(&self, thread: usize, name: &str) -> Option<Kind> {
        self.registers.get(&(thread, name.to_owned())).copied()
    }

    /// The registers of a thread that are declared or assigned or begin with something.
    pub fn registers(&self, thread: usize) -> impl Iterator<Item = (&str, Kind)> {
        let all = self.registers.iter();
        all.filter_map(move |((owner, name), kind)| {
            (*owner == thread).then_some((name.as_str(), *kind))
        })
    }

    /// What is where an expression of a thread points to; nothing if it may be a number other than 0, or the addresses
    /// of different things.
    pub fn behind(&self, test: &Test, thread: usize, pointer: &Expr) -> Option<Kind> {
        let mut flow = Flow {
            test,
            declared: BTreeMap::new(),
            holds: self.holds.clone(),
            changed: false,
        };
        let held = flow.expr(thread, pointer);
        let mut kinds = held.addresses.iter().filter_map(|at| self.shared.get(at));
        let declared = match pointer {
            Expr::Var(name, _) => self.register(thread, name),
            _ => None,
        };
        match (held.other, kinds.next(), declared) {
            (true, ..) => None,
            (_, Some(first), _) => kinds.all(|kind| kind == first).then_some(*first),
            // Nothing is known to be there: what was declared.
            (_, None, Some(Kind::Value(int, stars @ 1..))) => Some(Kind::Value(int, stars - 1)),
            _ => None,
        }
    }
}

/// Gives locations that are declared nowhere the types of those that the same pointers point to, or what the pointers'
/// own types say.
fn implied(declared: &mut BTreeMap<Location, Kind>, holds: &BTreeMap<Location, Holds>) {
    for (pointer, held) in holds {
        let place = |name: &String| Location::Shared(name.clone());
        let known = |name: &String| declared.get(&place(name)).copied();
        let own = match declared.get(pointer) {
            Some(Kind::Value(int, stars @ 1..)) => Some(Kind::Value(*int, stars - 1)),
            Some(number @ Kind::Value(Int { bits: 64, .. }, 0)) => Some(*number),
            _ => None,
        };
        let Some(kind) = held.addresses.iter().find_map(known).or(own) else {
            continue;
        };
        for name in &held.addresses {
            declared.entry(place(name)).or_insert(kind);
        }
    }
}

/// What is in a location or a register, in the end.
fn kind(
    location: &Location,
    declared: &BTreeMap<Location, Kind>,
    holds: &BTreeMap<Location, Holds>,
    before: &mut Vec<Location>,
) -> Kind {
    let declared_kind = declared.get(location).copied();
    let held = holds.get(location).cloned().unwrap_or_default();
    match declared_kind {
        Some(kind @ (Kind::Lock | Kind::Srcu)) => return kind,
        // It holds addresses as numbers.
        Some(kind @ Kind::Value(Int { bits: 64, .. }, 0)) => return kind,
        _ => {}
    }
    if held.addresses.is_empty() || before.contains(location) {
        let alone = Kind::Value(held.int.unwrap_or(Int::INT).promoted(), 0);
        return match before.contains(location) {
            true => Kind::Value(Int::LONG, 0),
            false => declared_kind.unwrap_or(alone),
        };
    }
    before.push(location.clone());
    let mut targets = held.addresses.iter().map(|name| {
        let target = Location::Shared(name.clone());
        kind(&target, declared, holds, before)
    });
    let first = targets.next();
    let same = targets.all(|kind| Some(kind) == first);
    drop(targets);
    before.pop();
    match (first, declared_kind) {
        (Some(Kind::Value(int, stars)), _) if same && !held.other => Kind::Value(int, stars + 1),
        _ => Kind::Value(Int::LONG, 0),
    }
}

#[cfg(test)]
mod tests;
