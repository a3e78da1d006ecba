// SPDX-License-Identifier: GPL-2.0
/* See driver.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_POST_UNBIND_RUST

struct bound_data {
	void (*callback)(struct device *dev);
	void *data;
};

static void post_unbind(struct device *dev, void *res)
{
	struct bound_data *this = res;

	dev_set_drvdata(dev, this->data);
	this->callback(dev);
}

void carried_shim_dev_set_drvdata(struct device *dev, void *data)
{
	struct bound_data *this;

	/* Whoever sets it to NULL has taken what was there. */
	devres_destroy(dev, post_unbind, NULL, NULL);
	dev_set_drvdata(dev, data);
	if (!data || !dev->driver || !dev->driver->resume)
		return;

	this = devres_alloc(post_unbind, sizeof(*this), GFP_KERNEL | __GFP_NOFAIL);
	this->callback = (void *)dev->driver->resume;
	this->data = data;
	devres_add(dev, this);
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

#if defined(CONFIG_AUXILIARY_BUS) && !defined(FERRITE_HAVE_AUXILIARY_REGISTRATION_DATA)
const struct device_type carried_auxiliary_type = {};

int carried_shim_auxiliary_device_init(struct auxiliary_device *auxdev)
{
	auxdev->dev.type = &carried_auxiliary_type;
	return auxiliary_device_init(auxdev);
}
#endif
