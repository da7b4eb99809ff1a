/* SPDX-License-Identifier: BSD-3-Clause */
/** A timing wheel: each entry comes once, not before its second and not later than the next. */
#include "lib/sip/support.h"
#include "registrar/expiry_wheel.h"

#define START UINT64_C(1700000000)

static struct expiry_wheel *w;

static int
set_up(void **state)
{
	(void)state;
	w = expiry_wheel_open(START);
	return w == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	expiry_wheel_close(w);
	return 0;
}
#define CASE(name) GTEST_F(ExpiryWheel, name, set_up, tear_down)

static unsigned int
take(uint64_t now_s)
{
	uint64_t hashes[16];

	return expiry_wheel_take(w, now_s, hashes, 16);
}

/* Of the near wheel, of the far one, at their borders, and beyond both. */
static const struct {
	const char *label;
	uint64_t after;
} times[] = {
	{ "now", 0 },           { "1 s", 1 },
	{ "1 min", 60 },        { "4095 s", 4095 },
	{ "4096 s", 4096 },     { "4097 s", 4097 },
	{ "2 h", 7200 },        { "1 day", 86400 },
	{ "50 days", 4294967 }, { "193 days", 16700000 },
	{ "1 year", 31536000 }, { "10 years", 315360000 },
};

static void
check_time(void **state)
{
	const typeof(times[0]) *t = gtest_row();
	uint64_t at = START + t->after, now = START, hash;
	unsigned int early = 0;

	(void)state;
	assert_true(expiry_wheel_add(w, 7, at));
	/* one beyond the horizon comes early, and is entered anew by who looks */
	while (expiry_wheel_take(w, at, &hash, 1) == 1) {
		assert_int_equal(hash, 7);
		assert_true(expiry_wheel_add(w, 7, at));
		assert_in_range(++early, 1, 20);
		now += 4096 * UINT64_C(4095);
		if (now >= at)
			break;
	}
	assert_int_equal(expiry_wheel_take(w, at, &hash, 1), 0);
	assert_int_equal(expiry_wheel_take(w, at + 1, &hash, 1), 1);
	assert_int_equal(hash, 7);
	assert_int_equal(expiry_wheel_take(w, at + 2, &hash, 1), 0);
	assert_int_equal(expiry_wheel_count(w), 0);
	assert_true(t->after > 16700000 || early == 0);
}
GTEST_ROWS_F(ExpiryWheel, times, label, check_time, set_up, tear_down);

CASE(past_is_now)
{
	assert_true(expiry_wheel_add(w, 7, 5));
	assert_int_equal(take(START), 0);
	assert_int_equal(take(START + 1), 1);
}

CASE(twice_in_a_second)
{
	for (int i = 0; i < 200; i++)
		assert_true(expiry_wheel_add(w, 7 + (uint64_t)i % 2, START + 5));
	assert_true(expiry_wheel_add(w, 7, START + 6));
	assert_int_equal(expiry_wheel_count(w), 201);
	assert_int_equal(take(START + 6), 2);
	assert_int_equal(take(START + 7), 1);
	assert_int_equal(expiry_wheel_count(w), 0);
}

/* More than the caller takes at once: the rest with the next calls, none twice. */
CASE(more_than_at_once)
{
	static bool seen[1000];
	uint64_t hashes[64];
	unsigned int n, total = 0;

	memset(seen, 0, sizeof(seen));
	for (uint64_t i = 0; i < 1000; i++)
		assert_true(expiry_wheel_add(w, i, START + 10 + i / 500));
	while ((n = expiry_wheel_take(w, START + 100, hashes, 64)) > 0)
		for (unsigned int i = 0; i < n; i++, total++) {
			assert_false(seen[hashes[i]]);
			seen[hashes[i]] = true;
		}
	assert_int_equal(total, 1000);
}

/* Entered while a second is taken piece by piece. */
CASE(added_while_taking)
{
	uint64_t hash;

	for (uint64_t i = 0; i < 3; i++)
		assert_true(expiry_wheel_add(w, i, START));
	assert_int_equal(expiry_wheel_take(w, START + 1, &hash, 1), 1);
	assert_true(expiry_wheel_add(w, 9, START));
	assert_int_equal(take(START + 1), 2);
	assert_int_equal(take(START + 2), 1);
}

/* Against a plain list, over some days. */
CASE(random_times)
{
	enum { ENTRIES = 20000, SPAN = 300000 };
	static uint64_t due[ENTRIES];
	uint64_t seed = 1, hashes[100];
	unsigned int total = 0;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		due[i] = START + next_random(&seed) % SPAN;
		assert_true(expiry_wheel_add(w, i, due[i]));
	}
	for (uint64_t now = START, was = START; now <= START + SPAN + 4000; was = now) {
		unsigned int n;

		now += 1 + next_random(&seed) % 3000;
		while ((n = expiry_wheel_take(w, now, hashes, 100)) > 0)
			for (unsigned int i = 0; i < n; i++, total++)
				if (due[hashes[i]] >= now || due[hashes[i]] + 1 < was)
					fail_msg("due %lu, came at %lu after %lu",
						 (unsigned long)due[hashes[i]], (unsigned long)now,
						 (unsigned long)was);
	}
	assert_int_equal(total, ENTRIES);
	assert_int_equal(expiry_wheel_count(w), 0);
}

/* A machine without a clock of its own begins in 1970: what is entered then comes at once. */
CASE(clock_set_ahead)
{
	expiry_wheel_close(w);
	w = expiry_wheel_open(0);
	assert_int_equal(take(START * 1000), 0);
	assert_true(expiry_wheel_add(w, 7, START * 1000 + 5));
	assert_int_equal(take(START * 1000 + 5), 0);
	assert_int_equal(take(START * 2000), 1);
	assert_int_equal(take(START * 3000), 0);
}

/* A clock that was set back: nothing is lost, it comes when the clock is there again. */
CASE(clock_set_back)
{
	assert_true(expiry_wheel_add(w, 7, START + 5));
	assert_int_equal(take(START - 100), 0);
	assert_true(expiry_wheel_add(w, 8, START - 50));
	assert_int_equal(take(START - 40), 0);
	assert_int_equal(take(START + 1), 1);
	assert_int_equal(take(START + 6), 1);
}
