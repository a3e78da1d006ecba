// SPDX-License-Identifier: GPL-2.0
/*
 * LD_PRELOAD=libferrite-pidfd-preload.so gives programs that were not rebuilt
 * what libferrite-pidfd gives, whether they call libc's functions, ioctl() or
 * syscall(). Programs with system calls of their own are not reached: static ones,
 * Go's, rustix.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>

#include "internal.h"

/* Declared here: libc's headers know some of these only in newer versions. */
API long syscall(long number, ...);
API int ioctl(int fd, unsigned long command, ...);
API int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags);
API int pidfd_getfd(int pidfd, int fd, unsigned int flags);
API ssize_t process_madvise(int pidfd, const struct iovec *vector, size_t count, int advice,
			    unsigned int flags);
API int waitid(idtype_t type, id_t id, siginfo_t *info, int options);
API int setns(int fd, int nstype);

long kernel_call(long number, ...)
{
	static long (*next)(long, ...);

	TAKE_ARGUMENTS(number);
	/* Two threads at once find the same. */
	if (!__atomic_load_n(&next, __ATOMIC_RELAXED))
		__atomic_store_n(&next, (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"),
				 __ATOMIC_RELAXED);
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

static int any_ioctl(int fd, unsigned int command, long arg)
{
	unsigned int size = _IOC_SIZE(command);

	if (command != KERNEL_GET_INFO(size))
		return kernel_call(SYS_ioctl, fd, command, arg);
	return ferrite_pidfd_get_info(fd, (void *)arg, size);
}

long syscall(long number, ...)
{
	TAKE_ARGUMENTS(number);
	switch (number) {
	case SYS_ioctl:
		return any_ioctl(arg[0], arg[1], arg[2]);
	case SYS_pidfd_send_signal:
		return ferrite_pidfd_send_signal(arg[0], arg[1], (siginfo_t *)arg[2], arg[3]);
	case __NR_pidfd_getfd:
		return ferrite_pidfd_getfd(arg[0], arg[1], arg[2]);
	case __NR_process_madvise:
		return ferrite_process_madvise(arg[0], (const struct iovec *)arg[1], arg[2],
					       arg[3], arg[4]);
	case SYS_waitid:
		return waitid_rusage(arg[0], arg[1], (siginfo_t *)arg[2], arg[3],
				     (struct rusage *)arg[4]);
	case SYS_setns:
		return ferrite_setns(arg[0], arg[1]);
	default:
		return kernel_call(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	}
}

int ioctl(int fd, unsigned long command, ...)
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	return any_ioctl(fd, command, arg);
}

int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
{
	return ferrite_pidfd_send_signal(pidfd, sig, info, flags);
}

int pidfd_getfd(int pidfd, int fd, unsigned int flags)
{
	return ferrite_pidfd_getfd(pidfd, fd, flags);
}

ssize_t process_madvise(int pidfd, const struct iovec *vector, size_t count, int advice,
			unsigned int flags)
{
	return ferrite_process_madvise(pidfd, vector, count, advice, flags);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return waitid_rusage(type, id, info, options, NULL);
}

int setns(int fd, int nstype)
{
	return ferrite_setns(fd, nstype);
}
