/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the crate takes from the driver core's private header, which no header
 * package has: nodes of devres that their owner embeds and allocates. The
 * functions are exported by no kernel; shims/devres.c implements them.
 */

#ifndef FERRITE_SHIMS_BASE_H
#define FERRITE_SHIMS_BASE_H

#include <linux/device.h>

struct devres_node;
typedef void (*dr_node_release_t)(struct device *dev, struct devres_node *node);
typedef void (*dr_node_free_t)(struct devres_node *node);

struct devres_node {
	dr_node_release_t release;
	dr_node_free_t free_node;
};

void devres_node_init(struct devres_node *node, dr_node_release_t release, dr_node_free_t free_node)
	CARRIED_SYMBOL(devres_node_init);
void devres_node_add(struct device *dev, struct devres_node *node) CARRIED_SYMBOL(devres_node_add);
bool devres_node_remove(struct device *dev, struct devres_node *node)
	CARRIED_SYMBOL(devres_node_remove);
void devres_set_node_dbginfo(struct devres_node *node, const char *name, size_t size)
	CARRIED_SYMBOL(devres_set_node_dbginfo);

#endif
