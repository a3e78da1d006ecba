// SPDX-License-Identifier: GPL-2.0

//! What `struct pidfd_info` says of a task.

use kernel::{
    prelude::*,
    task::Task,
    transmute::AsBytes,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::{
    exits,
    uapi, //
};

use ferrite::{
    cred::CredentialExt,
    pid::{
        Pid,
        Type, //
    },
    task::{
        Dumpable,
        TaskExt, //
    },
    uaccess::copy_struct_to_user, //
};

/// The bits of `mask` and `supported_mask`.
// CAST: bindgen makes `u32` of them, or `i32`, and none is negative.
pub(crate) mod mask {
    use crate::exits;
    use crate::uapi;

    pub(crate) const PID: u64 = uapi::PIDFD_INFO_PID as u64;
    pub(crate) const CREDS: u64 = uapi::PIDFD_INFO_CREDS as u64;
    pub(crate) const CGROUPID: u64 = uapi::PIDFD_INFO_CGROUPID as u64;
    pub(crate) const EXIT: u64 = uapi::PIDFD_INFO_EXIT as u64;
    pub(crate) const COREDUMP: u64 = uapi::PIDFD_INFO_COREDUMP as u64;
    pub(crate) const COREDUMP_SIGNAL: u64 = uapi::PIDFD_INFO_COREDUMP_SIGNAL as u64;
    pub(crate) const COREDUMP_CODE: u64 = uapi::PIDFD_INFO_COREDUMP_CODE as u64;
    /// What is there of a dump.
    pub(crate) const COREDUMPS: u64 = COREDUMP | COREDUMP_SIGNAL | COREDUMP_CODE;
    pub(crate) const SUPPORTED_MASK: u64 = uapi::PIDFD_INFO_SUPPORTED_MASK as u64;

    /// What this device can fill on this kernel, now.
    pub(crate) fn supported() -> u64 {
        let cgroupid = if cfg!(CONFIG_CGROUPS) { CGROUPID } else { 0 };
        let seen = exits::seen();
        let exit = if seen.exits { EXIT } else { 0 };
        let dumps = if seen.dumps { COREDUMPS } else { 0 };
        PID | CREDS | SUPPORTED_MASK | cgroupid | exit | dumps
    }
}

/// The least size of the caller's struct, and the largest.
// CAST: Both are less than a page.
const SIZES: core::ops::RangeInclusive<usize> =
    uapi::PIDFD_INFO_SIZE_VER0 as usize..=uapi::FERRITE_PIDFD_INFO_SIZE_MAX as usize;

#[repr(transparent)]
struct Info(uapi::ferrite_pidfd_info);

// SAFETY: Its fields are integers that leave no padding between them: 2 * 8 + 16 * 4 + 8 bytes,
// which the assertion below adds up.
unsafe impl AsBytes for Info {}
const _: () = assert!(size_of::<Info>() == 2 * 8 + 16 * 4 + 8);

/// Answers `PIDFD_GET_INFO` for `pid`: fills `size` bytes at `to`. May sleep.
///
/// The errors are those that the interface's header lists, in its order.
pub(crate) fn get(pid: &Pid, to: UserPtr, size: usize) -> Result {
    if size < *SIZES.start() {
        return Err(ENOTTY);
    }
    if to.as_const_ptr().is_null() {
        return Err(EINVAL);
    }
    if size > *SIZES.end() {
        return Err(E2BIG);
    }
    // `mask` is the first field.
    let wanted: u64 = UserSlice::new(to, size_of::<u64>()).reader().read()?;
    if pid.vnr() == 0 {
        return Err(EREMOTE);
    }
    // Filled in place, as in C: a struct of 88 bytes is dear to move.
    let mut answer = Info(Default::default());
    let info = &mut answer.0;
    let there = fill(info, pid, wanted) || wanted & mask::EXIT != 0 && fill_reaped(info, pid);
    if !there {
        return Err(ESRCH);
    }
    if wanted & mask::COREDUMP != 0 {
        add_dump(info, pid);
    }
    if wanted & mask::SUPPORTED_MASK != 0 {
        info.mask |= mask::SUPPORTED_MASK;
        info.supported_mask = mask::supported();
    }
    copy_struct_to_user(to, size, &answer)
}

/// Fills zeros in with what there is to say of the task that `pid` identifies; is there one, or was it
/// reaped?
fn fill(info: &mut uapi::ferrite_pidfd_info, pid: &Pid, wanted: u64) -> bool {
    while let Some(task) = pid.task(Type::Pid) {
        fill_from_task(info, pid, &task);
        if wanted & mask::COREDUMP != 0 && exits::can_see_dumps() {
            if let Some(dumpable) = task.dumpable() {
                info.mask |= mask::COREDUMP;
                info.coredump_mask = as_whom(dumpable);
            }
        }
        // The task may have been reaped meanwhile, or may have lost `pid` to a thread that called
        // `execve`: then what was read belongs together no more. The next round finds no task, or
        // the new one.
        if info.tgid != 0 && pid.is_of_task(&task, Type::Pid) {
            return true;
        }
        *info = Default::default();
    }
    false
}

/// How the interface calls it.
fn as_whom(dumpable: Dumpable) -> u32 {
    match dumpable {
        Dumpable::Off => uapi::PIDFD_COREDUMP_SKIP,
        Dumpable::Owner => uapi::PIDFD_COREDUMP_USER,
        Dumpable::Root => uapi::PIDFD_COREDUMP_ROOT,
    }
}

/// Adds the core that was dumped, if any was, in place of how it would be.
fn add_dump(info: &mut uapi::ferrite_pidfd_info, pid: &Pid) {
    if let Some(dump) = exits::get(pid).dump {
        info.mask |= mask::COREDUMPS;
        info.coredump_mask = as_whom(dump.dumpable) | uapi::PIDFD_COREDUMPED;
        // CAST: Signals are never negative; of codes, the bits are told.
        info.coredump_signal = dump.signal as u32;
        // CAST: As above.
        info.coredump_code = dump.code as u32;
    }
}

/// Fills in what is known of a task that was reaped; was its end seen?
///
/// Asked after the task was not found: what becomes of a task is noted before it cannot be found.
fn fill_reaped(info: &mut uapi::ferrite_pidfd_info, pid: &Pid) -> bool {
    let Some(exit) = exits::get(pid).exit else {
        return false;
    };
    *info = uapi::ferrite_pidfd_info {
        mask: mask::EXIT | exit.cgroupid.map_or(0, |_| mask::CGROUPID),
        cgroupid: exit.cgroupid.unwrap_or(0),
        exit_code: exit.code,
        ..Default::default()
    };
    true
}

/// Fills in what `task`, identified by `pid`, says of itself; zeros where it was reaped meanwhile.
fn fill_from_task(info: &mut uapi::ferrite_pidfd_info, pid: &Pid, task: &Task) {
    let ids = task.cred().ids_in_current_ns();
    info.ruid = ids.uid;
    info.rgid = ids.gid;
    info.euid = ids.euid;
    info.egid = ids.egid;
    info.suid = ids.suid;
    info.sgid = ids.sgid;
    info.fsuid = ids.fsuid;
    info.fsgid = ids.fsgid;
    info.mask = mask::PID | mask::CREDS;
    if let Some(id) = task.dfl_cgroup_id() {
        info.cgroupid = id;
        info.mask |= mask::CGROUPID;
    }
    // The numbers last: the later they are read, the longer they are true.
    // CAST: Process ids are never negative; here and below.
    info.ppid = task.ppid_nr_ns(None) as u32;
    // CAST: As above.
    info.tgid = task.tgid_nr_ns(None) as u32;
    // CAST: As above.
    info.pid = pid.vnr() as u32;
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn current_task_is_described() {
        let pid = Pid::of_task(current!(), Type::Pid).ok_or(ESRCH)?;
        let mut info = Default::default();
        assert!(fill(&mut info, &pid, 0));
        assert_eq!(info.pid as i32, pid.vnr());
        assert_eq!(info.tgid as i32, current!().tgid_nr_ns(None));
        assert_eq!(info.mask & !mask::supported(), 0);
    }

    #[test]
    fn null_is_refused_before_it_is_read() {
        let pid = Pid::of_task(current!(), Type::Pid).ok_or(ESRCH)?;
        assert_eq!(get(&pid, UserPtr::from_addr(0), 88), Err(EINVAL));
    }

    #[test]
    fn sizes_have_bounds() {
        let pid = Pid::of_task(current!(), Type::Pid).ok_or(ESRCH)?;
        let get = |size| get(&pid, UserPtr::from_addr(1), size);
        assert_eq!(get(0), Err(ENOTTY));
        assert_eq!(get(63), Err(ENOTTY));
        assert_eq!(get(16384), Err(E2BIG));
        assert_eq!(get(usize::MAX), Err(E2BIG));
    }
}
