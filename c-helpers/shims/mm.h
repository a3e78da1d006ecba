/* SPDX-License-Identifier: GPL-2.0 */
/* What `kernel::mm` asks of mappings. */

#include <linux/mm.h>

#ifndef FERRITE_HAVE_ZAP_VMA_RANGE
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size)
	CARRIED_SYMBOL(zap_vma_range);
#endif
