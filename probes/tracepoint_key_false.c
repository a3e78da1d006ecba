// SPDX-License-Identifier: GPL-2.0
/*
 * Says a tracepoint's type that its static key is initially false?
 * Upstream: struct tracepoint in include/linux/tracepoint-defs.h, 6.13.
 * Asks: key
 */
#include <linux/tracepoint-defs.h>

void probe(struct tracepoint *tracepoint, struct static_key_false *key)
{
#ifdef QUESTION
	key = &tracepoint->key;
#endif
}
