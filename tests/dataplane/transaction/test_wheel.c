/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "transaction/wheel.h"

enum { OBJECTS = 700, BATCH = 16, STEPS = 60000 };

/* What a wheel is to do: the same by a table. */
struct model {
	bool set[OBJECTS];
	uint32_t due[OBJECTS];
	unsigned int count;
};

static bool
is_due(const struct model *m, uint32_t i, uint32_t now)
{
	return m->set[i] && (int32_t)(m->due[i] - now) <= 0;
}

/* As a worker does: everything that one call after the other gives. Counts the calls. */
static unsigned int
take_all(struct wheel *w, struct model *m, uint32_t now)
{
	uint32_t out[BATCH];
	unsigned int n, calls = 0;

	do {
		n = wheel_take(w, now, out, BATCH);
		assert_true(n <= BATCH);
		for (unsigned int k = 0; k < n; k++) {
			assert_true(out[k] < OBJECTS && is_due(m, out[k], now));
			assert_false(wheel_is_set(w, out[k]));
			m->set[out[k]] = false;
			m->count--;
		}
		calls++;
	} while (n == BATCH);
	assert_int_equal(w->set, m->count);
	return calls;
}

static void
assert_none_due(const struct wheel *w, const struct model *m, uint32_t now)
{
	for (uint32_t i = 0; i < OBJECTS; i++) {
		assert_false(is_due(m, i, now));
		assert_int_equal(wheel_is_set(w, i), m->set[i]);
	}
}

static void
set(struct wheel *w, struct model *m, uint32_t i, uint32_t due)
{
	wheel_set(w, i, due);
	m->count += !m->set[i];
	m->set[i] = true;
	m->due[i] = due;
}

static void
clear(struct wheel *w, struct model *m, uint32_t i)
{
	wheel_clear(w, i);
	m->count -= m->set[i];
	m->set[i] = false;
}

/* How far ahead timers lie, and how far the clock goes at once. */
static const struct pace_row {
	const char *label;
	uint32_t begin, ahead, step;
} paces[] = {
	{ "near", 77777, 200, 3 },
	{ "within-a-turn", 1, WHEEL_SLOTS, 900 },
	{ "many-turns", 5, 20 * WHEEL_SLOTS, 1000 },
	{ "wraps", UINT32_MAX - 3000, 4000, 3 },
	{ "wraps-many-turns", UINT32_MAX - WHEEL_SLOTS, 5 * WHEEL_SLOTS, 1000 },
	{ "sign-changes", INT32_MAX - UINT32_C(5000), 9000, 5 },
};

static void
against_a_table(void **state)
{
	const struct pace_row *row = *state;
	struct model m = { .count = 0 };
	uint32_t now = row->begin;
	uint64_t random = 3;
	struct wheel w;

	assert_int_equal(wheel_open(&w, OBJECTS, now), 0);
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t i = random_below(&random, OBJECTS);

		if (random_below(&random, 8) == 0)
			clear(&w, &m, i);
		else
			set(&w, &m, i, now - 5 + random_below(&random, row->ahead));
		now += random_below(&random, row->step);
		take_all(&w, &m, now);
		if (step % 16 == 0)
			assert_none_due(&w, &m, now);
	}
	wheel_close(&w);
}
GTEST_ROWS(Wheel, paces, label, against_a_table);

/* The clock jumps: each call is bounded, all that is due comes, and nothing else. */
static const struct pause_row {
	const char *label;
	uint32_t pause;
	unsigned int calls; /* without what comes */
} pauses[] = {
	{ "one-tick", 1, 1 },
	{ "one-call", WHEEL_WORK - 1, 1 },
	{ "half-a-turn", WHEEL_SLOTS / 2, WHEEL_SLOTS / 2 / WHEEL_WORK + 1 },
	{ "a-turn", WHEEL_SLOTS, WHEEL_SLOTS / WHEEL_WORK + 1 },
	{ "many-turns", 1000 * WHEEL_SLOTS + 77, WHEEL_SLOTS / WHEEL_WORK + 2 },
	{ "just-short-of-turns", 8 * WHEEL_SLOTS - 1, 2 * WHEEL_SLOTS / WHEEL_WORK + 1 },
};

static void
after_a_pause(void **state)
{
	const struct pause_row *row = *state;
	struct model m = { .count = 0 };
	uint32_t now = UINT32_MAX - 100;
	unsigned int calls = 0, due = 0;
	uint64_t random = 4;
	struct wheel w;

	assert_int_equal(wheel_open(&w, OBJECTS, now), 0);
	for (uint32_t i = 0; i < OBJECTS; i++)
		set(&w, &m, i, now + random_below(&random, 2 * row->pause + 2 * WHEEL_SLOTS));
	now += row->pause;
	for (uint32_t i = 0; i < OBJECTS; i++)
		due += is_due(&m, i, now);
	while (w.now != now) {
		take_all(&w, &m, now);
		calls++;
	}
	take_all(&w, &m, now);
	assert_none_due(&w, &m, now);
	assert_int_equal(m.count, OBJECTS - due);
	assert_in_range(calls, row->calls - 1, row->calls + OBJECTS / WHEEL_WORK + 1);
	/* And all others in their time. */
	while (m.count > 0) {
		now += WHEEL_WORK / 2;
		take_all(&w, &m, now);
		assert_none_due(&w, &m, now);
	}
	wheel_close(&w);
}
GTEST_ROWS(Wheel, pauses, label, after_a_pause);

/* Someone who stays behind the clock by more with each call still gets to everybody. */
GTEST(Wheel, always_late)
{
	struct model m = { .count = 0 };
	uint32_t now = 9;
	struct wheel w;

	assert_int_equal(wheel_open(&w, OBJECTS, now), 0);
	for (uint32_t i = 0; i < OBJECTS; i++)
		set(&w, &m, i, now + i * 90);
	for (unsigned int calls = 0; m.count > 0; calls++) {
		now += 3 * WHEEL_SLOTS + 1000;
		take_all(&w, &m, now);
		assert_true(calls <= 3 * WHEEL_SLOTS / WHEEL_WORK);
	}
	wheel_close(&w);
}

GTEST(Wheel, now_and_past_come_with_the_next_take)
{
	uint32_t out[4];
	struct wheel w;

	assert_int_equal(wheel_open(&w, 4, 100), 0);
	assert_int_equal(wheel_take(&w, 100, out, 4), 0);
	wheel_set(&w, 0, 100);
	wheel_set(&w, 1, 99);
	wheel_set(&w, 2, 100 - INT32_MAX);
	wheel_set(&w, 3, 101);
	assert_int_equal(wheel_take(&w, 100, out, 4), 3);
	assert_true(wheel_is_set(&w, 3));
	assert_int_equal(wheel_take(&w, 100, out, 4), 0);
	assert_int_equal(wheel_take(&w, 101, out, 4), 1);
	assert_int_equal(out[0], 3);
	wheel_close(&w);
}

GTEST(Wheel, moved_and_cleared)
{
	uint32_t out[4];
	struct wheel w;

	assert_int_equal(wheel_open(&w, 4, 0), 0);
	for (uint32_t i = 0; i < 4; i++)
		wheel_set(&w, i, 10);
	wheel_clear(&w, 3); /* first, middle and last of one list */
	wheel_set(&w, 1, 20);
	wheel_clear(&w, 0);
	wheel_clear(&w, 0);
	assert_int_equal(w.set, 2);
	assert_int_equal(wheel_take(&w, 19, out, 4), 1);
	assert_int_equal(out[0], 2);
	assert_int_equal(wheel_take(&w, 20, out, 4), 1);
	assert_int_equal(out[0], 1);
	wheel_close(&w);
}

GTEST(Wheel, a_clock_that_runs_back_makes_nothing_due)
{
	uint32_t out[1];
	struct wheel w;

	assert_int_equal(wheel_open(&w, 1, 1000), 0);
	wheel_set(&w, 0, 600);
	assert_int_equal(wheel_take(&w, 500, out, 1), 0);
	assert_int_equal(wheel_take(&w, 1000, out, 1), 1);
	wheel_set(&w, 0, 1001);
	assert_int_equal(wheel_take(&w, 500, out, 1), 0);
	assert_int_equal(wheel_take(&w, 1000, out, 1), 0);
	assert_int_equal(wheel_take(&w, 1001, out, 1), 1);
	wheel_close(&w);
}

/* A crowd of timers far ahead in one slot does not make one call long. */
GTEST(Wheel, a_crowd_beyond_the_turn_is_bounded)
{
	enum { CROWD = 5000 };
	uint32_t out[1], now = 0;
	unsigned int calls = 0;
	struct wheel w;

	assert_int_equal(wheel_open(&w, CROWD + 1, 0), 0);
	for (uint32_t i = 0; i < CROWD; i++)
		wheel_set(&w, i, 3 * WHEEL_SLOTS);
	while (w.now < WHEEL_SLOTS - 1)
		assert_int_equal(wheel_take(&w, ++now, out, 1), 0);
	wheel_set(&w, CROWD, now + 1);
	while (wheel_take(&w, now + 1, out, 1) == 0)
		calls++;
	assert_int_equal(out[0], CROWD);
	assert_in_range(calls, 1, CROWD / WHEEL_WORK + 1);
	wheel_close(&w);
}

GTEST(Wheel, open_and_close)
{
	struct wheel w = { .link = NULL };

	wheel_close(&w);
	assert_int_equal(wheel_open(&w, UINT32_MAX, 0), -1);
	wheel_close(&w);
	assert_int_equal(wheel_open(&w, 0, 0), 0);
	assert_int_equal(wheel_take(&w, 1, NULL, 0), 0);
	wheel_close(&w);
	assert_int_equal(wheel_tick(8 * (UINT64_C(1) << 32) + 15), 1);
}
