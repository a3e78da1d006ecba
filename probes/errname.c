// SPDX-License-Identifier: GPL-2.0
/*
 * Can a module ask for an error's name?
 * Upstream: lib/errname.c, exported since 6.3.
 * Asks: errname
 * Exports: errname
 */
#include <linux/errname.h>

const char *probe(int error)
{
#ifdef QUESTION
	return errname(error);
#endif
	return NULL;
}
