/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is called when: one entry in a wheel for each transaction and each branch. */
#include "transaction/transaction.h"

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
		wheel_set(wheel, i, wheel_tick(at + WHEEL_TICK_MS - 1));
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

/* The rows of a batch are far from the core: two passes ask for them, and for what they lead to. */
static bool
take_from(struct via_worker *w, bool clients, struct timer_batch *batch)
{
	struct transactions *ts = w->transactions;
	uint32_t now = wheel_tick(transaction_now(w));

	batch->clients = clients;
	batch->count = wheel_take(clients ? &ts->client_wheel : &ts->server_wheel, now, batch->due,
				  RTE_DIM(batch->due));
	for (unsigned int i = 0; i < batch->count; i++)
		rte_prefetch0_write(clients ? (void *)&ts->client[batch->due[i]]
					    : (void *)&ts->row[batch->due[i]]);
	for (unsigned int i = 0; i < batch->count; i++)
		if (clients)
			client_prefetch_transaction(ts, batch->due[i]);
		else
			transaction_prefetch(ts, ts->row[batch->due[i]].key);
	return batch->count > 0;
}

bool
timer_batch_take(struct via_worker *w, struct timer_batch *batch)
{
	struct transactions *ts = w->transactions;

	/* in turn, so that none of the two waits for the other where there is more than can be done
	 */
	ts->clients_turn = !ts->clients_turn;
	if (!take_from(w, ts->clients_turn, batch))
		take_from(w, !ts->clients_turn, batch);
	return batch->count > 0;
}

void
timer_batch_run(struct via_worker *w, const struct timer_batch *batch, unsigned int i)
{
	struct transactions *ts = w->transactions;
	uint32_t number = batch->due[i];

	/* one may have ended another of the same batch */
	if (batch->clients && ts->client[number].transaction != TRANSACTION_NONE)
		client_timer(w, &ts->client[number]);
	else if (!batch->clients && ts->row[number].key != 0)
		server_timer(w, &ts->row[number]);
}
