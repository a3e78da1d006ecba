/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the target lacks, for bindgen and for upstream's C helpers.
 *
 * Read before every other header of theirs. Each shim asks probes.h whether it is
 * needed, and gives what is missing under its newest name and signature. A
 * function that a shim adds keeps that name in C and Rust, but its symbol is
 * carried_shim_<name> (CARRIED_SYMBOL), so that it clashes with nobody's. A function that
 * a shim replaces, because the target's has another signature, is declared as
 * carried_shim_<name>; scripts/kbuild/carried-bindings.awk gives it <name> in Rust.
 * So does a structure whose newest shape is laid over the target's.
 */

#ifndef FERRITE_SHIMS_H
#define FERRITE_SHIMS_H

#define CARRIED_SYMBOL(name) __asm__("carried_shim_" #name)

#include "probes.h"
#include "tracepoint_key.h"

/* Enums that are first seen as a forward reference get the wrong type: these are not to be. */
#include <linux/hrtimer_types.h>

/* What hides a field from bindgen comes before whoever includes its header. */
#include "driver.h"
#include "i2c.h"

/* Plain numbers of upstream's: PCI ids, errnos, DMA attributes, kinds of memory. */
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/pci_ids.h>
#include "constants.h"

#include "arch_asm.h"
#include "atomic.h"
#include "bitmap.h"
#include "configfs.h"
#include "cpufreq.h"
#include "debugfs.h"
#include "errname.h"
#include "faux.h"
#include "flags.h"
#include "highmem.h"
#include "interrupt.h"
#include "io.h"
#include "kunit.h"
#include "mm.h"
#include "pci.h"
#include "printk.h"
#include "property.h"
#include "pwm.h"
#include "rcu.h"
#include "realloc.h"
#include "regulator.h"
#include "scatterlist.h"
#include "security.h"
#include "srcu.h"
#include "timer.h"
#include "tracepoint.h"
#include "uio.h"
#include "wait.h"
#include "workqueue.h"

#endif
