// SPDX-License-Identifier: GPL-2.0

//! What the programs of `scripts/kbuild/` make of what they read: small inputs, and the output that is known. (They are
//! awk, and Rust that Kbuild compiles by itself, because `make KDIR=` works where there is no cargo.)

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn kbuild(name: &str) -> PathBuf {
    // As cargo says now: a test program may be older than the folder it is run from.
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    here.join("../kbuild").join(name)
}

/// Run an awk program over files with these contents: success, what it printed, and what it complained about.
fn awk(program: &str, files: &[&str]) -> (bool, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("awk");
    command
        .arg("-f")
        .arg(kbuild(program))
        .current_dir(dir.path());
    for (number, text) in files.iter().enumerate() {
        let name = format!("{number}.txt");
        fs::write(dir.path().join(&name), text).unwrap();
        command.arg(name);
    }
    said(command.output().unwrap())
}

fn said(output: Output) -> (bool, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// carried-bindings.awk reads its input twice.
fn bindings(text: &str) -> String {
    let (success, out, complaint) = awk("carried-bindings.awk", &[text, text]);
    assert!(success && complaint.is_empty(), "{complaint}");
    out
}

#[test]
fn a_shim_takes_the_name_of_a_function() {
    let raw = "unsafe extern \"C\" {\n    pub fn other(a: i32);\n}\n\
               unsafe extern \"C\" {\n    pub fn old(a: i32) -> i32;\n}\n\
               unsafe extern \"C\" {\n    pub fn carried_shim_old(a: i64) -> i32;\n}\n";
    let wanted = "unsafe extern \"C\" {\n    pub fn other(a: i32);\n}\n\
                  unsafe extern \"C\" {\n    #[link_name = \"carried_shim_old\"]\n    pub fn old(a: i64) -> i32;\n}\n";
    assert_eq!(bindings(raw), wanted);
}

#[test]
fn a_shim_takes_the_name_of_a_structure_with_all_that_is_its() {
    let raw = "#[repr(C)]\n#[derive(Copy, Clone)]\npub struct thing {\n    pub a: i32,\n}\n\
               #[expect(clippy::unnecessary_operation)]\nconst _: () = {\n    [\"Size of thing\"][size_of::<thing>() - 4usize];\n};\n\
               impl Default for thing {\n    fn default() -> Self {\n        todo!()\n    }\n}\n\
               #[repr(C)]\npub struct thing__bindgen_ty_1 {\n    pub b: i32,\n}\n\
               #[repr(C)]\npub struct carried_shim_thing {\n    pub a: i64,\n}\n\
               #[repr(C)]\npub struct things {\n    pub a: thing,\n}\n";
    let wanted = "#[repr(C)]\npub struct thing {\n    pub a: i64,\n}\n\
                  #[repr(C)]\npub struct things {\n    pub a: thing,\n}\n";
    assert_eq!(bindings(raw), wanted);
}

#[test]
fn a_constant_of_a_helper_loses_its_prefix() {
    let raw = "pub const RUST_CONST_HELPER_GFP_KERNEL: u32 = 3264;\npub const OTHER: u32 = 1;\n";
    let wanted = "pub const GFP_KERNEL: u32 = 3264;\npub const OTHER: u32 = 1;\n";
    assert_eq!(bindings(raw), wanted);
}

/// Preprocessed headers with a tag, a structure that has only a typedef, and one with an attribute.
const HEADERS: &str = "struct tagged {\n int a;\n int type;\n};\n\
    typedef struct {\n int b;\n} bare;\n\
    struct __attribute__((aligned(8))) wide\n{\n long c;\n};\n";

fn layout(name: &str) -> String {
    format!(
        "const _: () = {{\n    [\"Size of {name}\"][::core::mem::size_of::<{name}>() - 8usize];\n    \
         [\"Alignment of {name}\"][::core::mem::align_of::<{name}>() - 4usize];\n}};\n"
    )
}

#[test]
fn layouts_are_asserted_in_c() {
    let tests = [
        &layout("tagged"),
        "    [\"Offset of field: tagged::type_\"]\n        [::core::mem::offset_of!(tagged, type_) - 4usize];\n",
        &layout("bare"),
        &layout("wide"),
        &layout("tagged__bindgen_ty_1"),
    ]
    .concat();
    let (success, out, complaint) = awk("carried-layouts.awk", &[HEADERS, &tests]);
    assert!(success, "{complaint}");
    let wanted = "/* Made by scripts/kbuild/carried-layouts.awk of bindgen's layout tests. */\n\
        static_assert(sizeof(struct tagged) == 8);\n\
        static_assert(__alignof__(struct tagged) == 4);\n\
        static_assert(offsetof(struct tagged, type) == 4);\n\
        static_assert(sizeof(bare) == 8);\n\
        static_assert(__alignof__(bare) == 4);\n\
        static_assert(sizeof(struct wide) == 8);\n\
        static_assert(__alignof__(struct wide) == 4);\n\
        /* 7 of 9 */\n";
    assert_eq!(out, wanted);
}

#[test]
fn headers_that_were_misread_are_an_error() {
    let (success, _, complaint) = awk("carried-layouts.awk", &["int a;\n", &layout("tagged")]);
    assert!(
        !success && complaint.contains("of 2 layouts only 0"),
        "{complaint}"
    );
}

const UPSTREAM: &str = "//! Upstream's documentation.\n#![no_std]\n#![feature(a)]\n\n\
    pub mod alloc;\n#[cfg(CONFIG_NET)]\npub mod net;\nmod old;\n\n\
    #[doc(hidden)]\npub use bindings;\n";

#[test]
fn a_root_has_upstreams_items_and_our_modules() {
    let table =
        "pub mod alloc;\n// net: the probe says no\n#[path = \"overlay/old.rs\"]\nmod old;\n";
    let (success, out, complaint) = awk("carried-root.awk", &[table, UPSTREAM]);
    assert!(success, "{complaint}");
    let wanted = "// Made by scripts/kbuild/carried-root.awk of 0.txt and 1.txt.\n\
        #![no_std]\n#![feature(a)]\n\
        pub mod alloc;\n// net: the probe says no\n#[path = \"overlay/old.rs\"]\nmod old;\n\
        \n\n#[doc(hidden)]\npub use bindings;\n";
    assert_eq!(out, wanted);
}

#[test]
fn a_module_that_the_table_does_not_know_is_an_error() {
    let (success, out, complaint) = awk(
        "carried-root.awk",
        &["pub mod alloc;\nmod old;\n", UPSTREAM],
    );
    assert!(!success && !out.contains("no_std"), "{out}");
    assert!(complaint.contains("upstream's module 'net'"), "{complaint}");
}

#[test]
fn an_attribute_of_two_lines_is_an_error() {
    let (success, _, complaint) = awk(
        "carried-root.awk",
        &["mod a;\n", "#![feature(\n    a\n)]\n"],
    );
    assert!(
        !success && complaint.contains("longer than a line"),
        "{complaint}"
    );
}

/// Compile short-symbols.rs as Kbuild does, and have it read what `nm` printed.
fn short_symbols(nm: &str) -> (bool, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("short-symbols");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(rustc)
        .args(["--edition=2021", "-o"])
        .args([program.clone(), kbuild("short-symbols.rs")])
        .status();
    assert!(compiled.unwrap().success());
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(nm.as_bytes())
        .unwrap();
    said(child.wait_with_output().unwrap())
}

#[test]
fn long_rust_names_are_shortened_and_no_others() {
    let long = format!("_RNv{}_7example", "x".repeat(60));
    let fits = format!("_RN{}", "y".repeat(52));
    let c = "c_name_that_is_long_enough_to_be_shortened_if_it_were_of_rust";
    let module = format!("_RNv{}___module_init", "z".repeat(60));
    let nm = format!("0000000000000000 T {long}\n                 U {fits}\n{c}\n                 U {module}\n{long}\n");
    let (success, out, complaint) = short_symbols(&nm);
    assert!(success, "{complaint}");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.len(), 1, "{out}");
    let (old, new) = lines[0].split_once(' ').unwrap();
    assert_eq!(old, long);
    // The hash is FNV-1a of the whole name; then as much of its end as makes 55 characters.
    assert_eq!(
        new,
        "_Raabc6fd1e6abe288_xxxxxxxxxxxxxxxxxxxxxxxxxxx_7example"
    );
}
