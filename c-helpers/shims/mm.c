// SPDX-License-Identifier: GPL-2.0
/* See mm.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_ZAP_VMA_RANGE
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size)
{
#ifdef FERRITE_HAVE_ZAP_PAGE_RANGE_SINGLE
	zap_page_range_single(vma, address, size, NULL);
#elif defined(FERRITE_HAVE_ZAP_PAGE_RANGE)
	zap_page_range(vma, address, size);
#else
	/* Kernels from 6.18 to 7.0 export this one alone, which does nothing for pages that are counted. */
	if (!WARN_ONCE(!(vma->vm_flags & VM_PFNMAP),
		       "this kernel exports nothing that unmaps counted pages\n"))
		zap_vma_ptes(vma, address, size);
#endif
}
#endif
