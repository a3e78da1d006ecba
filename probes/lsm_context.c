// SPDX-License-Identifier: GPL-2.0
/*
 * Is a security context one structure (yes) or a string and a length?
 * Upstream: struct lsm_context in include/linux/security.h, 6.14.
 * Asks: security_secid_to_secctx
 */
#include <linux/security.h>

int probe(void *context)
{
#ifdef QUESTION
	return security_secid_to_secctx(0, (struct lsm_context *)context);
#endif
	return 0;
}
