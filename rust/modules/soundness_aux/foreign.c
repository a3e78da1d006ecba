// SPDX-License-Identifier: GPL-2.0
/*
 * An auxiliary device that C made, as several drivers of the kernel do: its
 * platform_data is its maker's.
 */

#include <linux/auxiliary_bus.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "foreign.h"

/* No TypeId of Rust's begins like this. */
static char makers_own[64] = "platform data of the device's maker";

static void released(struct device *dev)
{
	kfree(container_of(dev, struct auxiliary_device, dev));
}

/*
 * Before 7.1 a bus may forget the driver's data between remove() and devres: USB
 * does. A resource that comes after the driver's goes before them.
 */
static void forget(void *dev)
{
	dev_set_drvdata(dev, NULL);
}

struct auxiliary_device *ferrite_soundness_foreign_new(void)
{
	struct device *parent = root_device_register("ferrite_soundness_foreign");
	struct auxiliary_device *foreign;

	if (IS_ERR(parent))
		return NULL;
	foreign = kzalloc(sizeof(*foreign), GFP_KERNEL);
	if (!foreign)
		goto no_device;
	foreign->name = "foreign";
	foreign->dev.parent = parent;
	foreign->dev.release = released;
	foreign->dev.platform_data = makers_own;
	if (auxiliary_device_init(foreign)) {
		kfree(foreign);
		goto no_device;
	}
	if (auxiliary_device_add(foreign)) {
		auxiliary_device_uninit(foreign);
		goto no_device;
	}
	if (devm_add_action(&foreign->dev, forget, &foreign->dev)) {
		ferrite_soundness_foreign_free(foreign);
		return NULL;
	}
	return foreign;

no_device:
	root_device_unregister(parent);
	return NULL;
}

void ferrite_soundness_foreign_free(struct auxiliary_device *foreign)
{
	struct device *parent = foreign->dev.parent;

	auxiliary_device_delete(foreign);
	auxiliary_device_uninit(foreign);
	root_device_unregister(parent);
}
