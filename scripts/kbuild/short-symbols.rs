// SPDX-License-Identifier: GPL-2.0

//! Shortens Rust symbol names for kernels with `MODVERSIONS`.
//!
//! Such a kernel stores the name of an imported symbol in `MODULE_NAME_LEN` (56) bytes, and modpost
//! refuses a longer one. A Rust name is often longer. This program reads `nm`'s output and
//! prints `old new` pairs for `objcopy --redefine-syms`. The new name is a pure function of the old one, so
//! that a module and `ferrite.ko` agree without exchanging anything.
//!
//! A short name is `_R`, a hash of the whole name, `_`, and the name's tail, which is what a reader
//! recognises.

use std::collections::BTreeMap;
use std::io::Read;

/// What fits into `MODULE_NAME_LEN` bytes beside the terminating NUL.
const LONGEST: usize = 55;

/// FNV-1a, 64 bits.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn short(name: &str) -> String {
    let head = format!("_R{:016x}_", hash(name));
    let tail = &name[name.len() - (LONGEST - head.len())..];
    head + tail
}

fn main() {
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        // PANIC: It does, of what the compiler made.
        .expect("nm writes ASCII");

    let mut renamed = BTreeMap::new();
    for name in input
        .lines()
        .filter_map(|line| line.split_whitespace().last())
    {
        // What `module!` makes is for one module alone, and recognised by its name when exports are listed.
        if name.len() <= LONGEST || !name.starts_with("_R") || name.contains("___module_init") {
            continue;
        }
        if let Some(other) = renamed.insert(short(name), name) {
            if other != name {
                eprintln!("short-symbols: {other} and {name} get the same short name");
                std::process::exit(1);
            }
        }
    }
    for (new, old) in renamed {
        println!("{old} {new}");
    }
}
