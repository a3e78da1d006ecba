// SPDX-License-Identifier: GPL-2.0
/* The library's way to the kernel: libc's. (The preload library's: preload.c.) */
#define _GNU_SOURCE
#include <unistd.h>

#include "internal.h"

long kernel_call(long number, ...)
{
	TAKE_ARGUMENTS(number);
	return syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
