/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PROXY_CALLS_H
#define BENCH_PROXY_CALLS_H

#include <stdbool.h>

#include "calls.h"

/** Calls over the veth pair, as fast as they end: a fixed number of them is in play. One thread. */

struct proxy_trial {
	uint64_t calls; /* that have come to their end */
	uint64_t in, out, ns;
	uint64_t idle_ns; /* the generator had nothing to do */
};

/** Register users with so many contacts each; false when nobody answers. */
bool proxy_calls_register(uint32_t first_user, uint32_t users, unsigned int contacts);

/** Whether a call comes to its end within some seconds: whoever forwards them has started. */
bool proxy_calls_warm_up(struct calls *c);

/** With so many calls in play; those that get stuck are given up. */
struct proxy_trial proxy_calls_run(struct calls *c, uint32_t window, uint64_t length_ns);

#endif
