// SPDX-License-Identifier: GPL-2.0

//! Work that is done later, in process context, and that any context may ask for.
//!
//! [`kernel::workqueue`] queues work that cannot be cancelled, and must not be used from an NMI.
//!
//! C headers: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h) and
//! [`include/linux/irq_work.h`](srctree/include/linux/irq_work.h)

use core::{
    ffi::c_void,
    marker::PhantomData,
    ptr::NonNull, //
};

use kernel::{
    error::from_err_ptr,
    prelude::*,
    time::Msecs, //
};

/// What a [`Deferred`] calls.
pub trait Run {
    /// Does the work. Called in process context; may sleep. Never runs twice at once.
    ///
    /// Returns after how many milliseconds it is to be called again; [`None`] if not before the
    /// next [`Deferred::kick`].
    fn run() -> Option<Msecs>;
}

/// Calls `R` some time after it was kicked.
///
/// # Invariants
///
/// `0` came from `deferred_new` and was not given to `deferred_free`.
pub struct Deferred<R: Run>(NonNull<c_void>, PhantomData<R>);

// SAFETY: Nothing of it belongs to the thread that made it, and `R` has no value.
unsafe impl<R: Run> Send for Deferred<R> {}

// SAFETY: A kick may come from several threads at once: C's `irq_work_queue` is made for that.
unsafe impl<R: Run> Sync for Deferred<R> {}

impl<R: Run> Deferred<R> {
    /// Makes ready to call `R`, `delay` milliseconds after a kick. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    ///
    /// # Safety
    ///
    /// Callers must not `mem::forget()` the returned [`Deferred`] or otherwise prevent its [`Drop`]
    /// implementation from running before the module is unloaded.
    pub unsafe fn new(delay: Msecs) -> Result<Self> {
        // SAFETY: `run::<R>` has the signature that is asked for. It is called until
        // `deferred_free`, which by the requirements of this function comes before its code goes.
        let deferred = unsafe { ferrite_bindings::deferred_new(Some(run::<R>), delay) };
        let deferred = from_err_ptr(deferred)?;
        // INVARIANT: `deferred` was just made.
        Ok(Self(NonNull::new(deferred).ok_or(ENOMEM)?, PhantomData))
    }

    /// Asks for a call of `R`. Does not sleep, takes no lock, and may be called in any context, an
    /// NMI too. A kick before the call of an earlier one begins the delay anew.
    pub fn kick(&self) {
        // SAFETY: By the type invariants, `self.0` is valid.
        unsafe { ferrite_bindings::deferred_kick(self.0.as_ptr()) };
    }
}

impl<R: Run> Drop for Deferred<R> {
    /// Waits for a call of `R` that is running. May sleep.
    fn drop(&mut self) {
        // SAFETY: By the type invariants, this is its one end; nobody has a reference to kick it.
        unsafe { ferrite_bindings::deferred_free(self.0.as_ptr()) };
    }
}

/// Whether this is an NMI, or an exception that counts as one, as that of a breakpoint does on x86.
///
/// There, a lock must be taken by trying, and memory must not be allocated.
#[inline]
pub fn in_nmi() -> bool {
    // SAFETY: Reads a counter of the current CPU or task.
    unsafe { ferrite_bindings::in_nmi() }
}

/// What the C side calls.
extern "C" fn run<R: Run>() -> Msecs {
    R::run().unwrap_or(0)
}

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    use kernel::{
        sync::atomic::{
            Atomic,
            Relaxed, //
        },
        time::{
            delay::fsleep,
            Delta, //
        },
    };

    static TIMES: Atomic<i32> = Atomic::new(0);

    /// Runs three times for a kick.
    struct Thrice;

    impl Run for Thrice {
        fn run() -> Option<Msecs> {
            // ORDERING: A counter.
            (TIMES.fetch_add(1, Relaxed) % 3 != 2).then_some(1)
        }
    }

    /// Waits, for long on a busy machine, until `Thrice` ran so often.
    fn runs(times: i32) -> bool {
        for _ in 0..500 {
            // ORDERING: A counter.
            if TIMES.load(Relaxed) == times {
                return true;
            }
            fsleep(Delta::from_millis(10));
        }
        false
    }

    #[test]
    fn runs_until_it_wants_no_more() {
        // SAFETY: Dropped at the end of this function.
        let deferred = unsafe { Deferred::<Thrice>::new(1)? };
        deferred.kick();
        assert!(runs(3));
        deferred.kick();
        assert!(runs(6));
        drop(deferred);
        // Neither by itself, nor with what would call it.
        fsleep(Delta::from_millis(20));
        assert!(runs(6));
    }

    struct Never;

    impl Run for Never {
        fn run() -> Option<Msecs> {
            pr_err!("ran after its end\n");
            None
        }
    }

    #[test]
    fn drop_does_not_wait_for_a_delay() {
        // SAFETY: Dropped in the line after the next.
        let deferred = unsafe { Deferred::<Never>::new(3_600_000)? };
        deferred.kick();
        drop(deferred);
    }
}
