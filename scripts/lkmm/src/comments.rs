// SPDX-License-Identifier: GPL-2.0

//! Comments, which the grammar does not know: they are blank to it, at the places where they were.
//!
//! `(* ... *)`, which may be nested, is a comment outside of the threads' bodies: inside, `(*x)` is C. There `/* ... */`
//! and `// ...` are; these are, too, wherever nothing else can begin with a `/`. herd7 takes `(* ... *)` in the initial
//! state and from `locations`, `filter` or the condition on, and C's comments in and between threads; before the initial
//! state it takes any text without a `{`.

use crate::ast::Span;

/// A text without its comments, as long as before.
pub(crate) struct Blanked {
    pub(crate) text: String,
    /// Each `(* ... *)`, in their order.
    pub(crate) remarks: Vec<Span>,
    /// Where the initial state begins.
    pub(crate) state: usize,
}

/// A comment that is never closed.
pub(crate) struct Open(pub(crate) Span);

/// Which part of a file this is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Before the line with the name.
    Start,
    Name,
    /// What may be between the name and the initial state.
    Header,
    State,
    /// Between threads, and behind them.
    Outside,
    Body,
}

impl Blanked {
    /// The text without comments; in one pass.
    ///
    /// # Errors
    ///
    /// A comment that is never closed.
    pub(crate) fn of(text: &str) -> Result<Self, Open> {
        let bytes = text.as_bytes();
        let mut out = bytes.to_vec();
        let (mut remarks, mut state) = (Vec::new(), text.len());
        let (mut part, mut depth, mut at) = (Part::Start, 0_usize, 0);
        // Nothing but blanks since the line began.
        let mut fresh = true;
        while let Some(byte) = bytes.get(at) {
            let next = bytes.get(at + 1);
            let slash = match part {
                Part::Start | Part::State | Part::Outside | Part::Body => true,
                Part::Header => fresh,
                Part::Name => false,
            };
            let end = match (byte, next) {
                (b'(', Some(b'*')) if part != Part::Body => Some(nested(bytes, at)),
                (b'/', Some(b'*')) if slash => Some(find(bytes, at + 2, b"*/")),
                (b'/', Some(b'/')) if slash => {
                    let line = bytes.get(at..).unwrap_or_default();
                    let length = line.iter().position(|b| *b == b'\n').unwrap_or(line.len());
                    Some(Some(at + length))
                }
                _ => None,
            };
            if let Some(end) = end {
                let Some(end) = end else {
                    return Err(Open(Span {
                        start: at,
                        end: at + 2,
                    }));
                };
                if *byte == b'(' {
                    remarks.push(Span { start: at, end });
                }
                for byte in out.get_mut(at..end).unwrap_or_default() {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at = end;
                continue;
            }
            fresh = match byte {
                b'\n' => true,
                b' ' | b'\t' | b'\r' => fresh,
                _ => false,
            };
            match (part, byte) {
                (Part::Name, b'\n') => part = Part::Header,
                (Part::Name | Part::Header, b'{') => (part, state) = (Part::State, at),
                (Part::Outside, b'{') => part = Part::Body,
                (Part::State | Part::Body, b'{') => depth += 1,
                (Part::State | Part::Body, b'}') if depth != 0 => depth -= 1,
                (Part::State | Part::Body, b'}') => part = Part::Outside,
                (Part::Start, _) if !fresh => part = Part::Name,
                _ => {}
            }
            at += 1;
        }
        Ok(Self {
            // Whole characters were replaced, by as many blanks as they had bytes.
            text: String::from_utf8(out).unwrap_or_default(),
            remarks,
            state,
        })
    }
}

/// The lines of a comment, so that they can stand in one before the initial state, and herd7 reads that: the state begins
/// at the first `{` to it, in a comment or not, and what `(*` opens has to be closed.
pub(crate) fn printable(lines: &[String]) -> String {
    let mut text = lines.join("\n").replace('{', "[").replace('}', "]");
    loop {
        let halves = halves(text.as_bytes());
        if halves.is_empty() {
            return text;
        }
        // `( *)` of a `(*)` has a new half: once more.
        let mut apart = String::with_capacity(text.len() + halves.len());
        let mut start = 0;
        for at in halves {
            apart.push_str(text.get(start..=at).unwrap_or_default());
            apart.push(' ');
            start = at + 1;
        }
        apart.push_str(text.get(start..).unwrap_or_default());
        text = apart;
    }
}

/// Where a `(*` is that is never closed, or a `*)` that closes none; in their order.
fn halves(bytes: &[u8]) -> Vec<usize> {
    let (mut open, mut halves, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(two) = bytes.get(at..at + 2) {
        match two {
            b"(*" => open.push(at),
            b"*)" => halves.extend(open.pop().is_none().then_some(at)),
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    halves.extend(open);
    halves.sort_unstable();
    halves
}

/// The end of a `(* ... *)` that begins at `at`.
fn nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at..at + 2)? {
            b"(*" => depth += 1,
            b"*)" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Behind the next `wanted` from `at` on.
fn find(bytes: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let found = rest.windows(wanted.len()).position(|two| two == wanted)?;
    Some(at + found + wanted.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(text: &str) -> String {
        match Blanked::of(text) {
            Ok(blanked) => {
                assert_eq!(blanked.text.len(), text.len());
                blanked
                    .text
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Err(Open(at)) => format!("open at {}", at.start),
        }
    }

    #[test]
    fn each_kind_is_a_comment_where_it_is_one() {
        for (text, left) in [
            ("// a\nC n (* b (* c *) *)\n{}", "C n {}"),
            ("C dir//n/*o\n{}", "C dir//n/*o {}"),
            ("C n\nUrl=a//b\n/* c */ // d\n{}", "C n Url=a//b {}"),
            ("C n\n{ (* a *) x=1; // b\n}", "C n { x=1; }"),
            (
                "C n\n{}\nP0() { (*x) /* (* */ b; // *)\n}",
                "C n {} P0() { (*x) b; }",
            ),
            (
                "C n\n{}\nP0() { { } (*x) }\n(* a *) b",
                "C n {} P0() { { } (*x) } b",
            ),
            (
                "C n\n{ a = {1}; (* c *) }\nP0() { (*x }",
                "C n { a = {1}; } P0() { (*x }",
            ),
            ("C n (* \u{e4} *)\n{}", "C n {}"),
        ] {
            assert_eq!(blanked(text), left);
        }
    }

    #[test]
    fn halves_of_comments_are_written_apart() {
        for (doc, wanted) in [
            ("a (* b *) c", "a (* b *) c"),
            ("a (* b\n(* c *)", "a ( * b\n(* c *)"),
            ("a *) b", "a * ) b"),
            ("(*) (* b *) *) (*)", "(*) (* b *) *) ( * )"),
            ("*)(*", "* )( *"),
            ("**) ((*", "** ) (( *"),
            ("{ x=0; }", "[ x=0; ]"),
        ] {
            let lines: Vec<String> = doc.lines().map(str::to_owned).collect();
            let text = printable(&lines);
            assert_eq!(text, wanted);
            assert!(halves(text.as_bytes()).is_empty());
        }
    }

    #[test]
    fn open_comment_is_known_by_its_first_sign() {
        assert_eq!(blanked("C n\n(* a (* b *)\n{}"), "open at 4");
        assert_eq!(blanked("C n\n{}\nP0() { /* a\n"), "open at 14");
        assert_eq!(
            blanked(&format!("C n\n{}", "(*".repeat(100_000))),
            "open at 4"
        );
    }
}
