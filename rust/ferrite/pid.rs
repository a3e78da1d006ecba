// SPDX-License-Identifier: GPL-2.0

//! Process identifiers.
//!
//! C header: [`include/linux/pid.h`](srctree/include/linux/pid.h)

use core::ptr::NonNull;

use kernel::{
    bindings,
    sync::{
        aref::{
            ARef,
            AlwaysRefCounted, //
        },
        rcu, //
    },
    task::{
        self,
        Task, //
    },
    types::Opaque, //
};

/// The relation between a [`Pid`] and a task.
#[doc(alias = "pid_type")]
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Type {
    /// The pid of the task itself, a thread.
    #[doc(alias = "PIDTYPE_PID")]
    Pid = bindings::pid_type_PIDTYPE_PID,
    /// The pid of the task's thread group, a process.
    #[doc(alias = "PIDTYPE_TGID")]
    Tgid = bindings::pid_type_PIDTYPE_TGID,
}

/// Wraps the kernel's `struct pid`. Thread safe.
///
/// A `Pid` identifies one task, process, process group or session. It never identifies another
/// one, also when the kernel uses its number again.
///
/// # Invariants
///
/// Instances of this type are always ref-counted, that is, a call to `get_pid` ensures that the
/// allocation remains valid at least until the matching call to `put_pid`.
#[repr(transparent)]
pub struct Pid(Opaque<bindings::pid>);

// SAFETY: `Pid::dec_ref` can be called from any thread, and nothing in a `struct pid` belongs to
// the thread that took the reference.
unsafe impl Send for Pid {}

// SAFETY: The methods read fields that don't change after `alloc_pid()` or call C functions that
// synchronise by themselves.
unsafe impl Sync for Pid {}

// SAFETY: The type invariants guarantee that `Pid` is always ref-counted.
unsafe impl AlwaysRefCounted for Pid {
    #[inline]
    fn inc_ref(&self) {
        // SAFETY: The existence of a shared reference means that the refcount is nonzero.
        unsafe { ferrite_bindings::get_pid(self.as_ptr()) };
    }

    #[inline]
    unsafe fn dec_ref(obj: NonNull<Self>) {
        // SAFETY: The safety requirements guarantee that the refcount is nonzero. The cast is okay
        // because `Pid` has the same representation as `struct pid`.
        unsafe { bindings::put_pid(obj.cast().as_ptr()) };
    }
}

impl Pid {
    /// Creates a reference to a [`Pid`] from a valid pointer.
    ///
    /// # Safety
    ///
    /// The caller must ensure that `ptr` points at a valid `struct pid` and that its refcount is
    /// positive for the duration of `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *const bindings::pid) -> &'a Self {
        // SAFETY: The caller guarantees that the pointer is valid for the duration of `'a`. The
        // cast is okay because `Pid` is `repr(transparent)`.
        unsafe { &*ptr.cast() }
    }

    /// Returns a raw pointer to the inner C struct.
    #[inline]
    pub fn as_ptr(&self) -> *mut bindings::pid {
        self.0.get()
    }

    /// Returns the pid of `task`; [`None`] if `task` was reaped.
    #[doc(alias = "get_task_pid")]
    #[inline]
    pub fn of_task(task: &Task, ty: Type) -> Option<ARef<Self>> {
        // SAFETY: By the type invariants of `Task`, `task` is valid.
        let ptr = unsafe { bindings::get_task_pid(task.as_ptr(), ty as bindings::pid_type) };
        // SAFETY: If not null, `get_task_pid` gives a valid `struct pid` with a refcount of its
        // own, which is passed to the `ARef`.
        NonNull::new(ptr.cast::<Self>()).map(|pid| unsafe { ARef::from_raw(pid) })
    }

    /// Returns the task that has this pid; [`None`] if the task was reaped.
    #[doc(alias = "get_pid_task")]
    #[inline]
    pub fn task(&self, ty: Type) -> Option<ARef<Task>> {
        // SAFETY: By the type invariants, `self` is valid.
        let ptr = unsafe { bindings::get_pid_task(self.as_ptr(), ty as bindings::pid_type) };
        // SAFETY: If not null, `get_pid_task` gives a valid task with a refcount of its own, which
        // is passed to the `ARef`. `Task` has the same representation as `struct task_struct`.
        NonNull::new(ptr.cast::<Task>()).map(|task| unsafe { ARef::from_raw(task) })
    }

    /// Returns `true` if `task` has this pid now.
    ///
    /// A task loses its pid when it is reaped. A thread that calls `execve` takes over the pid of
    /// its process's first thread.
    #[doc(alias = "pid_task")]
    #[inline]
    pub fn is_of_task(&self, task: &Task, ty: Type) -> bool {
        let _guard = rcu::read_lock();
        // SAFETY: By the type invariants, `self` is valid, and the RCU read lock is held. The
        // result is compared, not dereferenced.
        unsafe { bindings::pid_task(self.as_ptr(), ty as bindings::pid_type) == task.as_ptr() }
    }

    /// Returns the number of references, including the caller's.
    ///
    /// The number may change at any time, with one exception: if the task was reaped and the caller
    /// has the only reference, nobody else can get one any more.
    #[inline]
    pub fn refs(&self) -> u32 {
        // SAFETY: By the type invariants, `self` is valid.
        unsafe { ferrite_bindings::pid_refs(self.as_ptr()) }
    }

    /// Returns the pid's number in the pid namespace of the current task; 0 if it has none there.
    ///
    /// The number does not change when the task is reaped.
    #[doc(alias = "pid_vnr")]
    #[inline]
    pub fn vnr(&self) -> task::Pid {
        // SAFETY: By the type invariants, `self` is valid.
        unsafe { bindings::pid_vnr(self.as_ptr()) }
    }
}

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    use kernel::prelude::*;

    #[test]
    fn identifies_its_task() {
        let pid = Pid::of_task(current!(), Type::Pid).ok_or(ESRCH)?;
        let task = pid.task(Type::Pid).ok_or(ESRCH)?;
        assert!(pid.is_of_task(current!(), Type::Pid));
        assert!(pid.is_of_task(&task, Type::Pid));
    }

    #[test]
    fn number_is_that_of_its_process() {
        let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
        assert_eq!(pid.vnr(), current!().tgid_nr_ns(None));
    }
}
