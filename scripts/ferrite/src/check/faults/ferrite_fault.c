// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does wrong on purpose. `ferrite check` loads it to see that a
 * check notices. Not part of the suite, never installed.
 */
#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include <asm/processor.h>

static char *kind = "";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "what to do wrong: warn, panic, hang, stay");

static int __init ferrite_fault_init(void)
{
	if (!strcmp(kind, "warn")) {
		WARN(1, "a planted warning\n");
		return 0;
	}
	if (!strcmp(kind, "panic"))
		panic("a planted panic");
	if (!strcmp(kind, "hang")) {
		local_irq_disable();
		for (;;)
			cpu_relax();
	}
	if (!strcmp(kind, "stay")) {
		/* Nobody gives this reference back, so rmmod must be refused. */
		__module_get(THIS_MODULE);
		return 0;
	}
	return -EINVAL;
}

static void __exit ferrite_fault_exit(void)
{
}

module_init(ferrite_fault_init);
module_exit(ferrite_fault_exit);

MODULE_DESCRIPTION("Does wrong on purpose, to test the test harness");
MODULE_LICENSE("GPL");
