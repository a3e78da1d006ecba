// SPDX-License-Identifier: GPL-2.0

//! The module tree of a crate: which file holds which module, and which paths each file writes.

use anyhow::{Context as _, Result};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, ItemMod, ItemUse, Lit, Meta, MetaNameValue, UseTree, Visibility};

/// A path as written: its segments, and the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The segments, such as `super`, `value`, `Value`.
    pub(crate) segments: Vec<String>,
    /// The modules inside the file that it stands in: `super` leaves these first.
    pub(crate) inside: Vec<String>,
    /// The line in the file.
    pub(crate) line: usize,
}

/// A file of a crate.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Where the file is.
    pub(crate) path: PathBuf,
    /// All paths that it writes.
    pub(crate) paths: Vec<Written>,
}

/// The files of a crate by their modules: `["vm", "drive"]`; the root's name is empty.
pub(crate) type Crate = BTreeMap<Vec<String>, Source>;

/// Read a crate from its root, which is its `lib.rs` or `main.rs`.
pub(crate) fn read(root: &Path) -> Result<Crate> {
    let mut all = Crate::new();
    let folder = root.parent().unwrap_or(Path::new(""));
    read_file(root, folder, Vec::new(), &mut all)?;
    Ok(all)
}

/// Read a module's file; `folder` has the files of the modules below it.
fn read_file(file: &Path, folder: &Path, name: Vec<String>, all: &mut Crate) -> Result<()> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let parsed = syn::parse_file(&text).with_context(|| format!("{}", file.display()))?;
    let mut finder = Finder::default();
    finder.visit_file(&parsed);
    for (module, elsewhere) in finder.modules {
        let beside = file.parent().unwrap_or(Path::new(""));
        let elsewhere = elsewhere.map(|path| beside.join(path));
        let flat = folder.join(format!("{module}.rs"));
        let nested = folder.join(&module).join("mod.rs");
        let below = name.iter().cloned().chain([module.clone()]).collect();
        let usual = if flat.exists() { flat } else { nested };
        let path = elsewhere.unwrap_or(usual);
        let inner = match path.ends_with("mod.rs") {
            true => folder.join(&module),
            false => path.with_extension(""),
        };
        read_file(&path, &inner, below, all)?;
    }
    all.insert(
        name,
        Source {
            path: file.to_owned(),
            paths: finder.paths,
        },
    );
    Ok(())
}

/// Collects what one file writes.
#[derive(Default)]
struct Finder {
    paths: Vec<Written>,
    /// The modules that have files: their names, and where `#[path]` says that the file is.
    modules: Vec<(String, Option<String>)>,
    inside: Vec<String>,
}

impl Finder {
    fn add(&mut self, segments: Vec<String>, line: usize) {
        self.paths.push(Written {
            segments,
            inside: self.inside.clone(),
            line,
        });
    }

    fn add_use(&mut self, tree: &UseTree, before: &[String], line: usize) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.add_use(&path.tree, &with(path.ident.to_string()), line),
            UseTree::Name(name) if name.ident == "self" => self.add(before.to_vec(), line),
            UseTree::Name(name) => self.add(with(name.ident.to_string()), line),
            UseTree::Rename(name) => self.add(with(name.ident.to_string()), line),
            UseTree::Glob(_) => self.add(before.to_vec(), line),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before, line);
                }
            }
        }
    }

    /// The paths in what a macro is given, which is not parsed: names with `::` between.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let (mut colons, mut line) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 || segments.is_empty() => {
                    line = ident.span().start().line;
                    segments.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !segments.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    self.end(&mut segments, line);
                    line = ident.span().start().line;
                    segments.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                _ => {}
            }
            self.end(&mut segments, line);
            colons = 0;
        }
        self.end(&mut segments, line);
    }

    fn end(&mut self, segments: &mut Vec<String>, line: usize) {
        if segments.len() > 1 {
            self.add(std::mem::take(segments), line);
        }
        segments.clear();
    }
}

/// What `#[path = "..."]` says.
fn said_path(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(MetaNameValue {
                path,
                value: Expr::Lit(literal),
                ..
            }) if path.is_ident("path") => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let name = module.ident.to_string();
        match &module.content {
            Some((_, items)) => {
                self.inside.push(name);
                items.iter().for_each(|item: &Item| self.visit_item(item));
                self.inside.pop();
            }
            // A module in a file, of a module in a file: nobody nests the one in the other here.
            None => self.modules.push((name, said_path(&module.attrs))),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_use(&item.tree, &[], item.use_token.span.start().line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            let line = path.segments[0].ident.span().start().line;
            self.add(segments, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.add_tokens(mac.tokens.clone());
    }

    // `pub(in path)` says who may use something, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
