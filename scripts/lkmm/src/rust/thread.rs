// SPDX-License-Identifier: GPL-2.0

//! One thread, as a Rust function: its statements.

mod expr;
mod variables;

use self::variables::{declared, uses_of};
use super::{initial, refuse_taken, Kind, Refusal, Shared};
use crate::ast::{Expr, Location, Span, Stmt, Test, UnaryOp, Value};
use crate::ops::{Op, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What an expression is in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Unit,
    Int,
    Bool,
    Pointer,
    /// A section of SRCU readers, which C keeps as a number.
    Section,
}

/// An expression in Rust.
struct Rust {
    text: String,
    ty: Ty,
    /// Binds less tightly than a method call.
    loose: bool,
}

impl Rust {
    fn new(text: impl Into<String>, ty: Ty) -> Self {
        let text = text.into();
        Self {
            text,
            ty,
            loose: false,
        }
    }

    fn loose(text: impl Into<String>, ty: Ty) -> Self {
        Self {
            loose: true,
            ..Self::new(text, ty)
        }
    }

    /// As the receiver of a method.
    fn receiver(&self) -> String {
        if self.loose {
            return format!("({})", self.text);
        }
        match self.text.parse::<i64>() {
            Ok(number) if number < 0 => format!("({number}i32)"),
            Ok(number) => format!("{number}i32"),
            Err(_) => self.text.clone(),
        }
    }

    fn int(self) -> Self {
        match self.ty {
            Ty::Bool => Self::new(format!("i32::from({})", self.text), Ty::Int),
            _ => self,
        }
    }

    fn bool(self) -> Self {
        match self.ty {
            Ty::Int => Self::loose(format!("{} != 0", self.text), Ty::Bool),
            Ty::Pointer => Self::loose(format!("!{}.is_null()", self.receiver()), Ty::Bool),
            _ => self,
        }
    }
}

/// A thread in Rust.
pub(super) struct Function {
    /// Its text.
    pub(super) text: String,
    /// The locations that it takes, in their order.
    pub(super) params: Vec<String>,
}

/// The function of thread `number`.
pub(super) fn translate(
    test: &Test,
    number: usize,
    shared: &Shared,
    observed: &[Location],
) -> Result<Function, Refusal> {
    let thread = &test.threads[number];
    let wanted: Vec<&str> = observed
        .iter()
        .filter_map(|location| match location {
            Location::Register(owner, name) if *owner == number => Some(name.as_str()),
            _ => None,
        })
        .collect();

    let mut body = Body {
        shared,
        params: thread.params.iter().map(|p| p.name.as_str()).collect(),
        registers: BTreeMap::new(),
        wanted: wanted.iter().copied().collect(),
        used: BTreeSet::new(),
        held: Vec::new(),
        stored: 0,
        out: String::new(),
        depth: 2,
    };
    for (name, ty) in declared(thread)? {
        let uses = uses_of(&name, &thread.body);
        let location = Location::Register(number, name.clone());
        let first = initial(test, &location).and_then(|init| Some((init.value.clone()?, init.at)));
        body.registers.insert(
            name.clone(),
            Register {
                ty,
                rust: match uses.read || body.wanted.contains(name.as_str()) {
                    true => name.clone(),
                    false => format!("_{name}"),
                },
                // The first assignment at the top, before any use, declares it.
                late: uses.first_is_top && first.is_none(),
                again: uses.assigned > 1,
                needed: uses.read || uses.assigned != 0 || body.wanted.contains(name.as_str()),
                changes: uses.assigned != 0,
                first,
            },
        );
    }
    body.declare_early()?;
    body.stmts(&thread.body)?;
    if let Some(held) = body.held.first() {
        let message = format!("P{number} ends with `{}` held", held.what);
        return Err(Refusal::new(held.at, message));
    }

    let used: Vec<String> = thread
        .params
        .iter()
        .filter(|p| body.used.contains(&p.name))
        .map(|p| p.name.clone())
        .collect();
    let params: Vec<String> = used
        .iter()
        .map(|name| format!("{name}: &{}", shared[name].rust()))
        .collect();
    let returns = wanted
        .iter()
        .map(|name| match body.registers[*name].ty {
            Ty::Pointer => Ok(format!("{name}: *const Atomic<i32>")),
            Ty::Int | Ty::Bool => Ok(format!("{name}: i32")),
            _ => Err(Refusal::new(
                test.asked,
                format!("{number}:{name} is a reader's section, which has no value in Rust"),
            )),
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
    at: Span,
}

struct Body<'a> {
    shared: &'a Shared,
    params: BTreeSet<&'a str>,
    registers: BTreeMap<String, Register>,
    wanted: BTreeSet<&'a str>,
    /// The parameters that the Rust function needs.
    used: BTreeSet<String>,
    held: Vec<Held>,
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
            let value = match (&register.first, register.ty) {
                (Some((Value::Int(0), _)) | None, Ty::Pointer) => "core::ptr::null()".to_owned(),
                (Some((Value::Int(number), _)), _) => number.to_string(),
                (Some((Value::List(_), at)), _) => {
                    let message = format!("`{}` is no array", register.rust);
                    return Err(Refusal::new(*at, message));
                }
                (Some((Value::Address(location), at)), _) => {
                    if !self.params.contains(location.as_str()) {
                        let message = format!("the thread has no parameter `{location}`");
                        return Err(Refusal::new(*at, message));
                    }
                    self.used.insert(location.clone());
                    format!("core::ptr::from_ref({location})")
                }
                (None, _) => "0".to_owned(),
            };
            let again = if register.changes { "mut " } else { "" };
            lines.push(format!("let {again}{} = {value};", register.rust));
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
                let place = self.followed_by(pointer, &[Kind::Int, Kind::Pointer], *at)?;
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
                    followed(&place)
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
            Some(held) => Err(Refusal::new(
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
            return Err(Refusal::new(held.at, message));
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
        let Some(register) = self.registers.get_mut(name) else {
            let message = format!("`{name}` is not declared");
            return Err(Refusal::new(at, message));
        };
        let value = match (register.ty, value.ty) {
            (Ty::Int, Ty::Int | Ty::Bool) => value.int(),
            (Ty::Pointer, Ty::Pointer) => value,
            (Ty::Pointer, Ty::Int) if value.text == "0" => {
                Rust::new("core::ptr::null()", Ty::Pointer)
            }
            (_, Ty::Unit) => return Err(Refusal::new(at, "this returns nothing")),
            _ => return Err(Refusal::new(at, format!("`{name}` has another type"))),
        };
        let text = match (register.late, register.again) {
            (true, true) => format!("let mut {} = {};", register.rust, value.text),
            (true, false) => format!("let {} = {};", register.rust, value.text),
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
                let place = self.place(args.first(), Place::Address, &[Kind::Lock], *at)?;
                let guard = self.guard(&place);
                self.line(format!("let {guard} = {place}.try_lock();"));
                self.hold(&place, guard.clone(), true, *at);
                Ok(Rust::new(format!("{guard}.is_some()"), Ty::Bool))
            }
            _ => self.expr(expr),
        }
    }

    fn srcu_lock(&mut self, name: &str, args: &[Expr], at: Span) -> Result<(), Refusal> {
        let place = self.place(args.first(), Place::Address, &[Kind::Srcu], at)?;
        match self.registers.get_mut(name) {
            Some(register) if matches!(register.ty, Ty::Int | Ty::Section) => {
                register.ty = Ty::Section;
                register.rust = name.to_owned();
            }
            Some(_) => return Err(Refusal::new(at, format!("`{name}` has another type"))),
            None => return Err(Refusal::new(at, format!("`{name}` is not declared"))),
        }
        self.line(format!("let {name} = {place}.read_lock();"));
        self.hold(&place, name.to_owned(), false, at);
        Ok(())
    }

    /// A name that nothing else in the thread has: `wanted`, or like it.
    fn fresh(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.registers.contains_key(&name) || self.params.contains(name.as_str()) {
            name.push('_');
        }
        name
    }

    fn guard(&self, what: &str) -> String {
        self.fresh(&format!("{what}_guard"))
    }

    fn hold(&mut self, what: &str, guard: String, tried: bool, at: Span) {
        let what = what.to_owned();
        self.held.push(Held {
            what,
            guard,
            tried,
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
                let place = self.place(first, Place::Address, &[Kind::Lock], at)?;
                let guard = self.guard(&place);
                self.line(format!("let {guard} = {place}.lock();"));
                self.hold(&place, guard, false, at);
            }
            Some(Op::Unlock) => {
                let place = self.place(first, Place::Address, &[Kind::Lock], at)?;
                if !self.release(|held| held.what == place) {
                    return Err(Refusal::new(at, format!("`{place}` is not held here")));
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
                let place = self.place(first, Place::Address, &[Kind::Srcu], at)?;
                let Some(Expr::Var(section, _)) = args.get(1) else {
                    let message = "a section is left by the name it was entered by";
                    return Err(Refusal::new(at, message));
                };
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

    /// The location that an argument stands for, which has to be one of `kinds`.
    fn place(
        &mut self,
        arg: Option<&Expr>,
        how: Place,
        kinds: &[Kind],
        at: Span,
    ) -> Result<String, Refusal> {
        match (arg, how) {
            (Some(Expr::Unary(UnaryOp::Deref, inner, at)), Place::Value) => {
                self.followed_by(inner, kinds, *at)
            }
            (Some(Expr::Unary(UnaryOp::AddressOf, inner, at)), Place::Address) => match &**inner {
                Expr::Unary(UnaryOp::Deref, inner, _) => match &**inner {
                    Expr::Var(name, _) => self.place_of(name, kinds, *at),
                    _ => Err(Refusal::new(*at, "only a name has an address")),
                },
                _ => Err(Refusal::new(
                    *at,
                    "what is shared comes by its address already",
                )),
            },
            (Some(Expr::Var(name, at)), Place::Address) => self.place_of(name, kinds, *at),
            (Some(pointer @ Expr::Cast(..)), Place::Address) => {
                self.followed_by(pointer, kinds, at)
            }
            (Some(Expr::Var(name, at)), Place::Value) => Err(Refusal::new(
                *at,
                format!("`{name}` is an address: `*{name}` is what it points to"),
            )),
            _ => Err(Refusal::new(at, "this needs a shared location")),
        }
    }

    /// The location that an address stands for, which has to be one of `kinds`.
    fn followed_by(&mut self, pointer: &Expr, kinds: &[Kind], at: Span) -> Result<String, Refusal> {
        match pointer {
            Expr::Var(name, _) => self.place_of(name, kinds, at),
            Expr::Cast(_, operand) => self.followed_by(operand, kinds, at),
            _ => Err(Refusal::new(at, "only a name can be followed")),
        }
    }

    /// The location that a variable points to, which has to be one of `kinds`.
    fn place_of(&mut self, name: &str, kinds: &[Kind], at: Span) -> Result<String, Refusal> {
        let (place, kind) = match (self.registers.get(name), self.shared.get(name)) {
            // The engine's pointers point to the test's own locations: the reference is good.
            (Some(register), _) if register.ty == Ty::Pointer => {
                (format!("unsafe {{ &*{} }}", register.rust), Kind::Int)
            }
            (Some(_), _) => return Err(Refusal::new(at, format!("`{name}` is no pointer"))),
            (None, Some(kind)) if self.params.contains(name) => (name.to_owned(), *kind),
            _ => return Err(Refusal::new(at, format!("`{name}` is not shared here"))),
        };
        if !kinds.contains(&kind) {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.c()).collect();
            let message = format!("`{name}` is no {} here", kinds.join(" and no "));
            return Err(Refusal::new(at, message));
        }
        if self.params.contains(name) {
            self.used.insert(name.to_owned());
        }
        Ok(place)
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
