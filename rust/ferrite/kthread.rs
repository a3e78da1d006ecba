// SPDX-License-Identifier: GPL-2.0

//! Kernel threads.
//!
//! C header: [`include/linux/kthread.h`](srctree/include/linux/kthread.h)

use core::ffi::c_void;

use kernel::{
    cpu::CpuId,
    error::from_err_ptr,
    prelude::*,
    sync::{
        aref::ARef,
        Arc,
        Completion, //
    },
    task::Task, //
};

use ferrite_bindings as bindings;

/// A kernel thread that runs a closure once.
///
/// # Invariants
///
/// `task` was made by `kthread_create_on_node()`, has been woken, and nobody else stops it. It
/// completes `done` when the closure has returned.
pub struct KThread {
    task: ARef<Task>,
    done: Arc<Completion>,
}

/// The argument of a thread: the closure, and the completion that it signals.
struct Work<F> {
    run: F,
    done: Arc<Completion>,
}

impl KThread {
    /// Starts a thread that runs `run`. If `cpu` is given, the thread runs on that CPU only. May
    /// sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory for the thread, `EINTR` if a fatal signal interrupted this
    /// function.
    ///
    /// # Safety
    ///
    /// Callers must not `mem::forget()` the returned [`KThread`] or otherwise prevent its [`Drop`]
    /// implementation from running before the module is unloaded: the thread runs the module's
    /// code.
    pub unsafe fn spawn<F>(name: &CStr, cpu: Option<CpuId>, run: F) -> Result<Self>
    where
        F: FnOnce() + Send + 'static,
    {
        let done = Arc::pin_init(Completion::new(), GFP_KERNEL)?;
        let work = Work {
            run,
            done: done.clone(),
        };
        let work = KBox::into_raw(KBox::new(work, GFP_KERNEL)?);

        // SAFETY: `entry::<F>` takes what `work` is; the format is a string that takes one
        // string, and `name` is one.
        let task = from_err_ptr(unsafe {
            kernel::bindings::kthread_create_on_node(
                Some(entry::<F>),
                work.cast(),
                kernel::bindings::NUMA_NO_NODE,
                c"%s".as_char_ptr(),
                name.as_char_ptr(),
            )
        })
        .inspect_err(|_| {
            // SAFETY: There is no thread, so nobody else has its work; it came from `into_raw`.
            drop(unsafe { KBox::from_raw(work) });
        })?;

        if let Some(cpu) = cpu {
            // SAFETY: The thread was just made, and sleeps until it is woken for the first time. A
            // `CpuId` is less than the number of CPUs, so there is a mask of that CPU alone.
            unsafe { kernel::bindings::kthread_bind(task, cpu.as_u32()) };
        }
        // SAFETY: `task` is a task, alive at least until it is woken. `Task` is transparent.
        let task = ARef::from(unsafe { &*task.cast::<Task>() });
        // SAFETY: The reference that was just taken keeps the task valid.
        unsafe { kernel::bindings::wake_up_process(task.as_ptr()) };

        // INVARIANT: Made above, woken above, and known to nobody else; `entry` completes `done`.
        Ok(Self { task, done })
    }
}

impl Drop for KThread {
    /// Waits until the closure has returned.
    fn drop(&mut self) {
        // If the thread is stopped before it has started, it ends without calling `entry`.
        self.done.wait_for_completion();
        // SAFETY: By the type's invariants this is a thread that nobody else stops, and `self`
        // holds a reference to it. When this returns, it has left `entry`, too, whose code may go
        // away with the module.
        unsafe { kernel::bindings::kthread_stop(self.task.as_ptr()) };
    }
}

/// The function of the thread, called by C.
///
/// # Safety
///
/// `data` must be what `KBox::into_raw` made of a `KBox<Work<F>>`, and nobody else's.
unsafe extern "C" fn entry<F: FnOnce()>(data: *mut c_void) -> kernel::ffi::c_int {
    // SAFETY: By the safety requirements of this function.
    let work = unsafe { KBox::from_raw(data.cast::<Work<F>>()) };
    let Work { run, done } = KBox::into_inner(work);
    run();
    done.complete_all();

    // A thread may end before `kthread_stop()` only if somebody holds a reference to its task.
    // `KThread` holds one, so this thread may return.
    0
}

/// Lets other tasks run if this one has run for a long time. May sleep.
#[inline]
pub fn cond_resched() {
    // SAFETY: Asks for nothing; where it may not sleep, the kernel warns.
    unsafe { bindings::cond_resched() };
}

/// Returns the number of CPUs that are online now.
pub fn num_online_cpus() -> u32 {
    // SAFETY: Reads a counter.
    unsafe { bindings::num_online_cpus() }
}

/// Returns the CPU for thread number `n` of several: the online CPUs in turn.
pub fn nth_online_cpu(n: u32) -> CpuId {
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
    // The others have gone offline meanwhile; the current CPU is as good.
    CpuId::from_i32(cpu).unwrap_or_else(CpuId::current)
}

/// Lets another task of this CPU run first. May sleep.
#[inline]
pub fn yield_now() {
    // SAFETY: Asks for nothing; where it may not sleep, the kernel warns.
    unsafe { kernel::bindings::yield_() };
}

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    use kernel::sync::atomic::{
        Atomic,
        Relaxed, //
    };

    #[test]
    fn closure_runs_though_dropped_at_once() {
        let ran = Arc::new(Atomic::new(0), GFP_KERNEL).map_err(Error::from)?;
        for _ in 0..100 {
            let its = ran.clone();
            let run = move || {
                // ORDERING: A counter; that the thread has gone orders it before what follows.
                its.fetch_add(1, Relaxed);
            };
            // On this CPU it cannot begin before this task lets it.
            // SAFETY: Dropped in the next line.
            let thread = unsafe { KThread::spawn(c"ferrite/test", Some(CpuId::current()), run) };
            drop(thread?);
        }
        // ORDERING: Nobody else has it any more.
        assert_eq!(ran.load(Relaxed), 100);
    }
}
