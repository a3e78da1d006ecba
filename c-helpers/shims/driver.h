/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields that Rust drivers use of the driver core's structures, and that older
 * ones lack. In Rust they exist all the same (rust/kernel/bindings_shims.rs), in the
 * place of a field of the same size that neither the crate nor the core uses:
 *
 *   device_driver.p_cb.post_unbind_rust       device_driver.resume
 *   auxiliary_device.registration_data_rust   auxiliary_device.dev.platform_data
 */

#include <linux/device.h>
#include <linux/platform_device.h>

#ifndef FERRITE_HAVE_POST_UNBIND_RUST
static_assert(sizeof_field(struct device_driver, resume) == sizeof(void (*)(struct device *)));

/*
 * Upstream drops a driver's data after remove() and before devres. Devres
 * releases in reverse order, so a resource that is added when the data is set
 * is released at that moment.
 */
void carried_shim_dev_set_drvdata(struct device *dev, void *data);
#endif

#ifndef FERRITE_HAVE_PLATFORM_DRIVER_MOD_NAME
int carried_shim___platform_driver_register(struct platform_driver *driver, struct module *owner,
					    const char *mod_name);
#endif
