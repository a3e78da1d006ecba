// SPDX-License-Identifier: GPL-2.0
/*
 * A bus for devices that are none, as 6.14 has it: each device is bound to the
 * one driver of the bus, which calls the device's own probe() and remove().
 *
 * The bus exists for as long as a device on it does.
 */

#include "shims.h"

#ifndef FERRITE_HAVE_FAUX_BUS

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

struct faux_object {
	struct faux_device faux;
	const struct faux_device_ops *ops;
};

static struct faux_object *to_object(struct device *dev)
{
	return container_of(dev, struct faux_object, faux.dev);
}

#ifdef FERRITE_HAVE_BUS_MATCH_CONST
static int matches(struct device *dev, const struct device_driver *driver)
#else
static int matches(struct device *dev, struct device_driver *driver)
#endif
{
	return 1;
}

static int probe(struct device *dev)
{
	struct faux_object *object = to_object(dev);

	return object->ops && object->ops->probe ? object->ops->probe(&object->faux) : 0;
}

static void removed(struct device *dev)
{
	struct faux_object *object = to_object(dev);

	if (object->ops && object->ops->remove)
		object->ops->remove(&object->faux);
}

#ifndef FERRITE_HAVE_BUS_REMOVE_VOID
static int removed_int(struct device *dev)
{
	removed(dev);
	return 0;
}
#define removed removed_int
#endif

static struct bus_type faux_bus = {
	.name = "faux",
	.match = matches,
	.probe = probe,
	.remove = removed,
};

static struct device_driver faux_driver = {
	.name = "faux_driver",
	.bus = &faux_bus,
	.probe_type = PROBE_FORCE_SYNCHRONOUS,
};

static DEFINE_MUTEX(bus_lock);
static unsigned int bus_users;
static struct device *bus_root;

static int get_bus(void)
{
	int ret = 0;

	mutex_lock(&bus_lock);
	if (bus_users)
		goto got;

	bus_root = root_device_register("faux");
	if (IS_ERR(bus_root)) {
		ret = PTR_ERR(bus_root);
		goto out;
	}
	ret = bus_register(&faux_bus);
	if (ret)
		goto no_bus;
	ret = driver_register(&faux_driver);
	if (ret)
		goto no_driver;
got:
	bus_users++;
	goto out;

no_driver:
	bus_unregister(&faux_bus);
no_bus:
	root_device_unregister(bus_root);
out:
	mutex_unlock(&bus_lock);
	return ret;
}

static void put_bus(void)
{
	mutex_lock(&bus_lock);
	if (!--bus_users) {
		driver_unregister(&faux_driver);
		bus_unregister(&faux_bus);
		root_device_unregister(bus_root);
	}
	mutex_unlock(&bus_lock);
}

/* Someone may hold on to the device after it is destroyed: so does the module to its code. */
static void released(struct device *dev)
{
	kfree(to_object(dev));
	module_put(THIS_MODULE);
}

struct faux_device *faux_device_create_with_groups(const char *name, struct device *parent,
						   const struct faux_device_ops *ops,
						   const struct attribute_group **groups)
{
	struct faux_object *object;
	struct device *dev;

	object = kzalloc(sizeof(*object), GFP_KERNEL);
	if (!object)
		return NULL;
	if (get_bus()) {
		kfree(object);
		return NULL;
	}

	__module_get(THIS_MODULE);
	object->ops = ops;
	dev = &object->faux.dev;
	device_initialize(dev);
	dev->release = released;
	dev->parent = parent ?: bus_root;
	dev->bus = &faux_bus;
	dev->groups = groups;
	if (dev_set_name(dev, "%s", name) || device_add(dev))
		goto no_device;

	/* Its probe() said no. */
	if (!dev->driver) {
		device_del(dev);
		goto no_device;
	}
	return &object->faux;

no_device:
	put_device(dev);
	put_bus();
	return NULL;
}

struct faux_device *faux_device_create(const char *name, struct device *parent,
				       const struct faux_device_ops *ops)
{
	return faux_device_create_with_groups(name, parent, ops, NULL);
}

void faux_device_destroy(struct faux_device *faux)
{
	if (!faux)
		return;
	device_del(&faux->dev);
	put_device(&faux->dev);
	put_bus();
}

#endif
