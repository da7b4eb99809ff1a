/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of transactions and branches, and what finds them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <rte_malloc.h>

#include "owners.h"
#include "transaction/transaction.h"

/* Taken from the system as it is touched: most engines never need the most. */
static void *
map_rows(size_t count, size_t size)
{
	void *p = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, count * size, MADV_HUGEPAGE);
	return p;
}

static void
unmap_rows(void *p, size_t count, size_t size)
{
	if (p != NULL)
		munmap(p, count * size);
}

static int
open_memory(struct transactions *ts, uint32_t now_tick, uint32_t memory_mb)
{
	uint32_t buckets = 16;

	while (buckets < ts->max)
		buckets *= 2;
	buckets *= 2; /* short chains: each link is a row that is far from the core */
	ts->bucket_mask = buckets - 1;
	ts->row = map_rows(ts->max, sizeof(*ts->row));
	ts->client = map_rows(ts->client_max, sizeof(*ts->client));
	ts->bucket = map_rows(buckets, sizeof(*ts->bucket));
	if (ts->row == NULL || ts->client == NULL || ts->bucket == NULL)
		return -1;
	if (wheel_open(&ts->server_wheel, ts->max, now_tick) != 0 ||
	    wheel_open(&ts->client_wheel, ts->client_max, now_tick) != 0)
		return -1;
	return text_store_open(&ts->text, (size_t)memory_mb << 20);
}

int
transactions_open(struct via_worker *w)
{
	const struct config_file_transactions *f = &w->engine->config->file->transactions;
	struct transactions *ts;

	if (f->state == CONFIG_STATE_NEVER)
		return 0;
	ts = rte_zmalloc("transactions", sizeof(*ts), RTE_CACHE_LINE_SIZE);
	w->transactions = ts;
	if (ts == NULL || getrandom(&ts->key, sizeof(ts->key), 0) != (ssize_t)sizeof(ts->key))
		return -1;
	ts->random = siphash(ts->key, "305", 3);
	ts->max = f->max;
	ts->client_max = f->branches;
	ts->free = ts->client_free = TRANSACTION_NONE;
	ts->t1 = f->t1_ms;
	ts->t2 = f->t2_ms;
	ts->t4 = f->t4_ms;
	ts->timer_c = f->timer_c * 1000;
	ts->failover = f->failover_ms;
	return open_memory(ts, wheel_tick(transaction_now(w)), f->memory_mb);
}

void
transactions_close(struct via_worker *w)
{
	struct transactions *ts = w->transactions;

	if (ts == NULL)
		return;
	for (unsigned int i = 0; i < ts->outbox.count; i++)
		rte_pktmbuf_free(ts->outbox.row[i].m);
	text_store_close(&ts->text);
	wheel_close(&ts->server_wheel);
	wheel_close(&ts->client_wheel);
	unmap_rows(ts->row, ts->max, sizeof(*ts->row));
	unmap_rows(ts->client, ts->client_max, sizeof(*ts->client));
	unmap_rows(ts->bucket, ts->bucket_mask + 1, sizeof(*ts->bucket));
	rte_free(ts);
	w->transactions = NULL;
}

/* ---- transactions ---- */

void
transaction_prefetch(const struct transactions *ts, uint64_t key)
{
	rte_prefetch0(&ts->bucket[(uint32_t)key & ts->bucket_mask]);
}

/* §17.2.3: an ACK and a CANCEL are known by the request that they are about. */
static bool
is_about(uint8_t method, uint8_t of)
{
	return method == of || (method == SIP_ACK && of == SIP_INVITE) || method == SIP_CANCEL;
}

struct transaction *
transaction_find(const struct transactions *ts, uint64_t key, uint8_t method)
{
	uint32_t i = ts->bucket[(uint32_t)key & ts->bucket_mask];
	struct transaction *t, *found = NULL;

	for (; i != 0; i = t->chain) {
		t = &ts->row[i - 1];
		if (t->key != key || !is_about(method, t->method))
			continue;
		/* who uses a branch for several requests means the INVITE by its CANCEL */
		if (method != SIP_CANCEL || t->method == SIP_INVITE)
			return t;
		found = t;
	}
	return found;
}

struct transaction *
transaction_new(struct transactions *ts, uint64_t key, uint8_t method)
{
	uint32_t *bucket = &ts->bucket[(uint32_t)key & ts->bucket_mask], i = ts->free;
	struct transaction *t;

	if (i != TRANSACTION_NONE)
		ts->free = ts->row[i].chain;
	else if (ts->used < ts->max)
		i = ts->used++;
	else
		return NULL;
	t = &ts->row[i];
	memset(t, 0, offsetof(struct transaction, front));
	t->key = key;
	t->method = method;
	t->clients = TRANSACTION_NONE;
	t->chain = *bucket;
	*bucket = i + 1;
	ts->in_state[SERVER_PROCEEDING]++;
	if (++ts->live > ts->peak)
		ts->peak = ts->live;
	return t;
}

void
transaction_unlist(struct via_worker *w, const struct transaction *t)
{
	struct transactions *ts = w->transactions;
	uint32_t *at = &ts->bucket[(uint32_t)t->key & ts->bucket_mask];
	uint32_t i = transaction_number(ts, t) + 1;

	if (w->engine->worker_count > 1)
		owners_release(&w->engine->owners, t->key, w->index);
	while (*at != i)
		at = &ts->row[*at - 1].chain;
	*at = t->chain;
}

void
transaction_free(struct via_worker *w, struct transaction *t)
{
	struct transactions *ts = w->transactions;
	uint32_t i = transaction_number(ts, t);

	if (t->state != SERVER_TERMINATED)
		transaction_unlist(w, t);
	wheel_clear(&ts->server_wheel, i);
	transaction_drop_text(ts, &t->request);
	transaction_drop_text(ts, &t->targets);
	transaction_drop_text(ts, &t->response);
	transaction_drop_text(ts, &t->best);
	transaction_drop_text(ts, &t->challenges);
	transaction_drop_text(ts, &t->cancel_reason);
	if (t->started_ms != 0)
		ages_remove(&ts->ages, (uint32_t)(t->started_ms / 1000));
	transaction_drop_text(ts, &t->tried);
	t->key = 0;
	t->chain = ts->free;
	ts->free = i;
	ts->in_state[t->state]--;
	ts->live--;
}

/* ---- branches ---- */

struct client *
client_new(struct transactions *ts, struct transaction *t)
{
	uint32_t i = ts->client_free;
	struct client *c;

	if (i != TRANSACTION_NONE)
		ts->client_free = ts->client[i].next;
	else if (ts->client_used < ts->client_max)
		i = ts->client_used++;
	else
		return NULL;
	c = &ts->client[i];
	memset(c, 0, sizeof(*c));
	c->tag = branch_client_tag(ts->key, ++ts->counter);
	c->transaction = transaction_number(ts, t);
	c->next = t->clients;
	t->clients = i;
	ts->client_in_state[CLIENT_CALLING]++;
	if (++ts->client_live > ts->client_peak)
		ts->client_peak = ts->client_live;
	return c;
}

void
client_free(struct transactions *ts, struct client *c)
{
	uint32_t i = client_number(ts, c), *at = &client_transaction(ts, c)->clients;

	while (*at != i)
		at = &ts->client[*at].next;
	*at = c->next;
	wheel_clear(&ts->client_wheel, i);
	transaction_drop_text(ts, &c->route);
	transaction_drop_text(ts, &c->contacts);
	transaction_drop_text(ts, &c->places);
	c->transaction = TRANSACTION_NONE;
	c->next = ts->client_free;
	ts->client_free = i;
	ts->client_in_state[c->state]--;
	ts->client_live--;
}

struct client *
client_find(const struct transactions *ts, uint32_t number, uint64_t tag)
{
	struct client *c;

	if (number >= ts->client_used)
		return NULL;
	c = &ts->client[number];
	/* one comparison of one word: no octet of it can be guessed before the others */
	return c->tag == tag && c->transaction != TRANSACTION_NONE ? c : NULL;
}
