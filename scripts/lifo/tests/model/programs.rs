// SPDX-License-Identifier: GPL-2.0

//! Small programs on a list, and whether what they took is what they pushed.

use super::arena::{self, Held, Plant};
use super::checker::{thread, Arc};
use super::sync::lifo::{Batch, Chain, Lifo, RcuLifo, Retired, SealableLifo};

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Push one object.
    Push,
    /// Push two at once.
    PushTwo,
    /// Take all that there are.
    PopAll,
    /// Take one.
    Pop,
    /// Seal the list.
    Seal,
}

/// The lists, each with the operations that it has.
enum List {
    Plain(Lifo<Held>),
    Sealable(SealableLifo<Held>),
    Rcu(RcuLifo<Held>),
}

/// What a thread saw.
#[derive(Default)]
struct Seen {
    pushed: Vec<usize>,
    taken: Vec<usize>,
    refused: usize,
}

impl Seen {
    /// Note what was taken at once, and give it back.
    fn take(&mut self, batch: Batch<Held>) {
        let values: Vec<usize> = batch.map(|object| object.value()).collect();
        check_order(&values);
        self.taken.extend(values);
    }
}

/// An object's number says which thread pushed it, when, and whether it is the upper one of two.
fn number(thread: usize, time: usize, upper: bool) -> usize {
    thread << 16 | time << 1 | usize::from(upper)
}

/// Of each thread the newest object comes first; two that were pushed at once are next to each other.
fn check_order(values: &[usize]) {
    for (at, value) in values.iter().enumerate() {
        let later = &values[at + 1..];
        let newer = |other: &usize| other >> 16 == value >> 16 && other > value;
        assert!(!later.iter().any(newer), "out of order: {values:x?}");
        if value & 1 == 1 {
            assert_eq!(later.first(), Some(&(value - 1)), "torn apart: {values:x?}");
        }
    }
}

fn list(programs: &[Vec<Op>]) -> List {
    let any = |op| programs.iter().flatten().any(|other| *other == op);
    match (any(Op::Seal), any(Op::Pop)) {
        (true, _) => List::Sealable(SealableLifo::new()),
        (_, true) => List::Rcu(RcuLifo::new()),
        _ => List::Plain(Lifo::new()),
    }
}

fn perform(list: &List, thread: usize, time: usize, op: Op, seen: &mut Seen) {
    let push = |chain: Chain<Held>| match list {
        List::Plain(lifo) => {
            lifo.push_batch(chain);
            0
        }
        List::Rcu(lifo) => {
            lifo.push_batch(chain);
            0
        }
        List::Sealable(lifo) => match lifo.push_batch(chain) {
            Ok(_) => 0,
            Err(chain) => chain.into_batch().count(),
        },
    };
    match (op, list) {
        (Op::Push | Op::PushTwo, _) => {
            let mut values = vec![number(thread, time, false)];
            if op == Op::PushTwo {
                values.push(number(thread, time, true));
            }
            let refused = push(values.iter().map(|value| Held::new(*value)).collect());
            seen.refused += refused;
            if refused == 0 {
                seen.pushed.extend(values);
            }
        }
        (Op::PopAll, List::Plain(lifo)) => seen.take(lifo.pop_all()),
        (Op::PopAll, List::Sealable(lifo)) => seen.take(lifo.pop_all()),
        (Op::Seal, List::Sealable(lifo)) => {
            seen.take(lifo.seal());
            assert!(lifo.is_sealed());
        }
        (Op::Pop, List::Rcu(lifo)) => {
            if let Some(one) = lifo.pop() {
                seen.taken.extend(one.wait().map(|object| object.value()));
            }
        }
        _ => panic!("{op:?}: this list does not have that"),
    }
}

/// Run the programs side by side, each in a thread. Returns how often an address was used again.
pub(crate) fn run(programs: &[Vec<Op>], plant: Plant) -> usize {
    let pushes = programs.iter().flatten();
    let slots = 2 * pushes.count();
    arena::begin(slots, plant);
    let list = Arc::new(list(programs));
    let threads: Vec<_> = programs
        .iter()
        .cloned()
        .enumerate()
        .map(|(thread, ops)| {
            let list = list.clone();
            thread::spawn(move || {
                let mut seen = Seen::default();
                for (time, op) in ops.into_iter().enumerate() {
                    perform(&list, thread, time, op, &mut seen);
                }
                seen
            })
        })
        .collect();
    let (mut pushed, mut taken) = (Vec::new(), Vec::new());
    for thread in threads {
        let seen = thread.join().expect("a thread ends well");
        pushed.extend(seen.pushed);
        taken.extend(seen.taken);
    }
    let mut rest = Seen::default();
    match &*list {
        List::Plain(lifo) => rest.take(lifo.pop_all()),
        List::Sealable(lifo) => rest.take(lifo.seal()),
        List::Rcu(lifo) => {
            let mut retired = Retired::new();
            while let Some(one) = lifo.pop() {
                retired.join(one);
            }
            rest.taken
                .extend(retired.wait().map(|object| object.value()));
        }
    }
    taken.extend(rest.taken);
    pushed.sort_unstable();
    taken.sort_unstable();
    assert_eq!(pushed, taken, "what was taken is not what was pushed");
    drop(list);
    arena::end()
}
