// SPDX-License-Identifier: GPL-2.0

//! From Rust to [`Test`]: reads each `litmus!` of a Rust file, so that it can be printed in C litmus form and herd7
//! can judge it. The inverse of [`rust`](crate::rust).

mod body;

use crate::ast::{Init, Location, Param, Prop, Quantifier, Span, Test, Thread, Type, Value};
use crate::parse::{NOT_IN_NAMES, WRONG_NAME};
use crate::rust::c_name_of;
use crate::types::{Int, Kind};
use crate::Error;
use body::Body;
use quote::ToTokens as _;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{braced, parenthesized, Attribute, BinOp, Block, Expr, Ident, Lit, LitStr, Token, UnOp};

type Result1<T> = Result<T, syn::Error>;

/// A test that is written in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it means.
    pub test: Test,
    /// Its text.
    pub rust: Rust,
}

/// A `litmus!`, as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rust {
    text: String,
    /// Where the module's name is in the text.
    module: Range<usize>,
}

impl Rust {
    /// Its module.
    pub fn module(&self) -> &str {
        &self.text[self.module.clone()]
    }

    /// The same with another name for the module: tests of several files may have the same.
    pub fn named(&self, module: &str) -> String {
        let mut text = self.text.clone();
        text.replace_range(self.module.clone(), module);
        text
    }
}

/// Every `litmus!` of a Rust file. `path` is for messages.
///
/// # Errors
///
/// If the file is no Rust, or a test says what has no C litmus form.
pub fn tests(path: &Path, text: &str) -> Result<Vec<Written>, Error> {
    let wrong = |error: &syn::Error| {
        let range = error.span().byte_range();
        let at = Span {
            start: range.start,
            end: range.end,
        };
        Error::at(path, text, at, error.to_string())
    };
    let file = syn::parse_file(text).map_err(|error| wrong(&error))?;
    file.items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Macro(item) if item.mac.path.is_ident("litmus") => Some(item),
            _ => None,
        })
        .map(|item| {
            let form = item.mac.parse_body::<Form>();
            let form = form.map_err(|error| wrong(&error))?;
            let (whole, module) = (item.span().byte_range(), form.module.span().byte_range());
            let rust = Rust {
                text: text[whole.clone()].to_owned(),
                module: module.start - whole.start..module.end - whole.start,
            };
            let test = form.test().map_err(|error| wrong(&error))?;
            Ok(Written { test, rust })
        })
        .collect()
}

/// What a shared location is.
fn kind_of(ty: &syn::Type) -> Result1<Kind> {
    let unknown = || syn::Error::new(ty.span(), "no shared location has this type");
    match quote_like(ty).as_str() {
        "SpinLock<()>" => Ok(Kind::Lock),
        "Srcu" => Ok(Kind::Srcu),
        text => atomic(text).ok_or_else(unknown),
    }
}

/// What `Atomic<i32>`, `Atomic<*const Atomic<i32>>` and such are.
fn atomic(text: &str) -> Option<Kind> {
    let inner = text.strip_prefix("Atomic<")?.strip_suffix('>')?;
    if let Some(target) = inner.strip_prefix("*const") {
        return match atomic(target)? {
            Kind::Value(int, stars) => Some(Kind::Value(int, stars + 1)),
            _ => None,
        };
    }
    // Small unsigned numbers have types of the engine's own.
    let int = Int::of_rust(&inner.to_lowercase())?;
    let small = int.bits < 32 && !int.signed;
    (small == inner.starts_with('U')).then_some(Kind::Value(int, 0))
}

/// The type of so many pointers to what is in a location, in C.
fn c_type(kind: Kind, pointers: usize) -> Type {
    let (base, stars) = match kind {
        Kind::Value(int, stars) => (int.c(), stars),
        Kind::Lock => ("spinlock_t", 0),
        Kind::Srcu => ("struct srcu_struct", 0),
    };
    Type {
        base: base.to_owned(),
        stars: stars + pointers,
    }
}

/// A type's text, without what separates its tokens.
fn quote_like(ty: &syn::Type) -> String {
    let text = ty.to_token_stream().to_string();
    text.split_whitespace().collect()
}

/// `name: type`, and what may follow an `=`.
struct Declared {
    name: Ident,
    ty: syn::Type,
    init: Option<Expr>,
}

impl Parse for Declared {
    fn parse(input: ParseStream<'_>) -> Result1<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        let init = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { name, ty, init })
    }
}

/// A thread: its function.
struct Function {
    name: Ident,
    params: Vec<Declared>,
    registers: Vec<Ident>,
    body: Block,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result1<Self> {
        input.parse::<Token![fn]>()?;
        let name = input.parse()?;
        let inner;
        parenthesized!(inner in input);
        let params = Punctuated::<Declared, Token![,]>::parse_terminated(&inner)?;
        input.parse::<Token![->]>()?;
        let inner;
        parenthesized!(inner in input);
        let registers = Punctuated::<Declared, Token![,]>::parse_terminated(&inner)?;
        Ok(Self {
            name,
            params: params.into_iter().collect(),
            registers: registers
                .into_iter()
                .map(|register| register.name)
                .collect(),
            body: input.parse()?,
        })
    }
}

/// What stands in a `litmus!`.
struct Form {
    doc: Vec<String>,
    module: Ident,
    name: LitStr,
    shared: Vec<Declared>,
    threads: Vec<Function>,
    observed: Vec<Ident>,
    filter: Expr,
    quantifier: Quantifier,
    condition: Expr,
}

impl Parse for Form {
    fn parse(input: ParseStream<'_>) -> Result1<Self> {
        let doc = input
            .call(Attribute::parse_outer)?
            .iter()
            .filter_map(doc_line)
            .collect();
        input.parse::<Token![mod]>()?;
        let module = input.parse()?;
        input.parse::<Token![=]>()?;
        let name = input.parse()?;
        input.parse::<Token![;]>()?;
        word(input, "shared")?;
        let inner;
        braced!(inner in input);
        let shared = Punctuated::<Declared, Token![,]>::parse_terminated(&inner)?;
        let mut threads = Vec::new();
        while input.peek(Token![fn]) {
            threads.push(input.parse()?);
        }
        word(input, "observe")?;
        let inner;
        parenthesized!(inner in input);
        let observed = Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?;
        word(input, "filter")?;
        let filter = in_parentheses(input)?;
        let quantifier: Ident = input.parse()?;
        let quantifier = match quantifier.to_string().as_str() {
            "exists" => Quantifier::Exists,
            "not_exists" => Quantifier::NotExists,
            "forall" => Quantifier::Forall,
            _ => {
                let message = "a condition is `exists`, `not_exists` or `forall`";
                return Err(syn::Error::new(quantifier.span(), message));
            }
        };
        Ok(Self {
            doc,
            module,
            name,
            shared: shared.into_iter().collect(),
            threads,
            observed: observed.into_iter().collect(),
            filter,
            quantifier,
            condition: in_parentheses(input)?,
        })
    }
}

fn word(input: ParseStream<'_>, wanted: &str) -> Result1<()> {
    let found: Ident = input.parse()?;
    match found == wanted {
        true => Ok(()),
        false => Err(syn::Error::new(
            found.span(),
            format!("`{wanted}` is expected here"),
        )),
    }
}

fn in_parentheses(input: ParseStream<'_>) -> Result1<Expr> {
    let inner;
    parenthesized!(inner in input);
    inner.parse()
}

/// A line of a doc comment, as it was before rustdoc's own signs were kept from it.
fn doc_line(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(syn::ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &pair.value
    else {
        return None;
    };
    let line = text.value();
    let line = line.strip_prefix(' ').unwrap_or(&line);
    Some(
        ["[", "]", "*", "<"]
            .iter()
            .fold(line.to_owned(), |line, sign| {
                line.replace(&format!("\\{sign}"), sign)
            }),
    )
}

impl Form {
    fn test(self) -> Result1<Test> {
        let mut kinds = BTreeMap::new();
        let mut init = Vec::new();
        for location in &self.shared {
            let name = location.name.to_string();
            let kind = kind_of(&location.ty)?;
            kinds.insert(name.clone(), kind);
            let Some(value) = &location.init else {
                continue;
            };
            let value = match value {
                Expr::Path(path) => Value::Address(c_name_of(&named(path)?).to_owned()),
                _ => Value::Int(integer(value)?),
            };
            // herd7 reads no more than one star here, and no address of what is a number; and it asks for no type.
            let ty = match (kind, &value) {
                (Kind::Value(Int::INT, 0) | Kind::Value(_, 2..), _) => None,
                (Kind::Value(_, 0), Value::Address(_)) => None,
                (kind, _) => Some(c_type(kind, 0)),
            };
            init.push(Init {
                location: Location::Shared(c_name_of(&name).to_owned()),
                ty,
                length: None,
                value: Some(value),
                at: Span::default(),
            });
        }
        if self.name.value().contains(NOT_IN_NAMES) {
            return Err(syn::Error::new(self.name.span(), WRONG_NAME));
        }
        let mut threads = Vec::new();
        for (number, function) in self.threads.iter().enumerate() {
            if function.name != format!("p{number}") {
                let message = format!("threads are named in order: this one is `p{number}`");
                return Err(syn::Error::new(function.name.span(), message));
            }
            let mut params = Vec::new();
            for param in &function.params {
                let syn::Type::Reference(reference) = &param.ty else {
                    return Err(syn::Error::new(
                        param.ty.span(),
                        "a thread takes references",
                    ));
                };
                c_name(&param.name)?;
                params.push(Param {
                    ty: c_type(kind_of(&reference.elem)?, 1),
                    name: c_name_of(&param.name.to_string()).to_owned(),
                    at: Span::default(),
                });
            }
            let body = Body::read(&function.body, &kinds, &function.registers)?;
            threads.push(Thread { params, body });
        }
        let observed: Vec<String> = self.observed.iter().map(Ident::to_string).collect();
        let filter = match prop(&self.filter, &observed)? {
            Prop::Truth(true) => None,
            other => Some(other),
        };
        let condition = prop(&self.condition, &observed)?;
        // What is observed, and not asked for, is shown.
        let registers = self
            .threads
            .iter()
            .enumerate()
            .flat_map(|(number, function)| {
                let c_name = |name: &Ident| c_name_of(&name.to_string()).to_owned();
                let named = move |name: &Ident| Location::Register(number, c_name(name));
                function.registers.iter().map(named)
            });
        let asked: Vec<&Location> = condition.locations();
        let shared = observed.iter().map(|name| c_name_of(name).to_owned());
        let all = registers.chain(shared.map(Location::Shared));
        let locations = all.filter(|location| !asked.contains(&location)).collect();
        Ok(Test {
            name: self.name.value(),
            doc: self.doc,
            init,
            threads,
            locations,
            filter,
            quantifier: self.quantifier,
            condition,
            asked: Span::default(),
        })
    }
}

/// Words that C keeps for itself, and that Rust does not.
const TAKEN: [&str; 18] = [
    "asm", "auto", "case", "char", "default", "double", "float", "goto", "int", "long", "register",
    "short", "signed", "sizeof", "switch", "union", "void", "volatile",
];

/// Refuses a name that C does not take.
fn c_name(name: &Ident) -> Result1<()> {
    let text = name.to_string();
    let text = c_name_of(&text);
    match text.starts_with("r#") || TAKEN.contains(&text) {
        true => Err(syn::Error::new(
            name.span(),
            format!("`{text}` means something else in C: give it another name"),
        )),
        false => Ok(()),
    }
}

/// The one name that a path is.
fn named(path: &syn::ExprPath) -> Result1<String> {
    match path.path.get_ident() {
        Some(name) => Ok(name.to_string()),
        None => Err(syn::Error::new(
            path.span(),
            "only a plain name has a meaning here",
        )),
    }
}

fn integer(expr: &Expr) -> Result1<i64> {
    match expr {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse(),
        Expr::Unary(syn::ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => Ok(-integer(expr)?),
        Expr::Paren(inner) => integer(&inner.expr),
        _ => Err(syn::Error::new(expr.span(), "this is no number")),
    }
}

/// A condition.
fn prop(expr: &Expr, observed: &[String]) -> Result1<Prop> {
    let both = |left: &Expr, right: &Expr| -> Result1<(Box<Prop>, Box<Prop>)> {
        Ok((
            Box::new(prop(left, observed)?),
            Box::new(prop(right, observed)?),
        ))
    };
    match expr {
        Expr::Paren(inner) => prop(&inner.expr, observed),
        Expr::Lit(syn::ExprLit {
            lit: Lit::Bool(truth),
            ..
        }) => Ok(Prop::Truth(truth.value)),
        Expr::Unary(syn::ExprUnary {
            op: UnOp::Not(_),
            expr,
            ..
        }) => Ok(Prop::Not(Box::new(prop(expr, observed)?))),
        Expr::Binary(binary) => match binary.op {
            BinOp::And(_) => both(&binary.left, &binary.right).map(|(p, q)| Prop::And(p, q)),
            BinOp::Or(_) => both(&binary.left, &binary.right).map(|(p, q)| Prop::Or(p, q)),
            BinOp::Eq(_) => compared(binary, observed),
            BinOp::Ne(_) => Ok(Prop::Not(Box::new(compared(binary, observed)?))),
            _ => Err(syn::Error::new(
                binary.span(),
                "a condition compares by `==` and `!=`",
            )),
        },
        _ => Err(syn::Error::new(expr.span(), "this is no condition")),
    }
}

fn compared(binary: &syn::ExprBinary, observed: &[String]) -> Result1<Prop> {
    let left = place(&binary.left, observed)?;
    match &*binary.right {
        right @ Expr::Field(_) => Ok(Prop::Same(left, place(right, observed)?)),
        right => Ok(Prop::Is(left, value(right)?)),
    }
}

fn place(expr: &Expr, observed: &[String]) -> Result1<Location> {
    let wrong = || syn::Error::new(expr.span(), "this is no register, and not in `observe`");
    match expr {
        Expr::Field(field) => {
            let (Expr::Path(thread), syn::Member::Named(register)) = (&*field.base, &field.member)
            else {
                return Err(wrong());
            };
            let thread = named(thread)?;
            let number = thread
                .strip_prefix('p')
                .and_then(|number| number.parse().ok());
            let number = number.ok_or_else(wrong)?;
            let register = register.to_string();
            Ok(Location::Register(number, c_name_of(&register).to_owned()))
        }
        Expr::Path(path) => {
            let name = named(path)?;
            match observed.contains(&name) {
                true => Ok(Location::Shared(c_name_of(&name).to_owned())),
                false => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

fn value(expr: &Expr) -> Result1<Value> {
    if let Expr::Call(call) = expr {
        let function = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("address"));
        if let (
            true,
            Some(Expr::Lit(syn::ExprLit {
                lit: Lit::Str(name),
                ..
            })),
        ) = (function, call.args.first())
        {
            return Ok(Value::Address(c_name_of(&name.value()).to_owned()));
        }
    }
    integer(expr).map(Value::Int)
}

#[cfg(test)]
mod tests;
