/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping a device's memory. */

#include <linux/io.h>

#ifndef FERRITE_HAVE_IOREMAP_NP
/* As of every architecture that cannot, x86 among them. */
static inline void __iomem *ioremap_np(phys_addr_t address, size_t size)
{
	return NULL;
}
#endif
