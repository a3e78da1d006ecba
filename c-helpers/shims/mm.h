/* SPDX-License-Identifier: GPL-2.0 */
/* What `kernel::mm` asks of mappings. */

#include <linux/mm.h>
/* Since 6.1 a part of the former. */
#include <linux/maple_tree.h>

/*
 * Kernels from 6.18 to 7.0 export nothing that unmaps counted pages. There nothing
 * defines the function: a module that calls VmaRef::zap_vma_range() does not link.
 */
#ifndef FERRITE_HAVE_ZAP_VMA_RANGE
void zap_vma_range(struct vm_area_struct *vma, unsigned long address, unsigned long size)
#if defined(FERRITE_HAVE_ZAP_PAGE_RANGE_SINGLE) || defined(FERRITE_HAVE_ZAP_PAGE_RANGE)
	CARRIED_SYMBOL(zap_vma_range);
#else
	__asm__("this_kernel_lacks_zap_vma_range");
#endif
#endif

#ifndef FERRITE_HAVE_VMA_END_READ
/* Without locks of their own, no mapping was locked: CONFIG_PER_VMA_LOCK is not there either. */
static inline void vma_end_read(struct vm_area_struct *vma)
{
}
#endif

#ifndef FERRITE_HAVE_VMA_LOOKUP
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	return vma && address >= vma->vm_start ? vma : NULL;
}
#endif

#ifndef FERRITE_HAVE_VMA_FLAGS_UNION
/* A mapping's newest shape, as far as the crate looks: bounds below a union, flags in one. */
struct carried_shim_vm_area_struct {
	union {
		struct {
			unsigned long vm_start;
			unsigned long vm_end;
		};
	};
	char links[offsetof(struct vm_area_struct, vm_mm) - 2 * sizeof(long)];
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
	union {
		const unsigned long vm_flags;
		unsigned long __vm_flags;
	};
	char data[sizeof(struct vm_area_struct) - offsetofend(struct vm_area_struct, vm_flags)];
} __aligned(__alignof__(struct vm_area_struct));

#define SAME_PLACE(field) static_assert(offsetof(struct carried_shim_vm_area_struct, field) == \
					offsetof(struct vm_area_struct, field))
static_assert(sizeof(struct carried_shim_vm_area_struct) == sizeof(struct vm_area_struct));
SAME_PLACE(vm_start);
SAME_PLACE(vm_end);
SAME_PLACE(vm_mm);
SAME_PLACE(vm_page_prot);
SAME_PLACE(vm_flags);
#undef SAME_PLACE
#endif
