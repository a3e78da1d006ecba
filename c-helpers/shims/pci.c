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

#ifndef FERRITE_HAVE_PCI_ID_OVERRIDE_ONLY

#include <linux/slab.h>

/*
 * The IDs in the older shape, after a place for the address of the newer ones. Rust reads an ID at the
 * newer's size: behind the empty one that ends them, there is one more.
 */
struct older_ids {
	const struct carried_shim_pci_device_id *newest;
	struct pci_device_id ids[];
};

static struct older_ids *to_older(const struct pci_device_id *ids)
{
	return container_of(ids, struct older_ids, ids[0]);
}

int carried_shim___pci_register_driver(struct pci_driver *driver, struct module *owner,
				       const char *mod_name)
{
	const struct carried_shim_pci_device_id *newest = (const void *)driver->id_table;
	struct older_ids *older;
	size_t count = 0, i;
	int ret;

	while (newest[count].vendor || newest[count].subvendor || newest[count].class_mask)
		count++;
	older = kzalloc(struct_size(older, ids, count + 2), GFP_KERNEL);
	if (!older)
		return -ENOMEM;

	older->newest = newest;
	for (i = 0; i < count; i++)
		memcpy(&older->ids[i], &newest[i], sizeof(older->ids[i]));
	driver->id_table = older->ids;
	ret = __pci_register_driver(driver, owner, mod_name);
	if (ret) {
		driver->id_table = (const void *)newest;
		kfree(older);
	}
	return ret;
}

void carried_shim_pci_unregister_driver(struct pci_driver *driver)
{
	struct older_ids *older = to_older(driver->id_table);

	pci_unregister_driver(driver);
	driver->id_table = (const void *)older->newest;
	kfree(older);
}

#endif
