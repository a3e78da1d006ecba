// SPDX-License-Identifier: GPL-2.0

//! Runs a test: its threads, pinned, over many instances, again and again.
//!
//! A batch is one run of every instance of the arena. The threads meet every `group` instances and
//! then run on their own, so that they are in the same instance at about the same time; each delays
//! its start a little, at random. After the batch each thread counts the ends of its share of the instances, and then sets
//! some of the locations up again, in all of them.

use core::time::Duration;

use ferrite::{
    kthread::{
        self,
        KThread, //
    },
    lkmm, //
};
use kernel::{
    new_condvar,
    new_mutex,
    prelude::*,
    str::CString,
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Relaxed,
            Release, //
        },
        Arc,
        CondVar,
        CondVarTimeoutResult,
        Mutex, //
    },
    time::{
        msecs_to_jiffies,
        Instant,
        Monotonic, //
    }, //
};

use crate::{
    aim::{
        Aim,
        Aimer,
        LONGER, //
    },
    barrier::Barrier,
    cell::Arena,
    histogram::{
        Histogram,
        State,
        WIDTH, //
    },
    litter::Litter,
    params::Params,
    rendezvous::Rendezvous,
    seen::Seen,
    test::{
        Pass,
        Test, //
    }, //
};

/// A run of a test, shared by its threads and whoever waits for it.
#[pin_data]
pub(crate) struct Run {
    test: &'static Test,
    params: Params,
    arena: Arena,
    barrier: Barrier,
    rendezvous: Rendezvous,
    aim: Aim,
    seen: Seen,
    /// How many instances all threads have done.
    done: Atomic<i64>,
    /// Set by the first thread, read by all, between two barriers.
    enough: Atomic<i32>,
    started: Instant<Monotonic>,
    #[pin]
    total: Mutex<Total>,
    #[pin]
    idle: CondVar,
}

/// What the threads add up to.
pub(crate) struct Total {
    running: usize,
    /// All that was seen.
    pub(crate) histogram: Histogram,
    /// How long the longest thread ran.
    pub(crate) elapsed: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As many instances as asked for, or as long.
    Whole,
    /// A signal came, or the module is being removed.
    Cut,
    /// The threads made no progress for as long as the watchdog waits.
    Stuck,
}

impl Run {
    /// Makes ready to run `test`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory; `EINVAL` where the test or the parameters make no sense;
    /// `E2BIG` where the test has more values than a state holds.
    pub(crate) fn new(test: &'static Test, params: Params) -> Result<Arc<Self>> {
        if !test.fits() {
            return Err(E2BIG);
        }
        let most = params.batch * LONGER;
        let arena = Arena::new(test.shared, most, params.stride)?;
        let seen = Seen::new(test.threads, most)?;
        let threads = u32::try_from(test.threads.len())?;
        let rendezvous = Rendezvous::new(test.threads.len(), params.patience, params.naps)?;
        let aim = Aim::new(test.shared.len(), test.threads.len())?;
        let total = Total {
            running: test.threads.len(),
            histogram: Histogram::new()?,
            elapsed: Duration::ZERO,
        };
        Arc::pin_init(
            try_pin_init!(Self {
                test,
                params,
                arena,
                barrier: Barrier::new(threads),
                rendezvous,
                aim,
                seen,
                done: Atomic::new(0),
                enough: Atomic::new(0),
                started: Instant::now(),
                total <- new_mutex!(total),
                idle <- new_condvar!(),
            }),
            GFP_KERNEL,
        )
    }

    /// Runs it: returns when all threads have left. Interruptible; may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory for a thread or its counts.
    pub(crate) fn run(self: &Arc<Self>) -> Result<End> {
        let mut threads = KVec::with_capacity(self.test.threads.len(), GFP_KERNEL)?;
        for number in 0..self.test.threads.len() {
            match self.spawn(number) {
                Ok(thread) => threads.push(thread, GFP_KERNEL)?,
                Err(error) => {
                    self.cut();
                    return Err(error);
                }
            }
        }
        let end = self.wait();
        // Each waits until its thread is gone.
        drop(threads);
        Ok(end)
    }

    fn spawn(self: &Arc<Self>, number: usize) -> Result<KThread> {
        let name = CString::try_from_fmt(fmt!("litmus/{number}"))?;
        let histogram = Histogram::new()?;
        let litter = Litter::new(self.params.litter)?;
        let first = number == 0 && self.params.aim;
        let aimer = match first {
            true => Some(self.aim.aimer(self.params.seed)?),
            false => None,
        };
        let run = self.clone();
        let nth = u32::try_from(number)?.wrapping_add(self.params.cpu);
        let cpu = self.params.pin.then(|| kthread::nth_online_cpu(nth));
        KThread::spawn(&name, cpu, move || {
            run.thread(number, histogram, &litter, aimer)
        })
    }

    /// Waits until the threads are done, and has an eye on them.
    fn wait(&self) -> End {
        let patience = msecs_to_jiffies(self.params.watchdog);
        let mut end = End::Whole;
        let mut before = -1;
        let mut total = self.total.lock();
        while total.running != 0 {
            if end != End::Whole {
                self.idle.wait(&mut total);
                continue;
            }
            match self.idle.wait_interruptible_timeout(&mut total, patience) {
                CondVarTimeoutResult::Woken { .. } => {}
                CondVarTimeoutResult::Signal { .. } => end = End::Cut,
                CondVarTimeoutResult::Timeout => {
                    // ORDERING: A sign of life, and nothing depends on it.
                    let now = self.done.load(Relaxed);
                    if now == before {
                        end = End::Stuck;
                    }
                    before = now;
                }
            }
            if end != End::Whole {
                self.cut();
            }
        }
        if end == End::Whole && self.barrier.is_broken() {
            end = End::Cut;
        }
        end
    }

    /// Sends the threads away.
    pub(crate) fn cut(&self) {
        self.barrier.break_up();
    }

    /// What was seen, when the run is over.
    pub(crate) fn total(&self) -> &Mutex<Total> {
        &self.total
    }

    /// What one of the threads does.
    fn thread(
        &self,
        number: usize,
        mut histogram: Histogram,
        litter: &Litter,
        mut aimer: Option<Aimer>,
    ) {
        let mut round = 0;
        // PANIC: As many threads as the test has.
        let thread = &self.test.threads[number];
        let column = self.seen.column(number);
        // CAST: A seed; other bits are as good.
        let mut noise = Noise::new(self.params.seed.wrapping_add(number as u64));
        let threads = self.test.threads.len();
        let visitor = self.rendezvous.visitor(number);

        while self.barrier.wait(&mut round) {
            // ORDERING: Set before the barrier, by the first thread.
            if self.enough.load(Acquire) != 0 {
                break;
            }
            self.rendezvous.begin(&visitor);
            let longer = self.aim.longer();
            let instances = self.params.batch * longer;
            let group = self.params.group.saturating_mul(longer);
            let mut first = 0;
            while first < instances {
                let end = first.saturating_add(group).min(instances);
                // SAFETY: Within the arena; each thread has a column of its own, and all that read
                // it do so past a barrier.
                let pass = unsafe { Pass::new(&self.arena, first, end, column, litter) };
                self.rendezvous.meet(&visitor);
                for _ in 0..noise.below(self.params.noise) {
                    lkmm::barrier();
                }
                (thread.run)(&pass);
                first = end;
            }
            if !self.barrier.wait(&mut round) {
                break;
            }

            let share = instances.div_ceil(threads);
            let first = (number * share).min(instances);
            let mut wanted = 0;
            for instance in first..(first + share).min(instances) {
                wanted += u64::from(self.collect(instance, &mut histogram));
            }
            if let Some(aimer) = &mut aimer {
                aimer.choose(&self.aim, wanted);
            }
            if number == 0 {
                self.decide(instances);
            }
            if !self.barrier.wait(&mut round) {
                break;
            }
            for location in self.aim.owned(number) {
                // SAFETY: Each location has one owner, and nobody else uses any between two barriers.
                unsafe { self.arena.reset(location, instances) };
            }
            kthread::cond_resched();
        }
        self.leave(&histogram);
    }

    /// Counts how an instance ended; returns whether it is an end that the test asks about.
    #[inline]
    fn collect(&self, number: usize, histogram: &mut Histogram) -> bool {
        let instance = self.arena.instance(number);
        let mut state = [0; WIDTH];
        let mut slots = state.iter_mut();
        let mut put = |code| {
            // As many as `Test::fits` found to fit.
            if let Some(slot) = slots.next() {
                *slot = code;
            }
        };
        // SAFETY: The threads wrote it before the barrier that this one is past.
        unsafe { self.seen.codes(number) }.for_each(&mut put);
        for index in &self.params.observed {
            // SAFETY: All threads are past a barrier, and this instance is this thread's alone.
            put(unsafe { instance.read(*index) });
        }
        histogram.count(State::from_le_bytes(state), |state| self.test.asks(state))
    }

    /// Whether there have been enough batches; the first thread's business.
    fn decide(&self, instances: usize) {
        // CAST: Counts that a run cannot reach, here and below.
        // ORDERING: Read by whoever watches; nothing depends on it.
        let done = self.done.load(Relaxed) + instances as i64;
        self.done.store(done, Relaxed);
        let late = self.params.time != 0
            && self.started.elapsed().as_millis() >= i64::from(self.params.time);
        if done as u64 >= self.params.count || late {
            // ORDERING: Pairs with the load after the next barrier.
            self.enough.store(1, Release);
        }
    }

    fn leave(&self, histogram: &Histogram) {
        let elapsed = self.started.elapsed().as_nanos();
        let mut total = self.total.lock();
        total.histogram.merge(histogram);
        let elapsed = Duration::from_nanos(elapsed.try_into().unwrap_or(0));
        total.elapsed = total.elapsed.max(elapsed);
        total.running -= 1;
        if total.running == 0 {
            self.idle.notify_all();
        }
    }
}

/// Small random numbers, quickly (xorshift).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Less than `bound`; 0 if that is 0.
    #[inline]
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // CAST: The upper half of a product of 32-bit numbers.
        (((self.0 & 0xffff_ffff) * u64::from(bound)) >> 32) as u32
    }
}
