/* SPDX-License-Identifier: GPL-2.0 */
/* What the library and its preload twin share. */
#ifndef FERRITE_PIDFD_INTERNAL_H
#define FERRITE_PIDFD_INTERNAL_H

#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "ferrite-pidfd.h"

/* System calls that an older C library has no name for. */
#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd 438
#endif
#ifndef __NR_process_madvise
#define __NR_process_madvise 440
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* Exported; all else is hidden. */
#define API __attribute__((visibility("default")))

/* As PIDFD_GET_INFO, for a struct of any size. */
#define KERNEL_GET_INFO(size) _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, (size))

/*
 * The arguments of a system call that follow `last`, as `arg`: as many as one may
 * have, for those that were not given are not looked at.
 */
#define TAKE_ARGUMENTS(last)							\
	long arg[6];								\
	va_list args;								\
										\
	va_start(args, last);							\
	for (int i = 0; i < 6; i++)						\
		arg[i] = va_arg(args, long);					\
	va_end(args)

/*
 * The kernel's system call: libc's syscall(), or in the preload library, which
 * has a syscall() of its own, the next one.
 */
long kernel_call(long number, ...);

/* waitid(), with the argument that libc hides. */
int waitid_rusage(idtype_t type, id_t id, siginfo_t *info, int options, struct rusage *usage);

#endif /* FERRITE_PIDFD_INTERNAL_H */
