// SPDX-License-Identifier: GPL-2.0

//! From [`Test`] to Rust, as a driver's author would write it: `kernel::sync`, and `ferrite::lkmm`
//! for what that lacks, in the engine's `litmus!`.

mod deadlock;
mod thread;

use crate::ast::{Init, Location, Param, Prop, Quantifier, Span, Test, Thread, Type, Value};
use crate::inverse::Rust;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Why a test cannot be had in Rust, and which part of it is the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub at: Span,
    /// Why.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(at: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { at, message }
    }

    /// The same, at `at` where it has no place of its own.
    pub(crate) fn within(self, at: Span) -> Self {
        match self.at.is_nowhere() {
            true => Self { at, ..self },
            false => self,
        }
    }
}

/// What a shared location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Pointer,
    Lock,
    Srcu,
}

impl Kind {
    pub(crate) fn rust(self) -> &'static str {
        match self {
            Self::Int => "Atomic<i32>",
            Self::Pointer => "Atomic<*const Atomic<i32>>",
            Self::Lock => "SpinLock<()>",
            Self::Srcu => "Srcu",
        }
    }

    /// What C calls it.
    pub(crate) fn c(self) -> &'static str {
        match self {
            Self::Int => "number",
            Self::Pointer => "pointer",
            Self::Lock => "spinlock_t",
            Self::Srcu => "struct srcu_struct",
        }
    }

    /// Of a location of type `ty`.
    fn of(ty: &Type, at: Span) -> Result<Self, Refusal> {
        match (ty.base.as_str(), ty.stars) {
            ("int" | "atomic_t", 0) => Ok(Self::Int),
            ("int", 1) => Ok(Self::Pointer),
            ("spinlock_t", 0) => Ok(Self::Lock),
            ("struct srcu_struct", 0) => Ok(Self::Srcu),
            _ => Err(Refusal::new(
                at,
                format!("no shared location is a `{}` here: int, int *, atomic_t, spinlock_t and struct srcu_struct are", ty.to_string().trim()),
            )),
        }
    }
}

/// The shared locations of a test by name.
pub(crate) type Shared = BTreeMap<String, Kind>;

/// Words that Rust keeps for itself, and those that the generated code needs in their own meaning.
const TAKEN: &[&str] = &[
    "Self",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "const",
    "continue",
    "break",
    "crate",
    "dyn",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "gen",
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
    "synchronize_rcu_expedited",
    "test",
];

/// A variable or a location cannot have just any name in Rust.
fn refuse_taken(name: &str, at: Span) -> Result<(), Refusal> {
    match TAKEN.contains(&name) || name.starts_with("smp_mb_") {
        true => Err(Refusal::new(
            at,
            format!("`{name}` means something else in Rust: give it another name"),
        )),
        false => Ok(()),
    }
}

/// The numbers that the engine can tell apart at a test's end, and how many values it can hold.
const NUMBERS: std::ops::RangeInclusive<i64> = -64..=127;
const WIDTH: usize = 16;

/// The test as one `litmus!`, and the name of its module.
///
/// # Errors
///
/// If the test uses something that cannot be had in Rust, or not without bringing the kernel down.
pub fn translate(test: &Test) -> Result<(String, String), Refusal> {
    let shared = shared(test)?;
    let observed = observed(test, &shared)?;
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
    for (name, kind) in &shared {
        let init = initial(test, &Location::Shared(name.clone()))
            .and_then(|init| init.value.as_ref())
            .filter(|value| (*kind, *value) != (Kind::Pointer, &Value::Int(0)))
            .map(|value| format!(" = {}", value))
            .unwrap_or_default();
        let _ = writeln!(out, "        {name}: {}{init},", kind.rust());
    }
    let _ = writeln!(out, "    }}");
    for number in 0..test.threads.len() {
        out.push('\n');
        out.push_str(&thread::translate(test, number, &shared, &observed)?.text);
    }
    let names: Vec<&str> = observed
        .iter()
        .filter_map(|location| match location {
            Location::Shared(name) => Some(name.as_str()),
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
    let function = thread::translate(test, number, &shared(test)?, &test.observed())?;
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
fn observed(test: &Test, shared: &Shared) -> Result<Vec<Location>, Refusal> {
    let observed = test.observed();
    let wrong = |message: String| Err(Refusal::new(test.asked, message));
    for location in &observed {
        match location {
            Location::Register(number, name) => {
                let thread = test.threads.get(*number);
                if thread.is_none_or(|thread| thread.declared(name).is_none()) {
                    return wrong(format!(
                        "this asks for {number}:{name}, which P{number} has not"
                    ));
                }
            }
            Location::Shared(name) => match shared.get(name) {
                Some(Kind::Int | Kind::Pointer) => {}
                _ => return wrong(format!("this asks for `{name}`, which has no value")),
            },
        }
    }
    if observed.len() > WIDTH {
        let count = observed.len();
        return wrong(format!(
            "this asks for {count} values: the engine holds {WIDTH}"
        ));
    }
    let filter = test.filter.iter().flat_map(Prop::values);
    for value in filter.chain(test.condition.values()) {
        match value {
            Value::Int(number) if !NUMBERS.contains(number) => {
                let (least, most) = (NUMBERS.start(), NUMBERS.end());
                return wrong(format!(
                    "this asks for {number}: the engine tells {least} to {most} apart"
                ));
            }
            _ => {}
        }
    }
    Ok(observed)
}

/// The shared locations: what the threads take, what the initial state declares, and what it
/// takes the address of.
fn shared(test: &Test) -> Result<Shared, Refusal> {
    let mut shared = Shared::new();
    for (param, before) in test.threads.iter().flat_map(params_and_before) {
        if before.iter().any(|other| other.name == param.name) {
            let message = format!("`{}` is a parameter already", param.name);
            return Err(Refusal::new(param.at, message));
        }
        let Some(stars) = param.ty.stars.checked_sub(1) else {
            let message = format!("`{}` is no pointer: threads share nothing else", param.name);
            return Err(Refusal::new(param.at, message));
        };
        let ty = Type {
            base: param.ty.base.clone(),
            stars,
        };
        declare(&mut shared, &param.name, Kind::of(&ty, param.at)?, param.at)?;
    }
    for init in &test.init {
        let Location::Shared(name) = &init.location else {
            continue;
        };
        if let Some(ty) = &init.ty {
            declare(&mut shared, name, Kind::of(ty, init.at)?, init.at)?;
        }
        if let Some(Value::Address(target)) = &init.value {
            add(&mut shared, target, Kind::Int, init.at)?;
            add(&mut shared, name, Kind::Pointer, init.at)?;
        }
        add(&mut shared, name, Kind::Int, init.at)?;
    }
    for location in test.observed() {
        if let Location::Shared(name) = location {
            add(&mut shared, &name, Kind::Int, test.asked)?;
        }
    }
    for init in &test.init {
        check_init(test, &shared, init)?;
    }
    Ok(shared)
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
fn check_init(test: &Test, shared: &Shared, init: &Init) -> Result<(), Refusal> {
    let wrong = |message: String| Err(Refusal::new(init.at, message));
    let same = test.init.iter().filter(|i| i.location == init.location);
    if same.count() != 1 {
        return wrong(format!("`{}` begins more than once", init.location));
    }
    let kind = match &init.location {
        Location::Shared(name) => shared.get(name).copied(),
        Location::Register(number, name) => {
            let thread = test.threads.get(*number);
            match thread.and_then(|thread| thread.declared(name)) {
                Some(ty) => Some(Kind::of(ty, init.at)?),
                None => return wrong(format!("P{number} has no `{name}`")),
            }
        }
    };
    match (kind, &init.value) {
        (_, None) | (Some(Kind::Int | Kind::Pointer), Some(Value::Int(0))) => Ok(()),
        (Some(Kind::Int), Some(Value::Int(number))) if i32::try_from(*number).is_ok() => Ok(()),
        (Some(Kind::Pointer), Some(Value::Address(target)))
            if shared.get(target) == Some(&Kind::Int) =>
        {
            Ok(())
        }
        (_, Some(value)) => wrong(format!("`{}` cannot begin with {value}", init.location)),
    }
}

/// A location that is named, and perhaps declared nowhere.
fn add(shared: &mut Shared, name: &str, kind: Kind, at: Span) -> Result<(), Refusal> {
    match shared.contains_key(name) {
        true => Ok(()),
        false => declare(shared, name, kind, at),
    }
}

fn declare(shared: &mut Shared, name: &str, kind: Kind, at: Span) -> Result<(), Refusal> {
    refuse_taken(name, at)?;
    if name
        .strip_prefix('p')
        .is_some_and(|n| n.parse::<usize>().is_ok())
    {
        let message = format!("`{name}` is what a condition in Rust calls a thread");
        return Err(Refusal::new(at, message));
    }
    match shared.insert(name.to_owned(), kind) {
        Some(before) if before != kind => Err(Refusal::new(
            at,
            format!("`{name}` has another type elsewhere"),
        )),
        _ => Ok(()),
    }
}

/// What the initial state says of a location.
pub(crate) fn initial<'t>(test: &'t Test, location: &Location) -> Option<&'t Init> {
    test.init.iter().find(|init| init.location == *location)
}

/// How a condition names a location.
fn place_text(location: &Location) -> String {
    match location {
        Location::Register(thread, name) => format!("p{thread}.{name}"),
        Location::Shared(name) => name.clone(),
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
                Value::Address(name) => format!("{place} == address(\"{name}\")"),
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
        Some('a'..='z') => out.to_owned(),
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
