// SPDX-License-Identifier: GPL-2.0
/* See mm.h. */

#include "shims.h"

#ifdef FERRITE_HAVE_ZAP_VMA_RANGE
/* The target's own. */
#elif defined(FERRITE_HAVE_ZAP_PAGE_RANGE_SINGLE)
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size)
{
	zap_page_range_single(vma, address, size, NULL);
}
#elif defined(FERRITE_HAVE_ZAP_PAGE_RANGE)
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size)
{
	zap_page_range(vma, address, size);
}
#endif
