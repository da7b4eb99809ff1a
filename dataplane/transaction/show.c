/* SPDX-License-Identifier: BSD-3-Clause */
/* What people who ask are shown of transactions, some rows in each graph walk. */
#include "transaction/show.h"

#include "lookup.h"
#include "sip/address.h"
#include "transaction/transaction.h"

/* What one walk does at most, in rows that are looked at and rows that are copied. */
enum { LOOKS = 64, COPIES = 4, PREFETCH = 4 };

/* What it costs to look into a request, in rows that are only looked at. */
enum { COST_URI = 8, COST_MESSAGE = 24 };

_Static_assert((int)SERVER_STATES == TRANSACTIONS_SERVER_COUNT, "numbers of states are shared");
_Static_assert((int)CLIENT_STATES == TRANSACTIONS_CLIENT_COUNT, "numbers of states are shared");
_Static_assert((int)SERVER_PROCEEDING == TRANSACTIONS_SERVER_proceeding &&
		       (int)SERVER_COMPLETED == TRANSACTIONS_SERVER_completed &&
		       (int)SERVER_CONFIRMED == TRANSACTIONS_SERVER_confirmed &&
		       (int)SERVER_ACCEPTED == TRANSACTIONS_SERVER_accepted &&
		       (int)SERVER_TERMINATED == TRANSACTIONS_SERVER_terminated,
	       "numbers of states are shared");
_Static_assert((int)CLIENT_CALLING == TRANSACTIONS_CLIENT_calling &&
		       (int)CLIENT_PROCEEDING == TRANSACTIONS_CLIENT_proceeding &&
		       (int)CLIENT_COMPLETED == TRANSACTIONS_CLIENT_completed &&
		       (int)CLIENT_ACCEPTED == TRANSACTIONS_CLIENT_accepted &&
		       (int)CLIENT_GIVEN_UP == TRANSACTIONS_CLIENT_given_up,
	       "numbers of states are shared");

/* ---- gauges ---- */

static void
set(_Atomic uint64_t *gauge, uint64_t value)
{
	atomic_store_explicit(gauge, value, memory_order_relaxed);
}

void
transactions_gauges(struct via_worker *w)
{
	struct transactions_gauges *g = &w->stats->transactions;
	struct transactions *ts = w->transactions;

	if (ts == NULL)
		return;
	set(&g->live, ts->live);
	set(&g->peak, ts->peak);
	set(&g->max, ts->max);
	set(&g->branches, ts->client_live);
	set(&g->branches_peak, ts->client_peak);
	set(&g->branches_max, ts->client_max);
	set(&g->text_used, text_store_used(&ts->text));
	set(&g->text_size, text_store_size(&ts->text));
	set(&g->timers, ts->server_wheel.set + ts->client_wheel.set);
	set(&g->oldest_s, ages_oldest(&ts->ages, (uint32_t)(transaction_now(w) / 1000)));
	for (unsigned int i = 0; i < SERVER_STATES; i++)
		set(&g->server[i], ts->in_state[i]);
	for (unsigned int i = 0; i < CLIENT_STATES; i++)
		set(&g->client[i], ts->client_in_state[i]);
}

/* ---- the choice: a heap ---- */

static bool
is_younger(const struct show_choice *a, const struct show_choice *b)
{
	return a->started_ms > b->started_ms;
}

static void
put_up(struct show *s, uint32_t i, struct show_choice c)
{
	for (; i > 0 && is_younger(&c, &s->choice[(i - 1) / 2]); i = (i - 1) / 2)
		s->choice[i] = s->choice[(i - 1) / 2];
	s->choice[i] = c;
}

static void
put_down(struct show *s, struct show_choice c)
{
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < s->count) {
		if (child + 1 < s->count && is_younger(&s->choice[child + 1], &s->choice[child]))
			child++;
		if (!is_younger(&s->choice[child], &c))
			break;
		s->choice[i] = s->choice[child];
		i = child;
	}
	s->choice[i] = c;
}

static void
choose(struct show *s, uint32_t limit, const struct transaction *t, uint32_t row)
{
	const struct show_choice c = { t->started_ms, t->key, row };

	s->matched++;
	if (s->count < limit)
		put_up(s, s->count++, c);
	else if (is_younger(&s->choice[0], &c))
		put_down(s, c);
}

static struct show_choice
take_youngest(struct show *s)
{
	struct show_choice youngest = s->choice[0];

	s->count--;
	put_down(s, s->choice[s->count]);
	return youngest;
}

/* ---- looking ---- */

static bool
is_for(const struct via_worker *w, const struct transaction *t, const struct transactions_query *q)
{
	const struct show *s = &w->transactions->show;
	const struct via_meta *front = (const struct via_meta *)t->front;
	struct slice text = text_store_get(&w->transactions->text, t->request), aor;
	char room[VIA_AOR_MAX];
	struct sip_uri uri;

	if (text.ptr == NULL)
		return s->by_hash && (front->flags & VIA_HAS_LOOP) != 0 &&
		       front->loop.h2 == s->aor_hash;
	return sip_uri_decode(slice_of(text.ptr + t->uri_off, t->uri_len), &uri) &&
	       via_aor_of(&uri, room, &aor) && slice_eq(aor, slice_of(q->aor, q->aor_len));
}

static bool
is_of_call(struct via_worker *w, const struct transaction *t, const struct transactions_query *q)
{
	const struct via_meta *meta = render_meta(w, t);

	return meta != NULL && slice_eq(meta->fields.call_id, slice_of(q->call_id, q->call_id_len));
}

/* `*cost` grows by what it took. */
static bool
matches(struct via_worker *w, const struct transaction *t, const struct transactions_query *q,
	unsigned int *cost)
{
	if (t->key == 0 || (q->state != TRANSACTIONS_ANY_STATE && q->state != t->state) ||
	    t->started_ms + q->older_ms > transaction_now(w))
		return false;
	if (q->aor_len > 0) {
		*cost += COST_URI;
		if (!is_for(w, t, q))
			return false;
	}
	if (q->call_id_len == 0)
		return true;
	*cost += COST_MESSAGE;
	return is_of_call(w, t, q);
}

static void
look(struct via_worker *w, struct show *s, const struct transactions_query *q)
{
	struct transactions *ts = w->transactions;
	unsigned int cost = 0;

	for (; s->next < s->end && cost < LOOKS; cost++) {
		const struct transaction *t = &ts->row[s->next];

		if (s->next + PREFETCH < s->end)
			rte_prefetch0(&ts->row[s->next + PREFETCH]);
		if (matches(w, t, q, &cost))
			choose(s, q->limit, t, s->next);
		s->next++;
	}
	s->rows = s->count;
}

/* ---- copying ---- */

/* In the order in which they began; those that came last have no room where there are too many. */
static void
add_branches(const struct transactions *ts, const struct transaction *t,
	     struct transactions_entry *e)
{
	uint32_t skip, n = 0;

	for (uint32_t i = t->clients; i != TRANSACTION_NONE; i = ts->client[i].next)
		n++;
	e->facts.branches = n;
	skip = n > TRANSACTIONS_BRANCHES ? n - TRANSACTIONS_BRANCHES : 0;
	e->branch_count = n = n - skip;
	for (uint32_t i = t->clients; i != TRANSACTION_NONE; i = ts->client[i].next) {
		const struct client *c = &ts->client[i];

		if (skip > 0) {
			skip--;
			continue;
		}
		e->branch[--n] = (struct transactions_branch){
			.to = c->to,
			.share = c->share,
			.status = c->status,
			.state = c->state,
			.depth = c->depth,
			.flags = (uint8_t)(((c->flags & CLIENT_CANCEL_SENT) != 0
						    ? TRANSACTIONS_BRANCH_CANCELLED
						    : 0) |
					   ((c->flags & CLIENT_DONE) != 0 ? TRANSACTIONS_BRANCH_DONE
									  : 0)),
		};
	}
}

static void
add_facts(const struct via_worker *w, const struct transaction *t, struct transactions_facts *f)
{
	*f = (struct transactions_facts){
		.age_ms = transaction_now(w) - t->started_ms,
		.breadth_in = t->breadth.incoming,
		.breadth_out = t->breadth.outgoing,
		.final_status = t->final_status,
		.best_status = t->best_status,
		.state = t->state,
		.recursions = t->recursions,
	};
	if ((t->flags & TRANSACTION_CANCELLED) != 0)
		f->flags |= TRANSACTIONS_CANCELLED;
}

/* A Request-URI without what is not for everybody's eyes: its password and its headers. */
static struct slice
uri_text(const struct sip_uri *uri, char room[TRANSACTIONS_AOR_MAX])
{
	struct slice head = uri->text, tail = SLICE_ABSENT;

	if (uri->headers.ptr != NULL)
		head.len = (size_t)(uri->headers.ptr - 1 - head.ptr);
	if (uri->password.ptr == NULL)
		return head;
	tail = slice_between(slice_end(uri->password), slice_end(head));
	head = slice_between(head.ptr, uri->password.ptr - 1);
	head.len = RTE_MIN(head.len, (size_t)TRANSACTIONS_AOR_MAX);
	tail.len = RTE_MIN(tail.len, TRANSACTIONS_AOR_MAX - head.len);
	memcpy(room, head.ptr, head.len);
	memcpy(room + head.len, tail.ptr, tail.len);
	return slice_of(room, head.len + tail.len);
}

static struct slice
user_of(const struct via_meta *meta)
{
	struct sip_address from;
	struct sip_uri uri;

	if (!sip_address_decode(sip_header_get(&meta->msg, SIP_HDR_FROM), &from) ||
	    !sip_uri_decode(from.uri, &uri))
		return SLICE_ABSENT;
	return uri.user;
}

static struct slice
method_name(const struct transaction *t)
{
	static const char *const names[SIP_METHOD_COUNT] = {
#define X(name) [SIP_##name] = #name,
		SIP_METHODS(X)
#undef X
	};

	return t->method < SIP_METHOD_COUNT && names[t->method] != NULL
		       ? slice_str(names[t->method])
		       : SLICE_ABSENT;
}

static void
copy(struct via_worker *w, const struct transaction *t, uint32_t at)
{
	char room[TRANSACTIONS_AOR_MAX];
	const struct via_meta *meta = render_meta(w, t);
	struct transactions_entry e = { .method = method_name(t) };

	add_facts(w, t, &e.facts);
	add_branches(w->transactions, t, &e);
	if (meta != NULL) {
		e.method = sip_span_slice(&meta->msg, meta->msg.method_text);
		e.uri = uri_text(&meta->uri, room);
		e.call_id = meta->fields.call_id;
		e.from = user_of(meta);
	} else {
		e.facts.flags |= TRANSACTIONS_RELEASED;
	}
	transactions_list_put(&w->tables->list, w->index, at, &e);
}

static void
copy_some(struct via_worker *w, struct show *s)
{
	const struct transactions *ts = w->transactions;

	for (unsigned int i = 0; i < COPIES && s->count > 0; i++) {
		struct show_choice c = take_youngest(s);
		const struct transaction *t = &ts->row[c.row];

		/* it may have gone meanwhile, and its row may be another's by now */
		if (t->key == c.key && t->started_ms == c.started_ms)
			copy(w, t, s->count);
	}
}

/* ---- the whole ---- */

static void
begin(struct via_worker *w, struct show *s, const struct transactions_query *q)
{
	struct loop_input in = { .call_id = SLICE_ABSENT };
	struct sip_uri uri;

	s->query = q->id;
	s->next = s->matched = s->count = s->rows = 0;
	s->end = w->transactions->used;
	s->live = w->transactions->live;
	s->by_hash = q->aor_len > 0 && w->tables->has_keys &&
		     sip_uri_decode(slice_of(q->aor, q->aor_len), &uri);
	if (s->by_hash) {
		in.uri = &uri;
		s->aor_hash = loop_part_make(w->tables->keys.loop, &in).h2;
	}
}

static void
finish(struct via_worker *w, const struct transactions_part *part)
{
	transactions_list_done(&w->tables->list, w->index, part);
	w->listed = w->tables->query.id;
}

void
transactions_show(struct via_worker *w)
{
	const struct transactions_query *q = &w->tables->query;
	struct transactions_part part = { 0 };
	struct show *s;

	w->busy = true;
	if (w->transactions == NULL) {
		finish(w, &part);
		return;
	}
	s = &w->transactions->show;
	if (s->query != q->id)
		begin(w, s, q);
	if (s->next < s->end)
		look(w, s, q);
	else
		copy_some(w, s);
	if (s->next < s->end || s->count > 0)
		return;
	part = (struct transactions_part){ s->rows, s->matched, s->live };
	finish(w, &part);
}
