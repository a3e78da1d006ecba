/* SPDX-License-Identifier: GPL-2.0 */
/* Firmware properties: what used to be inline, or not exported. */

#include <linux/property.h>

#ifndef FERRITE_HAVE_DEV_FWNODE_SPLIT
struct fwnode_handle *carried_shim___dev_fwnode(struct device *dev);
#endif

#ifndef FERRITE_HAVE_FWNODE_PROPERTY_READ_BOOL
bool carried_shim_fwnode_property_read_bool(const struct fwnode_handle *node, const char *name);
#endif

#ifndef FERRITE_HAVE_FWNODE_GET_NAME_PREFIX
const char *carried_shim_fwnode_get_name_prefix(const struct fwnode_handle *node);
#endif
