// SPDX-License-Identifier: GPL-2.0
/*
 * Are a mapping's flags read-only but for their setters?
 * Upstream: vm_area_struct.__vm_flags in include/linux/mm_types.h, 6.3.
 * Asks: __vm_flags
 */
#include <linux/mm_types.h>

void *probe(struct vm_area_struct *vma)
{
#ifdef QUESTION
	return &vma->__vm_flags;
#endif
	return vma;
}
