// SPDX-License-Identifier: GPL-2.0

//! From text to [`Test`]: the grammar is in `litmus.pest`.

use crate::ast::{
    BinaryOp, Expr, Init, Location, Param, Prop, Quantifier, Span, Stmt, Test, Thread, Type,
    UnaryOp, Value,
};
use crate::comments::{Blanked, Open};
use crate::Error;
use pest::error::{Error as PestError, ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest::Parser as _;
use pest_derive::Parser;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Parser)]
#[grammar = "litmus.pest"]
struct Grammar;

/// What no test's name has.
pub(crate) const NOT_IN_NAMES: fn(char) -> bool = |sign| sign.is_whitespace() || sign.is_control();
pub(crate) const WRONG_NAME: &str = "a test's name is one word";

/// Reads a litmus test. `path` is for messages.
///
/// # Errors
///
/// If the text is no test in C.
pub fn parse(path: &Path, text: &str) -> Result<Test, Error> {
    let blanked = match Blanked::of(text) {
        Ok(blanked) => blanked,
        Err(Open(at)) => return Err(Error::at(path, text, at, "this comment is never closed")),
    };
    let mut pairs = Grammar::parse(Rule::file, &blanked.text).map_err(|error| {
        let start = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let at = Span { start, end: start };
        let message = explained(&error, &blanked.text);
        Error::at(path, text, at, message)
    })?;
    let read = Read { path, text };
    read.refuse_deep(pairs.clone())?;
    match pairs.next() {
        Some(file) => {
            let mut test = read.file(file)?;
            test.doc = docs(text, &blanked);
            Ok(test)
        }
        None => Err(Error::at(path, text, Span::default(), "empty")),
    }
}

/// The lines of the comments before the initial state; and of those behind that say a result, where none has yet.
fn docs(text: &str, blanked: &Blanked) -> Vec<String> {
    let says = |lines: &[String]| lines.iter().any(|line| line.starts_with("Result:"));
    let mut all: Vec<String> = Vec::new();
    for remark in &blanked.remarks {
        let lines = doc(text.get(remark.start..remark.end).unwrap_or_default());
        if remark.start < blanked.state || (says(&lines) && !says(&all)) {
            if !all.is_empty() && !lines.is_empty() {
                all.push(String::new());
            }
            all.extend(lines);
        }
    }
    all
}

/// What was expected where the grammar's rules end.
fn explained(error: &PestError<Rule>, text: &str) -> String {
    let (ErrorVariant::ParsingError { positives, .. }, InputLocation::Pos(at)) =
        (&error.variant, &error.location)
    else {
        // The parser's own limit: of its stack.
        return TOO_DEEP.to_owned();
    };
    let at = *at;
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next();
    if let Some(word @ ("while" | "do" | "for" | "goto" | "switch" | "return")) = word {
        return format!("`{word}`: a test has no loops and no jumps here");
    }
    let mut expected: Vec<&str> = positives.iter().map(|rule| plain_name(*rule)).collect();
    let operator = positives.contains(&Rule::add);
    expected.extend(operator.then_some("the end of the expression: `;`, `,` or `)`"));
    let mut seen = BTreeSet::new();
    expected.retain(|name| seen.insert(*name));
    match expected.as_slice() {
        [] => "this is not understood".to_owned(),
        [all @ .., last] if !all.is_empty() => format!("expected {} or {last}", all.join(", ")),
        [one, ..] => format!("expected {one}"),
    }
}

/// What a rule is called where it is missing.
fn plain_name(rule: Rule) -> &'static str {
    match rule {
        Rule::file | Rule::kind => "`C` and the test's name",
        Rule::name => "the test's name",
        Rule::init | Rule::init_item | Rule::init_plain | Rule::init_decl | Rule::init_reg => {
            "the initial state, `{ ... }`"
        }
        Rule::thread | Rule::thread_name => "a thread, `P0(...) { ... }`",
        Rule::param | Rule::ctype | Rule::base | Rule::qualifier => "a type",
        Rule::stars | Rule::star => "`*`",
        Rule::block => "a block",
        Rule::stmt
        | Rule::empty
        | Rule::if_stmt
        | Rule::decl
        | Rule::assign
        | Rule::lvalue
        | Rule::deref_lvalue
        | Rule::discard
        | Rule::call_stmt => "a statement",
        Rule::declarator => "a name",
        Rule::expr | Rule::unary | Rule::primary | Rule::call | Rule::prefix | Rule::cast => {
            "an expression"
        }
        Rule::condition | Rule::quantifier | Rule::exists | Rule::not_exists | Rule::forall => {
            "`exists`, `~exists` or `forall`"
        }
        Rule::prop
        | Rule::prop_or
        | Rule::prop_and
        | Rule::prop_not
        | Rule::negation
        | Rule::truth
        | Rule::atom => "a property",
        Rule::relation => "`=`",
        Rule::location | Rule::register => "a location",
        Rule::int | Rule::number | Rule::value => "a value",
        Rule::ident => "a name",
        Rule::EOI => "the end of the file",
        Rule::tail | Rule::locations => "`locations [...]`",
        Rule::filter => "`filter (...)`",
        _ => "an operator",
    }
}

/// Reads the parser's tree. The grammar says which children a rule has: what is not matched here
/// cannot come.
struct Read<'a> {
    path: &'a Path,
    text: &'a str,
}

/// Why there is no thread without a statement.
const NO_STATEMENT: &str =
    "herd7 takes no thread without a statement; a declaration is one: `int r0;`";

type Result1<T> = Result<T, Error>;

/// How deep the parser's tree may be, and of how many operands an expression: more is no litmus test, and what walks
/// through one would need more stack than there is.
const DEEPEST: usize = 400;
const TOO_DEEP: &str = "this is too long, or nested too deeply";

impl Read<'_> {
    fn refuse_deep(&self, pairs: Pairs<'_, Rule>) -> Result1<()> {
        let mut ends: Vec<usize> = Vec::new();
        for pair in pairs.flatten() {
            let at = span(&pair);
            while ends.last().is_some_and(|end| *end <= at.start) {
                ends.pop();
            }
            ends.push(at.end);
            let long = match pair.as_rule() {
                Rule::expr | Rule::prop_or | Rule::prop_and => pair.into_inner().count() > DEEPEST,
                _ => false,
            };
            if long || ends.len() > DEEPEST {
                return self.error(at, TOO_DEEP);
            }
        }
        Ok(())
    }

    fn error<T>(&self, at: Span, message: impl Into<String>) -> Result1<T> {
        Err(Error::at(self.path, self.text, at, message))
    }

    fn file(&self, file: Pair<'_, Rule>) -> Result1<Test> {
        let mut test = Test {
            name: String::new(),
            doc: Vec::new(),
            init: Vec::new(),
            threads: Vec::new(),
            locations: Vec::new(),
            filter: None,
            quantifier: Quantifier::Exists,
            condition: Prop::Truth(true),
            asked: Span::default(),
        };
        for part in file.into_inner() {
            match part.as_rule() {
                Rule::name if part.as_str().contains(NOT_IN_NAMES) => {
                    return self.error(span(&part), WRONG_NAME);
                }
                Rule::name => {
                    let name = part.as_str();
                    // herd7 does so, too.
                    let name = name.strip_suffix(".litmus").unwrap_or(name);
                    name.clone_into(&mut test.name);
                }
                Rule::body => self.body(&mut test, part)?,
                _ => {}
            }
        }
        Ok(test)
    }

    fn body(&self, test: &mut Test, body: Pair<'_, Rule>) -> Result1<()> {
        for part in body.into_inner() {
            if matches!(part.as_rule(), Rule::tail | Rule::condition) {
                let at = span(&part);
                let start = match test.asked.is_nowhere() {
                    true => at.start,
                    false => test.asked.start,
                };
                test.asked = Span { start, end: at.end };
            }
            match part.as_rule() {
                Rule::init => {
                    for item in part.into_inner() {
                        test.init.push(self.init(item)?);
                    }
                }
                Rule::thread => {
                    let number = test.threads.len();
                    test.threads.push(self.thread(number, part)?);
                }
                Rule::tail => {
                    for tail in part.into_inner() {
                        match tail.as_rule() {
                            Rule::locations => {
                                for one in tail.into_inner() {
                                    test.locations.push(self.location(one)?);
                                }
                            }
                            _ => test.filter = Some(self.last_prop(tail)?),
                        }
                    }
                }
                _ => {
                    let quantifier = part.clone().into_inner().next();
                    let which = quantifier.and_then(|q| q.into_inner().next());
                    test.quantifier = match which.map(|q| q.as_rule()) {
                        Some(Rule::not_exists) => Quantifier::NotExists,
                        Some(Rule::forall) => Quantifier::Forall,
                        _ => Quantifier::Exists,
                    };
                    test.condition = self.last_prop(part)?;
                }
            }
        }
        Ok(())
    }

    fn init(&self, item: Pair<'_, Rule>) -> Result1<Init> {
        let at = span(&item);
        let (mut thread, mut name, mut base, mut stars) = (None, None, None, 0);
        let (mut length, mut value) = (None, None);
        for part in item.into_inner().flat_map(Pair::into_inner) {
            match part.as_rule() {
                Rule::number => thread = Some(self.number(&part)?),
                Rule::ident => name = Some(part.as_str().to_owned()),
                Rule::ctype => base = Some(base_of(part)),
                Rule::stars => stars = part.into_inner().count(),
                Rule::length => {
                    let number = part.into_inner().next();
                    let number = number.map(|number| self.number(&number)).transpose()?;
                    length = Some(number.unwrap_or_default());
                }
                Rule::init_list => {
                    let all = part.into_inner().map(|one| self.value(one));
                    value = Some(Value::List(all.collect::<Result1<_>>()?));
                }
                _ => value = Some(self.value(part)?),
            }
        }
        let Some(name) = name else {
            return self.error(at, "this names nothing");
        };
        // `int a[] = {1, 2};`
        if let (Some(0), Some(Value::List(all))) = (length, &value) {
            length = Some(all.len());
        }
        Ok(Init {
            location: match thread {
                Some(thread) => Location::Register(thread, name),
                None => Location::Shared(name),
            },
            ty: base.map(|base| Type { base, stars }),
            length,
            value,
            at,
        })
    }

    fn thread(&self, number: usize, thread: Pair<'_, Rule>) -> Result1<Thread> {
        let mut read = Thread {
            params: Vec::new(),
            body: Vec::new(),
        };
        for part in thread.into_inner() {
            match part.as_rule() {
                Rule::thread_name if part.as_str() != format!("P{number}") => {
                    let message = format!("threads are numbered in order: this one is P{number}");
                    return self.error(span(&part), message);
                }
                Rule::thread_name | Rule::kw_void | Rule::kw_static => {}
                Rule::param => read.params.push(param(part)),
                _ => {
                    let end = span(&part).end;
                    read.body = self.block(part)?;
                    if read.body.is_empty() {
                        let brace = Span {
                            start: end.saturating_sub(1),
                            end,
                        };
                        return self.error(brace, NO_STATEMENT);
                    }
                }
            }
        }
        Ok(read)
    }

    fn block(&self, block: Pair<'_, Rule>) -> Result1<Vec<Stmt>> {
        let mut body = Vec::new();
        for stmt in block.into_inner() {
            self.stmt(stmt, &mut body)?;
        }
        Ok(body)
    }

    fn stmt(&self, stmt: Pair<'_, Rule>, to: &mut Vec<Stmt>) -> Result1<()> {
        let Some(stmt) = stmt.into_inner().next() else {
            return Ok(());
        };
        let at = span(&stmt);
        match stmt.as_rule() {
            Rule::empty => {}
            Rule::block => to.extend(self.block(stmt)?),
            Rule::if_stmt => {
                let mut parts = stmt
                    .into_inner()
                    .filter(|part| !matches!(part.as_rule(), Rule::kw_if | Rule::kw_else));
                let (mut then, mut otherwise) = (Vec::new(), Vec::new());
                let condition = parts.next();
                let head = condition.as_ref().map_or(at, span);
                let condition = self.expr_of(at, condition)?;
                if let Some(part) = parts.next() {
                    self.stmt(part, &mut then)?;
                }
                if let Some(part) = parts.next() {
                    self.stmt(part, &mut otherwise)?;
                }
                to.push(Stmt::If {
                    condition,
                    then,
                    otherwise,
                    at: head,
                });
            }
            Rule::decl => {
                let mut base = String::new();
                for part in stmt.into_inner() {
                    if part.as_rule() == Rule::ctype {
                        base = base_of(part);
                        continue;
                    }
                    let at = span(&part);
                    let (mut stars, mut name, mut value) = (0, String::new(), None);
                    for piece in part.into_inner() {
                        match piece.as_rule() {
                            Rule::stars => stars = piece.into_inner().count(),
                            Rule::ident => piece.as_str().clone_into(&mut name),
                            _ => value = Some(self.expr(piece)?),
                        }
                    }
                    let base = base.clone();
                    let ty = Type { base, stars };
                    to.push(Stmt::Decl {
                        ty,
                        name,
                        value,
                        at,
                    });
                }
            }
            Rule::assign => {
                let mut parts = stmt.into_inner();
                let mut target = parts.next();
                // In parentheses, perhaps.
                while let Some(Rule::lvalue) = target.as_ref().map(Pair::as_rule) {
                    target = target.and_then(|lvalue| lvalue.into_inner().next());
                }
                let value = self.expr_of(at, parts.next())?;
                to.push(match target {
                    Some(target) if target.as_rule() == Rule::deref_lvalue => Stmt::Store {
                        pointer: self.expr_of(at, target.into_inner().next())?,
                        value,
                        at,
                    },
                    target => Stmt::Assign {
                        name: target.map_or("", |t| t.as_str()).to_owned(),
                        value,
                        at,
                    },
                });
            }
            rule => {
                let inner = stmt.into_inner().find(|p| p.as_rule() != Rule::kw_void);
                to.push(Stmt::Expr {
                    expr: self.expr_of(at, inner)?,
                    void: rule == Rule::discard,
                    at,
                });
            }
        }
        Ok(())
    }

    fn expr_of(&self, at: Span, pair: Option<Pair<'_, Rule>>) -> Result1<Expr> {
        match pair {
            Some(pair) => self.expr(pair),
            None => self.error(at, "an expression is missing"),
        }
    }

    fn expr(&self, pair: Pair<'_, Rule>) -> Result1<Expr> {
        let at = span(&pair);
        match pair.as_rule() {
            Rule::expr => {
                let mut parts = pair.into_inner().peekable();
                let first = self.expr_of(at, parts.next())?;
                self.binary(first, &mut parts, 0)
            }
            Rule::unary => {
                let mut parts = pair.into_inner();
                let first = parts.next();
                let rest = parts.next();
                match (first, rest) {
                    (Some(first), Some(rest)) => {
                        let operand = self.expr(rest)?;
                        Ok(prefixed(&first, operand, at))
                    }
                    (first, _) => self.expr_of(at, first),
                }
            }
            Rule::int => Ok(Expr::Int(self.int(&pair)?)),
            Rule::ident => Ok(Expr::Var(pair.as_str().to_owned(), at)),
            _ => {
                let mut parts = pair.into_inner();
                let name = parts.next().map_or("", |p| p.as_str()).to_owned();
                let args = parts.map(|p| self.expr(p)).collect::<Result1<_>>()?;
                Ok(Expr::Call { name, args, at })
            }
        }
    }

    /// Precedence climbing over `operand (operator operand)*`.
    fn binary<'i>(
        &self,
        mut left: Expr,
        parts: &mut std::iter::Peekable<impl Iterator<Item = Pair<'i, Rule>>>,
        least: u8,
    ) -> Result1<Expr> {
        while let Some(op) = parts.peek().map(|p| binary_op(p.as_rule())) {
            if op.precedence() < least {
                break;
            }
            parts.next();
            let mut right = self.expr_of(Span::default(), parts.next())?;
            while let Some(next) = parts.peek().map(|p| binary_op(p.as_rule())) {
                if next.precedence() <= op.precedence() {
                    break;
                }
                right = self.binary(right, parts, next.precedence())?;
            }
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn last_prop(&self, pair: Pair<'_, Rule>) -> Result1<Prop> {
        let at = span(&pair);
        match pair.into_inner().last() {
            Some(prop) => self.prop(prop),
            None => self.error(at, "a property is missing"),
        }
    }

    fn prop(&self, pair: Pair<'_, Rule>) -> Result1<Prop> {
        let rule = pair.as_rule();
        let at = span(&pair);
        match rule {
            Rule::truth => Ok(Prop::Truth(pair.as_str() == "true")),
            Rule::atom => {
                let (mut location, mut unequal, mut prop) = (None, false, None);
                for part in pair.into_inner() {
                    match (part.as_rule(), &location) {
                        (Rule::location, _) => location = Some(self.location(part)?),
                        (Rule::relation, _) => unequal = part.as_str() == "!=",
                        (Rule::register, Some(location)) => {
                            let other = self.register(part)?;
                            prop = Some(Prop::Same(location.clone(), other));
                        }
                        (_, Some(location)) => {
                            prop = Some(Prop::Is(location.clone(), self.value(part)?));
                        }
                        _ => {}
                    }
                }
                match prop {
                    Some(is) if unequal => Ok(Prop::Not(Box::new(is))),
                    Some(is) => Ok(is),
                    None => self.error(at, "this compares nothing"),
                }
            }
            Rule::prop_not => {
                let mut parts = pair.into_inner();
                match (parts.next(), parts.next()) {
                    (Some(_), Some(operand)) => Ok(Prop::Not(Box::new(self.prop(operand)?))),
                    (Some(only), None) => self.prop(only),
                    _ => self.error(at, "a property is missing"),
                }
            }
            _ => {
                let join = match rule {
                    Rule::prop_and => Prop::And,
                    Rule::prop_or => Prop::Or,
                    _ => Prop::Implies,
                };
                let mut all = pair
                    .into_inner()
                    .map(|p| self.prop(p))
                    .collect::<Result1<Vec<_>>>()?
                    .into_iter();
                match all.next() {
                    Some(first) => Ok(all.fold(first, |p, q| join(Box::new(p), Box::new(q)))),
                    None => self.error(at, "a property is missing"),
                }
            }
        }
    }

    fn location(&self, pair: Pair<'_, Rule>) -> Result1<Location> {
        let at = span(&pair);
        match pair.into_inner().next() {
            Some(inner) if inner.as_rule() == Rule::register => self.register(inner),
            Some(name) => Ok(Location::Shared(name.as_str().to_owned())),
            None => self.error(at, "a location is missing"),
        }
    }

    fn register(&self, pair: Pair<'_, Rule>) -> Result1<Location> {
        let at = span(&pair);
        let mut parts = pair.into_inner();
        match (parts.next(), parts.next()) {
            (Some(thread), Some(name)) => {
                let thread = self.number(&thread)?;
                Ok(Location::Register(thread, name.as_str().to_owned()))
            }
            _ => self.error(at, "a register is written `0:r1`"),
        }
    }

    fn value(&self, pair: Pair<'_, Rule>) -> Result1<Value> {
        match pair.as_rule() {
            Rule::int => Ok(Value::Int(self.int(&pair)?)),
            Rule::ident => Ok(Value::Address(pair.as_str().to_owned())),
            _ => {
                let at = span(&pair);
                match pair.into_inner().next() {
                    Some(inner) => self.value(inner),
                    None => self.error(at, "a value is missing"),
                }
            }
        }
    }

    fn int(&self, pair: &Pair<'_, Rule>) -> Result1<i64> {
        let text = pair.as_str();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0x") {
            let message = format!("{text}: octal to C, and decimal to herd7");
            return self.error(span(pair), message);
        }
        let magnitude = match digits.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        match magnitude {
            Ok(magnitude) => Ok(sign * magnitude),
            Err(error) => self.error(span(pair), format!("{text}: {error}")),
        }
    }

    fn number(&self, pair: &Pair<'_, Rule>) -> Result1<usize> {
        match pair.as_str().parse() {
            Ok(number) => Ok(number),
            Err(error) => self.error(span(pair), format!("{}: {error}", pair.as_str())),
        }
    }
}

fn span(pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span {
        start: span.start(),
        end: span.end(),
    }
}

fn base_of(ctype: Pair<'_, Rule>) -> String {
    ctype
        .into_inner()
        .find(|part| part.as_rule() == Rule::base)
        .map(|base| base.as_str().split_whitespace().collect::<Vec<_>>())
        .unwrap_or_default()
        .join(" ")
}

fn param(pair: Pair<'_, Rule>) -> Param {
    let at = span(&pair);
    let (mut base, mut stars, mut name) = (String::new(), 0, String::new());
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::ctype => base = base_of(part),
            Rule::stars => stars = part.into_inner().count(),
            _ => part.as_str().clone_into(&mut name),
        }
    }
    Param {
        ty: Type { base, stars },
        name,
        at,
    }
}

/// A prefix operator or a cast, with its operand.
fn prefixed(first: &Pair<'_, Rule>, operand: Expr, at: Span) -> Expr {
    let operator = first.clone().into_inner().next();
    if first.as_rule() == Rule::cast {
        let base = operator.map_or("", |base| base.as_str()).to_owned();
        let stars = first.as_str().matches('*').count();
        return Expr::Cast(Type { base, stars }, Box::new(operand));
    }
    let op = match operator.map(|op| op.as_rule()) {
        Some(Rule::neg) => UnaryOp::Neg,
        Some(Rule::not) => UnaryOp::Not,
        Some(Rule::compl) => UnaryOp::Complement,
        Some(Rule::deref) => UnaryOp::Deref,
        _ => UnaryOp::AddressOf,
    };
    match (op, operand) {
        (UnaryOp::Neg, Expr::Int(value)) => Expr::Int(-value),
        (op, operand) => Expr::Unary(op, Box::new(operand), at),
    }
}

fn binary_op(rule: Rule) -> BinaryOp {
    match rule {
        Rule::lor => BinaryOp::Or,
        Rule::land => BinaryOp::And,
        Rule::bor => BinaryOp::BitOr,
        Rule::bxor => BinaryOp::BitXor,
        Rule::band => BinaryOp::BitAnd,
        Rule::eq => BinaryOp::Eq,
        Rule::ne => BinaryOp::Ne,
        Rule::lt => BinaryOp::Lt,
        Rule::le => BinaryOp::Le,
        Rule::gt => BinaryOp::Gt,
        Rule::ge => BinaryOp::Ge,
        Rule::shl => BinaryOp::Shl,
        Rule::shr => BinaryOp::Shr,
        Rule::add => BinaryOp::Add,
        Rule::sub => BinaryOp::Sub,
        Rule::mul => BinaryOp::Mul,
        Rule::div => BinaryOp::Div,
        _ => BinaryOp::Rem,
    }
}

/// The lines of a `(* ... *)` comment, without the frame.
fn doc(comment: &str) -> Vec<String> {
    let inner = comment.strip_prefix("(*").unwrap_or(comment);
    let inner = inner.strip_suffix("*)").unwrap_or(inner);
    let mut lines: Vec<String> = inner
        .lines()
        // Rust's comments have no `\r` in them.
        .flat_map(|line| line.split('\r'))
        .map(|line| {
            let line = line.trim();
            let line = match line.strip_prefix('*') {
                // The end of a comment in the comment is no frame.
                Some(rest) if !rest.starts_with(')') => rest,
                _ => line,
            };
            line.trim().to_owned()
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    lines.split_off(blank)
}

#[cfg(test)]
mod tests;
