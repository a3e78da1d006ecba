// SPDX-License-Identifier: GPL-2.0

//! Objects at few addresses. An address that was given back is given out again at once, to another object, of another
//! generation. To follow a pointer to an object that has died is an error, though another one lives at its address.

use super::checker::atomic::AtomicUsize;
use super::checker::Value;
use super::node::{Link, Owner};
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::rc::Rc;

/// An object.
pub(crate) struct Node {
    link: Link,
    /// Its number. An access that races with another one ends the run, where the checker sees that.
    value: Value,
}

crate::impl_linked! {
    impl Linked<0> for Node { self.link }
}

/// An error that is planted into a run, to see it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// None.
    Nothing,
    /// Links and heads hold pointers, as C's do, and not addresses: what is followed is a pointer to the object that was there
    /// when it was loaded.
    Pointers,
    /// A push does not order what was written to its object.
    RelaxedPush,
    /// Objects that were taken one by one are used again at once.
    NoGracePeriod,
}

/// One address, and what is there.
struct Slot {
    memory: Box<MaybeUninit<Node>>,
    /// How many objects have been here, with the one that is here.
    generation: usize,
    live: bool,
    /// Whether the object that is here was exposed.
    exposed: bool,
}

struct Arena {
    slots: Vec<Slot>,
    plant: Plant,
    readers: Rc<AtomicUsize>,
    /// How often a slot was used again.
    reused: usize,
}

thread_local! {
    /// The arena of the run that there is. (A checker runs all threads of a model in one thread.)
    static ARENA: RefCell<Option<Arena>> = const { RefCell::new(None) };
}

/// The bits of a pointer that are its address; above is the generation of its object, where pointers are planted.
const ADDRESS: usize = (1 << 48) - 1;

fn with<R>(use_it: impl FnOnce(&mut Arena) -> R) -> R {
    ARENA.with_borrow_mut(|arena| use_it(arena.as_mut().expect("a run has an arena")))
}

/// Begins a run with so many addresses.
pub(crate) fn begin(slots: usize, plant: Plant) {
    let slot = || Slot {
        memory: Box::new(MaybeUninit::uninit()),
        generation: 0,
        live: false,
        exposed: false,
    };
    let arena = Arena {
        slots: (0..slots).map(|_| slot()).collect(),
        plant,
        readers: Rc::new(AtomicUsize::new(0)),
        reused: 0,
    };
    ARENA.set(Some(arena));
}

/// Ends it; returns how often an address was used again.
pub(crate) fn end() -> usize {
    let arena = ARENA.take().expect("a run has an arena");
    assert!(
        arena.slots.iter().all(|slot| !slot.live),
        "an object was leaked"
    );
    arena.reused
}

pub(crate) fn plant() -> Plant {
    with(|arena| arena.plant)
}

pub(crate) fn readers() -> Rc<AtomicUsize> {
    with(|arena| arena.readers.clone())
}

impl Arena {
    fn at(&mut self, address: usize) -> &mut Slot {
        let address = address & ADDRESS;
        let holds = |slot: &&mut Slot| {
            let start = slot.memory.as_ptr().addr();
            (start..start + size_of::<Node>()).contains(&address)
        };
        let slot = self.slots.iter_mut().find(holds);
        slot.unwrap_or_else(|| panic!("{address:#x} was never the address of an object"))
    }
}

/// What a head or a link holds for the object at `address`, which is exposed.
pub(crate) fn expose(address: usize) -> usize {
    with(|arena| {
        let plant = arena.plant;
        let slot = arena.at(address);
        assert!(slot.live, "an object is pushed that has died");
        slot.exposed = true;
        match plant {
            Plant::Pointers => address | slot.generation << 48,
            _ => address,
        }
    })
}

/// The address that is followed, of what a head or a link held.
pub(crate) fn follow(held: usize) -> usize {
    if std::thread::panicking() {
        return held & ADDRESS;
    }
    with(|arena| {
        let plant = arena.plant;
        let slot = arena.at(held);
        assert!(
            slot.live,
            "a pointer is followed to an object that has died"
        );
        assert!(
            slot.exposed,
            "a pointer is made of an address that was not exposed"
        );
        if plant == Plant::Pointers {
            assert_eq!(
                held >> 48,
                slot.generation,
                "a pointer is followed to an object that has died, and another one lives there"
            );
        }
        held & ADDRESS
    })
}

/// Whether a processor would find these equal.
pub(crate) fn same_address(one: usize, other: usize) -> bool {
    one & ADDRESS == other & ADDRESS
}

/// The one owner of an object; dropped, it gives the address back.
pub(crate) struct Held(*const Node);

// SAFETY: Objects may go from thread to thread, all of which a checker runs in one thread.
unsafe impl Send for Held {}

impl Held {
    /// A new object, at the first address that is free.
    pub(crate) fn new(value: usize) -> Self {
        let node = Node {
            link: Link::new(),
            value: Value::new(value),
        };
        with(|arena| {
            let slot = arena.slots.iter_mut().find(|slot| !slot.live);
            let slot = slot.expect("there are addresses for all objects of a run");
            slot.generation += 1;
            slot.live = true;
            slot.exposed = false;
            arena.reused += usize::from(slot.generation > 1);
            Self(slot.memory.write(node))
        })
    }

    /// Its number.
    pub(crate) fn value(&self) -> usize {
        // SAFETY: The object lives until this is dropped.
        unsafe { &*self.0 }.value.get()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        with(|arena| {
            let slot = arena.at(self.0.addr());
            assert!(slot.live, "an object dies twice");
            slot.live = false;
            // SAFETY: The slot was live, so it was written; before it is read again it is written anew.
            unsafe { slot.memory.assume_init_drop() };
        });
    }
}

// SAFETY: There is one `Held` of an object, and it does not move.
unsafe impl Owner<0> for Held {
    type Node = Node;

    fn into_raw(self) -> *const Node {
        let node = self.0;
        std::mem::forget(self);
        node
    }

    unsafe fn from_raw(node: *const Node) -> Self {
        Self(node)
    }
}
