// SPDX-License-Identifier: GPL-2.0
/*
 * Is pci_alloc_irq_vectors() a function (yes) or inline?
 * Upstream: include/linux/pci.h, 6.8.
 * Asks: pci_alloc_irq_vectors
 * Exports: pci_alloc_irq_vectors
 */
#include <linux/pci.h>

int probe(struct pci_dev *dev)
{
#ifdef QUESTION
	return pci_alloc_irq_vectors(dev, 1, 1, PCI_IRQ_MSI);
#endif
	return 0;
}
