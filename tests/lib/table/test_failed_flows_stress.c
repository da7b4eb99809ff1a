/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that declare flows dead and alive in the same few rows, against threads that look. Every
 * word of a row follows from its flow's number, so a reader knows a mixture when it sees one, and
 * in the end the count has to fit the rows. For a race detector:
 *
 *	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=thread -Ilib -Itests \
 *		lib/guard/siphash.c lib/flow/address.c lib/sip/chars.c lib/table/segment.c \
 *		lib/table/failed_flows.c tests/gtest*.c \
 *		tests/lib/table/test_failed_flows_stress.c -lcmocka -lpthread
 *
 * VIADUCT_STRESS=N does N times as much.
 */
#include <pthread.h>

#include "lib/table/support.h"
#include "table/failed_flows.h"

enum { FLOWS = 48, ROWS = 16, WRITERS = 3, READERS = 2 };

static struct segment segment;
static struct failed_flows table;
static _Atomic bool stop;

struct worker {
	pthread_t thread;
	uint64_t seed, added, removed, looked, found;
	char fault[120];
};

static struct flow
numbered(uint32_t n)
{
	struct flow flow = { .generation = n ^ UINT32_C(0xa5a5a5a5), .transport = FLOW_UDP };

	flow.local = (struct flow_address){ .port = (uint16_t)(n * 13), .family = 4 };
	flow.remote = (struct flow_address){ .port = (uint16_t)(n * 7), .family = 4 };
	memcpy(flow.local.ip, &flow.generation, 4);
	memcpy(flow.remote.ip, &n, 4);
	return flow;
}

static enum failed_flow_why
why_of(uint32_t n)
{
	return (enum failed_flow_why)(n % 3 + 1);
}

static void *
change(void *arg)
{
	struct worker *w = arg;

	for (uint64_t now = 1; !stop; now++) {
		uint32_t n = random_below(&w->seed, FLOWS);
		struct flow flow = numbered(n);

		/* times are a multiple of the flow's number */
		if (random_below(&w->seed, 2) == 0)
			w->added += failed_flows_add(&table, &flow, why_of(n), now * (n + 1));
		else
			w->removed += failed_flows_remove(&table, &flow);
	}
	return NULL;
}

static void *
look(void *arg)
{
	struct worker *w = arg;

	while (!stop && w->fault[0] == '\0') {
		uint32_t n = random_below(&w->seed, FLOWS);
		struct flow flow = numbered(n);
		struct failed_flow row;

		w->looked++;
		if (failed_flows_count(&table) > ROWS)
			snprintf(w->fault, sizeof(w->fault), "more are dead than there are rows");
		if (!failed_flows_find(&table, &flow, &row))
			continue;
		w->found++;
		if (memcmp(&row.flow, &flow, sizeof(flow)) != 0 || row.why != why_of(n) ||
		    row.failed_ms % (n + 1) != 0)
			snprintf(w->fault, sizeof(w->fault), "flow %u: the row is a mixture", n);
	}
	return NULL;
}

static uint64_t
rows_in_use(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < ROWS; i++) {
		assert_int_equal(table.rows[i].version & 1, 0);
		assert_int_equal(table.rows[i].why != 0, table.tags[i] != 0);
		n += table.rows[i].why != 0;
	}
	return n;
}

GTEST_F(FailedFlowsThreads, several_writers, make_dir, remove_dir)
{
	static const uint8_t key[SIPHASH_KEY_SIZE] = "sixteen octets.";
	static struct worker w[WRITERS + READERS];

	memset(w, 0, sizeof(w));
	atomic_store(&stop, false);
	assert_int_equal(failed_flows_create(&segment, test_dir, ROWS, key), SEGMENT_OK);
	failed_flows_init(&table, &segment);
	for (unsigned int i = 0; i < WRITERS + READERS; i++) {
		w[i].seed = i + 1;
		assert_int_equal(pthread_create(&w[i].thread, NULL, i < WRITERS ? change : look,
						&w[i]), 0);
	}
	usleep(300000 * stress_scale());
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < WRITERS + READERS; i++)
		pthread_join(w[i].thread, NULL);
	for (unsigned int i = 0; i < WRITERS + READERS; i++)
		if (w[i].fault[0] != '\0')
			fail_msg("%s", w[i].fault);
	assert_int_equal(rows_in_use(), failed_flows_count(&table));
	for (uint32_t n = 0; n < FLOWS; n++) {
		struct flow flow = numbered(n);

		failed_flows_remove(&table, &flow);
	}
	assert_int_equal(failed_flows_count(&table), 0);
	assert_int_equal(rows_in_use(), 0);
	assert_true(w[0].added > 100 && w[0].removed > 100 && w[WRITERS].found > 100);
	segment_detach(&segment);
}
