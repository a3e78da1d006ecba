// SPDX-License-Identifier: GPL-2.0
/*
 * Is zap_page_range() there, and exported?
 * Upstream: include/linux/mm.h, until 6.2 (then: zap_page_range_single()).
 * Asks: zap_page_range
 * Exports: zap_page_range
 */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma)
{
#ifdef QUESTION
	zap_page_range(vma, vma->vm_start, PAGE_SIZE);
#endif
}
