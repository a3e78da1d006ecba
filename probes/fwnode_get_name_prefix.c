// SPDX-License-Identifier: GPL-2.0
/*
 * Can a module ask for what stands before a firmware node's name?
 * Upstream: exported by drivers/base/property.c, 6.17.
 * Asks: fwnode_get_name_prefix
 * Exports: fwnode_get_name_prefix
 */
#include <linux/property.h>

const char *probe(const struct fwnode_handle *node)
{
#ifdef QUESTION
	return fwnode_get_name_prefix(node);
#endif
	return NULL;
}
