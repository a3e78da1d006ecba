// SPDX-License-Identifier: GPL-2.0

//! File descriptors of processes and threads.
//!
//! C headers: [`include/uapi/linux/pidfd.h`](srctree/include/uapi/linux/pidfd.h) and
//! [`include/linux/pid.h`](srctree/include/linux/pid.h)

use kernel::{
    fs::{
        file::BadFdError,
        LocalFile, //
    },
    prelude::*, //
};

use crate::pid::{
    Pid,
    Type, //
};

/// A number that stands for the calling thread where a pidfd is expected.
pub const SELF_THREAD: i32 = ferrite_bindings::PIDFD_SELF_THREAD;

/// A number that stands for the calling process where a pidfd is expected.
pub const SELF_THREAD_GROUP: i32 = ferrite_bindings::PIDFD_SELF_THREAD_GROUP;

/// Returns the [`Pid`] to which a pidfd's file refers; [`None`] if the file is not a pidfd.
///
/// The [`Pid`] outlives its task: see [`Pid::task`].
#[doc(alias = "pidfd_pid")]
#[inline]
pub fn pid_of_file(file: &LocalFile) -> Option<&Pid> {
    // SAFETY: By the type invariants, `file` is valid.
    let ptr = unsafe { ferrite_bindings::pidfd_file_pid(file.as_ptr()) };
    if ptr.is_null() {
        return None;
    }
    // SAFETY: `pidfd_file_pid` gives null or a valid `struct pid` to which the file (or its inode,
    // which the file holds) has a reference from its making to its end; the signature ensures that
    // the result is used only while the file is there.
    Some(unsafe { Pid::from_raw(ptr) })
}

/// Calls `f` with the [`Pid`] to which `pidfd` refers. `pidfd` is a pidfd of the current task,
/// [`SELF_THREAD`] or [`SELF_THREAD_GROUP`].
///
/// # Errors
///
/// `EBADF` if `pidfd` is none of these.
#[doc(alias = "pidfd_get_pid")]
#[inline]
pub fn with_pid<R>(pidfd: i32, f: impl FnOnce(&Pid) -> Result<R>) -> Result<R> {
    let of_current = |ty| Pid::of_task(current!(), ty).ok_or(BadFdError);
    match pidfd {
        SELF_THREAD => f(&*of_current(Type::Pid)?),
        SELF_THREAD_GROUP => f(&*of_current(Type::Tgid)?),
        _ => {
            let fd = u32::try_from(pidfd).map_err(|_| BadFdError)?;
            let file = LocalFile::fget(fd)?;
            f(pid_of_file(&file).ok_or(BadFdError)?)
        }
    }
}

#[crate::tests]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn sentinels_are_the_current_task() {
        let thread = with_pid(SELF_THREAD, |pid| Ok(pid.vnr()))?;
        assert_eq!(
            thread,
            Pid::of_task(current!(), Type::Pid).ok_or(ESRCH)?.vnr()
        );
        let process = with_pid(SELF_THREAD_GROUP, |pid| Ok(pid.vnr()))?;
        assert_eq!(process, current!().tgid_nr_ns(None));
    }

    #[test]
    fn other_negative_numbers_are_no_pidfd() {
        for fd in [-1, -9999, -10002, i32::MIN] {
            assert_eq!(with_pid(fd, |_| Ok(())), Err(EBADF));
        }
    }
}
