// SPDX-License-Identifier: GPL-2.0

//! Kernels made here, asked as those of `kernels.toml` are and as a `KDIR=` is: both ways have to give one answer.

use super::*;
use std::fs;
use std::process::Command;

/// The rustc of these tests, as it names itself.
const RUSTC: &str = "rustc 1.85.1 (here)";

/// A kernel's build tree, as far as the scripts look, and the tools beside it.
struct Tree(tempfile::TempDir);

impl Tree {
    /// Linux `release`, built by `rustc`, whose crate has what the modules are written against, or has not.
    fn new(release: &str, rustc: &str, crate_has_it: bool) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        let recipe = match crate_has_it {
            true => "true",
            false => "! grep -q QUESTION $(M)/Kbuild",
        };
        tree.write("Makefile", &format!("kernel_crate.o:\n\t{recipe}\n"));
        tree.write("Module.symvers", "");
        tree.write("rust/libkernel.rmeta", "");
        let release = format!("#define UTS_RELEASE \"{release}\"\n");
        tree.write("include/generated/utsrelease.h", &release);
        let config =
            format!("CONFIG_X86_64=y\nCONFIG_RUST=y\nCONFIG_RUSTC_VERSION_TEXT=\"{rustc}\"\n");
        tree.write("include/config/auto.conf", &config);
        tree.write("tools/rustc", &format!("#!/bin/sh\necho '{RUSTC}'\n"));
        let chmod = Command::new("chmod")
            .arg("+x")
            .arg(tree.path("tools/rustc"))
            .status();
        assert!(chmod.unwrap().success());
        // The carried provider's source.
        tree.write("linux/rust/kernel/lib.rs", "");
        tree
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn sh(&self, script: &str, kdir: &Path, word: &str) -> String {
        let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
        let output = Command::new("sh")
            .arg(here.join("../kbuild").join(script))
            .args([kdir.as_os_str(), word.as_ref()])
            .env("RUSTC", self.path("tools/rustc"))
            .env("FERRITE_CACHE", self.path("cache"))
            .env("FERRITE_LINUX", self.path("linux"))
            .env("ARCH", "x86_64")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// As a kernel of `kernels.toml` is asked.
    fn of_the_matrix(&self, wish: Wish, rebuilt: Option<&Tree>) -> Choice {
        let ask = |kdir: &Path, word: &str| Ok(self.sh("provider.sh", kdir, word));
        let rebuild =
            || Ok(rebuilt.map(|tree| (tree.0.path().to_owned(), "linux-source".to_owned())));
        decide(self.0.path(), wish, ask, rebuild).unwrap()
    }

    /// As a `KDIR=` is asked.
    fn of_kdir(&self, wish: &str) -> String {
        self.sh("kdir.sh", self.0.path(), wish).trim().to_owned()
    }
}

#[test]
fn the_crate_decides_and_not_the_release() {
    // A distributor's 7.2 with the rust/ of 7.3, and a 7.3 with the crate of 7.2.
    let backported = Tree::new("7.2.12", RUSTC, true);
    assert_eq!(
        backported.of_the_matrix(Wish::Auto, None).provider,
        Provider::Native
    );
    assert_eq!(backported.of_kdir("auto"), "native");

    let old = Tree::new("7.3.4", RUSTC, false);
    let choice = old.of_the_matrix(Wish::Auto, None);
    assert_eq!(choice.provider, Provider::Carried);
    assert!(choice.why.contains("older than the suite"), "{choice}");
    assert_eq!(old.of_kdir("auto"), "carried");
}

#[test]
fn another_rustc_names_both() {
    let tree = Tree::new("7.3.4", "rustc 1.85.0 (kernel)", true);
    let choice = tree.of_the_matrix(Wish::Native, None);
    assert_eq!(choice.provider, Provider::Carried);
    assert!(
        choice.why.contains("1.85.0 (kernel)") && choice.why.contains(RUSTC),
        "{choice}"
    );
    assert_eq!(tree.of_kdir("auto"), "carried");
    assert_eq!(tree.of_kdir("native"), "", "an error");
}

#[test]
fn a_wish_for_carried_is_granted() {
    let tree = Tree::new("7.3.4", RUSTC, true);
    let choice = tree.of_the_matrix(Wish::Carried, None);
    assert_eq!(choice.provider, Provider::Carried);
    assert!(choice.why.contains("would do"), "{choice}");
    assert_eq!(tree.of_kdir("carried"), "carried");
}

#[test]
fn what_headers_lack_is_rebuilt_and_asked() {
    let headers = Tree::new("7.3.4", RUSTC, true);
    fs::remove_file(headers.path("rust/libkernel.rmeta")).unwrap();
    let without = headers.of_the_matrix(Wish::Auto, None);
    assert_eq!(without.provider, Provider::Carried);
    assert!(without.why.contains("no source package"), "{without}");

    let rebuilt = Tree::new("7.3.4", RUSTC, true);
    let with = headers.of_the_matrix(Wish::Auto, Some(&rebuilt));
    assert_eq!(with.provider, Provider::Native);
    assert_eq!(with.kdir, rebuilt.0.path());
    assert!(with.why.contains("rebuilt from linux-source"), "{with}");
    // Who wants the carried one need not wait for that.
    let carried = headers.of_the_matrix(Wish::Carried, Some(&rebuilt));
    assert_eq!(carried.kdir, headers.0.path());
}

#[test]
fn other_output_is_an_error() {
    assert!(answer(Path::new("/k"), "native\nnone\n").is_err());
    assert!(answer(Path::new("/k"), "borrowed\nnone\nwhy\n").is_err());
}
