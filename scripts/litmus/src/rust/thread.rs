// SPDX-License-Identifier: GPL-2.0

//! One thread, as a Rust function.

use super::{initial, Kind, Refusal, Shared, TAKEN};
use crate::ast::{BinaryOp, Expr, Location, Span, Stmt, Test, UnaryOp, Value};
use crate::ops::{Op, Order, Place, Returns};
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

    fn expr(&mut self, expr: &Expr) -> Result<Rust, Refusal> {
        match expr {
            Expr::Int(number) => match i32::try_from(*number) {
                Ok(number) => Ok(Rust::new(number.to_string(), Ty::Int)),
                Err(_) => Err(Refusal::new(Span::default(), format!("{number} is no int"))),
            },
            Expr::Var(name, at) => self.variable(name, *at),
            Expr::Cast(ty, operand) => {
                let value = self.expr(operand)?;
                match (ty.base.as_str(), ty.stars, value.ty) {
                    ("int", 0, Ty::Int | Ty::Bool) => Ok(value.int()),
                    (_, 1, Ty::Pointer) => Ok(value),
                    _ => Err(Refusal::new(
                        Span::default(),
                        format!("a cast to `{}`", ty.to_string().trim()),
                    )),
                }
            }
            Expr::Unary(op, operand, at) => self.unary(*op, operand, *at),
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Call { name, args, at } => self.call(name, args, *at),
        }
    }

    fn variable(&mut self, name: &str, at: Span) -> Result<Rust, Refusal> {
        if self.params.contains(name) {
            self.used.insert(name.to_owned());
            return match self.shared.get(name) {
                // A reference: coerces to a pointer where it is stored or compared.
                Some(Kind::Int) => Ok(Rust::new(
                    format!("core::ptr::from_ref({name})"),
                    Ty::Pointer,
                )),
                _ => Err(Refusal::new(
                    at,
                    format!("the address of `{name}` is no value here"),
                )),
            };
        }
        match self.registers.get(name) {
            Some(register) if TAKEN.contains(&name) => Err(Refusal::new(
                at,
                format!("`{}` is a word of Rust's own", register.rust),
            )),
            Some(register) => Ok(Rust::new(register.rust.clone(), register.ty)),
            None => Err(Refusal::new(at, format!("`{name}` is not declared"))),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, at: Span) -> Result<Rust, Refusal> {
        match op {
            UnaryOp::Deref => {
                let Expr::Var(name, at) = operand else {
                    return Err(Refusal::new(at, "only a name can be followed"));
                };
                let place = self.place_of(name, *at)?;
                self.line("// SAFETY: A plain access; herd7 says so if it races with another.");
                Ok(Rust::new(
                    format!("unsafe {{ *{place}.as_ptr() }}"),
                    match self.shared.get(name) {
                        Some(Kind::Pointer) => Ty::Pointer,
                        _ => Ty::Int,
                    },
                ))
            }
            UnaryOp::AddressOf => Err(Refusal::new(at, "what is shared comes by its address")),
            UnaryOp::Not => {
                let value = self.expr(operand)?.bool();
                let text = match value.loose {
                    true => format!("!({})", value.text),
                    false => format!("!{}", value.text),
                };
                Ok(Rust::loose(text, Ty::Bool))
            }
            UnaryOp::Neg | UnaryOp::Complement => {
                let value = self.expr(operand)?.int();
                match (op, value.ty) {
                    (_, Ty::Pointer) => Err(Refusal::new(at, "a pointer is no number")),
                    (UnaryOp::Neg, _) => Ok(Rust::new(
                        format!("{}.wrapping_neg()", value.receiver()),
                        Ty::Int,
                    )),
                    _ => Ok(Rust::loose(format!("!{}", value.receiver()), Ty::Int)),
                }
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Rust, Refusal> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let parens = |value: &Rust| match value.loose {
            true => format!("({})", value.text),
            false => value.text.clone(),
        };
        use BinaryOp::{
            Add, And, BitAnd, BitOr, BitXor, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Shl, Shr,
            Sub,
        };
        let pointers = left.ty == Ty::Pointer || right.ty == Ty::Pointer;
        match op {
            And | Or => {
                let (left, right) = (left.bool(), right.bool());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Bool))
            }
            Eq | Ne if pointers && left.ty == right.ty => {
                let text = format!("{} {} {}", left.text, op.symbol(), right.text);
                Ok(Rust::loose(text, Ty::Bool))
            }
            _ if pointers => Err(Refusal::new(
                Span::default(),
                format!("`{}` between an address and something else", op.symbol()),
            )),
            Eq | Ne | Lt | Le | Gt | Ge => {
                let (left, right) = (left.int(), right.int());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Bool))
            }
            BitAnd | BitOr | BitXor => {
                let (left, right) = (left.int(), right.int());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Int))
            }
            Add | Sub | Mul => {
                let method = match op {
                    Add => "wrapping_add",
                    Sub => "wrapping_sub",
                    _ => "wrapping_mul",
                };
                let (left, right) = (left.int(), right.int());
                let text = format!("{}.{method}({})", left.receiver(), right.text);
                Ok(Rust::new(text, Ty::Int))
            }
            Shl | Shr | Div | Rem => Err(Refusal::new(
                Span::default(),
                format!(
                    "`{}`: what C leaves undefined, the kernel's Rust stops at",
                    op.symbol()
                ),
            )),
        }
    }

    fn call(&mut self, name: &str, args: &[Expr], at: Span) -> Result<Rust, Refusal> {
        let Some(op) = Op::named(name) else {
            return Err(Refusal::new(
                at,
                format!("LKMM has no `{name}()`, or Rust has not"),
            ));
        };
        if args.len() != op.arity() {
            let message = format!("`{name}()` takes {}, not {}", op.arity(), args.len());
            return Err(Refusal::new(at, message));
        }
        let first = args.first();
        match op {
            Op::Fence(rust) => Ok(Rust::new(rust, Ty::Unit)),
            Op::Load(how, order) => {
                let place = self.place(first, how, at)?;
                let ty = self.ty_of(&place);
                self.justify(&place);
                Ok(Rust::new(format!("{place}.load({})", order.rust()), ty))
            }
            Op::Store(how, order) => {
                let place = self.place(first, how, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                Ok(Rust::new(
                    format!("{place}.store({value}, {})", order.rust()),
                    Ty::Unit,
                ))
            }
            Op::RcuDereference => {
                let place = self.place(first, Place::Value, at)?;
                match self.ty_of(&place) {
                    Ty::Pointer => Ok(Rust::new(format!("rcu_dereference({place})"), Ty::Pointer)),
                    _ => Err(Refusal::new(at, format!("`{place}` holds no pointer"))),
                }
            }
            Op::RcuAssign => {
                let place = self.place(first, Place::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                match self.ty_of(&place) {
                    Ty::Pointer => Ok(Rust::new(
                        format!("rcu_assign_pointer({place}, {value})"),
                        Ty::Unit,
                    )),
                    _ => Err(Refusal::new(at, format!("`{place}` holds no pointer"))),
                }
            }
            Op::StoreMb => {
                let place = self.place(first, Place::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                Ok(Rust::new(
                    format!("smp_store_mb({place}, {value})"),
                    Ty::Unit,
                ))
            }
            Op::Xchg(order) => {
                let place = self.place(first, Place::Address, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                let ty = self.ty_of(&place);
                Ok(Rust::new(
                    format!("{place}.xchg({value}, {})", order.rust()),
                    ty,
                ))
            }
            Op::Cmpxchg(order) => {
                let place = self.place(first, Place::Address, at)?;
                let old = self.stored(&args[1], &place, at)?;
                let new = self.stored(&args[2], &place, at)?;
                self.justify(&place);
                let text = format!(
                    "{place}.cmpxchg({old}, {new}, {}).unwrap_or_else(|old| old)",
                    order.rust()
                );
                let ty = self.ty_of(&place);
                Ok(Rust::new(text, ty))
            }
            Op::Rmw {
                method,
                implied,
                order,
                returns,
            } => {
                let place = self.place(args.last(), Place::Address, at)?;
                let operand = match implied {
                    Some(number) => number.to_string(),
                    None => self.expr(&args[0])?.int().text,
                };
                self.justify(&place);
                let order = order.map_or(String::new(), |o: Order| format!(", {}", o.rust()));
                let ty = match returns {
                    Returns::Nothing => Ty::Unit,
                    Returns::Int => Ty::Int,
                    Returns::Bool => Ty::Bool,
                };
                Ok(Rust::new(format!("{place}.{method}({operand}{order})"), ty))
            }
            Op::AddUnless => {
                let place = self.place(first, Place::Address, at)?;
                let operand = self.expr(&args[1])?.int().text;
                let unless = self.expr(&args[2])?.int().text;
                self.justify(&place);
                Ok(Rust::new(
                    format!("{place}.add_unless({operand}, {unless})"),
                    Ty::Bool,
                ))
            }
            Op::IsLocked => {
                let place = self.place(first, Place::Address, at)?;
                Ok(Rust::new(format!("spin_is_locked({place})"), Ty::Bool))
            }
            Op::Trylock => {
                let place = self.place(first, Place::Address, at)?;
                Ok(Rust::new(format!("{place}_guard.is_some()"), Ty::Bool))
            }
            Op::SrcuSync(method) => {
                let place = self.place(first, Place::Address, at)?;
                Ok(Rust::new(format!("{place}.{method}()"), Ty::Unit))
            }
            Op::Lock | Op::Unlock | Op::RcuLock | Op::RcuUnlock | Op::SrcuUnlock => {
                Err(Refusal::new(at, format!("`{name}()` returns nothing")))
            }
            Op::SrcuLock => Err(Refusal::new(
                at,
                "a section of readers has to be kept in a variable of its own",
            )),
        }
    }

    /// Says why a pointer may be followed, before the statement that does.
    fn justify(&mut self, place: &str) {
        if place.starts_with("unsafe") {
            self.line("// SAFETY: It points to one of the test's locations: no other is assigned.");
        }
    }

    fn ty_of(&self, place: &str) -> Ty {
        match self.shared.get(place) {
            Some(Kind::Pointer) => Ty::Pointer,
            _ => Ty::Int,
        }
    }

    /// A value to be stored in `place`.
    fn stored(&mut self, value: &Expr, place: &str, at: Span) -> Result<String, Refusal> {
        let wanted = self.ty_of(place);
        if let (Ty::Pointer, Expr::Var(name, _)) = (wanted, value) {
            if self.params.contains(name.as_str()) && self.shared.get(name) == Some(&Kind::Int) {
                self.used.insert(name.clone());
                return Ok(name.clone());
            }
        }
        let value = self.expr(value)?.int();
        match (wanted, value.ty) {
            (Ty::Pointer, Ty::Int) if value.text == "0" => Ok("core::ptr::null()".to_owned()),
            (wanted, ty) if wanted == ty => Ok(value.text),
            _ => Err(Refusal::new(at, format!("`{place}` holds another type"))),
        }
    }
}

/// The variables that a thread declares, in blocks too; by one name there is one.
fn declared(body: &[Stmt]) -> Result<Vec<(String, Ty)>, Refusal> {
    let mut all: Vec<(String, Ty)> = Vec::new();
    for stmt in body {
        match stmt {
            Stmt::Decl { ty, name, at, .. } => {
                let kind = match (ty.base.as_str(), ty.stars) {
                    ("int", 0) => Ty::Int,
                    ("int", 1) => Ty::Pointer,
                    _ => {
                        let ty = ty.to_string();
                        let message = format!("`{}`: a variable is an int or an int *", ty.trim());
                        return Err(Refusal::new(*at, message));
                    }
                };
                if TAKEN.contains(&name.as_str()) {
                    return Err(Refusal::new(
                        *at,
                        format!("`{name}` is a word of Rust's own"),
                    ));
                }
                if all.iter().any(|(other, _)| other == name) {
                    return Err(Refusal::new(*at, format!("`{name}` is declared twice")));
                }
                all.push((name.clone(), kind));
            }
            Stmt::If {
                then, otherwise, ..
            } => {
                all.extend(declared(then)?);
                all.extend(declared(otherwise)?);
            }
            _ => {}
        }
    }
    Ok(all)
}

/// How a variable is used.
#[derive(Default)]
struct Uses {
    assigned: usize,
    read: bool,
    /// The first use is an assignment outside all blocks.
    first_is_top: bool,
    any: bool,
}

fn uses_of(name: &str, body: &[Stmt]) -> Uses {
    let mut uses = Uses::default();
    collect_uses(name, body, true, &mut uses);
    uses
}

fn collect_uses(name: &str, body: &[Stmt], top: bool, uses: &mut Uses) {
    for stmt in body {
        match stmt {
            Stmt::Decl {
                name: target,
                value: Some(value),
                ..
            }
            | Stmt::Assign {
                name: target,
                value,
                ..
            } => {
                collect_reads(name, value, uses);
                if target == name {
                    uses.first_is_top |= top && !uses.any;
                    uses.any = true;
                    uses.assigned += 1;
                }
            }
            Stmt::Decl { value: None, .. } => {}
            Stmt::Store { pointer, value, .. } => {
                collect_reads(name, value, uses);
                if pointer == name {
                    (uses.read, uses.any) = (true, true);
                }
            }
            Stmt::Expr { expr, .. } => collect_reads(name, expr, uses),
            Stmt::If {
                condition,
                then,
                otherwise,
            } => {
                collect_reads(name, condition, uses);
                collect_uses(name, then, false, uses);
                collect_uses(name, otherwise, false, uses);
            }
        }
    }
}

fn collect_reads(name: &str, expr: &Expr, uses: &mut Uses) {
    match expr {
        Expr::Int(_) => {}
        Expr::Var(other, _) if other == name => (uses.read, uses.any) = (true, true),
        Expr::Var(..) => {}
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => collect_reads(name, operand, uses),
        Expr::Binary(_, left, right) => {
            collect_reads(name, left, uses);
            collect_reads(name, right, uses);
        }
        Expr::Call { args, .. } => args.iter().for_each(|arg| collect_reads(name, arg, uses)),
    }
}

/// Refuses a test whose threads may wait for each other for ever, for locks or for readers, or sleep where they
/// must not: a spinlock cannot be given up, and the CPU would be lost with it.
pub(super) fn refuse_deadlocks(test: &Test) -> Result<(), Refusal> {
    let mut orders = BTreeSet::new();
    for thread in &test.threads {
        lock_orders(&thread.body, &mut Vec::new(), &mut orders)?;
    }
    // Whoever is behind a lock, by any number of steps.
    loop {
        let further: BTreeSet<(String, String)> = orders
            .iter()
            .flat_map(|(a, b)| {
                let next = orders.iter().filter(move |(c, _)| c == b);
                next.map(move |(_, d)| (a.clone(), d.clone()))
            })
            .collect();
        let before = orders.len();
        orders.extend(further);
        if orders.len() == before {
            break;
        }
    }
    match orders.iter().find(|(a, b)| a == b) {
        Some((lock, _)) => Err(Refusal::new(
            Span::default(),
            format!("the threads take `{lock}` and another lock, or wait for its readers, in opposite orders: in the kernel they would hang"),
        )),
        None => Ok(()),
    }
}

/// What RCU's readers are in.
const RCU: &str = "rcu_read_lock()";

/// A lock that is held, or a section of readers.
#[derive(Clone)]
struct Inside {
    name: String,
    /// Whether one may sleep there.
    sleeps: bool,
}

fn lock_orders(
    body: &[Stmt],
    held: &mut Vec<Inside>,
    orders: &mut BTreeSet<(String, String)>,
) -> Result<(), Refusal> {
    for stmt in body {
        match stmt {
            Stmt::If {
                then, otherwise, ..
            } => {
                lock_orders(then, &mut held.clone(), orders)?;
                lock_orders(otherwise, &mut held.clone(), orders)?;
            }
            Stmt::Expr {
                expr: Expr::Call { name, args, at },
                ..
            }
            | Stmt::Assign {
                value: Expr::Call { name, args, at },
                ..
            }
            | Stmt::Decl {
                value: Some(Expr::Call { name, args, at }),
                ..
            } => {
                let Some(op) = Op::named(name) else {
                    continue;
                };
                let lock = match args.first() {
                    Some(Expr::Var(lock, _)) => lock.clone(),
                    _ => RCU.to_owned(),
                };
                if op.waits() {
                    if let Some(inside) = held.iter().find(|held| !held.sleeps) {
                        let message =
                            format!("`{name}()` may sleep, and `{}` is held here", inside.name);
                        return Err(Refusal::new(*at, message));
                    }
                }
                if op.waits() || op == Op::Lock {
                    if held.iter().any(|held| held.name == lock) {
                        let message = format!("`{lock}` is held already: this would hang");
                        return Err(Refusal::new(*at, message));
                    }
                    orders.extend(held.iter().map(|held| (held.name.clone(), lock.clone())));
                }
                match op {
                    Op::Lock | Op::RcuLock | Op::SrcuLock => held.push(Inside {
                        name: lock,
                        sleeps: op == Op::SrcuLock,
                    }),
                    Op::Unlock | Op::RcuUnlock | Op::SrcuUnlock => {
                        if let Some(index) = held.iter().rposition(|held| held.name == lock) {
                            held.remove(index);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Ok(())
}
