// SPDX-License-Identifier: GPL-2.0

//! A team: one thread for each of a test's, and the instances that these run together, batch after batch.
//!
//! A batch is one run of every instance of the arena. The threads meet every `group` instances and
//! then run on their own, so that they are in the same instance at about the same time; each delays
//! its start a little, at random. After the batch each thread counts the ends of its share of the instances, and then sets
//! some of the locations up again, in all of them.

use ferrite::{
    kthread,
    lkmm,
    noise::Noise, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Acquire,
        Atomic,
        Release, //
    }, //
};

use crate::{
    aim::{
        Aim,
        Aimer,
        LONGER, //
    },
    barrier::{
        Barrier,
        Waiting, //
    },
    cell::Arena,
    histogram::Histogram,
    litter::Litter,
    rendezvous::Rendezvous,
    run::Job,
    seen::Seen,
    test::Pass, //
};

/// What a team's threads share.
#[pin_data]
pub(crate) struct Team {
    arena: Arena,
    #[pin]
    barrier: Barrier,
    rendezvous: Rendezvous,
    aim: Aim,
    seen: Seen,
    waiting: Waiting,
    /// Set by the first thread, read by all, between two barriers.
    enough: Atomic<i32>,
}

/// What one thread of a team has for itself.
pub(crate) struct Member {
    /// Which of the test's threads it runs.
    number: usize,
    litter: Litter,
    /// The first thread's.
    aimer: Option<Aimer>,
    noise: Noise,
    /// What it counted.
    pub(crate) histogram: Histogram,
    /// The end that it looks at.
    state: KVec<u64>,
}

impl Team {
    /// A team for `job`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory; `EINVAL` where the test or the parameters make no sense.
    pub(crate) fn new(job: &Job, waiting: Waiting) -> Result<Pin<KBox<Self>>> {
        let (test, params) = (job.test, &job.params);
        let most = params.batch * LONGER;
        let threads = test.threads.len();
        let arena = Arena::new(test.shared, most, params.stride)?;
        let barrier = Barrier::new(threads.try_into()?, waiting);
        let rendezvous = Rendezvous::new(threads, params.patience, params.naps, waiting)?;
        let aim = Aim::new(test.shared.len(), threads)?;
        let seen = Seen::new(test.threads, most)?;
        KBox::pin_init(
            pin_init!(Self {
                arena,
                barrier <- barrier,
                rendezvous,
                aim,
                seen,
                waiting,
                enough: Atomic::new(0),
            }),
            GFP_KERNEL,
        )
    }

    /// The thread `number` of the `team`th team.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn member(&self, job: &Job, team: usize, number: usize) -> Result<Member> {
        // CAST: A seed, another for each; other bits are as good.
        let seed = job.params.seed.wrapping_add(((team << 8) + number) as u64);
        Ok(Member {
            number,
            litter: Litter::new(job.params.litter)?,
            aimer: match number == 0 && job.params.aim {
                true => Some(self.aim.aimer(seed)?),
                false => None,
            },
            noise: Noise::new(seed),
            histogram: Histogram::new(job.test.width())?,
            state: KVec::from_elem(0, job.test.width(), GFP_KERNEL)?,
        })
    }

    /// What each member does, until there were enough instances or the team is sent away.
    pub(crate) fn work(&self, job: &Job, member: &mut Member) {
        let mut round = 0;
        // PANIC: As many members as the test has threads.
        let thread = &job.test.threads[member.number];
        let column = self.seen.column(member.number);
        let visitor = self.rendezvous.visitor(member.number);

        while self.barrier.wait(&mut round) {
            // ORDERING: Set before the barrier, by the first thread.
            if self.enough.load(Acquire) != 0 {
                break;
            }
            self.rendezvous.begin(&visitor);
            let longer = self.aim.longer();
            let instances = job.params.batch * longer;
            let group = job.params.group.saturating_mul(longer);
            let mut first = 0;
            while first < instances {
                // Here, before the threads meet, it does not come between them and the test.
                if self.is_cut() {
                    return;
                }
                kthread::cond_resched();
                let end = first.saturating_add(group).min(instances);
                // SAFETY: Within the arena; each member has a column of its own, and all that read
                // it do so past a barrier.
                let pass = unsafe { Pass::new(&self.arena, first, end, column, &member.litter) };
                if self.waiting == Waiting::Sleep {
                    // What it says is asked after the batch.
                    self.barrier.wait(&mut round);
                }
                self.rendezvous.meet(&visitor);
                for _ in 0..member.noise.below(job.params.noise) {
                    lkmm::barrier();
                }
                (thread.run)(&pass);
                first = end;
            }
            if !self.barrier.wait(&mut round) {
                break;
            }

            let wanted = self.count(job, member, instances);
            if let Some(aimer) = &mut member.aimer {
                aimer.choose(&self.aim, wanted);
            }
            if member.number == 0 && job.has_enough(instances) {
                // ORDERING: Pairs with the load after the next barrier.
                self.enough.store(1, Release);
            }
            if !self.barrier.wait(&mut round) {
                break;
            }
            for location in self.aim.owned(member.number) {
                // SAFETY: Each location has one owner, and nobody else uses any between two barriers.
                unsafe { self.arena.reset(location, instances) };
            }
        }
    }

    /// Counts how a member's share of the instances ended; returns how many ends were such as the test asks about.
    fn count(&self, job: &Job, member: &mut Member, instances: usize) -> u64 {
        let share = instances.div_ceil(job.test.threads.len());
        let first = (member.number * share).min(instances);
        let mut wanted = 0;
        for instance in first..(first + share).min(instances) {
            wanted += u64::from(self.collect(job, instance, member));
        }
        wanted
    }

    /// Counts how an instance ended; returns whether it is an end that the test asks about.
    #[inline]
    fn collect(&self, job: &Job, number: usize, member: &mut Member) -> bool {
        let instance = self.arena.instance(number);
        let mut slots = member.state.iter_mut();
        let mut put = |code| {
            // As many as there are: it is `Test::width`.
            if let Some(slot) = slots.next() {
                *slot = code;
            }
        };
        // SAFETY: The threads wrote it before the barrier that this one is past.
        unsafe { self.seen.codes(number) }.for_each(&mut put);
        for index in &job.params.observed {
            // SAFETY: All threads are past a barrier, and this instance is this thread's alone.
            put(unsafe { instance.read(*index) });
        }
        let Member {
            histogram, state, ..
        } = member;
        histogram.count(state, |state| job.test.asks(state))
    }

    /// Sends the members away.
    pub(crate) fn cut(&self) {
        self.barrier.break_up();
    }

    /// Whether they were sent away.
    pub(crate) fn is_cut(&self) -> bool {
        self.barrier.is_broken()
    }
}
