// SPDX-License-Identifier: GPL-2.0
/* See property.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_DEV_FWNODE_SPLIT
struct fwnode_handle *carried_shim___dev_fwnode(struct device *dev)
{
	return dev_fwnode(dev);
}
#endif

#ifndef FERRITE_HAVE_FWNODE_PROPERTY_READ_BOOL
bool carried_shim_fwnode_property_read_bool(const struct fwnode_handle *node, const char *name)
{
	return fwnode_property_present(node, name);
}
#endif

#ifndef FERRITE_HAVE_FWNODE_GET_NAME_PREFIX
const char *carried_shim_fwnode_get_name_prefix(const struct fwnode_handle *node)
{
	return fwnode_call_ptr_op(node, get_name_prefix);
}
#endif
