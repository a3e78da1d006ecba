/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A group's operations with those that hide attributes. The crate leaves them
 * empty, and a kernel without them reads no further than its own end of the table.
 */

#include <linux/configfs.h>

#if !defined(FERRITE_HAVE_CONFIGFS_IS_VISIBLE) && !defined(FERRITE_HAVE_CONFIGFS_COMMIT_ITEM)
struct carried_shim_configfs_group_operations {
	struct config_item *(*make_item)(struct config_group *group, const char *name);
	struct config_group *(*make_group)(struct config_group *group, const char *name);
	void (*disconnect_notify)(struct config_group *group, struct config_item *item);
	void (*drop_item)(struct config_group *group, struct config_item *item);
	bool (*is_visible)(struct config_item *item, struct configfs_attribute *attr, int n);
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
