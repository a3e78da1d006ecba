/* SPDX-License-Identifier: GPL-2.0 */
/* The faux bus: upstream's header, the functions of faux.c. */

#ifndef FERRITE_HAVE_FAUX_BUS

struct device;
struct faux_device;
struct faux_device_ops;
struct attribute_group;

struct faux_device *faux_device_create(const char *name, struct device *parent,
				       const struct faux_device_ops *ops)
	CARRIED_SYMBOL(faux_device_create);
struct faux_device *faux_device_create_with_groups(const char *name, struct device *parent,
						   const struct faux_device_ops *ops,
						   const struct attribute_group **groups)
	CARRIED_SYMBOL(faux_device_create_with_groups);
void faux_device_destroy(struct faux_device *faux) CARRIED_SYMBOL(faux_device_destroy);

#endif

#include <linux/device/faux.h>

#ifdef FERRITE_HAVE_FAUX_BUS
/* As the target's, and the device stays bound. */
struct faux_device *carried_shim_faux_device_create(const char *name, struct device *parent,
						    const struct faux_device_ops *ops);
#endif
