// SPDX-License-Identifier: GPL-2.0

//! What is wrong with a file, and where: displayed with the line and a caret.

use crate::ast::Span;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// What is wrong with a litmus file, and where; displayed with the line and a caret.
#[derive(Debug, thiserror::Error)]
pub struct Error(Box<Place>);

#[derive(Debug)]
struct Place {
    path: String,
    /// Both from 1; columns are counted in characters.
    line: usize,
    column: usize,
    /// The line, or what is around the place.
    excerpt: String,
    /// How many characters of the excerpt are before the place, and how many are it.
    before: usize,
    marked: usize,
    message: String,
}

/// How many characters of a line are shown to each side of a place.
const SIDE: usize = 60;

impl Error {
    /// An error at a place of `text`.
    pub fn at(path: &Path, text: &str, at: Span, message: impl Into<String>) -> Self {
        let start = boundary(text, at.start);
        let end = boundary(text, at.end).max(start);
        let (before, rest) = text.split_at(start);
        let before = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        let rest = rest.split('\n').next().unwrap_or_default();
        let rest = rest.trim_end_matches('\r');
        let shown: String = {
            let mut last: Vec<char> = before.chars().rev().take(SIDE).collect();
            last.reverse();
            last.into_iter().collect()
        };
        let column = before.chars().count() + 1;
        let cut_before = shown.len() < before.len();
        let after: String = rest.chars().take(SIDE).collect();
        let cut_after = after.len() < rest.len();
        let marked = (end - start).min(after.len());
        let marked = after.get(..marked).unwrap_or(&after).chars().count();
        let (lead, trail) = (
            if cut_before { "..." } else { "" },
            if cut_after { "..." } else { "" },
        );
        Self(Box::new(Place {
            path: path.display().to_string(),
            line: text[..start].matches('\n').count() + 1,
            column,
            before: lead.len() + shown.chars().count(),
            excerpt: format!("{lead}{shown}{after}{trail}"),
            marked: marked.max(1),
            message: message.into(),
        }))
    }

    /// The line and the column, both from 1.
    pub fn place(&self) -> (usize, usize) {
        (self.0.line, self.0.column)
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// The end of the character that `at` is in.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (at..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let place = &self.0;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        // A tab is as wide in the line of the caret.
        let blank: String = place
            .excerpt
            .chars()
            .take(place.before)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(
            f,
            "{margin}--> {}:{}:{}",
            place.path, place.line, place.column
        )?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", place.excerpt)?;
        writeln!(f, "{margin} | {blank}{}", "^".repeat(place.marked))?;
        writeln!(f, "{margin} |")?;
        write!(f, "{margin} = {}", place.message)
    }
}

/// A file's bytes as text.
///
/// # Errors
///
/// If they are no UTF-8: where they stop being.
pub fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let wrong = bytes.get(valid).copied().unwrap_or_default();
        let start = String::from_utf8_lossy(bytes);
        let at = Span {
            start: valid,
            end: valid + 1,
        };
        let message = format!("the byte 0x{wrong:02x} is no UTF-8 here");
        Error::at(path, &start, at, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, start: usize, end: usize) -> String {
        Error::at(Path::new("t.litmus"), text, Span { start, end }, "so").to_string()
    }

    #[test]
    fn caret_is_under_the_place() {
        assert_eq!(
            shown("one\n\ttwo three\n", 9, 14),
            " --> t.litmus:2:6\n  |\n2 | \ttwo three\n  | \t    ^^^^^\n  |\n  = so"
        );
    }

    #[test]
    fn long_line_is_cut_around_the_place() {
        let line = "x".repeat(5_000_000);
        let text = shown(&format!("{line}\u{e4}!{line}"), 5_000_002, 5_000_003);
        assert!(text.len() < 400, "{}", text.len());
        assert!(text.contains("1:5000002"), "{text}");
        let caret = text.lines().nth(3).and_then(|line| line.find('^'));
        let place = text.lines().nth(2).and_then(|line| line.find('!'));
        // One character before it has two bytes.
        assert_eq!(caret.map(|at| at + 1), place, "{text}");
    }

    #[test]
    fn bytes_that_are_no_text_have_a_place() {
        let wrong = text(Path::new("t.litmus"), b"C x\n\n a\xff b".to_vec()).unwrap_err();
        assert_eq!(wrong.place(), (3, 3));
        assert!(wrong.message().contains("0xff"), "{wrong}");
    }

    #[test]
    fn no_place_is_the_start() {
        assert!(shown("", 0, 0).contains("t.litmus:1:1"));
        assert!(shown("a\n", 7, 9).contains("t.litmus:2:1"));
    }
}
