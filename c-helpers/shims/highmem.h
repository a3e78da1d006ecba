/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping a page for the thread at hand: where all memory is mapped at all times, its address. */

#include <linux/highmem.h>

#ifndef FERRITE_HAVE_KMAP_LOCAL_PAGE
static_assert(!IS_ENABLED(CONFIG_HIGHMEM));

static inline void *kmap_local_page(struct page *page)
{
	return page_address(page);
}

static inline void kunmap_local(const void *address)
{
}
#endif
