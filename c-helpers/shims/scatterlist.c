// SPDX-License-Identifier: GPL-2.0
/* See scatterlist.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_SG_ALLOC_TABLE_FROM_PAGES_SEGMENT
int sg_alloc_table_from_pages_segment(struct sg_table *table, struct page **pages, unsigned int count,
				      unsigned int offset, unsigned long size,
				      unsigned int max_segment, gfp_t flags)
{
	/* The older function takes whole pages alone for a bound. */
	max_segment = ALIGN_DOWN(max_segment, PAGE_SIZE);
	return PTR_ERR_OR_ZERO(__sg_alloc_table_from_pages(table, pages, count, offset, size,
							   max_segment, NULL, 0, flags));
}
#endif
