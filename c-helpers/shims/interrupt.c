// SPDX-License-Identifier: GPL-2.0
/* See interrupt.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_LOCAL_INTERRUPT_DISABLE

#include <linux/irqflags.h>
#include <linux/percpu.h>

struct disabled {
	unsigned int depth;
	/* What local_irq_save() of the outermost call found. */
	unsigned long flags;
};

static DEFINE_PER_CPU(struct disabled, disabled);

void local_interrupt_disable(void)
{
	unsigned long flags;
	struct disabled *this;

	local_irq_save(flags);
	this = this_cpu_ptr(&disabled);
	if (!this->depth++)
		this->flags = flags;
}

void local_interrupt_enable(void)
{
	struct disabled *this = this_cpu_ptr(&disabled);

	if (!--this->depth)
		local_irq_restore(this->flags);
}

#endif
