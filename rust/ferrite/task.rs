// SPDX-License-Identifier: GPL-2.0

//! Tasks: methods that [`kernel::task::Task`] lacks.
//!
//! C headers: [`include/linux/pid.h`](srctree/include/linux/pid.h),
//! [`include/linux/cred.h`](srctree/include/linux/cred.h) and
//! [`include/linux/cgroup.h`](srctree/include/linux/cgroup.h)

use core::ptr::NonNull;

use kernel::{
    bindings,
    cred::Credential,
    pid_namespace::PidNamespace,
    sync::aref::ARef,
    task::{
        Pid,
        Task, //
    }, //
};

/// Further methods of [`Task`].
pub trait TaskExt {
    /// Returns the parent's process number in the given pid namespace, or in that of the current
    /// task; 0 if the parent has none there, or this task was reaped.
    #[doc(alias = "task_ppid_nr_ns")]
    fn ppid_nr_ns(&self, pidns: Option<&PidNamespace>) -> Pid;

    /// Returns the objective credentials of the task.
    #[doc(alias = "get_task_cred")]
    fn cred(&self) -> ARef<Credential>;

    /// Returns the id of the task's cgroup in the default (v2) hierarchy; [`None`] on a kernel
    /// without cgroups.
    #[doc(alias = "task_dfl_cgroup")]
    fn dfl_cgroup_id(&self) -> Option<u64>;

    /// Returns how the kernel would dump core for the task; [`None`] if the task has ended and this
    /// is not known any more.
    #[doc(alias = "get_dumpable")]
    fn dumpable(&self) -> Option<Dumpable>;
}

/// How the kernel dumps core: not at all, or with whose credentials.
#[doc(alias = "suid_dumpable")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dumpable {
    /// There is no core dump.
    Off,
    /// The core file gets the credentials of the task's user.
    Owner,
    /// The core file belongs to root.
    Root,
}

impl Dumpable {
    /// Converts C's number.
    pub(crate) fn from_raw(raw: core::ffi::c_int) -> Option<Self> {
        match raw {
            0 => Some(Self::Off),
            1 => Some(Self::Owner),
            2 => Some(Self::Root),
            _ => None,
        }
    }
}

impl TaskExt for Task {
    #[inline]
    fn ppid_nr_ns(&self, pidns: Option<&PidNamespace>) -> Pid {
        let pidns = pidns.map_or(core::ptr::null_mut(), PidNamespace::as_ptr);
        // SAFETY: By the type invariants, `self` is valid. `pidns` is valid or null, which stands
        // for the current task's. The C function does its own RCU locking.
        unsafe { ferrite_bindings::task_ppid_nr_ns(self.as_ptr(), pidns) }
    }

    #[inline]
    fn cred(&self) -> ARef<Credential> {
        // SAFETY: By the type invariants, `self` is valid, and until its last reference is gone a
        // task has credentials.
        let cred = unsafe { bindings::get_task_cred(self.as_ptr()) };
        // SAFETY: `get_task_cred` gives a valid `struct cred`, not null, with a refcount of its
        // own, which is passed to the `ARef`. `Credential` has the same representation.
        unsafe { ARef::from_raw(NonNull::new_unchecked(cred.cast_mut().cast())) }
    }

    #[inline]
    fn dumpable(&self) -> Option<Dumpable> {
        // SAFETY: By the type invariants, `self` is valid. The C function does its own locking.
        Dumpable::from_raw(unsafe { ferrite_bindings::task_dumpable(self.as_ptr()) })
    }

    #[cfg(CONFIG_CGROUPS)]
    #[inline]
    fn dfl_cgroup_id(&self) -> Option<u64> {
        let _guard = kernel::sync::rcu::read_lock();
        // SAFETY: By the type invariants, `self` is valid. Its css_set, and the cgroups of that,
        // stay valid while the RCU read lock is held. Every cgroup has a kernfs node.
        Some(unsafe {
            ferrite_bindings::cgroup_id(ferrite_bindings::task_dfl_cgroup(self.as_ptr()))
        })
    }

    #[cfg(not(CONFIG_CGROUPS))]
    #[inline]
    fn dfl_cgroup_id(&self) -> Option<u64> {
        None
    }
}
