/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/rate.h"
#include "guard/siphash.h"
#include "lib/sip/support.h"

#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define YEAR (365 * 86400 * S)

/* How many of `tries` in the span from `from` to `to` get a token. */
static unsigned int
taken(struct rate_bucket *b, const struct rate_limit *l, uint64_t from, uint64_t to, uint64_t tries)
{
	unsigned int n = 0;

	for (uint64_t i = 0; i < tries; i++)
		n += rate_take(b, l, from + (to - from) * i / tries);
	return n;
}

static const struct limit_row {
	const char *label;
	uint32_t rate, burst;
	unsigned int at_once, then; /* of a full bucket; in the ten seconds behind */
} limits[] = {
	{ "1_2", 1, 2, 2, 9 },
	{ "2_20", 2, 20, 20, 19 },
	{ "3_5", 3, 5, 5, 29 },
	{ "7_2", 7, 2, 2, 69 },
	{ "1000_10", 1000, 10, 10, 9999 },
	{ "5000_50000", 5000, 50000, 50000, 49999 },
	{ "999_3", 999, 3, 3, 9989 },
};

/* Burst at once, then the rate: the tries end just before ten seconds are over. */
static void
check_limit(void **state)
{
	const struct limit_row *r = *state;
	struct rate_limit l = rate_limit_make(r->rate, r->burst);
	struct rate_bucket b = { 0 };

	assert_int_equal(taken(&b, &l, 5 * S, 5 * S, 100000), r->at_once);
	assert_int_equal(taken(&b, &l, 5 * S, 15 * S - 1, 1000000), r->then);
	assert_true(rate_take(&b, &l, 15 * S));
}
GTEST_ROWS(Rate, limits, label, check_limit);

GTEST(Rate, none)
{
	struct rate_limit l = rate_limit_make(0, 1);
	struct rate_shared shared = { 0 };
	struct rate_bucket b = { 0 };

	assert_int_equal(taken(&b, &l, S, S, 1000), 1000);
	assert_int_equal(rate_shared_take(&shared, &l, 1000, S), 1000);
}

/* One token: none of two comes earlier than the time between them. */
GTEST(Rate, no_burst)
{
	struct rate_limit l = rate_limit_make(1000, 0);
	struct rate_bucket b = { 0 };

	assert_int_equal(taken(&b, &l, S, S, 10), 1);
	assert_int_equal(taken(&b, &l, S, S + MS - 1, 10), 0);
	assert_true(rate_take(&b, &l, S + MS));
	assert_false(rate_take(&b, &l, S + 2 * MS - 1));
}

GTEST(Rate, largest)
{
	struct rate_limit most = rate_limit_make(RATE_MAX, RATE_MAX);
	struct rate_limit slow = rate_limit_make(1, RATE_MAX);
	struct rate_bucket b = { 0 }, c = { 0 };

	assert_int_equal(taken(&b, &most, 400 * YEAR, 400 * YEAR, RATE_MAX / 10), RATE_MAX / 10);
	assert_int_equal(taken(&c, &slow, 400 * YEAR, 400 * YEAR, 1000000), 1000000);
	assert_true(c.full_ns > 400 * YEAR);
}

GTEST(Rate, long_idle)
{
	struct rate_limit l = rate_limit_make(10, 5);
	struct rate_bucket b = { 0 };

	assert_int_equal(taken(&b, &l, S, S, 100), 5);
	assert_int_equal(taken(&b, &l, YEAR, YEAR, 100), 5);
	assert_int_equal(taken(&b, &l, YEAR + S / 10, YEAR + S / 10, 100), 1);
}

/* Forward a bucket fills; back it is empty, and no more than that. */
GTEST(Rate, clock_jumps)
{
	struct rate_limit l = rate_limit_make(10, 5);
	struct rate_bucket b = { 0 };

	assert_int_equal(taken(&b, &l, YEAR, YEAR, 100), 5);
	assert_int_equal(taken(&b, &l, S, S, 100), 0);
	assert_int_equal(taken(&b, &l, S, 2 * S - 1, 1000), 9);
	assert_int_equal(taken(&b, &l, 2 * YEAR, 2 * YEAR, 100), 5);
	assert_int_equal(taken(&b, &l, 2 * YEAR - S / 2, 2 * YEAR - S / 2, 100), 0);
	assert_int_equal(taken(&b, &l, 2 * YEAR, 2 * YEAR + S - 1, 1000), 9);
}

GTEST(Rate, shared)
{
	struct rate_limit l = rate_limit_make(1000, 100);
	struct rate_shared b = { 0 };

	assert_int_equal(rate_shared_take(&b, &l, 64, S), 64);
	assert_int_equal(rate_shared_take(&b, &l, 64, S), 36);
	assert_int_equal(rate_shared_take(&b, &l, 64, S), 0);
	assert_int_equal(rate_shared_take(&b, &l, 64, S + 10 * MS), 10);
	assert_int_equal(rate_shared_take(&b, &l, 1, S + 10 * MS + MS - 1), 0);
	assert_int_equal(rate_shared_take(&b, &l, 200, YEAR), 100);
	/* the clock of another core is a little behind */
	assert_int_equal(rate_shared_take(&b, &l, 1, YEAR - MS), 0);
	assert_int_equal(rate_shared_take(&b, &l, 64, 2 * S), 0);
	assert_int_equal(rate_shared_take(&b, &l, 64, 2 * S + 20 * MS), 20);
}

/* ---- many ---- */

enum { ROWS = 1024 };

static struct rate_table table;
static _Alignas(64) uint8_t memory[ROWS * 16 + 64];
static const uint8_t key_octets[SIPHASH_KEY_SIZE] = "sixteen octets.";

static uint64_t
key(uint32_t n)
{
	return siphash(siphash_key_load(key_octets), &n, sizeof(n));
}

/* With a line behind it that nobody may write. */
static void
open_table(uint32_t rows, uint32_t rate, uint32_t burst)
{
	size_t size = rate_table_size(rows);

	assert_true(size + 64 <= sizeof(memory));
	memset(memory, 0, size);
	memset(memory + size, 0xa5, 64);
	rate_table_init(&table, memory, rows, rate_limit_make(rate, burst));
}

static void
check_end(uint32_t rows)
{
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(memory[rate_table_size(rows) + i], 0xa5);
}

static unsigned int
table_taken(uint64_t k, uint64_t now, unsigned int tries)
{
	unsigned int n = 0;

	while (tries-- > 0)
		n += rate_table_take(&table, k, now);
	return n;
}

GTEST(RateTable, size)
{
	assert_int_equal(rate_table_size(1), 64);
	assert_int_equal(rate_table_size(64), 16 * 64);
	assert_int_equal(rate_table_size(65), 32 * 64);
	assert_int_equal(rate_table_size(16777216), (size_t)16777216 * 16);
}

GTEST(RateTable, each_its_own)
{
	open_table(ROWS, 2, 20);
	for (uint32_t i = 0; i < ROWS / 8; i++)
		assert_int_equal(table_taken(key(i), S, 100), 20);
	for (uint32_t i = 0; i < ROWS / 8; i++)
		assert_int_equal(table_taken(key(i), 2 * S, 100), 2);
}

GTEST(RateTable, key_0)
{
	open_table(4, 1, 3);
	assert_int_equal(table_taken(0, S, 10), 3);
	assert_int_equal(table_taken(0, S, 10), 0);
}

GTEST(RateTable, without_limit)
{
	struct rate_table none = { 0 };

	rate_prefetch(&none, 1);
	assert_true(rate_table_take(&none, 1, S));
	open_table(4, 0, 1);
	assert_int_equal(table_taken(7, S, 1000), 1000);
}

/* A million senders of one message each neither grow the table nor free the one who sends much. */
GTEST(RateTable, thrash)
{
	unsigned int heavy = 0, light = 0;

	open_table(ROWS, 10, 100);
	assert_int_equal(table_taken(key(UINT32_MAX), S, 1000), 100);
	for (uint32_t i = 0; i < 1000000; i++) {
		light += rate_table_take(&table, key(i), S + i);
		heavy += i % 1000 == 0 && rate_table_take(&table, key(UINT32_MAX), S + i);
	}
	assert_int_equal(light, 1000000);
	assert_int_equal(heavy, 0);
	check_end(ROWS);
}

/* Rows that are full again make room first: of four, the one that waits longest since. */
GTEST(RateTable, full_makes_room)
{
	open_table(4, 10, 10);
	assert_int_equal(table_taken(1, S, 10), 10);
	assert_int_equal(table_taken(2, S, 10), 10);
	assert_int_equal(table_taken(3, S, 1), 1);
	assert_int_equal(table_taken(4, S, 10), 10);
	assert_int_equal(table_taken(5, S, 10), 10);
	assert_int_equal(table_taken(1, S, 10), 0);
	assert_int_equal(table_taken(2, S, 10), 0);
	assert_int_equal(table_taken(4, S, 10), 0);
	assert_int_equal(table_taken(5, S, 10), 0);
}

/* Who sends no more than allowed is not held up by those beside it that send much. */
GTEST(RateTable, fairness)
{
	unsigned int quiet = 0, loud = 0;

	open_table(ROWS, 10, 10);
	for (uint32_t tick = 0; tick < 1000; tick++) {
		uint64_t now = S + tick * 10 * MS;

		for (uint32_t i = 1; i <= 20; i++)
			loud += table_taken(key(i), now, 5);
		if (tick % 10 == 0)
			quiet += rate_table_take(&table, key(0), now);
	}
	assert_int_equal(quiet, 100);
	assert_in_range(loud, 20 * 109, 20 * 110);
}
