// SPDX-License-Identifier: GPL-2.0
/*
 * Can a PCI driver's ID be for devices alone that userspace gave to that driver?
 * Upstream: pci_device_id.override_only in include/linux/mod_devicetable.h, 5.16.
 * Asks: override_only
 */
#include <linux/mod_devicetable.h>

#ifdef QUESTION
struct pci_device_id probe = { .override_only = 0 };
#endif
