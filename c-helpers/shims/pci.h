/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers ask the PCI core, under its newest names. */

#include <linux/pci.h>

/* Renamed in 6.8. Before, the legacy interrupt's name was the other one. */
#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

#ifndef FERRITE_HAVE_PCI_IRQ_TYPE
static inline unsigned int pci_irq_type(struct pci_dev *dev)
{
#ifdef CONFIG_PCI_MSI
	if (dev->msix_enabled)
		return PCI_IRQ_MSIX;
	if (dev->msi_enabled)
		return PCI_IRQ_MSI;
#endif
	return PCI_IRQ_INTX;
}
#endif

#ifndef FERRITE_HAVE_PCI_ALLOC_IRQ_VECTORS
int carried_shim_pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min, unsigned int max,
				       unsigned int flags);
#endif
