// SPDX-License-Identifier: GPL-2.0
/*
 * Do a cpufreq driver's callbacks take a policy, and four numbers of performance?
 * Upstream: cpufreq_driver.update_limits, 6.16; cpufreq_driver.adjust_perf, with
 * the policy 7.2, with a largest performance 7.3.
 * Asks: asked_
 */
#include <linux/cpufreq.h>

#ifdef QUESTION
void asked_limits(struct cpufreq_policy *policy);
void asked_perf(struct cpufreq_policy *policy, unsigned long least, unsigned long target,
		unsigned long most, unsigned long capacity);
struct cpufreq_driver probe = {
	.update_limits = asked_limits,
	.adjust_perf = asked_perf,
};
#endif
