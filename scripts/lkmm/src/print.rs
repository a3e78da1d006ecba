// SPDX-License-Identifier: GPL-2.0

//! From [`Test`] to text: C litmus form, as herd7 reads it and the kernel's own tests look.

use crate::ast::{
    Expr, Init, Location, Prop, Quantifier, Stmt, Test, Thread, Type, UnaryOp, Value,
};
use crate::comments;
use std::fmt::{self, Display, Formatter};

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "C {}\n", self.name)?;
        if !self.doc.is_empty() {
            writeln!(f, "(*")?;
            for line in comments::printable(&self.doc).lines() {
                writeln!(f, "{}", format!(" * {line}").trim_end())?;
            }
            writeln!(f, " *)\n")?;
        }
        if self.init.is_empty() {
            writeln!(f, "{{}}")?;
        } else {
            writeln!(f, "{{")?;
            for init in &self.init {
                writeln!(f, "\t{init};")?;
            }
            writeln!(f, "}}")?;
        }
        for (number, thread) in self.threads.iter().enumerate() {
            writeln!(f, "\nP{number}{thread}")?;
        }
        writeln!(f)?;
        if !self.locations.is_empty() {
            let all: Vec<String> = self.locations.iter().map(Location::to_string).collect();
            writeln!(f, "locations [{}]", all.join("; "))?;
        }
        if let Some(filter) = &self.filter {
            writeln!(f, "filter ({filter})")?;
        }
        writeln!(f, "{} ({})", self.quantifier, self.condition)
    }
}

impl Display for Init {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(ty) = &self.ty {
            write!(f, "{ty}")?;
        }
        write!(f, "{}", self.location)?;
        if let Some(length) = self.length {
            write!(f, "[{length}]")?;
        }
        match (&self.ty, &self.value) {
            (_, None) => Ok(()),
            (Some(ty), Some(Value::Int(value))) if ty.base == "atomic_t" => {
                write!(f, " = ATOMIC_INIT({value})")
            }
            (Some(_), Some(Value::Address(name))) => write!(f, " = &{name}"),
            (_, Some(value)) => write!(f, " = {value}"),
        }
    }
}

/// With what separates it from the name that follows: `int `, `int *`.
impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.base, "*".repeat(self.stars))
    }
}

/// From the parameters on.
impl Display for Thread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| format!("{}{}", param.ty, param.name))
            .collect();
        writeln!(f, "({})\n{{", params.join(", "))?;
        let mut declared = 0;
        for stmt in &self.body {
            declared += usize::from(matches!(stmt, Stmt::Decl { value: None, .. }));
            if declared != 0 && !matches!(stmt, Stmt::Decl { value: None, .. }) {
                declared = 0;
                writeln!(f)?;
            }
            write_stmt(f, stmt, 1)?;
        }
        write!(f, "}}")
    }
}

fn write_stmt(f: &mut Formatter<'_>, stmt: &Stmt, depth: usize) -> fmt::Result {
    let indent = "\t".repeat(depth);
    match stmt {
        Stmt::Decl {
            ty,
            name,
            value: None,
            ..
        } => writeln!(f, "{indent}{ty}{name};"),
        Stmt::Decl {
            ty,
            name,
            value: Some(value),
            ..
        } => writeln!(f, "{indent}{ty}{name} = {value};"),
        Stmt::Assign { name, value, .. } => writeln!(f, "{indent}{name} = {value};"),
        Stmt::Store { pointer, value, .. } => {
            write!(f, "{indent}*")?;
            write_operand(f, pointer, matches!(pointer, Expr::Binary(..)))?;
            writeln!(f, " = {value};")
        }
        Stmt::Expr {
            expr, void: true, ..
        } => {
            write!(f, "{indent}(void)")?;
            write_operand(f, expr, matches!(expr, Expr::Binary(..)))?;
            writeln!(f, ";")
        }
        Stmt::Expr { expr, .. } => writeln!(f, "{indent}{expr};"),
        Stmt::If {
            condition,
            then,
            otherwise,
            ..
        } => {
            writeln!(f, "{indent}if ({condition}) {{")?;
            for stmt in then {
                write_stmt(f, stmt, depth + 1)?;
            }
            if !otherwise.is_empty() {
                writeln!(f, "{indent}}} else {{")?;
                for stmt in otherwise {
                    write_stmt(f, stmt, depth + 1)?;
                }
            }
            writeln!(f, "{indent}}}")
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Var(name, _) => f.write_str(name),
            Self::Unary(op, operand, _) => {
                f.write_str(op.symbol())?;
                let same_sign = *op == UnaryOp::Neg && matches!(**operand, Self::Int(v) if v < 0);
                write_operand(
                    f,
                    operand,
                    same_sign || matches!(**operand, Self::Binary(..)),
                )
            }
            Self::Binary(op, left, right) => {
                // herd7 reads no comparison of a comparison without parentheses.
                let looser = |e: &Self, least| match e {
                    Self::Binary(o, ..) => {
                        o.precedence() < least || (op.compares() && o.compares())
                    }
                    _ => false,
                };
                write_operand(f, left, looser(left, op.precedence()))?;
                write!(f, " {} ", op.symbol())?;
                write_operand(f, right, looser(right, op.precedence() + 1))
            }
            Self::Cast(ty, operand) => {
                write!(f, "({}{})", ty.base, "*".repeat(ty.stars))?;
                write_operand(f, operand, matches!(**operand, Self::Binary(..)))
            }
            Self::Call { name, args, .. } => {
                let args: Vec<String> = args.iter().map(Self::to_string).collect();
                write!(f, "{name}({})", args.join(", "))
            }
        }
    }
}

fn write_operand(f: &mut Formatter<'_>, operand: &Expr, parens: bool) -> fmt::Result {
    if parens {
        write!(f, "({operand})")
    } else {
        write!(f, "{operand}")
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register(thread, name) => write!(f, "{thread}:{name}"),
            Self::Shared(name) => f.write_str(name),
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Address(name) => f.write_str(name),
            Self::List(all) => {
                let all: Vec<String> = all.iter().map(Self::to_string).collect();
                write!(f, "{{{}}}", all.join(", "))
            }
        }
    }
}

impl Display for Quantifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "exists",
            Self::NotExists => "~exists",
            Self::Forall => "forall",
        })
    }
}

impl Prop {
    fn precedence(&self) -> u8 {
        match self {
            Self::Implies(..) => 1,
            Self::Or(..) => 2,
            Self::And(..) => 3,
            Self::Truth(_) | Self::Is(..) | Self::Same(..) | Self::Not(_) => 4,
        }
    }
}

impl Display for Prop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let operand = |f: &mut Formatter<'_>, p: &Self, least: u8| {
            if p.precedence() < least {
                write!(f, "({p})")
            } else {
                write!(f, "{p}")
            }
        };
        let (p, sign, q, left, right) = match self {
            Self::Truth(truth) => return write!(f, "{truth}"),
            Self::Is(location, value) => return write!(f, "{location}={value}"),
            Self::Same(left, right) => return write!(f, "{left}={right}"),
            Self::Not(p) => {
                f.write_str("~")?;
                return write!(f, "({p})");
            }
            Self::And(p, q) => (p, "/\\", q, 3, 4),
            Self::Or(p, q) => (p, "\\/", q, 2, 3),
            Self::Implies(p, q) => (p, "=>", q, 2, 1),
        };
        operand(f, p, left)?;
        write!(f, " {sign} ")?;
        operand(f, q, right)
    }
}
