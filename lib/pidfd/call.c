// SPDX-License-Identifier: GPL-2.0
/* The library's way to the kernel: libc's. (The preload library's: preload.c.) */
#define _GNU_SOURCE
#include <stdarg.h>
#include <unistd.h>

#include "internal.h"

long kernel_call(long number, ...)
{
	long arg[6];
	va_list args;

	/* As many as a system call may have: those that were not given are not looked at. */
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	return syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
