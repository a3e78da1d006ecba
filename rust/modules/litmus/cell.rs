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

use crate::value::{
    Register,
    Value,
    U16,
    U8, //
};

/// What a shared location is, or what is behind pointers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    /// `int8_t`
    I8,
    /// `char`, `uint8_t`
    U8,
    /// `int16_t`
    I16,
    /// `uint16_t`
    U16,
    /// `int`, `atomic_t`
    I32,
    /// `uint32_t`
    U32,
    /// `long`, `intptr_t`: may hold an address, too.
    I64,
    /// `unsigned long`: may hold an address, too.
    U64,
    /// `spinlock_t`
    Lock,
    /// `struct srcu_struct`
    Srcu,
}

/// What kind of thing a shared location is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kind {
    base: Base,
    /// Over how many pointers.
    pointers: u8,
}

impl Kind {
    const fn new(base: Base) -> Self {
        Self { base, pointers: 0 }
    }

    const fn pointer_to(self) -> Self {
        Self {
            base: self.base,
            pointers: self.pointers + 1,
        }
    }

    /// Whether two kinds are one; `==` cannot be asked at compile time.
    pub(crate) const fn is(self, other: Self) -> bool {
        // CAST: There are fewer than 256.
        self.base as u8 == other.base as u8 && self.pointers == other.pointers
    }

    const fn layout(self) -> Layout {
        if self.pointers != 0 {
            return Layout::new::<*const u8>();
        }
        match self.base {
            Base::I8 | Base::U8 => Layout::new::<i8>(),
            Base::I16 | Base::U16 => Layout::new::<i16>(),
            Base::I32 | Base::U32 => Layout::new::<i32>(),
            Base::I64 | Base::U64 => Layout::new::<i64>(),
            Base::Lock => Layout::new::<SpinLock<()>>(),
            Base::Srcu => Layout::new::<NonNull<Srcu>>(),
        }
    }
}

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

/// What numbers are known as.
macro_rules! numbers {
    ($($type:ty => $base:ident),*) => {$(
        // SAFETY: `Arena::new` makes such slots so.
        unsafe impl Location for Atomic<$type> {
            const KIND: Kind = Kind::new(Base::$base);
        }
    )*};
}

numbers!(
    i8 => I8,
    U8 => U8,
    i16 => I16,
    U16 => U16,
    i32 => I32,
    u32 => U32,
    i64 => I64,
    u64 => U64
);

// SAFETY: `Arena::new` makes such slots so.
unsafe impl<T: Location> Location for Atomic<*const T> {
    const KIND: Kind = T::KIND.pointer_to();
}

// SAFETY: `Arena::new` makes such slots so.
unsafe impl Location for SpinLock<()> {
    const KIND: Kind = Kind::new(Base::Lock);
}

// SAFETY: `Arena::new` puts a pointer into such slots, and `at` follows it.
unsafe impl Location for Srcu {
    const KIND: Kind = Kind::new(Base::Srcu);

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
    /// The lowest bits of this.
    Int(i64),
    /// The address of the location of this number.
    Address(usize),
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
            wants_srcu |= location.kind.base == Base::Srcu;
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
        // PANIC: Callers take the index from the test's own locations, here and below.
        let kind = self.kinds[index].kind;
        let bytes = kind.layout().size();
        // CAST: Each the lowest bits.
        match (self.resets[index], bytes) {
            // SAFETY: By the safety requirements, and such a location has so many bytes.
            (Reset::Int(value), 1) => unsafe { self.fill(index, instances, |_| value as i8) },
            // SAFETY: As above.
            (Reset::Int(value), 2) => unsafe { self.fill(index, instances, |_| value as i16) },
            // SAFETY: As above.
            (Reset::Int(value), 4) => unsafe { self.fill(index, instances, |_| value as i32) },
            // SAFETY: As above.
            (Reset::Int(value), _) => unsafe { self.fill(index, instances, |_| value) },
            // SAFETY: As above: what holds an address is as large as one.
            (Reset::Address(target), _) => unsafe {
                self.fill(index, instances, |instance: Instance<'_>| {
                    instance.slot(target)
                })
            },
            (Reset::Nothing, _) => {}
        }
    }

    /// Writes the location `index` of the first `instances`.
    ///
    /// # Safety
    ///
    /// As of [`reset`](Self::reset), and the location has to be as large as a `T`, and to hold any.
    #[inline(always)]
    unsafe fn fill<T>(&self, index: usize, instances: usize, value: impl Fn(Instance<'_>) -> T) {
        for number in 0..instances {
            let instance = self.instance(number);
            // SAFETY: A slot of the arena's, aligned for its kind; nobody else reads or writes it now.
            unsafe { instance.slot(index).cast::<T>().write(value(instance)) };
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
        // SAFETY: Its slot, by the safety requirements; the arena lives for `'a`.
        unsafe { T::at(self.slot(index)) }
    }

    /// The slot of the location `index`, which there has to be.
    #[inline(always)]
    fn slot(self, index: usize) -> NonNull<u8> {
        debug_assert!(index < self.arena.kinds.len());
        // It does not wrap: see `Arena::instance`.
        let offset = index.wrapping_mul(self.arena.stride);
        // SAFETY: Within the instance's slots, as all callers see to.
        unsafe { self.base.add(offset) }
    }

    /// Which location is at `address`.
    #[inline(always)]
    pub(crate) fn index_of(self, address: usize) -> Option<usize> {
        let offset = address.wrapping_sub(self.base.addr().get());
        if offset >= self.arena.size {
            return None;
        }
        let index = offset.checked_div(self.arena.stride)?;
        (offset == index * self.arena.stride).then_some(index)
    }

    /// The code of the last value of the location `index`; of a lock or such there is none.
    ///
    /// # Safety
    ///
    /// No other thread may be in the instance, and all that one did there must be past a barrier.
    #[inline]
    pub(crate) unsafe fn read(self, index: usize) -> u64 {
        // PANIC: Callers take the index from the test's own locations.
        let kind = self.arena.kinds[index].kind;
        let slot = self.slot(index);
        if kind.pointers != 0 {
            // SAFETY: A pointer's slot; nobody writes it now, by the safety requirements.
            return Value::code_pointer(self, unsafe { slot.cast::<usize>().read() });
        }
        /// The code of a number.
        macro_rules! number {
            ($type:ty) => {
                // SAFETY: That is its kind; nobody writes it now, by the safety requirements.
                Register::code(unsafe { slot.cast::<$type>().read() }, self)
            };
        }
        match kind.base {
            Base::I8 => number!(i8),
            Base::U8 => number!(u8),
            Base::I16 => number!(i16),
            Base::U16 => number!(u16),
            Base::I32 => number!(i32),
            Base::U32 => number!(u32),
            Base::I64 => number!(i64),
            Base::U64 => number!(u64),
            Base::Lock | Base::Srcu => 0,
        }
    }
}

fn reset_of(location: &Shared, shared: &[Shared]) -> Result<Reset> {
    let kind = location.kind;
    let target = || {
        let target = shared.iter().position(|l| l.name == location.init);
        let target = target.ok_or(EINVAL)?;
        // PANIC: It was just found there. A pointer has a type; a number holds any address.
        let fits = kind.pointers == 0 || shared[target].kind.pointer_to().is(kind);
        fits.then_some(Reset::Address(target)).ok_or(EINVAL)
    };
    match (kind.base, kind.pointers, location.init) {
        (Base::Lock | Base::Srcu, 0, _) => Ok(Reset::Nothing),
        (_, _, "") => Ok(Reset::Int(0)),
        (_, 1.., _) => target(),
        (Base::I64 | Base::U64, 0, init) => match init.parse() {
            Ok(number) => Ok(Reset::Int(number)),
            Err(_) => target(),
        },
        (_, 0, number) => Ok(Reset::Int(number.parse().map_err(|_| EINVAL)?)),
    }
}

/// Makes what a slot of `kind` holds.
///
/// # Safety
///
/// `slot` must be writable, as large as the kind's layout says and aligned so, and `srcu` there if
/// the kind needs it, for as long as the slot.
unsafe fn make(slot: NonNull<u8>, kind: Kind, srcu: Option<&Srcu>) {
    match kind.base {
        Base::Lock if kind.pointers == 0 => {
            let lock = slot.cast::<SpinLock<()>>().as_ptr();
            // SAFETY: By the safety requirements; the arena's slots never move.
            unsafe { pin_init::raw_init(lock, new_spinlock!(())) };
        }
        Base::Srcu if kind.pointers == 0 => {
            if let Some(srcu) = srcu {
                // SAFETY: By the safety requirements.
                unsafe { slot.cast::<NonNull<Srcu>>().write(NonNull::from(srcu)) };
            }
        }
        // SAFETY: By the safety requirements; of numbers and pointers, all bits may be 0.
        _ => unsafe { slot.write_bytes(0, kind.layout().size()) },
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    const INT: Shared = Shared {
        name: "x",
        kind: Kind::new(Base::I32),
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
            kind: Kind::new(Base::I32).pointer_to(),
            init: "x",
        }];
        assert!(matches!(Arena::new(NOWHERE, 1, 64), Err(EINVAL)));
    }
}
