/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/clock_watch.h"

/* Between two looks a clock that is adjusted gently moves by less. */
enum { JUMP_MS = 3000, WAIT_MS = 60000 };

void
clock_watch_look(struct clock_watch *w, uint64_t wall_ms, uint64_t boot_ms)
{
	int64_t ahead_ms = (int64_t)(wall_ms - boot_ms);
	int64_t moved = ahead_ms - w->ahead_ms;

	if (w->known && (moved > JUMP_MS || moved < -JUMP_MS)) {
		w->jumps++;
		w->jump_ms = moved;
		w->until_boot_ms = boot_ms + WAIT_MS;
	}
	w->known = true;
	w->ahead_ms = ahead_ms;
}

uint64_t
clock_watch_wait_ms(const struct clock_watch *w, uint64_t boot_ms)
{
	return w->until_boot_ms > boot_ms ? w->until_boot_ms - boot_ms : 0;
}
