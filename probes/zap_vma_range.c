// SPDX-License-Identifier: GPL-2.0
/*
 * Can a module clear the page tables of a part of any mapping, by its newest name?
 * Upstream: zap_vma_range() in include/linux/mm.h, 7.1.
 * Asks: zap_vma_range
 * Exports: zap_vma_range
 */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma)
{
#ifdef QUESTION
	zap_vma_range(vma, vma->vm_start, PAGE_SIZE);
#endif
}
