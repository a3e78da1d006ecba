// SPDX-License-Identifier: GPL-2.0

//! Notification when a task is reaped, and when a process dumps core.
//!
//! C sources: [`kernel/exit.c`](srctree/kernel/exit.c), `release_task()`, and
//! [`fs/pidfs.c`](srctree/fs/pidfs.c), `pidfs_coredump()`

use core::{
    ffi::{
        c_int,
        c_void, //
    },
    marker::PhantomData,
    ptr::NonNull, //
};

use kernel::{
    bindings,
    error::from_err_ptr,
    prelude::*,
    sync::aref::ARef,
    task::Task, //
};

use crate::{
    pid::{
        Pid,
        Type, //
    },
    task::Dumpable, //
};

/// A task that is being reaped. Soon nobody can find it any more.
///
/// # Invariants
///
/// The task is dead and has not yet lost its `struct pid` and its `signal_struct`.
pub struct Released<'a>(&'a Task);

impl Released<'_> {
    /// Returns the task.
    pub fn task(&self) -> &Task {
        self.0
    }

    /// Returns the pid of the task, as a thread.
    ///
    /// This is the pid that the task has now. A thread that called `execve` may have taken over the
    /// pid that the task had before.
    pub fn pid(&self) -> Option<ARef<Pid>> {
        Pid::of_task(self.0, Type::Pid)
    }

    /// Returns the exit status as `wait` reports it.
    ///
    /// If a process was killed after its first thread had exited, the status says killed.
    pub fn exit_code(&self) -> i32 {
        let task = self.0.as_ptr();
        // SAFETY: By the type invariants, the task is valid and has its `signal_struct`. Nobody
        // changes these fields of a process whose last thread is dead; of another, only those of
        // the thread itself are read.
        unsafe {
            let signal = (*task).signal;
            if (*task).group_leader == task && (*signal).flags & bindings::SIGNAL_GROUP_EXIT != 0 {
                (*signal).group_exit_code
            } else {
                (*task).exit_code
            }
        }
    }
}

/// A core dump for which the kernel makes a pidfd.
pub struct Dumped<'a> {
    /// The pid of the process.
    pub pid: &'a Pid,
    /// Whose credentials the core file gets.
    pub dumpable: Dumpable,
    /// The signal that caused the dump.
    pub signal: i32,
    /// The signal's `si_code`.
    pub code: i32,
}

/// The functions that a [`Watch`] calls.
pub trait Handler {
    /// A task is being reaped. Called in the context of any task; must not sleep.
    fn released(task: Released<'_>);

    /// A process dumps core. Called in the context of any task; must not sleep.
    fn dumped(dump: Dumped<'_>);
}

/// Calls `H` for each task that is reaped and for each core dump, until it is dropped.
///
/// # Invariants
///
/// `0` came from `release_watch` and was not given to `release_unwatch`.
pub struct Watch<H: Handler>(NonNull<c_void>, PhantomData<H>);

// SAFETY: A watch may be ended by another thread than began it.
unsafe impl<H: Handler> Send for Watch<H> {}

// SAFETY: There is nothing to be done with a `&Watch`.
unsafe impl<H: Handler> Sync for Watch<H> {}

impl<H: Handler> Watch<H> {
    /// Starts to watch. May sleep.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` or `ENOENT` if this kernel cannot notify modules; `ENOMEM` if there is no
    /// memory.
    ///
    /// # Safety
    ///
    /// Callers must not `mem::forget()` the returned [`Watch`] or otherwise prevent its [`Drop`]
    /// implementation from running before the module is unloaded: the kernel calls the module's
    /// code.
    pub unsafe fn new() -> Result<Self> {
        // SAFETY: The callbacks are functions with the signatures that are asked for. They are
        // called until `release_unwatch`, which by the requirements of this function comes before
        // their code goes.
        let watch = from_err_ptr(unsafe {
            ferrite_bindings::release_watch(Some(released::<H>), Some(dumped::<H>))
        })?;
        // INVARIANT: `watch` was just made.
        Ok(Self(NonNull::new(watch).ok_or(ENOMEM)?, PhantomData))
    }

    /// Returns `true` if the watch works now: for tasks, and for core dumps if this kernel supports
    /// that. May sleep.
    ///
    /// The administrator can switch the probes off, and on again
    /// (`/sys/kernel/debug/kprobes/enabled`, the sysctl `kernel.ftrace_enabled`).
    pub fn is_alive(&self) -> bool {
        // SAFETY: By the type invariants, this is a watch that goes on.
        unsafe { ferrite_bindings::release_watch_alive(self.0.as_ptr()) }
    }

    /// Returns `true` if this kernel can report core dumps.
    pub fn sees_dumps(&self) -> bool {
        // SAFETY: By the type invariants, this is a watch that goes on.
        unsafe { ferrite_bindings::release_watch_dumps(self.0.as_ptr()) }
    }
}

impl<H: Handler> Drop for Watch<H> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants, this is the one end of the watch.
        unsafe { ferrite_bindings::release_unwatch(self.0.as_ptr()) };
    }
}

/// # Safety
///
/// `task` is valid and being reaped.
unsafe extern "C" fn released<H: Handler>(task: *mut bindings::task_struct) {
    // SAFETY: `task` is valid by the requirements of this function, and `Task` has the same
    // representation as `struct task_struct`.
    let task = unsafe { &*task.cast::<Task>() };
    // INVARIANT: By the requirements of this function, the task is being reaped.
    H::released(Released(task));
}

/// # Safety
///
/// `pid` is valid.
unsafe extern "C" fn dumped<H: Handler>(
    pid: *mut bindings::pid,
    dumpable: c_int,
    signal: c_int,
    code: c_int,
) {
    // A dump whose kind is unknown is not reported.
    let Some(dumpable) = Dumpable::from_raw(dumpable) else {
        return;
    };
    H::dumped(Dumped {
        // SAFETY: `pid` is valid by the requirements of this function, and stays so until it
        // returns: the process that dumps core waits for that.
        pid: unsafe { Pid::from_raw(pid) },
        dumpable,
        signal,
        code,
    });
}
