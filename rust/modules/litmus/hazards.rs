// SPDX-License-Identifier: GPL-2.0

//! What a compiler may do to plain accesses, and may not do to those of the kernel crate.
//!
//! Each module has the same function twice: `plain`, as a careless author would write it, and
//! `relaxed`. Nobody calls them: `ferrite` reads their machine code (`scripts/ferrite`,
//! `litmus/hazards.rs`, which says what each has to look like), and `Documentation/lkmm.md` says
//! what it saw.

use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

/// Functions with names that stay in the machine code.
macro_rules! hazard {
    (
        $(#[$meta:meta])*
        mod $name:ident {
            fn plain($($plain:ident: $plain_type:ty),*) -> $plain_result:ty $plain_body:block
            fn relaxed($($relaxed:ident: $relaxed_type:ty),*) -> $relaxed_result:ty $relaxed_body:block
        }
    ) => {
        $(#[$meta])*
        mod $name {
            use super::*;

            /// # Safety
            ///
            /// Pointers must be valid. A plain access that races with another is not defined in
            /// Rust: that is what this shows.
            #[export_name = concat!(module_path!(), "::plain")]
            #[allow(unused_unsafe, reason = "references are followed without")]
            #[allow(clippy::unused_unit, clippy::if_same_then_else)]
            unsafe fn plain($($plain: $plain_type),*) -> $plain_result {
                // SAFETY: By the safety requirements.
                unsafe { $plain_body }
            }

            // ORDERING: None is asked for: what matters is that each access is there.
            #[export_name = concat!(module_path!(), "::relaxed")]
            #[allow(clippy::unused_unit, clippy::if_same_then_else)]
            fn relaxed($($relaxed: $relaxed_type),*) -> $relaxed_result $relaxed_body
        }
    };
}

hazard! {
    /// Two reads become one.
    mod fused_reads {
        fn plain(x: *const i32) -> (i32, i32) {
            (*x, *x)
        }
        fn relaxed(x: &Atomic<i32>) -> (i32, i32) {
            (x.load(Relaxed), x.load(Relaxed))
        }
    }
}

hazard! {
    /// Two writes become one.
    mod fused_writes {
        fn plain(x: *mut i32) -> () {
            *x = 1;
            *x = 2;
        }
        fn relaxed(x: &Atomic<i32>) -> () {
            x.store(1, Relaxed);
            x.store(2, Relaxed);
        }
    }
}

hazard! {
    /// A read of what nobody uses is left out.
    mod dropped_read {
        fn plain(x: *const i32, y: *mut i32) -> () {
            let _unused = *x;
            *y = 1;
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            let _unused = x.load(Relaxed);
            y.store(1, Relaxed);
        }
    }
}

hazard! {
    /// A write is left out, since another comes later; what is between sees the old value.
    mod dropped_write {
        fn plain(x: *mut i32, y: *mut i32) -> () {
            *x = 1;
            *y = 1;
            *x = 2;
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            x.store(1, Relaxed);
            y.store(1, Relaxed);
            x.store(2, Relaxed);
        }
    }
}

hazard! {
    /// What a branch guards is read before the branch, whether or not: the control dependency is
    /// gone, too.
    mod invented_read {
        fn plain(x: &i32, y: &i32) -> i32 {
            if *x != 0 { *y } else { 0 }
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> i32 {
            if x.load(Relaxed) != 0 { y.load(Relaxed) } else { 0 }
        }
    }
}

hazard! {
    /// One access becomes several: here, since the type does not say that it is aligned. An
    /// `Atomic` always is.
    mod torn_read {
        fn plain(x: *const i32) -> i32 {
            x.read_unaligned()
        }
        fn relaxed(x: &Atomic<i32>) -> i32 {
            x.load(Relaxed)
        }
    }
}

/// What a pointer is compared with; others may write it, for all that the compiler knows.
#[export_name = concat!(module_path!(), "::KNOWN")]
static mut KNOWN: i32 = 0;
/// The same.
static KNOWN_ATOMIC: Atomic<i32> = Atomic::new(0);

hazard! {
    /// After a comparison the compiler knows what is in the register, and follows that: an address
    /// dependency becomes a control dependency, which orders no reads.
    mod compared_address {
        fn plain(p: *const *const i32) -> i32 {
            let r0 = *p;
            if core::ptr::eq(r0, &raw const KNOWN) { *r0 } else { 0 }
        }
        fn relaxed(p: &Atomic<*const Atomic<i32>>) -> i32 {
            let r0 = p.load(Relaxed);
            if core::ptr::eq(r0, &raw const KNOWN_ATOMIC) {
                // SAFETY: It points to the static.
                unsafe { &*r0 }.load(Relaxed)
            } else {
                0
            }
        }
    }
}

hazard! {
    /// A value that is always the same depends on nothing.
    mod cancelled_data {
        fn plain(x: *const i32, y: *mut i32) -> () {
            let r0 = *x;
            *y = r0.wrapping_sub(r0);
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            let r0 = x.load(Relaxed);
            y.store(r0.wrapping_sub(r0), Relaxed);
        }
    }
}

hazard! {
    /// Both branches do the same, so that there is none.
    mod collapsed_control {
        fn plain(x: *const i32, y: *mut i32) -> () {
            if *x != 0 {
                *y = 1;
            } else {
                *y = 1;
            }
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            if x.load(Relaxed) != 0 {
                y.store(1, Relaxed);
            } else {
                y.store(1, Relaxed);
            }
        }
    }
}

hazard! {
    /// A branch that guards one write stays: no compiler may write what the source does not.
    mod kept_control {
        fn plain(x: *const i32, y: *mut i32) -> () {
            if *x != 0 {
                *y = 1;
            }
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            if x.load(Relaxed) != 0 {
                y.store(1, Relaxed);
            }
        }
    }
}

hazard! {
    /// What is reached through a pointer that was just read.
    mod kept_address {
        fn plain(p: *const *const i32) -> i32 {
            **p
        }
        fn relaxed(p: &Atomic<*const Atomic<i32>>) -> i32 {
            // SAFETY: It points to something: nobody calls this.
            unsafe { &*p.load(Relaxed) }.load(Relaxed)
        }
    }
}

hazard! {
    /// What is computed from what was just read.
    mod kept_data {
        fn plain(x: *const i32, y: *mut i32) -> () {
            *y = (*x).wrapping_add(1);
        }
        fn relaxed(x: &Atomic<i32>, y: &Atomic<i32>) -> () {
            y.store(x.load(Relaxed).wrapping_add(1), Relaxed);
        }
    }
}
