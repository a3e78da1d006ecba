// SPDX-License-Identifier: GPL-2.0

//! What a thread does: Rust's statements and methods as LKMM's primitives.

use super::{atomic, c_name, c_type, integer, named, quote_like, Result1};
use crate::ast::{BinaryOp, Expr, Span, Stmt, UnaryOp};
use crate::rust::c_name_of;
use crate::types::{Int, Kind};
use std::collections::BTreeMap;
use syn::spanned::Spanned;
use syn::{BinOp, Block, Ident, Lit, Pat, UnOp};

/// What an expression is in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Value(Kind),
    Bool,
    Unit,
    /// A guard that C keeps as a number.
    Section,
}

const INT: Ty = Ty::Value(Kind::Value(Int::INT, 0));

const WRAPS: &str = "arithmetic wraps: say so, by `wrapping_add()` and such";

/// A lock or a section of readers.
#[derive(Clone, Debug)]
struct Guard {
    name: String,
    /// What leaves it, in C.
    release: Expr,
    /// How deep in blocks it was taken.
    depth: usize,
    /// Perhaps not held: by `try_lock()`. What says that it is, in C.
    tried: Option<Vec<Expr>>,
    released: bool,
}

impl Guard {
    /// Whether it is held where `condition` holds.
    fn held_if(&self, condition: &Expr) -> bool {
        let tried = self.tried.as_ref();
        tried.is_some_and(|tried| tried.contains(condition))
    }
}

/// A thread's function while it is read.
pub(super) struct Body<'a> {
    kinds: &'a BTreeMap<String, Kind>,
    variables: BTreeMap<String, Ty>,
    declared: Vec<Stmt>,
    guards: Vec<Guard>,
    /// What holds in the branches that this is in.
    conditions: Vec<Expr>,
    depth: usize,
}

fn call(name: impl Into<String>, args: Vec<Expr>) -> Expr {
    Expr::Call {
        name: name.into(),
        args,
        at: Span::default(),
    }
}

fn var(name: &str) -> Expr {
    Expr::Var(name.to_owned(), Span::default())
}

fn deref(expr: Expr) -> Expr {
    Expr::Unary(UnaryOp::Deref, Box::new(expr), Span::default())
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::Binary(op, Box::new(left), Box::new(right))
}

/// Whether an expression accesses nothing that is shared.
fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Int(_) | Expr::Var(..) => true,
        Expr::Unary(UnaryOp::Deref, ..) | Expr::Call { .. } => false,
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => is_pure(operand),
        Expr::Binary(_, left, right) => is_pure(left) && is_pure(right),
    }
}

/// A declaration of what is used nowhere: herd7 takes no thread without a statement.
fn unused(kinds: &BTreeMap<String, Kind>) -> Stmt {
    let taken = |name: &String| kinds.keys().any(|location| c_name_of(location) == name);
    let mut name = "r0".to_owned();
    while taken(&name) {
        name.push('0');
    }
    Stmt::Decl {
        ty: c_type(Kind::Value(Int::INT, 0), 0),
        name,
        value: None,
        at: Span::default(),
    }
}

fn effect(expr: Expr) -> Stmt {
    Stmt::Expr {
        expr,
        void: false,
        at: Span::default(),
    }
}

fn wrong<T>(of: &impl Spanned, message: &str) -> Result1<T> {
    Err(syn::Error::new(of.span(), message))
}

impl<'a> Body<'a> {
    /// What the function's block does; `registers` are what the condition may ask for.
    pub(super) fn read(
        block: &Block,
        kinds: &'a BTreeMap<String, Kind>,
        registers: &[Ident],
    ) -> Result1<Vec<Stmt>> {
        let mut body = Body {
            kinds,
            variables: BTreeMap::new(),
            declared: Vec::new(),
            guards: Vec::new(),
            conditions: Vec::new(),
            depth: 0,
        };
        let stmts = body.block(block)?;
        if let Some(missing) = registers
            .iter()
            .find(|r| !body.variables.contains_key(&r.to_string()))
        {
            return wrong(missing, "the thread has no such variable");
        }
        let mut all = body.declared;
        all.extend(stmts);
        if all.is_empty() {
            all.push(unused(kinds));
        }
        Ok(all)
    }

    fn block(&mut self, block: &Block) -> Result1<Vec<Stmt>> {
        self.depth += 1;
        let mut to = Vec::new();
        for stmt in &block.stmts {
            self.stmt(stmt, &mut to)?;
        }
        // What was not dropped is dropped here, the last first.
        let inside = self
            .guards
            .iter()
            .filter(|guard| guard.depth < self.depth)
            .count();
        for guard in self.guards.split_off(inside).into_iter().rev() {
            if !guard.released {
                match guard.tried {
                    None => to.push(effect(guard.release)),
                    Some(_) => {
                        return wrong(block, "a lock that was tried has to be dropped by name")
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(to)
    }

    fn stmt(&mut self, stmt: &syn::Stmt, to: &mut Vec<Stmt>) -> Result1<()> {
        match stmt {
            syn::Stmt::Local(local) => {
                let Some(init) = &local.init else {
                    return wrong(local, "a variable has a value from the start here");
                };
                let (pat, ty) = match &local.pat {
                    Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                    pat => (pat, None),
                };
                match pat {
                    Pat::Ident(pat) => self.declare(&pat.ident, ty, &init.expr, to),
                    Pat::Wild(_) => self.statement(&init.expr, to),
                    pat => wrong(pat, "only a name can be declared"),
                }
            }
            syn::Stmt::Expr(expr, _) => self.statement(expr, to),
            other => wrong(other, "a litmus test does not do this"),
        }
    }

    fn declare(
        &mut self,
        name: &Ident,
        written: Option<&syn::Type>,
        value: &syn::Expr,
        to: &mut Vec<Stmt>,
    ) -> Result1<()> {
        let name_text = name.to_string();
        if let Some(guard) = self.guard(&name_text, value)? {
            let Expr::Call {
                name: release,
                args,
                ..
            } = &guard.release
            else {
                return wrong(value, "this is no lock");
            };
            // A reader's section of SRCU, and whether a lock was taken, are numbers in C.
            let taken = match (release.as_str(), &guard.tried) {
                ("srcu_read_unlock", _) => Some("srcu_read_lock"),
                (_, Some(_)) => Some("spin_trylock"),
                _ => None,
            };
            to.push(match taken {
                Some(taken) => {
                    self.variable(name, Ty::Section)?;
                    Stmt::Assign {
                        name: c_name_of(&name_text).to_owned(),
                        value: call(taken, args[..1].to_vec()),
                        at: Span::default(),
                    }
                }
                None => effect(call(release.replace("unlock", "lock"), args.clone())),
            });
            self.guards.push(guard);
            return Ok(());
        }
        let (value, mut ty) = self.expr(value)?;
        if let Some(written) = written.and_then(number_or_pointer) {
            ty = Ty::Value(written);
        }
        self.variable(name, ty)?;
        let name_text = c_name_of(&name_text).to_owned();
        self.assigned(&name_text, &value);
        to.push(Stmt::Assign {
            name: name_text,
            value,
            at: Span::default(),
        });
        Ok(())
    }

    /// Keeps in mind which variables say that a lock was taken.
    fn assigned(&mut self, name: &str, value: &Expr) {
        let held = binary(BinaryOp::Ne, var(name), Expr::Int(0));
        for tried in self.guards.iter_mut().filter_map(|g| g.tried.as_mut()) {
            tried.retain(|says| *says != held);
            if tried.first() == Some(value) {
                tried.push(held.clone());
            }
        }
    }

    fn variable(&mut self, name: &Ident, ty: Ty) -> Result1<()> {
        c_name(name)?;
        match self.variables.insert(name.to_string(), ty) {
            None => {}
            Some(Ty::Section) if ty == Ty::Section => return Ok(()),
            Some(_) => return wrong(name, "this name is taken: C has one variable of a name"),
        }
        self.declared.push(Stmt::Decl {
            ty: match ty {
                Ty::Value(kind) => c_type(kind, 0),
                _ => c_type(Kind::Value(Int::INT, 0), 0),
            },
            name: c_name_of(&name.to_string()).to_owned(),
            value: None,
            at: Span::default(),
        });
        Ok(())
    }

    /// `s.lock()`, `s.try_lock()`, `rcu::read_lock()`, `ss.read_lock()`.
    fn guard(&self, name: &str, value: &syn::Expr) -> Result1<Option<Guard>> {
        let (release, tried) = match value {
            syn::Expr::MethodCall(method) if method.args.is_empty() => {
                let syn::Expr::Path(path) = &*method.receiver else {
                    return Ok(None);
                };
                let place = named(path)?;
                let kind = self.kinds.get(&place);
                let place = c_name_of(&place);
                match (method.method.to_string().as_str(), kind) {
                    ("lock", Some(Kind::Lock)) => (call("spin_unlock", vec![var(place)]), None),
                    ("try_lock", Some(Kind::Lock)) => (
                        call("spin_unlock", vec![var(place)]),
                        Some(vec![var(c_name_of(name))]),
                    ),
                    ("read_lock", Some(Kind::Srcu)) => {
                        let both = vec![var(place), var(c_name_of(name))];
                        (call("srcu_read_unlock", both), None)
                    }
                    _ => return Ok(None),
                }
            }
            syn::Expr::Call(function) if path_of(&function.func) == "rcu::read_lock" => {
                (call("rcu_read_unlock", Vec::new()), None)
            }
            _ => return Ok(None),
        };
        Ok(Some(Guard {
            name: name.to_owned(),
            release,
            depth: self.depth,
            tried,
            released: false,
        }))
    }

    fn statement(&mut self, expr: &syn::Expr, to: &mut Vec<Stmt>) -> Result1<()> {
        match expr {
            syn::Expr::Assign(assign) => {
                let syn::Expr::Path(path) = &*assign.left else {
                    return wrong(&assign.left, "only a variable is assigned here");
                };
                let (value, _) = self.expr(&assign.right)?;
                let name = c_name_of(&named(path)?).to_owned();
                self.assigned(&name, &value);
                to.push(Stmt::Assign {
                    name,
                    value,
                    at: Span::default(),
                });
            }
            syn::Expr::If(branch) => to.extend(self.branch(branch)?),
            syn::Expr::Block(block) => to.extend(self.block(&block.block)?),
            // `unsafe { *x.as_ptr() = 1 }`
            syn::Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                [syn::Stmt::Expr(syn::Expr::Assign(assign), _)] => {
                    let Some(pointer) = plain(&assign.left) else {
                        return wrong(&assign.left, "only what a pointer points to is stored so");
                    };
                    let (value, _) = self.expr(&assign.right)?;
                    to.push(Stmt::Store {
                        pointer: self.place(pointer)?.0,
                        value,
                        at: Span::default(),
                    });
                }
                // `unsafe { spin_unlock(s) }`
                [syn::Stmt::Expr(call @ syn::Expr::Call(_), _)] => self.statement(call, to)?,
                _ => return wrong(block, "this is no plain store"),
            },
            syn::Expr::Call(function) if path_of(&function.func) == "drop" => {
                let Some(syn::Expr::Path(path)) = function.args.first() else {
                    return wrong(function, "only a guard is dropped here");
                };
                let name = named(path)?;
                let guard = self
                    .guards
                    .iter_mut()
                    .rev()
                    .find(|guard| guard.name == name);
                let Some(guard) = guard.filter(|guard| !guard.released) else {
                    return wrong(path, "this is no guard, or dropped already");
                };
                let held = self.conditions.iter().any(|holds| guard.held_if(holds));
                if guard.tried.is_some() && !held {
                    return wrong(
                        path,
                        "this is dropped where `is_some()` says that it is held",
                    );
                }
                guard.released = true;
                to.push(effect(guard.release.clone()));
            }
            _ => {
                let (expr, ty) = self.expr(expr)?;
                to.push(Stmt::Expr {
                    expr,
                    void: ty != Ty::Unit,
                    at: Span::default(),
                });
            }
        }
        Ok(())
    }

    fn branch(&mut self, branch: &syn::ExprIf) -> Result1<Option<Stmt>> {
        let (condition, _) = self.expr(&branch.cond)?;
        let before: Vec<bool> = self.guards.iter().map(|guard| guard.released).collect();
        self.conditions.push(condition.clone());
        let then = self.block(&branch.then_branch)?;
        self.conditions.pop();
        let after: Vec<bool> = self.guards.iter().map(|guard| guard.released).collect();
        for (guard, released) in self.guards.iter_mut().zip(before) {
            guard.released = released;
        }
        let mut otherwise = Vec::new();
        match branch.else_branch.as_ref().map(|(_, other)| &**other) {
            Some(syn::Expr::Block(block)) => otherwise = self.block(&block.block)?,
            Some(other) => self.statement(other, &mut otherwise)?,
            None => {}
        }
        for (guard, released) in self.guards.iter_mut().zip(after) {
            if guard.released != released && !(released && guard.held_if(&condition)) {
                return wrong(branch, "a guard is dropped on one of two ways only");
            }
            guard.released = released;
        }
        // herd7's C has no empty block.
        Ok(match (then.is_empty(), otherwise.is_empty()) {
            (true, true) if is_pure(&condition) => None,
            (true, true) => Some(Stmt::Expr {
                expr: condition,
                void: true,
                at: Span::default(),
            }),
            (true, false) => Some(Stmt::If {
                condition: binary(BinaryOp::Eq, condition, Expr::Int(0)),
                then: otherwise,
                otherwise: then,
                at: Span::default(),
            }),
            (false, _) => Some(Stmt::If {
                condition,
                then,
                otherwise,
                at: Span::default(),
            }),
        })
    }

    /// The address of a location, and what it is.
    fn place(&mut self, expr: &syn::Expr) -> Result1<(Expr, Kind)> {
        match expr {
            syn::Expr::Path(path) => {
                let name = named(path)?;
                match self.kinds.get(&name) {
                    Some(kind) => Ok((var(c_name_of(&name)), *kind)),
                    None => self.target(expr),
                }
            }
            syn::Expr::Paren(inner) => self.place(&inner.expr),
            // `unsafe { &*r0 }`
            syn::Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                [syn::Stmt::Expr(inner @ syn::Expr::Reference(_), None)] => self.place(inner),
                _ => wrong(block, "this is no location"),
            },
            syn::Expr::Reference(reference) => match &*reference.expr {
                syn::Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => {
                    self.target(&unary.expr)
                }
                other => wrong(other, "this is no location"),
            },
            other => wrong(other, "this is no location"),
        }
    }

    /// Where a pointer points to.
    fn target(&mut self, expr: &syn::Expr) -> Result1<(Expr, Kind)> {
        match self.expr(expr)? {
            (pointer, Ty::Value(Kind::Value(int, stars @ 1..))) => {
                Ok((pointer, Kind::Value(int, stars - 1)))
            }
            _ => wrong(expr, "this is no location"),
        }
    }

    fn expr(&mut self, expr: &syn::Expr) -> Result1<(Expr, Ty)> {
        match expr {
            syn::Expr::Paren(inner) => self.expr(&inner.expr),
            syn::Expr::Lit(literal) => match &literal.lit {
                Lit::Int(_) => Ok((Expr::Int(integer(expr)?), INT)),
                Lit::Bool(truth) => Ok((Expr::Int(truth.value.into()), Ty::Bool)),
                other => wrong(other, "this is no number"),
            },
            syn::Expr::Path(path) => {
                let name = named(path)?;
                let c = var(c_name_of(&name));
                match (self.variables.get(&name), self.kinds.get(&name)) {
                    (Some(ty), _) => Ok((c, *ty)),
                    (None, Some(Kind::Value(int, stars))) => {
                        Ok((c, Ty::Value(Kind::Value(*int, stars + 1))))
                    }
                    _ => wrong(path, "this has no value"),
                }
            }
            syn::Expr::Unary(unary) => self.unary(expr, unary),
            syn::Expr::Binary(binary) => self.binary(binary),
            syn::Expr::MethodCall(method) => self.method(method),
            syn::Expr::Call(function) => self.function(function),
            // `unsafe { *x.as_ptr() }`
            syn::Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                [syn::Stmt::Expr(inner, None)] => match plain(inner) {
                    Some(pointer) => {
                        let (place, kind) = self.place(pointer)?;
                        Ok((deref(place), Ty::Value(kind)))
                    }
                    None => self.expr(inner),
                },
                _ => wrong(block, "this is no plain access"),
            },
            // As C converts it, without a word.
            syn::Expr::Cast(cast) => {
                let (value, _) = self.expr(&cast.expr)?;
                match number_or_pointer(&cast.ty) {
                    Some(kind) => Ok((value, Ty::Value(kind))),
                    None => wrong(&cast.ty, "C has no such type"),
                }
            }
            // The number in one of the engine's small types.
            syn::Expr::Field(field) if matches!(&field.member, syn::Member::Unnamed(at) if at.index == 0) => {
                self.expr(&field.base)
            }
            other => wrong(other, "a litmus test has no such expression"),
        }
    }

    fn unary(&mut self, expr: &syn::Expr, unary: &syn::ExprUnary) -> Result1<(Expr, Ty)> {
        match (&unary.op, integer(expr)) {
            (UnOp::Neg(_), Ok(number)) => Ok((Expr::Int(number), INT)),
            (UnOp::Neg(_), Err(_)) => wrong(unary, WRAPS),
            (UnOp::Not(_), _) => {
                let (value, ty) = self.expr(&unary.expr)?;
                // herd7's C has neither `!` nor `~`.
                let (op, with) = match ty {
                    Ty::Bool => (BinaryOp::Eq, 0),
                    _ => (BinaryOp::BitXor, -1),
                };
                Ok((binary(op, value, Expr::Int(with)), ty))
            }
            // `(*x.as_ptr()).0`, where all is unsafe already.
            (UnOp::Deref(_), _) => match plain(expr) {
                Some(pointer) => {
                    let (place, kind) = self.place(pointer)?;
                    Ok((deref(place), Ty::Value(kind)))
                }
                None => wrong(unary, "what is shared is read by methods"),
            },
            _ => wrong(unary, "what is shared is read by methods"),
        }
    }

    fn binary(&mut self, infix: &syn::ExprBinary) -> Result1<(Expr, Ty)> {
        let (left, left_ty) = self.expr(&infix.left)?;
        let (right, _) = self.expr(&infix.right)?;
        let (op, ty) = match infix.op {
            // herd7's C has neither `&&` nor `||`: of 0 and 1, `&` and `|` are the same, and evaluate both.
            BinOp::And(_) | BinOp::Or(_) if !is_pure(&right) => {
                return wrong(&infix.right, "this is evaluated or not: say so by an `if`")
            }
            BinOp::And(_) => (BinaryOp::BitAnd, Ty::Bool),
            BinOp::Or(_) => (BinaryOp::BitOr, Ty::Bool),
            BinOp::Eq(_) => (BinaryOp::Eq, Ty::Bool),
            BinOp::Ne(_) => (BinaryOp::Ne, Ty::Bool),
            BinOp::Lt(_) => (BinaryOp::Lt, Ty::Bool),
            BinOp::Le(_) => (BinaryOp::Le, Ty::Bool),
            BinOp::Gt(_) => (BinaryOp::Gt, Ty::Bool),
            BinOp::Ge(_) => (BinaryOp::Ge, Ty::Bool),
            BinOp::BitAnd(_) => (BinaryOp::BitAnd, left_ty),
            BinOp::BitOr(_) => (BinaryOp::BitOr, left_ty),
            BinOp::BitXor(_) => (BinaryOp::BitXor, left_ty),
            _ => return wrong(&infix.op, WRAPS),
        };
        Ok((binary(op, left, right), ty))
    }

    fn function(&mut self, function: &syn::ExprCall) -> Result1<(Expr, Ty)> {
        let path = path_of(&function.func);
        let arg = |number: usize| match function.args.iter().nth(number) {
            Some(arg) => Ok(arg),
            None => wrong(function, "an argument is missing"),
        };
        let fence = |name: &str| Ok((call(name, Vec::new()), Ty::Unit));
        let number = path.strip_suffix("::from").and_then(Int::of_rust);
        if let Some(int) = number {
            return Ok((self.expr(arg(0)?)?.0, Ty::Value(Kind::Value(int, 0))));
        }
        match path.as_str() {
            "U8" | "U16" => Ok((self.expr(arg(0)?)?.0, INT)),
            "core::ptr::from_ref" => match self.place(arg(0)?)? {
                (place, Kind::Value(int, stars)) => {
                    Ok((place, Ty::Value(Kind::Value(int, stars + 1))))
                }
                _ => wrong(function, "this has no value"),
            },
            "core::ptr::null" => Ok((Expr::Int(0), Ty::Value(Kind::Value(Int::INT, 1)))),
            "smp_mb" => match path_of(arg(0)?).as_str() {
                "Full" => fence("smp_mb"),
                "Read" => fence("smp_rmb"),
                "Write" => fence("smp_wmb"),
                _ => wrong(function, "a barrier is `Full`, `Read` or `Write`"),
            },
            "rcu::synchronize_rcu" => fence("synchronize_rcu"),
            "synchronize_rcu_expedited" | "barrier" => fence(&path),
            "rcu_dereference" => {
                let (place, kind) = self.place(arg(0)?)?;
                Ok((call("rcu_dereference", vec![deref(place)]), Ty::Value(kind)))
            }
            "rcu_assign_pointer" | "smp_store_mb" => {
                let place = deref(self.place(arg(0)?)?.0);
                let (value, _) = self.expr(arg(1)?)?;
                Ok((call(path, vec![place, value]), Ty::Unit))
            }
            "spin_lock" | "spin_unlock" => {
                let place = self.place(arg(0)?)?.0;
                Ok((call(path, vec![place]), Ty::Unit))
            }
            "spin_trylock" => {
                let place = self.place(arg(0)?)?.0;
                Ok((call(path, vec![place]), Ty::Bool))
            }
            "spin_is_locked" => {
                let place = self.place(arg(0)?)?.0;
                Ok((call("spin_is_locked", vec![place]), Ty::Bool))
            }
            name if name.starts_with("smp_mb_") && function.args.is_empty() => {
                fence(&name.replacen("smp_mb_", "smp_mb__", 1))
            }
            _ => wrong(function, "LKMM has no such function"),
        }
    }

    fn method(&mut self, method: &syn::ExprMethodCall) -> Result1<(Expr, Ty)> {
        let name = method.method.to_string();
        let args: Vec<&syn::Expr> = method.args.iter().collect();
        // What is said of values, not of locations.
        match (name.as_str(), args.as_slice()) {
            ("wrapping_add" | "wrapping_sub" | "wrapping_mul", [right]) => {
                let (left, ty) = self.expr(&method.receiver)?;
                let (right, _) = self.expr(right)?;
                let op = match name.as_str() {
                    "wrapping_add" => BinaryOp::Add,
                    "wrapping_sub" => BinaryOp::Sub,
                    _ => BinaryOp::Mul,
                };
                return Ok((binary(op, left, right), ty));
            }
            ("wrapping_neg", []) => {
                let (value, ty) = self.expr(&method.receiver)?;
                return Ok((binary(BinaryOp::Sub, Expr::Int(0), value), ty));
            }
            ("wrapping_offset", [offset]) => {
                let (pointer, ty) = self.expr(&method.receiver)?;
                let (offset, _) = self.expr(offset)?;
                return Ok((binary(BinaryOp::Add, pointer, offset), ty));
            }
            ("is_null", []) => {
                let (value, _) = self.expr(&method.receiver)?;
                return Ok((binary(BinaryOp::Eq, value, Expr::Int(0)), Ty::Bool));
            }
            ("is_some", []) => {
                let name = path_of(&method.receiver);
                let guard = self.guards.iter().rev().find(|held| held.name == name);
                return match guard.filter(|guard| guard.tried.is_some() && !guard.released) {
                    Some(_) => Ok((var(c_name_of(&name)), Ty::Bool)),
                    None => wrong(method, "this was not tried"),
                };
            }
            // What was there, whether it was replaced or not: as C's cmpxchg() returns it.
            ("unwrap_or_else", [closure]) if is_identity(closure) => {
                return self.expr(&method.receiver)
            }
            _ => {}
        }

        let (location, kind) = self.place(&method.receiver)?;
        let content = Ty::Value(kind);
        let (operands, order) = match args.split_last() {
            Some((last, rest)) => match suffix(&path_of(last)) {
                Some(suffix) => (rest, Some(suffix)),
                None => (args.as_slice(), None),
            },
            None => (args.as_slice(), None),
        };
        let mut values = Vec::new();
        for operand in operands {
            values.push(self.expr(operand)?.0);
        }
        let with = |mut before: Vec<Expr>, after: Vec<Expr>| {
            before.extend(after);
            before
        };
        match (name.as_str(), order, values.len()) {
            ("load", Some("_relaxed"), 0) => {
                Ok((call("READ_ONCE", vec![deref(location)]), content))
            }
            ("load", Some("_acquire"), 0) => {
                Ok((call("smp_load_acquire", vec![location]), content))
            }
            ("store", Some("_relaxed"), 1) => Ok((
                call("WRITE_ONCE", with(vec![deref(location)], values)),
                Ty::Unit,
            )),
            ("store", Some("_release"), 1) => Ok((
                call("smp_store_release", with(vec![location], values)),
                Ty::Unit,
            )),
            ("xchg", Some(suffix), 1) | ("cmpxchg", Some(suffix), 2) => Ok((
                call(format!("{name}{suffix}"), with(vec![location], values)),
                content,
            )),
            ("add", Some("_relaxed"), 1) => {
                Ok((call("atomic_add", with(values, vec![location])), Ty::Unit))
            }
            ("sub" | "and" | "andnot" | "or" | "xor", None, 1) => Ok((
                call(format!("atomic_{name}"), with(values, vec![location])),
                Ty::Unit,
            )),
            ("add_and_test", None, 1) if values == [Expr::Int(1)] => {
                Ok((call("atomic_inc_and_test", vec![location]), Ty::Bool))
            }
            ("sub_and_test", None, 1) => Ok((
                call("atomic_sub_and_test", with(values, vec![location])),
                Ty::Bool,
            )),
            ("add_unless", None, 2) => Ok((
                call("atomic_add_unless", with(vec![location], values)),
                Ty::Bool,
            )),
            (_, Some(suffix), 1)
                if crate::ops::Op::named(&format!("atomic_{name}{suffix}")).is_some() =>
            {
                let ty = match name.as_str() {
                    "add_negative" => Ty::Bool,
                    _ => content,
                };
                Ok((
                    call(
                        format!("atomic_{name}{suffix}"),
                        with(values, vec![location]),
                    ),
                    ty,
                ))
            }
            ("synchronize", None, 0) => Ok((call("synchronize_srcu", vec![location]), Ty::Unit)),
            ("synchronize_expedited", None, 0) => {
                Ok((call("synchronize_srcu_expedited", vec![location]), Ty::Unit))
            }
            _ => wrong(method, "LKMM has no such operation"),
        }
    }
}

/// What a variable of this type is.
fn number_or_pointer(ty: &syn::Type) -> Option<Kind> {
    let text = quote_like(ty);
    if let Some(target) = text.strip_prefix("*const") {
        return match atomic(target)? {
            Kind::Value(int, stars) => Some(Kind::Value(int, stars + 1)),
            _ => None,
        };
    }
    let int = if text == "isize" {
        Some(Int::LONG)
    } else {
        Int::of_rust(&text)
    };
    int.map(|int| Kind::Value(int, 0))
}

/// Whether it is `|old| old`.
fn is_identity(closure: &syn::Expr) -> bool {
    let syn::Expr::Closure(closure) = closure else {
        return false;
    };
    match (closure.inputs.first(), &*closure.body) {
        (Some(Pat::Ident(input)), syn::Expr::Path(path)) => path.path.is_ident(&input.ident),
        _ => false,
    }
}

/// What `*x.as_ptr()` accesses.
fn plain(expr: &syn::Expr) -> Option<&syn::Expr> {
    let syn::Expr::Unary(unary) = expr else {
        return None;
    };
    match (&unary.op, &*unary.expr) {
        (UnOp::Deref(_), syn::Expr::MethodCall(method)) if method.method == "as_ptr" => {
            Some(&method.receiver)
        }
        _ => None,
    }
}

/// A path as one would write it; nothing for what is none.
fn path_of(expr: &syn::Expr) -> String {
    let syn::Expr::Path(path) = expr else {
        return String::new();
    };
    let names: Vec<String> = path
        .path
        .segments
        .iter()
        .map(|s| s.ident.to_string())
        .collect();
    names.join("::")
}

/// How C ends the name of an operation with this ordering.
fn suffix(order: &str) -> Option<&'static str> {
    match order {
        "Relaxed" => Some("_relaxed"),
        "Acquire" => Some("_acquire"),
        "Release" => Some("_release"),
        "Full" => Some(""),
        _ => None,
    }
}
