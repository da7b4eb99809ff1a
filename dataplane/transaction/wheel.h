/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_WHEEL_H
#define DATAPLANE_TRANSACTION_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * A timing wheel of numbered objects, one timer each. To set, move and clear one is a constant
 * effort; a tick costs the timers that are due in it.
 *
 * Ticks are WHEEL_TICK_MS of the caller's clock, which begins anywhere and wraps. A timer lies less
 * than 2^31 ticks ahead. One that lies more than WHEEL_SLOTS ahead (8.7 minutes) is looked at once
 * a turn until its time comes. One thread.
 */

/** The end of a list. */
#define WHEEL_NONE UINT32_MAX

enum {
	WHEEL_TICK_MS = 8,
	WHEEL_SLOTS = 65536,
	WHEEL_WORK = 1024, /* slots, and timers that are not due yet, that one call looks at */
};

/** The tick of a clock of milliseconds: it has begun. */
static inline uint32_t
wheel_tick(uint64_t ms)
{
	return (uint32_t)(ms / WHEEL_TICK_MS);
}

/** 12 octets for each object. */
struct wheel_link {
	uint32_t next; /* WHEEL_NONE: the last; itself: not set */
	uint32_t prev; /* of the first: WHEEL_HEAD and its slot */
	uint32_t due;
};

/** Set in `prev`; numbers of objects are below. */
#define WHEEL_HEAD UINT32_C(0x80000000)

/** All zero is a closed one. */
struct wheel {
	struct wheel_link *link;
	uint32_t *slot; /* the first of each list */
	uint32_t count; /* objects */
	uint32_t mask;  /* slots less one */
	uint32_t now;   /* everything before this tick is done */
	uint32_t set;   /* timers that are set */
};

/**
 * A wheel for objects 0 to `count` - 1, none of them set. Returns 0, or -1 without memory and for
 * a count of 2^31 or more.
 */
int wheel_open(struct wheel *w, uint32_t count, uint32_t now);

/** Takes a zeroed one. */
void wheel_close(struct wheel *w);

/** Set the timer of object `i`, or move it. Due now or in the past: the next take has it. */
void wheel_set(struct wheel *w, uint32_t i, uint32_t due);

/** No-op when it is not set. */
void wheel_clear(struct wheel *w, uint32_t i);

static inline bool
wheel_is_set(const struct wheel *w, uint32_t i)
{
	return w->link[i].next != i;
}

/** Ask for what wheel_set() and wheel_clear() of object `i` write first. */
static inline void
wheel_prefetch(const struct wheel *w, uint32_t i)
{
	__builtin_prefetch(&w->link[i], 1);
}

/**
 * Take up to `max` objects whose time has come by `now` to `out`, cleared. Returns how many; fewer
 * than `max` when there are no more for this time: one call looks at WHEEL_WORK slots, so that
 * after a longer pause of the caller the rest comes with the calls that follow. A clock that runs
 * back makes nothing due.
 */
unsigned int wheel_take(struct wheel *w, uint32_t now, uint32_t *out, unsigned int max);

#endif
