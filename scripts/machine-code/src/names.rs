// SPDX-License-Identifier: GPL-2.0

//! What functions that machine code calls are in LKMM.

/// What the guard asks lockdep, which touches nothing of the test.
pub(crate) const NOT_OURS: [&str; 1] = ["spin_assert_is_held"];

/// Which of a function's arguments is what.
pub(crate) enum Shape {
    Nothing,
    Place,
    PlaceValue,
    PlaceOldNew,
    PlaceTwo,
    ValuePlace,
}

pub(crate) fn shape(name: &str) -> Shape {
    let atomic = lkmm::trace::without_prefix(name).map(|(bare, _)| bare);
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

/// A helper's name without the prefix of who made it; nothing if it is none.
pub(crate) fn helper(symbol: &str) -> Option<&str> {
    match symbol.split_once("helper_") {
        Some((_, bare)) => Some(bare),
        None => symbol.strip_prefix("carried_"),
    }
}

/// What a function is called in LKMM.
pub(crate) fn known(symbol: &str) -> &str {
    let name = match helper(symbol).unwrap_or(symbol) {
        // What 5.10 has beside the nothing that it does for readers.
        "rcu_read_unlock_strict" => return "rcu_read_unlock",
        // A kernel for guests, too, asks its host how to unlock where spin_unlock() is called. How to lock is a function.
        "pv_ops" => return "spin_unlock",
        name => name,
    };
    for (prefix, rest) in [
        ("_raw_", "spin_"),
        // With PREEMPT_RT a spinlock sleeps, and has functions of its own.
        ("rt_", "spin_"),
        ("__", "rcu_read_"),
        ("__", "srcu_read_"),
    ] {
        if let Some(bare) = name
            .strip_prefix(prefix)
            .filter(|bare| bare.starts_with(rest))
        {
            return bare;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_every_kernel() {
        for symbol in [
            "spin_lock",
            "_raw_spin_lock",
            "rt_spin_lock",
            "ferrite_helper_spin_lock",
            "carried__raw_spin_lock",
        ] {
            assert_eq!(known(symbol), "spin_lock", "{symbol}");
        }
        assert_eq!(known("rt_mutex_lock"), "rt_mutex_lock");
    }
}
