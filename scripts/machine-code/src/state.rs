// SPDX-License-Identifier: GPL-2.0

//! What is known on one way through a function: what registers, flags and slots of the stack are made of.

use crate::listing::Line;
use crate::names::{known, shape, Shape, NOT_OURS};
use crate::op::{Address, Machine, Reg, NONE};
use lkmm::trace::{Event, Source, Sources};
use std::collections::BTreeMap;

/// One way, and the instructions of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// What it does to memory, in order.
    pub events: Vec<Event>,
    /// The instruction, or the helper, that does each event.
    pub shown: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Held {
    pub(crate) made_of: Sources,
    /// An address within the frame, from where the stack pointer was at the start.
    pub(crate) frame: Option<i64>,
    /// An address of what is the task's own.
    pub(crate) task: bool,
    /// Whether an exclusive store was done.
    pub(crate) status: bool,
}

#[derive(Clone)]
pub(crate) struct State {
    pub(crate) at: usize,
    pub(crate) steps: usize,
    pub(crate) registers: BTreeMap<Reg, Held>,
    pub(crate) frame: BTreeMap<i64, Sources>,
    pub(crate) flags: Sources,
    pub(crate) control: Sources,
    pub(crate) way: Way,
    /// The exclusive read that no store has answered yet.
    pub(crate) exclusive: Option<usize>,
    /// Where helpers go back to, and how often each line was come by before.
    pub(crate) callers: Vec<(usize, BTreeMap<usize, u8>)>,
    pub(crate) turns: BTreeMap<usize, u8>,
    /// The replacement that is being run: the line after it, and where to go on.
    pub(crate) replacing: Option<(usize, usize)>,
    /// Whose address was made for a jump.
    pub(crate) symbol: Option<String>,
}

impl State {
    pub(crate) fn make(&mut self, register: Reg, made_of: Sources) {
        let held = Held {
            made_of,
            ..Held::default()
        };
        self.registers.insert(register, held);
    }

    pub(crate) fn held(&self, register: Reg) -> Held {
        match register {
            NONE => Held::default(),
            _ => self.registers.get(&register).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn all(&self, registers: &[Reg]) -> Sources {
        registers
            .iter()
            .flat_map(|register| self.held(*register).made_of)
            .collect()
    }

    /// Where an access goes, after its base register was changed; and what that is made of.
    pub(crate) fn address(&mut self, address: Address) -> (Held, Sources) {
        let changed = |held: &Held, by: i64| Held {
            frame: held.frame.map(|frame| frame.wrapping_add(by)),
            ..held.clone()
        };
        let base = changed(&self.held(address.base), address.before);
        let mut place = base.made_of.clone();
        place.extend(self.held(address.index).made_of);
        if address.before != 0 || address.after != 0 {
            self.registers
                .insert(address.base, changed(&base, address.after));
        }
        (base, place)
    }

    pub(crate) fn event(&mut self, name: String, line: &Line, place: Sources, value: Sources) {
        let id = self.way.events.len();
        self.way.events.push(Event {
            name,
            place,
            value,
            control: self.control.clone(),
            id,
        });
        self.way.shown.push(match line.mnemonic.as_str() {
            "dmb" | "fence" => format!("{} {}", line.mnemonic, line.operands),
            mnemonic => mnemonic.to_owned(),
        });
    }

    /// A call of what is not followed into.
    pub(crate) fn call<M: Machine>(&mut self, symbol: &str) {
        let name = known(symbol);
        if NOT_OURS.contains(&name) {
            return;
        }
        let arguments: Vec<Held> = M::ARGUMENTS.iter().map(|r| self.held(*r)).collect();
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
        let result = Sources::from([Source::Event(self.way.events.len())]);
        // What is passed by its address may be changed.
        for slot in arguments.iter().filter_map(|held| held.frame) {
            self.frame.insert(slot, result.clone());
        }
        self.registers.retain(|register, _| !M::is_lost(*register));
        for register in M::RESULTS {
            self.make(register, result.clone());
        }
        let id = self.way.events.len();
        self.way.events.push(Event {
            name: name.to_owned(),
            place,
            value,
            control: self.control.clone(),
            id,
        });
        self.way.shown.push(symbol.to_owned());
    }
}
