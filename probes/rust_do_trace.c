// SPDX-License-Identifier: GPL-2.0
/*
 * Do trace events come with functions for Rust?
 * Upstream: DEFINE_RUST_DO_TRACE in include/linux/tracepoint.h, 6.13.
 * Asks: DEFINE_RUST_DO_TRACE
 */
#include <linux/tracepoint.h>

#ifdef QUESTION
#ifndef DEFINE_RUST_DO_TRACE
#error DEFINE_RUST_DO_TRACE is not defined
#endif
#endif
