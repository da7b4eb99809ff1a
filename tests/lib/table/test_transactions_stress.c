/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers that fill their parts of one list after the other and write their gauges, against readers
 * that wait for parts and look at both. Everything in a part follows from the list's query and the
 * worker's number, so a reader knows a mixture when it sees one.
 *
 * VIADUCT_STRESS=N does N times as much.
 */
#include <pthread.h>

#include "lib/table/support.h"
#include "table/transactions.h"

enum { WORKERS = 2, READERS = 2, ROWS = 8 };

static struct transactions_gauges gauges[WORKERS];
static struct transactions_list current; /* of the round that is */
static pthread_barrier_t begun, filled;
static _Atomic bool stop;

struct thread {
	pthread_t id;
	uint32_t worker;
	uint64_t parts;
	char fault[120];
};

/* What row `i` of a part is, as a number that all of its fields are made of. */
static uint32_t
mark(uint64_t query, uint32_t worker, uint32_t i)
{
	return (uint32_t)(query * 1000 + worker * 100 + i);
}

static void
fill_row(const struct transactions_list *list, uint32_t worker, uint32_t i)
{
	uint32_t m = mark(list->query, worker, i);
	struct transactions_entry e = { .branch_count = m % 5 };
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", m);

	e.facts = (struct transactions_facts){
		.age_ms = m, .breadth_in = m, .breadth_out = m, .branches = m % 5
	};
	e.uri = e.call_id = slice_of(text, (size_t)n);
	for (unsigned int k = 0; k < e.branch_count; k++)
		e.branch[k].share = m + k;
	transactions_list_put(list, worker, i, &e);
}

static void *
work(void *arg)
{
	struct thread *t = arg;

	while (pthread_barrier_wait(&begun), !stop) {
		const struct transactions_part part = { ROWS, ROWS, ROWS };

		for (uint32_t i = ROWS; i-- > 0;) {
			fill_row(&current, t->worker, i);
			atomic_store_explicit(&gauges[t->worker].live, i, memory_order_relaxed);
		}
		transactions_list_done(&current, t->worker, &part);
		pthread_barrier_wait(&filled);
	}
	return NULL;
}

static bool
is_whole(const struct transactions_entry *e, uint32_t m)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", m);
	if (e->facts.age_ms != m || e->facts.breadth_in != m || e->facts.breadth_out != m ||
	    e->branch_count != m % 5 || !slice_eq(e->uri, slice_str(text)) ||
	    !slice_eq(e->call_id, slice_str(text)))
		return false;
	for (unsigned int k = 0; k < e->branch_count; k++)
		if (e->branch[k].share != m + k)
			return false;
	return true;
}

static void
look_at(struct thread *t, const struct transactions_list *list, uint32_t worker)
{
	struct transactions_entry e;
	struct transactions_part part;

	if (gauges[worker].live >= ROWS)
		snprintf(t->fault, sizeof(t->fault), "a gauge that nobody wrote");
	if (!transactions_list_part(list, worker, &part))
		return;
	t->parts++;
	for (uint32_t i = 0; i < part.rows; i++)
		if (!transactions_list_get(list, worker, i, &e) ||
		    !is_whole(&e, mark(list->query, worker, i)))
			snprintf(t->fault, sizeof(t->fault),
				 "row %u of %u in list %llu is a mixture", i, worker,
				 (unsigned long long)list->query);
}

static void *
look(void *arg)
{
	struct thread *t = arg;

	while (!stop && t->fault[0] == '\0') {
		struct transactions_list list;

		if (transactions_list_attach(&list, test_dir) != SEGMENT_OK)
			continue;
		for (uint32_t worker = 0; worker < list.worker_count; worker++)
			look_at(t, &list, worker);
		transactions_list_detach(&list);
	}
	return NULL;
}

static void
run_rounds(unsigned int rounds)
{
	struct transactions_query q = { .limit = ROWS, .state = TRANSACTIONS_ANY_STATE };

	for (q.id = 1; q.id <= rounds; q.id++) {
		struct transactions_list last = current;

		assert_int_equal(transactions_list_create(&current, test_dir, &q, WORKERS),
				 SEGMENT_OK);
		transactions_list_detach(&last);
		pthread_barrier_wait(&begun);
		pthread_barrier_wait(&filled);
	}
}

GTEST_F(TransactionsThreads, lists_and_gauges, make_dir, remove_dir)
{
	static struct thread t[WORKERS + READERS];

	pthread_barrier_init(&begun, NULL, WORKERS + 1);
	pthread_barrier_init(&filled, NULL, WORKERS + 1);
	for (uint32_t i = 0; i < WORKERS + READERS; i++) {
		t[i].worker = i;
		assert_int_equal(pthread_create(&t[i].id, NULL, i < WORKERS ? work : look, &t[i]),
				 0);
	}
	run_rounds(1000 * stress_scale());
	atomic_store(&stop, true);
	pthread_barrier_wait(&begun);
	for (unsigned int i = 0; i < WORKERS + READERS; i++)
		pthread_join(t[i].id, NULL);
	for (unsigned int i = 0; i < WORKERS + READERS; i++)
		if (t[i].fault[0] != '\0')
			fail_msg("%s", t[i].fault);
	assert_true(t[WORKERS].parts > 10 && t[WORKERS + 1].parts > 10);
	transactions_list_detach(&current);
}
