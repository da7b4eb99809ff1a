/* SPDX-License-Identifier: BSD-3-Clause */
/** Which worker has a transaction: claimed, found, let go; full sets; a table that is not there. */
#include "lib/sip/support.h"
#include "owners.h"

enum { ROWS = 1024, SETS = 2 * ROWS / OWNERS_WAYS };

static struct owners owners;

static int
open_table(void **state)
{
	(void)state;
	return owners_open(&owners, ROWS);
}

static int
close_table(void **state)
{
	(void)state;
	owners_close(&owners);
	return 0;
}

/* Keys of one set; they differ in what a word has of them. */
static uint64_t
in_set(uint64_t n)
{
	return n * SETS + 5;
}

GTEST_F(Owners, first_gets_it, open_table, close_table)
{
	owners_prefetch(&owners, 7);
	assert_int_equal(owners_find(&owners, 7), -1);
	assert_int_equal(owners_claim(&owners, 7, 3), 3);
	assert_int_equal(owners_claim(&owners, 7, 5), 3);
	assert_int_equal(owners_claim(&owners, 7, 3), 3);
	assert_int_equal(owners_find(&owners, 7), 3);
}

GTEST_F(Owners, release, open_table, close_table)
{
	owners_claim(&owners, 7, 3);
	owners_release(&owners, 7, 4);
	owners_release(&owners, 8, 3);
	assert_int_equal(owners_find(&owners, 7), 3);
	owners_release(&owners, 7, 3);
	assert_int_equal(owners_find(&owners, 7), -1);
	assert_int_equal(owners_claim(&owners, 7, 4), 4);
}

/* No key and no worker look like an empty place, or like others. */
GTEST_F(Owners, every_bit, open_table, close_table)
{
	static const uint64_t more[] = { 0, UINT64_MAX, 255, 256, UINT64_C(127) << 57 };

	for (unsigned int n = 0; n < 64 + sizeof(more) / sizeof(more[0]); n++) {
		uint64_t key = n < 64 ? UINT64_C(1) << n : more[n - 64];

		assert_int_equal(owners_claim(&owners, key, n % 64), n % 64);
		for (unsigned int bit = 0; bit < 64; bit++)
			assert_int_equal(owners_find(&owners, key ^ UINT64_C(1) << bit), -1);
		assert_int_equal(owners_find(&owners, key), n % 64);
		owners_release(&owners, key, n % 64);
	}
}

GTEST_F(Owners, full_set, open_table, close_table)
{
	for (uint64_t n = 0; n < OWNERS_WAYS; n++)
		assert_int_equal(owners_claim(&owners, in_set(n), 1), 1);
	/* not noted, and nobody loses what was */
	assert_int_equal(owners_claim(&owners, in_set(OWNERS_WAYS), 2), 2);
	assert_int_equal(owners_find(&owners, in_set(OWNERS_WAYS)), -1);
	for (uint64_t n = 0; n < OWNERS_WAYS; n++)
		assert_int_equal(owners_find(&owners, in_set(n)), 1);
	owners_release(&owners, in_set(OWNERS_WAYS), 2);
	owners_release(&owners, in_set(3), 1);
	assert_int_equal(owners_claim(&owners, in_set(OWNERS_WAYS), 2), 2);
	assert_int_equal(owners_find(&owners, in_set(OWNERS_WAYS)), 2);
}

/* As many as it is for: hardly any has no room. */
GTEST_F(Owners, as_many_as_rows, open_table, close_table)
{
	unsigned int noted = 0;
	uint64_t seed = 1;

	for (unsigned int i = 0; i < ROWS; i++) {
		uint64_t key = next_random(&seed);

		owners_claim(&owners, key, i % 64);
		noted += owners_find(&owners, key) == (int)(i % 64);
	}
	assert_in_range(noted, ROWS * 97 / 100, ROWS);
}

/* However few rows: what a word has not of the key chooses its set. */
GTEST(Owners, smallest)
{
	struct owners o;

	assert_int_equal(owners_open(&o, 1), 0);
	for (uint64_t key = 0; key < 256; key++)
		assert_int_equal(owners_claim(&o, key, (unsigned int)key % 64), key % 64);
	owners_close(&o);
	assert_null(o.set);
}

GTEST(Owners, one_worker)
{
	struct owners none = { 0 };

	owners_prefetch(&none, 7);
	assert_int_equal(owners_claim(&none, 7, 0), 0);
	assert_int_equal(owners_find(&none, 7), -1);
	owners_release(&none, 7, 0);
	owners_close(&none);
}
