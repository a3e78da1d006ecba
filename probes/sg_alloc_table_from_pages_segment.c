// SPDX-License-Identifier: GPL-2.0
/*
 * Can pages be put into a list whose segments are bounded, by one function?
 * Upstream: sg_alloc_table_from_pages_segment() in include/linux/scatterlist.h, 5.15.
 * Asks: sg_alloc_table_from_pages_segment
 * Exports: sg_alloc_table_from_pages_segment
 */
#include <linux/scatterlist.h>

int probe(struct sg_table *table, struct page **pages)
{
#ifdef QUESTION
	return sg_alloc_table_from_pages_segment(table, pages, 1, 0, PAGE_SIZE, PAGE_SIZE, GFP_KERNEL);
#endif
	return 0;
}
