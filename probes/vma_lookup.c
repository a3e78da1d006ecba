// SPDX-License-Identifier: GPL-2.0
/*
 * Is there a function that finds the mapping of one address, and no other?
 * Upstream: vma_lookup() in include/linux/mm.h, 5.14.
 * Asks: vma_lookup
 */
#include <linux/mm.h>

struct vm_area_struct *probe(struct mm_struct *mm)
{
#ifdef QUESTION
	return vma_lookup(mm, 0);
#endif
	return NULL;
}
