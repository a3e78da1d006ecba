// SPDX-License-Identifier: GPL-2.0

//! A run's result, as litmus7 writes it: the herdtools (`mcompare7`, `msum7`) read it.

use core::time::Duration;

use kernel::{
    fmt::{
        self,
        Write, //
    },
    prelude::*, //
};

use crate::{
    histogram::{
        Histogram,
        State, //
    },
    run::End,
    test::{
        own_name,
        Quantifier,
        Test, //
    },
    value::Value, //
};

/// Text that grows.
#[derive(Default)]
pub(crate) struct Text(KVVec<u8>);

impl Text {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0
            .extend_from_slice(text.as_bytes(), GFP_KERNEL)
            .map_err(|_| fmt::Error)
    }
}

/// Writes formatted text. (`core::write!` knows nothing of [`kernel::fmt`]'s traits.)
macro_rules! put {
    ($to:expr, $($format:tt)*) => { $to.write_fmt(fmt!($($format)*)) };
}

/// The result of a run.
pub(crate) fn write(
    text: &mut Text,
    test: &Test,
    histogram: &Histogram,
    elapsed: Duration,
    end: End,
) -> fmt::Result {
    let counts = || {
        histogram
            .seen()
            .filter(|(state, _)| (test.filter)(test, state))
    };
    let (mut positive, mut negative) = (0, 0);
    for (state, times) in counts() {
        if (test.condition)(test, state) {
            positive += times;
        } else {
            negative += times;
        }
    }

    let kind = match test.quantifier {
        Quantifier::Exists => "Allowed",
        Quantifier::NotExists => "Forbidden",
        Quantifier::Forall => "Required",
    };
    put!(text, "Test {} {kind}\n", test.name)?;
    put!(text, "Histogram ({} states)\n", counts().count())?;
    for (state, times) in counts() {
        let witness = if (test.condition)(test, state) {
            '*'
        } else {
            ':'
        };
        put!(text, "{times:<8}{witness}>")?;
        write_state(text, test, state)?;
        text.write_str("\n")?;
    }
    let holds = match test.quantifier {
        Quantifier::Exists => positive != 0,
        Quantifier::NotExists => positive == 0,
        Quantifier::Forall => negative == 0,
    };
    put!(text, "{}\n\n", if holds { "Ok" } else { "No" })?;
    put!(
        text,
        "Witnesses\nPositive: {positive}, Negative: {negative}\n"
    )?;
    text.write_str("Condition ")?;
    write_condition(text, test)?;
    let validated = if holds { "" } else { " NOT" };
    put!(text, " is{validated} validated\n")?;
    let observation = match (positive, negative) {
        (0, _) => "Never",
        (_, 0) => "Always",
        _ => "Sometimes",
    };
    let name = test.name;
    put!(
        text,
        "Observation {name} {observation} {positive} {negative}\n"
    )?;
    let (seconds, hundredths) = (elapsed.as_secs(), elapsed.subsec_millis() / 10);
    put!(text, "Time {name} {seconds}.{hundredths:02}\n")?;
    if histogram.lost() != 0 {
        put!(text, "Lost {name} {}\n", histogram.lost())?;
    }
    match end {
        End::Whole => Ok(()),
        End::Cut => put!(text, "Cut {name}\n"),
        End::Stuck => put!(text, "Stuck {name}\n"),
    }
}

fn write_state(text: &mut Text, test: &Test, state: &State) -> fmt::Result {
    let mut codes = state.iter().copied();
    let mut separator = "";
    for (number, thread) in test.threads.iter().enumerate() {
        for register in thread.registers {
            put!(text, "{separator}{number}:{}=", own_name(register))?;
            write_value(text, test, codes.next())?;
            separator = " ";
        }
    }
    for location in test.observed {
        put!(text, "{separator}[{}]=", own_name(location))?;
        write_value(text, test, codes.next())?;
        separator = " ";
    }
    Ok(())
}

fn write_value(text: &mut Text, test: &Test, code: Option<u64>) -> fmt::Result {
    match test.name_of(code.map_or(Value::Other, Value::of)) {
        Ok(number) => put!(text, "{number};"),
        Err(name) => put!(text, "{};", own_name(name)),
    }
}

/// The condition in C litmus form: `p1.r0 == 0 && x == 1` is `1:r0=0 /\ [x]=1`.
fn write_condition(text: &mut Text, test: &Test) -> fmt::Result {
    text.write_str(match test.quantifier {
        Quantifier::Exists => "exists (",
        Quantifier::NotExists => "~exists (",
        Quantifier::Forall => "forall (",
    })?;
    let mut rest = test.text;
    while let Some(first) = rest.chars().next() {
        let word = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(rest.len());
        let (token, after) = match word {
            0 => ["&&", "||", "==", "!="]
                .into_iter()
                .find_map(|two| rest.strip_prefix(two).map(|after| (two, after)))
                .unwrap_or_else(|| rest.split_at(first.len_utf8())),
            _ => rest.split_at(word),
        };
        rest = after;
        match token {
            "&&" => text.write_str(" /\\ ")?,
            "||" => text.write_str(" \\/ ")?,
            "==" => text.write_str("=")?,
            "!" => text.write_str("~")?,
            "address" => {
                let name = rest.split('"').nth(1).unwrap_or("?");
                text.write_str(own_name(name))?;
                rest = rest.split_once(')').map_or("", |(_, after)| after);
            }
            _ if token.trim().is_empty() => {}
            _ => match token.split_once('.') {
                Some((thread, register)) => {
                    let thread = thread.trim_start_matches('p');
                    put!(text, "{thread}:{}", own_name(register))?;
                }
                None if test.observed.contains(&token) => put!(text, "[{}]", own_name(token))?,
                None => text.write_str(token)?,
            },
        }
    }
    text.write_str(")")
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;
    use crate::builtin;

    #[test]
    fn report_is_as_litmus7_writes_it() {
        let test = &builtin::sb::TEST;
        let mut histogram = Histogram::new(test.width())?;
        for _ in 0..3 {
            histogram.count(&[0, 1], |_| false);
        }
        histogram.count(&[0, 0], |_| true);
        let mut text = Text::default();
        let elapsed = Duration::from_millis(1230);
        assert!(write(&mut text, test, &histogram, elapsed, End::Whole).is_ok());
        for line in [
            "Test SB+onceonces Allowed\nHistogram (2 states)\n",
            "1       *>0:r0=0; 1:r0=0;\n",
            "3       :>0:r0=0; 1:r0=1;\n",
            "Ok\n\nWitnesses\nPositive: 1, Negative: 3\n",
            "Condition exists (0:r0=0 /\\ 1:r0=0) is validated\n",
            "Observation SB+onceonces Sometimes 1 3\n",
            "Time SB+onceonces 1.23\n",
        ] {
            assert!(text.as_str().contains(line));
        }
    }
}
