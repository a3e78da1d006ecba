// SPDX-License-Identifier: GPL-2.0

//! The stress of `stress.rs`, built with the address sanitizer.
//!
//! A stable compiler takes `-Zsanitizer` with `RUSTC_BOOTSTRAP=1` alone, which is said here and nowhere else.

use std::path::Path;
use std::process::Command;

#[test]
#[cfg_attr(
    not(address_sanitizer),
    ignore = "this toolchain comes without the address sanitizer's runtime"
)]
fn stress_under_the_address_sanitizer() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sanitizer");
    std::fs::create_dir_all(&dir).expect("a folder can be made");
    let rustc = |args: &[&str]| {
        let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .env("RUSTC_BOOTSTRAP", "1")
            .args([
                "--edition=2021",
                "-Zsanitizer=address",
                "-Copt-level=1",
                "-Awarnings",
            ])
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("rustc starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    };
    let file = |name: &str| dir.join(name).display().to_string();
    let library = file("liblifo.rlib");
    let (program, planted) = (file("stress"), file("planted"));
    rustc(&[
        "--crate-type=lib",
        "--crate-name=lifo",
        "src/lib.rs",
        "-o",
        &library,
    ]);
    let library = format!("--extern=lifo={library}");
    rustc(&["--test", "tests/stress.rs", &library, "-o", &program]);
    let output = Command::new(&program).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    // An access after free, to see that the sanitizer is there.
    let source = file("planted.rs");
    let text =
        "fn main() { let b = Box::into_raw(Box::new(1u32)); unsafe { drop(Box::from_raw(b)); \
                println!(\"{}\", std::ptr::read_volatile(b)); } }";
    std::fs::write(&source, text).expect("a file can be written");
    rustc(&[&source, "-o", &planted]);
    let output = Command::new(&planted).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("heap-use-after-free"), "{said}");
}
