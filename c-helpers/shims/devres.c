// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of devres that their owner allocates, over resources that devres allocates.
 *
 * Each node in a device's list is a small resource that points to it. Devres
 * frees the resource after its release function returns: a node's two callbacks
 * are called together, in upstream's order.
 */

#include "shims.h"

#include "before/drivers/base/base.h"

struct resource_of_node {
	struct devres_node *node;
};

static void release_node(struct device *dev, void *res)
{
	struct resource_of_node *this = res;

	this->node->release(dev, this->node);
	this->node->free_node(this->node);
}

static int points_to(struct device *dev, void *res, void *node)
{
	struct resource_of_node *this = res;

	return this->node == node;
}

void devres_node_init(struct devres_node *node, dr_node_release_t release, dr_node_free_t free_node)
{
	node->release = release;
	node->free_node = free_node;
}

/* Upstream's cannot fail, and its callers may sleep: nor does this allocation. */
void devres_node_add(struct device *dev, struct devres_node *node)
{
	struct resource_of_node *this;

	this = devres_alloc(release_node, sizeof(*this), GFP_KERNEL | __GFP_NOFAIL);
	this->node = node;
	devres_add(dev, this);
}

bool devres_node_remove(struct device *dev, struct devres_node *node)
{
	return !devres_destroy(dev, release_node, points_to, node);
}

/* The resource's own name is what devres logs. */
void devres_set_node_dbginfo(struct devres_node *node, const char *name, size_t size)
{
}
