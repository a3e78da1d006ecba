// SPDX-License-Identifier: GPL-2.0

//! The ways through a function of x86_64 machine code, and what each does to memory: by following what every
//! register, and every slot of the stack, is made of.

use ::litmus::trace::{plain, Event, Source, Sources};
use anyhow::{bail, Result};
use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic,
    OpAccess, OpKind, Register,
};
use std::collections::BTreeMap;

/// What a compiler puts into any function, and the guard's own check for lockdep, which touches nothing of the test.
const NOT_OURS: [&str; 2] = ["__fentry__", "spin_assert_is_held"];

/// More ways, or longer ones, no thread of a litmus test has.
const MOST_WAYS: usize = 256;
const LONGEST: usize = 4096;

/// The registers in which arguments come, in their order.
const ARGUMENTS: [Register; 6] = [
    Register::RDI,
    Register::RSI,
    Register::RDX,
    Register::RCX,
    Register::R8,
    Register::R9,
];

/// What a call may change.
const LOST: [Register; 9] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
];

/// A function's machine code.
pub(crate) struct Function<'a> {
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// Where they are.
    pub(crate) address: u64,
    /// Which functions are called or jumped to, by the place of the relocation.
    pub(crate) calls: &'a BTreeMap<u64, String>,
    /// The first of the thread's parameters is the second of the function's: its result goes to memory.
    pub(crate) result_by_pointer: bool,
}

/// What a register or a slot holds.
#[derive(Clone, Default)]
struct Held {
    made_of: Sources,
    /// An address within the frame, from where the stack pointer was at the start.
    frame: Option<i64>,
}

#[derive(Clone)]
struct State {
    at: u64,
    steps: usize,
    registers: BTreeMap<Register, Held>,
    frame: BTreeMap<i64, Sources>,
    flags: Sources,
    control: Sources,
    events: Vec<Event>,
}

impl Function<'_> {
    /// Every way through it.
    ///
    /// # Errors
    ///
    /// If it does something that no thread of a litmus test does: loops, or jumps to what it computes.
    pub(crate) fn ways(&self) -> Result<Vec<Vec<Event>>> {
        let mut start = State {
            at: self.address,
            steps: 0,
            registers: BTreeMap::new(),
            frame: BTreeMap::new(),
            flags: Sources::new(),
            control: Sources::new(),
            events: Vec::new(),
        };
        let skipped = usize::from(self.result_by_pointer);
        for (number, register) in ARGUMENTS.into_iter().skip(skipped).enumerate() {
            start.hold(register, Sources::from([Source::Param(number)]), None);
        }
        if self.result_by_pointer {
            // Where the result goes is as good as the stack: far from all that the thread has there.
            start.hold(Register::RDI, Sources::new(), Some(1 << 32));
        }
        start.hold(Register::RSP, Sources::new(), Some(0));

        let mut info = InstructionInfoFactory::new();
        let mut open = vec![start];
        let mut ways = Vec::new();
        while let Some(mut state) = open.pop() {
            loop {
                state.steps += 1;
                if state.steps > LONGEST || open.len() + ways.len() > MOST_WAYS {
                    bail!("it has a loop, or more than {MOST_WAYS} ways");
                }
                let instruction = self.decode(state.at)?;
                state.at = instruction.next_ip();
                match instruction.flow_control() {
                    FlowControl::Next => state.step(&instruction, &mut info),
                    FlowControl::ConditionalBranch => {
                        state.control.extend(state.flags.clone());
                        let mut other = state.clone();
                        other.at = instruction.near_branch_target();
                        open.push(other);
                    }
                    FlowControl::UnconditionalBranch => match self.called(&instruction) {
                        None => state.at = instruction.near_branch_target(),
                        Some("__x86_return_thunk") => break,
                        Some(name) => {
                            state.call(name);
                            break;
                        }
                    },
                    FlowControl::Call => match self.called(&instruction) {
                        Some(name) => state.call(name),
                        None => bail!("at {:#x} it calls what is no helper", instruction.ip()),
                    },
                    FlowControl::Return => break,
                    // A trap: nobody comes here.
                    FlowControl::Exception => break,
                    _ => bail!(
                        "at {:#x} it does `{:?}`",
                        instruction.ip(),
                        instruction.mnemonic()
                    ),
                }
            }
            ways.push(state.events);
        }
        Ok(ways)
    }

    fn decode(&self, at: u64) -> Result<Instruction> {
        let offset = usize::try_from(at.wrapping_sub(self.address))?;
        let Some(rest) = self.bytes.get(offset..).filter(|rest| !rest.is_empty()) else {
            bail!("it runs, or jumps, out of its end");
        };
        let instruction = Decoder::with_ip(64, rest, at, DecoderOptions::NONE).decode();
        if instruction.code() == Code::INVALID {
            bail!("at {at:#x} is no instruction");
        }
        Ok(instruction)
    }

    /// Where a direct call or jump goes, if that is another function.
    fn called(&self, instruction: &Instruction) -> Option<&str> {
        let range = instruction.ip()..instruction.next_ip();
        let (_, name) = self.calls.range(range).next()?;
        Some(name)
    }
}

impl State {
    fn hold(&mut self, register: Register, made_of: Sources, frame: Option<i64>) {
        self.registers.insert(register, Held { made_of, frame });
    }

    fn held(&self, register: Register) -> Held {
        let whole = register.full_register();
        self.registers.get(&whole).cloned().unwrap_or_default()
    }

    /// An instruction that goes on with the next.
    fn step(&mut self, instruction: &Instruction, infos: &mut InstructionInfoFactory) {
        let mnemonic = instruction.mnemonic();
        if matches!(mnemonic, Mnemonic::Nop | Mnemonic::Endbr64) {
            return;
        }
        let info = infos.info(instruction).clone();
        let zeroed = matches!(mnemonic, Mnemonic::Xor | Mnemonic::Sub)
            && instruction.op0_kind() == OpKind::Register
            && instruction.op1_kind() == OpKind::Register
            && instruction.op0_register() == instruction.op1_register();

        // What it reads: registers, flags, then memory.
        let mut inputs = Sources::new();
        if !zeroed && mnemonic != Mnemonic::Lea {
            let addressing: Vec<Register> = info
                .used_memory()
                .iter()
                .flat_map(|memory| [memory.base(), memory.index()])
                .collect();
            for used in info.used_registers() {
                let register = used.register();
                let stack = register.full_register() == Register::RSP;
                // An address is no part of a value, unless the register is an operand, too.
                let only_addresses = addressing.contains(&register)
                    && !(0..instruction.op_count()).any(|n| {
                        instruction.op_kind(n) == OpKind::Register
                            && instruction.op_register(n) == register
                    });
                if reads(used.access()) && !stack && !only_addresses {
                    inputs.extend(self.held(register).made_of);
                }
            }
            if instruction.rflags_read() != 0 {
                inputs.extend(self.flags.clone());
            }
        }
        if mnemonic != Mnemonic::Lea {
            for memory in info.used_memory() {
                self.access(instruction, memory, &mut inputs);
            }
        }

        // What it leaves.
        let copied = (mnemonic == Mnemonic::Mov
            && instruction.op0_kind() == OpKind::Register
            && instruction.op1_kind() == OpKind::Register)
            .then(|| self.held(instruction.op1_register()).frame)
            .flatten();
        let loaded = (mnemonic == Mnemonic::Lea).then(|| {
            let base = self.held(instruction.memory_base());
            inputs.extend(base.made_of);
            inputs.extend(self.held(instruction.memory_index()).made_of);
            // CAST: A displacement, as the CPU extends it.
            let displacement = instruction.memory_displacement64() as i64;
            base.frame.map(|frame| frame.wrapping_add(displacement))
        });
        let stack = self.held(Register::RSP).frame;
        for used in info.used_registers() {
            let register = used.register().full_register();
            if writes(used.access()) && register != Register::RSP {
                let frame = copied.or(loaded.flatten());
                self.hold(register, inputs.clone(), frame);
            }
        }
        if instruction.rflags_modified() != 0 {
            self.flags = inputs;
        }
        let moved = match (mnemonic, instruction.op0_kind()) {
            (Mnemonic::Add, OpKind::Register) if instruction.op0_register() == Register::RSP => {
                // CAST: As the CPU extends it.
                instruction.immediate(1) as i64
            }
            (Mnemonic::Sub, OpKind::Register) if instruction.op0_register() == Register::RSP => {
                // CAST: As the CPU extends it.
                (instruction.immediate(1) as i64).wrapping_neg()
            }
            _ => instruction.stack_pointer_increment().into(),
        };
        self.hold(
            Register::RSP,
            Sources::new(),
            stack.map(|at| at.wrapping_add(moved)),
        );
    }

    /// One access to memory by an instruction that has read `inputs`.
    fn access(
        &mut self,
        instruction: &Instruction,
        memory: &iced_x86::UsedMemory,
        inputs: &mut Sources,
    ) {
        let base = self.held(memory.base());
        // Data of a CPU, such as the canary of the stack, and constants.
        let elsewhere = matches!(memory.segment(), Register::GS | Register::FS)
            || matches!(memory.base(), Register::RIP | Register::None);
        if elsewhere || memory.access() == OpAccess::NoMemAccess {
            return;
        }
        if let Some(frame) = base.frame {
            // CAST: As the CPU extends it.
            let slot = frame.wrapping_add(memory.displacement() as i64);
            if reads(memory.access()) {
                inputs.extend(self.frame.get(&slot).into_iter().flatten().copied());
            }
            if writes(memory.access()) {
                self.frame.insert(slot, inputs.clone());
            }
            return;
        }
        let mut place = base.made_of;
        place.extend(self.held(memory.index()).made_of);
        let size = memory.memory_size().size();
        let locked = instruction.has_lock_prefix() || instruction.mnemonic() == Mnemonic::Xchg;
        if reads(memory.access()) && !locked {
            let number = self.events.len();
            self.event(plain(false, size), place.clone(), Sources::new());
            inputs.insert(Source::Event(number));
        }
        if writes(memory.access()) {
            let name = match locked {
                true => format!("inlined {:?}", instruction.mnemonic()).to_lowercase(),
                false => plain(true, size),
            };
            self.event(name, place, inputs.clone());
        }
    }

    fn event(&mut self, name: String, place: Sources, value: Sources) {
        let control = self.control.clone();
        let id = self.events.len();
        self.events.push(Event {
            name,
            place,
            value,
            control,
            id,
        });
    }

    /// A call of a helper, whose prefix is the provider's.
    fn call(&mut self, name: &str) {
        let name = bare(name);
        if NOT_OURS.contains(&name) {
            return;
        }
        let arguments: Vec<Held> = ARGUMENTS.iter().map(|r| self.held(*r)).collect();
        let made_of = |number: usize| arguments[number].made_of.clone();
        let pointed = |number: usize| {
            let slot = arguments[number].frame.and_then(|at| self.frame.get(&at));
            slot.cloned().unwrap_or_default()
        };
        let (place, value) = match shape(name) {
            Shape::Nothing => (Sources::new(), Sources::new()),
            Shape::Place => (made_of(0), Sources::new()),
            Shape::PlaceValue => (made_of(0), made_of(1)),
            Shape::PlaceOldNew => (made_of(0), &pointed(1) | &made_of(2)),
            Shape::PlaceTwo => (made_of(0), &made_of(1) | &made_of(2)),
            Shape::ValuePlace => (made_of(1), made_of(0)),
        };
        let result = Sources::from([Source::Event(self.events.len())]);
        // What is passed by its address may be changed.
        let changed: Vec<i64> = arguments.iter().filter_map(|held| held.frame).collect();
        for slot in changed {
            self.frame.insert(slot, result.clone());
        }
        for register in LOST {
            self.hold(register, Sources::new(), None);
        }
        self.hold(Register::RAX, result.clone(), None);
        self.hold(Register::RDX, result, None);
        self.event(name.to_owned(), place, value);
    }
}

/// Which of a helper's arguments is what.
pub(super) enum Shape {
    Nothing,
    Place,
    PlaceValue,
    PlaceOldNew,
    PlaceTwo,
    ValuePlace,
}

pub(super) fn shape(name: &str) -> Shape {
    let atomic = name
        .strip_prefix("atomic_ptr_")
        .or(name.strip_prefix("atomic_"));
    match (name, atomic) {
        (_, Some(atomic)) => match atomic {
            _ if atomic.starts_with("read") => Shape::Place,
            _ if atomic.starts_with("set") || atomic.starts_with("xchg") => Shape::PlaceValue,
            _ if atomic.starts_with("try_cmpxchg") => Shape::PlaceOldNew,
            "add_unless" => Shape::PlaceTwo,
            _ => Shape::ValuePlace,
        },
        _ if name.contains("lock") && !name.contains("rcu") && !name.starts_with("smp_") => {
            Shape::Place
        }
        _ if name.contains("srcu") && !name.starts_with("smp_") => Shape::Place,
        _ => Shape::Nothing,
    }
}

/// A helper's name without the prefix of who made it.
pub(super) fn bare(name: &str) -> &str {
    match name.split_once("helper_") {
        Some((_, bare)) => bare,
        None => name.strip_prefix("carried_").unwrap_or(name),
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
