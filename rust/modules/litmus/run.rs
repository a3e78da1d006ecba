// SPDX-License-Identifier: GPL-2.0

//! A run of a test: its teams' threads, pinned, from the first instance to the last.

use core::time::Duration;

use ferrite::kthread::{
    self,
    KThread, //
};
use kernel::{
    new_condvar,
    new_mutex,
    prelude::*,
    str::CString,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
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
    barrier::Waiting,
    histogram::Histogram,
    params::Params,
    team::{
        Member,
        Team, //
    },
    test::Test, //
};

/// What is to be done, and how much of it is done.
pub(crate) struct Job {
    /// The test.
    pub(crate) test: &'static Test,
    /// How to run it.
    pub(crate) params: Params,
    /// How many instances all teams have done.
    done: Atomic<i64>,
    started: Instant<Monotonic>,
}

impl Job {
    /// Adds so many instances; returns whether that is enough, or the time is up.
    pub(crate) fn has_enough(&self, instances: usize) -> bool {
        // CAST: Counts that a run cannot reach, here and below.
        let instances = instances as i64;
        // ORDERING: A count, and a sign of life; nothing depends on it.
        let done = self.done.fetch_add(instances, Relaxed) + instances;
        let late = self.params.time != 0
            && self.started.elapsed().as_millis() >= i64::from(self.params.time);
        // CAST: It is never negative.
        done as u64 >= self.params.count || late
    }
}

/// A run, shared by its threads and whoever waits for it.
#[pin_data]
pub(crate) struct Run {
    job: Job,
    teams: KVec<Pin<KBox<Team>>>,
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
    /// `ENOMEM` for lack of memory; `EINVAL` where the test or the parameters make no sense.
    pub(crate) fn new(test: &'static Test, params: Params) -> Result<Arc<Self>> {
        let job = Job {
            test,
            params,
            done: Atomic::new(0),
            started: Instant::now(),
        };
        let threads = job.params.teams * test.threads.len();
        let crowded = threads > kthread::num_online_cpus().try_into()?;
        let waiting = match (crowded, job.params.teams) {
            (false, _) => Waiting::Look,
            (true, 1) => Waiting::Yield,
            (true, _) => Waiting::Sleep,
        };
        let mut teams = KVec::with_capacity(job.params.teams, GFP_KERNEL)?;
        for _ in 0..job.params.teams {
            teams.push(Team::new(&job, waiting)?, GFP_KERNEL)?;
        }
        let total = Total {
            running: threads,
            histogram: Histogram::new(job.test.width())?,
            elapsed: Duration::ZERO,
        };
        Arc::pin_init(
            try_pin_init!(Self {
                job,
                teams,
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
        let mut threads = KVec::new();
        for team in 0..self.teams.len() {
            for number in 0..self.job.test.threads.len() {
                // SAFETY: `threads` is dropped before this function returns, and the file whose
                // writer called it keeps the module until then.
                let thread = unsafe { self.spawn(team, number) };
                let kept = thread.and_then(|thread| Ok(threads.push(thread, GFP_KERNEL)?));
                kept.inspect_err(|_| self.cut())?;
            }
        }
        let end = self.wait();
        // Each waits until its thread is gone.
        drop(threads);
        Ok(end)
    }

    /// # Safety
    ///
    /// As [`KThread::spawn`]: the caller must drop what is returned before the module is unloaded.
    unsafe fn spawn(self: &Arc<Self>, team: usize, number: usize) -> Result<KThread> {
        let name = CString::try_from_fmt(fmt!("litmus/{team}.{number}"))?;
        // PANIC: The caller counts the teams.
        let member = self.teams[team].member(&self.job, team, number)?;
        let nth = u32::try_from(team + number)?.wrapping_add(self.job.params.cpu);
        let cpu = self.job.params.pin.then(|| kthread::nth_online_cpu(nth));
        let run = self.clone();
        // SAFETY: By the requirements of this function.
        unsafe { KThread::spawn(&name, cpu, move || run.thread(team, member)) }
    }

    /// Waits until the threads are done, and has an eye on them.
    fn wait(&self) -> End {
        let patience = msecs_to_jiffies(self.job.params.watchdog);
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
                    let now = self.job.done.load(Relaxed);
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
        if end == End::Whole && self.teams.iter().any(|team| team.is_cut()) {
            end = End::Cut;
        }
        end
    }

    /// Sends the threads away.
    pub(crate) fn cut(&self) {
        self.teams.iter().for_each(|team| team.cut());
    }

    /// What was seen, when the run is over.
    pub(crate) fn total(&self) -> &Mutex<Total> {
        &self.total
    }

    /// What one of the threads does.
    fn thread(&self, team: usize, mut member: Member) {
        // PANIC: `spawn` counts the teams.
        self.teams[team].work(&self.job, &mut member);
        self.leave(&member.histogram);
    }

    fn leave(&self, histogram: &Histogram) {
        let elapsed = self.job.started.elapsed().as_nanos();
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
