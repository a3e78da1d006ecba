// SPDX-License-Identifier: GPL-2.0
/*
 * Exports what ferrite.ko shares with the suite's modules.
 *
 * A Rust symbol has no C declaration; for the export its address is all that
 * counts, so each is declared as an int. The list is made from the objects'
 * symbol tables (scripts/kbuild/Makefile.rust).
 */

#include <linux/export.h>
#include <linux/module.h>

#define FERRITE_EXPORT(sym) extern int sym; EXPORT_SYMBOL_GPL(sym)

#include "exports_generated.h"
