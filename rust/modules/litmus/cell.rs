// SPDX-License-Identifier: GPL-2.0

//! The memory that a test runs in: many instances of its shared locations.

use core::{
    alloc::Layout,
    ptr::NonNull, //
};

use kernel::{
    alloc::{
        allocator::KVmalloc,
        flags::__GFP_NOWARN,
        Allocator,
        NumaNode, //
    },
    new_spinlock,
    new_srcu,
    prelude::*,
    sync::{
        atomic::Atomic,
        SpinLock,
        Srcu, //
    }, //
};

use crate::value::Value;

/// What kind of thing a shared location is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `int`, `atomic_t`
    Int,
    /// `int *`
    Pointer,
    /// `spinlock_t`
    Lock,
    /// `struct srcu_struct`
    Srcu,
}

impl Kind {
    /// Whether two kinds are one; `==` cannot be asked at compile time.
    pub(crate) const fn is(self, other: Self) -> bool {
        // CAST: There are fewer than 256 kinds.
        self as u8 == other as u8
    }

    const fn layout(self) -> Layout {
        match self {
            Self::Int => Layout::new::<Int>(),
            Self::Pointer => Layout::new::<Pointer>(),
            Self::Lock => Layout::new::<SpinLock<()>>(),
            Self::Srcu => Layout::new::<NonNull<Srcu>>(),
        }
    }
}

type Int = Atomic<i32>;
type Pointer = Atomic<*const Atomic<i32>>;

/// A type that a shared location of a test may have.
///
/// # Safety
///
/// A slot that was made for `KIND` must be valid as what `at` reads there.
pub(crate) unsafe trait Location: Sync {
    /// What the engine knows it as.
    const KIND: Kind;

    /// The location in a slot.
    ///
    /// # Safety
    ///
    /// `slot` must be a slot of `KIND` of an [`Arena`] that outlives `'a`.
    unsafe fn at<'a>(slot: NonNull<u8>) -> &'a Self
    where
        Self: Sized,
    {
        // SAFETY: By the safety requirements: the slot holds a `Self`, which is shared (`Sync`).
        unsafe { slot.cast::<Self>().as_ref() }
    }
}

// SAFETY: `Arena::new` makes such slots so.
unsafe impl Location for Int {
    const KIND: Kind = Kind::Int;
}

// SAFETY: `Arena::new` makes such slots so.
unsafe impl Location for Pointer {
    const KIND: Kind = Kind::Pointer;
}

// SAFETY: `Arena::new` makes such slots so.
unsafe impl Location for SpinLock<()> {
    const KIND: Kind = Kind::Lock;
}

// SAFETY: `Arena::new` puts a pointer into such slots, and `at` follows it.
unsafe impl Location for Srcu {
    const KIND: Kind = Kind::Srcu;

    unsafe fn at<'a>(slot: NonNull<u8>) -> &'a Self {
        // SAFETY: By the safety requirements: the slot holds a pointer to the arena's `Srcu`.
        unsafe { slot.cast::<NonNull<Self>>().read().as_ref() }
    }
}

/// A shared location as a test declares it.
pub(crate) struct Shared {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
    /// What it holds at the start: a number, the name of a location, or nothing for 0.
    pub(crate) init: &'static str,
}

/// What a location is set to before each run of an instance.
#[derive(Clone, Copy)]
enum Reset {
    Int(i32),
    Address(Option<usize>),
    Nothing,
}

/// Instances of a test's shared locations: a slot for each location of each.
///
/// # Invariants
///
/// `memory` has `count * locations.len()` slots of `stride` bytes, each initialised as its
/// location's kind and aligned for it, and never moved.
pub(crate) struct Arena {
    memory: NonNull<u8>,
    layout: Layout,
    stride: usize,
    /// All slots of an instance.
    size: usize,
    count: usize,
    kinds: &'static [Shared],
    resets: KVec<Reset>,
    /// One for all instances: a test's instances may wait for each other's readers, which only makes
    /// a grace period longer.
    _srcu: Option<Pin<KBox<Srcu>>>,
}

// SAFETY: What the slots hold is `Sync`, and only reached by reference; nothing is bound to a task.
unsafe impl Send for Arena {}
// SAFETY: As above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Makes `count` instances of `shared`, each location `stride` bytes from the next, or as many
    /// as the largest needs.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory, `EINVAL` where an initial value is neither a number nor a
    /// location's name.
    pub(crate) fn new(shared: &'static [Shared], count: usize, stride: usize) -> Result<Self> {
        let mut resets = KVec::with_capacity(shared.len(), GFP_KERNEL)?;
        let mut align = 64;
        let mut stride = stride.max(4);
        let mut wants_srcu = false;
        for location in shared {
            let layout = location.kind.layout();
            align = align.max(layout.align());
            stride = stride.max(layout.size()).next_multiple_of(layout.align());
            wants_srcu |= location.kind.is(Kind::Srcu);
            resets.push(reset_of(location, shared)?, GFP_KERNEL)?;
        }
        stride = shared
            .iter()
            .fold(stride, |s, l| s.next_multiple_of(l.kind.layout().align()));
        let srcu = match wants_srcu {
            true => Some(KBox::pin_init(new_srcu!("ferrite_litmus"), GFP_KERNEL)?),
            false => None,
        };

        let size = count
            .checked_mul(shared.len())
            .and_then(|slots| slots.checked_mul(stride))
            .ok_or(EINVAL)?
            .max(1);
        let layout = Layout::from_size_align(size, align).map_err(|_| EINVAL)?;
        let memory =
            KVmalloc::alloc(layout, GFP_KERNEL | __GFP_NOWARN, NumaNode::NO_NODE)?.cast::<u8>();

        for instance in 0..count {
            for (index, location) in shared.iter().enumerate() {
                // SAFETY: Within the allocation, which has `count * shared.len()` slots.
                let slot = unsafe { memory.add((instance * shared.len() + index) * stride) };
                // SAFETY: The slot is nobody else's yet, large enough for its kind, and aligned:
                // the allocation is, and so is the stride.
                unsafe { make(slot, location.kind, srcu.as_deref()) };
            }
        }
        // INVARIANT: Made above.
        let arena = Self {
            memory,
            layout,
            stride,
            size: shared.len() * stride,
            count,
            kinds: shared,
            resets,
            _srcu: srcu,
        };
        for index in 0..shared.len() {
            // SAFETY: Nobody else has the arena yet.
            unsafe { arena.reset(index, count) };
        }
        Ok(arena)
    }

    /// An instance.
    #[inline(always)]
    pub(crate) fn instance(&self, number: usize) -> Instance<'_> {
        debug_assert!(number < self.count);
        // It does not wrap: it was computed, and checked, when the memory was allocated.
        let offset = number.wrapping_mul(self.size);
        Instance {
            // SAFETY: All callers stay below `count`, and so within the allocation.
            base: unsafe { self.memory.add(offset) },
            arena: self,
        }
    }

    /// Sets the location `index` of the first `instances` to its initial value.
    ///
    /// # Safety
    ///
    /// There must be so many; no other thread may use the location in them, and a barrier must come
    /// before one does.
    pub(crate) unsafe fn reset(&self, index: usize, instances: usize) {
        // PANIC: Callers take the index from the test's own locations.
        match self.resets[index] {
            Reset::Int(value) => {
                for number in 0..instances {
                    // SAFETY: Only numbers are reset so; nobody else reads or writes it now.
                    unsafe {
                        self.instance(number)
                            .get::<Int>(index)
                            .as_ptr()
                            .write(value)
                    };
                }
            }
            Reset::Address(target) => {
                for number in 0..instances {
                    let instance = self.instance(number);
                    let pointer = match target {
                        // SAFETY: `reset_of` found it to be a location, and a number.
                        Some(target) => unsafe { core::ptr::from_ref(instance.get::<Int>(target)) },
                        None => core::ptr::null(),
                    };
                    // SAFETY: Only pointers are reset so; nobody else reads or writes it now.
                    unsafe { instance.get::<Pointer>(index).as_ptr().write(pointer) };
                }
            }
            Reset::Nothing => {}
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: By the type's invariants, allocated so, and nobody refers to it any more. What
        // the slots hold needs no drop: numbers, pointers, and spinlocks that nobody holds.
        unsafe { KVmalloc::free(self.memory, self.layout) };
    }
}

/// One instance: every location of a test, once.
#[derive(Clone, Copy)]
pub(crate) struct Instance<'a> {
    base: NonNull<u8>,
    arena: &'a Arena,
}

impl<'a> Instance<'a> {
    /// The location `index`.
    ///
    /// # Safety
    ///
    /// The test's location `index` must be a `T`.
    #[inline(always)]
    pub(crate) unsafe fn get<T: Location>(self, index: usize) -> &'a T {
        // It does not wrap: see `Arena::instance`.
        let offset = index.wrapping_mul(self.arena.stride);
        // SAFETY: Within the instance's slots, by the safety requirements; the arena lives for `'a`.
        unsafe { T::at(self.base.add(offset)) }
    }

    /// Which location `pointer` points to.
    #[inline(always)]
    pub(crate) fn index_of(self, pointer: *const Atomic<i32>) -> Option<usize> {
        let offset = pointer.addr().wrapping_sub(self.base.addr().get());
        let index = offset.checked_div(self.arena.stride)?;
        let first = offset == index * self.arena.stride;
        (first && index < self.arena.kinds.len()).then_some(index)
    }

    /// The last value of the location `index`; of a lock or such there is none.
    ///
    /// # Safety
    ///
    /// No other thread may be in the instance, and all that one did there must be past a barrier.
    #[inline]
    pub(crate) unsafe fn read(self, index: usize) -> u8 {
        // PANIC: Callers take the index from the test's own locations.
        match self.arena.kinds[index].kind {
            Kind::Int => {
                // SAFETY: That is its kind; nobody writes it now, by the safety requirements.
                Value::code_int(unsafe { self.get::<Int>(index).as_ptr().read() })
            }
            Kind::Pointer => {
                // SAFETY: As above.
                let pointer = unsafe { self.get::<Pointer>(index).as_ptr().read() };
                Value::code_pointer(self, pointer)
            }
            Kind::Lock | Kind::Srcu => Value::code_int(0),
        }
    }
}

fn reset_of(location: &Shared, shared: &[Shared]) -> Result<Reset> {
    Ok(match (location.kind, location.init) {
        (Kind::Int, "") => Reset::Int(0),
        (Kind::Int, number) => Reset::Int(number.parse().map_err(|_| EINVAL)?),
        (Kind::Pointer, "") => Reset::Address(None),
        (Kind::Pointer, name) => {
            let target = shared
                .iter()
                .position(|l| l.name == name && l.kind.is(Kind::Int));
            Reset::Address(Some(target.ok_or(EINVAL)?))
        }
        (Kind::Lock | Kind::Srcu, _) => Reset::Nothing,
    })
}

/// Makes what a slot of `kind` holds.
///
/// # Safety
///
/// `slot` must be writable, as large as the kind's layout says and aligned so, and `srcu` there if
/// the kind needs it, for as long as the slot.
unsafe fn make(slot: NonNull<u8>, kind: Kind, srcu: Option<&Srcu>) {
    match kind {
        // SAFETY: By the safety requirements.
        Kind::Int => unsafe { slot.cast::<Int>().write(Atomic::new(0)) },
        // SAFETY: By the safety requirements.
        Kind::Pointer => unsafe { slot.cast::<Pointer>().write(Atomic::new(core::ptr::null())) },
        Kind::Lock => {
            let lock = slot.cast::<SpinLock<()>>().as_ptr();
            // SAFETY: By the safety requirements; the arena's slots never move.
            unsafe { pin_init::raw_init(lock, new_spinlock!(())) };
        }
        Kind::Srcu => {
            if let Some(srcu) = srcu {
                // SAFETY: By the safety requirements.
                unsafe { slot.cast::<NonNull<Srcu>>().write(NonNull::from(srcu)) };
            }
        }
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    const INT: Shared = Shared {
        name: "x",
        kind: Kind::Int,
        init: "",
    };

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        // 4 GiB: more than the kernel gives in one piece.
        const MANY: &[Shared] = &[INT; 64];
        assert!(matches!(Arena::new(MANY, 1 << 16, 1024), Err(ENOMEM)));
        assert!(matches!(Arena::new(MANY, usize::MAX, 1024), Err(EINVAL)));
    }

    #[test]
    fn initial_values_have_to_make_sense() {
        const WORD: &[Shared] = &[Shared { init: "one", ..INT }];
        assert!(matches!(Arena::new(WORD, 1, 64), Err(EINVAL)));
        const NOWHERE: &[Shared] = &[Shared {
            name: "p",
            kind: Kind::Pointer,
            init: "x",
        }];
        assert!(matches!(Arena::new(NOWHERE, 1, 64), Err(EINVAL)));
    }
}
