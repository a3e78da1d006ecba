// SPDX-License-Identifier: GPL-2.0

//! Being told when tasks are reaped, and before that dump core.
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

/// A task that is being reaped: nobody can find it any more in a moment.
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

    /// Returns what identified the task, as a thread.
    ///
    /// That is what it has now: a thread that called `execve` may have taken over what it had.
    pub fn pid(&self) -> Option<ARef<Pid>> {
        Pid::of_task(self.0, Type::Pid)
    }

    /// Returns the status that `wait` tells.
    ///
    /// A process that was killed as a whole after its first thread had exited was killed.
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

/// A core dump that is handed over with a pidfd.
pub struct Dumped<'a> {
    /// What identifies the process.
    pub pid: &'a Pid,
    /// As whom it is dumped.
    pub dumpable: Dumpable,
    /// The signal that made it dump.
    pub signal: i32,
    /// The signal's `si_code`.
    pub code: i32,
}

/// What a [`Watch`] calls.
pub trait Handler {
    /// A task is being reaped. Called in the context of any task; must not sleep.
    fn released(task: Released<'_>);

    /// A process dumps core. Called in the context of any task; must not sleep.
    fn dumped(dump: Dumped<'_>);
}

/// Tells `H` of every task that is reaped, and of core dumps, for as long as it is kept.
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
    /// Begins to watch. May sleep.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` or `ENOENT` if this kernel has no way for modules to be told; `ENOMEM`.
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

    /// Whether tasks are seen now, and core dumps if this kernel lets them be seen at all. May
    /// sleep.
    ///
    /// The administrator can switch off what the watch relies on, and on again
    /// (`/sys/kernel/debug/kprobes/enabled`, the sysctl `kernel.ftrace_enabled`).
    pub fn is_alive(&self) -> bool {
        // SAFETY: By the type invariants, this is a watch that goes on.
        unsafe { ferrite_bindings::release_watch_alive(self.0.as_ptr()) }
    }

    /// Whether core dumps are seen on this kernel.
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
    // Of something that is not known nothing is told.
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
