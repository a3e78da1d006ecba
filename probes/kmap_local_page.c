// SPDX-License-Identifier: GPL-2.0
/*
 * Can a page be mapped for the thread at hand?
 * Upstream: kmap_local_page(), kunmap_local() in include/linux/highmem.h, 5.11.
 * Asks: local
 */
#include <linux/highmem.h>

void probe(struct page *page)
{
#ifdef QUESTION
	kunmap_local(kmap_local_page(page));
#endif
}
