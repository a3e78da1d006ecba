// SPDX-License-Identifier: GPL-2.0
/*
 * Do I/O page tables map several pages at once, and flush no leaves?
 * Upstream: io_pgtable_ops.map_pages in include/linux/io-pgtable.h, 5.15 (iommu_flush_ops.tlb_flush_leaf: until 5.10).
 * Asks: map_pages
 */
#include <linux/io-pgtable.h>

#ifdef QUESTION
struct io_pgtable_ops probe = { .map_pages = NULL, .unmap_pages = NULL };
#endif
