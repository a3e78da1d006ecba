/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of pages whose segments are bounded. */

#include <linux/scatterlist.h>

#ifndef FERRITE_HAVE_SG_ALLOC_TABLE_FROM_PAGES_SEGMENT
int sg_alloc_table_from_pages_segment(struct sg_table *table, struct page **pages, unsigned int count,
				      unsigned int offset, unsigned long size,
				      unsigned int max_segment, gfp_t flags)
	CARRIED_SYMBOL(sg_alloc_table_from_pages_segment);
#endif
