// SPDX-License-Identifier: GPL-2.0

//! Tests that are always there, written by hand: how a test looks, and the engine's own check.

use crate::{
    litmus,
    test::Test, //
};

litmus! {
    /// Result: Sometimes
    ///
    /// Each thread's store may still be on its way when the thread loads.
    mod sb = "SB+onceonces";
    shared { x: Atomic<i32> = 0, y: Atomic<i32> = 0 }

    fn p0(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
        x.store(1, Relaxed);
        let r0 = y.load(Relaxed);
    }

    fn p1(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
        y.store(1, Relaxed);
        let r0 = x.load(Relaxed);
    }

    observe ()
    filter (true)
    exists (p0.r0 == 0 && p1.r0 == 0)
}

litmus! {
    /// Result: Never
    ///
    /// A full barrier between them, in both threads, forbids that.
    mod sb_mb = "SB+mbonceonces";
    shared { x: Atomic<i32> = 0, y: Atomic<i32> = 0 }

    fn p0(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
        x.store(1, Relaxed);
        smp_mb(Full);
        let r0 = y.load(Relaxed);
    }

    fn p1(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
        y.store(1, Relaxed);
        smp_mb(Full);
        let r0 = x.load(Relaxed);
    }

    observe ()
    filter (true)
    exists (p0.r0 == 0 && p1.r0 == 0)
}

litmus! {
    /// Result: Never
    ///
    /// Increments under a lock are not lost.
    mod locked = "locked+increments";
    shared { x: Atomic<i32>, s: SpinLock<()> }

    fn p0(x: &Atomic<i32>, s: &SpinLock<()>) -> () {
        let guard = s.lock();
        let r0 = x.load(Relaxed);
        x.store(r0.wrapping_add(1), Relaxed);
        drop(guard);
    }

    fn p1(x: &Atomic<i32>, s: &SpinLock<()>) -> () {
        let guard = s.lock();
        let r0 = x.load(Relaxed);
        x.store(r0.wrapping_add(1), Relaxed);
        drop(guard);
    }

    observe (x)
    filter (true)
    exists (!(x == 2))
}

/// All of them.
pub(crate) static TESTS: &[&Test] = &[&sb::TEST, &sb_mb::TEST, &locked::TEST];

#[ferrite::tests]
pub(crate) mod tests {
    use kernel::prelude::*;

    use super::*;
    use crate::{
        params::Params,
        run::{
            End,
            Run, //
        }, //
    };

    /// How often the condition of `test` held, and did not.
    fn counts(test: &'static Test, words: &str) -> Result<(u64, u64)> {
        let mut params = Params::new(test)?;
        params.parse(words.split_whitespace())?;
        let run = Run::new(test, params)?;
        if run.run()? != End::Whole {
            return Err(EINTR);
        }
        let total = run.total().lock();
        let (mut positive, mut negative) = (0, 0);
        for (state, times) in total.histogram.seen() {
            match (test.condition)(test, state) {
                true => positive += times,
                false => negative += times,
            }
        }
        Ok((positive, negative))
    }

    #[test]
    fn every_instance_is_counted_once() {
        let (positive, negative) = counts(&sb::TEST, "count=400 batch=100 group=7 aim=0")?;
        assert_eq!(positive + negative, 400);
        // With batches of two lengths, all that are begun are done.
        let (positive, negative) = counts(&sb::TEST, "count=4000 batch=100 group=7")?;
        assert!(positive + negative >= 4000 && (positive + negative) % 100 == 0);
    }

    #[test]
    fn teams_share_the_work_and_all_is_counted() {
        // Each ends the batch that it is in: three may be at it when there are enough.
        let (positive, negative) = counts(&sb::TEST, "count=4000 batch=100 aim=0 teams=3")?;
        assert!((4000..=4200).contains(&(positive + negative)));
        assert_eq!((positive + negative) % 100, 0);
    }

    #[test]
    fn full_barriers_forbid_what_they_must() {
        assert_eq!(
            counts(&sb_mb::TEST, "count=20000 batch=1000 group=100")?.0,
            0
        );
    }

    #[test]
    fn lock_protects_and_final_values_are_seen() {
        assert_eq!(
            counts(&locked::TEST, "count=2000 batch=1000 group=100 noise=0")?.0,
            0
        );
    }

    #[test]
    fn time_ends_a_run() {
        let (positive, negative) = counts(&sb::TEST, "count=1000000000000 time=20 group=1024")?;
        assert!(positive + negative != 0);
    }

    litmus! {
        /// A thread that takes its time.
        mod slow = "slow";
        shared { x: Atomic<i32> = 0 }

        fn p0(x: &Atomic<i32>) -> () {
            kernel::time::delay::fsleep(kernel::time::Delta::from_millis(20));
            x.store(1, Relaxed);
        }

        observe (x)
        filter (true)
        exists (x == 1)
    }

    #[test]
    fn watchdog_gives_up_what_makes_no_progress() {
        let mut params = Params::new(&slow::TEST)?;
        params.parse("count=1000 batch=2 group=1 watchdog=4".split_whitespace())?;
        let run = Run::new(&slow::TEST, params)?;
        assert!(run.run()? == End::Stuck);
        // What was begun and not done is not counted.
        assert_eq!(run.total().lock().histogram.seen().count(), 0);
    }

    #[test]
    fn senseless_parameters_are_refused() {
        let mut params = Params::new(&sb::TEST)?;
        for words in [
            "batch=0",
            "group=0",
            "teams=0",
            "teams=1025",
            "stride=3",
            "count",
            "count=x",
            "colour=1",
        ] {
            assert!(params.parse(words.split_whitespace()).is_err());
        }
    }
}
