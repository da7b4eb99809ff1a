/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction_watch.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "aor_text.h"
#include "process/clock.h"

/* A dataplane gives a sign of life a hundred times a second. */
enum { DEAD_MS = 5000 };

#define OLDER_MAX 1000000

struct level {
	uint64_t used, limit;
	const char *what, *key; /* for people, and what to raise */
};

static uint64_t
get(const _Atomic uint64_t *gauge)
{
	return atomic_load_explicit(gauge, memory_order_relaxed);
}

static struct level
level_of(const struct transactions_gauges *g, unsigned int kind)
{
	switch (kind) {
	case 0:
		return (struct level){ get(&g->live), get(&g->max), "transactions",
				       "transactions.max" };
	case 1:
		return (struct level){ get(&g->branches), get(&g->branches_max), "branches",
				       "transactions.branches" };
	default:
		return (struct level){ get(&g->text_used), get(&g->text_size), "octets of messages",
				       "transactions.memory_mb" };
	}
}

/* The statistics of a dataplane, alive or not; NULL: there are none. */
static const struct stats_segment *
look(struct transaction_watch *w)
{
	if (w->segment.header != NULL && segment_replaced(&w->segment))
		segment_detach(&w->segment);
	if (w->segment.header == NULL) {
		if (segment_attach(&w->segment, w->dir, &stats_segment_type, false) != SEGMENT_OK)
			return NULL;
		if (w->segment.size < sizeof(struct stats_segment)) {
			segment_detach(&w->segment);
			return NULL;
		}
	}
	return (const struct stats_segment *)w->segment.header;
}

static unsigned int
worker_count(const struct stats_segment *s)
{
	return s->worker_count < STATS_WORKERS ? s->worker_count : STATS_WORKERS;
}

/* ---- the alarm ---- */

static void
tell(const struct level *l, unsigned int worker, bool high, char *message, size_t size)
{
	unsigned long long percent = l->limit > 0 ? l->used * 100 / l->limit : 0;

	if (high)
		snprintf(message, size,
			 "transactions: worker %u has %llu of %llu %s (%llu %%); when all are in "
			 "use, new requests get 503: `viaduct show transactions --top` tells for "
			 "whom they are; %s is the limit",
			 worker, (unsigned long long)l->used, (unsigned long long)l->limit, l->what,
			 percent, l->key);
	else
		snprintf(message, size, "transactions: worker %u is down to %llu of %llu %s",
			 worker, (unsigned long long)l->used, (unsigned long long)l->limit,
			 l->what);
}

bool
transaction_watch_news(struct transaction_watch *w, char *message, size_t size)
{
	const struct stats_segment *s = look(w);

	for (unsigned int i = 0; s != NULL && i < STATS_WORKERS; i++) {
		for (unsigned int kind = 0; kind < TRANSACTION_WATCH_KINDS; kind++) {
			struct level l = level_of(&s->worker[i].transactions, kind);
			bool *high = &w->high[i][kind];
			unsigned int bound = *high ? TRANSACTION_WATCH_LOW : TRANSACTION_WATCH_HIGH;
			bool now = l.limit > 0 && l.used * 100 >= l.limit * bound;

			if (now == *high)
				continue;
			*high = now;
			w->high_count += now ? 1 : UINT_MAX;
			w->alarms += now;
			tell(&l, i, now, message, size);
			return true;
		}
	}
	return false;
}

/* ---- reports ---- */

json_t *
transaction_watch_report(struct transaction_watch *w)
{
	const struct stats_segment *s = look(w);
	uint64_t sum[TRANSACTION_WATCH_KINDS][2] = { { 0 } }, oldest = 0;

	if (s == NULL || segment_age_ms(&w->segment) > DEAD_MS)
		return NULL;
	for (unsigned int i = 0; i < worker_count(s); i++) {
		uint64_t age = get(&s->worker[i].transactions.oldest_s);

		for (unsigned int kind = 0; kind < TRANSACTION_WATCH_KINDS; kind++) {
			struct level l = level_of(&s->worker[i].transactions, kind);

			sum[kind][0] += l.used;
			sum[kind][1] += l.limit;
		}
		oldest = age > oldest ? age : oldest;
	}
	if (sum[0][1] == 0)
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "live",
			 (json_int_t)sum[0][0], "limit", (json_int_t)sum[0][1], "branches",
			 (json_int_t)sum[1][0], "branches_limit", (json_int_t)sum[1][1], "octets",
			 (json_int_t)sum[2][0], "octets_limit", (json_int_t)sum[2][1], "oldest_s",
			 (json_int_t)oldest, "alarms", (json_int_t)w->alarms, "high",
			 (int)(w->high_count > 0));
}

static json_t *
refuse(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

/* ---- lists ---- */

/* NULL, or what is wrong with a number of the request, which may be left out. */
static const char *
take_number(const json_t *request, const char *key, json_int_t least, json_int_t most,
	    json_int_t usual, json_int_t *out)
{
	const json_t *value = json_object_get(request, key);

	*out = value != NULL ? json_integer_value(value) : usual;
	if ((value != NULL && !json_is_integer(value)) || *out < least || *out > most)
		return key;
	return NULL;
}

static const char *
take_texts(const json_t *request, struct transactions_query *q)
{
	const char *aor = json_string_value(json_object_get(request, "aor"));
	const char *call_id = json_string_value(json_object_get(request, "call_id"));
	const char *state = json_string_value(json_object_get(request, "state"));

	if (aor != NULL)
		q->aor_len = (uint32_t)aor_text_read(aor, q->aor, sizeof(q->aor)).len;
	if (aor != NULL && q->aor_len == 0)
		return "no address of record: want one such as sip:alice@example.com";
	if (call_id != NULL && (call_id[0] == '\0' || strlen(call_id) > sizeof(q->call_id)))
		return "no Call-ID: want 1 to 512 characters";
	if (call_id != NULL) {
		q->call_id_len = (uint32_t)strlen(call_id);
		memcpy(q->call_id, call_id, q->call_id_len);
	}
	q->state = TRANSACTIONS_ANY_STATE;
	if (state != NULL && transactions_server_find(state) < 0)
		return "no such state: want proceeding, completed, confirmed, accepted or "
		       "terminated";
	if (state != NULL)
		q->state = (uint32_t)transactions_server_find(state);
	return NULL;
}

/* NULL, or a sentence. */
static const char *
take_query(const json_t *request, struct transactions_query *q)
{
	json_int_t older, limit;

	if (take_number(request, "older", 0, OLDER_MAX, 0, &older) != NULL)
		return "want a number of seconds from 0 to 1000000 (older)";
	if (take_number(request, "limit", 1, TRANSACTIONS_LIMIT_MAX, TRANSACTIONS_LIMIT, &limit) !=
	    NULL)
		return "want a number from 1 to 1000 (limit)";
	q->older_ms = (uint64_t)older * 1000;
	q->limit = (uint32_t)limit;
	return take_texts(request, q);
}

/* One that none before had, under no control before this one. */
static uint64_t
next_id(struct transaction_watch *w)
{
	uint64_t id = clock_wall_ms() << 16;

	w->last_query = id > w->last_query ? id : w->last_query + 1;
	return w->last_query;
}

json_t *
transaction_watch_list(struct transaction_watch *w, const json_t *request)
{
	const struct stats_segment *s = look(w);
	struct transactions_query q = { 0 };
	const char *wrong = take_query(request, &q);
	enum segment_error error;
	char text[120];

	if (wrong != NULL)
		return refuse(wrong);
	if (s == NULL)
		return refuse("the dataplane is not there: it has no statistics yet");
	if (segment_age_ms(&w->segment) > DEAD_MS) {
		snprintf(text, sizeof(text), "the dataplane gave no sign of life for %llu s",
			 (unsigned long long)segment_age_ms(&w->segment) / 1000);
		return refuse(text);
	}
	q.id = next_id(w);
	error = transactions_ask(w->dir, &q);
	if (error != SEGMENT_OK)
		return refuse(segment_error_text(error));
	return json_pack("{s:b, s:I}", "ok", 1, "id", (json_int_t)q.id);
}

void
transaction_watch_close(struct transaction_watch *w)
{
	segment_detach(&w->segment);
}
