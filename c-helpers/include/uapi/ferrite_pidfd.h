/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/ferrite-pidfd: what a pidfd refers to, as the kernel's own
 * PIDFD_GET_INFO tells it, on kernels that have none, and for PIDFD_SELF_*.
 *
 *	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_CGROUPID };
 *	struct ferrite_pidfd_get_info request = {
 *		.pidfd = PIDFD_SELF_THREAD,
 *		.size = sizeof(info),
 *		.info = (uintptr_t)&info,
 *	};
 *	int device = open("/dev/ferrite-pidfd", O_RDONLY | O_CLOEXEC);
 *
 *	if (ioctl(device, FERRITE_PIDFD_GET_INFO, &request) == 0 &&
 *	    (info.mask & PIDFD_INFO_CGROUPID))
 *		... info.cgroupid is the caller's ...
 *
 * Programs may include <linux/pidfd.h> and <linux/fcntl.h> before or after
 * this header, or not at all: what they define is defined here word for word
 * as there, and only if it is missing.
 *
 * What comes back
 * ---------------
 *
 * As from PIDFD_GET_INFO of Linux 7.3:
 *
 * - @size is the size of the caller's struct: at least PIDFD_INFO_SIZE_VER0.
 *   Of a struct that is smaller than the device's, the front is filled; of a
 *   larger one, the tail is zeroed.
 * - @mask says on entry what is wanted; unknown bits are ignored. On return it
 *   says what was filled: PID and CREDS always, CGROUPID where the kernel has
 *   cgroups, the others if they were asked for and are there.
 * - @supported_mask, if PIDFD_INFO_SUPPORTED_MASK is asked for, says what this
 *   device can fill on this kernel. A bit that is absent there never comes.
 * - pid, tgid and ppid are those of the caller's pid namespace (ppid is 0 if
 *   the parent is outside of it), ids those of the caller's user namespace (the
 *   overflow id if one is not mapped there).
 * - A thread's pidfd (PIDFD_THREAD) gives the thread, others the process.
 * - A zombie is a task like any other, until it is reaped.
 * - Of a reaped task there are exit_code (as wait(2) tells it) and cgroupid, if
 *   PIDFD_INFO_EXIT is asked for; mask is EXIT and CGROUPID then, all else is 0.
 *   The device has seen the end of all tasks to which a pidfd was open, from the
 *   time when the module was loaded. Where the kernel does not let modules see
 *   that (no CONFIG_KPROBES, or PREEMPT_RT), EXIT is not in @supported_mask.
 * - Of a core dump that was handed over with a pidfd (%F in core_pattern, or a
 *   socket there), while the module was loaded, there are coredump_mask, _signal
 *   and _code, if PIDFD_INFO_COREDUMP is asked for; of a task that has dumped none
 *   there is in coredump_mask how it would. (Of a zombie that only since Linux
 *   7.2.) Where dumps are not handed over with pidfds, or EXIT is not to be had,
 *   COREDUMP, COREDUMP_SIGNAL and COREDUMP_CODE are not in @supported_mask.
 *
 * Errors, in the order in which they are looked for
 * -------------------------------------------------
 *
 * ENOTTY	the command is none of this device's
 * EFAULT	the request cannot be read
 * EBADF	@pidfd is no open file, a file that is no pidfd, or a negative
 *		number other than PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP
 * ENOTTY	@size is smaller than PIDFD_INFO_SIZE_VER0: as upstream, where the
 *		size is a part of the command, there is no such command
 * EINVAL	@info is NULL
 * E2BIG	@size is larger than FERRITE_PIDFD_INFO_SIZE_MAX (upstream: such
 *		a command cannot be written down)
 * EFAULT	@mask cannot be read
 * EREMOTE	the task has no pid in the caller's pid namespace
 * ESRCH	the task was reaped, and PIDFD_INFO_EXIT was not asked for or the
 *		end was not seen
 * EFAULT	@info cannot be written; some of it may have been
 */
#ifndef _UAPI_FERRITE_PIDFD_H
#define _UAPI_FERRITE_PIDFD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* <linux/fcntl.h>, since Linux 6.14 */
#ifndef PIDFD_SELF_THREAD
#define PIDFD_SELF_THREAD		-10000 /* whoever asks */
#endif
#ifndef PIDFD_SELF_THREAD_GROUP
#define PIDFD_SELF_THREAD_GROUP		-10001 /* the process of whoever asks */
#endif

/* <linux/pidfd.h>, since Linux 6.13 to 7.1 */
#ifndef PIDFD_INFO_PID
#define PIDFD_INFO_PID			(1UL << 0)
#endif
#ifndef PIDFD_INFO_CREDS
#define PIDFD_INFO_CREDS		(1UL << 1)
#endif
#ifndef PIDFD_INFO_CGROUPID
#define PIDFD_INFO_CGROUPID		(1UL << 2)
#endif
#ifndef PIDFD_INFO_EXIT
#define PIDFD_INFO_EXIT			(1UL << 3)
#endif
#ifndef PIDFD_INFO_COREDUMP
#define PIDFD_INFO_COREDUMP		(1UL << 4)
#endif
#ifndef PIDFD_INFO_SUPPORTED_MASK
#define PIDFD_INFO_SUPPORTED_MASK	(1UL << 5)
#endif
#ifndef PIDFD_INFO_COREDUMP_SIGNAL
#define PIDFD_INFO_COREDUMP_SIGNAL	(1UL << 6)
#endif
#ifndef PIDFD_INFO_COREDUMP_CODE
#define PIDFD_INFO_COREDUMP_CODE	(1UL << 7)
#endif
#ifndef PIDFD_COREDUMPED
#define PIDFD_COREDUMPED	(1U << 0) /* its end was one that dumps core: */
#endif
#ifndef PIDFD_COREDUMP_SKIP
#define PIDFD_COREDUMP_SKIP	(1U << 1) /* there is no dump */
#endif
#ifndef PIDFD_COREDUMP_USER
#define PIDFD_COREDUMP_USER	(1U << 2) /* made with the user's rights */
#endif
#ifndef PIDFD_COREDUMP_ROOT
#define PIDFD_COREDUMP_ROOT	(1U << 3) /* made with root's */
#endif
#ifndef PIDFD_INFO_SIZE_VER0
#define PIDFD_INFO_SIZE_VER0		64
#endif
#ifndef PIDFD_INFO_SIZE_VER1
#define PIDFD_INFO_SIZE_VER1		72
#endif
#ifndef PIDFD_INFO_SIZE_VER2
#define PIDFD_INFO_SIZE_VER2		80
#endif
#ifndef PIDFD_INFO_SIZE_VER3
#define PIDFD_INFO_SIZE_VER3		88
#endif

/**
 * struct ferrite_pidfd_info - struct pidfd_info of Linux 7.3, by another name
 *
 * For programs whose <linux/pidfd.h> has none, or an older one. Where the
 * system's is new enough, the two may be used for each other.
 */
struct ferrite_pidfd_info {
	__u64 mask;
	__u64 cgroupid;
	__u32 pid;
	__u32 tgid;
	__u32 ppid;
	__u32 ruid;
	__u32 rgid;
	__u32 euid;
	__u32 egid;
	__u32 suid;
	__u32 sgid;
	__u32 fsuid;
	__u32 fsgid;
	__s32 exit_code;
	/* within PIDFD_INFO_SIZE_VER1 */
	__u32 coredump_mask;
	__u32 coredump_signal;
	/* within PIDFD_INFO_SIZE_VER2 */
	__u32 coredump_code;
	__u32 coredump_pad;
	/* within PIDFD_INFO_SIZE_VER3 */
	__u64 supported_mask;
};

/* The largest @size: what fits into an ioctl number. */
#define FERRITE_PIDFD_INFO_SIZE_MAX	16383

/**
 * struct ferrite_pidfd_get_info - the request
 * @pidfd: a pidfd, PIDFD_SELF_THREAD or PIDFD_SELF_THREAD_GROUP
 * @size: size of the struct at @info
 * @info: address of a struct pidfd_info or struct ferrite_pidfd_info
 *
 * The same for 32-bit programs.
 */
struct ferrite_pidfd_get_info {
	__s32 pidfd;
	__u32 size;
	__aligned_u64 info;
};

#define FERRITE_PIDFD_IOC_MAGIC		0xFB
#define FERRITE_PIDFD_IOC_GET_INFO_NR	0
#define FERRITE_PIDFD_GET_INFO \
	_IOWR(FERRITE_PIDFD_IOC_MAGIC, FERRITE_PIDFD_IOC_GET_INFO_NR, \
	      struct ferrite_pidfd_get_info)

#endif /* _UAPI_FERRITE_PIDFD_H */
