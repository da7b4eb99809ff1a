/* SPDX-License-Identifier: BSD-3-Clause */
#include "attack_nodes.h"
#include "bench.h"
#include "gtest.h"

enum { EVENTS = 5000 };

/* By time, and of one time in the order of the world; `branch` says which one it was. */
static bool
may_follow(enum attack_order order, const struct attack_event *a, const struct attack_event *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return order == ATTACK_NEWEST_FIRST ? a->branch > b->branch : a->branch < b->branch;
}

GTEST(AttackQueue, comes_out_in_order)
{
	for (enum attack_order order = ATTACK_EVEN; order <= ATTACK_AT_RANDOM; order++) {
		struct attack_world *w = attack_open(order, 1);
		struct attack_event last, next;
		uint64_t random = 7;

		assert_non_null(w);
		for (unsigned int i = 0; i < EVENTS; i++)
			attack_post(w, (struct attack_event){ .branch = (uint16_t)i },
				    random_next(&random) % 100);
		last = attack_take(w);
		for (unsigned int i = 1; i < EVENTS; i++) {
			next = attack_take(w);
			assert_true(may_follow(order, &last, &next));
			last = next;
		}
		assert_int_equal(w->heap_count, 0);
		attack_close(w);
	}
}
