// SPDX-License-Identifier: GPL-2.0
/*
 * Does the PCI core say which kind of interrupt it selected?
 * Upstream: pci_irq_type() in include/linux/pci.h, 7.3.
 * Asks: pci_irq_type
 */
#include <linux/pci.h>

unsigned int probe(struct pci_dev *dev)
{
#ifdef QUESTION
	return pci_irq_type(dev);
#endif
	return 0;
}
