/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>

#include "lib/table/support.h"
#include "table/stats.h"

GTEST(Stats, every_counter_has_a_name_and_a_sentence)
{
	for (unsigned int i = 0; i < STATS_COUNT; i++) {
		const char *name = stats_counter_name((enum stats_counter)i);

		/* As Prometheus takes it. */
		assert_true(islower((unsigned char)name[0]));
		for (const char *p = name; *p != '\0'; p++)
			assert_true(islower((unsigned char)*p) || isdigit((unsigned char)*p) ||
				    *p == '_');
		assert_in_range(strlen(stats_counter_text((enum stats_counter)i)), 10, 200);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(name, stats_counter_name((enum stats_counter)k));
	}
	assert_string_equal(stats_counter_name(STATS_rx), "rx");
	assert_string_equal(stats_counter_name(STATS_remembered), "remembered");
}

static const struct kind_row {
	const char *label;
	enum stats_counter counter;
	bool drop;
} kinds[] = {
	{ "way-in", STATS_rx, false },
	{ "last-way-in", STATS_injected, false },
	{ "way-out", STATS_forwarded_requests, false },
	{ "last-way-out", STATS_stun, false },
	{ "first-drop", STATS_keepalive, true },
	{ "last-drop", STATS_bad_checksum, true },
	{ "first-detail", STATS_loops, false },
	{ "last-detail", STATS_remembered, false },
};

static void
check_kind(void **state)
{
	const struct kind_row *r = *state;

	assert_int_equal(stats_counter_is_drop(r->counter), r->drop);
}
GTEST_ROWS(Stats, kinds, label, check_kind);

GTEST(Stats, sums_over_the_workers)
{
	struct stats_segment *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	for (uint32_t i = 0; i < STATS_WORKERS; i++) {
		stats_add(&s->worker[i].counter[STATS_rx], i);
		stats_add(&s->worker[i].counter[STATS_rx], 1);
		stats_add(&s->worker[i].counter[STATS_rx + 1], 1000000);
	}
	assert_int_equal(stats_sum(s, STATS_rx), 0);
	s->worker_count = 3;
	assert_int_equal(stats_sum(s, STATS_rx), 6);
	s->worker_count = STATS_WORKERS;
	assert_int_equal(stats_sum(s, STATS_rx), 64 * 65 / 2);
	assert_int_equal(stats_sum(s, STATS_loops), 0);
	/* A count that cannot be is not believed. */
	s->worker_count = UINT32_MAX;
	assert_int_equal(stats_sum(s, STATS_rx), 64 * 65 / 2);
	s->worker_count = 2;
	atomic_store(&s->worker[0].counter[STATS_rx], UINT64_MAX - 1);
	assert_true(stats_sum(s, STATS_rx) == 0);
	free(s);
}

GTEST_F(Stats, read_by_another, make_dir, remove_dir)
{
	const struct stats_segment *seen;
	struct segment writer, reader;
	struct stats_segment *s;

	assert_int_equal(segment_create(&writer, test_dir, &stats_segment_type, sizeof(*s)),
			 SEGMENT_OK);
	assert_int_equal(segment_publish(&writer), SEGMENT_OK);
	assert_int_equal(segment_attach(&reader, test_dir, &stats_segment_type, false), SEGMENT_OK);
	s = (struct stats_segment *)writer.header;
	seen = (const struct stats_segment *)reader.header;
	s->worker_count = 1;
	for (int i = 0; i < 1000; i++)
		stats_add(&s->worker[0].counter[STATS_stun], 3);
	assert_int_equal(stats_sum(seen, STATS_stun), 3000);
	segment_detach(&writer);
	segment_detach(&reader);
}
