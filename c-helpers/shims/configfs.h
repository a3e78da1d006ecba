/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A group's operations with those that hide attributes. The crate leaves them empty, and a kernel
 * without them either reads no further than its own end of the table, or has in its midst
 * an operation that nobody ever implemented: it never calls that, and one of them is in its place.
 */

#include <linux/configfs.h>

#ifndef FERRITE_HAVE_CONFIGFS_IS_VISIBLE
struct carried_shim_configfs_group_operations {
	struct config_item *(*make_item)(struct config_group *group, const char *name);
	struct config_group *(*make_group)(struct config_group *group, const char *name);
#ifdef FERRITE_HAVE_CONFIGFS_COMMIT_ITEM
	bool (*is_visible)(struct config_item *item, struct configfs_attribute *attr, int n);
#endif
	void (*disconnect_notify)(struct config_group *group, struct config_item *item);
	void (*drop_item)(struct config_group *group, struct config_item *item);
#ifndef FERRITE_HAVE_CONFIGFS_COMMIT_ITEM
	bool (*is_visible)(struct config_item *item, struct configfs_attribute *attr, int n);
#endif
	bool (*is_bin_visible)(struct config_item *item, struct configfs_bin_attribute *attr, int n);
};

#define SAME_PLACE(field) \
	static_assert(offsetof(struct carried_shim_configfs_group_operations, field) == \
		      offsetof(struct configfs_group_operations, field))
SAME_PLACE(make_item);
SAME_PLACE(make_group);
SAME_PLACE(disconnect_notify);
SAME_PLACE(drop_item);
#undef SAME_PLACE
#endif
