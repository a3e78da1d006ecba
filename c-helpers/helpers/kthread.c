// SPDX-License-Identifier: GPL-2.0

#include <linux/cpumask.h>
#include <linux/sched.h>

void ferrite_helper_cond_resched(void)
{
	cond_resched();
}

unsigned int ferrite_helper_num_online_cpus(void)
{
	return num_online_cpus();
}

unsigned int ferrite_helper_cpumask_next_online(int cpu)
{
	return cpumask_next(cpu, cpu_online_mask);
}
