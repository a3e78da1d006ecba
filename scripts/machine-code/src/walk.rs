// SPDX-License-Identifier: GPL-2.0

//! The ways through a function of machine code, and what each does to memory: by following what every register, and
//! every slot of the stack, is made of. Down to the calls of helpers, or into them, to single instructions.

use crate::listing::{Line, Listing};
use crate::names::helper;
use crate::op::{Machine, Op, NONE};
use crate::state::{Held, State, Way};
use anyhow::{bail, Context as _, Result};
use lkmm::compare::Level;
use lkmm::trace::{plain, Source, Sources};
use std::collections::BTreeMap;

/// More ways, or longer ones, no thread of a litmus test has.
const MOST_WAYS: usize = 20_000;
const LONGEST: usize = 4096;

/// How often one way may come by an instruction: a loop's further turns are as its first.
const TURNS: u8 = 2;

/// A function of a listing.
pub struct Function<'a, M> {
    /// The machine that it is for.
    pub machine: &'a M,
    /// Where it is.
    pub listing: &'a Listing,
    /// Whether helpers are followed into.
    pub level: Level,
    /// Its first line.
    pub first: usize,
    /// The first of the thread's parameters is the second of the function's: its result goes to memory.
    pub result_by_pointer: bool,
}

/// What comes after an instruction.
enum Next {
    On,
    To(usize),
    End,
    /// A loop's further turn, or nobody comes by.
    Drop,
}

impl<M: Machine> Function<'_, M> {
    fn follows(&self, symbol: &str) -> bool {
        matches!(self.level, Level::Instructions(_)) && helper(symbol).is_some()
    }

    /// Every way through it.
    ///
    /// # Errors
    ///
    /// If it does something that no thread of a litmus test does, or that this does not know.
    pub fn ways(&self) -> Result<Vec<Way>> {
        let mut start = State {
            at: self.first,
            steps: 0,
            registers: BTreeMap::new(),
            frame: BTreeMap::new(),
            flags: Sources::new(),
            control: Sources::new(),
            way: Way::default(),
            exclusive: None,
            callers: Vec::new(),
            turns: BTreeMap::new(),
            replacing: None,
            symbol: None,
        };
        let own = |frame| Held {
            frame: Some(frame),
            ..Held::default()
        };
        let in_registers = self.result_by_pointer && M::RESULT.is_none();
        let arguments = M::ARGUMENTS.iter().skip(usize::from(in_registers));
        for (number, register) in arguments.enumerate() {
            start.make(*register, Sources::from([Source::Param(number)]));
        }
        // Where the result goes is as good as the stack: far from all that the thread has there.
        let result = match M::RESULT {
            None if self.result_by_pointer => Some(M::ARGUMENTS[0]),
            register => register,
        };
        if let Some(register) = result {
            start.registers.insert(register, own(1 << 32));
        }
        if let Some(register) = M::TASK {
            start.registers.insert(
                register,
                Held {
                    task: true,
                    ..Held::default()
                },
            );
        }
        start.registers.insert(M::STACK, own(0));

        let mut open = vec![start];
        let mut ways = Vec::new();
        while let Some(mut state) = open.pop() {
            loop {
                state.steps += 1;
                if state.steps > LONGEST || open.len() + ways.len() > MOST_WAYS {
                    bail!("it has more than {MOST_WAYS} ways, or longer ones than {LONGEST} instructions");
                }
                let line = self
                    .listing
                    .lines
                    .get(state.at)
                    .context("it runs out of its end")?;
                let turns = state.turns.entry(state.at).or_default();
                *turns += 1;
                if *turns > TURNS {
                    break;
                }
                if let (Some(other), None) = (self.listing.replaced.get(&state.at), state.replacing)
                {
                    let mut replaced = state.clone();
                    replaced.at = other.first;
                    replaced.replacing =
                        (other.first != other.back).then_some((other.end, other.back));
                    open.push(replaced);
                }
                let mut next = Next::On;
                for op in self.machine.ops(line)? {
                    next = state.step(self, line, op, &mut open)?;
                }
                match next {
                    Next::On => match state.replacing {
                        Some((end, back)) if state.at + 1 == end => {
                            (state.at, state.replacing) = (back, None);
                        }
                        _ => {
                            let next = self.listing.after(state.at);
                            state.at = next.context("it runs out of its end")?;
                        }
                    },
                    Next::To(line) => (state.at, state.replacing) = (line, None),
                    Next::End => match state.callers.pop() {
                        Some((back, turns)) => (state.at, state.turns) = (back, turns),
                        None => {
                            ways.push(state.way);
                            break;
                        }
                    },
                    Next::Drop => break,
                }
            }
        }
        ways.sort_by(|a, b| a.events.cmp(&b.events));
        ways.dedup();
        Ok(ways)
    }
}

impl State {
    fn step<M: Machine>(
        &mut self,
        function: &Function<'_, M>,
        line: &Line,
        op: Op,
        open: &mut Vec<Self>,
    ) -> Result<Next> {
        let target = |to: u64| {
            let place = function.listing.at(self.at, to);
            place.with_context(|| {
                format!(
                    "`{} {}` goes to no instruction",
                    line.mnemonic, line.operands
                )
            })
        };
        match op {
            Op::Nothing => {}
            Op::Trap => return Ok(Next::Drop),
            Op::Return => return Ok(Next::End),
            Op::Jump(to) => return Ok(Next::To(target(to)?)),
            Op::Branch {
                to,
                on,
                flags,
                if_zero,
            } => {
                let to = target(to)?;
                if let (Some(if_zero), [register]) = (if_zero, on.as_slice()) {
                    // An exclusive store is done sooner or later: 0.
                    if self.held(*register).status {
                        return Ok(if if_zero { Next::To(to) } else { Next::On });
                    }
                }
                self.control.extend(self.all(&on));
                if flags {
                    self.control.extend(self.flags.clone());
                }
                let mut other = self.clone();
                (other.at, other.replacing) = (to, None);
                open.push(other);
            }
            Op::Call | Op::Tail => {
                let symbol = line.symbol.clone().or(self.symbol.take());
                let Some(symbol) = symbol else {
                    bail!(
                        "`{} {}` goes where nobody knows",
                        line.mnemonic,
                        line.operands
                    );
                };
                let tail = op == Op::Tail;
                match function.listing.functions.get(&symbol) {
                    Some(first) if function.follows(&symbol) => {
                        if !tail {
                            let back = function.listing.after(self.at);
                            let back = back.context("it ends with a call")?;
                            let turns = std::mem::take(&mut self.turns);
                            self.callers.push((back, turns));
                        }
                        return Ok(Next::To(*first));
                    }
                    _ => self.call::<M>(&symbol),
                }
                if tail {
                    return Ok(Next::End);
                }
            }
            Op::Compute {
                to,
                from,
                reads_flags,
                sets_flags,
                plus,
            } => {
                let mut made_of = self.all(&from);
                if reads_flags {
                    made_of.extend(self.flags.clone());
                }
                let first = from.first().map(|register| self.held(*register));
                let first = first.unwrap_or_default();
                for register in to.into_iter().filter(|register| *register != NONE) {
                    let held = Held {
                        made_of: made_of.clone(),
                        frame: plus.and_then(|plus| Some(first.frame?.wrapping_add(plus))),
                        task: first.task,
                        status: false,
                    };
                    self.registers.insert(register, held);
                }
                if sets_flags {
                    self.flags = made_of;
                }
                if line.symbol.is_some() {
                    self.symbol = line.symbol.clone();
                }
            }
            Op::Fence(order) => {
                self.event(
                    format!("fence {order}"),
                    line,
                    Sources::new(),
                    Sources::new(),
                );
            }
            Op::Load {
                to,
                address,
                size,
                acquire,
                exclusive,
            } => {
                let (base, place) = self.address(address);
                let mut task = false;
                let made_of = if base.task {
                    task = true;
                    vec![Sources::new(); to.len()]
                } else if let Some(frame) = base.frame {
                    // CAST: A size.
                    let slots = (0..).map(|n: i64| frame + address.offset + n * size as i64);
                    let held = slots.map(|at| self.frame.get(&at).cloned().unwrap_or_default());
                    held.take(to.len()).collect()
                } else {
                    let number = self.way.events.len();
                    let kind = if exclusive { ".exclusive" } else { "" };
                    let order = if acquire { ".acquire" } else { "" };
                    let size = size * to.len();
                    let name = match function.level {
                        Level::Calls => plain(false, size),
                        Level::Instructions(_) => format!("read{size}{kind}{order}"),
                    };
                    self.event(name, line, place, Sources::new());
                    if exclusive {
                        self.exclusive = Some(number);
                    }
                    vec![Sources::from([Source::Event(number)]); to.len()]
                };
                for (register, made_of) in to.into_iter().zip(made_of) {
                    if register != NONE {
                        self.make(register, made_of);
                        if let (true, Some(held)) = (task, self.registers.get_mut(&register)) {
                            held.task = true;
                        }
                    }
                }
            }
            Op::Store {
                from,
                address,
                size,
                release,
                status,
            } => {
                let (base, place) = self.address(address);
                if let Some(frame) = base.frame {
                    for (number, register) in (0..).zip(&from) {
                        // CAST: A size.
                        let slot = frame + address.offset + number * size as i64;
                        let made_of = self.held(*register).made_of;
                        self.frame.insert(slot, made_of);
                    }
                } else if let (Some(status), Some(read)) = (status, self.exclusive.take()) {
                    let value = self.all(&from);
                    let (events, shown) = (&mut self.way.events, &mut self.way.shown);
                    if let (Some(event), Some(shown)) = (events.get_mut(read), shown.get_mut(read))
                    {
                        let order = if release { ".release" } else { "" };
                        event.name =
                            event.name.replace("read", "rmw").replace(".exclusive", "") + order;
                        // A register's old value is what the operation works on itself.
                        event.value = value
                            .into_iter()
                            .filter(|source| *source != Source::Event(read))
                            .collect();
                        // Whether it writes may have been decided since: by what `cmpxchg()` compares with.
                        let decided = self.control.iter().copied();
                        event
                            .control
                            .extend(decided.filter(|source| *source != Source::Event(read)));
                        *shown = format!("{shown}+{}", line.mnemonic);
                    }
                    let held = Held {
                        status: true,
                        ..Held::default()
                    };
                    self.registers.insert(status, held);
                } else if !base.task {
                    let order = if release { ".release" } else { "" };
                    let size = size * from.len();
                    let name = match function.level {
                        Level::Calls => plain(true, size),
                        Level::Instructions(_) => format!("write{size}{order}"),
                    };
                    let value = self.all(&from);
                    self.event(name, line, place, value);
                }
            }
            Op::Rmw {
                old,
                from,
                address,
                size,
                acquire,
                release,
            } => {
                let (base, place) = self.address(address);
                let number = self.way.events.len();
                if base.frame.is_some() || base.task {
                    bail!(
                        "`{} {}` is done to what nobody shares",
                        line.mnemonic,
                        line.operands
                    );
                }
                let acquire = if acquire { ".acquire" } else { "" };
                let release = if release { ".release" } else { "" };
                let value = self.all(&from);
                self.event(format!("rmw{size}{acquire}{release}"), line, place, value);
                if old != NONE {
                    self.make(old, Sources::from([Source::Event(number)]));
                }
            }
        }
        Ok(Next::On)
    }
}
