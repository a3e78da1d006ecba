// SPDX-License-Identifier: GPL-2.0
/*
 * Are operating points what kernel::opp takes them for?
 * Upstream: dev_pm_opp_config.required_dev, 6.13; dev_pm_opp_get_opp_table_ref(), 6.14.
 * Asks: pm_opp
 */
#include <linux/pm_opp.h>

void probe(struct opp_table *table, struct dev_pm_opp_config *dev_pm_opp_config)
{
#ifdef QUESTION
	dev_pm_opp_get_opp_table_ref(table);
	dev_pm_opp_config->required_dev_index = 0;
#endif
}
