/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that claim the same few keys of one set, all at once, while others of it come and go. For
 * a race detector:
 *
 *	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=thread -Idataplane -Ilib -Itests \
 *		dataplane/owners.c tests/gtest*.c tests/dataplane/test_owners_stress.c \
 *		-lcmocka -lpthread
 *
 * VIADUCT_STRESS=N does N times as much.
 */
#include <pthread.h>

#include "lib/table/support.h"
#include "owners.h"

/* Keys and what threads are about to note always have room in the set. */
enum { THREADS = 4, KEYS = OWNERS_WAYS - THREADS, SETS = 256, ROUNDS = 200000 };

/* Two that meet: as many as run at once anywhere. */
enum { PAIR = 2 };

static struct owners owners;
static unsigned int answer[PAIR];
static _Atomic uint64_t arrived;
static _Atomic unsigned int holders[KEYS];

struct worker {
	pthread_t thread;
	unsigned int number;
	uint64_t seed, met, held, not_noted, shared;
};

/* Leave within nanoseconds of each other, which no lock can do. */
static void
meet(struct worker *w, unsigned int threads)
{
	uint64_t all = ++w->met * threads;

	atomic_fetch_add(&arrived, 1);
	for (unsigned int i = 1; atomic_load(&arrived) < all; i++)
		if (i % 1000 == 0)
			sched_yield();
}

static uint64_t
key_of(uint64_t n)
{
	return (n + 1) * SETS;
}

/* Who gets a key has it alone until he lets it go. */
static void *
hold(void *arg)
{
	struct worker *w = arg;

	meet(w, THREADS);
	for (uint64_t i = 0; i < ROUNDS * stress_scale(); i++) {
		uint32_t n = random_below(&w->seed, KEYS);
		uint64_t key = key_of(n);

		if (owners_claim(&owners, key, w->number) != w->number)
			continue;
		if (owners_find(&owners, key) != (int)w->number) {
			w->not_noted++;
			continue;
		}
		w->held++;
		w->shared += atomic_fetch_add(&holders[n], 1) != 0;
		if (random_below(&w->seed, 4) == 0)
			sched_yield();
		atomic_fetch_sub(&holders[n], 1);
		owners_release(&owners, key, w->number);
	}
	return NULL;
}

/*
 * A new key for both, who agree. Each has let go of another one just before, so that what is the
 * first empty place for one was not for the other.
 */
static void *
agree(void *arg)
{
	struct worker *w = arg;

	for (uint64_t i = 0; i < ROUNDS * stress_scale(); i++) {
		uint64_t own = key_of(1 + w->number), key = key_of(100 + i);

		if (random_below(&w->seed, 2) == 0)
			owners_claim(&owners, own, w->number);
		meet(w, PAIR);
		owners_release(&owners, own, w->number);
		answer[w->number] = owners_claim(&owners, key, w->number);
		meet(w, PAIR);
		w->shared += answer[0] != answer[1];
		w->held += answer[w->number] == w->number;
		w->not_noted += owners_find(&owners, key) != (int)answer[w->number];
		meet(w, PAIR);
		owners_release(&owners, key, w->number);
	}
	return NULL;
}

static struct worker
run(void *(*body)(void *), unsigned int threads)
{
	struct worker w[THREADS], sum = { 0 };

	assert_int_equal(owners_open(&owners, 1), 0);
	assert_int_equal(owners.mask, SETS - 1);
	atomic_store(&arrived, 0);
	for (unsigned int i = 0; i < threads; i++) {
		w[i] = (struct worker){ .number = i, .seed = i };
		assert_int_equal(pthread_create(&w[i].thread, NULL, body, &w[i]), 0);
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(w[i].thread, NULL);
		sum.held += w[i].held;
		sum.shared += w[i].shared;
		sum.not_noted += w[i].not_noted;
	}
	for (int i = 0; i < OWNERS_WAYS; i++)
		assert_int_equal(owners.set[0].word[i], 0);
	owners_close(&owners);
	return sum;
}

GTEST(OwnersThreads, nobody_shares)
{
	struct worker sum = run(hold, THREADS);

	assert_int_equal(sum.shared, 0);
	assert_true(sum.held > 1000);
	assert_true(sum.not_noted * 1000 <= sum.held);
}

GTEST(OwnersThreads, all_agree)
{
	struct worker sum = run(agree, PAIR);

	assert_int_equal(sum.shared, 0);
	assert_int_equal(sum.not_noted, 0);
	assert_int_equal(sum.held, ROUNDS * stress_scale());
}
