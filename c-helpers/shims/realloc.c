// SPDX-License-Identifier: GPL-2.0
/* See realloc.h. */

#include "shims.h"

#include <linux/log2.h>
#include <linux/mm.h>

/*
 * __GFP_ZERO, as upstream has it: if every request for an allocation asks for
 * zeroed memory, then all that was never written is zero, however often the size
 * changed. Nobody knows the size that was asked for last. So what a request leaves
 * unused is made zero when it becomes so, and is zero when it is used again.
 */

#ifndef FERRITE_HAVE_VREALLOC_NODE_ALIGN
/*
 * How much is mapped from `p` on. An area of vmalloc() ends in a guard page, so
 * the walk cannot run into a neighbour.
 */
static size_t mapped_size(const void *p)
{
	size_t size = 0;

	while (vmalloc_to_page(p + size))
		size += PAGE_SIZE;
	return size;
}

void *vrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
{
	size_t old = p ? mapped_size(p) : 0;
	void *new;

	if (!size) {
		vfree(p);
		return NULL;
	}
	/* vmalloc() aligns to a page, and no exported function to more. */
	if (align > PAGE_SIZE)
		return NULL;
	if (size <= old) {
		if (flags & __GFP_ZERO)
			memset((void *)p + size, 0, old - size);
		return (void *)p;
	}

	/* Whole pages, or KASAN would not let the area grow within its last one. */
	new = __vmalloc(PAGE_ALIGN(size), flags);
	if (new && p) {
		memcpy(new, p, old);
		vfree(p);
	}
	return new;
}
#endif

#ifndef FERRITE_HAVE_KREALLOC_NODE_ALIGN
/* kmalloc() aligns a power of two to itself; before 6.12 it promised no more. */
static size_t aligned_size(size_t size, unsigned long align)
{
	return align > ARCH_KMALLOC_MINALIGN ? roundup_pow_of_two(max_t(size_t, size, align)) : size;
}

/*
 * All of an allocation, for those who may write or copy what was not asked for. It
 * is not moved; KASAN, and whoever else knows its size, learns of it.
 */
static void *whole(const void *p, size_t *size, gfp_t flags)
{
	*size = ksize(p);
	return krealloc(p, *size, flags);
}

void *krealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
{
	size_t asked, all;
	void *new;

	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	asked = aligned_size(size, align);
	if (ZERO_OR_NULL_PTR(p))
		return kmalloc_node(asked, flags, node);

	new = krealloc(p, asked, flags);
	if (!new || !(flags & __GFP_ZERO))
		return new;
	new = whole(new, &all, flags);
	memset(new + size, 0, all - size);
	return krealloc(new, asked, flags);
}

void *kvrealloc_node_align(const void *p, size_t size, unsigned long align, gfp_t flags, int node)
{
	gfp_t try = flags;
	size_t old;
	void *new;

	if (p && is_vmalloc_addr(p))
		return vrealloc_node_align(p, size, align, flags, node);
	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}

	/* Physically contiguous if that is cheap to have. */
	if (size > PAGE_SIZE)
		try = (flags | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	new = krealloc_node_align(p, size, align, try, node);
	if (new || size <= PAGE_SIZE)
		return new;

	new = vrealloc_node_align(NULL, size, align, flags, node);
	if (new && !ZERO_OR_NULL_PTR(p)) {
		p = whole(p, &old, flags);
		memcpy(new, p, min(old, size));
		kfree(p);
	}
	return new;
}
#endif
