// SPDX-License-Identifier: GPL-2.0

//! `#[ferrite::tests]`.

use proc_macro::{
    Delimiter,
    Group,
    Ident,
    Span,
    TokenStream,
    TokenTree, //
};

/// Where and why an item cannot be made a test suite.
pub(crate) struct Error {
    span: Span,
    message: &'static str,
}

impl Error {
    fn new(span: Span, message: &'static str) -> Self {
        Self { span, message }
    }

    /// A `compile_error!` that the compiler shows at the offending token.
    pub(crate) fn into_compile_error(self) -> TokenStream {
        let tokens = parse(&format!("::core::compile_error!({:?});", self.message));
        tokens
            .into_iter()
            .map(|mut token| {
                token.set_span(self.span);
                token
            })
            .collect()
    }
}

/// Parses text that this file wrote.
fn parse(text: &str) -> TokenStream {
    text.parse().expect("the generated text is Rust")
}

/// Expands the attribute on `mod name { ... }`.
pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if let Some(token) = attr.into_iter().next() {
        return Err(Error::new(
            token.span(),
            "`#[ferrite::tests]` takes no arguments",
        ));
    }

    let mut head: Vec<TokenTree> = item.into_iter().collect();
    let body = match head.pop() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
        other => {
            let span = other.map_or_else(Span::call_site, |token| token.span());
            return Err(Error::new(
                span,
                "`#[ferrite::tests]` is for a module with its body in place: `mod tests { ... }`",
            ));
        }
    };
    match head.as_slice() {
        [.., TokenTree::Ident(keyword), TokenTree::Ident(_)] if keyword.to_string() == "mod" => (),
        _ => {
            return Err(Error::new(
                body.span_open(),
                "`#[ferrite::tests]` is for a module: `mod tests { ... }`",
            ))
        }
    }

    let (items, cases) = split(body.stream())?;

    let mut full: TokenStream = parse("#[allow(unused_imports)]")
        .into_iter()
        .chain(parse(
            "use ::ferrite::{__assert as assert, __assert_eq as assert_eq};",
        ))
        .chain(items)
        .collect();
    let list: Vec<String> = cases
        .iter()
        .map(|name| format!("::ferrite::test::Case::new(\"{name}\", {name})"))
        .collect();
    let list = list.join(",");
    full.extend(parse(&format!(
        "pub(crate) static SUITE: ::ferrite::test::Suite =
            ::ferrite::test::Suite::new(::core::module_path!(), &[{list}]);"
    )));

    let mut out = parse("#[cfg(CONFIG_FERRITE_TESTS)]");
    out.extend(head.iter().cloned());
    out.extend([braces(full)]);
    out.extend(parse("#[cfg(not(CONFIG_FERRITE_TESTS))]"));
    out.extend(head);
    out.extend([braces(parse(
        "pub(crate) static SUITE: ::ferrite::test::Suite =
            ::ferrite::test::Suite::new(::core::module_path!(), &[]);",
    ))]);
    Ok(out)
}

fn braces(stream: TokenStream) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::Brace, stream))
}

/// Takes `#[test]` off the functions of a module and makes them return `Outcome`; gives the new
/// items and the names of the functions.
fn split(body: TokenStream) -> Result<(TokenStream, Vec<Ident>), Error> {
    let mut items = Vec::new();
    let mut cases = Vec::new();
    let mut tokens = body.into_iter().peekable();

    while let Some(token) = tokens.next() {
        let is_test = matches!(&token, TokenTree::Punct(p) if p.as_char() == '#')
            && matches!(tokens.peek(), Some(TokenTree::Group(g))
                if g.delimiter() == Delimiter::Bracket && g.stream().to_string() == "test");
        if !is_test {
            items.push(token);
            continue;
        }
        let attribute = tokens.next().map_or_else(Span::call_site, |t| t.span());

        // Everything up to the body: further attributes, `fn`, the name, `()`.
        let mut previous_is_fn = false;
        let mut name = None;
        loop {
            match tokens.next() {
                Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace => {
                    let Some(name) = name else {
                        return Err(Error::new(attribute, "`#[test]` is for a function"));
                    };
                    cases.push(name);
                    items.extend(parse("-> ::ferrite::test::Outcome"));
                    let mut block: TokenStream = [TokenTree::Group(g)].into_iter().collect();
                    block.extend(parse("::core::result::Result::Ok(())"));
                    items.push(braces(block));
                    break;
                }
                Some(TokenTree::Punct(p)) if p.as_char() == '-' => {
                    return Err(Error::new(
                        p.span(),
                        "a test returns nothing: it fails by `assert!`, `assert_eq!` or `?`",
                    ));
                }
                Some(token) => {
                    if let TokenTree::Ident(ident) = &token {
                        if previous_is_fn {
                            name = Some(ident.clone());
                        }
                        previous_is_fn = ident.to_string() == "fn";
                    }
                    items.push(token);
                }
                None => return Err(Error::new(attribute, "`#[test]` is for a function")),
            }
        }
    }
    Ok((items.into_iter().collect(), cases))
}
