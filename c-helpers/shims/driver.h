/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields that Rust drivers use of the driver core's structures, and that older
 * ones lack. In Rust they exist all the same (rust/kernel/bindings_shims.rs), in the
 * place of a field of the same size that neither the crate nor the core uses:
 *
 *   device_driver.p_cb.post_unbind_rust       device_driver.resume
 *   auxiliary_device.registration_data_rust   auxiliary_device.dev.platform_data
 *   platform_driver.remove (returning void)   platform_driver.remove_new, or, before that was
 *                                             there, platform_driver.driver.suspend
 *   i2c_driver.remove (returning void)        i2c_driver.driver.suspend
 */

#include <linux/device.h>

/* Rust is not to see a `remove` that returns an int. */
#if defined(__BINDGEN__) && !defined(FERRITE_HAVE_PLATFORM_REMOVE_VOID)
#define remove remove_int
#endif
#include <linux/platform_device.h>
#undef remove

#ifndef FERRITE_HAVE_POST_UNBIND_RUST
static_assert(sizeof_field(struct device_driver, resume) == sizeof(void (*)(struct device *)));

/*
 * Upstream drops a driver's data after remove() and before devres. Devres
 * releases in reverse order, so a resource that is added when the data is set
 * is released at that moment.
 */
void carried_shim_dev_set_drvdata(struct device *dev, void *data);
#endif

#if !defined(FERRITE_HAVE_PLATFORM_REMOVE_VOID) && !defined(FERRITE_HAVE_PLATFORM_REMOVE_NEW)
#define CARRIED_PLATFORM_REMOVE
static_assert(sizeof_field(struct device_driver, suspend) == sizeof(void (*)(struct platform_device *)));
#endif

#ifndef FERRITE_HAVE_PLATFORM_DRIVER_MOD_NAME
int carried_shim___platform_driver_register(struct platform_driver *driver, struct module *owner,
					    const char *mod_name);
#endif
