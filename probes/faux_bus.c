// SPDX-License-Identifier: GPL-2.0
/*
 * Is there a bus for devices that are none?
 * Upstream: faux_device_create() in include/linux/device/faux.h, 6.14.
 * Asks: faux
 * Exports: faux_device_create
 */
#ifdef QUESTION
#include <linux/device/faux.h>

struct faux_device *probe(void)
{
	return faux_device_create("probe", NULL, NULL);
}
#endif
