// SPDX-License-Identifier: GPL-2.0
/* See ferrite-pidfd.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/*
 * The device gets a number below this, or below the limit of files: no table of
 * files grows for a higher one.
 */
#define OUT_OF_THE_WAY 1024

/* O_EXCL, as <linux/pidfd.h> has it since Linux 6.9. */
#define THREAD O_EXCL

static bool is_self(int pidfd)
{
	return pidfd == PIDFD_SELF_THREAD || pidfd == PIDFD_SELF_THREAD_GROUP;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static bool is_first_thread(void)
{
	return kernel_call(SYS_gettid) == getpid();
}

/*
 * A pidfd of the caller for a sentinel. On a kernel without pidfds of threads, one
 * of the process, if the caller is its first thread; else ENOTSUP.
 */
static int open_self(int sentinel)
{
	int pidfd;

	if (sentinel == PIDFD_SELF_THREAD_GROUP)
		return kernel_call(SYS_pidfd_open, getpid(), 0);
	pidfd = kernel_call(SYS_pidfd_open, kernel_call(SYS_gettid), THREAD);
	if (pidfd >= 0 || errno != EINVAL)
		return pidfd;
	return is_first_thread() ? kernel_call(SYS_pidfd_open, getpid(), 0) : fail(ENOTSUP);
}

/* Closes without losing errno. */
static void close_quietly(int fd)
{
	int error = errno;

	kernel_call(SYS_close, fd);
	errno = error;
}

/* Who is asked for PIDFD_GET_INFO: not yet known, the kernel, the device. */
enum { EITHER, KERNEL, DEVICE };

static atomic_int way = EITHER;

static int get_way(void)
{
	/* ORDERING: relaxed, for the answer is all there is to be seen; who asks twice gets it twice. */
	return atomic_load_explicit(&way, memory_order_relaxed);
}

static void set_way(int known)
{
	/* ORDERING: as above. */
	atomic_store_explicit(&way, known, memory_order_relaxed);
}

/* Asks the kernel's own interface. For a sentinel that takes a file of one's own. */
static int kernel_get_info(int pidfd, void *info, size_t size)
{
	int own = -1, result;

	if (is_self(pidfd)) {
		own = open_self(pidfd);
		if (own < 0)
			return -1;
		pidfd = own;
	}
	result = kernel_call(SYS_ioctl, pidfd, KERNEL_GET_INFO(size), info);
	if (own >= 0)
		close_quietly(own);
	return result;
}

/* The device, held open; -1 while it is not. Its number, to know it again by. */
static atomic_int device = -1;
static _Atomic dev_t device_number;

/* Whether a file is the device. The program may have closed it, and have another in its place. */
static bool is_device(int fd)
{
	struct stat stat;

	/* ORDERING: the number was written before the file was published, with release. */
	return fd >= 0 && !fstat(fd, &stat) && S_ISCHR(stat.st_mode) &&
	       stat.st_rdev == atomic_load_explicit(&device_number, memory_order_relaxed);
}

/* Programs expect the next file to have the lowest number, and close what they think is theirs. */
static int out_of_the_way(int fd)
{
	struct rlimit limit = { .rlim_cur = OUT_OF_THE_WAY };
	int moved;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > OUT_OF_THE_WAY)
		limit.rlim_cur = OUT_OF_THE_WAY;
	/* A few below the highest: others have the same idea. */
	moved = kernel_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC,
			    limit.rlim_cur > 16 ? limit.rlim_cur - 16 : 0);
	if (moved < 0)
		return fd;
	kernel_call(SYS_close, fd);
	return moved;
}

static int open_device(void)
{
	int fd = kernel_call(SYS_openat, AT_FDCWD, "/dev/ferrite-pidfd", O_RDONLY | O_CLOEXEC);
	struct stat stat;

	if (fd < 0)
		return -1;
	if (fstat(fd, &stat)) {
		kernel_call(SYS_close, fd);
		return -1;
	}
	/* ORDERING: relaxed; published with the file. */
	atomic_store_explicit(&device_number, stat.st_rdev, memory_order_relaxed);
	return out_of_the_way(fd);
}

/* The device, opened if it is not; -1 if it cannot be. */
static int get_device(void)
{
	/* ORDERING: acquire, for the device's number; pairs with the exchange below. */
	int held = atomic_load_explicit(&device, memory_order_acquire), opened;

	if (is_device(held))
		return held;
	opened = open_device();
	/* ORDERING: release, for the device's number; acquire, for that of another thread. */
	if (opened >= 0 && !atomic_compare_exchange_strong_explicit(&device, &held, opened,
								    memory_order_acq_rel,
								    memory_order_acquire)) {
		/* Another thread was faster. */
		kernel_call(SYS_close, opened);
		return held;
	}
	return opened;
}

/* Asks the device. 0, or the errno; -1 if it cannot be asked. */
static int device_get_info(int pidfd, void *info, size_t size)
{
	struct ferrite_pidfd_get_info request = {
		.pidfd = pidfd,
		.size = size,
		.info = (uintptr_t)info,
	};
	int fd = get_device();

	if (fd < 0)
		return -1;
	return kernel_call(SYS_ioctl, fd, FERRITE_PIDFD_GET_INFO, &request) ? errno : 0;
}

/*
 * When the program begins, files can still be opened. A kernel that has the
 * interface is never asked through the device.
 */
__attribute__((constructor)) static void begin(void)
{
	const char *said = getenv("FERRITE_PIDFD");
	struct ferrite_pidfd_info info = { 0 };
	int before = errno, found = EITHER;

	if (said && !strcmp(said, "kernel"))
		found = KERNEL;
	else if (said && !strcmp(said, "device"))
		found = DEVICE;
	else if (!kernel_get_info(PIDFD_SELF_THREAD_GROUP, &info, PIDFD_INFO_SIZE_VER0))
		found = KERNEL;
	set_way(found);
	if (found != KERNEL)
		get_device();
	errno = before;
}

/* An answer that is looked for once: not yet known, no, yes. */
enum { UNKNOWN, NO, YES };

/* Whether pidfd_send_signal(), and with it process_madvise(), knows the sentinels. */
static bool kernel_has_self(void)
{
	static atomic_int known = UNKNOWN;
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	int error = errno;

	if (answer == UNKNOWN) {
		answer = kernel_call(SYS_pidfd_send_signal, PIDFD_SELF_THREAD_GROUP, 0, NULL, 0)
			? NO : YES;
		errno = error;
		/* ORDERING: as above. */
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == YES;
}

/* What a kernel says that does not have the command: EINVAL where pidfds have other commands. */
static bool is_no_command(int error)
{
	return error == ENOTTY || error == EINVAL;
}

API int ferrite_pidfd_get_info(int pidfd, void *info, size_t size)
{
	int before = errno, error, said;

	if (size > FERRITE_PIDFD_INFO_SIZE_MAX)
		return fail(E2BIG);
	if (get_way() == DEVICE) {
		said = device_get_info(pidfd, info, size);
		if (said > 0 && said != EBADF)
			return fail(said);
		if (!said)
			return 0;
		/* No pidfd: what the command means to another file is that file's to say. */
		return kernel_get_info(pidfd, info, size);
	}
	if (!kernel_get_info(pidfd, info, size))
		return 0;
	error = errno;
	/* For a sentinel, it may be that the kernel had no file to give. */
	if (get_way() == KERNEL || (!is_self(pidfd) && !is_no_command(error)))
		return -1;
	said = device_get_info(pidfd, info, size);
	if (said < 0 || said == EBADF)
		return fail(error);
	if (said)
		return fail(said);
	/* The kernel refused what the device answers: it does not have the command. */
	if (is_no_command(error))
		set_way(DEVICE);
	errno = before;
	return 0;
}

/* rt_tgsigqueueinfo() writes the signal's number to the siginfo; a pidfd has it checked. */
static int queue_to_self(int sig, siginfo_t *info)
{
	pid_t process = getpid(), thread = kernel_call(SYS_gettid);

	/* No signal, only whether the siginfo can be read at all. */
	if (kernel_call(SYS_rt_tgsigqueueinfo, process, thread, 0, info) && errno == EFAULT)
		return -1;
	if (info->si_signo != sig)
		return fail(EINVAL);
	return kernel_call(SYS_rt_tgsigqueueinfo, process, thread, sig, info);
}

API int ferrite_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
{
	int own, result;

	if (!is_self(pidfd) || kernel_has_self())
		return kernel_call(SYS_pidfd_send_signal, pidfd, sig, info, flags);
	own = open_self(pidfd);
	if (own < 0 && errno != ENOTSUP)
		return -1;
	/* Without pidfds of threads: to this thread, and no flags. */
	if (pidfd == PIDFD_SELF_THREAD && (own < 0 || !flags)) {
		if (own >= 0)
			kernel_call(SYS_close, own);
		if (flags)
			return fail(EINVAL);
		if (info)
			return queue_to_self(sig, info);
		return kernel_call(SYS_tgkill, getpid(), kernel_call(SYS_gettid), sig);
	}
	result = kernel_call(SYS_pidfd_send_signal, own, sig, info, flags);
	close_quietly(own);
	return result;
}

API int ferrite_pidfd_getfd(int pidfd, int fd, unsigned int flags)
{
	if (!is_self(pidfd))
		return kernel_call(__NR_pidfd_getfd, pidfd, fd, flags);
	/* A file of one's own is to be had without a pidfd. */
	return flags ? fail(EINVAL) : kernel_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
}

API ssize_t ferrite_process_madvise(int pidfd, const struct iovec *vector, size_t count,
				    int advice, unsigned int flags)
{
	ssize_t done = 0;

	if (!is_self(pidfd) || kernel_has_self())
		return kernel_call(__NR_process_madvise, pidfd, vector, count, advice, flags);
	if (flags || count > IOV_MAX)
		return fail(EINVAL);
	/* One's own memory, range by range, until one fails. */
	for (size_t i = 0; i < count; i++) {
		if (kernel_call(SYS_madvise, vector[i].iov_base, vector[i].iov_len, advice))
			return done ? done : -1;
		done += vector[i].iov_len;
	}
	return done;
}

int waitid_rusage(idtype_t type, id_t id, siginfo_t *info, int options, struct rusage *usage)
{
	int own, result;

	if ((int)type != P_PIDFD || !is_self((int)id))
		return kernel_call(SYS_waitid, type, id, info, options, usage);
	/* Nobody is a child of oneself, whichever thread one is. */
	own = kernel_call(SYS_pidfd_open, getpid(), 0);
	if (own < 0)
		return -1;
	result = kernel_call(SYS_waitid, type, own, info, options, usage);
	close_quietly(own);
	return result;
}

API int ferrite_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return waitid_rusage(type, id, info, options, NULL);
}

API int ferrite_setns(int fd, int nstype)
{
	int own, result;

	if (!is_self(fd))
		return kernel_call(SYS_setns, fd, nstype);
	own = open_self(fd);
	if (own < 0)
		return -1;
	result = kernel_call(SYS_setns, own, nstype);
	close_quietly(own);
	return result;
}
