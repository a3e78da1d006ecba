// SPDX-License-Identifier: GPL-2.0

//! arm64's instructions.

use crate::listing::Line;
use crate::op::{number, Address, Machine, Op, Reg, NONE};
use anyhow::{bail, Context as _, Result};

/// See [`Machine`].
pub struct Arm64;

const SP: Reg = 31;

/// Stands for the system register that points to the task.
const TASK: Reg = 200;

/// What the kernel's atomics are made of where the CPU can do them at once, without `ld` or `st`.
const ATOMIC: [&str; 8] = ["add", "clr", "eor", "set", "smax", "smin", "umax", "umin"];

/// What leaves memory, registers and flags as they are.
const NOTHING: [&str; 14] = [
    "nop", "hint", "bti", "paciasp", "autiasp", "pacibsp", "autibsp", "csdb", "yield", "prfm",
    "prfum", "xpaclri", "esb", "wfe",
];

impl Machine for Arm64 {
    const STACK: Reg = SP;
    const ARGUMENTS: &'static [Reg] = &[0, 1, 2, 3, 4, 5, 6, 7];
    const RESULTS: [Reg; 2] = [0, 1];
    const RESULT: Option<Reg> = Some(8);
    const TASK: Option<Reg> = Some(TASK);

    fn is_lost(register: Reg) -> bool {
        matches!(register, 0..=18 | 30 | 64..=95)
    }

    fn ops(&self, line: &Line) -> Result<Vec<Op>> {
        Ok(vec![op(line)?])
    }
}

fn op(line: &Line) -> Result<Op> {
    let operands = split(&line.operands);
    let what = || format!("`{} {}`", line.mnemonic, line.operands);
    let operand = |n: usize| operands.get(n).copied().with_context(what);
    let mnemonic = line.mnemonic.as_str();
    let last = || target(operands.last().copied().with_context(what)?).with_context(what);
    let registers = |from: usize| -> Vec<Reg> {
        let rest = operands.iter().skip(from);
        rest.filter_map(|text| register(text)).collect()
    };
    Ok(match mnemonic {
        _ if NOTHING.contains(&mnemonic) => Op::Nothing,
        "brk" | "udf" => Op::Trap,
        "ret" | "retaa" => Op::Return,
        "bl" => Op::Call,
        "b" if line.symbol.is_some() => Op::Tail,
        "b" => Op::Jump(last()?),
        "cbz" | "cbnz" => Op::Branch {
            to: last()?,
            on: vec![register(operand(0)?).with_context(what)?],
            flags: false,
            if_zero: Some(mnemonic == "cbz"),
        },
        "tbz" | "tbnz" => Op::Branch {
            to: last()?,
            on: vec![register(operand(0)?).with_context(what)?],
            flags: false,
            if_zero: None,
        },
        _ if mnemonic.starts_with("b.") => Op::Branch {
            to: last()?,
            on: Vec::new(),
            flags: true,
            if_zero: None,
        },
        "dmb" | "dsb" => Op::Fence(
            match operand(0)? {
                "ish" | "sy" => "rw,rw",
                "ishld" | "ld" => "r,rw",
                "ishst" | "st" => "w,w",
                _ => bail!("{} orders what nobody knows", what()),
            }
            .to_owned(),
        ),
        "mrs" => Op::Compute {
            to: registers(0),
            from: if operand(1)?.eq_ignore_ascii_case("sp_el0") {
                vec![TASK]
            } else {
                Vec::new()
            },
            reads_flags: false,
            sets_flags: false,
            plus: None,
        },
        _ if line.operands.contains('[') => {
            let at = operands.iter().position(|text| text.starts_with('['));
            let at = at.with_context(what)?;
            let after = operands.get(at + 1).and_then(|text| number(text));
            let address = address(operands[at], after.unwrap_or_default()).with_context(what)?;
            let values: Vec<Reg> = operands[..at]
                .iter()
                .filter_map(|text| register(text))
                .collect();
            if values.len() != at {
                bail!("{} has operands that nobody knows", what());
            }
            // Of an exclusive store the first register is its status.
            let sized = operands[at - 1];
            access(mnemonic, values, address, sized).with_context(what)?
        }
        "msr" | "isb" | "svc" | "hvc" | "br" | "blr" => bail!("it does {}", what()),
        _ => {
            let compares = matches!(mnemonic, "cmp" | "cmn" | "tst" | "ccmp" | "ccmn");
            let keeps = matches!(mnemonic, "movk" | "bfi" | "bfxil" | "bfc" | "bfm");
            let sum = match (mnemonic, operands.as_slice()) {
                ("mov", [_, from]) if register(from).is_some() => Some(0),
                ("add", [_, _, by]) => number(by),
                ("sub", [_, _, by]) => number(by).map(i64::wrapping_neg),
                _ => None,
            };
            Op::Compute {
                to: if compares {
                    Vec::new()
                } else {
                    vec![register(operand(0)?).with_context(what)?]
                },
                from: registers(usize::from(!compares && !keeps)),
                reads_flags: mnemonic.starts_with("cs") && mnemonic != "csdb"
                    || matches!(
                        mnemonic,
                        "cinc"
                            | "cinv"
                            | "cneg"
                            | "ccmp"
                            | "ccmn"
                            | "adc"
                            | "sbc"
                            | "adcs"
                            | "sbcs"
                    ),
                sets_flags: compares
                    || matches!(
                        mnemonic,
                        "adds" | "subs" | "ands" | "bics" | "negs" | "adcs" | "sbcs"
                    ),
                plus: sum,
            }
        }
    })
}

/// A load, a store, or both.
fn access(mnemonic: &str, values: Vec<Reg>, address: Address, sized: &str) -> Option<Op> {
    let (stem, size) = sizes(mnemonic, sized)?;
    let pair = |values: &[Reg]| values.to_vec();
    if let Some((acquire, release)) = atomic(stem) {
        let (first, second) = (*values.first()?, values.get(1).copied());
        let (old, from) = if stem.starts_with("cas") {
            (first, vec![first, second?])
        } else {
            (second.unwrap_or(NONE), vec![first])
        };
        return Some(Op::Rmw {
            old,
            from,
            address,
            size,
            acquire,
            release,
        });
    }
    Some(match stem {
        "ldr" | "ldur" | "ldp" | "ldnp" | "ldtr" | "ldar" | "ldapr" | "ldapur" | "ldxr"
        | "ldaxr" | "ldxp" | "ldaxp" => Op::Load {
            to: pair(&values),
            address,
            size,
            acquire: stem.starts_with("lda"),
            exclusive: stem.contains('x'),
        },
        "str" | "stur" | "stp" | "stnp" | "sttr" | "stlr" | "stlur" => Op::Store {
            from: pair(&values),
            address,
            size,
            release: stem.starts_with("stl"),
            status: None,
        },
        "stxr" | "stlxr" | "stxp" | "stlxp" => Op::Store {
            from: values.get(1..)?.to_vec(),
            address,
            size,
            release: stem.starts_with("stl"),
            status: values.first().copied(),
        },
        _ => return None,
    })
}

/// A mnemonic without what says the size, and the size.
fn sizes<'a>(mnemonic: &'a str, sized: &str) -> Option<(&'a str, usize)> {
    let whole = match sized.as_bytes().first()? {
        b'w' | b's' => 4,
        b'x' | b'd' => 8,
        b'q' => 16,
        _ => return None,
    };
    for (suffix, size) in [("sw", 4), ("sb", 1), ("sh", 2), ("b", 1), ("h", 2)] {
        if let Some(stem) = mnemonic.strip_suffix(suffix) {
            return Some((stem, size));
        }
    }
    Some((mnemonic, whole))
}

/// Whether an instruction is an atomic one, and how it is ordered.
fn atomic(stem: &str) -> Option<(bool, bool)> {
    let order = |rest: &str| match rest {
        "" => Some((false, false)),
        "a" => Some((true, false)),
        "l" => Some((false, true)),
        "al" => Some((true, true)),
        _ => None,
    };
    if let Some(rest) = stem.strip_prefix("swp").or(stem.strip_prefix("cas")) {
        return order(rest);
    }
    let rest = stem.strip_prefix("ld").or(stem.strip_prefix("st"))?;
    let rest = ATOMIC.iter().find_map(|name| rest.strip_prefix(name))?;
    order(rest)
}

fn split(operands: &str) -> Vec<&str> {
    let (mut all, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in operands.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(operands[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = operands[start..].trim();
    if !last.is_empty() {
        all.push(last);
    }
    all
}

fn register(text: &str) -> Option<Reg> {
    // What is shifted or extended, is that register.
    let text = text.split_whitespace().next()?;
    match text {
        "sp" | "wsp" => return Some(SP),
        "xzr" | "wzr" => return Some(NONE),
        _ => {}
    }
    let (kind, number) = (text.get(..1)?, text.get(1..)?.parse::<Reg>().ok()?);
    match (kind, number) {
        ("x" | "w", 0..=30) => Some(number),
        ("q" | "d" | "s" | "v" | "b" | "h", 0..=31) => Some(64 + number),
        _ => None,
    }
}

fn target(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// `[x8]`, `[x8, #16]`, `[sp, #-16]!`, `[x8, x9, lsl #3]`.
fn address(text: &str, after: i64) -> Option<Address> {
    let writes_back = text.ends_with('!');
    let inner = text.trim_end_matches('!');
    let inner = inner.strip_prefix('[')?.strip_suffix(']')?;
    let mut parts = inner.split(',').map(str::trim);
    let base = register(parts.next()?)?;
    let second = parts.next();
    let index = second.and_then(register).unwrap_or(NONE);
    let offset = second.and_then(number).unwrap_or_default();
    Some(Address {
        base,
        index,
        offset: if writes_back { 0 } else { offset },
        before: if writes_back { offset } else { 0 },
        after,
    })
}
