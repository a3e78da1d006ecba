// SPDX-License-Identifier: GPL-2.0
/*
 * A bus for devices that are none, as 6.14 has it: each device is bound to the
 * one driver of the bus, which calls the device's own probe() and remove().
 *
 * The bus exists for as long as a device on it does.
 *
 * The crate takes for granted that a device stays bound for as long as it is
 * registered: nobody may unbind it through sysfs (Documentation/soundness.md).
 */

#include "shims.h"

#ifndef FERRITE_HAVE_FAUX_BUS

#include <linux/mutex.h>
#include <linux/platform_device.h>

/*
 * A device may outlive this module's code: someone may hold on to it after it is
 * destroyed. So a faux device is the struct device of a platform device that is
 * on no platform bus: vmlinux allocates it, and vmlinux has its release().
 */
static_assert(offsetof(struct faux_device, dev) == 0);
static_assert(sizeof(struct faux_device) == sizeof(struct device));

static struct faux_device *to_faux(struct device *dev)
{
	return container_of(dev, struct faux_device, dev);
}

/* The platform data is a pointer to the device's callbacks. */
static const struct faux_device_ops *ops_of(struct device *dev)
{
	return *(const struct faux_device_ops **)dev_get_platdata(dev);
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
	const struct faux_device_ops *ops = ops_of(dev);

	return ops && ops->probe ? ops->probe(to_faux(dev)) : 0;
}

static void removed(struct device *dev)
{
	const struct faux_device_ops *ops = ops_of(dev);

	if (ops && ops->remove)
		ops->remove(to_faux(dev));
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
	.suppress_bind_attrs = true,
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

/* Whoever still holds the device finds no bus behind it that may be gone. */
static void put_faux(struct device *dev)
{
	dev->bus = NULL;
	put_device(dev);
	put_bus();
}

struct faux_device *faux_device_create_with_groups(const char *name, struct device *parent,
						   const struct faux_device_ops *ops,
						   const struct attribute_group **groups)
{
	struct platform_device *holder;
	struct device *dev;

	if (get_bus())
		return NULL;
	holder = platform_device_alloc("faux", PLATFORM_DEVID_NONE);
	if (!holder) {
		put_bus();
		return NULL;
	}

	dev = &holder->dev;
	if (platform_device_add_data(holder, &ops, sizeof(ops)))
		goto no_device;
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
	return to_faux(dev);

no_device:
	put_faux(dev);
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
	put_faux(&faux->dev);
}

#else

/*
 * The first kernels with a faux bus, 6.14 and 6.15, let userspace unbind its
 * devices. No header says so: the driver itself is asked, and loses the files that
 * do it. The removal waits for those who are writing.
 */
static void keep_bound(struct device_driver *driver)
{
	static const struct driver_attribute bind = { .attr.name = "bind" };
	static const struct driver_attribute unbind = { .attr.name = "unbind" };

	if (driver->suppress_bind_attrs)
		return;
	driver_remove_file(driver, &bind);
	driver_remove_file(driver, &unbind);
	/* The driver core removes no file twice. */
	driver->suppress_bind_attrs = true;
}

struct faux_device *carried_shim_faux_device_create(const char *name, struct device *parent,
						    const struct faux_device_ops *ops)
{
	struct faux_device *faux = faux_device_create(name, parent, ops);
	struct device_driver *driver;

	if (!faux)
		return NULL;
	driver = READ_ONCE(faux->dev.driver);
	if (driver)
		keep_bound(driver);
	/* Somebody unbound the device before that. */
	if (!READ_ONCE(faux->dev.driver)) {
		faux_device_destroy(faux);
		return NULL;
	}
	return faux;
}

#endif
