// SPDX-License-Identifier: GPL-2.0

//! What instructions LKMM's primitives have to be on each machine.
//!
//! An instruction is written as what it does: `read4`, `read4.acquire` (arm64's `ldar`), `write4.release` (`stlr`),
//! `fence r,rw` (`dmb ishld`), `rmw4` (an atomic instruction, or an exclusive read and the write that answers it),
//! and `read4.exclusive` (the former without the latter: a `cmpxchg()` that failed). x86_64 keeps all orders but that of
//! a store and a later load, so that most orderings are no instruction of their own there.

use crate::trace::{without_prefix, Event};
use std::ops::Range;

/// A machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// With the atomic instructions of ARMv8.1, and without: a kernel has both.
    Arm64,
    /// With the A extension.
    Riscv,
    /// What reads and writes at once is a full barrier.
    X86_64,
}

/// Instructions, in their order.
pub type Sequence = Vec<String>;

impl Arch {
    /// Any of these is the primitive `name`, which is the name of an [`Event`] of a source.
    pub fn lowered(self, name: &str) -> Vec<Sequence> {
        match name {
            "smp_mb" if self == Self::X86_64 => return vec![words("fence rw,rw")],
            // A kernel that does not preempt readers has nothing to do for them.
            "rcu_read_lock" | "rcu_read_unlock" if self == Self::X86_64 => {
                return vec![words(name), Sequence::new()];
            }
            // A kernel that does not debug its locks may have the one store of it where it is called.
            "spin_unlock" if self == Self::X86_64 => return vec![words(name), words("write1")],
            _ if self == Self::X86_64 && name.starts_with("smp_") => {
                return vec![Sequence::new()];
            }
            "smp_mb"
            | "smp_mb__before_atomic"
            | "smp_mb__after_atomic"
            | "smp_mb__after_spinlock" => return vec![words("fence rw,rw")],
            "smp_rmb" if self == Self::Arm64 => return vec![words("fence r,rw")],
            "smp_rmb" => return vec![words("fence r,r")],
            "smp_wmb" => return vec![words("fence w,w")],
            // The functions before them are full barriers already.
            "smp_mb__after_unlock_lock" | "smp_mb__after_srcu_read_unlock" => {
                return vec![Sequence::new()];
            }
            "spin_is_locked" => return vec![words("read4")],
            _ => {}
        }
        if let Some(access) = name.strip_prefix("plain ") {
            return vec![words(access)];
        }
        let Some((rest, size)) = without_prefix(name) else {
            // A function of the kernel's.
            return vec![words(name)];
        };
        if rest == "add_unless" {
            return self.add_unless(size);
        }
        let (stem, order) = ["_relaxed", "_acquire", "_release"]
            .into_iter()
            .find_map(|suffix| Some((rest.strip_suffix(suffix)?, suffix)))
            .unwrap_or((rest, ""));
        match (stem, order, self) {
            ("read", "", _) => vec![words(&format!("read{size}"))],
            ("read", _, Self::Arm64) => vec![words(&format!("read{size}.acquire"))],
            ("read", _, Self::Riscv) => vec![words(&format!("read{size}; fence r,rw"))],
            ("read", _, Self::X86_64) => vec![words(&format!("read{size}"))],
            ("set", _, Self::X86_64) => vec![words(&format!("write{size}"))],
            ("set", "", _) => vec![words(&format!("write{size}"))],
            ("set", _, Self::Arm64) => vec![words(&format!("write{size}.release"))],
            ("set", _, Self::Riscv) => vec![words(&format!("fence rw,w; write{size}"))],
            // x86 has no such instruction that gives what was there: it reads, and tries until nobody comes between.
            ("fetch_and" | "fetch_andnot" | "fetch_or" | "fetch_xor", _, Self::X86_64) => {
                let (read, rmw) = (format!("read{size}"), self.rmw(size, order)[0].join("; "));
                let twice = format!("{read}; {rmw}; {rmw}");
                vec![words(&format!("{read}; {rmw}")), words(&twice)]
            }
            // What returns nothing is relaxed.
            ("add" | "sub" | "and" | "andnot" | "or" | "xor", ..) => self.rmw(size, "_relaxed"),
            // Failed or not, it writes.
            ("try_cmpxchg", _, Self::X86_64) => self.rmw(size, order),
            ("try_cmpxchg", ..) => {
                let mut all = self.rmw(size, order);
                all.push(self.failed(size, order));
                all
            }
            ("sub_return", _, Self::Arm64) if !order.is_empty() => {
                let mut all = self.rmw(size, order);
                // The kernel's atomic_lse.h orders it fully, whatever is asked for.
                all.push(words(&format!("rmw{size}.acquire.release")));
                all
            }
            _ => self.rmw(size, order),
        }
    }

    /// Whether the primitive `name` is no instruction: then none can be lost.
    pub fn is_nothing(self, name: &str) -> bool {
        self.lowered(name).iter().all(Vec::is_empty)
    }

    /// Whether the primitive `name` may be something or nothing: that it is not there is no error.
    pub fn is_optional(self, name: &str) -> bool {
        self.lowered(name).iter().any(Vec::is_empty) && !self.is_nothing(name)
    }

    /// The one instruction that a store with a full fence behind it may be: the kernel's C has smp_store_mb() on x86 as
    /// an exchange.
    fn store_and_fence(self, own: &[Event]) -> Option<&'static str> {
        let [store, fence, ..] = own else {
            return None;
        };
        match (self, store.name.as_str(), fence.name.as_str()) {
            (Self::X86_64, "atomic_set", "smp_mb") => Some("rmw4.acquire.release"),
            (Self::X86_64, "atomic_ptr_set", "smp_mb") => Some("rmw8.acquire.release"),
            _ => None,
        }
    }

    /// A read-modify-write operation.
    fn rmw(self, size: usize, order: &str) -> Vec<Sequence> {
        let rmw = format!("rmw{size}");
        match (order, self) {
            (_, Self::X86_64) => vec![words(&format!("{rmw}.acquire.release"))],
            ("_relaxed", _) => vec![words(&rmw)],
            ("_acquire", Self::Arm64) => vec![words(&format!("{rmw}.acquire"))],
            ("_acquire", Self::Riscv) => vec![words(&format!("{rmw}; fence r,rw"))],
            ("_release", Self::Arm64) => vec![words(&format!("{rmw}.release"))],
            ("_release", Self::Riscv) => vec![words(&format!("fence rw,w; {rmw}"))],
            _ => vec![
                words(&format!("{rmw}.acquire.release")),
                words(&format!("{rmw}.release; fence rw,rw")),
            ],
        }
    }

    /// One that did not write: a read, which nothing has to order but what precedes a release.
    fn failed(self, size: usize, order: &str) -> Sequence {
        let read = format!("read{size}.exclusive");
        match (order, self) {
            ("_acquire", Self::Arm64) => words(&format!("{read}.acquire")),
            ("_release", Self::Riscv) => words(&format!("fence rw,w; {read}")),
            _ => words(&read),
        }
    }

    /// arm64 and x86_64 read, and try until it works or must not; riscv64 does both in one.
    fn add_unless(self, size: usize) -> Vec<Sequence> {
        let mut tries = self.rmw(size, "");
        if self != Self::X86_64 {
            tries.push(self.failed(size, ""));
        }
        if self == Self::Riscv {
            return tries;
        }
        let read = words(&format!("read{size}"));
        let mut all = vec![read.clone()];
        for first in &tries {
            all.push([read.clone(), first.clone()].concat());
            for second in &tries {
                all.push([read.clone(), first.clone(), second.clone()].concat());
            }
        }
        all
    }
}

fn words(text: &str) -> Sequence {
    text.split("; ").map(str::to_owned).collect()
}

/// Which instructions of `found` each event of a way through a source is; nothing if they are not the same ones.
pub fn placed(own: &[Event], found: &[Event], arch: Arch) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::with_capacity(own.len());
    place(own, found, 0, arch, &mut ranges).then_some(ranges)
}

/// Finds the instructions of the first of `own` at `at`, and of all others behind.
fn place(
    own: &[Event],
    found: &[Event],
    at: usize,
    arch: Arch,
    ranges: &mut Vec<Range<usize>>,
) -> bool {
    let Some((event, rest)) = own.split_first() else {
        return at == found.len();
    };
    if let (Some(exchange), Some((_, rest))) = (arch.store_and_fence(own), rest.split_first()) {
        if found.get(at).is_some_and(|there| there.name == exchange) {
            ranges.extend([at..at + 1, at + 1..at + 1]);
            if place(rest, found, at + 1, arch, ranges) {
                return true;
            }
            ranges.truncate(ranges.len() - 2);
        }
    }
    arch.lowered(&event.name).iter().any(|sequence| {
        let end = at + sequence.len();
        let there = found.get(at..end);
        if !there.is_some_and(|there| there.iter().zip(sequence).all(|(a, b)| a.name == *b)) {
            return false;
        }
        ranges.push(at..end);
        let all = place(rest, found, end, arch, ranges);
        if !all {
            ranges.pop();
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orderings_are_instructions() {
        let one = |arch: Arch, name: &str| arch.lowered(name)[0].join("; ");
        for (name, arm64, riscv) in [
            ("atomic_read", "read4", "read4"),
            (
                "atomic_ptr_read_acquire",
                "read8.acquire",
                "read8; fence r,rw",
            ),
            ("atomic_set_release", "write4.release", "fence rw,w; write4"),
            ("smp_rmb", "fence r,rw", "fence r,r"),
            ("atomic_xchg_relaxed", "rmw4", "rmw4"),
            (
                "atomic_fetch_add",
                "rmw4.acquire.release",
                "rmw4.acquire.release",
            ),
            ("atomic_add", "rmw4", "rmw4"),
            ("spin_lock", "spin_lock", "spin_lock"),
            ("plain write8", "write8", "write8"),
        ] {
            assert_eq!(one(Arch::Arm64, name), arm64, "{name}");
            assert_eq!(one(Arch::Riscv, name), riscv, "{name}");
        }
    }

    #[test]
    fn x86_orders_by_itself() {
        let all = |name: &str| {
            let all = Arch::X86_64.lowered(name);
            let all: Vec<String> = all.iter().map(|sequence| sequence.join("; ")).collect();
            all.join(" | ")
        };
        for (name, code) in [
            ("atomic_read_acquire", "read4"),
            ("atomic_ptr_set_release", "write8"),
            ("atomic_xchg_relaxed", "rmw4.acquire.release"),
            ("atomic_try_cmpxchg", "rmw4.acquire.release"),
            ("smp_mb", "fence rw,rw"),
            ("smp_mb__after_atomic", ""),
            ("spin_unlock", "spin_unlock | write1"),
            ("rcu_read_lock", "rcu_read_lock | "),
        ] {
            assert_eq!(all(name), code, "{name}");
        }
    }
}
