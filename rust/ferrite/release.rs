// SPDX-License-Identifier: GPL-2.0

//! Being told when tasks are reaped.
//!
//! C source: [`kernel/exit.c`](srctree/kernel/exit.c), `release_task()`

use core::{
    ffi::c_void,
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

use crate::pid::{
    Pid,
    Type, //
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

/// What a [`Watch`] calls.
pub trait Handler {
    /// A task is being reaped. Called in the context of any task; must not sleep.
    fn released(task: Released<'_>);
}

/// Tells `H` of every task that is reaped, for as long as it is kept.
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
    pub fn new() -> Result<Self> {
        // SAFETY: The callback is a function with the signature that is asked for, and the module
        // that has it drops the watch before it is unloaded.
        let watch = from_err_ptr(unsafe { ferrite_bindings::release_watch(Some(callback::<H>)) })?;
        // INVARIANT: `watch` was just made.
        Ok(Self(NonNull::new(watch).ok_or(ENOMEM)?, PhantomData))
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
unsafe extern "C" fn callback<H: Handler>(task: *mut bindings::task_struct) {
    // SAFETY: `task` is valid by the requirements of this function, and `Task` has the same
    // representation as `struct task_struct`.
    let task = unsafe { &*task.cast::<Task>() };
    // INVARIANT: By the requirements of this function, the task is being reaped.
    H::released(Released(task));
}
