/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_GUARD_H
#define BENCH_GUARD_H

#include "engine.h"
#include "frames.h"

/** What trials of the graph do to the guard, and who their messages are from. */
struct guard_trial {
	bool off;         /* no limits */
	bool spent;       /* every source has used up what it may send */
	bool spent_aor;   /* every AOR has */
	bool garbage;     /* instead of messages */
	uint32_t sources; /* how many the messages come from; 0: their own */
};

/** Make it so; before each round. */
void guard_prepare(const struct guard_trial *t, struct via_worker *w);

/** The same for one frame. */
void guard_frame(const struct guard_trial *t, uint32_t serial, uint8_t *frame);

/** That `n` of `all` messages came out is what was to be expected. */
bool guard_expects(const struct guard_trial *t, unsigned int n, unsigned int all);

#endif
