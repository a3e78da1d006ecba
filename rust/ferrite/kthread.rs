// SPDX-License-Identifier: GPL-2.0

//! Kernel threads.
//!
//! C header: [`include/linux/kthread.h`](srctree/include/linux/kthread.h)

use core::ffi::c_void;

use kernel::{
    error::from_err_ptr,
    prelude::*,
    sync::aref::ARef,
    task::Task, //
};

use ferrite_bindings as bindings;

/// A kernel thread that runs a closure once.
///
/// # Invariants
///
/// `task` was made by `kthread_create_on_node()`, has been woken, and nobody else stops it.
pub struct KThread {
    task: ARef<Task>,
}

impl KThread {
    /// Starts a thread that runs `run`, on `cpu` alone where one is given. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory for it, `EINTR` if a fatal signal came first.
    pub fn spawn<F>(name: &CStr, cpu: Option<u32>, run: F) -> Result<Self>
    where
        F: FnOnce() + Send + 'static,
    {
        let closure = KBox::into_raw(KBox::new(run, GFP_KERNEL)?);

        // SAFETY: `entry::<F>` takes what `closure` is; the format is a string that takes one
        // string, and `name` is one.
        let task = from_err_ptr(unsafe {
            kernel::bindings::kthread_create_on_node(
                Some(entry::<F>),
                closure.cast(),
                kernel::bindings::NUMA_NO_NODE,
                c"%s".as_char_ptr(),
                name.as_char_ptr(),
            )
        })
        .inspect_err(|_| {
            // SAFETY: There is no thread, so nobody else has the closure; it came from `into_raw`.
            drop(unsafe { KBox::from_raw(closure) });
        })?;

        if let Some(cpu) = cpu {
            // SAFETY: The thread was just made, and sleeps until it is woken for the first time.
            unsafe { kernel::bindings::kthread_bind(task, cpu) };
        }
        // SAFETY: `task` is a task, alive at least until it is woken. `Task` is transparent.
        let task = ARef::from(unsafe { &*task.cast::<Task>() });
        // SAFETY: The reference that was just taken keeps the task valid.
        unsafe { kernel::bindings::wake_up_process(task.as_ptr()) };

        // INVARIANT: Made above, woken above, and known to nobody else.
        Ok(Self { task })
    }
}

impl Drop for KThread {
    /// Waits until the closure has returned.
    fn drop(&mut self) {
        // SAFETY: By the type's invariants this is a thread that nobody else stops, and `self`
        // holds a reference to it. It has been woken, so that its closure runs, or has run.
        unsafe { kernel::bindings::kthread_stop(self.task.as_ptr()) };
    }
}

/// What the C side calls.
///
/// # Safety
///
/// `data` must be what `KBox::into_raw` made of a `KBox<F>`, and nobody else's.
unsafe extern "C" fn entry<F: FnOnce()>(data: *mut c_void) -> kernel::ffi::c_int {
    // SAFETY: By the safety requirements of this function.
    let closure = unsafe { KBox::from_raw(data.cast::<F>()) };
    KBox::into_inner(closure)();

    // A thread that ends by itself must not do so before it is asked to, or whoever stops it would
    // stop a task that is no more: the reference of `KThread` prevents that, so it may just end.
    0
}

/// Lets other tasks run, where this one has run for long. May sleep.
#[inline]
pub fn cond_resched() {
    // SAFETY: Called from a context that may sleep.
    unsafe { bindings::cond_resched() };
}

/// How many CPUs are online now.
pub fn num_online_cpus() -> u32 {
    // SAFETY: Reads a counter.
    unsafe { bindings::num_online_cpus() }
}

/// The CPU on which the `n`th of several threads should run: the online ones in turn.
pub fn nth_online_cpu(n: u32) -> u32 {
    let mut cpu = -1;
    for _ in 0..=n % num_online_cpus().max(1) {
        // SAFETY: `cpu` is -1 or a CPU's number.
        let next = unsafe { bindings::cpumask_next_online(cpu) };
        if next >= kernel::cpu::nr_cpu_ids() {
            break;
        }
        // CAST: The number of CPUs fits an `i32`.
        cpu = next as i32;
    }
    // CAST: 0 or more: there is always a CPU online.
    cpu.max(0) as u32
}

/// Lets another task of this CPU run first. May sleep.
#[inline]
pub fn yield_now() {
    // SAFETY: Called from a context that may sleep.
    unsafe { kernel::bindings::yield_() };
}
