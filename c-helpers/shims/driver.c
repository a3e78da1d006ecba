// SPDX-License-Identifier: GPL-2.0
/* See driver.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_POST_UNBIND_RUST

static void post_unbind(struct device *dev, void *res)
{
	void (**callback)(struct device *dev) = res;

	(*callback)(dev);
}

void carried_shim_dev_set_drvdata(struct device *dev, void *data)
{
	void (**callback)(struct device *dev);

	dev_set_drvdata(dev, data);
	if (!data || !dev->driver || !dev->driver->resume)
		return;

	callback = devres_alloc(post_unbind, sizeof(*callback), GFP_KERNEL | __GFP_NOFAIL);
	*callback = (void *)dev->driver->resume;
	devres_add(dev, callback);
}

#endif

#ifdef CARRIED_PLATFORM_REMOVE
static int platform_removed(struct platform_device *dev)
{
	void (*removed)(struct platform_device *dev) = (void *)dev->dev.driver->suspend;

	removed(dev);
	return 0;
}
#endif

#ifndef FERRITE_HAVE_PLATFORM_DRIVER_MOD_NAME
int carried_shim___platform_driver_register(struct platform_driver *driver, struct module *owner,
					    const char *mod_name)
{
#ifdef CARRIED_PLATFORM_REMOVE
	driver->remove = platform_removed;
#endif
	driver->driver.mod_name = mod_name;
	return __platform_driver_register(driver, owner);
}
#endif
