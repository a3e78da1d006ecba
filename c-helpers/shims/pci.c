// SPDX-License-Identifier: GPL-2.0
/* See pci.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_PCI_ALLOC_IRQ_VECTORS
int carried_shim_pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min, unsigned int max,
				       unsigned int flags)
{
	return pci_alloc_irq_vectors(dev, min, max, flags);
}
#endif
