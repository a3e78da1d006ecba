// SPDX-License-Identifier: GPL-2.0
/*
 * Have mappings locks of their own, or at least the name of their unlocking?
 * Upstream: vma_end_read() in include/linux/mm.h, 6.4.
 * Asks: vma_end_read
 */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma)
{
#ifdef QUESTION
	vma_end_read(vma);
#endif
}
