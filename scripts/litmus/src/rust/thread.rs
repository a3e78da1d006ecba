// SPDX-License-Identifier: GPL-2.0

//! One thread, as a Rust function: its statements.

mod expr;
mod variables;

use self::variables::{declared, uses_of};
use super::{initial, Refusal, Shared, TAKEN};
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
        out: String::new(),
        depth: 2,
    };
    for (name, ty) in declared(&thread.body)? {
        let uses = uses_of(&name, &thread.body);
        let first = initial(test, &Location::Register(number, name.clone()));
        body.registers.insert(
            name.clone(),
            Register {
                ty,
                rust: match uses.read || body.wanted.contains(name.as_str()) {
                    true => name,
                    false => format!("_{name}"),
                },
                // The first assignment at the top, before any use, declares it.
                late: uses.first_is_top && first.is_none(),
                again: uses.assigned > 1,
                assigned: uses.assigned,
                first: first.cloned(),
            },
        );
    }
    for name in &wanted {
        if !body.registers.contains_key(*name) {
            let message =
                format!("the condition asks for {number}:{name}, which P{number} has not");
            return Err(Refusal::new(Span::default(), message));
        }
    }
    body.declare_early();
    body.stmts(&thread.body)?;
    if let Some(held) = body.held.iter().find(|held| !held.tried) {
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
                Span::default(),
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
    assigned: usize,
    first: Option<Value>,
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
    fn declare_early(&mut self) {
        let mut lines = Vec::new();
        for (name, register) in &self.registers {
            let needed = register.assigned != 0 || self.wanted.contains(name.as_str());
            if register.late || !needed || register.ty == Ty::Section {
                continue;
            }
            let value = match (&register.first, register.ty) {
                (Some(Value::Int(number)), _) => number.to_string(),
                (Some(Value::Address(location)), _) => format!("core::ptr::from_ref({location})"),
                (None, Ty::Pointer) => "core::ptr::null()".to_owned(),
                (None, _) => "0".to_owned(),
            };
            let again = if register.assigned != 0 { "mut " } else { "" };
            lines.push(format!("let {again}{} = {value};", register.rust));
        }
        for line in lines {
            self.line(line);
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) -> Result<(), Refusal> {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
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
                let place = self.place_of(pointer, *at)?;
                let mut value = self.expr(value)?.int();
                if value.text.contains("unsafe") {
                    self.line(format!("let value = {};", value.text));
                    "value".clone_into(&mut value.text);
                }
                self.line("// SAFETY: A plain access; herd7 says so if it races with another.");
                self.line(format!("unsafe {{ *{place}.as_ptr() = {} }};", value.text));
                Ok(())
            }
            Stmt::Expr { expr, at, .. } => self.effect(expr, *at),
            Stmt::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.expr(condition)?.bool();
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
            match Op::named(call) {
                Some(Op::SrcuLock) => return self.srcu_lock(name, args, *at),
                Some(Op::Trylock) => self.trylock(args, *at)?,
                _ => {}
            }
        }
        let value = self.expr(value)?;
        let Some(register) = self.registers.get_mut(name) else {
            let message = format!("`{name}` is not declared");
            return Err(Refusal::new(at, message));
        };
        let value = match (register.ty, value.ty) {
            (Ty::Int, Ty::Int | Ty::Bool) => value.int(),
            (Ty::Pointer, Ty::Pointer) => value,
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

    fn srcu_lock(&mut self, name: &str, args: &[Expr], at: Span) -> Result<(), Refusal> {
        let place = self.place(args.first(), Place::Address, at)?;
        let Some(register) = self.registers.get_mut(name) else {
            return Err(Refusal::new(at, format!("`{name}` is not declared")));
        };
        register.ty = Ty::Section;
        register.rust = name.to_owned();
        self.line(format!("let {name} = {place}.read_lock();"));
        self.hold(&place, name.to_owned(), false, at);
        Ok(())
    }

    fn trylock(&mut self, args: &[Expr], at: Span) -> Result<(), Refusal> {
        let place = self.place(args.first(), Place::Address, at)?;
        self.line(format!("let {place}_guard = {place}.try_lock();"));
        self.hold(&place, format!("{place}_guard"), true, at);
        Ok(())
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

    fn release(&mut self, what: &str, at: Span) -> Result<(), Refusal> {
        match self.held.iter().rposition(|held| held.what == what) {
            Some(index) => {
                let held = self.held.remove(index);
                self.line(format!("drop({});", held.guard));
                Ok(())
            }
            None => Err(Refusal::new(at, format!("`{what}` is not held here"))),
        }
    }

    /// A call for its effect.
    fn effect(&mut self, expr: &Expr, at: Span) -> Result<(), Refusal> {
        let Expr::Call {
            name,
            args,
            at: call,
        } = expr
        else {
            return Err(Refusal::new(at, "this does nothing"));
        };
        let first = args.first();
        match Op::named(name) {
            Some(Op::Lock) => {
                let place = self.place(first, Place::Address, *call)?;
                self.line(format!("let {place}_guard = {place}.lock();"));
                self.hold(&place, format!("{place}_guard"), false, *call);
                Ok(())
            }
            Some(Op::Unlock) => {
                let place = self.place(first, Place::Address, *call)?;
                self.release(&place, *call)
            }
            Some(Op::RcuLock) => {
                let nested = self.held.iter().filter(|held| held.what == "rcu").count();
                let guard = match nested {
                    0 => "rcu_guard".to_owned(),
                    _ => format!("rcu_guard_{nested}"),
                };
                self.line(format!("let {guard} = rcu::read_lock();"));
                self.hold("rcu", guard, false, *call);
                Ok(())
            }
            Some(Op::RcuUnlock) => self.release("rcu", *call),
            Some(Op::SrcuUnlock) => match args.get(1) {
                Some(Expr::Var(section, _)) => {
                    let held = self.held.iter().find(|held| held.guard == *section);
                    match held.map(|held| held.what.clone()) {
                        Some(what) => self.release(&what, *call),
                        None => Err(Refusal::new(
                            *call,
                            format!("`{section}` is no section here"),
                        )),
                    }
                }
                _ => Err(Refusal::new(
                    *call,
                    "a section is left by the name it was entered by",
                )),
            },
            _ => {
                let value = self.expr(expr)?;
                let text = match name.contains("cmpxchg") || name == "atomic_add_unless" {
                    true => format!("let _ = {};", value.text),
                    false => format!("{};", value.text),
                };
                self.line(text);
                Ok(())
            }
        }
    }

    /// The location that an argument stands for.
    fn place(&mut self, arg: Option<&Expr>, how: Place, at: Span) -> Result<String, Refusal> {
        match (arg, how) {
            (Some(Expr::Unary(UnaryOp::Deref, inner, at)), Place::Value) => match &**inner {
                Expr::Var(name, _) => self.place_of(name, *at),
                _ => Err(Refusal::new(*at, "only a name can be followed")),
            },
            (Some(Expr::Unary(UnaryOp::AddressOf, inner, at)), Place::Address) => match &**inner {
                Expr::Unary(UnaryOp::Deref, inner, _) => match &**inner {
                    Expr::Var(name, _) => self.place_of(name, *at),
                    _ => Err(Refusal::new(*at, "only a name has an address")),
                },
                _ => Err(Refusal::new(
                    *at,
                    "what is shared comes by its address already",
                )),
            },
            (Some(Expr::Var(name, at)), Place::Address) => self.place_of(name, *at),
            (Some(Expr::Var(name, at)), Place::Value) => Err(Refusal::new(
                *at,
                format!("`{name}` is an address: `*{name}` is what it points to"),
            )),
            _ => Err(Refusal::new(at, "this needs a shared location")),
        }
    }

    /// The location that a variable points to.
    fn place_of(&mut self, name: &str, at: Span) -> Result<String, Refusal> {
        if self.params.contains(name) {
            self.used.insert(name.to_owned());
            return Ok(name.to_owned());
        }
        match self.registers.get(name) {
            // The engine's pointers point to the test's own locations: the reference is good.
            Some(register) if register.ty == Ty::Pointer => {
                Ok(format!("unsafe {{ &*{} }}", register.rust))
            }
            Some(_) => Err(Refusal::new(at, format!("`{name}` is no pointer"))),
            None => Err(Refusal::new(at, format!("`{name}` is not shared here"))),
        }
    }
}
