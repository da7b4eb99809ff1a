/* SPDX-License-Identifier: BSD-3-Clause */
/** Which removals may still be overtaken, or come a second time. */
#include "lib/sip/support.h"
#include "registrar/recent.h"

#define NOW UINT64_C(1700000000000)

static struct recent *t;

static int
set_up(void **state)
{
	(void)state;
	t = recent_open();
	return t == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	recent_close(t);
	return 0;
}
#define CASE(name) GTEST_F(Recent, name, set_up, tear_down)

/* After 10 was noted under name 5. */
static const struct {
	const char *label;
	uint64_t name;
	uint32_t cseq;
	uint64_t later_ms;
	enum recent_order order;
} orders[] = {
	{ "older", 5, 9, 0, RECENT_OLDER },
	{ "oldest", 5, 0, 31999, RECENT_OLDER },
	{ "same", 5, 10, 0, RECENT_SAME },
	{ "same, late", 5, 10, 31999, RECENT_SAME },
	{ "newer", 5, 11, 0, RECENT_NEWER },
	{ "largest", 5, UINT32_MAX, 0, RECENT_NEWER },
	{ "older, too late", 5, 9, 32000, RECENT_NEWER },
	{ "same, too late", 5, 10, 32000, RECENT_NEWER },
	{ "other name", 6, 9, 0, RECENT_NEWER },
	{ "other name of the same set", 5 + 65536, 9, 0, RECENT_NEWER },
	{ "none", 0, 9, 0, RECENT_NEWER },
};

static void
check_order(void **state)
{
	const typeof(orders[0]) *r = gtest_row();

	(void)state;
	recent_note(t, 5, 10, NOW);
	assert_int_equal(recent_order(t, r->name, r->cseq, NOW + r->later_ms), r->order);
}
GTEST_ROWS_F(Recent, orders, label, check_order, set_up, tear_down);

CASE(name_zero_is_a_name)
{
	recent_note(t, 0, 10, NOW);
	assert_int_equal(recent_order(t, 0, 9, NOW), RECENT_OLDER);
}

CASE(noted_again)
{
	recent_note(t, 5, 10, NOW);
	recent_note(t, 5, 12, NOW + 20000);
	assert_int_equal(recent_order(t, 5, 11, NOW + 50000), RECENT_OLDER);
}

CASE(forgotten)
{
	recent_note(t, 5, 10, NOW);
	recent_forget(t, 5, 9); /* not the one */
	assert_int_equal(recent_order(t, 5, 9, NOW), RECENT_OLDER);
	recent_forget(t, 5, 10);
	assert_int_equal(recent_order(t, 5, 9, NOW), RECENT_NEWER);
}

/* Of too many that fall together the one that was not heard of for longest gives way. */
CASE(bounded)
{
	for (uint64_t i = 0; i < 4; i++)
		recent_note(t, 5 + 65536 * i, 10, NOW + i);
	recent_note(t, 5, 11, NOW + 10);
	recent_note(t, 5 + 65536 * UINT64_C(9), 10, NOW + 11);
	assert_int_equal(recent_order(t, 5 + 65536, 9, NOW + 12), RECENT_NEWER);
	assert_int_equal(recent_order(t, 5, 9, NOW + 12), RECENT_OLDER);
	assert_int_equal(recent_order(t, 5 + 65536 * UINT64_C(9), 9, NOW + 12), RECENT_OLDER);
}

/* A clock that is set back makes nobody wait for it. */
CASE(clock_set_back)
{
	recent_note(t, 5, 10, NOW);
	assert_int_equal(recent_order(t, 5, 9, NOW - 3600000), RECENT_NEWER);
}
