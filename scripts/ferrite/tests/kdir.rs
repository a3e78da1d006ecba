// SPDX-License-Identifier: GPL-2.0

//! What `scripts/kbuild/kdir.sh` says of a kernel build tree, before Kbuild sees it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository() -> PathBuf {
    // As cargo says now: a test program may be older than the folder it is run from.
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..")
}

/// A build tree for this machine as far as kdir.sh looks, of Linux `release`, with `config` in auto.conf.
fn tree(release: &str, config: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Makefile", "");
    write("Module.symvers", "");
    let arch = if cfg!(target_arch = "aarch64") {
        "CONFIG_ARM64=y"
    } else {
        "CONFIG_X86_64=y"
    };
    write("include/config/auto.conf", &format!("{arch}\n{config}\n"));
    write(
        "include/generated/utsrelease.h",
        &format!("#define UTS_RELEASE \"{release}\"\n"),
    );
    dir
}

/// Runs kdir.sh with a `rustc` whose version is `rustc 1.85.1 (here)`.
fn kdir(dir: &Path, provider: &str, linux: &Path) -> (bool, String, String) {
    let tools = tempfile::tempdir().unwrap();
    let rustc = tools.path().join("rustc");
    fs::write(&rustc, "#!/bin/sh\necho 'rustc 1.85.1 (here)'\n").unwrap();
    let chmod = Command::new("chmod").arg("+x").arg(&rustc).status();
    assert!(chmod.unwrap().success());
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("sh")
        .arg(repository().join("scripts/kbuild/kdir.sh"))
        .arg(dir)
        .arg(provider)
        .env("RUSTC", &rustc)
        .env("FERRITE_LINUX", linux)
        .env("FERRITE_CACHE", tools.path())
        .env_remove("ARCH")
        .output()
        .unwrap();
    (
        status.success(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[track_caller]
fn refused(dir: &Path, provider: &str, because: &str) {
    let (success, stdout, stderr) = kdir(dir, provider, Path::new("/nonexistent"));
    assert!(!success, "accepted: {stderr}");
    assert_eq!(stdout, "");
    assert!(stderr.contains(because), "'{because}' is not in: {stderr}");
    assert!(stderr.lines().count() > 1 || stderr.contains("range") || stderr.contains("Say"));
}

#[test]
fn a_directory_that_is_no_tree() {
    refused(Path::new("/nonexistent"), "auto", "no Makefile");
}

#[test]
fn a_tree_that_is_not_prepared() {
    let dir = tree("7.3.4", "");
    fs::remove_file(dir.path().join("include/config/auto.conf")).unwrap();
    refused(dir.path(), "auto", "not prepared");
}

#[test]
fn a_tree_without_symvers() {
    let dir = tree("7.3.4", "");
    fs::remove_file(dir.path().join("Module.symvers")).unwrap();
    refused(dir.path(), "auto", "Module.symvers");
}

#[test]
fn another_architecture() {
    let dir = tree("7.3.4", "");
    fs::write(
        dir.path().join("include/config/auto.conf"),
        "CONFIG_S390=y\n",
    )
    .unwrap();
    refused(dir.path(), "auto", "is not for");
}

#[test]
fn older_than_the_range() {
    refused(
        tree("5.4.0-200-generic", "").path(),
        "auto",
        "Linux 5.4.0-200-generic",
    );
    refused(tree("4.18.0-553.el8", "").path(), "auto", "range");
}

#[test]
fn newer_than_the_range() {
    let said = |release: &str| {
        let dir = rust_tree(HERE, "true");
        let header = format!("#define UTS_RELEASE \"{release}\"\n");
        fs::write(dir.path().join("include/generated/utsrelease.h"), header).unwrap();
        let (success, stdout, stderr) = kdir(dir.path(), "auto", Path::new("/nonexistent"));
        assert!(success && stdout == "native\n", "{stderr}");
        stderr.contains("nobody has tested this")
    };
    assert!(said("7.4.0") && said("8.0.1-rc1"));
    assert!(!said("7.3.99-amd64") && !said("7.3.4"));
}

#[test]
fn an_unknown_provider() {
    refused(
        tree("7.3.4", "").path(),
        "borrowed",
        "there is no such provider",
    );
}

/// A tree with Rust metadata, of a kernel built by `rustc`; `make` there does `recipe` to compile a probe.
fn rust_tree(rustc: &str, recipe: &str) -> tempfile::TempDir {
    let dir = tree(
        "7.3.4",
        &format!("CONFIG_RUST=y\nCONFIG_RUSTC_VERSION_TEXT=\"{rustc}\""),
    );
    fs::create_dir(dir.path().join("rust")).unwrap();
    fs::write(dir.path().join("rust/libkernel.rmeta"), "").unwrap();
    fs::write(
        dir.path().join("Makefile"),
        format!("kernel_crate.o:\n\t{recipe}\n"),
    )
    .unwrap();
    dir
}

const HERE: &str = "rustc 1.85.1 (here)";

#[test]
fn native_with_another_rustc_names_both() {
    let dir = rust_tree("rustc 1.85.0 (kernel)", "true");
    refused(
        dir.path(),
        "native",
        "built by 'rustc 1.85.0 (kernel)', here is 'rustc 1.85.1 (here)'",
    );
}

#[test]
fn native_where_the_crate_answers_yes() {
    let dir = rust_tree(HERE, "true");
    let (success, stdout, stderr) = kdir(dir.path(), "auto", Path::new("/nonexistent"));
    assert!(success, "{stderr}");
    assert_eq!(stdout, "native\n");
    assert!(stderr.starts_with("provider: native ("), "{stderr}");
}

#[test]
fn native_where_the_crate_answers_no() {
    let dir = rust_tree(HERE, "! grep -q QUESTION $(M)/Kbuild");
    refused(dir.path(), "native", "older than the suite");
}

#[test]
fn native_where_the_probe_is_broken_shows_why() {
    let dir = rust_tree(HERE, "@echo what the compiler said; false");
    refused(dir.path(), "native", "what the compiler said");
    refused(dir.path(), "native", "could not be asked");
}

#[test]
fn carried_needs_the_newest_source() {
    let dir = tree("6.1.0-56-amd64", "");
    let linux = tempfile::tempdir().unwrap();
    let (success, _, stderr) = kdir(dir.path(), "", linux.path());
    let lacks = format!(
        "FERRITE_LINUX={} has no rust/kernel/lib.rs",
        linux.path().display()
    );
    assert!(!success && stderr.contains(&lacks), "{stderr}");

    let crate_root = linux.path().join("rust/kernel");
    fs::create_dir_all(&crate_root).unwrap();
    fs::write(crate_root.join("lib.rs"), "").unwrap();
    let (success, stdout, stderr) = kdir(dir.path(), "", linux.path());
    assert!(success, "{stderr}");
    assert_eq!(stdout, "carried\n");
    assert_eq!(
        stderr,
        "provider: carried (the kernel was built without CONFIG_RUST)\n"
    );
}
