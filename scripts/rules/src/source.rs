// SPDX-License-Identifier: GPL-2.0

//! What a Rust file's comments have to say beside its code: ORDERING, SAFETY, PANIC and CAST.
//!
//! A marker stands in a comment above the expression, or above the statement, arm or item that it is part of, with no
//! empty line between; or at the end of its own line. Tests need neither PANIC nor CAST: there, a panic is the answer.

use std::path::Path;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemFn, ItemImpl, ItemMod, Stmt};

/// How memory accesses are ordered: who names one orders an atomic operation or a barrier.
const ORDERINGS: [&str; 6] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst", "Full"];

/// The types to which `as` may lose something.
const NUMBERS: [&str; 14] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// It accesses memory in an order, which is to be explained. A crate that only talks of orderings does not.
    pub orderings: bool,
    /// An index that is out of bounds stops a kernel. It ends a tool, with a message.
    pub indexing: bool,
    /// What stops or loses something is wanted beyond tests, and this file is none.
    pub product: bool,
}

impl Wanted {
    /// Of a file, by its path in the repository.
    pub fn of(file: &Path) -> Self {
        let test = file.components().any(|part| part.as_os_str() == "tests")
            || file.file_stem().is_some_and(|stem| stem == "tests");
        Wanted {
            orderings: !file.starts_with("scripts/lkmm"),
            indexing: !file.starts_with("scripts"),
            product: !test,
        }
    }
}

/// What breaks the rules in a file's text: line, and what is missing.
///
/// # Errors
///
/// If the text is not Rust.
pub fn comments(text: &str, wanted: Wanted) -> syn::Result<Vec<(usize, String)>> {
    let parsed = syn::parse_file(text)?;
    let mut reader = Reader {
        lines: text.lines().collect(),
        around: Vec::new(),
        wanted,
        test: !wanted.product,
        faults: Vec::new(),
    };
    reader.visit_file(&parsed);
    reader.faults.sort();
    reader.faults.dedup();
    Ok(reader.faults)
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    /// The first lines of what is around the present expression.
    around: Vec<usize>,
    wanted: Wanted,
    /// The present expression is of tests alone.
    test: bool,
    faults: Vec<(usize, String)>,
}

impl Reader<'_> {
    /// Is the marker in a comment that belongs to this line or to what is around it?
    fn says(&self, marker: &str, line: usize) -> bool {
        let own = self.lines.get(line - 1).copied().unwrap_or_default();
        let trailing = own
            .split_once("//")
            .is_some_and(|(_, comment)| comment.contains(marker));
        trailing
            || self
                .around
                .iter()
                .chain([&line])
                .any(|line| self.above(marker, *line))
    }

    /// Is the marker in a comment above a line, in the same paragraph? A paragraph begins after an empty line, and with a
    /// block.
    fn above(&self, marker: &str, line: usize) -> bool {
        let above = self
            .lines
            .iter()
            .take(line - 1)
            .rev()
            .map(|line| line.trim());
        above
            .take_while(|line| !line.is_empty() && (line.starts_with("//") || !line.ends_with('{')))
            .any(|line| line.starts_with("//") && line.contains(marker))
    }

    fn want(&mut self, marker: &str, line: usize, why: &str) {
        if !self.says(marker, line) {
            self.faults
                .push((line, format!("{why} without a `{marker}` comment")));
        }
    }

    fn within(&mut self, line: usize, test: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.test;
        self.test |= test;
        self.around.push(line);
        visit(self);
        self.around.pop();
        self.test = before;
    }
}

/// Does an attribute say that this is compiled for tests alone?
fn of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute
                .path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "tests")
            || attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| {
                    let text = list.tokens.to_string();
                    text == "test" || text.contains("FERRITE_TESTS")
                })
    })
}

fn names_ordering(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.segments.last()
        .is_some_and(|last| ORDERINGS.iter().any(|name| last.ident == name)))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let (line, test) = (item.ident.span().start().line, of_tests(&item.attrs));
        self.within(line, test, |reader| visit::visit_item_mod(reader, item));
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let (line, test) = (item.sig.span().start().line, of_tests(&item.attrs));
        self.within(line, test, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let (line, test) = (item.impl_token.span.start().line, of_tests(&item.attrs));
        if let Some(keyword) = &item.unsafety {
            self.want("SAFETY:", keyword.span.start().line, "an unsafe impl");
        }
        self.within(line, test, |reader| visit::visit_item_impl(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let (line, test) = (item.sig.span().start().line, of_tests(&item.attrs));
        self.within(line, test, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        self.within(stmt.span().start().line, false, |reader| {
            visit::visit_stmt(reader, stmt)
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.within(arm.span().start().line, false, |reader| {
            visit::visit_arm(reader, arm)
        });
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.within(field.span().start().line, false, |reader| {
            visit::visit_field_value(reader, field)
        });
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.within(item.ident.span().start().line, false, |reader| {
            visit::visit_item_const(reader, item)
        });
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let name = mac.path.segments.last().map(|last| last.ident.to_string());
        let stops = ["panic", "unreachable", "todo", "unimplemented"];
        if !self.test && name.is_some_and(|name| stops.contains(&name.as_str())) {
            self.want("PANIC:", mac.path.span().start().line, "a macro that stops");
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::MethodCall(call) => {
                let line = call.method.span().start().line;
                if self.wanted.orderings && call.args.iter().any(names_ordering) {
                    self.want("ORDERING:", line, "an ordered access");
                }
                let stops = call.method == "unwrap" || call.method == "expect";
                if stops && !self.test {
                    self.want("PANIC:", line, "an unwrap() or expect()");
                }
            }
            Expr::Call(call) if self.wanted.orderings && call.args.iter().any(names_ordering) => {
                self.want("ORDERING:", call.span().start().line, "an ordered access");
            }
            Expr::Index(index) if self.wanted.indexing && !self.test => {
                let whole = matches!(&*index.index, Expr::Range(range) if range.start.is_none() && range.end.is_none());
                if !whole {
                    self.want("PANIC:", index.span().start().line, "indexing");
                }
            }
            Expr::Cast(cast) if !self.test => {
                let number = matches!(&*cast.ty, syn::Type::Path(path)
                    if NUMBERS.iter().any(|name| path.path.is_ident(name)));
                if number {
                    self.want(
                        "CAST:",
                        cast.as_token.span.start().line,
                        "an `as` between numbers",
                    );
                }
            }
            Expr::Unsafe(block) => {
                self.want(
                    "SAFETY:",
                    block.unsafe_token.span.start().line,
                    "an unsafe block",
                );
            }
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let found = comments(text, Wanted::of(Path::new("rust/a.rs"))).unwrap();
        found
            .into_iter()
            .map(|(line, fault)| format!("{line}: {fault}"))
            .collect()
    }

    #[test]
    fn an_ordered_access_says_why() {
        assert_eq!(
            faults("fn f() {\n    A.load(Ordering::Relaxed);\n    barrier::smp_mb(Full);\n}\n"),
            [
                "2: an ordered access without a `ORDERING:` comment",
                "3: an ordered access without a `ORDERING:` comment"
            ]
        );
        assert!(
            faults("fn f() {\n    // ORDERING: A count.\n    A.load(Relaxed);\n}\n").is_empty()
        );
        assert!(faults("fn f() {\n    // ORDERING: A count.\n    // Nothing hangs on it.\n    let a = b\n        .c()\n        .load(Relaxed);\n}\n").is_empty());
        assert!(faults(
            "fn f() {\n    a\n        // ORDERING: A count.\n        .load(Relaxed);\n}\n"
        )
        .is_empty());
        // A comment is for what follows, to the next empty line or block.
        let two =
            "fn f() {\n    // ORDERING: Counts.\n    A.load(Relaxed);\n    B.load(Relaxed);\n}\n";
        assert!(faults(two).is_empty());
        assert_eq!(faults(&two.replace(";\n    B", ";\n\n    B")).len(), 1);
        assert_eq!(
            faults(
                &two.replace("    B", "    if c {\n B")
                    .replace("\n}\n", "\n}\n}\n")
            )
            .len(),
            0
        );
    }

    #[test]
    fn what_may_panic_says_why_it_does_not() {
        assert_eq!(
            faults("fn f(a: &[u8]) -> u8 {\n    a[0]\n}\n"),
            ["2: indexing without a `PANIC:` comment"]
        );
        assert_eq!(
            faults("fn f() {\n    g().expect(\"g\");\n    unreachable!();\n}\n").len(),
            2
        );
        assert!(faults("fn f(a: &[u8]) -> &[u8] {\n    &a[..]\n}\n").is_empty());
        assert!(
            faults("// PANIC: `a` has an element.\nfn f(a: &[u8]) -> u8 {\n    a[0]\n}\n")
                .is_empty()
        );
        assert!(faults(
            "#[cfg(test)]\nmod tests {\n    fn f() {\n        g().unwrap();\n    }\n}\n"
        )
        .is_empty());
        let test = Wanted::of(Path::new("scripts/a/tests/b.rs"));
        assert!(comments("fn f() {\n    g().unwrap();\n}\n", test)
            .unwrap()
            .is_empty());
        let tool = Wanted::of(Path::new("scripts/a/src/b.rs"));
        assert!(comments("fn f(a: &[u8]) -> u8 {\n    a[0]\n}\n", tool)
            .unwrap()
            .is_empty());
    }

    #[test]
    fn casts_and_unsafe_code_say_why() {
        assert_eq!(
            faults("fn f(a: u64) -> u32 {\n    a as u32\n}\n"),
            ["2: an `as` between numbers without a `CAST:` comment"]
        );
        assert!(
            faults("fn f(a: u64) -> u32 {\n    a as u32 // CAST: It is small.\n}\n").is_empty()
        );
        assert!(faults("fn f(a: *const u8) -> *mut u8 {\n    a as *mut u8\n}\n").is_empty());
        assert_eq!(
            faults("fn f() {\n    unsafe { g() };\n}\nunsafe impl Send for A {}\n").len(),
            2
        );
        assert!(faults("// SAFETY: It has no fields.\nunsafe impl Send for A {}\n").is_empty());
    }
}
