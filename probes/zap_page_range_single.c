// SPDX-License-Identifier: GPL-2.0
/*
 * Is zap_page_range_single() there, and exported?
 * Upstream: include/linux/mm.h, 6.2 (before: zap_page_range()).
 * Asks: zap_page_range_single
 * Exports: zap_page_range_single
 */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma)
{
#ifdef QUESTION
	zap_page_range_single(vma, vma->vm_start, PAGE_SIZE, NULL);
#endif
}
