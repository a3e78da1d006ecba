// SPDX-License-Identifier: GPL-2.0
/*
 * Is fwnode_property_read_bool() a function (yes) or inline?
 * Upstream: include/linux/property.h, 6.15.
 * Asks: fwnode_property_read_bool
 * Exports: fwnode_property_read_bool
 */
#include <linux/property.h>

bool probe(const struct fwnode_handle *node)
{
#ifdef QUESTION
	return fwnode_property_read_bool(node, "probe");
#endif
	return false;
}
