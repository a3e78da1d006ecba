// SPDX-License-Identifier: GPL-2.0
/* See errname.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_ERRNAME
const char *carried_shim_errname(int error)
{
	return NULL;
}
#endif
