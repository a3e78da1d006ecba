/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Formatting of Rust's arguments (%pA).
 *
 * A kernel without Rust does not know %pA; one with Rust would hand arguments of
 * our `core` to the formatter of its own. So the three C functions that the crate
 * gives %pA to are these, on every kernel, and %pA never reaches the kernel.
 */

#include <linux/device.h>
#include <linux/printk.h>
#include <linux/seq_file.h>

/* Defined in Rust, by kernel::print; a target with Rust declares it alike. */
char *rust_fmt_argument(char *buf, char *end, const void *ptr);

int carried_shim__printk(const char *format, ...);
void carried_shim__dev_printk(const char *level, const struct device *dev, const char *format, ...);
void carried_shim_seq_printf(struct seq_file *file, const char *format, ...);
