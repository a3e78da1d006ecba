/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events for Rust: rust_do_trace_<event>() is declared where an event is
 * (here), and defined where it is created (before/trace/define_trace.h).
 */

#include <linux/tracepoint.h>

#ifndef FERRITE_HAVE_RUST_DO_TRACE
#undef TRACE_EVENT
#define TRACE_EVENT(name, proto, args, layout, assign, print)	\
	extern void rust_do_trace_##name(proto);		\
	DECLARE_TRACE(name, PARAMS(proto), PARAMS(args))
#endif
