// SPDX-License-Identifier: GPL-2.0

//! One line of KTAP.

use crate::document::TestOutcome;

/// A line: its content and its indentation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KtapLine<'a> {
    /// Leading spaces; each level of nesting has two.
    pub(super) indent: usize,
    /// Its content.
    pub(super) kind: LineKind<'a>,
}

/// The content of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineKind<'a> {
    /// `KTAP version 1`, `TAP version 13`.
    Version,
    /// `1..3`, `1..0 # SKIP why`.
    Plan { last: usize, skip: Option<&'a str> },
    /// `ok 1 name # SKIP why`.
    Result {
        number: Option<usize>,
        name: String,
        outcome: TestOutcome,
        reason: &'a str,
    },
    /// `# Totals: pass:1 fail:0 ...`: how many passed, failed and were skipped.
    Totals {
        passed: usize,
        failed: usize,
        skipped: usize,
    },
    /// `Bail out! why`.
    BailOut(&'a str),
    /// Anything else: a diagnostic, the kernel's log, noise.
    Other,
}

impl<'a> KtapLine<'a> {
    /// Classify a line. A time stamp as the kernel's log writes it is taken off first.
    pub(super) fn new(raw: &'a str) -> Self {
        let text = strip_stamp(raw.trim_end());
        let rest = text.trim_start_matches(' ');
        let indent = text.len() - rest.len();
        KtapLine {
            indent,
            kind: kind(rest),
        }
    }
}

fn kind(text: &str) -> LineKind<'_> {
    for word in ["KTAP version ", "TAP version "] {
        if text.strip_prefix(word).is_some_and(is_number) {
            return LineKind::Version;
        }
    }
    if let Some(reason) = text.strip_prefix("Bail out!") {
        return LineKind::BailOut(reason.trim());
    }
    plan(text)
        .or_else(|| result(text))
        .or_else(|| totals(text))
        .unwrap_or(LineKind::Other)
}

fn plan(text: &str) -> Option<LineKind<'_>> {
    let rest = text.strip_prefix("1..")?;
    let (number, comment) = match rest.split_once('#') {
        Some((number, comment)) => (number.trim(), Some(comment.trim())),
        None => (rest.trim(), None),
    };
    let last = number.parse().ok()?;
    let skip = comment
        .and_then(directive)
        .filter(|found| found.0 == TestOutcome::Skipped);
    let skip = skip.map(|(_, why)| why);
    Some(LineKind::Plan { last, skip })
}

fn result(text: &str) -> Option<LineKind<'_>> {
    let (ok, rest) = match text.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok")?),
    };
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let rest = rest.trim_start();
    let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let (number, rest) = match word.parse() {
        Ok(number) => (Some(number), after),
        // "ok" in a sentence is noise; a result has a number, a name after a dash, or nothing.
        Err(_) if rest.is_empty() || rest.starts_with(['-', '#']) => (None, rest),
        Err(_) => return None,
    };
    let (name, comment) = split_comment(rest);
    let name = name
        .trim()
        .strip_prefix("- ")
        .unwrap_or(name.trim())
        .trim()
        .replace("\\#", "#");
    let plain = if ok {
        TestOutcome::Passed
    } else {
        TestOutcome::Failed
    };
    let (outcome, reason) = directive(comment).unwrap_or((plain, comment));
    Some(LineKind::Result {
        number,
        name,
        outcome,
        reason,
    })
}

/// The result that the directive after `#` stands for (SKIP, TODO, XFAIL, ...), and the text after it.
fn directive(comment: &str) -> Option<(TestOutcome, &str)> {
    const WORDS: [(&str, TestOutcome); 7] = [
        ("SKIP", TestOutcome::Skipped),
        ("SKIPPED", TestOutcome::Skipped),
        ("TODO", TestOutcome::Skipped),
        ("XFAIL", TestOutcome::Passed),
        ("XPASS", TestOutcome::Passed),
        ("TIMEOUT", TestOutcome::Failed),
        ("ERROR", TestOutcome::Failed),
    ];
    WORDS
        .iter()
        .find_map(|(word, outcome)| strip_word(comment, word).map(|rest| (*outcome, rest)))
}

/// Split at the first `#` that follows a space and has no backslash before it: there the comment begins.
fn split_comment(text: &str) -> (&str, &str) {
    if let Some(comment) = text.strip_prefix('#') {
        return ("", comment.trim());
    }
    match text.find(" #") {
        Some(at) => (&text[..at], text[at + 2..].trim()),
        None => (text, ""),
    }
}

fn totals(text: &str) -> Option<LineKind<'_>> {
    let rest = text.strip_prefix("# Totals:")?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for field in rest.split_whitespace() {
        let (name, number) = field.split_once(':')?;
        let number: usize = number.parse().ok()?;
        match name {
            "pass" | "xfail" | "xpass" => passed += number,
            "fail" | "error" => failed += number,
            "skip" => skipped += number,
            _ => {}
        }
    }
    Some(LineKind::Totals {
        passed,
        failed,
        skipped,
    })
}

/// Strip `word` from the start of `text`, ignoring case; `None` if another word stands there.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let ends = rest
        .chars()
        .next()
        .is_none_or(|c| !c.is_alphanumeric() && c != '_');
    (head.eq_ignore_ascii_case(word) && ends)
        .then(|| rest.trim_start_matches([':', ' ']).trim_end())
}

/// `text` without the kernel log's `<6>` and `[   12.345678] `.
fn strip_stamp(text: &str) -> &str {
    let bare = match text.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((level, rest)) if is_number(level) => rest,
        _ => text,
    };
    let Some((stamp, rest)) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return bare;
    };
    match stamp.trim_start().split_once('.') {
        Some((seconds, parts)) if is_number(seconds) && is_number(parts) => {
            rest.strip_prefix(' ').unwrap_or(rest)
        }
        _ => bare,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
