// SPDX-License-Identifier: GPL-2.0
/*
 * Does who dumps core hand a pidfd to who takes the dump, if core_pattern has %F?
 * Upstream: struct coredump_params in include/linux/coredump.h, 6.16.
 * Asks: pid
 */
#include <linux/binfmts.h>
#include <linux/coredump.h>

struct pid *probe(const struct coredump_params *params)
{
#ifdef QUESTION
	return params->pid;
#endif
	return NULL;
}
