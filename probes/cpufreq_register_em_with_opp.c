// SPDX-License-Identifier: GPL-2.0
/*
 * Is there a callback for cpufreq drivers whose energy model is made of operating points?
 * Upstream: cpufreq_register_em_with_opp() in include/linux/cpufreq.h, 5.15.
 * Asks: cpufreq_register_em_with_opp
 */
#include <linux/cpufreq.h>

#ifdef CONFIG_CPU_FREQ
void probe(struct cpufreq_policy *policy)
{
#ifdef QUESTION
	cpufreq_register_em_with_opp(policy);
#endif
}
#endif
