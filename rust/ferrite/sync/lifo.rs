// SPDX-License-Identifier: GPL-2.0

//! A list without locks: many add objects at the front, and many take all of them.
//!
//! It is the kernel's `llist`, with owners: an object in a list belongs to the list. It is intrusive, so nothing is
//! allocated: an object has a [`Link`] of one pointer, and leaves its [`Owner`] when it is pushed. What is
//! in a list can be neither pushed again nor dropped.
//!
//! - [`Lifo`]: push, push a [`Chain`] at once, take all as a [`Batch`].
//! - [`SealableLifo`]: after a seal, pushing fails.
//! - [`RcuLifo`]: one object can be taken.
//!
//! Owners are `KBox<T>`, `Pin<KBox<T>>`, and [`ListArc<T>`](kernel::list::ListArc), the one reference
//! of an `Arc`'s that may use its links; [`Lifo::push_arc`] takes an `Arc` and finds out.
//!
//! # Pointer zap
//!
//! A pusher may hold the address of an object that has died, while another object was born there and was
//! pushed. The pusher's exchange then succeeds, and its link leads to the new object. A pointer to the
//! old object would be invalid all the same, although it has the same address. So this code has no pointers in
//! its links and heads but addresses; and has two rules, each of which suffices by itself:
//!
//! 1. An address passes through an atomic that the compiler cannot see through.
//! 2. A pointer is made from the address when it is to be followed, by
//!    [`with_exposed_provenance`](core::ptr::with_exposed_provenance); each object is exposed when it is pushed.
//!
//! `Documentation/provenance.md` says why there are two. The litmus tests that comments name are in
//! `scripts/lifo/litmus`. Next to each operation is why it is right.
//!
//! # Examples
//!
//! ```ignore
//! struct Job {
//!     link: Link,
//!     number: u32,
//! }
//!
//! impl_linked! {
//!     impl Linked<0> for Job { self.link }
//! }
//!
//! static JOBS: Lifo<KBox<Job>> = Lifo::new();
//!
//! JOBS.push(KBox::new(Job { link: Link::new(), number: 1 }, GFP_KERNEL)?);
//! for job in JOBS.pop_all() {
//!     pr_info!("{}\n", job.number);
//! }
//! ```

mod atomic;
mod batch;
mod chain;
mod list;
mod llist;
mod node;
mod own;
mod rcu;
mod seal;

pub use self::{
    batch::Batch,
    chain::Chain,
    list::Lifo,
    node::{
        Link,
        Linked,
        Owner, //
    },
    rcu::{
        RcuLifo,
        Retired, //
    },
    seal::SealableLifo, //
};

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    use kernel::{
        bindings as kernel_bindings,
        list::{
            impl_list_arc_safe,
            AtomicTracker,
            ListArc,
            TryNewListArc, //
        },
        prelude::*,
        sync::{
            atomic::{
                Atomic,
                Relaxed, //
            },
            Arc, //
        },
    };

    use ferrite_bindings as bindings;

    use crate::kthread::{
        nth_online_cpu,
        num_online_cpus,
        KThread, //
    };

    /// An object that says when it is dropped.
    struct Job {
        link: Link,
        number: usize,
        dropped: Arc<Atomic<usize>>,
    }

    crate::impl_linked! {
        impl Linked<0> for Job { self.link }
    }

    impl Drop for Job {
        fn drop(&mut self) {
            // ORDERING: A counter.
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    fn counter() -> Result<Arc<Atomic<usize>>> {
        Ok(Arc::new(Atomic::new(0), GFP_KERNEL)?)
    }

    fn job(number: usize, dropped: &Arc<Atomic<usize>>) -> Result<KBox<Job>> {
        let job = Job {
            link: Link::new(),
            number,
            dropped: dropped.clone(),
        };
        Ok(KBox::new(job, GFP_KERNEL)?)
    }

    /// Whether these are the numbers of the jobs, in this order.
    fn are(jobs: impl Iterator<Item = KBox<Job>>, numbers: &[usize]) -> bool {
        jobs.map(|job| job.number).eq(numbers.iter().copied())
    }

    /// An object that is shared, and may be in one list.
    #[pin_data]
    struct Shared {
        link: Link,
        #[pin]
        tracker: AtomicTracker,
    }

    crate::impl_linked! {
        impl Linked<0> for Shared { self.link }
    }

    impl_list_arc_safe! {
        impl ListArcSafe<0> for Shared { tracked_by tracker: AtomicTracker; }
    }

    #[test]
    fn newest_comes_first() {
        let dropped = counter()?;
        let lifo = Lifo::<KBox<Job>>::new();
        assert!(lifo.is_empty());
        assert!(lifo.push(job(1, &dropped)?));
        assert!(!lifo.push(job(2, &dropped)?));
        assert!(!lifo.is_empty());
        assert!(are(lifo.pop_all(), &[2, 1]));
        assert!(lifo.is_empty());
        assert!(lifo.push(job(3, &dropped)?));
        assert!(are(lifo.pop_all().reverse(), &[3]));
        // ORDERING: This thread alone dropped them.
        assert_eq!(dropped.load(Relaxed), 3);
    }

    #[test]
    fn batch_keeps_its_order() {
        let dropped = counter()?;
        let lifo = Lifo::<KBox<Job>>::new();
        let mut chain = Chain::new();
        for number in 1..4 {
            chain.push(job(number, &dropped)?);
        }
        assert!(!lifo.push_batch(Chain::new()));
        assert!(lifo.push(job(0, &dropped)?));
        assert!(!lifo.push_batch(chain));
        assert!(!lifo.push(job(4, &dropped)?));
        let mut batch = lifo.pop_all();
        assert!(are(batch.by_ref().take(2), &[4, 3]));
        assert!(are(batch.reverse(), &[0, 1, 2]));
    }

    #[test]
    fn what_nobody_takes_is_dropped_once() {
        let dropped = counter()?;
        let lifo = Lifo::<KBox<Job>>::new();
        let mut chain = Chain::new();
        for number in 0..10 {
            lifo.push(job(number, &dropped)?);
            chain.push(job(number, &dropped)?);
        }
        let mut batch = lifo.pop_all();
        lifo.push(job(10, &dropped)?);
        drop(batch.next());
        // ORDERING: This thread alone drops, here and below.
        assert_eq!(dropped.load(Relaxed), 1);
        drop(batch);
        assert_eq!(dropped.load(Relaxed), 10);
        drop(chain);
        assert_eq!(dropped.load(Relaxed), 20);
        drop(lifo);
        assert_eq!(dropped.load(Relaxed), 21);
    }

    #[test]
    fn sealed_list_takes_no_more() {
        let dropped = counter()?;
        let lifo = SealableLifo::<KBox<Job>>::new();
        assert!(matches!(lifo.push(job(1, &dropped)?), Ok(true)));
        assert!(are(lifo.pop_all(), &[1]));
        assert!(matches!(lifo.push(job(2, &dropped)?), Ok(true)));
        assert!(!lifo.is_sealed());
        assert!(are(lifo.seal(), &[2]));
        assert!(lifo.is_sealed());
        assert!(lifo.seal().is_empty());
        assert!(lifo.pop_all().is_empty());
        assert!(lifo.is_empty());

        let refused = lifo.push(job(3, &dropped)?);
        assert!(matches!(&refused, Err(job) if job.number == 3));
        let mut chain = Chain::new();
        chain.push(job(4, &dropped)?);
        chain.push(job(5, &dropped)?);
        let refused = lifo
            .push_batch(chain)
            .map_err(|chain| are(chain.into_batch(), &[5, 4]));
        assert_eq!(refused, Err(true));
        assert!(lifo.is_sealed());
    }

    #[test]
    fn shared_object_is_in_one_list() {
        let shared = pin_init!(Shared { link: Link::new(), tracker <- AtomicTracker::new() });
        let shared = Arc::pin_init(shared, GFP_KERNEL)?;
        let (one, other) = (Lifo::<ListArc<Shared>>::new(), Lifo::new());
        assert!(one.push_arc(shared.clone()).is_ok());
        assert!(other.push_arc(shared.clone()).is_err());
        assert!(one.push_arc(shared.clone()).is_err());
        drop(one.pop_all());
        assert!(other.push_arc(shared.clone()).is_ok());
        for object in other.pop_all() {
            assert!(Arc::ptr_eq(object.as_arc(), &shared));
        }
    }

    #[test]
    fn one_is_taken_at_a_time() {
        let dropped = counter()?;
        let lifo = RcuLifo::<KBox<Job>>::new();
        for number in 0..4 {
            lifo.push(job(number, &dropped)?);
        }
        let mut taken = Retired::new();
        for _ in 0..3 {
            if let Some(one) = lifo.pop() {
                taken.join(one);
            }
        }
        assert!(taken.iter().map(|job| job.number).eq([1, 2, 3]));
        assert!(are(taken.wait(), &[1, 2, 3]));
        drop(lifo.pop());
        assert!(lifo.pop().is_none());
        // ORDERING: This thread alone dropped them.
        assert_eq!(dropped.load(Relaxed), 4);
    }

    #[test]
    fn c_takes_what_rust_pushed() {
        let dropped = counter()?;
        let lifo = Lifo::<KBox<Job>>::new();
        lifo.push(job(1, &dropped)?);
        lifo.push(job(2, &dropped)?);
        // SAFETY: The list is alive, and C gives back below what it takes.
        let mut node = unsafe { bindings::llist_del_all(lifo.as_llist_head()) };
        assert!(lifo.is_empty());
        for number in [2, 1] {
            assert!(!node.is_null());
            // SAFETY: A node that C took from the list.
            let next = unsafe { (*node).next };
            // SAFETY: As above; it is given back once.
            let job = unsafe { Lifo::<KBox<Job>>::from_llist_node(node) };
            assert_eq!(job.number, number);
            node = next;
        }
        assert!(node.is_null());
    }

    #[test]
    fn rust_takes_what_c_pushed() {
        let dropped = counter()?;
        let mut head = kernel_bindings::llist_head {
            first: core::ptr::null_mut(),
        };
        // SAFETY: The head lives to the end of this function, and all use it as a list of such jobs.
        let lifo = unsafe { Lifo::<KBox<Job>>::from_llist_head(&raw mut head) };
        for number in [1, 2] {
            let node = Lifo::into_llist_node(job(number, &dropped)?);
            // SAFETY: A node of an object that was given up.
            let first = unsafe { bindings::llist_add(node, lifo.as_llist_head()) };
            assert_eq!(first, number == 1);
        }
        lifo.push(job(3, &dropped)?);
        assert!(are(lifo.pop_all(), &[3, 2, 1]));
    }

    #[test]
    fn nothing_is_lost_between_cpus() {
        const EACH: usize = 10_000;
        let dropped = counter()?;
        let lifo = Arc::new(Lifo::<KBox<Job>>::new(), GFP_KERNEL).map_err(Error::from)?;
        let cpus = num_online_cpus();
        let mut threads = KVec::new();
        let mut pushed = 0;
        for n in 0..cpus {
            let (lifo, dropped) = (lifo.clone(), dropped.clone());
            let cpu = Some(nth_online_cpu(n));
            let work = move || {
                for number in 0..EACH {
                    match job(number, &dropped) {
                        Ok(job) => lifo.push(job),
                        Err(_) => return,
                    };
                    if number % 64 == 0 {
                        drop(lifo.pop_all());
                    }
                }
            };
            // SAFETY: `threads` goes at the end of this function, or what holds it does.
            let thread = unsafe { KThread::spawn(c"ferrite/lifo", cpu, work) }?;
            pushed += EACH;
            threads.push(thread, GFP_KERNEL).map_err(Error::from)?;
        }
        drop(threads);
        drop(lifo.pop_all());
        // ORDERING: The threads are gone.
        assert_eq!(dropped.load(Relaxed), pushed);
    }
}
