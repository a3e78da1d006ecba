// SPDX-License-Identifier: GPL-2.0
/*
 * Are a cpufreq driver's callbacks given the policy, not the CPU's number?
 * Upstream: cpufreq_driver.update_limits, 6.16; cpufreq_driver.adjust_perf, 7.2.
 * Asks: limits
 */
#include <linux/cpufreq.h>

#ifdef QUESTION
void limits(struct cpufreq_policy *policy);
struct cpufreq_driver probe = { .update_limits = limits };
#endif
