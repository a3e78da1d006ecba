/* SPDX-License-Identifier: GPL-2.0 */
/* Names of errors. Where they are not exported, no error has one: the crate prints its number. */

#include <linux/errname.h>

#ifndef FERRITE_HAVE_ERRNAME
const char *carried_shim_errname(int error);
/* For upstream's helper. */
#ifndef __BINDGEN__
#define errname carried_shim_errname
#endif
#endif
