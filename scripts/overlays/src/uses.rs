// SPDX-License-Identifier: GPL-2.0

//! Who uses a field of a structure, in one C source.
//!
//! C is not compiled here, so types are guessed from what stands in the file: a name has the type of its
//! nearest declaration above. Where a guess is not possible the answer is "no use", so the fields that
//! are asked for are those of structures whose pointers have names of their own: `struct device_driver *drv`.

use crate::list::{Access, Overlay};
use crate::tokens::{tokens, Token};

/// The lines, counted from 1, in which `source` uses the field that `overlay` is about.
pub(crate) fn uses(source: &str, overlay: &Overlay) -> Vec<usize> {
    if !source.contains(overlay.name()) {
        return Vec::new();
    }
    let tokens = tokens(source);
    let uses = (1..tokens.len()).filter(|at| is_use(&tokens, *at, overlay));
    let mut lines: Vec<usize> = uses.map(|at| tokens[at].line).collect();
    lines.dedup();
    lines
}

/// Is the word at `at` the field, of the structure, used in the way that is asked for?
fn is_use(tokens: &[Token<'_>], at: usize, overlay: &Overlay) -> bool {
    if tokens[at].text != overlay.name() {
        return false;
    }
    let writes = tokens.get(at + 1).is_some_and(|next| next.text == "=");
    if writes != (overlay.access == Access::Write) {
        return false;
    }
    let Some(base) = base(tokens, at) else {
        return false;
    };
    match base.as_slice() {
        [] => false,
        [name] => type_of(tokens, at, name) == Some(overlay.structure()),
        // Of several members the last but one tells most: `x->dev->driver->resume`.
        [.., owner, member] => {
            let pointer = tokens[at - 1].text == "->";
            let known = |held: &String| {
                let Some((structure, field)) = held.split_once('.') else {
                    return held == member && !pointer;
                };
                let own = type_of(tokens, at, owner) == Some(structure);
                field == *member && pointer && (own || *owner == "dev" && base.len() > 2)
            };
            overlay.held_as.iter().any(known)
        }
    }
}

/// The names before a member: `a->b.c` has `["a", "b"]` before `c`. None if this is no member, or if an
/// expression is before it that is not made of names.
fn base<'a>(tokens: &[Token<'a>], at: usize) -> Option<Vec<&'a str>> {
    let mut names = Vec::new();
    let mut at = at;
    while at >= 2 && matches!(tokens[at - 1].text, "->" | ".") {
        let name = tokens[at - 2].text;
        if !is_name(name) {
            return None;
        }
        names.push(name);
        at -= 2;
    }
    names.reverse();
    Some(names)
}

/// The structure that a name is declared as, nearest above `at`: `struct X *name` or `struct X name`.
fn type_of<'a>(tokens: &[Token<'a>], at: usize, name: &str) -> Option<&'a str> {
    for place in (0..at).rev() {
        if tokens[place].text != name {
            continue;
        }
        let before = tokens[..place].iter().rev();
        let mut before = before.skip_while(|token| matches!(token.text, "*" | "const"));
        if let (Some(structure), Some(keyword)) = (before.next(), before.next()) {
            if keyword.text == "struct" && is_name(structure.text) {
                return Some(structure.text);
            }
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(access: &str) -> Overlay {
        toml::from_str(&format!(
            "field = \"device_driver.resume\"\nholds = \"x\"\nprobes = [\"x\"]\naccess = \"{access}\"\n\
             held_as = [\"device.driver\", \"drv_core\"]\n"
        ))
        .unwrap()
    }

    fn read(source: &str) -> Vec<usize> {
        uses(source, &resume("read"))
    }

    #[test]
    fn by_its_declared_type() {
        assert_eq!(
            read("int f(struct device_driver *d)\n{ return d->resume(0); }"),
            [2]
        );
        assert_eq!(
            read("int f(const struct device_driver *d)\n{ return !d->resume; }"),
            [2]
        );
        assert!(read("int f(struct pci_driver *d) { return d->resume(0); }").is_empty());
    }

    #[test]
    fn the_nearest_declaration_counts() {
        let both = "void f(struct device_driver *d);\nint g(struct usb_driver *d)\n{ return d->resume(0); }";
        assert!(read(both).is_empty());
        let both = "void f(struct usb_driver *d);\nint g(struct device_driver *d)\n{ return d->resume(0); }";
        assert_eq!(read(both), [3]);
    }

    #[test]
    fn by_the_member_that_holds_it() {
        assert_eq!(
            read("void f(struct device *x) { x->driver->resume(x); }"),
            [1]
        );
        assert_eq!(
            read("void f(struct y *x) { x->dev->driver->resume(x); }"),
            [1]
        );
        assert_eq!(read("void f(struct y *x) { x->drv_core.resume(x); }"), [1]);
        // A gadget's driver is none of the driver core, whatever the gadget is called.
        assert!(read("void f(struct udc *dev) { dev->driver->resume(x); }").is_empty());
        assert!(read("void f(struct y *x) { x->drv_core->resume(x); }").is_empty());
        assert!(read("void f(struct udc *udc) { udc->driver->resume(x); }").is_empty());
    }

    #[test]
    fn reading_is_not_writing() {
        let text = "void f(struct device_driver *d) { d->resume = g; }";
        assert!(read(text).is_empty());
        assert_eq!(uses(text, &resume("write")), [1]);
        assert_eq!(
            read("int f(struct device_driver *d) { return d->resume == g; }"),
            [1]
        );
    }

    #[test]
    fn comments_do_not_count() {
        assert!(read("/* struct device_driver *d; d->resume() */").is_empty());
    }

    #[test]
    fn other_fields_do_not_count() {
        assert!(read("int f(struct device_driver *d) { return d->resume_early(0); }").is_empty());
    }
}
