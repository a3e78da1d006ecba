// SPDX-License-Identifier: GPL-2.0
/*
 * Are a mapping's flags read-only but for their setters, in a union with what they set?
 * Upstream: vm_area_struct.vm_flags in include/linux/mm_types.h, 6.3.
 * Asks: vm_flags
 */
#include <linux/mm_types.h>

#ifdef QUESTION
int vm_flags_constant[__builtin_types_compatible_p(
	typeof(&((struct vm_area_struct *)0)->vm_flags), const vm_flags_t *) ? 1 : -1];
#endif
