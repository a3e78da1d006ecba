// SPDX-License-Identifier: GPL-2.0

//! The tests' prelude, over and over, each time with one barrier or ordering broken on purpose: does anything notice?
//!
//! Compiled in by `FERRITE_MUTANTS=y` alone. `ferrite litmus --suite mutations` compiles a test with each, and expects
//! it to fail.

// Most of what each prelude has is not what its tests need.
#![allow(unused_imports, dead_code)]

/// A module for each mutant: the prelude, in which some names mean something else.
macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident { $($item:item)* })*) => {
        $(
            $(#[$doc])*
            pub(crate) mod $name {
                pub(crate) use crate::prelude::*;

                $($item)*
            }
        )*
    };
}

/// `smp_mb()` that does these for its kinds.
macro_rules! smp_mb {
    ($full:expr, $read:expr, $write:expr) => {
        /// A kind of barrier.
        pub(crate) trait Kind {
            /// The barrier.
            fn fence();
        }

        impl Kind for Full {
            #[inline(always)]
            fn fence() {
                $full
            }
        }

        impl Kind for Read {
            #[inline(always)]
            fn fence() {
                $read
            }
        }

        impl Kind for Write {
            #[inline(always)]
            fn fence() {
                $write
            }
        }

        /// The barrier of a kind.
        #[inline(always)]
        pub(crate) fn smp_mb<K: Kind>(_: K) {
            K::fence()
        }
    };
}

/// Functions that do nothing.
macro_rules! nothing {
    ($($name:ident)*) => {
        $(
            /// Nothing.
            #[inline(always)]
            pub(crate) fn $name() {}
        )*
    };
}

use kernel::sync::barrier::smp_mb as whole;

mutants! {
    /// Without `smp_mb(Full)`.
    full_fence {
        smp_mb!((), super::whole(Read), super::whole(Write));
    }

    /// Without `smp_mb(Read)`.
    read_fence {
        smp_mb!(super::whole(Full), (), super::whole(Write));
    }

    /// Without `smp_mb(Write)`.
    write_fence {
        smp_mb!(super::whole(Full), super::whole(Read), ());
    }

    /// `smp_store_mb()` without its barrier.
    store_mb {
        /// The store alone.
        #[inline(always)]
        pub(crate) fn smp_store_mb(location: &Atomic<i32>, value: i32) {
            location.store(value, Relaxed)
        }
    }

    /// Without `smp_mb_before_atomic()`.
    before_atomic {
        nothing!(smp_mb_before_atomic);
    }

    /// Without `smp_mb_after_atomic()`.
    after_atomic {
        nothing!(smp_mb_after_atomic);
    }

    /// Without `smp_mb_after_spinlock()`.
    after_spinlock {
        nothing!(smp_mb_after_spinlock);
    }

    /// Without `smp_mb_after_unlock_lock()`.
    after_unlock_lock {
        nothing!(smp_mb_after_unlock_lock);
    }

    /// Without `smp_mb_after_srcu_read_unlock()`.
    after_srcu_read_unlock {
        nothing!(smp_mb_after_srcu_read_unlock);
    }

    /// `Acquire` orders nothing.
    acquire {
        pub(crate) use kernel::sync::atomic::Relaxed as Acquire;
    }

    /// `Release` orders nothing.
    release {
        pub(crate) use kernel::sync::atomic::Relaxed as Release;
    }

    /// `Full` orders nothing.
    full {
        pub(crate) use kernel::sync::atomic::Relaxed as Full;
    }

    /// What is fully ordered without saying so orders nothing.
    full_alone {
        use ferrite::lkmm::AtomicRmw as Whole;

        /// The operations that take no ordering.
        pub(crate) trait AtomicRmw {
            /// Adds, unordered.
            fn add_and_test(&self, v: i32) -> bool;
            /// Subtracts, unordered.
            fn sub_and_test(&self, v: i32) -> bool;
            /// Adds unless, unordered.
            fn add_unless(&self, v: i32, unless: i32) -> bool;
        }

        impl AtomicRmw for Atomic<i32> {
            #[inline(always)]
            fn add_and_test(&self, v: i32) -> bool {
                Whole::add_return(self, v, Relaxed) == 0
            }

            #[inline(always)]
            fn sub_and_test(&self, v: i32) -> bool {
                Whole::sub_return(self, v, Relaxed) == 0
            }

            #[inline(always)]
            fn add_unless(&self, v: i32, unless: i32) -> bool {
                let old = self.load(Relaxed);
                old != unless && self.cmpxchg(old, old.wrapping_add(v), Relaxed).is_ok()
            }
        }
    }

    /// `rcu_assign_pointer()` that orders nothing.
    assign_pointer {
        /// A relaxed store.
        #[inline(always)]
        pub(crate) fn rcu_assign_pointer<T>(location: &Atomic<*const T>, pointer: *const T) {
            location.store(pointer, Relaxed)
        }
    }

    /// `rcu_dereference()` that the compiler may do what it likes with.
    dereference {
        /// A plain load.
        #[inline(always)]
        pub(crate) fn rcu_dereference<T>(location: &Atomic<*const T>) -> *const T {
            // SAFETY: None: it races. That is what is to be noticed.
            unsafe { *location.as_ptr() }
        }
    }

    /// Without `synchronize_rcu()`.
    synchronize {
        /// RCU.
        pub(crate) mod rcu {
            pub(crate) use kernel::sync::rcu::read_lock;

            nothing!(synchronize_rcu);
        }
    }

    /// Without `synchronize_rcu_expedited()`.
    synchronize_expedited {
        nothing!(synchronize_rcu_expedited);
    }

    /// Without `rcu::read_lock()`.
    read_lock {
        /// RCU.
        pub(crate) mod rcu {
            pub(crate) use kernel::sync::rcu::synchronize_rcu;

            /// Guards nothing.
            pub(crate) struct Nothing;

            /// Nothing.
            #[inline(always)]
            pub(crate) fn read_lock() -> Nothing {
                Nothing
            }
        }
    }

    /// Without `Srcu::synchronize()`.
    synchronize_srcu {
        /// An `Srcu` that waits for nobody.
        #[repr(transparent)]
        pub(crate) struct Srcu(kernel::sync::Srcu);

        // SAFETY: Transparent: such a slot holds a pointer to what is one of these, too.
        unsafe impl Location for Srcu {
            const KIND: crate::cell::Kind = crate::cell::Kind::Srcu;

            unsafe fn at<'a>(slot: core::ptr::NonNull<u8>) -> &'a Self {
                // SAFETY: By the safety requirements, as the inner type's own.
                unsafe { slot.cast::<core::ptr::NonNull<Self>>().read().as_ref() }
            }
        }

        impl Srcu {
            /// A section of readers.
            #[inline(always)]
            pub(crate) fn read_lock(&self) -> kernel::sync::srcu::Guard<'_> {
                self.0.read_lock()
            }

            /// Nothing.
            #[inline(always)]
            pub(crate) fn synchronize(&self) {}
        }
    }
}
