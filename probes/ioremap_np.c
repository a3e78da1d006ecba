// SPDX-License-Identifier: GPL-2.0
/*
 * Can memory of a device be mapped so that writes to it are not posted?
 * Upstream: ioremap_np() in include/asm-generic/io.h, 5.13.
 * Asks: ioremap_np
 */
#include <linux/io.h>

void __iomem *probe(phys_addr_t address)
{
#ifdef QUESTION
	return ioremap_np(address, 8);
#endif
	return NULL;
}
