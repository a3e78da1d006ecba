// SPDX-License-Identifier: GPL-2.0
/*
 * Do the reallocating functions take an alignment and a node?
 * Upstream: krealloc_node_align() and its kvrealloc and vrealloc siblings, 6.18.
 * Asks: realloc_node_align
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

void *probe(void *p)
{
#ifdef QUESTION
	p = krealloc_node_align(p, 8, 8, GFP_KERNEL, NUMA_NO_NODE);
	p = kvrealloc_node_align(p, 8, 8, GFP_KERNEL, NUMA_NO_NODE);
	p = vrealloc_node_align(p, 8, 8, GFP_KERNEL, NUMA_NO_NODE);
#endif
	return p;
}
