// SPDX-License-Identifier: GPL-2.0

//! One thread, as a Rust function: its statements.

mod expr;
mod value;
mod variables;

use self::value::{address_of, written_type, Rust, Spot, Ty, Wanted, INT};
use self::variables::uses_of;
use super::{
    c_name, deadlock, initial, known, location_name, location_type, variable_name, Refusal,
};
use crate::ast::{Expr, Location, Span, Stmt, Test, UnaryOp, Value};
use crate::ops::{Op, Place};
use crate::types::{Kind, Types};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A thread in Rust.
pub(super) struct Function {
    /// Its text.
    pub(super) text: String,
    /// The locations that it takes, in their order.
    pub(super) params: Vec<String>,
}

/// The function of thread `number`: with guards of its locks; where their scopes do not allow that, each lock is taken
/// and released by name.
pub(super) fn translate(
    test: &Test,
    number: usize,
    types: &Types,
    observed: &[Location],
) -> Result<Function, Refusal> {
    function(test, number, types, observed, false).or_else(|refusal| {
        if !refusal.of_guards {
            return Err(refusal);
        }
        deadlock::refuse_unbalanced(&test.threads[number])?;
        function(test, number, types, observed, true)
    })
}

fn function(
    test: &Test,
    number: usize,
    types: &Types,
    observed: &[Location],
    by_name: bool,
) -> Result<Function, Refusal> {
    let thread = &test.threads[number];
    let wanted: Vec<&str> = observed
        .iter()
        .filter_map(|location| match location {
            Location::Register(owner, name) if *owner == number => Some(name.as_str()),
            _ => None,
        })
        .collect();

    variables::refuse(thread)?;
    let mut body = Body {
        test,
        number,
        types,
        params: thread.params.iter().map(|p| p.name.clone()).collect(),
        registers: BTreeMap::new(),
        used: BTreeSet::new(),
        held: Vec::new(),
        by_name,
        taken: 0,
        stored: 0,
        out: String::new(),
        depth: 2,
    };
    for (name, kind) in types.registers(number) {
        let uses = uses_of(name, &thread.body);
        let location = Location::Register(number, name.to_owned());
        let first = initial(test, &location).and_then(|init| Some((init.value.clone()?, init.at)));
        let asked = wanted.contains(&name);
        let rust = variable_name(name);
        body.registers.insert(
            name.to_owned(),
            Register {
                ty: Ty::of(kind),
                rust: match uses.read || asked {
                    true => rust,
                    false => format!("_{rust}"),
                },
                // The first assignment at the top, before any use, declares it.
                late: uses.first_is_top && first.is_none(),
                again: uses.assigned > 1,
                needed: uses.read || uses.assigned != 0 || asked,
                changes: uses.assigned != 0,
                first,
            },
        );
    }
    body.declare_early()?;
    body.stmts(&thread.body)?;
    if let Some(held) = body.held.first() {
        let message = format!("P{number} ends with `{}` held", held.what);
        return Err(Refusal::of_guards(held.at, message));
    }

    // What C's function takes, in its order, and what a register begins with the address of.
    let mut used: Vec<String> = thread.params.iter().map(|p| p.name.clone()).collect();
    used.extend(body.used.iter().cloned());
    used.retain(|name| body.used.remove(name));
    let params: Vec<String> = used
        .iter()
        .map(|name| {
            let kind = types.shared().get(name).copied().unwrap_or(Kind::Srcu);
            format!("{}: &{}", location_name(name), location_type(kind))
        })
        .collect();
    let returns = wanted
        .iter()
        .map(|name| match body.registers[*name].ty {
            Ty::Section | Ty::Unit => Err(Refusal::new(
                test.asked,
                format!("{number}:{name} is a reader's section, which has no value in Rust"),
            )),
            ty => Ok(format!("{}: {}", variable_name(name), ty.rust())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Function {
        text: format!(
            "    fn p{number}({}) -> ({}) {{\n{}    }}\n",
            params.join(", "),
            returns.join(", "),
            body.out
        ),
        params: used,
    })
}

/// A variable of the thread.
struct Register {
    ty: Ty,
    /// Its name in Rust.
    rust: String,
    late: bool,
    again: bool,
    /// Whether it is used at all.
    needed: bool,
    /// Whether it is ever assigned.
    changes: bool,
    /// What the initial state gives it, and where that is written.
    first: Option<(Value, Span)>,
}

/// A lock, or a section of readers, that the thread is in.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    what: String,
    guard: String,
    /// By `spin_trylock()`: perhaps.
    tried: bool,
    /// Which of those that were taken it is.
    number: usize,
    at: Span,
}

struct Body<'a> {
    test: &'a Test,
    number: usize,
    types: &'a Types,
    params: BTreeSet<String>,
    registers: BTreeMap<String, Register>,
    /// The parameters that the Rust function needs.
    used: BTreeSet<String>,
    held: Vec<Held>,
    /// Whether locks are taken and released by name, without guards.
    by_name: bool,
    /// How many locks were taken, and sections entered.
    taken: usize,
    /// How many values were computed before they are stored.
    stored: usize,
    out: String,
    depth: usize,
}

impl Body<'_> {
    fn line(&mut self, text: impl AsRef<str>) {
        let indent = "    ".repeat(self.depth);
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{indent}{}", text.as_ref());
    }

    /// Declares what cannot be declared where it is first assigned.
    fn declare_early(&mut self) -> Result<(), Refusal> {
        let mut lines = Vec::new();
        for register in self.registers.values() {
            if register.late || !register.needed || register.ty == Ty::Section {
                continue;
            }
            let first = match &register.first {
                None | Some((Value::Int(0), _)) if matches!(register.ty, Ty::Pointer(..)) => {
                    Rust::new("core::ptr::null()", register.ty)
                }
                None => Rust::new("0", register.ty),
                Some((Value::Int(number), _)) => Rust::new(number.to_string(), register.ty),
                Some((Value::Address(location), _)) => {
                    self.used.insert(location.clone());
                    self.params.insert(location.clone());
                    let kind = self.types.shared().get(location).copied();
                    address_of(location, kind.unwrap_or(Kind::Srcu))
                }
                Some((Value::List(_), at)) => {
                    let message = format!("`{}` is no array", register.rust);
                    return Err(Refusal::new(*at, message));
                }
            };
            let at = register.first.as_ref().map(|(_, at)| *at);
            let first = first.converted(register.ty);
            let first = first.map_err(|why| Refusal::new(at.unwrap_or_default(), why))?;
            let again = if register.changes { "mut " } else { "" };
            let ty = written_type(&first);
            lines.push(format!(
                "let {again}{}{ty} = {};",
                register.rust, first.text
            ));
        }
        for line in lines {
            self.line(line);
        }
        Ok(())
    }

    fn stmts(&mut self, stmts: &[Stmt]) -> Result<(), Refusal> {
        stmts.iter().try_for_each(|stmt| {
            let done = self.stmt(stmt);
            done.map_err(|refusal| refusal.within(stmt.at()))
        })
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<(), Refusal> {
        match stmt {
            Stmt::Decl { value: None, .. } => Ok(()),
            Stmt::Decl {
                name,
                value: Some(value),
                at,
                ..
            }
            | Stmt::Assign { name, value, at } => self.assign(name, value, *at),
            Stmt::Store { pointer, value, at } => {
                let place = self.followed_by(pointer, Wanted::Value, *at)?;
                let mut value = self.stored(value, &place, *at)?;
                if value.contains("unsafe") {
                    self.stored += 1;
                    let name = match self.stored {
                        1 => self.fresh("value"),
                        number => self.fresh(&format!("value_{number}")),
                    };
                    self.line(format!("let {name} = {value};"));
                    value = name;
                }
                self.line(PLAIN);
                self.line(format!(
                    "unsafe {{ *{}.as_ptr() = {value} }};",
                    followed(&place.text)
                ));
                Ok(())
            }
            Stmt::Expr { expr, at, .. } => self.effect(expr, *at),
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                let condition = self.asked(condition)?.bool();
                let before = self.held.clone();
                self.line(format!("if {} {{", condition.text));
                self.block(then)?;
                let after = std::mem::replace(&mut self.held, before);
                if !otherwise.is_empty() {
                    self.line("} else {");
                    self.block(otherwise)?;
                }
                self.line("}");
                self.join(after)
            }
        }
    }

    fn block(&mut self, stmts: &[Stmt]) -> Result<(), Refusal> {
        self.depth += 1;
        let outside = self.held.len();
        self.stmts(stmts)?;
        self.depth -= 1;
        match self.held.get(outside) {
            Some(held) => Err(Refusal::of_guards(
                held.at,
                format!("`{}` is still held where the block ends", held.what),
            )),
            None => Ok(()),
        }
    }

    /// What is held after two branches has to be the same, but for what was only tried.
    fn join(&mut self, other: Vec<Held>) -> Result<(), Refusal> {
        let differ =
            |a: &[Held], b: &[Held]| a.iter().find(|h| !h.tried && !b.contains(h)).cloned();
        if let Some(held) = differ(&self.held, &other).or_else(|| differ(&other, &self.held)) {
            let message = format!("`{}` is released in one branch only", held.what);
            return Err(Refusal::of_guards(held.at, message));
        }
        self.held.retain(|held| other.contains(held));
        Ok(())
    }

    fn assign(&mut self, name: &str, value: &Expr, at: Span) -> Result<(), Refusal> {
        if let Expr::Call {
            name: call,
            args,
            at,
        } = value
        {
            if let Some(op @ Op::SrcuLock) = Op::named(call) {
                expect(op, call, args, *at)?;
                return self.srcu_lock(name, args, *at);
            }
        }
        let value = self.asked(value)?;
        let params = &self.test.threads[self.number].params;
        let register = self.registers.get_mut(name);
        let Some(register) = register.filter(|_| params.iter().all(|p| p.name != name)) else {
            let message = format!("`{name}` is a parameter: `*{name}` is what it points to");
            return Err(Refusal::new(at, message));
        };
        let value = value.converted(register.ty);
        let value = value.map_err(|why| Refusal::new(at, why))?;
        let ty = written_type(&value);
        let text = match (register.late, register.again) {
            (true, true) => format!("let mut {}{ty} = {};", register.rust, value.text),
            (true, false) => format!("let {}{ty} = {};", register.rust, value.text),
            (false, _) => format!("{} = {};", register.rust, value.text),
        };
        // Declared now, if it was not before.
        register.late = false;
        self.line(text);
        Ok(())
    }

    /// What is assigned or decides: as any expression, or an attempt to take a lock, whose guard needs a name.
    fn asked(&mut self, expr: &Expr) -> Result<Rust, Refusal> {
        match expr {
            Expr::Call { name, args, at } if Op::named(name) == Some(Op::Trylock) => {
                expect(Op::Trylock, name, args, *at)?;
                let place = self.place(args.first(), Place::Address, Wanted::Lock, *at)?;
                if self.by_name {
                    return Ok(Rust::new(format!("spin_trylock({})", place.text), Ty::Bool));
                }
                let guard = self.guard(&place.text);
                self.line(format!("let {guard} = {}.try_lock();", place.text));
                self.hold(&place.text, guard.clone(), true, *at);
                Ok(Rust::new(format!("{guard}.is_some()"), Ty::Bool))
            }
            _ => self.expr(expr),
        }
    }

    fn srcu_lock(&mut self, name: &str, args: &[Expr], at: Span) -> Result<(), Refusal> {
        let place = self.place(args.first(), Place::Address, Wanted::Srcu, at)?;
        match self.registers.get_mut(name) {
            Some(register) if matches!(register.ty, Ty::Int(_) | Ty::Section) => {
                register.ty = Ty::Section;
                register.rust = variable_name(name);
            }
            _ => return Err(Refusal::new(at, format!("`{name}` has another type"))),
        }
        let name = variable_name(name);
        self.line(format!("let {name} = {}.read_lock();", place.text));
        self.hold(&place.text, name, false, at);
        Ok(())
    }

    /// A name that nothing else in the thread has: `wanted`, or like it.
    fn fresh(&self, wanted: &str) -> String {
        let taken = |name: &str| {
            let mut registers = self
                .registers
                .values()
                .map(|register| register.rust.as_str());
            registers.any(|other| other == name)
                || self.params.iter().any(|param| location_name(param) == name)
        };
        let (mut name, mut number) = (wanted.to_owned(), 2);
        while taken(&name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }

    fn guard(&self, what: &str) -> String {
        self.fresh(&format!("{what}_guard"))
    }

    fn hold(&mut self, what: &str, guard: String, tried: bool, at: Span) {
        let what = what.to_owned();
        self.taken += 1;
        self.held.push(Held {
            what,
            guard,
            tried,
            number: self.taken,
            at,
        });
    }

    /// Leaves the last of what is held that is `wanted`.
    fn release(&mut self, wanted: impl Fn(&Held) -> bool) -> bool {
        match self.held.iter().rposition(wanted) {
            Some(index) => {
                let held = self.held.remove(index);
                self.line(format!("drop({});", held.guard));
                true
            }
            None => false,
        }
    }

    /// A call for its effect.
    fn effect(&mut self, expr: &Expr, at: Span) -> Result<(), Refusal> {
        let Expr::Call { name, args, at } = expr else {
            return Err(Refusal::new(at, "this does nothing"));
        };
        let (first, at) = (args.first(), *at);
        let op = Op::named(name);
        if let Some(op) = op {
            expect(op, name, args, at)?;
        }
        match op {
            Some(Op::Lock) => {
                let place = self.place(first, Place::Address, Wanted::Lock, at)?;
                if self.by_name {
                    self.line(format!("spin_lock({});", place.text));
                } else {
                    let guard = self.guard(&place.text);
                    self.line(format!("let {guard} = {}.lock();", place.text));
                    self.hold(&place.text, guard, false, at);
                }
            }
            Some(Op::Unlock) => {
                let place = self.place(first, Place::Address, Wanted::Lock, at)?.text;
                if self.by_name {
                    self.line("// SAFETY: It is held on every way to here.");
                    self.line(format!("unsafe {{ spin_unlock({place}) }};"));
                } else if !self.release(|held| held.what == place) {
                    return Err(Refusal::of_guards(
                        at,
                        format!("`{place}` is not held here"),
                    ));
                }
            }
            Some(Op::RcuLock) => {
                let nested = self.held.iter().filter(|held| held.what == RCU).count();
                let mut guard = self.guard(RCU);
                if nested != 0 {
                    let _ = write!(guard, "_{nested}");
                }
                self.line(format!("let {guard} = rcu::read_lock();"));
                self.hold(RCU, guard, false, at);
            }
            Some(Op::RcuUnlock) => {
                if !self.release(|held| held.what == RCU) {
                    return Err(Refusal::new(at, "this is in no section of RCU's readers"));
                }
            }
            Some(Op::SrcuUnlock) => {
                let place = self.place(first, Place::Address, Wanted::Srcu, at)?.text;
                let Some(Expr::Var(section, _)) = args.get(1) else {
                    let message = "a section is left by the name it was entered by";
                    return Err(Refusal::new(at, message));
                };
                let section = &variable_name(section);
                if !self.release(|held| held.what == place && held.guard == *section) {
                    let message = format!("`{section}` is no section of `{place}` here");
                    return Err(Refusal::new(at, message));
                }
            }
            _ => {
                let value = self.expr(expr)?;
                let text = match name.contains("cmpxchg") || name == "atomic_add_unless" {
                    true => format!("let _ = {};", value.text),
                    false => format!("{};", value.text),
                };
                self.line(text);
            }
        }
        Ok(())
    }

    /// The location that an argument stands for, which has to be such as is wanted.
    fn place(
        &mut self,
        arg: Option<&Expr>,
        how: Place,
        wanted: Wanted,
        at: Span,
    ) -> Result<Spot, Refusal> {
        match (arg, how) {
            (Some(Expr::Unary(UnaryOp::Deref, inner, at)), Place::Value) => {
                self.followed_by(inner, wanted, *at)
            }
            (Some(Expr::Var(name, at)), Place::Value) => Err(Refusal::new(
                *at,
                format!("`{name}` is an address: `*{name}` is what it points to"),
            )),
            (Some(pointer @ Expr::Var(_, at)), Place::Address) => {
                self.followed_by(pointer, wanted, *at)
            }
            (Some(pointer), Place::Address) => self.followed_by(pointer, wanted, at),
            _ => Err(Refusal::new(at, "this needs a shared location")),
        }
    }

    /// The location that an address stands for, which has to be such as is wanted.
    fn followed_by(&mut self, pointer: &Expr, wanted: Wanted, at: Span) -> Result<Spot, Refusal> {
        match pointer {
            Expr::Unary(UnaryOp::AddressOf, inner, _) => {
                return match &**inner {
                    Expr::Unary(UnaryOp::Deref, inner, at) => self.followed_by(inner, wanted, *at),
                    _ => Err(Refusal::new(
                        at,
                        "what is shared comes by its address already",
                    )),
                };
            }
            // An address is one, whatever it is called.
            Expr::Cast(ty, inner) if ty.stars != 0 => return self.followed_by(inner, wanted, at),
            _ => {}
        }
        let is = |kind: Kind, name: &dyn std::fmt::Display| match wanted.is(kind) {
            true => Ok(()),
            false => Err(Refusal::new(
                at,
                format!("`{name}` is no {} here", wanted.c()),
            )),
        };
        if let Expr::Var(name, _) = pointer {
            if self.params.contains(name) && !self.registers.contains_key(name) {
                let kind = self.types.shared().get(name).copied().unwrap_or(Kind::Srcu);
                is(kind, name)?;
                self.used.insert(name.clone());
                let text = location_name(name);
                return Ok(Spot { text, kind });
            }
            if !self.registers.contains_key(name) {
                let message = format!(
                    "`{name}` is no parameter of P{}, and assigned nowhere",
                    self.number
                );
                return Err(Refusal::new(at, message));
            }
        }
        let Some(kind) = self.types.behind(self.test, self.number, pointer) else {
            let message = format!(
                "`{pointer}` may be a number other than 0, point beside a location, or to locations of several types: it cannot be followed"
            );
            return Err(Refusal::new(at, message));
        };
        is(kind, pointer)?;
        let value = self.expr(pointer)?;
        let target = match kind {
            Kind::Value(int, stars) => Ty::Pointer(int, stars),
            _ => value.ty,
        };
        let value = value.converted(target);
        let value = value.map_err(|why| Refusal::new(at, why))?;
        // The engine's pointers point to the test's own locations: the reference is good.
        let text = format!("unsafe {{ &*{} }}", followed(&value.operand()));
        Ok(Spot { text, kind })
    }
}

/// What a plain access is commented with.
const PLAIN: &str = "// SAFETY: A plain access; herd7 says so if it races with another.";

/// What RCU's readers are in.
const RCU: &str = "rcu";

/// A place as it is written where all is unsafe already.
fn followed(place: &str) -> String {
    match place
        .strip_prefix("unsafe { ")
        .and_then(|p| p.strip_suffix(" }"))
    {
        Some(reference) => format!("({reference})"),
        None => place.to_owned(),
    }
}

/// Refuses a call that has not as many arguments as the primitive takes.
fn expect(op: Op, name: &str, args: &[Expr], at: Span) -> Result<(), Refusal> {
    match args.len() == op.arity() {
        true => Ok(()),
        false => {
            let message = format!("`{name}()` takes {}, not {}", op.arity(), args.len());
            Err(Refusal::new(at, message))
        }
    }
}
