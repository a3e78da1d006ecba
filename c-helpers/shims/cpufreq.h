/* SPDX-License-Identifier: GPL-2.0 */
/* An energy model made of a policy's operating points. */

#include <linux/cpu.h>
#include <linux/cpufreq.h>
#include <linux/pm_opp.h>

#if defined(CONFIG_CPU_FREQ) && !defined(FERRITE_HAVE_CPUFREQ_REGISTER_EM_WITH_OPP)
static inline void cpufreq_register_em_with_opp(struct cpufreq_policy *policy)
{
	struct device *cpu = get_cpu_device(policy->cpu);

	dev_pm_opp_of_register_em(cpu, policy->related_cpus);
}
#endif
