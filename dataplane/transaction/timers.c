/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is called when: one entry in a wheel for each transaction and each branch. */
#include "transaction/transaction.h"

enum { BATCH = 32 };

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return a < b ? a : b;
}

static void
set(struct wheel *wheel, uint32_t i, uint64_t at)
{
	if (at == 0)
		wheel_clear(wheel, i);
	else
		wheel_set(wheel, i, transaction_tick(at + 7));
}

void
transaction_arm(struct via_worker *w, struct transaction *t)
{
	struct transactions *ts = w->transactions;

	set(&ts->server_wheel, transaction_number(ts, t), earlier(t->retry_at, t->end_at));
}

void
client_arm(struct via_worker *w, struct client *c)
{
	struct transactions *ts = w->transactions;

	set(&ts->client_wheel, client_number(ts, c),
	    earlier(c->cancel_at, earlier(c->retry_at, c->end_at)));
}

unsigned int
transaction_timers(struct via_worker *w, unsigned int max)
{
	struct transactions *ts = w->transactions;
	uint32_t now = transaction_tick(transaction_now(w)), due[BATCH];
	unsigned int n, count;

	if (max > BATCH)
		max = BATCH;
	count = n = wheel_take(&ts->client_wheel, now, due, max);
	for (unsigned int i = 0; i < n; i++)
		rte_prefetch0(&ts->client[due[i]]);
	/* one may have ended another of the same batch */
	for (unsigned int i = 0; i < n; i++)
		if (ts->client[due[i]].transaction != TRANSACTION_NONE)
			client_timer(w, &ts->client[due[i]]);
	n = wheel_take(&ts->server_wheel, now, due, max);
	for (unsigned int i = 0; i < n; i++)
		rte_prefetch0(&ts->row[due[i]]);
	for (unsigned int i = 0; i < n; i++)
		if (ts->row[due[i]].key != 0)
			server_timer(w, &ts->row[due[i]]);
	return count + n;
}
