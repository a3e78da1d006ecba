/* SPDX-License-Identifier: GPL-2.0 */
/* Reallocation with an alignment and a node: what `kernel::alloc` is made of. */

#include <linux/compiler_attributes.h>

/* Tells the compiler what a reallocating function returns; without, it knows less. */
#ifndef __realloc_size
#define __realloc_size(...)
#endif

#include <linux/slab.h>
#include <linux/vmalloc.h>

#ifndef FERRITE_HAVE_VREALLOC_NODE_ALIGN
/* 6.18 has it as a macro around what it does not export. */
#undef vrealloc_node_align
void *vrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(vrealloc_node_align);
#endif

#ifndef FERRITE_HAVE_KREALLOC_NODE_ALIGN
void *krealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(krealloc_node_align);
void *kvrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
	CARRIED_SYMBOL(kvrealloc_node_align);
#endif
