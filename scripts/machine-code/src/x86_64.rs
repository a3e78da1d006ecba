// SPDX-License-Identifier: GPL-2.0

//! x86_64's instructions: one may read memory, compute and write memory, so that it is several steps.

use crate::listing::Line;
use crate::op::{Address, Machine, Op, Reg, NONE};
use anyhow::{bail, Result};
use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfo,
    InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register, UsedMemory,
};

/// See [`Machine`].
pub struct X86_64;

/// Stands for what leads to data of the CPU's or the task's own, and to constants.
const OWN: Reg = 200;

/// What is between the steps of one instruction: what was read, and what will be written.
const READ: Reg = 201;
const WRITTEN: Reg = 202;

const STACK: Reg = 4;

impl Machine for X86_64 {
    const STACK: Reg = STACK;
    /// rdi, rsi, rdx, rcx, r8, r9.
    const ARGUMENTS: &'static [Reg] = &[7, 6, 2, 1, 8, 9];
    /// rax, rdx.
    const RESULTS: [Reg; 2] = [0, 2];
    const RESULT: Option<Reg> = None;
    const TASK: Option<Reg> = Some(OWN);

    fn is_lost(register: Reg) -> bool {
        matches!(register, 0 | 1 | 2 | 6..=11 | 64..=95)
    }

    fn ops(&self, line: &Line) -> Result<Vec<Op>> {
        let instruction = decode(line)?;
        let symbol = line.symbol.as_deref();
        Ok(match (instruction.flow_control(), symbol) {
            (FlowControl::Next, _) => next(&instruction)?,
            (FlowControl::ConditionalBranch, _) => vec![Op::Branch {
                to: instruction.near_branch_target(),
                on: Vec::new(),
                flags: true,
                if_zero: None,
            }],
            (FlowControl::UnconditionalBranch, None) => {
                vec![Op::Jump(instruction.near_branch_target())]
            }
            (FlowControl::UnconditionalBranch, Some("__x86_return_thunk"))
            | (FlowControl::Return, _) => vec![Op::Return],
            (FlowControl::UnconditionalBranch, Some(_)) => vec![Op::Tail],
            // Where a function is traced from.
            (FlowControl::Call, Some("__fentry__")) => vec![Op::Nothing],
            (FlowControl::Call, _) | (FlowControl::IndirectCall, Some("pv_ops")) => vec![Op::Call],
            (FlowControl::Exception | FlowControl::Interrupt, _) => vec![Op::Trap],
            _ => bail!("it does `{}`", line.mnemonic),
        })
    }
}

/// The instruction of a line.
pub(crate) fn decode(line: &Line) -> Result<Instruction> {
    let instruction =
        Decoder::with_ip(64, &line.bytes, line.address, DecoderOptions::NONE).decode();
    if instruction.code() == Code::INVALID {
        bail!("at {:#x} is no instruction", line.address);
    }
    Ok(instruction)
}

/// An instruction that goes on with the next.
fn next(instruction: &Instruction) -> Result<Vec<Op>> {
    let mnemonic = instruction.mnemonic();
    let fence = |order: &str| Ok(vec![Op::Fence(order.to_owned())]);
    match mnemonic {
        Mnemonic::Nop | Mnemonic::Endbr64 | Mnemonic::Pause => return Ok(vec![Op::Nothing]),
        Mnemonic::Mfence => return fence("rw,rw"),
        Mnemonic::Lfence => return fence("r,r"),
        Mnemonic::Sfence => return fence("w,w"),
        Mnemonic::Leave => bail!("it does `leave`"),
        _ => {}
    }
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(instruction);
    let reads_flags = instruction.rflags_read() != 0;
    let sets_flags = instruction.rflags_modified() != 0;
    let mut from = inputs(instruction, info);
    let mut to: Vec<Reg> = info
        .used_registers()
        .iter()
        .filter(|used| writes(used.access()))
        .map(|used| number(used.register()))
        .filter(|register| ![STACK, NONE].contains(register))
        .collect();
    let plus = plus(instruction);
    if mnemonic == Mnemonic::Lea {
        from = vec![
            number(instruction.memory_base()),
            number(instruction.memory_index()),
        ];
    }

    let mut ops = Vec::new();
    let mut stores = Vec::new();
    let memory: &[UsedMemory] = match mnemonic {
        Mnemonic::Lea => &[],
        _ => info.used_memory(),
    };
    for memory in memory {
        let (address, size) = (address(memory), memory.memory_size().size());
        let locked = instruction.has_lock_prefix() || mnemonic == Mnemonic::Xchg;
        if locked && address.base == STACK {
            // What is there is nobody else's; that it is locked is the point.
            ops.push(Op::Fence("rw,rw".to_owned()));
            continue;
        }
        if locked {
            ops.push(Op::Rmw {
                old: READ,
                from: std::mem::take(&mut from),
                address,
                size,
                acquire: true,
                release: true,
            });
            from = vec![READ];
            continue;
        }
        if reads(memory.access()) {
            ops.push(Op::Load {
                to: vec![READ],
                address,
                size,
                acquire: false,
                exclusive: false,
            });
            from.insert(0, READ);
        }
        if writes(memory.access()) {
            to.push(WRITTEN);
            stores.push(Op::Store {
                from: vec![WRITTEN],
                address,
                size,
                release: false,
                status: None,
            });
        }
    }
    ops.push(Op::Compute {
        to,
        from,
        reads_flags,
        sets_flags,
        plus,
    });
    ops.extend(stores);
    let moved = match (mnemonic, instruction.op0_kind()) {
        (Mnemonic::Add | Mnemonic::Sub, OpKind::Register)
            if number(instruction.op0_register()) == STACK =>
        {
            plus.unwrap_or_default()
        }
        _ => instruction.stack_pointer_increment().into(),
    };
    if moved != 0 {
        ops.push(Op::Compute {
            to: vec![STACK],
            from: vec![STACK],
            reads_flags: false,
            sets_flags: false,
            plus: Some(moved),
        });
    }
    Ok(ops)
}

/// The registers that an instruction's result is made of.
fn inputs(instruction: &Instruction, info: &InstructionInfo) -> Vec<Reg> {
    let operand = |n: u32| instruction.op_kind(n) == OpKind::Register;
    let zeroed = matches!(instruction.mnemonic(), Mnemonic::Xor | Mnemonic::Sub)
        && operand(0)
        && operand(1)
        && instruction.op0_register() == instruction.op1_register();
    if zeroed {
        return Vec::new();
    }
    let addressing: Vec<Register> = info
        .used_memory()
        .iter()
        .flat_map(|memory| [memory.base(), memory.index()])
        .collect();
    let mut all = info.used_registers().iter();
    let mut registers = Vec::new();
    for used in all.by_ref().filter(|used| reads(used.access())) {
        // An address is no part of a value, unless the register is an operand, too.
        let named = (0..instruction.op_count())
            .any(|n| operand(n) && instruction.op_register(n) == used.register());
        let register = number(used.register());
        if (named || !addressing.contains(&used.register())) && register != STACK {
            registers.push(register);
        }
    }
    registers
}

/// What is added to the one register that it is made of, if that is all that is done.
fn plus(instruction: &Instruction) -> Option<i64> {
    let register = |n: u32| instruction.op_kind(n) == OpKind::Register;
    // CAST: As the CPU extends them.
    let immediate = || register(0).then(|| instruction.immediate(1) as i64);
    match instruction.mnemonic() {
        Mnemonic::Mov if register(0) && register(1) => Some(0),
        Mnemonic::Lea if instruction.memory_index() == Register::None => {
            // CAST: As the CPU extends it.
            Some(instruction.memory_displacement64() as i64)
        }
        Mnemonic::Add if !register(1) && instruction.op1_kind() != OpKind::Memory => immediate(),
        Mnemonic::Sub if !register(1) && instruction.op1_kind() != OpKind::Memory => {
            immediate().map(i64::wrapping_neg)
        }
        _ => None,
    }
}

fn address(memory: &UsedMemory) -> Address {
    let own = matches!(memory.segment(), Register::GS | Register::FS)
        || matches!(memory.base(), Register::RIP | Register::None);
    let (base, index) = match own {
        true => (OWN, NONE),
        false => (number(memory.base()), number(memory.index())),
    };
    Address {
        base,
        index,
        // CAST: As the CPU extends it.
        offset: memory.displacement() as i64,
        before: 0,
        after: 0,
    }
}

/// A register's number: whole ones, whatever part of them is meant.
fn number(register: Register) -> Reg {
    let whole = register.full_register();
    // Fewer than 32 of each.
    let number = Reg::try_from(whole.number()).unwrap_or(NONE);
    match whole {
        _ if whole.is_gpr() => number,
        _ if whole.is_vector_register() => 64 + number,
        _ => NONE,
    }
}

fn reads(access: OpAccess) -> bool {
    use OpAccess::{CondRead, Read, ReadCondWrite, ReadWrite};
    matches!(access, Read | CondRead | ReadWrite | ReadCondWrite)
}

fn writes(access: OpAccess) -> bool {
    use OpAccess::{CondWrite, ReadCondWrite, ReadWrite, Write};
    matches!(access, Write | CondWrite | ReadWrite | ReadCondWrite)
}
