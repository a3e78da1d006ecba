/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Creates, beside a header's trace events, what Rust calls to fire them
 * (CREATE_RUST_TRACE_POINTS), where the target's own header knows nothing of it.
 *
 * The target's define_trace.h reads the events' header several times, with
 * TRACE_EVENT meaning something else each time. This reads it once more.
 */

#include "probes.h"

#if !defined(CREATE_TRACE_POINTS) || !defined(CREATE_RUST_TRACE_POINTS) || \
	defined(FERRITE_HAVE_RUST_DO_TRACE)
#include_next <trace/define_trace.h>
#else
#include_next <trace/define_trace.h>

/* Neither this header nor the target's is to do anything in the rereading. */
#undef CREATE_TRACE_POINTS

#undef TRACE_EVENT
#define TRACE_EVENT(name, proto, args, layout, assign, print)	\
	void rust_do_trace_##name(proto);			\
	notrace void rust_do_trace_##name(proto)		\
	{							\
		trace_##name(args);				\
	}

#undef FERRITE_EVENTS_
#undef FERRITE_EVENTS
#ifdef TRACE_INCLUDE_PATH
#define FERRITE_EVENTS_(system) __stringify(TRACE_INCLUDE_PATH/system.h)
#else
#define FERRITE_EVENTS_(system) <trace/events/system.h>
#endif
#define FERRITE_EVENTS(system) FERRITE_EVENTS_(system)

#define TRACE_HEADER_MULTI_READ
#ifdef TRACE_INCLUDE_FILE
#include FERRITE_EVENTS(TRACE_INCLUDE_FILE)
#else
#include FERRITE_EVENTS(TRACE_SYSTEM)
#endif
#undef TRACE_HEADER_MULTI_READ
#undef TRACE_EVENT

#define CREATE_TRACE_POINTS
#endif
