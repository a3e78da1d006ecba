// SPDX-License-Identifier: GPL-2.0

//! Locks that disable interrupts: what they protect has one user at a time, and where a spinlock may
//! sleep (PREEMPT_RT) nobody waits for one with interrupts disabled.

#[ferrite::tests]
pub(crate) mod tests {
    use kernel::{
        new_spinlock,
        new_spinlock_irq,
        prelude::*,
        sync::{
            atomic::{
                Atomic,
                Relaxed, //
            },
            Arc,
            SpinLockIrq, //
        },
        time::{
            delay::fsleep,
            Delta,
            Instant,
            Monotonic, //
        }, //
    };

    use ferrite::kthread::{
        cond_resched,
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
        let work = move || count(&its);
        // SAFETY: Dropped before this function ends, however it ends.
        let thread = unsafe { KThread::spawn(c"ferrite/soundness", Some(cpu), work) }?;
        count(&lock);
        drop(thread);
        assert_eq!(*lock.lock(), 2 * TIMES);
    }

    /// What the two threads of [`is_preempted`] tell each other.
    const FREE: i32 = 0;
    const HELD: i32 = 1;
    const SEEN: i32 = 2;
    const OVER: i32 = 3;

    /// How often, and for how long, a lock is held.
    const ROUNDS: u32 = 10;
    const ROUND: Delta = Delta::from_millis(20);

    /// Does another thread get the CPU of a thread that holds a lock? `hold` takes the lock, calls
    /// its argument, and releases the lock.
    fn is_preempted(hold: impl Fn(&dyn Fn()) + Send + 'static) -> Result<bool> {
        // ORDERING: Nothing but the state itself is passed on, here and below.
        let state = Arc::new(Atomic::new(FREE), GFP_KERNEL)?;
        let cpu = nth_online_cpu(0);
        let its = state.clone();
        let watch = move || loop {
            fsleep(Delta::from_millis(1));
            // ORDERING: As above.
            match its.load(Relaxed) {
                FREE => {}
                // ORDERING: As above.
                HELD => return its.store(SEEN, Relaxed),
                _ => return,
            }
        };
        // SAFETY: Dropped before this function ends, however it ends.
        let watcher = unsafe { KThread::spawn(c"ferrite/watcher", Some(cpu), watch) }?;

        let its = state.clone();
        let work = move || {
            for _ in 0..ROUNDS {
                hold(&|| {
                    // ORDERING: As above.
                    its.store(HELD, Relaxed);
                    let start = Instant::<Monotonic>::now();
                    // ORDERING: As above.
                    while its.load(Relaxed) == HELD && start.elapsed() < ROUND {}
                    // ORDERING: As above.
                    let _ = its.cmpxchg(HELD, FREE, Relaxed);
                });
                // ORDERING: As above.
                if its.load(Relaxed) == SEEN {
                    break;
                }
                cond_resched();
            }
        };
        // SAFETY: Dropped below.
        let holder = unsafe { KThread::spawn(c"ferrite/holder", Some(cpu), work) };
        let held = holder.map(drop);
        // ORDERING: As above.
        let is_preempted = state.cmpxchg(FREE, OVER, Relaxed) == Err(SEEN);
        drop(watcher);
        held.map(|()| is_preempted)
    }

    #[test]
    fn a_spinlock_irq_is_preempted_where_a_spinlock_is() {
        let plain = Arc::pin_init(new_spinlock!(()), GFP_KERNEL)?;
        let irq = Arc::pin_init(new_spinlock_irq!(()), GFP_KERNEL)?;
        let with_plain = is_preempted(move |meanwhile| {
            let _guard = plain.lock();
            meanwhile();
        })?;
        let with_irq = is_preempted(move |meanwhile| {
            let _guard = irq.lock();
            meanwhile();
        })?;
        // Whoever can be preempted has interrupts enabled, and may wait for a lock that sleeps.
        assert_eq!(with_irq, with_plain);
    }
}
