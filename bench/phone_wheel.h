/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Timers of many phones: one for each, in lists by millisecond. Setting one is a constant effort,
 * and a tick looks at those that are due in it and the few that are due whole turns later.
 */
#ifndef BENCH_PHONE_WHEEL_H
#define BENCH_PHONE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum { PHONE_WHEEL_SLOTS = 8192 };

/** The links of a phone's timer: to itself while it is not set. */
struct phone_timer {
	uint64_t due_ms;
	uint32_t next, previous;
};

struct phone_wheel {
	struct phone_timer *timer; /* behind the slots' heads: [PHONE_WHEEL_SLOTS + phone] */
	uint64_t now_ms;           /* ticks up to here are done */
};

/** False when there is no memory. */
bool phone_wheel_init(struct phone_wheel *w, uint32_t phones, uint64_t now_ms);

void phone_wheel_free(struct phone_wheel *w);

/** Set the timer of a phone, or move it; what is already past comes with the next tick. */
void phone_wheel_set(struct phone_wheel *w, uint32_t phone, uint64_t due_ms);

/** UINT64_MAX as due_ms does the same. */
void phone_wheel_clear(struct phone_wheel *w, uint32_t phone);

/**
 * The next phone that is due at or before `now_ms`, its timer cleared. False when there is none,
 * and only then is the time until `now_ms` over. Call until it returns false.
 */
bool phone_wheel_next(struct phone_wheel *w, uint64_t now_ms, uint32_t *phone);

#endif
