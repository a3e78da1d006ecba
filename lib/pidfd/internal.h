/* SPDX-License-Identifier: GPL-2.0 */
/* What the library and its preload twin share. */
#ifndef FERRITE_PIDFD_INTERNAL_H
#define FERRITE_PIDFD_INTERNAL_H

#include <sys/resource.h>

#include "ferrite-pidfd.h"

/* Exported; all else is hidden. */
#define API __attribute__((visibility("default")))

/* As PIDFD_GET_INFO, for a struct of any size. */
#define KERNEL_GET_INFO(size) _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, (size))

/*
 * The kernel's system call: libc's syscall(), or in the preload library, which
 * has a syscall() of its own, the next one.
 */
long kernel_call(long number, ...);

/* waitid(), with the argument that libc hides. */
int waitid_rusage(idtype_t type, id_t id, siginfo_t *info, int options, struct rusage *usage);

#endif /* FERRITE_PIDFD_INTERNAL_H */
