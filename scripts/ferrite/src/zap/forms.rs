// SPDX-License-Identifier: GPL-2.0

//! A pointer that is kept, in one form or another, over the death of its object and the birth of another one at the same address.
//! Prints what the new object's two values look like through it: `3,4` is right.

use std::alloc::{alloc, dealloc, Layout};
use std::hint::black_box;
use std::sync::atomic::{AtomicPtr, Ordering::*};

/// An object, so large that the allocator gives its memory out again as it is, and with values where the allocator
/// writes nothing.
#[repr(C)]
pub struct Node {
    _first: [u64; 32],
    value: u32,
    next: *mut Node,
    _more: [u64; 256],
}

/// An atomic that other threads may use, for all that the compiler knows.
#[no_mangle]
pub static SHARED: AtomicPtr<Node> = AtomicPtr::new(std::ptr::null_mut());

#[inline(never)]
#[no_mangle]
extern "C" fn say(x: u32, y: u32) {
    println!("{x},{y}");
}

/// A pointer to somewhere else, of which the compiler knows nothing.
fn other() -> *mut Node {
    static mut ELSEWHERE: u64 = 0;
    black_box((&raw mut ELSEWHERE).cast())
}

#[no_mangle]
#[inline(never)]
unsafe extern "C" fn zap() {
    let layout = Layout::new::<Node>();
    let a: *mut Node = alloc(layout).cast();
    (*a).value = 2;

    #[cfg(variable)]
    let kept = a;
    #[cfg(exposed)]
    let kept = a.expose_provenance();
    #[cfg(field)]
    let kept = {
        struct Link {
            address: usize,
        }
        let mut link = Link { address: 0 };
        link.address = a.expose_provenance();
        link
    };
    #[cfg(local)]
    let kept = AtomicPtr::new(a);
    // ORDERING: As above.
    #[cfg(atomic)]
    SHARED.store(a, Relaxed);
    // ORDERING: One thread, here and below: the compiler is asked, and not the processor.
    #[cfg(early)]
    let kept = AtomicPtr::new(black_box(a)).load(Relaxed);
    #[cfg(volatile)]
    let mut kept: *mut Node = std::ptr::null_mut();
    #[cfg(volatile)]
    (&raw mut kept).write_volatile(a);
    #[cfg(asm)]
    let kept = a;
    #[cfg(with_addr)]
    let kept = a.addr();
    // A pusher has loaded the head, which is A; it has not exchanged it yet.
    #[cfg(list)]
    let (head, node, loaded) = {
        let head = AtomicPtr::new(a);
        let node: *mut Node = alloc(layout).cast();
        // ORDERING: As the kernel's list, here and below: nothing but coherence for the pusher's load.
        let loaded = head.load(Relaxed);
        (*node).next = loaded;
        // Another one takes all.
        //
        // ORDERING: As the kernel's list.
        assert_eq!(head.swap(std::ptr::null_mut(), Acquire), a);
        (head, node, loaded)
    };

    let at = black_box(a.addr());
    dealloc(a.cast(), layout);
    let b: *mut Node = alloc(layout).cast();
    // B becomes known to others, as an object is that is pushed.
    let known: *mut Node = black_box(b);
    assert_eq!(at, known.addr(), "the address is not used again");

    #[cfg(any(variable, early))]
    let s = kept;
    #[cfg(exposed)]
    let s: *mut Node = std::ptr::with_exposed_provenance_mut(kept);
    #[cfg(field)]
    let s: *mut Node = std::ptr::with_exposed_provenance_mut(kept.address);
    // ORDERING: One thread.
    #[cfg(local)]
    let s = kept.load(Relaxed);
    // ORDERING: One thread.
    #[cfg(atomic)]
    let s = SHARED.load(Relaxed);
    #[cfg(volatile)]
    let s = (&raw const kept).read_volatile();
    #[cfg(asm)]
    let s = {
        let mut kept = kept;
        std::arch::asm!("/* {0} */", inout(reg) kept, options(nomem, nostack, preserves_flags));
        kept
    };
    #[cfg(with_addr)]
    let s = other().with_addr(kept);
    #[cfg(list)]
    let s = {
        // B is pushed; then the pusher's exchange succeeds; then all are taken.
        //
        // ORDERING: As the kernel's list: each push publishes, and who takes all sees it.
        head.store(b, Release);
        let pushed = head.compare_exchange(loaded, node, Release, Relaxed);
        assert!(pushed.is_ok());
        let first = head.swap(std::ptr::null_mut(), Acquire);
        (*first).next
    };

    (*b).value = 3;
    let x = (*s).value;
    (*b).value = 4;
    let y = (*s).value;
    say(x, y);
}

fn main() {
    // SAFETY: This is what the program is about.
    unsafe { zap() }
}
