/* SPDX-License-Identifier: BSD-3-Clause */
/** A wall clock that jumps, against one that does not. */
#include "lib/sip/support.h"
#include "registrar/clock_watch.h"

#define WALL UINT64_C(1700000000000)

/* One look a second, the wall clock moved by so much in between; what is waited for then. */
static const struct {
	const char *label;
	int64_t moved_ms[4];
	uint64_t wait_ms;
} moves[] = {
	{ "none", { 0, 0, 0, 0 }, 0 },
	{ "adjusted gently", { 2999, -3000, 3000, 1 }, 0 },
	{ "ahead", { 0, 0, 0, 3001 }, 60000 },
	{ "back", { 0, 0, 0, -3001 }, 60000 },
	{ "a day, and right again", { 0, 86400000, -86400000, 0 }, 59000 },
	{ "years back", { -1600000000000, 0, 0, 0 }, 57000 },
	{ "again and again", { 5000, 5000, 5000, 5000 }, 60000 },
};

static void
check_move(void **state)
{
	const typeof(moves[0]) *r = gtest_row();
	struct clock_watch w = { 0 };
	uint64_t wall = WALL, boot = 5000;

	(void)state;
	clock_watch_look(&w, wall, boot);
	assert_int_equal(clock_watch_wait_ms(&w, boot), 0);
	for (int i = 0; i < 4; i++) {
		wall += 1000 + (uint64_t)r->moved_ms[i];
		boot += 1000;
		clock_watch_look(&w, wall, boot);
	}
	assert_int_equal(clock_watch_wait_ms(&w, boot), r->wait_ms);
	assert_int_equal(clock_watch_wait_ms(&w, boot + 60000), 0);
}
GTEST_ROWS(ClockWatch, moves, label, check_move);
