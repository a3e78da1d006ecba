/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An I2C driver's probe(), given the client alone (for a time it was called probe_new()), and a remove()
 * that returns nothing, for which driver.h has a place. Read first.
 */

#include <linux/device.h>

#ifdef __BINDGEN__
#ifndef FERRITE_HAVE_I2C_PROBE_CLIENT
#define probe probe_with_id
#define probe_new carried_shim_probe
#endif
#ifndef FERRITE_HAVE_I2C_REMOVE_VOID
#define remove remove_int
#endif
#endif
#include <linux/i2c.h>
#undef probe
#undef probe_new
#undef remove

#ifndef FERRITE_HAVE_I2C_REMOVE_VOID
static_assert(sizeof_field(struct device_driver, suspend) == sizeof(void (*)(struct i2c_client *)));

int carried_shim_i2c_register_driver(struct module *owner, struct i2c_driver *driver);
#endif
