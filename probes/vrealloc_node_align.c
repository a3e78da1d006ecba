// SPDX-License-Identifier: GPL-2.0
/*
 * Does vrealloc() take an alignment and a node, for modules, too?
 * Upstream: vrealloc_node_align() in include/linux/vmalloc.h, 6.18; exported later.
 * Asks: vrealloc_node_align
 * Exports: vrealloc_node_align_noprof
 */
#include <linux/vmalloc.h>

void *probe(void *p)
{
#ifdef QUESTION
	p = vrealloc_node_align(p, 8, 8, GFP_KERNEL, NUMA_NO_NODE);
#endif
	return p;
}
