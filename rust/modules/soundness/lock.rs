// SPDX-License-Identifier: GPL-2.0

//! Locks that disable interrupts: what they protect has one user at a time, and where a spinlock may
//! sleep (PREEMPT_RT) nobody waits for one with interrupts disabled.

#[ferrite::tests]
pub(crate) mod tests {
    use kernel::{
        new_spinlock_irq,
        prelude::*,
        sync::{
            Arc,
            SpinLockIrq, //
        }, //
    };

    use ferrite::kthread::{
        nth_online_cpu,
        KThread, //
    };

    /// How often each thread takes the lock.
    const TIMES: u64 = 5_000;

    fn count(lock: &SpinLockIrq<u64>) {
        for _ in 0..TIMES {
            *lock.lock() += 1;
        }
    }

    #[test]
    fn two_threads_contend_on_a_spinlock_irq() {
        let lock = Arc::pin_init(new_spinlock_irq!(0u64), GFP_KERNEL)?;
        let its = lock.clone();
        // On another CPU, where there is one.
        let cpu = nth_online_cpu(1);
        // SAFETY: Dropped before this function ends, however it ends.
        let thread =
            unsafe { KThread::spawn(c"ferrite/soundness", Some(cpu), move || count(&its)) }?;
        count(&lock);
        drop(thread);
        assert_eq!(*lock.lock(), 2 * TIMES);
    }
}
