/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/breadth.h"
#include "lib/sip/support.h"

enum { MOST_TARGETS = 64 };

static const struct breadth_row {
	const char *label;
	struct breadth_policy policy;
	uint32_t received, incoming;
} rows[] = {
	{ "MB-02", { 60, 60 }, SIP_NUMBER_ABSENT, 60 },
	{ "MB-02-configured", { 30, 60 }, SIP_NUMBER_ABSENT, 30 },
	{ "MB-02-above-limit", { 90, 60 }, SIP_NUMBER_ABSENT, 60 },
	{ "MB-03-configured", { 60, 20 }, 21, 20 },
	{ "MB-04", { 60, 60 }, 100, 60 },
	{ "MB-04-equal", { 60, 60 }, 60, 60 },
	{ "MB-04-next", { 60, 60 }, 61, 60 },
	{ "MB-10", { 60, 60 }, 7, 7 },
	{ "MB-17", { 60, 60 }, 1, 1 },
	{ "MB-22", { 60, 60 }, SIP_NUMBER_ABSENT - 1, 60 },
	{ "MB-22-no-limit", { 60, UINT32_MAX }, SIP_NUMBER_ABSENT - 1, SIP_NUMBER_ABSENT - 1 },
};

static void
incoming(void **state)
{
	const struct breadth_row *row = *state;

	assert_int_equal(breadth_incoming(&row->policy, row->received), row->incoming);
}
GTEST_ROWS(Breadth, rows, label, incoming);

GTEST(Breadth, RFC5393_5_3_3_default)
{
	assert_int_equal(BREADTH_DEFAULT, 60);
}

/* `kind`: one letter for each target, 'f' is a flow; NULL: the function is told of none. */
static const struct share_row {
	const char *label;
	uint32_t incoming, outgoing;
	enum breadth_sharing sharing;
	const char *kind;
	unsigned int count, begun;
	uint32_t share[8]; /* the first eight of them */
} shares[] = {
	/* clang-format off */
	{ "MB-10-one-gets-all", 60, 0, BREADTH_EQUAL, NULL, 1, 1, { 60 } },
	{ "MB-09-two", 60, 0, BREADTH_EQUAL, NULL, 2, 2, { 30, 30 } },
	{ "MB-09-seven", 60, 0, BREADTH_EQUAL, NULL, 7, 7, { 9, 9, 9, 9, 8, 8, 8 } },
	{ "MB-09-eight", 60, 0, BREADTH_EQUAL, NULL, 8, 8, { 8, 8, 8, 8, 7, 7, 7, 7 } },
	{ "MB-07-61-targets", 60, 0, BREADTH_EQUAL, NULL, 61, 60, { 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "MB-07-4-of-8", 4, 0, BREADTH_EQUAL, NULL, 8, 4, { 1, 1, 1, 1 } },
	{ "MB-09-4-of-2", 4, 0, BREADTH_EQUAL, NULL, 2, 2, { 2, 2 } },
	{ "MB-09-3-of-2", 3, 0, BREADTH_EQUAL, NULL, 2, 2, { 2, 1 } },
	{ "MB-17-1-of-2", 1, 0, BREADTH_EQUAL, NULL, 2, 1, { 1 } },
	{ "MB-06-as-many", 8, 0, BREADTH_EQUAL, NULL, 8, 8, { 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ "MB-05-nothing-left", 60, 60, BREADTH_EQUAL, NULL, 3, 0, { 0 } },
	{ "MB-05-one-left", 60, 59, BREADTH_EQUAL, NULL, 3, 1, { 1 } },
	{ "MB-19-later-targets", 60, 20, BREADTH_EQUAL, NULL, 3, 3, { 14, 13, 13 } },
	{ "no-targets", 60, 0, BREADTH_EQUAL, NULL, 0, 0, { 0 } },
	{ "MB-22-huge", UINT32_MAX - 1, 0, BREADTH_EQUAL, NULL, 1, 1, { UINT32_MAX - 1 } },
	{ "MB-22-huge-shared", UINT32_MAX - 1, 0, BREADTH_EQUAL, NULL, 4, 4,
	  { 1073741824, 1073741824, 1073741823, 1073741823 } },
	{ "MB-22-huge-nearly-spent", UINT32_MAX - 1, UINT32_MAX - 4, BREADTH_EQUAL, NULL, 8, 3,
	  { 1, 1, 1 } },
	{ "MB-18", 12, 0, BREADTH_OUTBOUND1, "ffp", 3, 3, { 1, 1, 10 } },
	{ "MB-18-equal-is-equal", 12, 0, BREADTH_EQUAL, "ffp", 3, 3, { 4, 4, 4 } },
	{ "MB-18-not-told", 12, 0, BREADTH_OUTBOUND1, NULL, 3, 3, { 4, 4, 4 } },
	{ "MB-18-remainder", 12, 0, BREADTH_OUTBOUND1, "pfpfp", 5, 5, { 4, 1, 3, 1, 3 } },
	{ "MB-18-no-flow", 12, 0, BREADTH_OUTBOUND1, "ppp", 3, 3, { 4, 4, 4 } },
	{ "MB-10-MB-18-all-flows", 12, 0, BREADTH_OUTBOUND1, "fff", 3, 3, { 4, 4, 4 } },
	{ "MB-10-MB-18-one-flow", 12, 0, BREADTH_OUTBOUND1, "f", 1, 1, { 12 } },
	{ "MB-10-MB-18-those-that-begin-are-flows", 2, 0, BREADTH_OUTBOUND1, "ffp", 3, 2, { 1, 1 } },
	{ "MB-06-MB-18-least", 3, 0, BREADTH_OUTBOUND1, "fpp", 3, 3, { 1, 1, 1 } },
	{ "MB-18-later", 12, 6, BREADTH_OUTBOUND1, "fp", 2, 2, { 1, 5 } },
	{ "MB-18-huge", UINT32_MAX - 1, 0, BREADTH_OUTBOUND1, "fp", 2, 2, { 1, UINT32_MAX - 2 } },
	/* clang-format on */
};

static void
shared(void **state)
{
	const struct share_row *row = *state;
	struct breadth b = { row->incoming, row->outgoing };
	uint32_t share[MOST_TARGETS], sum = 0;
	bool is_flow[MOST_TARGETS];
	unsigned int begun;

	for (unsigned int i = 0; i < row->count; i++)
		is_flow[i] = row->kind != NULL && row->kind[i] == 'f';
	begun = breadth_share(&b, row->sharing, row->kind != NULL ? is_flow : NULL, row->count,
			      share);
	assert_int_equal(begun, row->begun);
	for (unsigned int i = 0; i < begun; i++)
		sum += share[i];
	for (unsigned int i = 0; i < begun && i < 8; i++)
		assert_int_equal(share[i], row->share[i]);
	assert_int_equal(b.incoming, row->incoming);
	assert_int_equal(b.outgoing, row->outgoing + sum);
	assert_int_equal(breadth_free(&b), begun == 0 ? row->incoming - row->outgoing : 0);
}
GTEST_ROWS(Breadth, shares, label, shared);

/* Incoming 4, eight targets: four begin, and each final response lets another one begin. */
GTEST(Breadth, MB_12_a_share_is_used_again)
{
	struct breadth b = { 4, 0 };
	uint32_t share[8];

	assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, 8, share), 4);
	for (unsigned int waiting = 4; waiting > 0; waiting--) {
		assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, waiting, share), 0);
		breadth_return(&b, 1);
		assert_int_equal(breadth_free(&b), 1);
		assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, waiting, share), 1);
		assert_int_equal(share[0], 1);
	}
}

/* 60 targets begin, the 61st has to wait for one of them (MB-08). */
GTEST(Breadth, MB_08_the_61st_waits)
{
	struct breadth b = { 60, 0 };
	uint32_t share[61];

	assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, 61, share), 60);
	breadth_return(&b, share[17]);
	assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, 1, share), 1);
	assert_int_equal(share[0], 1);
}

/* One after the other: each has all of it. */
GTEST(Breadth, MB_12_in_sequence)
{
	struct breadth b = { 60, 0 };
	uint32_t share;

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(breadth_share(&b, BREADTH_EQUAL, NULL, 1, &share), 1);
		assert_int_equal(share, 60);
		breadth_return(&b, share);
		assert_int_equal(b.outgoing, 0);
	}
}

/* A context at random: what it is told, and what is out by its own count. */
struct model {
	struct breadth breadth;
	uint32_t running[4 * MOST_TARGETS];
	unsigned int count;
};

static void
share_at_random(struct model *m, uint64_t *random)
{
	enum breadth_sharing sharing = random_below(random, 2);
	unsigned int wanted = random_below(random, MOST_TARGETS), begun;
	uint32_t share[MOST_TARGETS], was_free = breadth_free(&m->breadth);
	bool is_flow[MOST_TARGETS];
	uint64_t sum = 0;

	for (unsigned int i = 0; i < wanted; i++)
		is_flow[i] = random_below(random, 2);
	begun = breadth_share(&m->breadth, sharing, is_flow, wanted, share);
	assert_int_equal(begun, wanted < was_free ? wanted : was_free);
	for (unsigned int i = 0; i < begun; i++) {
		assert_true(share[i] >= 1);
		m->running[m->count++] = share[i];
	}
	for (unsigned int i = 0; i < m->count; i++)
		sum += m->running[i];
	assert_int_equal(sum, m->breadth.outgoing);
	assert_true(m->breadth.outgoing <= m->breadth.incoming);
	assert_true(begun == 0 || breadth_free(&m->breadth) == 0);
}

/* Each once (MB-15), whatever it ended by (MB-20). */
static void
return_at_random(struct model *m, unsigned int left, uint64_t *random)
{
	while (m->count > left) {
		unsigned int i = random_below(random, m->count);

		breadth_return(&m->breadth, m->running[i]);
		m->running[i] = m->running[--m->count];
	}
}

/* Whatever is begun and ended: never more is out than came in, and none of it is lost. */
GTEST(Breadth, MB_05_sum_rule)
{
	static const uint32_t values[] = { 1, 2, 3, 7, 59, 60, 61, 1000, UINT32_MAX - 1 };
	uint64_t random = 5393;

	for (unsigned int round = 0; round < 2000; round++) {
		struct model m = { .breadth = { values[round % 9], 0 } };

		for (unsigned int step = 0; step < 60; step++) {
			share_at_random(&m, &random);
			return_at_random(&m, random_below(&random, 3 * MOST_TARGETS), &random);
		}
		return_at_random(&m, 0, &random);
		assert_int_equal(m.breadth.outgoing, 0);
	}
}
