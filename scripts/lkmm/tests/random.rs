// SPDX-License-Identifier: GPL-2.0

//! Random input for the parser, the translator and the way back: no panic, no hang, and nothing lost.
//!
//! Each property is tried for a second or so. `FERRITE_FUZZ_SECONDS=600 cargo test --release --test random` takes ten
//! minutes each; a failure prints a seed, which `FERRITE_FUZZ_SEED` takes.

use arbitrary::Unstructured;
use arbtest::arbtest;
use lkmm::{generate, inverse, parse, rust};
use std::path::Path;
use std::time::{Duration, Instant};

/// No input of a few kilobytes may take longer, on a machine that does much else.
const LONGEST: Duration = Duration::from_secs(5);

/// Words of which tests are made, and which go wrong in many ways.
const WORDS: &[&str] = &[
    "C t\n",
    "{",
    "}",
    "{}\n",
    "(",
    ")",
    "(*",
    "*)",
    "/*",
    "*/",
    "//",
    "\n",
    " ",
    ";",
    ",",
    "\"",
    "\\",
    "P0",
    "P1",
    "P9",
    "void ",
    "int ",
    "int *x",
    "int *y",
    "atomic_t *a",
    "spinlock_t *s",
    "int r0;",
    "r0 = ",
    "r0",
    "*x",
    "&x",
    "READ_ONCE(*x)",
    "WRITE_ONCE(*x, 1);",
    "rcu_read_lock();",
    "rcu_read_unlock();",
    "spin_lock(s);",
    "spin_unlock(s);",
    "smp_mb();",
    "synchronize_rcu();",
    "if (r0)",
    "else",
    "while (1)",
    "exists",
    "~exists",
    "forall",
    "filter",
    "locations [",
    "]",
    "0:r0=1",
    "x=1",
    "/\\",
    "\\/",
    "~",
    "=>",
    "true",
    "-9223372036854775808",
    "99999999999999999999",
    "0x7f",
    "\u{e4}",
    "\u{0}",
    "==",
    "^",
    "<<",
    ">>",
    "%",
    "-",
    "+",
    "struct srcu_struct *ss",
    "(int *)",
    "(long)",
    "[0]",
    "[9999999]",
];

fn run(property: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seconds = number("FERRITE_FUZZ_SECONDS");
    let mut test = arbtest(property).size_max(20_000);
    test = match seconds {
        Some(seconds) => test.budget_ms(seconds * 1000),
        None => test.budget_ms(1000),
    };
    if let Some(seed) = number("FERRITE_FUZZ_SEED") {
        test = test.seed(seed);
    }
    test.run();
}

/// A test all the way: what is translated is read back, and says the same when it is written again.
fn whole_way(text: &str) {
    let start = Instant::now();
    let path = Path::new("random.litmus");
    let Ok(test) = parse(path, text) else {
        return within(start, text);
    };
    let printed = test.to_string();
    let mut again = parse(path, &printed).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.to_string(), printed, "{text}");
    // Braces in comments are printed as brackets.
    again.doc.clone_from(&test.doc);
    assert_eq!(test, again, "{text}\n{printed}");
    if let Ok((_, rust)) = rust::translate(&test) {
        let back = inverse::tests(path, &rust);
        let back = back.unwrap_or_else(|error| panic!("{error}\n{rust}\n{text}"));
        assert_eq!(back.len(), 1, "{text}");
        assert_eq!(back[0].test.doc, test.doc, "{text}\n{rust}");
        let c = back[0].test.to_string();
        let there = parse(path, &c).unwrap_or_else(|error| panic!("{error}\n{c}"));
        assert!(rust::translate(&there).is_ok(), "{c}");
    }
    within(start, text);
}

fn within(start: Instant, text: &str) {
    assert!(
        start.elapsed() < LONGEST,
        "took {:?}: {text}",
        start.elapsed()
    );
}

#[test]
fn tests_from_the_grammar_are_taken_or_refused() {
    let mut translated = 0_u64;
    run(|u| {
        let text = generate::test("made", u)?;
        let test = parse(Path::new("made.litmus"), &text);
        let test = test.unwrap_or_else(|error| panic!("{error}\n{text}"));
        translated += u64::from(rust::translate(&test).is_ok());
        whole_way(&text);
        Ok(())
    });
    assert!(translated > 0);
}

#[test]
fn tests_with_something_changed_do_no_harm() {
    run(|u| {
        let mut text = generate::test("made", u)?;
        for _ in 0..u.int_in_range(1..=4)? {
            let at = u.int_in_range(0..=text.len())?;
            let at = (at..=text.len())
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            match u.int_in_range(0..=3)? {
                0 => text.truncate(at),
                1 => text.insert_str(at, u.choose(WORDS)?),
                2 => {
                    let end = u.int_in_range(at..=text.len())?.min(at + 20);
                    let end = (end..=text.len())
                        .find(|at| text.is_char_boundary(*at))
                        .unwrap_or(at);
                    text.replace_range(at..end, "");
                }
                _ => {
                    let copy = text[at..].to_owned();
                    text.push_str(&copy);
                }
            }
        }
        whole_way(&text);
        Ok(())
    });
}

#[test]
fn words_in_any_order_do_no_harm() {
    run(|u| {
        let mut text = String::from("C t\n{}\nP0(int *x, int *y) {\n");
        for _ in 0..u.int_in_range(0..=400)? {
            text.push_str(u.choose(WORDS)?);
        }
        whole_way(&text);
        Ok(())
    });
}

#[test]
fn rust_with_something_changed_does_no_harm() {
    run(|u| {
        let text = generate::test("made", u)?;
        let Ok(test) = parse(Path::new("made.litmus"), &text) else {
            return Ok(());
        };
        let Ok((_, mut rust)) = rust::translate(&test) else {
            return Ok(());
        };
        for _ in 0..u.int_in_range(1..=3)? {
            let at = u.int_in_range(0..=rust.len())?;
            let at = (at..=rust.len())
                .find(|at| rust.is_char_boundary(*at))
                .unwrap_or(0);
            match u.ratio(1, 2)? {
                true => rust.truncate(at),
                false => rust.insert_str(
                    at,
                    u.choose(&[
                        "(",
                        ")",
                        "{",
                        "}",
                        ".",
                        "x",
                        "1",
                        ";",
                        "if r0 == 1 ",
                        "drop(x);",
                        "u32",
                    ])?,
                ),
            }
        }
        let start = Instant::now();
        let _ = inverse::tests(Path::new("random.rs"), &rust);
        within(start, &rust);
        Ok(())
    });
}
