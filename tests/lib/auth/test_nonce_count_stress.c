/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that send the same requests all at once, to a table in which there is always somebody who
 * has to give way: whatever they meet in, each count of each nonce is good for one of them. For a
 * race detector:
 *
 *	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=thread -Ilib -Itests lib/auth/nonce_count.c
 *\ tests/gtest*.c tests/lib/auth/test_nonce_count_stress.c -lcmocka -lpthread
 */
#include <pthread.h>
#include <stdatomic.h>

#include "auth/nonce_count.h"
#include "lib/auth/support.h"

enum { THREADS = 4, NONCES = 2000, COUNTS = 12, CROWD = 10, NOW = 1800000000, LIFETIME = 100000 };

static _Alignas(64) uint8_t memory[2 * 512];
static struct nonce_counts table;
static _Atomic unsigned int taken[NONCES][COUNTS], copies, stale;
static pthread_barrier_t barrier;

struct sender {
	pthread_t thread;
	unsigned int number;
	bool alike; /* all send the same: one is the request, the others are copies */
};

static void
send_one(unsigned int nonce, uint32_t nc, uint64_t request)
{
	struct nonce_id id = { nonce * UINT64_C(0x9e3779b97f4a7c15) + 1, NOW + nonce, false };

	switch (nonce_count_take(&table, &id, nc, NOW + nonce, request)) {
	case NC_FRESH:
		taken[nonce][nc]++;
		break;
	case NC_SAME_REQUEST:
		copies++;
		break;
	case NC_STALE:
		stale++;
		break;
	default:
		break;
	}
}

/* Moves over the nonces so that CROWD of them are in use at a time, all threads alike. */
static void *
run(void *arg)
{
	const struct sender *s = arg;
	uint64_t seed = s->number;

	pthread_barrier_wait(&barrier);
	for (unsigned int first = 0; first + CROWD <= NONCES; first++)
		for (unsigned int i = 0; i < 4 * CROWD; i++) {
			unsigned int nonce = first + random_below(&seed, CROWD);
			uint32_t nc = random_below(&seed, COUNTS);

			send_one(nonce, nc, s->alike ? nc + 1 : next_random(&seed));
		}
	return NULL;
}

static void
run_all(uint32_t rows, bool alike)
{
	struct sender sender[THREADS];

	nonce_counts_init(&table, memory, rows, LIFETIME);
	memset(taken, 0, sizeof(taken));
	copies = stale = 0;
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		sender[i] = (struct sender){ .number = i, .alike = alike };
		assert_int_equal(pthread_create(&sender[i].thread, NULL, run, &sender[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(sender[i].thread, NULL);
	pthread_barrier_destroy(&barrier);
}

/* How many were taken; none twice. */
static unsigned int
count_taken(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < NONCES; i++)
		for (unsigned int nc = 0; nc < COUNTS; nc++) {
			assert_true(taken[i][nc] <= 1);
			n += taken[i][nc];
		}
	return n;
}

GTEST(NonceCountThreads, nothing_twice_with_room)
{
	run_all(14, false);
	assert_true(count_taken() > NONCES);
	assert_int_equal(copies, 0);
}

GTEST(NonceCountThreads, nothing_twice_while_rows_give_way)
{
	run_all(7, false);
	assert_true(count_taken() > NONCES / 2);
	assert_true(stale > 0);
}

GTEST(NonceCountThreads, copies_are_known)
{
	run_all(14, true);
	assert_true(count_taken() > NONCES);
	assert_true(copies > 0);
}
