// SPDX-License-Identifier: GPL-2.0

//! Threads of the real machine, over std's atomics and allocator.

use lifo::impl_linked;
use lifo::sync::lifo::{Batch, Chain, Lifo, Link, RcuLifo, Retired, SealableLifo};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// An object.
struct Job {
    link: Link,
    thread: usize,
    number: u64,
    below: u64,
}

impl_linked! {
    impl Linked<0> for Job { self.link }
}

fn job(thread: usize, number: u64, below: u64) -> Box<Job> {
    let link = Link::new();
    Box::new(Job {
        link,
        thread,
        number,
        below,
    })
}

/// How long each stress takes: ten minutes with `FERRITE_LONG=1`.
fn duration() -> Duration {
    match std::env::var_os("FERRITE_LONG").is_some_and(|value| value == "1") {
        true => Duration::from_secs(600),
        false => Duration::from_millis(500),
    }
}

const THREADS: usize = 4;

/// What a thread did: how many objects, and the sum of their numbers.
#[derive(Default, PartialEq, Debug)]
struct Sum(u64, u64);

impl Sum {
    fn add(&mut self, job: &Job) {
        self.0 += 1;
        self.1 = self.1.wrapping_add(job.number << 3 | job.thread as u64);
    }

    fn join(&mut self, other: &Self) {
        self.0 += other.0;
        self.1 = self.1.wrapping_add(other.1);
    }
}

/// Take what was taken at once, and see whether it is in order.
fn walk(batch: Batch<Box<Job>>, taken: &mut Sum) {
    let mut last = [u64::MAX; THREADS];
    let mut above: Option<Box<Job>> = None;
    for job in batch {
        assert!(job.number < last[job.thread], "out of order");
        last[job.thread] = job.number;
        if let Some(above) = above.filter(|above| above.below > 0) {
            let next = (job.thread, job.number + 1, job.below + 1);
            assert_eq!(
                (above.thread, above.number, above.below),
                next,
                "torn apart"
            );
        }
        taken.add(&job);
        above = Some(job);
    }
    assert!(above.is_none_or(|above| above.below == 0), "torn apart");
}

/// Have all threads do `step` until the time is up; what was pushed has to have been taken when `finish` has taken the rest.
fn stress(
    step: impl Fn(usize, &mut u64, &mut Sum, &mut Sum) + Sync,
    finish: impl FnOnce(&mut Sum),
) {
    let (mut pushed, mut taken) = (Sum::default(), Sum::default());
    let end = AtomicBool::new(false);
    let work = |thread| {
        let (mut number, mut pushed, mut taken) = (1, Sum::default(), Sum::default());
        // ORDERING: A request, which will be seen.
        while !end.load(Relaxed) {
            step(thread, &mut number, &mut pushed, &mut taken);
        }
        (pushed, taken)
    };
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        let start = Instant::now();
        while start.elapsed() < duration() {
            thread::sleep(Duration::from_millis(10));
        }
        // ORDERING: A sign to stop; nothing else hangs on it.
        end.store(true, Relaxed);
        for thread in threads {
            let (its_pushed, its_taken) = thread.join().expect("a thread ends well");
            pushed.join(&its_pushed);
            taken.join(&its_taken);
        }
    });
    finish(&mut taken);
    assert_eq!(pushed, taken);
    assert!(pushed.0 > 0);
}

/// A chain of one to four objects.
fn chain(thread: usize, number: &mut u64, pushed: &mut Sum) -> Chain<Box<Job>> {
    let length = 1 + *number % 4;
    let mut chain = Chain::new();
    for below in 0..length {
        let job = job(thread, *number, below);
        *number += 1;
        pushed.add(&job);
        chain.push(job);
    }
    chain
}

#[test]
fn nothing_is_lost() {
    let lifo = Lifo::<Box<Job>>::new();
    stress(
        |thread, number, pushed, taken| {
            lifo.push_batch(chain(thread, number, pushed));
            if *number % 5 == 0 {
                walk(lifo.pop_all(), taken);
            }
        },
        |taken| walk(lifo.pop_all(), taken),
    );
}

#[test]
fn nothing_is_lost_when_sealed() {
    let lifo = SealableLifo::<Box<Job>>::new();
    let start = Instant::now();
    stress(
        |thread, number, pushed, taken| {
            let mut new = Sum::default();
            if lifo.push_batch(chain(thread, number, &mut new)).is_ok() {
                pushed.join(&new);
            }
            if *number % 5 == 0 {
                walk(lifo.pop_all(), taken);
            }
            if thread == 0 && !lifo.is_sealed() && start.elapsed() > duration() / 2 {
                walk(lifo.seal(), taken);
            }
        },
        |taken| {
            assert!(lifo.is_sealed());
            walk(lifo.pop_all(), taken);
        },
    );
}

#[test]
fn nothing_is_lost_one_by_one() {
    let lifo = RcuLifo::<Box<Job>>::new();
    let finish = |taken: &mut Sum| {
        while let Some(one) = lifo.pop() {
            one.wait().for_each(|job| taken.add(&job));
        }
    };
    stress(
        |thread, number, pushed, taken| {
            lifo.push_batch(chain(thread, number, pushed));
            let mut retired = Retired::<Box<Job>>::new();
            for _ in 0..4 {
                if let Some(one) = lifo.pop() {
                    retired.join(one);
                }
            }
            retired.wait().for_each(|job| taken.add(&job));
        },
        finish,
    );
}

/// A million objects are dropped one after the other, and not by a million nested calls.
#[test]
fn a_million_at_once() {
    let lifo = Lifo::<Box<Job>>::new();
    (0..1_000_000).for_each(|number| {
        lifo.push(job(0, number, 0));
    });
    drop(lifo);
}
