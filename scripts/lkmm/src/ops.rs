// SPDX-License-Identifier: GPL-2.0

//! LKMM's primitives, by the names that C gives them (`tools/memory-model/linux-kernel.def`).

/// How an access is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `_relaxed`, `READ_ONCE()`, `WRITE_ONCE()`
    Relaxed,
    /// `_acquire`
    Acquire,
    /// `_release`
    Release,
    /// No suffix
    Full,
}

impl Order {
    /// Its type in `kernel::sync::atomic`.
    pub fn rust(self) -> &'static str {
        match self {
            Self::Relaxed => "Relaxed",
            Self::Acquire => "Acquire",
            Self::Release => "Release",
            Self::Full => "Full",
        }
    }
}

/// How an operation names the location that it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As a value: `READ_ONCE(*x)`.
    Value,
    /// By its address: `atomic_read(x)`.
    Address,
}

/// What a primitive does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Loads the first argument.
    Load(Place, Order),
    /// Stores the second argument to the first.
    Store(Place, Order),
    /// `rcu_dereference()`
    RcuDereference,
    /// `rcu_assign_pointer()`
    RcuAssign,
    /// `smp_store_mb()`
    StoreMb,
    /// A call without arguments, and its Rust.
    Fence(&'static str),
    /// Exchanges the first argument with the second.
    Xchg(Order),
    /// Replaces the first argument, if it is the second, by the third.
    Cmpxchg(Order),
    /// A read-modify-write operation: the name of its Rust method, which of C's arguments is the
    /// location, the operand where C has none, and the ordering where Rust has one.
    Rmw {
        /// The method.
        method: &'static str,
        /// C's operand, where it is in the name.
        implied: Option<i32>,
        /// The ordering, of methods that take one.
        order: Option<Order>,
        /// What the method returns.
        returns: Returns,
    },
    /// `atomic_add_unless()`
    AddUnless,
    /// `spin_lock()`
    Lock,
    /// `spin_unlock()`
    Unlock,
    /// `spin_trylock()`
    Trylock,
    /// `spin_is_locked()`
    IsLocked,
    /// `rcu_read_lock()`
    RcuLock,
    /// `rcu_read_unlock()`
    RcuUnlock,
    /// `srcu_read_lock()`
    SrcuLock,
    /// `srcu_read_unlock()`
    SrcuUnlock,
    /// `synchronize_srcu()`, or expedited: the Rust method.
    SrcuSync(&'static str),
}

/// What a read-modify-write operation returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// A number.
    Int,
    /// Whether something is so.
    Bool,
}

impl Op {
    /// The primitive that C calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        use Order::{Acquire, Full, Relaxed, Release};
        use Place::{Address, Value};
        Some(match name {
            "READ_ONCE" => Self::Load(Value, Relaxed),
            "WRITE_ONCE" => Self::Store(Value, Relaxed),
            "smp_load_acquire" | "atomic_read_acquire" => Self::Load(Address, Acquire),
            "smp_store_release" | "atomic_set_release" => Self::Store(Address, Release),
            "atomic_read" => Self::Load(Address, Relaxed),
            "atomic_set" => Self::Store(Address, Relaxed),
            "rcu_dereference" => Self::RcuDereference,
            "rcu_assign_pointer" => Self::RcuAssign,
            "smp_store_mb" => Self::StoreMb,
            "smp_mb" => Self::Fence("smp_mb(Full)"),
            "smp_rmb" => Self::Fence("smp_mb(Read)"),
            "smp_wmb" => Self::Fence("smp_mb(Write)"),
            "smp_mb__before_atomic" => Self::Fence("smp_mb_before_atomic()"),
            "smp_mb__after_atomic" => Self::Fence("smp_mb_after_atomic()"),
            "smp_mb__after_spinlock" => Self::Fence("smp_mb_after_spinlock()"),
            "smp_mb__after_unlock_lock" => Self::Fence("smp_mb_after_unlock_lock()"),
            "smp_mb__after_srcu_read_unlock" => Self::Fence("smp_mb_after_srcu_read_unlock()"),
            "barrier" => Self::Fence("barrier()"),
            "synchronize_rcu" => Self::Fence("rcu::synchronize_rcu()"),
            "synchronize_rcu_expedited" => Self::Fence("synchronize_rcu_expedited()"),
            "spin_lock" => Self::Lock,
            "spin_unlock" => Self::Unlock,
            "spin_trylock" => Self::Trylock,
            "spin_is_locked" => Self::IsLocked,
            "rcu_read_lock" => Self::RcuLock,
            "rcu_read_unlock" => Self::RcuUnlock,
            "srcu_read_lock" => Self::SrcuLock,
            "srcu_read_unlock" => Self::SrcuUnlock,
            "synchronize_srcu" => Self::SrcuSync("synchronize"),
            "synchronize_srcu_expedited" => Self::SrcuSync("synchronize_expedited"),
            "atomic_add_unless" => Self::AddUnless,
            _ => {
                let (stem, order) = [
                    ("_relaxed", Relaxed),
                    ("_acquire", Acquire),
                    ("_release", Release),
                ]
                .into_iter()
                .find_map(|(suffix, order)| Some((name.strip_suffix(suffix)?, order)))
                .unwrap_or((name, Full));
                match stem {
                    "xchg" | "atomic_xchg" => Self::Xchg(order),
                    "cmpxchg" | "atomic_cmpxchg" => Self::Cmpxchg(order),
                    _ => return Self::rmw(stem, order, stem != name),
                }
            }
        })
    }

    /// `atomic_<stem>` with an ordering, which `suffixed` says was written.
    fn rmw(stem: &str, order: Order, suffixed: bool) -> Option<Self> {
        let stem = stem.strip_prefix("atomic_")?;
        // C's name, Rust's method, the operand, the result.
        const ORDERED: [(&str, &str, Option<i32>); 13] = [
            ("add_return", "add_return", None),
            ("inc_return", "add_return", Some(1)),
            ("sub_return", "sub_return", None),
            ("dec_return", "sub_return", Some(1)),
            ("fetch_add", "fetch_add", None),
            ("fetch_inc", "fetch_add", Some(1)),
            ("fetch_sub", "fetch_sub", None),
            ("fetch_dec", "fetch_sub", Some(1)),
            ("fetch_and", "fetch_and", None),
            ("fetch_andnot", "fetch_andnot", None),
            ("fetch_or", "fetch_or", None),
            ("fetch_xor", "fetch_xor", None),
            ("add_negative", "add_negative", None),
        ];
        const PLAIN: [(&str, &str, Option<i32>, Returns); 11] = [
            ("add", "add", None, Returns::Nothing),
            ("inc", "add", Some(1), Returns::Nothing),
            ("sub", "sub", None, Returns::Nothing),
            ("dec", "sub", Some(1), Returns::Nothing),
            ("and", "and", None, Returns::Nothing),
            ("andnot", "andnot", None, Returns::Nothing),
            ("or", "or", None, Returns::Nothing),
            ("xor", "xor", None, Returns::Nothing),
            ("sub_and_test", "sub_and_test", None, Returns::Bool),
            ("dec_and_test", "sub_and_test", Some(1), Returns::Bool),
            ("inc_and_test", "add_and_test", Some(1), Returns::Bool),
        ];
        if let Some((_, method, implied)) = ORDERED.into_iter().find(|(c, ..)| *c == stem) {
            let returns = match method {
                "add_negative" => Returns::Bool,
                _ => Returns::Int,
            };
            return Some(Self::Rmw {
                method,
                implied,
                order: Some(order),
                returns,
            });
        }
        let (_, method, implied, returns) = PLAIN.into_iter().find(|(c, ..)| *c == stem)?;
        (!suffixed).then_some(Self::Rmw {
            method,
            implied,
            // The kernel crate's own says what the others leave unsaid.
            order: (method == "add").then_some(Order::Relaxed),
            returns,
        })
    }

    /// How many arguments it takes in C.
    pub fn arity(self) -> usize {
        match self {
            Self::Fence(_) | Self::RcuLock | Self::RcuUnlock => 0,
            Self::Load(..)
            | Self::RcuDereference
            | Self::Lock
            | Self::Unlock
            | Self::Trylock
            | Self::IsLocked
            | Self::SrcuLock
            | Self::SrcuSync(_) => 1,
            Self::Store(..)
            | Self::RcuAssign
            | Self::StoreMb
            | Self::Xchg(_)
            | Self::SrcuUnlock => 2,
            Self::Rmw { implied, .. } => 2 - usize::from(implied.is_some()),
            Self::Cmpxchg(_) | Self::AddUnless => 3,
        }
    }

    /// Whether it may wait for a grace period.
    pub fn waits(self) -> bool {
        match self {
            Self::Fence(rust) => rust.contains("synchronize"),
            Self::SrcuSync(_) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_orderings() {
        assert_eq!(Op::named("xchg_acquire"), Some(Op::Xchg(Order::Acquire)));
        assert_eq!(Op::named("cmpxchg"), Some(Op::Cmpxchg(Order::Full)));
        let Some(Op::Rmw {
            method,
            implied,
            order,
            ..
        }) = Op::named("atomic_dec_return_release")
        else {
            panic!("no such operation");
        };
        assert_eq!(
            (method, implied, order),
            ("sub_return", Some(1), Some(Order::Release))
        );
    }

    #[test]
    fn what_c_lacks_is_not_there() {
        for name in [
            "atomic_inc_acquire",
            "READ_TWICE",
            "atomic_sub_and_test_relaxed",
            "inc",
        ] {
            assert_eq!(Op::named(name), None, "{name}");
        }
    }
}
