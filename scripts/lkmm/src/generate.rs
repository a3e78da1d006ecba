// SPDX-License-Identifier: GPL-2.0

//! Makes litmus tests from a grammar of what herd7 takes: small ones, which herd7 judges at once.
//!
//! The same bytes make the same test. Each test is one that herd7 takes; whether it can be had in Rust is another
//! question, which has to have a documented answer.

use arbitrary::{Result, Unstructured};
use std::fmt::Write as _;

/// The most statements of a thread, without what is in blocks.
const STATEMENTS: usize = 4;

/// How deep blocks are nested.
const DEPTH: usize = 2;

/// Fences that may stand anywhere.
const FENCES: [&str; 6] = [
    "smp_mb()",
    "smp_rmb()",
    "smp_wmb()",
    "barrier()",
    "smp_mb__before_atomic()",
    "smp_mb__after_atomic()",
];

/// Read-modify-write operations on `a` that give a number; `V` is a value.
const RETURNING: [&str; 10] = [
    "atomic_fetch_add(V, a)",
    "atomic_fetch_add_relaxed(V, a)",
    "atomic_add_return(V, a)",
    "atomic_add_return_acquire(V, a)",
    "atomic_inc_return(a)",
    "atomic_dec_return_release(a)",
    "atomic_xchg(a, V)",
    "atomic_xchg_acquire(a, V)",
    "atomic_cmpxchg(a, 0, V)",
    "atomic_cmpxchg_relaxed(a, 1, V)",
];

/// Read-modify-write operations that give nothing.
const SILENT: [&str; 5] = [
    "atomic_inc(a)",
    "atomic_dec(a)",
    "atomic_add(V, a)",
    "atomic_sub(V, a)",
    "atomic_set(a, V)",
];

/// A test in C, by the name `name`.
///
/// # Errors
///
/// None that come from the bytes being few: then the test is small.
pub fn test(name: &str, u: &mut Unstructured<'_>) -> Result<String> {
    let mut threads = Vec::new();
    let mut all_registers = Vec::new();
    let count = u.int_in_range(1..=3)?;
    for number in 0..count {
        let mut thread = Thread::new(u.ratio(1, 8)?);
        for _ in 0..u.int_in_range(1..=STATEMENTS)? {
            thread.statement(u, DEPTH)?;
        }
        all_registers.extend(
            thread
                .assigned
                .iter()
                .map(|register| format!("{number}:{register}")),
        );
        threads.push(thread);
    }

    let mut text = format!("C {name}\n\n");
    if u.ratio(1, 4)? {
        text.push_str("(*\n * Made from a grammar. (* A comment may be in a comment. *)\n *)\n\n");
    }
    text.push_str("{\n");
    if u.ratio(1, 3)? {
        text.push_str("\tint x = 1;\n");
    }
    if u.ratio(1, 6)? {
        text.push_str("\tatomic_t a = ATOMIC_INIT(1);\n");
    }
    text.push_str("}\n\n");
    for (number, thread) in threads.iter().enumerate() {
        let void = if u.ratio(1, 8)? { "void " } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{void}P{number}(int *x, int *y, atomic_t *a, spinlock_t *s)\n{{"
        );
        text.push_str(&thread.text());
        text.push_str("}\n\n");
    }
    let mut places = all_registers;
    places.extend(["x", "y"].map(str::to_owned));
    if u.ratio(1, 6)? {
        let _ = writeln!(text, "locations [{};]", u.choose(&places)?);
    }
    if u.ratio(1, 8)? {
        let _ = writeln!(text, "filter ({})", atom(u, &places)?);
    }
    let quantifier = u.choose(&["exists", "exists", "~exists", "forall"])?;
    let mut condition = atom(u, &places)?;
    for _ in 0..u.int_in_range(0..=2)? {
        let joint = u.choose(&["/\\", "/\\", "\\/"])?;
        condition = format!("({condition} {joint} {})", atom(u, &places)?);
    }
    let _ = writeln!(text, "{quantifier} ({condition})");
    Ok(text)
}

/// `0:r0=1`, perhaps negated.
fn atom(u: &mut Unstructured<'_>, places: &[String]) -> Result<String> {
    let (place, value) = (u.choose(places)?, u.int_in_range(0..=2)?);
    let not = if u.ratio(1, 8)? { "~" } else { "" };
    Ok(match not {
        "" => format!("{place}={value}"),
        _ => format!("~({place}={value})"),
    })
}

struct Thread {
    lines: Vec<String>,
    /// The registers that have a value where the thread is now.
    assigned: Vec<String>,
    /// How many registers there are.
    registers: usize,
    /// A lock is held, or a reader's section is open: one may not sleep.
    atomic: bool,
    held: bool,
    /// Registers are assigned and not declared.
    undeclared: bool,
}

impl Thread {
    fn new(undeclared: bool) -> Self {
        Self {
            lines: Vec::new(),
            assigned: Vec::new(),
            registers: 0,
            atomic: false,
            held: false,
            undeclared,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if !self.undeclared {
            for number in 0..self.registers {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "\tint r{number};");
            }
        }
        for line in &self.lines {
            let _ = writeln!(text, "\t{line}");
        }
        text
    }

    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn assign(&mut self, value: &str) {
        let register = format!("r{}", self.registers);
        self.registers += 1;
        self.push(format!("{register} = {value};"));
        self.assigned.push(register);
    }

    /// A number, or something that is made of a register.
    fn value(&self, u: &mut Unstructured<'_>) -> Result<String> {
        let number = u.int_in_range(0..=2)?;
        if self.assigned.is_empty() || !u.ratio(1, 3)? {
            return Ok(number.to_string());
        }
        let register = u.choose(&self.assigned)?;
        Ok(match u.int_in_range(0..=3)? {
            0 => register.clone(),
            1 => format!("{register} + {number}"),
            2 => format!("({register} ^ {register})"),
            _ => format!("({register} & {number})"),
        })
    }

    fn block(&mut self, u: &mut Unstructured<'_>, depth: usize, most: usize) -> Result<()> {
        let known = self.assigned.len();
        for _ in 0..u.int_in_range(1..=most)? {
            self.statement(u, depth)?;
        }
        self.assigned.truncate(known);
        Ok(())
    }

    fn statement(&mut self, u: &mut Unstructured<'_>, depth: usize) -> Result<()> {
        let place = *u.choose(&["x", "y"])?;
        let value = self.value(u)?;
        match u.int_in_range(0..=15)? {
            0 | 1 => self.assign(&format!("READ_ONCE(*{place})")),
            2 | 3 => self.push(format!("WRITE_ONCE(*{place}, {value});")),
            4 => self.assign(&format!("smp_load_acquire({place})")),
            5 => self.push(format!("smp_store_release({place}, {value});")),
            6 => {
                let fence = u.choose(&FENCES)?;
                self.push(format!("{fence};"));
            }
            7 => {
                let operation = u.choose(&RETURNING)?.replace('V', &value);
                self.assign(&operation);
            }
            8 => {
                let operation = u.choose(&SILENT)?.replace('V', &value);
                self.push(format!("{operation};"));
            }
            9 => self.assign("atomic_read(a)"),
            10 => self.push(format!("smp_store_mb(*{place}, {value});")),
            11 if depth > 0 && !self.assigned.is_empty() => {
                let register = u.choose(&self.assigned)?.clone();
                let test = u.choose(&["R", "R == 1", "R == 0", "R != 2", "R < 2"])?;
                self.push(format!("if ({}) {{", test.replace('R', &register)));
                self.block(u, depth - 1, 2)?;
                if u.ratio(1, 3)? {
                    self.push("} else {");
                    self.block(u, depth - 1, 2)?;
                }
                self.push("}");
            }
            12 if depth > 0 => {
                let before = std::mem::replace(&mut self.atomic, true);
                self.push("rcu_read_lock();");
                self.block(u, depth - 1, 2)?;
                self.push("rcu_read_unlock();");
                self.atomic = before;
            }
            13 if depth > 0 && !self.held => {
                let before = std::mem::replace(&mut self.atomic, true);
                self.held = true;
                self.push("spin_lock(s);");
                self.block(u, depth - 1, 2)?;
                self.push("spin_unlock(s);");
                (self.held, self.atomic) = (false, before);
            }
            14 if !self.atomic => self.push("synchronize_rcu();"),
            15 if !self.assigned.is_empty() => {
                let register = u.choose(&self.assigned)?.clone();
                self.push(format!("{register} = {register} + 1;"));
            }
            _ => self.push(format!("WRITE_ONCE(*{place}, {value});")),
        }
        Ok(())
    }
}
