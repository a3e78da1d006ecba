// SPDX-License-Identifier: GPL-2.0

//! Where a stress gets its objects.
//!
//! The pool gives the object that came back last out again as soon as it can: an address that a
//! pusher has loaded is often that of another object when the pusher compares it. A pool knows the lives of each
//! of its addresses: how often the object there was given out.

use core::{
    ops::Deref,
    ptr::NonNull, //
};

use ferrite::{
    impl_linked,
    sync::lifo::{
        Link,
        Linked,
        Owner, //
    },
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Acquire,
        Atomic,
        Relaxed,
        Release, //
    }, //
};

/// An object. All of it but the link is for the checks.
///
/// Whoever holds it has it alone, and reaches it through shared references: so the fields are atomics.
pub(crate) struct Node {
    link: Link,
    /// Its place in the pool; none for an object from the kernel's allocator.
    place: Option<usize>,
    /// Which worker pushed it.
    pub(crate) worker: Atomic<u32>,
    /// Its number among that worker's objects.
    pub(crate) number: Atomic<u64>,
    /// How many objects of its chain are below it.
    pub(crate) below: Atomic<u32>,
    /// In which life was the object to which the link leads, when the pusher loaded its address; 0 if not known.
    pub(crate) follows: Atomic<u32>,
    /// Whether it is in a list, or on its way.
    pub(crate) listed: Atomic<u32>,
}

impl_linked! {
    impl Linked<0> for Node { self.link }
}

impl Node {
    fn new(place: Option<usize>) -> Self {
        Self {
            link: Link::new(),
            place,
            worker: Atomic::new(0),
            number: Atomic::new(0),
            below: Atomic::new(0),
            follows: Atomic::new(0),
            listed: Atomic::new(0),
        }
    }
}

/// The one holder of a [`Node`].
///
/// # Invariants
///
/// It points to a live node, to which there is no other `Held`. The node is in a pool that
/// outlives this, or came from `KBox::into_raw`, as its `place` says.
pub(crate) struct Held(NonNull<Node>);

// SAFETY: A node is `Sync`, and may be dropped by any thread.
unsafe impl Send for Held {}

impl Held {
    /// Its place in its pool, if it is in one.
    pub(crate) fn place(&self) -> Option<usize> {
        self.place
    }
}

impl Deref for Held {
    type Target = Node;

    fn deref(&self) -> &Node {
        // SAFETY: By the type's invariants.
        unsafe { self.0.as_ref() }
    }
}

// SAFETY: By the type's invariants, there is one `Held` of a node, and the node outlives it.
unsafe impl Owner<0> for Held {
    type Node = Node;

    fn into_raw(self) -> *const Node {
        self.0.as_ptr()
    }

    unsafe fn from_raw(node: *const Node) -> Self {
        // SAFETY: By the safety requirements of this method, it came from a `Held`.
        // INVARIANT: As above.
        Self(unsafe { NonNull::new_unchecked(node.cast_mut()) })
    }
}

/// Nodes, and which of them are free.
pub(crate) struct Pool {
    nodes: KVVec<Node>,
    /// Each place has 0, or one more than the place of a free node in `nodes`.
    free: KVVec<Atomic<usize>>,
    /// How often each node was taken.
    lives: KVVec<Atomic<u32>>,
}

impl Pool {
    /// A pool of `size` nodes. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, and where `allowed` says so.
    pub(crate) fn new(size: usize, mut allowed: impl FnMut() -> Result) -> Result<Self> {
        allowed()?;
        let mut nodes = KVVec::with_capacity(size, GFP_KERNEL)?;
        allowed()?;
        let mut free = KVVec::with_capacity(size, GFP_KERNEL)?;
        allowed()?;
        let mut lives = KVVec::with_capacity(size, GFP_KERNEL)?;
        for place in 0..size {
            nodes.push(Node::new(Some(place)), GFP_KERNEL)?;
            free.push(Atomic::new(place + 1), GFP_KERNEL)?;
            lives.push(Atomic::new(0), GFP_KERNEL)?;
        }
        Ok(Self { nodes, free, lives })
    }

    /// Takes a free node, if there is one.
    fn take(&self) -> Option<Held> {
        for free in &self.free {
            // ORDERING: A look, before an exchange that costs more.
            if free.load(Relaxed) == 0 {
                continue;
            }
            // ORDERING: Pairs with the release in `put`: what was done with the node before is over.
            let number = free.xchg(0, Acquire);
            if number != 0 {
                // PANIC: The places have numbers of nodes, and there are as many lives.
                let node = &self.nodes[number - 1];
                // ORDERING: Who learns the node's address from a list learns this, too.
                self.lives[number - 1].fetch_add(1, Relaxed);
                // INVARIANT: The number was in a free place once, and is no more.
                return Some(Held(NonNull::from(node)));
            }
        }
        None
    }

    /// Frees a node of this pool.
    fn put(&self, place: usize) {
        // There is a place for each node, though it may fill while this goes past it.
        loop {
            for free in &self.free {
                // ORDERING: Pairs with the acquire in `take`.
                if free.load(Relaxed) == 0 && free.cmpxchg(0, place + 1, Release).is_ok() {
                    return;
                }
            }
        }
    }

    /// In which life the node is whose link is at `address`; 0 if there is none.
    pub(crate) fn life(&self, address: usize) -> u32 {
        let first = self.nodes.as_ptr().addr() + Node::OFFSET;
        let place = address.wrapping_sub(first) / size_of::<Node>();
        match self.lives.get(place) {
            // ORDERING: If it is of an earlier life, that is what this is to show.
            Some(life) if address != 0 => life.load(Relaxed),
            _ => 0,
        }
    }
}

/// The source of a stress's nodes.
pub(crate) enum Source {
    /// A pool.
    Pool(Pool),
    /// The kernel's allocator, and how many more may be taken from it.
    Heap(Atomic<isize>),
}

impl Source {
    /// Takes a node, in any context; none if there is no more, or no memory.
    pub(crate) fn take(&self) -> Option<Held> {
        let left = match self {
            Self::Pool(pool) => return pool.take(),
            Self::Heap(left) => left,
        };
        // ORDERING: A counter, here and below.
        if left.fetch_sub(1, Relaxed) > 0 {
            if let Ok(node) = KBox::new(Node::new(None), GFP_ATOMIC | __GFP_NOWARN) {
                // INVARIANT: It came from `into_raw`, just now.
                return Some(Held(NonNull::from(KBox::leak(node))));
            }
        }
        // ORDERING: As above.
        left.fetch_add(1, Relaxed);
        None
    }

    /// Gives a node back.
    pub(crate) fn put(&self, node: Held) {
        match (self, node.place) {
            (Self::Pool(pool), Some(place)) => pool.put(place),
            (Self::Heap(left), None) => {
                // SAFETY: By the invariants of `Held`, it came from a box; `node` is not used any more.
                drop(unsafe { KBox::from_raw(node.0.as_ptr()) });
                // ORDERING: A counter.
                left.fetch_add(1, Relaxed);
            }
            // A stress has one source.
            _ => {}
        }
    }

    /// As [`Pool::life`]; 0 where lives are not counted.
    pub(crate) fn life(&self, address: usize) -> u32 {
        match self {
            Self::Pool(pool) => pool.life(address),
            Self::Heap(_) => 0,
        }
    }

    /// In which life this node is; 0 where lives are not counted.
    pub(crate) fn life_of(&self, node: &Held) -> u32 {
        match (self, node.place) {
            // PANIC: A node's place is in its pool.
            //
            // ORDERING: The caller has the node, so nobody changes it.
            (Self::Pool(pool), Some(place)) => pool.lives[place].load(Relaxed),
            _ => 0,
        }
    }

    /// Writes down, in the node at `place`, in which life the object is that it will lead to. The node is the caller's.
    pub(crate) fn note(&self, place: Option<usize>, life: u32) {
        if let (Self::Pool(pool), Some(place)) = (self, place) {
            // PANIC: A node's place is in its pool.
            //
            // ORDERING: The list publishes it.
            pool.nodes[place].follows.store(life, Relaxed);
        }
    }
}
