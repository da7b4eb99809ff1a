/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that take from one bucket as fast as they can, while its clock goes on: together they get
 * no more than the burst and what came back meanwhile, and none of it is lost. For a race detector:
 *
 *	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=thread -Ilib -Itests lib/guard/rate.c \
 *		tests/gtest*.c tests/lib/guard/test_rate_stress.c -lcmocka -lpthread
 */
#include <pthread.h>

#include "gtest.h"
#include "guard/rate.h"

enum { TAKERS = 4, BURST = 1000, STEPS = 500, STEP_TOKENS = 3 };

static struct rate_shared bucket;
static struct rate_limit limit;
static _Atomic uint64_t now_ns;
static _Atomic bool stop;

struct taker {
	pthread_t thread;
	uint64_t taken;
};

static void *
take(void *arg)
{
	struct taker *t = arg;

	while (!stop)
		t->taken += rate_shared_take(&bucket, &limit, 2, now_ns);
	return NULL;
}

GTEST(RateThreads, no_token_twice_and_none_lost)
{
	struct taker taker[TAKERS] = { 0 };
	uint64_t taken = 0, last;

	limit = rate_limit_make(1000, BURST);
	now_ns = UINT64_C(1000000000000);
	stop = false;
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_create(&taker[i].thread, NULL, take, &taker[i]), 0);
	for (int i = 0; i < STEPS; i++) {
		now_ns += STEP_TOKENS * limit.token_ns;
		sched_yield();
	}
	stop = true;
	for (int i = 0; i < TAKERS; i++) {
		pthread_join(taker[i].thread, NULL);
		taken += taker[i].taken;
	}
	/* what nobody was fast enough to take; a full bucket takes in no more */
	last = rate_shared_take(&bucket, &limit, BURST, now_ns);
	assert_true(last <= BURST);
	assert_true(taken + last <= BURST + STEPS * STEP_TOKENS);
	assert_true(taken + last >= BURST);
	assert_int_equal(rate_shared_take(&bucket, &limit, 1, now_ns), 0);
}

/* With a clock that stands there are as many tokens as the burst, whoever takes them. */
GTEST(RateThreads, a_burst_is_shared)
{
	struct taker taker[TAKERS] = { 0 };
	uint64_t taken = 0;

	limit = rate_limit_make(1, 20000);
	bucket.full_ns = 0;
	now_ns = UINT64_C(1000000000000);
	stop = false;
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_create(&taker[i].thread, NULL, take, &taker[i]), 0);
	while (atomic_load(&bucket.full_ns) < now_ns + limit.burst_ns)
		sched_yield();
	stop = true;
	for (int i = 0; i < TAKERS; i++) {
		pthread_join(taker[i].thread, NULL);
		taken += taker[i].taken;
	}
	assert_int_equal(taken, 20000);
}
