// SPDX-License-Identifier: GPL-2.0

//! What each context of a stress does: it pushes, and takes, and checks.

use ferrite::{
    noise::Noise,
    sync::lifo::{
        Batch,
        Chain,
        Lifo,
        RcuLifo,
        Retired,
        SealableLifo, //
    },
};
use kernel::{
    prelude::*,
    processor::cpu_relax,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

use crate::{
    check::{
        Check,
        Taken, //
    },
    params::{
        Kind,
        Params, //
    },
    pool::{
        Held,
        Pool,
        Source, //
    },
};

/// The list under stress.
pub(crate) enum List {
    Plain(Lifo<Held>),
    Sealable(SealableLifo<Held>),
    Rcu(RcuLifo<Held>),
}

impl List {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Plain => Self::Plain(Lifo::new()),
            Kind::Sealable => Self::Sealable(SealableLifo::new()),
            Kind::Rcu => Self::Rcu(RcuLifo::new()),
        }
    }
}

/// What a stress's contexts share. When it is dropped, the list is empty: see [`Worker::finish`].
pub(crate) struct Shared {
    pub(crate) list: List,
    source: Source,
    pub(crate) params: Params,
    totals: Totals,
    ended: Atomic<u32>,
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What was counted.
        #[derive(Clone, Copy, Default)]
        pub(crate) struct Counts {
            $($(#[$doc])* pub(crate) $name: u64,)*
        }

        /// What all contexts counted.
        struct Totals {
            $($name: Atomic<u64>,)*
        }

        impl Totals {
            fn new() -> Self {
                Self { $($name: Atomic::new(0),)* }
            }

            // ORDERING: Counters; who reads them has waited for those who add, here and below.
            fn add(&self, counts: &Counts) {
                $(self.$name.fetch_add(counts.$name, Relaxed);)*
            }

            fn get(&self) -> Counts {
                Counts { $($name: self.$name.load(Relaxed),)* }
            }
        }
    };
}

counts! {
    /// Objects that were pushed.
    pushed,
    /// Objects that were taken.
    taken,
    /// A hash of those that were pushed, and of those that were taken, which is the same.
    pushed_hash,
    taken_hash,
    /// Times that objects were pushed, one or several at once.
    pushes,
    /// Pushes whose exchange succeeded though the object at the address that it compared was not the
    /// one that it had loaded the address of.
    zapped,
    /// Objects that were taken, but were in no list.
    doubled,
    /// Objects that were taken out of order.
    disordered,
    /// Objects that were not to be had.
    scarce,
    /// Objects that a sealed list refused.
    refused,
}

impl Shared {
    /// Makes ready. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, and where `allowed` says so.
    pub(crate) fn new(params: Params, mut allowed: impl FnMut() -> Result) -> Result<Arc<Self>> {
        let source = match params.reuse {
            true => Source::Pool(Pool::new(params.nodes, &mut allowed)?),
            false => Source::Heap(Atomic::new(params.nodes.try_into()?)),
        };
        allowed()?;
        let shared = Self {
            list: List::new(params.kind),
            source,
            params,
            totals: Totals::new(),
            ended: Atomic::new(0),
        };
        Ok(Arc::new(shared, GFP_KERNEL)?)
    }

    /// Ends the stress.
    pub(crate) fn end(&self) {
        // ORDERING: A request, which will be seen.
        self.ended.store(1, Relaxed);
    }

    /// Whether it is to end.
    pub(crate) fn has_ended(&self) -> bool {
        // ORDERING: As above.
        self.ended.load(Relaxed) != 0
    }

    /// What all workers that are gone have counted.
    pub(crate) fn counts(&self) -> Counts {
        self.totals.get()
    }
}

/// One context's part of a stress.
pub(crate) struct Worker {
    worker: u32,
    /// The number of the next object.
    number: u64,
    shared: Arc<Shared>,
    noise: Noise,
    check: Check,
    counts: Counts,
    asked: u32,
}

impl Worker {
    /// The `worker`th of so many. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(shared: &Arc<Shared>, worker: u32, workers: usize) -> Result<Self> {
        Ok(Self {
            worker,
            number: 0,
            shared: shared.clone(),
            noise: Noise::new(shared.params.seed + u64::from(worker)),
            check: Check::new(workers)?,
            counts: Counts::default(),
            asked: 0,
        })
    }

    /// Whether the stress is to end.
    pub(crate) fn has_ended(&self) -> bool {
        self.shared.has_ended()
    }

    /// Pushes a few objects at once; now and then takes all. In any context.
    pub(crate) fn step(&mut self) {
        self.push();
        if self.noise.below(4) == 0 {
            self.take_all();
        }
    }

    /// As [`step`](Self::step), and takes objects one by one where the list allows that. May sleep.
    pub(crate) fn step_in_task(&mut self) {
        self.step();
        if let List::Rcu(_) = self.shared.list {
            if self.noise.below(4) == 0 {
                self.take_some();
            }
        }
    }

    /// An object, ready to be pushed.
    fn prepare(&mut self, below: u32) -> Option<Held> {
        self.asked = self.asked.wrapping_add(1);
        let scarce = self.shared.params.scarce;
        let node = match scarce != 0 && self.asked % scarce == 0 {
            true => None,
            false => self.shared.source.take(),
        };
        let Some(node) = node else {
            self.counts.scarce += 1;
            return None;
        };
        // ORDERING: This context alone has the node; the list publishes it. So everywhere below.
        node.worker.store(self.worker, Relaxed);
        node.number.store(self.number, Relaxed);
        node.below.store(below, Relaxed);
        node.follows.store(0, Relaxed);
        node.listed.store(1, Relaxed);
        self.number += 1;
        Some(node)
    }

    /// Pushes a chain of a few objects.
    fn push(&mut self) {
        let wanted = 1 + self.noise.below(self.shared.params.batch);
        let mut chain = Chain::new();
        let (mut pushed, mut hash, mut lowest) = (0, 0u64, None);
        while pushed < wanted {
            let Some(node) = self.prepare(pushed) else {
                break;
            };
            if pushed == 0 {
                lowest = node.place();
            }
            pushed += 1;
            hash = hash.wrapping_add(hash_of(&node));
            chain.push(node);
        }
        if pushed == 0 {
            return;
        }

        let (source, window) = (&self.shared.source, self.shared.params.window);
        let noise = &mut self.noise;
        let refused = match &self.shared.list {
            List::Plain(lifo) => {
                lifo.push_batch_observed(chain, |address| {
                    source.note(lowest, source.life(address));
                    for _ in 0..noise.below(window) {
                        cpu_relax();
                    }
                });
                None
            }
            List::Sealable(lifo) => lifo.push_batch(chain).err(),
            List::Rcu(lifo) => {
                lifo.push_batch(chain);
                None
            }
        };
        match refused {
            None => {
                self.counts.pushes += 1;
                self.counts.pushed += u64::from(pushed);
                self.counts.pushed_hash = self.counts.pushed_hash.wrapping_add(hash);
            }
            Some(chain) => {
                self.counts.refused += u64::from(pushed);
                chain.into_batch().for_each(|node| source.put(node));
            }
        }
    }

    /// Takes all that is in the list, where that can be done.
    fn take_all(&mut self) {
        let shared = self.shared.clone();
        match &shared.list {
            List::Plain(lifo) => self.walk(lifo.pop_all()),
            List::Sealable(lifo) => self.walk(lifo.pop_all()),
            List::Rcu(_) => {}
        }
    }

    /// Takes a few objects, each by itself. May sleep.
    fn take_some(&mut self) {
        let shared = self.shared.clone();
        let List::Rcu(lifo) = &shared.list else {
            return;
        };
        let mut taken = Retired::new();
        // More than a worker pushes at once: so a grace period is worth its while.
        for _ in 0..4 * shared.params.batch {
            match lifo.pop() {
                Some(one) => taken.join(one),
                None => break,
            }
        }
        taken.wait().for_each(|node| self.receive(node));
    }

    /// Takes what is left, when all others have gone. May sleep.
    pub(crate) fn finish(&mut self) {
        let shared = self.shared.clone();
        match &shared.list {
            List::Plain(lifo) => self.walk(lifo.pop_all()),
            List::Sealable(lifo) => self.walk(lifo.seal()),
            List::Rcu(lifo) => {
                while !lifo.is_empty() {
                    self.take_some();
                }
            }
        }
    }

    /// Seals the list, where it can be, and looks at what was in it.
    pub(crate) fn seal(&mut self) {
        let shared = self.shared.clone();
        if let List::Sealable(lifo) = &shared.list {
            self.walk(lifo.seal());
        }
    }

    /// Checks what was taken at once, and gives it back.
    fn walk(&mut self, batch: Batch<Held>) {
        self.check.begin();
        let mut follows = 0;
        for node in batch {
            // ORDERING: The list gave the node to this context alone. So everywhere below.
            let taken = Taken {
                worker: node.worker.load(Relaxed),
                number: node.number.load(Relaxed),
                below: node.below.load(Relaxed),
            };
            self.counts.disordered += u64::from(!self.check.next(taken));
            if follows != 0 && follows != self.shared.source.life_of(&node) {
                self.counts.zapped += 1;
            }
            // ORDERING: The list published it, and this context alone has the node.
            follows = node.follows.load(Relaxed);
            self.receive(node);
        }
        self.counts.disordered += u64::from(!self.check.end());
    }

    /// Counts an object that was taken, and gives it back.
    fn receive(&mut self, node: Held) {
        self.counts.taken += 1;
        self.counts.taken_hash = self.counts.taken_hash.wrapping_add(hash_of(&node));
        // ORDERING: An exchange, so that of two holders one finds it out.
        self.counts.doubled += u64::from(node.listed.xchg(0, Relaxed) != 1);
        self.shared.source.put(node);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.totals.add(&self.counts);
    }
}

/// A number that few other objects have.
fn hash_of(node: &Held) -> u64 {
    // ORDERING: The caller alone has the node.
    let (worker, number) = (node.worker.load(Relaxed), node.number.load(Relaxed));
    ((u64::from(worker) << 40) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
