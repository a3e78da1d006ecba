// SPDX-License-Identifier: GPL-2.0

//! From [`Test`] to Rust, as a driver's author would write it: `kernel::sync`, and `ferrite::lkmm`
//! for what that lacks, in the engine's `litmus!`.

mod deadlock;
mod thread;

use crate::ast::{Init, Location, Param, Prop, Quantifier, Span, Test, Thread, Type, Value};
use crate::inverse::Rust;
use crate::types::{Int, Kind, Types};
use std::fmt::Write as _;

/// Why a test cannot be had in Rust, and which part of it is the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub at: Span,
    /// Why.
    pub message: String,
    /// Whether it is a lock's or a section's scope, which has to be a guard's.
    of_guards: bool,
}

impl Refusal {
    pub(crate) fn new(at: Span, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            of_guards: false,
        }
    }

    fn of_guards(at: Span, message: String) -> Self {
        Self {
            of_guards: true,
            ..Self::new(at, message)
        }
    }

    /// The same, at `at` where it has no place of its own.
    pub(crate) fn within(self, at: Span) -> Self {
        match self.at.is_nowhere() {
            true => Self { at, ..self },
            false => self,
        }
    }
}

/// The Rust type of a location, or of what is behind a pointer.
pub(crate) fn location_type(kind: Kind) -> String {
    match kind {
        Kind::Value(int, 0) => format!("Atomic<{}>", stored_type(int)),
        Kind::Value(int, stars) => {
            format!(
                "Atomic<*const {}>",
                location_type(Kind::Value(int, stars - 1))
            )
        }
        Kind::Lock => "SpinLock<()>".to_owned(),
        Kind::Srcu => "Srcu".to_owned(),
    }
}

/// What a location of numbers holds: the kernel crate has no atomic type of small unsigned ones, the engine has.
fn stored_type(int: Int) -> String {
    match int {
        Int {
            bits: 8 | 16,
            signed: false,
        } => int.rust().to_uppercase(),
        _ => int.rust(),
    }
}

/// What C calls what a location is, for people.
pub(crate) fn c_name(kind: Kind) -> String {
    match kind {
        Kind::Value(int, stars) => {
            let ty = Type {
                base: int.c().to_owned(),
                stars,
            };
            ty.to_string().trim().to_owned()
        }
        Kind::Lock => "spinlock_t".to_owned(),
        Kind::Srcu => "struct srcu_struct".to_owned(),
    }
}

/// Words that Rust keeps for itself, and those that the generated code needs in their own meaning.
const TAKEN: &[&str] = &[
    "Self",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield", //
    "Acquire",
    "Full",
    "Read",
    "Relaxed",
    "Release",
    "Write",
    "_",
    "address",
    "barrier",
    "drop",
    "rcu",
    "rcu_assign_pointer",
    "rcu_dereference",
    "smp_mb",
    "smp_store_mb",
    "spin_is_locked",
    "spin_lock",
    "spin_trylock",
    "spin_unlock",
    "synchronize_rcu_expedited",
    "test",
];

/// A variable's name in Rust: with one `_` more where it has another meaning there, or ends with one already.
pub(crate) fn variable_name(name: &str) -> String {
    match TAKEN.contains(&name) || name.starts_with("smp_mb_") || name.ends_with('_') {
        true => format!("{name}_"),
        false => name.to_owned(),
    }
}

/// A location's name in Rust: as a variable's; and `p1` is what a condition calls a thread.
pub(crate) fn location_name(name: &str) -> String {
    let thread = name
        .strip_prefix('p')
        .is_some_and(|n| n.parse::<usize>().is_ok());
    match thread {
        true => format!("{name}_"),
        false => variable_name(name),
    }
}

/// The name in C of what [`variable_name`] or [`location_name`] gave.
pub(crate) fn c_name_of(name: &str) -> &str {
    name.strip_suffix('_').unwrap_or(name)
}

/// The test as one `litmus!`, and the name of its module.
///
/// # Errors
///
/// If the test uses something that cannot be had in Rust, or not without bringing the kernel down.
pub fn translate(test: &Test) -> Result<(String, String), Refusal> {
    let types = Types::of(test);
    check(test, &types)?;
    let observed = observed(test, &types)?;
    deadlock::refuse(test)?;

    let module = module_name(&test.name);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "litmus! {{");
    for line in &test.doc {
        let _ = writeln!(out, "    {}", format!("/// {}", doc_text(line)).trim_end());
    }
    let _ = writeln!(
        out,
        "    mod {module} = \"{}\";",
        test.name.escape_default()
    );
    let _ = writeln!(out, "    shared {{");
    for (name, kind) in types.shared() {
        let init = initial(test, &Location::Shared(name.clone()))
            .and_then(|init| init.value.as_ref())
            .filter(|value| (*value, matches!(kind, Kind::Value(_, 0))) != (&Value::Int(0), false))
            .map(|value| match value {
                Value::Address(name) => format!(" = {}", location_name(name)),
                value => format!(" = {value}"),
            })
            .unwrap_or_default();
        let (name, ty) = (location_name(name), location_type(*kind));
        let _ = writeln!(out, "        {name}: {ty}{init},");
    }
    let _ = writeln!(out, "    }}");
    for number in 0..test.threads.len() {
        out.push('\n');
        out.push_str(&thread::translate(test, number, &types, &observed)?.text);
    }
    let names: Vec<String> = observed
        .iter()
        .filter_map(|location| match location {
            Location::Shared(name) => Some(location_name(name)),
            Location::Register(..) => None,
        })
        .collect();
    let quantifier = match test.quantifier {
        Quantifier::Exists => "exists",
        Quantifier::NotExists => "not_exists",
        Quantifier::Forall => "forall",
    };
    let filter = test.filter.as_ref().map_or("true".to_owned(), prop);
    let _ = writeln!(out, "\n    observe ({})", names.join(", "));
    let _ = writeln!(out, "    filter ({filter})");
    let _ = writeln!(out, "    {quantifier} ({})", prop(&test.condition));
    let _ = writeln!(out, "}}");
    Ok((module, out))
}

/// The same with the prelude of a mutant, in which something is broken: [`mutants`](crate::mutants) has their names. The
/// test's own name ends with the mutant's.
///
/// # Errors
///
/// As [`translate`].
pub fn mutated(test: &Test, mutant: &str) -> Result<String, Refusal> {
    let mut test = test.clone();
    test.name = mutated_name(&test.name, mutant);
    let (module, text) = translate(&test)?;
    let title = format!("    mod {module} = \"{}\"", test.name.escape_default());
    Ok(text.replacen(&title, &format!("{title} with {mutant}"), 1))
}

/// What a test is called where it is compiled with a mutant.
pub fn mutated_name(test: &str, mutant: &str) -> String {
    format!("{test}-without-{}", mutant.replace('_', "-"))
}

/// The locations that the Rust function of thread `number` takes, in their order.
///
/// # Errors
///
/// As [`translate`].
pub fn params(test: &Test, number: usize) -> Result<Vec<String>, Refusal> {
    let function = thread::translate(test, number, &Types::of(test), &test.observed())?;
    Ok(function.params)
}

/// A file of tests: `TESTS` is all of them.
///
/// What cannot be translated is left out and returned with the reason.
pub fn file<'t>(tests: impl IntoIterator<Item = &'t Test>) -> (String, Vec<(&'t Test, Refusal)>) {
    file_with(tests.into_iter().map(|test| (test, None)))
}

/// The same; a test that was written in Rust is in it as it was written.
pub fn file_with<'t>(
    tests: impl IntoIterator<Item = (&'t Test, Option<&'t Rust>)>,
) -> (String, Vec<(&'t Test, Refusal)>) {
    let mut out = String::from(
        "// SPDX-License-Identifier: GPL-2.0\n\n\
         // Generated by `ferrite litmus` from litmus tests: change those, not this.\n\n\
         use crate::{\n    litmus,\n    test::Test, //\n};\n",
    );
    let (tests, written): (Vec<&Test>, Vec<Option<&Rust>>) = tests.into_iter().unzip();
    let (mut modules, mut refused) = (Vec::new(), Vec::new());
    for ((test, written), unique) in tests.iter().copied().zip(written).zip(module_names(&tests)) {
        // What is refused in C hangs in Rust, too.
        match translate(test) {
            Ok((module, text)) => {
                let named = |text: String| {
                    let (old, new) = (
                        format!("    mod {module} = "),
                        format!("    mod {unique} = "),
                    );
                    text.replacen(&old, &new, 1)
                };
                let text = written.map_or_else(|| named(text), |rust| rust.named(&unique) + "\n");
                out.push('\n');
                out.push_str(&text);
                modules.push(unique);
            }
            Err(refusal) => refused.push((test, refusal)),
        }
    }
    out.push_str("\n/// All of them.\npub(crate) static TESTS: &[&Test] = &[\n");
    for module in &modules {
        let _ = writeln!(out, "    &{module}::TEST,");
    }
    out.push_str("];\n");
    (out, refused)
}

/// What an execution's end is told by, if the engine can tell it.
fn observed(test: &Test, types: &Types) -> Result<Vec<Location>, Refusal> {
    let observed = test.observed();
    let wrong = |message: String| Err(Refusal::new(test.asked, message));
    for location in &observed {
        match location {
            Location::Register(number, name) => {
                if test.threads.len() <= *number {
                    return wrong(format!(
                        "this asks for {location}, and there is no P{number}"
                    ));
                }
                if types.register(*number, name).is_none() {
                    return wrong(format!(
                        "this asks for {location}, which P{number} neither declares nor assigns"
                    ));
                }
            }
            Location::Shared(name) => match types.shared().get(name) {
                Some(Kind::Value(..)) => {}
                _ => return wrong(format!("this asks for `{name}`, which has no value")),
            },
        }
    }
    Ok(observed)
}

/// Whether the locations are what Rust can have, and begin with what they can hold.
fn check(test: &Test, types: &Types) -> Result<(), Refusal> {
    for (param, before) in test.threads.iter().flat_map(params_and_before) {
        if before.iter().any(|other| other.name == param.name) {
            let message = format!("`{}` is a parameter already", param.name);
            return Err(Refusal::new(param.at, message));
        }
        let Some(stars) = param.ty.stars.checked_sub(1) else {
            let message = format!("`{}` is no pointer: threads share nothing else", param.name);
            return Err(Refusal::new(param.at, message));
        };
        let base = param.ty.base.clone();
        known(&Type { base, stars }, param.at)?;
    }
    for init in &test.init {
        if let Some(ty) = &init.ty {
            known(ty, init.at)?;
        }
        check_init(test, types, init)?;
    }
    Ok(())
}

/// Refuses a type that is none of the engine's.
pub(crate) fn known(ty: &Type, at: Span) -> Result<Kind, Refusal> {
    Kind::of(ty).ok_or_else(|| {
        let message = format!(
            "`{}` is no type of numbers, and no pointer, spinlock_t or struct srcu_struct",
            ty.to_string().trim()
        );
        Refusal::new(at, message)
    })
}

/// Each parameter of a thread, and those before it.
fn params_and_before(thread: &Thread) -> impl Iterator<Item = (&Param, &[Param])> {
    let params = &thread.params;
    params
        .iter()
        .enumerate()
        .map(|(n, param)| (param, &params[..n]))
}

/// What a location begins with has to be of its type.
fn check_init(test: &Test, types: &Types, init: &Init) -> Result<(), Refusal> {
    let wrong = |message: String| Err(Refusal::new(init.at, message));
    let same = test.init.iter().filter(|i| i.location == init.location);
    if same.count() != 1 {
        return wrong(format!("`{}` begins more than once", init.location));
    }
    if init.length.is_some() {
        return match uses(test, &init.location) {
            true => wrong(format!(
                "`{}` is an array: no thread has one here",
                init.location
            )),
            false => Ok(()),
        };
    }
    let kind = match &init.location {
        Location::Shared(name) => types.shared().get(name).copied(),
        Location::Register(number, _) if test.threads.len() <= *number => {
            return wrong(format!("there is no P{number}"));
        }
        Location::Register(number, name) => types.register(*number, name),
    };
    match (kind, &init.value) {
        (_, None) | (Some(Kind::Value(..)), Some(Value::Int(0))) => Ok(()),
        (Some(Kind::Value(int, 0)), Some(Value::Int(number))) => match int.holds(*number) {
            true => Ok(()),
            false => wrong(format!(
                "`{}` cannot begin with {number}: {}",
                init.location,
                cut_off(int)
            )),
        },
        (Some(Kind::Value(_, 1..) | Kind::Value(Int::LONG, 0)), Some(Value::Address(target)))
            if matches!(types.shared().get(target), Some(Kind::Value(..))) =>
        {
            Ok(())
        }
        (_, Some(value)) => wrong(format!("`{}` cannot begin with {value}", init.location)),
    }
}

/// Why a number is not stored where it does not fit.
pub(crate) fn cut_off(int: Int) -> String {
    format!("C cuts it off to `{}`, and herd7 does not", int.c())
}

/// Whether a thread takes a location, or something asks for it.
fn uses(test: &Test, location: &Location) -> bool {
    let Location::Shared(name) = location else {
        return true;
    };
    let mut params = test.threads.iter().flat_map(|thread| &thread.params);
    let holds = |init: &Init| init.value == Some(Value::Address(name.clone()));
    params.any(|param| param.name == *name)
        || test.observed().contains(location)
        || test.init.iter().any(holds)
}

/// What the initial state says of a location.
pub(crate) fn initial<'t>(test: &'t Test, location: &Location) -> Option<&'t Init> {
    test.init.iter().find(|init| init.location == *location)
}

/// How a condition names a location.
fn place_text(location: &Location) -> String {
    match location {
        Location::Register(thread, name) => format!("p{thread}.{}", variable_name(name)),
        Location::Shared(name) => location_name(name),
    }
}

/// A property as a Rust expression.
fn prop(p: &Prop) -> String {
    fn operand(p: &Prop) -> String {
        match p {
            Prop::Or(..) | Prop::Implies(..) => format!("({})", prop(p)),
            _ => prop(p),
        }
    }
    match p {
        Prop::Truth(truth) => truth.to_string(),
        Prop::Is(location, value) => {
            let place = place_text(location);
            match value {
                Value::Address(name) => format!("{place} == address(\"{}\")", location_name(name)),
                value => format!("{place} == {value}"),
            }
        }
        Prop::Same(left, right) => format!("{} == {}", place_text(left), place_text(right)),
        Prop::Not(p) => format!("!({})", prop(p)),
        Prop::And(p, q) => format!("{} && {}", operand(p), operand(q)),
        Prop::Or(p, q) => format!("{} || {}", prop(p), prop(q)),
        Prop::Implies(p, q) => format!("!({}) || {}", prop(p), prop(q)),
    }
}

/// A test's name as the name of a Rust module.
pub fn module_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    let out = out.trim_matches('_');
    match out.chars().next() {
        Some('a'..='z') if !TAKEN.contains(&out) => out.to_owned(),
        _ => format!("t_{out}"),
    }
}

/// The names of tests' modules in one file: the same letters, in another case, get a number.
pub fn module_names(tests: &[&Test]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(tests.len());
    for test in tests {
        let name = module_name(&test.name);
        let mut unique = name.clone();
        let mut number = 2;
        while names.contains(&unique) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

/// A line of a comment as rustdoc takes it.
fn doc_text(line: &str) -> String {
    line.replace('[', "\\[")
        .replace(']', "\\]")
        .replace('*', "\\*")
        .replace('<', "\\<")
}

#[cfg(test)]
mod tests;
