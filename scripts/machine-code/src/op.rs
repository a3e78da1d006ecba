// SPDX-License-Identifier: GPL-2.0

//! What instructions do, the same for every machine, and what a machine says of itself.

use crate::listing::Line;
use anyhow::Result;

/// A register.
pub(crate) type Reg = u8;

/// The register that is always 0, and that nobody reads.
pub(crate) const NONE: Reg = 255;

/// Where a memory access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub base: Reg,
    pub index: Reg,
    pub offset: i64,
    /// What the base register is changed by, before the access or after it.
    pub before: i64,
    pub after: i64,
}

/// What an instruction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Nothing,
    /// Makes registers, or flags, of others.
    Compute {
        to: Vec<Reg>,
        from: Vec<Reg>,
        reads_flags: bool,
        sets_flags: bool,
        /// `to` is the one `from` and this.
        plus: Option<i64>,
    },
    Load {
        to: Vec<Reg>,
        address: Address,
        size: usize,
        acquire: bool,
        exclusive: bool,
    },
    Store {
        from: Vec<Reg>,
        address: Address,
        size: usize,
        release: bool,
        /// Of an exclusive store: the register that says whether it was done.
        status: Option<Reg>,
    },
    /// Reads and writes in one.
    Rmw {
        old: Reg,
        from: Vec<Reg>,
        address: Address,
        size: usize,
        acquire: bool,
        release: bool,
    },
    /// What before is ordered against what after: `rw,rw`.
    Fence(String),
    Branch {
        to: u64,
        on: Vec<Reg>,
        flags: bool,
        /// It is taken when its one register is 0, or is not.
        if_zero: Option<bool>,
    },
    Jump(u64),
    /// To the symbol of this line, or of the one before it that made the address.
    Call,
    Tail,
    Return,
    /// Nobody comes by.
    Trap,
}

/// What the walk has to know of a machine.
pub trait Machine {
    /// What a line does, step by step; where it goes on elsewhere, that is the last.
    fn ops(&self, line: &Line) -> Result<Vec<Op>>;
    /// The stack pointer.
    const STACK: Reg;
    /// The registers in which arguments come.
    const ARGUMENTS: &'static [Reg];
    /// The registers in which results go.
    const RESULTS: [Reg; 2];
    /// Where the address of a large result comes, if not as the first argument.
    const RESULT: Option<Reg>;
    /// What points to what is a task's, or a CPU's, own.
    const TASK: Option<Reg>;
    /// Whether a call may change a register.
    fn is_lost(register: Reg) -> bool;
}

/// A number as it is written in an operand: `8`, `-0x8`, `#8`.
pub(crate) fn number(text: &str) -> Option<i64> {
    let text = text.strip_prefix('#').unwrap_or(text);
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let value = match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    Some(value.ok()? * sign)
}
