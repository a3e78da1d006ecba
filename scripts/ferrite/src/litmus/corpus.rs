// SPDX-License-Identifier: GPL-2.0

//! Tests, and the Rust that they were translated to.

use lkmm::ast::Test;
use lkmm::inverse::Rust;
use lkmm::rust;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// Where the litmus module has tests that it was given.
const HERE: &str = "corpus::";

/// A test and its file.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    pub(crate) test: Test,
    /// Where the litmus module has it, below its root: `builtin::sb`; nothing where the corpus is to have it.
    pub(crate) module: Option<String>,
    /// Where it was written in Rust: its text.
    pub(crate) rust: Option<Rust>,
}

/// Tests, and a file of Rust with those that the litmus module does not have by itself.
pub(crate) struct Corpus {
    pub(crate) sources: Vec<Source>,
    pub(crate) text: String,
    /// Of each test: where the litmus module has it, below its root, or why it cannot be translated.
    places: Vec<Result<String, String>>,
}

impl Corpus {
    /// Translates the tests.
    pub(crate) fn of(sources: Vec<Source>) -> Self {
        let foreign = || sources.iter().filter(|source| source.module.is_none());
        let with_rust = foreign().map(|source| (&source.test, source.rust.as_ref()));
        let (text, refused) = rust::file_with(with_rust);
        let tests: Vec<&Test> = foreign().map(|source| &source.test).collect();
        let mut names = rust::module_names(&tests).into_iter();
        let mut place = |source: &Source| {
            if let Some(module) = &source.module {
                return Ok(module.clone());
            }
            // One for each that is foreign, in their order.
            let name = names.next().unwrap_or_default();
            let refusal = refused
                .iter()
                .find(|(test, _)| std::ptr::eq(*test, &source.test));
            match refusal {
                None => Ok(format!("{HERE}{name}")),
                Some((_, refusal)) => {
                    let (at, message) = (refusal.at, refusal.message.clone());
                    let error = lkmm::Error::at(&source.file, &source.text, at, message);
                    Err(error.to_string())
                }
            }
        };
        let places = sources.iter().map(&mut place).collect();
        Self {
            text,
            places,
            sources,
        }
    }

    /// Each test, and where the litmus module has it, below its root, or why it cannot be translated.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (&Source, Result<&str, &String>)> {
        let places = self.places.iter();
        let places = places.map(|place| place.as_ref().map(String::as_str));
        self.sources.iter().zip(places)
    }

    /// Leaves out the tests that have one of these lines of the text in them; their names, and which line it was.
    pub(super) fn without(&mut self, lines: &BTreeMap<usize, String>) -> Vec<(String, usize)> {
        let count = |text: Option<&str>| text.map_or(0, |text| text.lines().count());
        let (mut left_out, mut ranges, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        for (source, place) in self.sources.iter().zip(&mut self.places) {
            let name = place
                .as_ref()
                .ok()
                .and_then(|place| place.strip_prefix(HERE));
            let Some((name, range)) = name.and_then(|name| Some((name, range(&self.text, name)?)))
            else {
                continue;
            };
            let before = count(self.text.get(..range.start));
            let there = count(self.text.get(range.clone()));
            let mut complaints = lines.range(before + 1..=before + there);
            if let Some((line, said)) = complaints.next() {
                left_out.push((source.test.name.clone(), *line));
                listed.push(format!("    &{name}::TEST,\n"));
                ranges.push(range);
                *place = Err(format!("the compiler does not take its Rust: {said}"));
            }
        }
        ranges.sort_by_key(|range| range.start);
        for range in ranges.into_iter().rev() {
            self.text.replace_range(range, "");
        }
        for line in listed {
            self.text = self.text.replacen(&line, "", 1);
        }
        left_out
    }

    /// The Rust of a test, by where the litmus module has it.
    pub(super) fn rust(&self, module: &str) -> Option<&str> {
        let range = range(&self.text, module.strip_prefix(HERE)?)?;
        self.text.get(range).map(str::trim_start)
    }
}

/// Where in a file of tests the one in the module `name` is.
fn range(text: &str, name: &str) -> Option<Range<usize>> {
    // With the empty line before it.
    const START: &str = "\nlitmus! {\n";
    const END: &str = "\n}\n";
    let title = text.find(&format!("    mod {name} = "))?;
    let start = text.get(..title)?.rfind(START)?;
    let end = start + text.get(start..)?.find(END)? + END.len();
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn source(name: &str) -> Source {
        let text = format!("C {name}\n{{}}\nP0(int *x) {{ WRITE_ONCE(*x, 1); }}\nexists (x=1)\n");
        let file = PathBuf::from("t.litmus");
        let test = lkmm::parse(Path::new("t.litmus"), &text).unwrap();
        Source {
            file,
            text,
            test,
            module: None,
            rust: None,
        }
    }

    #[test]
    fn what_does_not_compile_is_left_out_and_nothing_else() {
        let names = ["a", "b", "c", "d"];
        let mut corpus = Corpus::of(names.map(source).into());
        let line = |corpus: &Corpus, module: &str| {
            let title = format!("mod {module} = ");
            corpus
                .text
                .lines()
                .position(|line| line.contains(&title))
                .unwrap()
                + 1
        };
        let lines = ["b", "d"].map(|name| (line(&corpus, name), "error: no".to_owned()));
        let left_out = corpus.without(&lines.into());
        let left_out: Vec<&str> = left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left_out, ["b", "d"]);
        assert_eq!(corpus.text, Corpus::of(vec![source("a"), source("c")]).text);
        let well: Vec<bool> = corpus.placed().map(|(_, place)| place.is_ok()).collect();
        assert_eq!(well, [true, false, true, false]);
        // A complaint about what is no test's is nobody's.
        assert!(corpus
            .without(&BTreeMap::from([(1, "error".to_owned())]))
            .is_empty());
    }
}
