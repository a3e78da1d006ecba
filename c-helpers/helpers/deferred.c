// SPDX-License-Identifier: GPL-2.0

#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

bool ferrite_helper_in_nmi(void)
{
	return in_nmi();
}

struct ferrite_deferred {
	struct irq_work kick;
	struct delayed_work work;
	unsigned int delay;
	unsigned int (*run)(void);
};

static void ferrite_deferred_kicked(struct irq_work *kick)
{
	struct ferrite_deferred *deferred = container_of(kick, struct ferrite_deferred, kick);

	mod_delayed_work(system_highpri_wq, &deferred->work, msecs_to_jiffies(deferred->delay));
}

static void ferrite_deferred_run(struct work_struct *work)
{
	struct ferrite_deferred *deferred =
		container_of(to_delayed_work(work), struct ferrite_deferred, work);
	unsigned int delay = deferred->run();

	/* A kick that came meanwhile is sooner, and stays. */
	if (delay)
		queue_delayed_work(system_highpri_wq, &deferred->work, msecs_to_jiffies(delay));
}

/*
 * Work that calls @run, @delay milliseconds after a kick. @run returns after how
 * many milliseconds it is to be called again; 0 for not before the next kick.
 */
void *ferrite_helper_deferred_new(unsigned int (*run)(void), unsigned int delay)
{
	struct ferrite_deferred *deferred = kzalloc(sizeof(*deferred), GFP_KERNEL);

	if (!deferred)
		return ERR_PTR(-ENOMEM);
	init_irq_work(&deferred->kick, ferrite_deferred_kicked);
	INIT_DELAYED_WORK(&deferred->work, ferrite_deferred_run);
	deferred->delay = delay;
	deferred->run = run;
	return deferred;
}

/* A workqueue takes locks of its own: an NMI reaches it through an interrupt. */
void ferrite_helper_deferred_kick(void *data)
{
	struct ferrite_deferred *deferred = data;

	irq_work_queue(&deferred->kick);
}

/* When this returns, @run is not running and will not be called again. Nobody may kick any more. */
void ferrite_helper_deferred_free(void *data)
{
	struct ferrite_deferred *deferred = data;

	irq_work_sync(&deferred->kick);
	cancel_delayed_work_sync(&deferred->work);
	kfree(deferred);
}
