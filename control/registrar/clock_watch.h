/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_CLOCK_WATCH_H
#define CONTROL_REGISTRAR_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Whether the wall clock can be believed. Bindings expire by it, for good: a wrong answer of a time
 * server, or a machine that was stopped and goes on, would remove all of them at once. When it
 * jumps against CLOCK_BOOTTIME, nothing is removed for a minute: time for whoever set it wrong to
 * set it right, and for those who were away to refresh. Readers of the binding table still go by
 * the times that they find there. A clock that stays wrong for longer is believed, and so is one
 * that is wrong from the start.
 */
struct clock_watch {
	bool known;
	int64_t ahead_ms; /* of the wall clock, before all others */
	int64_t jump_ms;  /* the last one */
	uint64_t jumps;
	uint64_t until_boot_ms; /* nothing is removed */
};

/** Look at both clocks; call about each second. */
void clock_watch_look(struct clock_watch *w, uint64_t wall_ms, uint64_t boot_ms);

/** Milliseconds until the wall clock is believed again; 0: it is. */
uint64_t clock_watch_wait_ms(const struct clock_watch *w, uint64_t boot_ms);

#endif
