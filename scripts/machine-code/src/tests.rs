// SPDX-License-Identifier: GPL-2.0

use crate::arm64::Arm64;
use crate::listing::Listing;
use crate::op::*;
use crate::riscv::Riscv;
use crate::walk::*;
use lkmm::compare::Level;
use lkmm::lowered::Arch;
use lkmm::trace::{Event, Ways};
use std::path::Path;

/// A listing of functions, each a name and its instructions, four bytes each; `@name` behind one is its relocation.
fn listing(functions: &[(&str, &str)]) -> Listing {
    let mut text = String::from("Disassembly of section .text:\n");
    let mut at = 0;
    for (name, body) in functions {
        text.push_str(&format!("\n{at:016x} <{name}>:\n"));
        for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (instruction, symbol) = line.split_once(" @").unwrap_or((line, ""));
            text.push_str(&format!("{at:8x}:      \t{instruction}\n"));
            if !symbol.is_empty() {
                text.push_str(&format!("\t\t{at:016x}:  R_CALL\t{symbol}\n"));
            }
            at += 4;
        }
    }
    let mut listing = Listing::default();
    listing.print(&text);
    listing
}

fn ways<M: Machine>(machine: M, functions: &[(&str, &str)]) -> Vec<Vec<Event>> {
    let listing = listing(functions);
    let function = Function {
        machine: &machine,
        listing: &listing,
        level: Level::Instructions(Arch::Arm64),
        first: 0,
        result_by_pointer: false,
    };
    let ways = function.ways().unwrap_or_else(|error| panic!("{error:#}"));
    ways.into_iter().map(|way| way.events).collect()
}

fn shown(ways: &[Vec<Event>]) -> Vec<String> {
    let text = |way: &Vec<Event>| {
        let all: Vec<String> = way.iter().map(Event::to_string).collect();
        all.join(", ")
    };
    ways.iter().map(text).collect()
}

/// What differs between arm64's machine code and a thread.
fn arm64(thread: &str, body: &str) -> Option<String> {
    let text = format!("C t\n{{}}\n{thread}\nexists (x=1)\n");
    let test = lkmm::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
    let params: Vec<String> = test.threads[0]
        .params
        .iter()
        .map(|p| p.name.clone())
        .collect();
    let ways = ways(Arm64, &[("f", body)]);
    Ways::of(&test, 0, &params).differ(&ways, Level::Instructions(Arch::Arm64))
}

#[test]
fn dependencies_go_through_registers_and_the_stack() {
    let found = ways(
        Arm64,
        &[(
            "f",
            "stp x29, x30, [sp, #-0x20]!
             ldr x8, [x0]
             str x8, [sp, #0x10]
             mov w8, #0x1 // =1
             ldr x9, [sp, #0x10]
             str w8, [x9]
             cbz x9, 0x20
             stlr w8, [x1]
             ldp x29, x30, [sp], #0x20
             ret",
        )],
    );
    assert_eq!(
        shown(&found),
        [
            "read8@p0, write4@e0",
            "read8@p0, write4@e0, write4.release@p1?e0"
        ]
    );
}

#[test]
fn exclusive_pairs_are_one_access_and_helpers_are_followed() {
    let found = ways(
        Riscv,
        &[
            (
                "f",
                "addi x2, x2, -0x10
                 sd x1, 0x8(x2)
                 auipc x1, 0x0 @rust_helper_atomic_cmpxchg
                 jalr x1
                 ld x1, 0x8(x2)
                 addi x2, x2, 0x10
                 ret",
            ),
            (
                "rust_helper_atomic_cmpxchg",
                "lr.w x14, (x10)
                 bne x14, x11, 0x30
                 sc.w.rl x15, x12, (x10)
                 bnez x15, 0x1c
                 fence rw, rw
                 mv x10, x14
                 ret",
            ),
        ],
    );
    assert_eq!(
        shown(&found),
        [
            "read4.exclusive@p0",
            "rmw4.release@p0=p2?p1, fence rw,rw?p1+e0"
        ]
    );
}

/// The ways through x86_64's bytes, with their helpers at hand.
fn x86_64(bytes: &[u8]) -> Vec<String> {
    let mut listing = Listing::default();
    listing.decode(0, bytes, &std::collections::BTreeMap::new());
    let function = Function {
        machine: &crate::x86_64::X86_64,
        listing: &listing,
        level: Level::Instructions(Arch::X86_64),
        first: 0,
        result_by_pointer: false,
    };
    let ways = function.ways().unwrap_or_else(|error| panic!("{error:#}"));
    let ways: Vec<Vec<Event>> = ways.into_iter().map(|way| way.events).collect();
    shown(&ways)
}

#[test]
fn one_instruction_may_read_and_write() {
    // mov [rdi], 1; lock add [rsp-4], 0; mov eax, [rsi]; ret
    let barrier = [
        0xc7, 0x07, 1, 0, 0, 0, 0xf0, 0x83, 0x44, 0x24, 0xfc, 0, 0x8b, 0x06, 0xc3,
    ];
    assert_eq!(x86_64(&barrier), ["write4@p0, fence rw,rw, read4@p1"]);
    // mov eax, [rsi]; lock cmpxchg [rdi], edx; jne 1f; ret; 1: mov [rsi], eax; ret
    let cmpxchg = [
        0x8b, 0x06, 0xf0, 0x0f, 0xb1, 0x17, 0x75, 1, 0xc3, 0x89, 0x06, 0xc3,
    ];
    assert_eq!(
        x86_64(&cmpxchg),
        [
            "read4@p1, rmw4.acquire.release@p0=p2+e0",
            "read4@p1, rmw4.acquire.release@p0=p2+e0, write4@p1=e1?e1",
        ]
    );
    // add [rdi], esi; xchg [rdi], esi; push rsi; pop rax; mov [rdx], eax; ret
    let others = [0x01, 0x37, 0x87, 0x37, 0x56, 0x58, 0x89, 0x02, 0xc3];
    assert_eq!(
        x86_64(&others),
        ["read4@p0, write4@p0=p1+e0, rmw4.acquire.release@p0=p1, write4@p2=e2"]
    );
}

#[test]
fn what_is_unknown_is_no_pass() {
    for line in [
        "ldfoo w0, [x1]",
        "blr x8",
        "msr daif, x0",
        "dmb osh",
        "b 0x1000",
    ] {
        let listing = listing(&[("f", &format!("{line}\nret"))]);
        let function = Function {
            machine: &Arm64,
            listing: &listing,
            level: Level::Instructions(Arch::Arm64),
            first: 0,
            result_by_pointer: false,
        };
        assert!(function.ways().is_err(), "{line}");
    }
}

#[test]
fn planted_bugs_are_found() {
    let thread =
        "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); smp_rmb(); WRITE_ONCE(*y, r0); }";
    assert_eq!(
        arm64(thread, "ldr w8, [x0]\ndmb ishld\nstr w8, [x1]\nret"),
        None
    );
    for (bug, body) in [
        ("a dropped fence", "ldr w8, [x0]\nstr w8, [x1]\nret"),
        ("a weaker fence", "ldr w8, [x0]\ndmb ishst\nstr w8, [x1]\nret"),
        ("a torn read", "ldrh w8, [x0]\nldrh w9, [x0, #0x2]\norr w8, w8, w9, lsl #16\ndmb ishld\nstr w8, [x1]\nret"),
        ("a read twice", "ldr w8, [x0]\ndmb ishld\nldr w8, [x0]\nstr w8, [x1]\nret"),
        ("a moved write", "ldr w8, [x0]\nstr w8, [x1]\ndmb ishld\nret"),
        ("another place", "ldr w8, [x1]\ndmb ishld\nstr w8, [x0]\nret"),
        ("a lost value", "ldr w8, [x0]\ndmb ishld\nstr wzr, [x1]\nret"),
    ] {
        assert!(arm64(thread, body).is_some(), "{bug}");
    }
    let thread = "P0(int *x, int *y) { int r0; r0 = smp_load_acquire(x); if (r0) { smp_store_release(y, 1); } }";
    let code = "ldar w8, [x0]\nmov w9, #0x1\ncbz w8, 0x10\nstlr w9, [x1]\nret";
    assert_eq!(arm64(thread, code), None);
    for (bug, body) in [
        ("acquire lost", code.replace("ldar", "ldr")),
        ("release lost", code.replace("stlr", "str")),
        ("no branch", code.replace("cbz w8, 0x10", "nop")),
        (
            "a branch on something else",
            code.replace("cbz w8", "cbz w1"),
        ),
    ] {
        assert!(arm64(thread, &body).is_some(), "{bug}");
    }
}
