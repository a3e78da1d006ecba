// SPDX-License-Identifier: GPL-2.0

//! Reading: lines become a document.

use crate::document::{Counts, Document, Test, TestOutcome};
use crate::line::{KtapLine, LineKind};

/// Read a document. It never fails: faults of the text are in [`Document::faults`].
pub fn read(text: &str) -> Document {
    let mut reader = Reader::default();
    for raw in text.lines() {
        reader.line(&KtapLine::new(raw));
    }
    reader.end(text)
}

/// The tests at one level of nesting, as far as they were read.
#[derive(Default)]
struct Block {
    indent: usize,
    plan: Option<usize>,
    skip: Option<String>,
    tests: Vec<Test>,
}

#[derive(Default)]
struct Reader {
    /// Was the version line read? Lines before it are ignored.
    begun: bool,
    /// The open blocks: the document first, the innermost last.
    open: Vec<Block>,
    faults: Vec<String>,
    totals: Option<Counts>,
}

impl Reader {
    fn line(&mut self, line: &KtapLine<'_>) {
        if !self.begun {
            if line.kind == LineKind::Version {
                self.begun = true;
                self.open.push(Block {
                    indent: line.indent,
                    ..Block::default()
                });
            }
            return;
        }
        match &line.kind {
            LineKind::Version => self.version(line.indent),
            LineKind::Plan { last, skip } => self.plan(line.indent, *last, *skip),
            LineKind::Result {
                number,
                name,
                outcome,
                reason,
            } => {
                let test = Test {
                    name: name.clone(),
                    outcome: *outcome,
                    reason: (*reason).to_owned(),
                    parts: Vec::new(),
                };
                self.result(line.indent, *number, test);
            }
            // Below the top, KUnit counts in its own way; only the whole document's totals are compared.
            // PANIC: the first version line opened a block, and the outermost is only closed at the end.
            LineKind::Totals {
                passed,
                failed,
                skipped,
            } if line.indent == self.open[0].indent => {
                self.totals = Some(Counts {
                    passed: *passed,
                    failed: *failed,
                    skipped: *skipped,
                });
            }
            LineKind::BailOut(why) => self.fault(match *why {
                "" => "gave up (Bail out!)".to_owned(),
                why => format!("gave up: {why}"),
            }),
            LineKind::Totals { .. } | LineKind::Other => {}
        }
    }

    fn version(&mut self, indent: usize) {
        // PANIC: the first version line opened a block, and the outermost is only closed at the end.
        let top = &self.open[0];
        if indent > top.indent {
            self.open_block(indent);
        } else if top.plan.is_some() || !top.tests.is_empty() {
            self.fault("a second document begins before the first is at its end".to_owned());
        }
    }

    fn plan(&mut self, indent: usize, last: usize, skip: Option<&str>) {
        let block = self.open_block(indent);
        if let Some(plan) = block.plan {
            self.fault(format!("two plans: 1..{plan} and 1..{last}"));
            return;
        }
        block.plan = Some(last);
        block.skip = skip.map(str::to_owned);
    }

    fn result(&mut self, indent: usize, number: Option<usize>, mut test: Test) {
        let Some(at) = self.open.iter().rposition(|block| block.indent == indent) else {
            self.fault(format!(
                "the result of \"{}\" is indented as no plan is",
                test.name
            ));
            return;
        };
        // Blocks that are nested deeper than this result hold its subtests.
        while self.open.len() > at + 2 {
            self.fault(format!(
                "a test inside \"{}\" has parts and no result",
                test.name
            ));
            self.open.pop();
        }
        if self.open.len() == at + 2 {
            self.adopt(&mut test);
        }
        // PANIC: `at` is an index of `open`, and only what is above it was closed.
        let expected = self.open[at].tests.len() + 1;
        if let Some(number) = number.filter(|number| *number != expected) {
            self.fault(format!(
                "result {number} (\"{}\") where {expected} was due",
                test.name
            ));
        }
        self.open[at].tests.push(test);
    }

    /// Close the innermost block; its tests become the subtests of `test`.
    fn adopt(&mut self, test: &mut Test) {
        let Some(block) = self.open.pop() else { return };
        self.check_plan(&block, &format!("\"{}\": ", test.name));
        let failed = block
            .tests
            .iter()
            .filter(|part| part.counts().failed > 0)
            .count();
        if failed > 0 && test.outcome == TestOutcome::Passed {
            self.fault(format!(
                "\"{}\" says ok, although {failed} of its parts failed",
                test.name
            ));
        }
        if let (true, Some(reason)) = (block.tests.is_empty(), block.skip) {
            if test.outcome == TestOutcome::Passed {
                test.outcome = TestOutcome::Skipped;
                test.reason = reason;
            }
        }
        test.parts = block.tests;
    }

    fn check_plan(&mut self, block: &Block, whose: &str) {
        let came = block.tests.len();
        match block.plan {
            None => self.fault(format!(
                "{whose}no plan (1..N): nothing says whether all of its tests reported"
            )),
            Some(plan) if came < plan => {
                self.fault(format!("{whose}cut short: {came} of {plan} tests reported"));
            }
            Some(plan) if came > plan => {
                self.fault(format!(
                    "{whose}{came} tests reported where {plan} were announced"
                ));
            }
            Some(0) if block.skip.is_none() => {
                self.fault(format!("{whose}announces no test and does not say why"));
            }
            Some(_) => {}
        }
    }

    fn end(mut self, text: &str) -> Document {
        if !self.begun {
            let fault = match text.lines().find(|line| !line.trim().is_empty()) {
                None => "printed nothing where KTAP was due".to_owned(),
                Some(first) => format!("printed no KTAP; its first line: {}", excerpt(first)),
            };
            return Document {
                faults: vec![fault],
                ..Document::default()
            };
        }
        let inner = self.open.split_off(1);
        if let Some(last) = inner.iter().flat_map(|block| &block.tests).next_back() {
            self.fault(format!(
                "cut short in the middle of a test's parts, after \"{}\"",
                last.name
            ));
        } else if !inner.is_empty() {
            self.fault("cut short before the first part of a test".to_owned());
        }
        let top = self.open.remove(0);
        self.check_plan(&top, "");
        let document = Document {
            tests: top.tests,
            plan: top.plan,
            skipped: top.skip,
            faults: Vec::new(),
        };
        if let Some(said) = self.totals.filter(|said| *said != document.counts()) {
            self.fault(format!(
                "its totals say {said}, its results {}",
                document.counts()
            ));
        }
        Document {
            faults: self.faults,
            ..document
        }
    }

    /// The block at this indentation. Opens one if the indentation is deeper than all open blocks; deeper blocks stay
    /// open until their result comes.
    fn open_block(&mut self, indent: usize) -> &mut Block {
        let at = match self.open.iter().rposition(|block| block.indent == indent) {
            Some(at) => at,
            None => {
                self.open.push(Block {
                    indent,
                    ..Block::default()
                });
                self.open.len() - 1
            }
        };
        // PANIC: found in `open`, or just pushed.
        &mut self.open[at]
    }

    fn fault(&mut self, text: String) {
        self.faults.push(text);
    }
}

/// The first 80 characters of a line, with control characters escaped.
fn excerpt(line: &str) -> String {
    line.chars()
        .take(80)
        .flat_map(char::escape_default)
        .collect()
}
