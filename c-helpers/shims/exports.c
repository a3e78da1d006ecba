// SPDX-License-Identifier: GPL-2.0
/*
 * Exports the carried crates to the other modules.
 *
 * Everything is GPL-only: what stands behind a symbol may be a GPL-only one.
 */

#include <linux/export.h>

#define CARRIED_EXPORT(symbol) extern int symbol; EXPORT_SYMBOL_GPL(symbol)

#include "exports_generated.h"
