// SPDX-License-Identifier: GPL-2.0
/*
 * Is a device's firmware node asked for by a function of its own, where the device is not constant?
 * Upstream: __dev_fwnode() in include/linux/property.h, 6.1.
 * Asks: __dev_fwnode
 * Exports: __dev_fwnode
 */
#include <linux/property.h>

struct fwnode_handle *probe(struct device *dev)
{
#ifdef QUESTION
	return __dev_fwnode(dev);
#endif
	return NULL;
}
