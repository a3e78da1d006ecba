// SPDX-License-Identifier: GPL-2.0

//! Finds out whether the compiler comes with the address sanitizer's runtime.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(address_sanitizer)");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir"])
        .output();
    let Ok(output) = output else {
        return;
    };
    let folder = String::from_utf8_lossy(&output.stdout).into_owned();
    let Ok(files) = Path::new(folder.trim()).read_dir() else {
        return;
    };
    let is_runtime = |name: String| name.ends_with("_rt.asan.a");
    if files
        .flatten()
        .any(|file| is_runtime(file.file_name().to_string_lossy().into_owned()))
    {
        println!("cargo:rustc-cfg=address_sanitizer");
    }
}
