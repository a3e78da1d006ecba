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
#include <unistd.h>

#include "internal.h"

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

/* An answer that is looked for once: not yet known, no, yes. */
enum { UNKNOWN, NO, YES };

/* Whether the kernel's ioctl is to be used, or the device. */
static bool kernel_has_get_info(void)
{
	static atomic_int known = UNKNOWN;
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	const char *said;

	if (answer != UNKNOWN)
		return answer == YES;
	said = getenv("FERRITE_PIDFD");
	if (said && !strcmp(said, "kernel")) {
		answer = YES;
	} else if (said && !strcmp(said, "device")) {
		answer = NO;
	} else {
		struct ferrite_pidfd_info info = { 0 };
		int error = errno, pidfd = kernel_call(SYS_pidfd_open, getpid(), 0);

		answer = NO;
		if (pidfd >= 0 && !kernel_call(SYS_ioctl, pidfd,
					       KERNEL_GET_INFO(PIDFD_INFO_SIZE_VER0), &info))
			answer = YES;
		if (pidfd >= 0)
			kernel_call(SYS_close, pidfd);
		/* Of a failure for lack of files or memory nothing is learnt. */
		else if (errno != ENOSYS)
			return false;
		errno = error;
	}
	/* ORDERING: relaxed, for the answer is all there is to be seen; who asks twice gets it twice. */
	atomic_store_explicit(&known, answer, memory_order_relaxed);
	return answer == YES;
}

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

static int device_get_info(int pidfd, void *info, size_t size)
{
	struct ferrite_pidfd_get_info request = {
		.pidfd = pidfd,
		.size = size > UINT32_MAX ? UINT32_MAX : size,
		.info = (uintptr_t)info,
	};
	int device = kernel_call(SYS_openat, AT_FDCWD, "/dev/ferrite-pidfd", O_RDONLY | O_CLOEXEC);
	int result;

	if (device < 0)
		return fail(errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno : ENOTTY);
	result = kernel_call(SYS_ioctl, device, FERRITE_PIDFD_GET_INFO, &request);
	close_quietly(device);
	return result;
}

API int ferrite_pidfd_get_info(int pidfd, void *info, size_t size)
{
	int own = -1, result;

	if (size > FERRITE_PIDFD_INFO_SIZE_MAX)
		return fail(E2BIG);
	if (!kernel_has_get_info()) {
		result = device_get_info(pidfd, info, size);
		if (!result || errno != EBADF)
			return result;
		/* No pidfd: what the command means to another file is that file's to say. */
	} else if (is_self(pidfd)) {
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
			return kernel_call(SYS_rt_tgsigqueueinfo, getpid(),
					   kernel_call(SYS_gettid), sig, info);
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
