// SPDX-License-Identifier: GPL-2.0

//! riscv64's instructions, with registers by number.

use crate::listing::Line;
use crate::op::{number, Address, Machine, Op, Reg, NONE};
use anyhow::{bail, Context as _, Result};

/// See [`Machine`].
pub struct Riscv;

const LOADS: [(&str, usize); 7] = [
    ("lb", 1),
    ("lbu", 1),
    ("lh", 2),
    ("lhu", 2),
    ("lw", 4),
    ("lwu", 4),
    ("ld", 8),
];
const STORES: [(&str, usize); 4] = [("sb", 1), ("sh", 2), ("sw", 4), ("sd", 8)];

impl Machine for Riscv {
    const STACK: Reg = 2;
    const ARGUMENTS: &'static [Reg] = &[10, 11, 12, 13, 14, 15, 16, 17];
    const RESULTS: [Reg; 2] = [10, 11];
    const RESULT: Option<Reg> = None;
    const TASK: Option<Reg> = Some(4);

    fn is_lost(register: Reg) -> bool {
        matches!(register, 1 | 5..=7 | 10..=17 | 28..=31)
    }

    fn ops(&self, line: &Line) -> Result<Vec<Op>> {
        Ok(vec![op(line)?])
    }
}

fn op(line: &Line) -> Result<Op> {
    let operands: Vec<&str> = line.operands.split(',').map(str::trim).collect();
    let what = || format!("`{} {}`", line.mnemonic, line.operands);
    let operand = |n: usize| operands.get(n).copied().with_context(what);
    let mnemonic = line.mnemonic.as_str();
    let target = || {
        if let Some(goes) = line.goes {
            return Ok(goes);
        }
        let text = operands.last().copied().unwrap_or_default();
        let hex = text.strip_prefix("0x").with_context(what)?;
        u64::from_str_radix(hex, 16).with_context(what)
    };
    let first = || register(operand(0)?).with_context(what);
    let size = |all: &[(&str, usize)]| {
        let found = all.iter().find(|(name, _)| *name == mnemonic);
        found.map(|(_, size)| *size)
    };
    if let Some(size) = size(&LOADS) {
        return Ok(Op::Load {
            to: vec![first()?],
            address: address(operand(1)?).with_context(what)?,
            size,
            acquire: false,
            exclusive: false,
        });
    }
    if let Some(size) = size(&STORES) {
        return Ok(Op::Store {
            from: vec![first()?],
            address: address(operand(1)?).with_context(what)?,
            size,
            release: false,
            status: None,
        });
    }
    let mut parts = mnemonic.split('.');
    let (stem, width) = (parts.next().unwrap_or_default(), parts.next());
    let order = parts.next().unwrap_or_default();
    let (acquire, release) = (order.contains("aq"), order.contains("rl"));
    let width = match width {
        Some("b") => 1,
        Some("h") => 2,
        Some("w") => 4,
        _ => 8,
    };
    Ok(match stem {
        "nop" | "pause" => Op::Nothing,
        "ebreak" | "unimp" => Op::Trap,
        "ret" => Op::Return,
        "j" if line.symbol.is_some() => Op::Tail,
        "j" => Op::Jump(target()?),
        "jal" | "jalr" => Op::Call,
        "jr" => Op::Tail,
        "beqz" | "bnez" => Op::Branch {
            to: target()?,
            on: vec![first()?],
            flags: false,
            if_zero: Some(stem == "beqz"),
        },
        "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" | "bgt" | "ble" | "bgtu" | "bleu"
        | "blez" | "bgez" | "bltz" | "bgtz" => Op::Branch {
            to: target()?,
            on: operands.iter().filter_map(|text| register(text)).collect(),
            flags: false,
            if_zero: None,
        },
        "fence" => {
            let memory = |text: &str| text.replace(['i', 'o'], "");
            Op::Fence(match operands.as_slice() {
                [before, after] => format!("{},{}", memory(before), memory(after)),
                _ if mnemonic == "fence" => "rw,rw".to_owned(),
                _ => bail!("{} orders what nobody knows", what()),
            })
        }
        "lr" => Op::Load {
            to: vec![first()?],
            address: address(operand(1)?).with_context(what)?,
            size: width,
            acquire,
            exclusive: true,
        },
        "sc" => Op::Store {
            from: vec![register(operand(1)?).with_context(what)?],
            address: address(operand(2)?).with_context(what)?,
            size: width,
            release,
            status: Some(first()?),
        },
        _ if stem.starts_with("amo") => Op::Rmw {
            old: first()?,
            from: vec![register(operand(1)?).with_context(what)?],
            address: address(operand(2)?).with_context(what)?,
            size: width,
            acquire,
            release,
        },
        _ if stem.starts_with("csr") || line.operands.contains('(') => {
            bail!("it does {}", what())
        }
        _ => Op::Compute {
            to: vec![first()?],
            from: operands[1..]
                .iter()
                .filter_map(|text| register(text))
                .collect(),
            reads_flags: false,
            sets_flags: false,
            plus: match (stem, operands.as_slice()) {
                ("mv", _) => Some(0),
                ("addi", [_, _, by]) => number(by),
                _ => None,
            },
        },
    })
}

fn register(text: &str) -> Option<Reg> {
    match text.strip_prefix('x')?.parse::<Reg>().ok()? {
        0 => Some(NONE),
        number @ 1..=31 => Some(number),
        _ => None,
    }
}

/// `0x8(x10)`, `(x10)`.
fn address(text: &str) -> Option<Address> {
    let (offset, base) = text.strip_suffix(')')?.split_once('(')?;
    Some(Address {
        base: register(base)?,
        index: NONE,
        offset: match offset {
            "" => 0,
            offset => number(offset)?,
        },
        before: 0,
        after: 0,
    })
}
