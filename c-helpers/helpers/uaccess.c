// SPDX-License-Identifier: GPL-2.0

#include <linux/uaccess.h>

unsigned long ferrite_helper_clear_user(void __user *to, unsigned long n)
{
	return clear_user(to, n);
}
