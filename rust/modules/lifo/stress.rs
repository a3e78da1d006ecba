// SPDX-License-Identifier: GPL-2.0

//! A stress: on each CPU a task, a soft and a hard interrupt push to one list and take from it.

use ferrite::kthread::{
    self,
    KThread, //
};
use kernel::{
    fmt,
    new_condvar,
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        CondVar,
        CondVarTimeoutResult,
        Mutex, //
    },
    time::{
        msecs_to_jiffies,
        Delta, //
    }, //
};

use crate::{
    params::{
        Kind,
        Params, //
    },
    timer::{
        HardTicker,
        SoftTicker, //
    },
    worker::{
        Counts,
        Shared,
        Worker, //
    },
};

/// A stress that runs, for whoever may want to end it.
#[pin_data]
pub(crate) struct Stress {
    shared: Arc<Shared>,
    #[pin]
    cut: Mutex<bool>,
    #[pin]
    waiting: CondVar,
}

/// What a stress came to.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    params: Params,
    cpus: u32,
    counts: Counts,
    /// Whether it was cut short.
    pub(crate) cut: bool,
}

/// Lets the allocations of the preparation fail one after the other.
struct Scarcity(u32);

impl Scarcity {
    fn next(&mut self) -> Result {
        let fails = self.0 == 1;
        self.0 = self.0.saturating_sub(1);
        match fails {
            true => Err(ENOMEM),
            false => Ok(()),
        }
    }
}

impl Stress {
    /// Makes ready. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, and where the parameters say so.
    pub(crate) fn new(params: Params) -> Result<Arc<Self>> {
        let mut scarcity = Scarcity(params.fail);
        let shared = Shared::new(params, || scarcity.next())?;
        scarcity.next()?;
        Arc::pin_init(
            pin_init!(Self {
                shared,
                cut <- new_mutex!(false),
                waiting <- new_condvar!(),
            }),
            GFP_KERNEL,
        )
    }

    /// Runs it: returns when all contexts have gone. Interruptible; may sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, and where the parameters say so: nothing is left then.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let params = self.shared.params;
        let cpus = kthread::num_online_cpus();
        // Three on each CPU, and the one that tidies up.
        // CAST: To more bits.
        let workers = 3 * usize::try_from(cpus)? + 1;
        let mut scarcity = Scarcity(params.fail.saturating_sub(Self::allocations(&params)));
        scarcity.next()?;
        let mut last = Worker::new(&self.shared, 3 * cpus, workers)?;

        // With room for more than all: a thread for which there is none would be waited for, and never end.
        scarcity.next()?;
        let mut threads = KVec::with_capacity(workers, GFP_KERNEL)?;
        let mut started = Ok(());
        for cpu in 0..cpus {
            // SAFETY: `threads` is dropped below, before this function returns.
            let thread = unsafe { self.start(cpu, workers, &mut scarcity) };
            started = thread.and_then(|thread| Ok(threads.push(thread, GFP_KERNEL)?));
            if started.is_err() {
                break;
            }
        }
        let cut = started.is_ok() && self.wait();
        last.seal();
        self.shared.end();
        // Each waits until its thread is gone.
        drop(threads);
        last.finish();
        drop(last);
        started.map(|()| Outcome {
            params,
            cpus,
            counts: self.shared.counts(),
            cut,
        })
    }

    /// How many allocations [`new`](Self::new) makes.
    fn allocations(params: &Params) -> u32 {
        // The pool's three, and two for what is shared.
        if params.reuse {
            5
        } else {
            2
        }
    }

    /// Starts the contexts of the `nth` CPU.
    ///
    /// # Safety
    ///
    /// As [`KThread::spawn`]: the caller must drop what is returned before the module is unloaded.
    unsafe fn start(&self, nth: u32, workers: usize, scarcity: &mut Scarcity) -> Result<KThread> {
        let period = Delta::from_micros(self.shared.params.period.into());
        let mut worker = |number| {
            scarcity.next()?;
            Worker::new(&self.shared, 3 * nth + number, workers)
        };
        let mut task = worker(0)?;
        let (soft, hard) = (worker(1)?, worker(2)?);
        scarcity.next()?;
        let soft = SoftTicker::new(soft, period)?;
        scarcity.next()?;
        let hard = HardTicker::new(hard, period)?;
        scarcity.next()?;
        let cpu = kthread::nth_online_cpu(nth);
        let work = move || {
            let _timers = (soft.start(), hard.start());
            while !task.has_ended() {
                for _ in 0..16 {
                    task.step_in_task();
                }
                kthread::cond_resched();
            }
        };
        // SAFETY: By the requirements of this function.
        unsafe { KThread::spawn(c"ferrite/lifo", Some(cpu), work) }
    }

    /// Waits for as long as the parameters say; returns whether that was cut short.
    fn wait(&self) -> bool {
        let mut left = msecs_to_jiffies(self.shared.params.time);
        let mut cut = self.cut.lock();
        while !*cut {
            match self.waiting.wait_interruptible_timeout(&mut cut, left) {
                CondVarTimeoutResult::Woken { jiffies } => left = jiffies,
                CondVarTimeoutResult::Signal { .. } => return true,
                CondVarTimeoutResult::Timeout => return false,
            }
        }
        true
    }

    /// Cuts it short.
    pub(crate) fn cut(&self) {
        *self.cut.lock() = true;
        self.waiting.notify_all();
    }
}

impl Outcome {
    /// How many objects were pushed and never taken.
    fn lost(&self) -> u64 {
        self.counts.pushed.wrapping_sub(self.counts.taken)
    }

    /// Whether nothing was lost, doubled, or out of order.
    pub(crate) fn is_good(&self) -> bool {
        let counts = &self.counts;
        self.lost() == 0
            && counts.pushed_hash == counts.taken_hash
            && counts.doubled == 0
            && counts.disordered == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            params,
            cpus,
            counts,
            ..
        } = self;
        let list = match params.kind {
            Kind::Plain => "Lifo",
            Kind::Sealable => "SealableLifo",
            Kind::Rcu => "RcuLifo",
        };
        let nodes = match params.reuse {
            true => "a pool that gives addresses out again at once",
            false => "the kernel's allocator",
        };
        f.write_fmt(fmt!("list: {list}\n"))?;
        f.write_fmt(fmt!("objects: {}, from {nodes}\n", params.nodes))?;
        f.write_fmt(fmt!(
            "contexts: a task, a soft and a hard interrupt on each of {cpus} CPUs\n"
        ))?;
        f.write_fmt(fmt!(
            "pushed: {} in {} pushes\n",
            counts.pushed,
            counts.pushes
        ))?;
        f.write_fmt(fmt!("taken: {}\n", counts.taken))?;
        match (params.kind, params.reuse) {
            (Kind::Plain, true) => f.write_fmt(fmt!(
                "pushes that met a reused address: {}\n",
                counts.zapped
            ))?,
            _ => f.write_str("pushes that met a reused address: not counted\n")?,
        }
        f.write_fmt(fmt!("not to be had: {}\n", counts.scarce))?;
        f.write_fmt(fmt!("refused by a sealed list: {}\n", counts.refused))?;
        f.write_fmt(fmt!(
            "lost: {}, doubled: {}, out of order: {}\n",
            self.lost(),
            counts.doubled,
            counts.disordered
        ))?;
        f.write_str(match (self.is_good(), self.cut) {
            (true, false) => "good\n",
            (true, true) => "good, and cut short\n",
            (false, _) => "WRONG\n",
        })
    }
}
