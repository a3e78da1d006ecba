// SPDX-License-Identifier: GPL-2.0

//! C source as words: without comments, strings and white space.

/// A word of C and the line it is in, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// An identifier, a number, an operator, or a quote that stands for a whole string.
    pub(crate) text: &'a str,
    /// The line.
    pub(crate) line: usize,
}

/// The operators that must not be taken for two: after the field, `==` reads and `=` writes.
const OPERATORS: [&str; 6] = ["->", "==", "!=", "<=", ">=", "++"];

/// All words of a source.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = length_of_first(rest, first);
        let (text, after) = rest.split_at(length);
        let quiet = first.is_whitespace() || text.starts_with("/*") || text.starts_with("//");
        if !quiet {
            let text = match first {
                '"' | '\'' => &text[..1],
                _ => text,
            };
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// How many bytes the first word, comment, string or white space of `rest` has.
fn length_of_first(rest: &str, first: char) -> usize {
    let until = |end: &str, from: usize| {
        let found = rest.get(from..).and_then(|text| text.find(end));
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    let while_is = |is: fn(char) -> bool| {
        let end = rest.find(|c: char| !is(c));
        end.unwrap_or(rest.len())
    };
    if first.is_whitespace() {
        while_is(char::is_whitespace)
    } else if first.is_alphanumeric() || first == '_' {
        while_is(|c| c.is_alphanumeric() || c == '_')
    } else if rest.starts_with("/*") {
        until("*/", 2)
    } else if rest.starts_with("//") {
        until("\n", 2)
    } else if first == '"' || first == '\'' {
        string(rest, first)
    } else if OPERATORS.iter().any(|operator| rest.starts_with(operator)) {
        2
    } else {
        first.len_utf8()
    }
}

/// How many bytes a string has, with its quotes. It ends with its line if nothing else ends it.
fn string(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' if !escaped => return at,
            c if c == quote && !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_and_operators() {
        assert_eq!(
            words("a->b==c.d=1;"),
            ["a", "->", "b", "==", "c", ".", "d", "=", "1", ";"]
        );
    }

    #[test]
    fn comments_and_strings_say_nothing() {
        assert_eq!(words("a /* b->c */ d // e\nf"), ["a", "d", "f"]);
        assert_eq!(words(r#"x = "a->b \" c";"#), ["x", "=", "\"", ";"]);
        assert_eq!(words("c = '\\'';"), ["c", "=", "'", ";"]);
    }

    #[test]
    fn lines_are_counted() {
        let found = tokens("a\n/* \n */ b\n\"x\ny");
        let lines: Vec<_> = found.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(lines, [("a", 1), ("b", 3), ("\"", 4), ("y", 5)]);
    }

    #[test]
    fn an_end_in_the_middle() {
        assert_eq!(words("a /* b"), ["a"]);
        assert_eq!(words("\"é"), ["\""]);
    }
}
