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

#ifndef FERRITE_HAVE_PCI_ID_OVERRIDE_ONLY
/* An ID's newest shape. A driver's IDs are copied into the older one while it is registered. */
struct carried_shim_pci_device_id {
	__u32 vendor, device;
	__u32 subvendor, subdevice;
	__u32 class, class_mask;
	kernel_ulong_t driver_data;
	__u32 override_only;
};

#define SAME_PLACE(field) static_assert(offsetof(struct carried_shim_pci_device_id, field) == \
					offsetof(struct pci_device_id, field))
SAME_PLACE(vendor);
SAME_PLACE(device);
SAME_PLACE(subvendor);
SAME_PLACE(subdevice);
SAME_PLACE(class);
SAME_PLACE(class_mask);
SAME_PLACE(driver_data);
static_assert(sizeof(struct pci_device_id) == offsetof(struct carried_shim_pci_device_id, override_only));
#undef SAME_PLACE

int carried_shim___pci_register_driver(struct pci_driver *driver, struct module *owner,
				       const char *mod_name);
void carried_shim_pci_unregister_driver(struct pci_driver *driver);
#endif
