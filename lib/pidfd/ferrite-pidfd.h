/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libferrite-pidfd: PIDFD_GET_INFO and PIDFD_SELF for programs, on every kernel
 * from 5.10.
 *
 * Where the kernel has an interface of its own, it is used; where it has none,
 * /dev/ferrite-pidfd is asked, or something else that comes to the same. Which of
 * these is found out by trying. FERRITE_PIDFD=kernel or =device in the environment
 * of the program's start decides for PIDFD_GET_INFO without trying.
 *
 * Where the kernel has no PIDFD_GET_INFO, the library holds the device open from
 * the program's start: close-on-exec, at a number near 1000 or below the limit of
 * files. A program may close it: then it is opened again, if it can be.
 *
 * All functions return -1 and set errno when they fail, and are safe to be called
 * from several threads. Each is otherwise what the system call of its name is, but
 * understands PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP in place of a pidfd.
 */
#ifndef FERRITE_PIDFD_LIB_H
#define FERRITE_PIDFD_LIB_H

#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <ferrite_pidfd.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ferrite_pidfd_get_info() - ioctl(pidfd, PIDFD_GET_INFO, info)
 * @pidfd: a pidfd or a sentinel
 * @info: a struct pidfd_info or struct ferrite_pidfd_info, with its mask set
 * @size: its size, PIDFD_INFO_SIZE_VER0 or more
 *
 * Errors: those of PIDFD_GET_INFO, by either way, and of a file that is no pidfd
 * what it says itself to that command, ENOTTY as a rule. If the kernel does not have
 * it and the device cannot be asked, what the kernel says to a command that it does
 * not know: ENOTTY, or EINVAL in Linux 6.11 and 6.12. E2BIG for a size that the
 * command cannot say, more than FERRITE_PIDFD_INFO_SIZE_MAX.
 */
int ferrite_pidfd_get_info(int pidfd, void *info, size_t size);

/** ferrite_pidfd_send_signal() - pidfd_send_signal(2) */
int ferrite_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags);

/** ferrite_pidfd_getfd() - pidfd_getfd(2) */
int ferrite_pidfd_getfd(int pidfd, int fd, unsigned int flags);

/** ferrite_process_madvise() - process_madvise(2) */
ssize_t ferrite_process_madvise(int pidfd, const struct iovec *vector, size_t count,
				int advice, unsigned int flags);

/**
 * ferrite_waitid() - waitid(2)
 *
 * To wait for oneself fails with ECHILD, as by a pidfd of oneself.
 */
int ferrite_waitid(idtype_t type, id_t id, siginfo_t *info, int options);

/**
 * ferrite_setns() - setns(2)
 *
 * ENOTSUP: PIDFD_SELF_THREAD of another thread than the first, on a kernel that
 * has no pidfds of threads.
 */
int ferrite_setns(int fd, int nstype);

#ifdef __cplusplus
}
#endif

#endif /* FERRITE_PIDFD_LIB_H */
