// SPDX-License-Identifier: GPL-2.0
/*
 * Does a maple tree's state say what a store will do?
 * Upstream: ma_state.store_type in include/linux/maple_tree.h, 6.12.
 * Asks: store_type
 */
#ifdef QUESTION
#include <linux/maple_tree.h>

int probe(struct ma_state *state)
{
	return state->store_type;
}
#endif
