/* SPDX-License-Identifier: GPL-2.0 */
/* Reallocation with an alignment and a node: what `kernel::alloc` is made of. */

#include <linux/compiler_attributes.h>

/* Tells the compiler what a reallocating function returns; without, it knows less. */
#ifndef __realloc_size
#define __realloc_size(...)
#endif

#ifndef FERRITE_HAVE_KREALLOC_NODE_ALIGN

#include <linux/slab.h>
#include <linux/vmalloc.h>

void *krealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(krealloc_node_align);
void *vrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(vrealloc_node_align);
void *kvrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(kvrealloc_node_align);

#endif
