/* SPDX-License-Identifier: BSD-3-Clause */
/* Branches: which begin when, and with how much of Max-Breadth (RFC 3261 §16.6, RFC 5393 §5.3). */
#include "flow_state.h"
#include "transaction/answer.h"
#include "transaction/transaction.h"

enum { TARGETS_MAX = 64 };

/* Of the group that is tried now, those that are waiting: their rows. */
static unsigned int
waiting(const struct target_rows *rows, uint8_t group, uint8_t out[TARGETS_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rows->count; i++)
		if (rows->row[i].taken == 0 && rows->row[i].alternative == 0 &&
		    rows->row[i].group == group)
			out[n++] = (uint8_t)i;
	return n;
}

/* The number of the next group that has somebody waiting, or -1. */
static int
next_group(const struct target_rows *rows)
{
	int next = -1;

	for (unsigned int i = 0; i < rows->count; i++)
		if (rows->row[i].taken == 0 && rows->row[i].alternative == 0 &&
		    (next < 0 || rows->row[i].group < next))
			next = rows->row[i].group;
	return next;
}

static bool
may_begin(const struct transaction *t)
{
	return t->state == SERVER_PROCEEDING &&
	       (t->flags & (TRANSACTION_CANCELLED | TRANSACTION_DECIDED)) == 0;
}

/* A branch to this row; false: it failed at once, and its share is free again. */
static bool
begin(struct via_worker *w, struct transaction *t, unsigned int row, uint32_t share,
      struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	struct target *to = &transaction_targets(ts, t)->row[row];
	struct flow flow = { .transport = FLOW_UDP, .remote = to->to };
	struct client *c;
	uint16_t status = 503;

	to->taken = 1;
	flow.local = via_listener(w, to->listener)->address;
	if (to->kind == VIA_TARGET_FLOW && via_flow_is_dead(w, &flow)) {
		status = 430;
		c = NULL;
	} else {
		c = client_new(ts, t);
	}
	if (c != NULL) {
		c->to = to->to;
		c->listener = to->listener;
		c->kind = to->kind;
		c->target = (uint8_t)row;
		c->share = share;
		if (client_begin(w, t, c, meta))
			return true;
		client_free(ts, c);
		status = 500;
	} else if (status == 503) {
		via_count(w, STATS_transactions_full);
	}
	if ((t->flags & TRANSACTION_NO_BREADTH) == 0)
		breadth_return(&t->breadth, share);
	answer_consider(w, t, status, NULL);
	return false;
}

/* The next flow of the instance of `row` that was not tried, or -1. */
static int
alternative_of(const struct target_rows *rows, unsigned int row)
{
	for (unsigned int i = row + 1; i < rows->count && rows->row[i].alternative != 0; i++)
		if (rows->row[i].taken == 0)
			return (int)i;
	return -1;
}

/* The same, or to another flow of its instance; false: all of them failed at once. */
static bool
begin_any(struct via_worker *w, struct transaction *t, unsigned int first, uint32_t share,
	  struct via_meta *meta)
{
	int row = (int)first;

	while (!begin(w, t, (unsigned int)row, share, meta)) {
		row = alternative_of(transaction_targets(w->transactions, t), first);
		if (row < 0)
			return false;
		if ((t->flags & TRANSACTION_NO_BREADTH) == 0)
			t->breadth.outgoing += share;
	}
	return true;
}

/* Shares for as many of these as there is breadth for. */
static unsigned int
share_out(struct via_worker *w, struct transaction *t, const uint8_t *row, unsigned int count,
	  uint32_t share[TARGETS_MAX])
{
	const struct target_rows *rows = transaction_targets(w->transactions, t);
	bool is_flow[TARGETS_MAX];
	unsigned int n;

	for (unsigned int i = 0; i < count; i++) {
		is_flow[i] = rows->row[row[i]].kind == VIA_TARGET_FLOW;
		share[i] = t->breadth.incoming;
	}
	if ((t->flags & TRANSACTION_NO_BREADTH) != 0)
		return count;
	n = breadth_share(&t->breadth, w->engine->breadth.sharing, is_flow, count, share);
	stats_add(&w->stats->counter[STATS_breadth_waited], count - n);
	return n;
}

void
fork_continue(struct via_worker *w, struct transaction *t, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	uint32_t share[TARGETS_MAX];
	uint8_t row[TARGETS_MAX];
	unsigned int count, n, begun;
	int group;

	while (may_begin(t) && transaction_targets(ts, t) != NULL) {
		count = waiting(transaction_targets(ts, t), t->group, row);
		if (count == 0) {
			group = t->running > 0 ? -1 : next_group(transaction_targets(ts, t));
			if (group < 0)
				return;
			t->group = (uint8_t)group;
			continue;
		}
		n = share_out(w, t, row, count, share);
		begun = 0;
		for (unsigned int i = 0; i < n; i++)
			begun += begin_any(w, t, row[i], share[i], meta);
		if (begun == n) /* else what has failed leaves its share to others */
			return;
	}
}

bool
fork_has_alternative(const struct via_worker *w, const struct transaction *t,
		     const struct client *c)
{
	const struct target_rows *rows = transaction_targets(w->transactions, t);

	return may_begin(t) && rows != NULL && alternative_of(rows, c->target) >= 0;
}

bool
fork_alternative(struct via_worker *w, struct transaction *t, struct client *c)
{
	int row;

	if (!fork_has_alternative(w, t, c))
		return false;
	row = alternative_of(transaction_targets(w->transactions, t), c->target);
	/* the share of the one that failed, which has just become free */
	if ((t->flags & TRANSACTION_NO_BREADTH) == 0)
		t->breadth.outgoing += c->share;
	if (!begin_any(w, t, (unsigned int)row, c->share, NULL))
		return false;
	via_count(w, STATS_next_flows);
	return true;
}

/* ---- the beginning ---- */

/* MB-07: 440 only before anything is sent (RFC 5393 §5.3.3). */
static bool
is_too_broad(const struct via_worker *w, const struct target_rows *rows, uint32_t breadth)
{
	const struct config_file_proxy *f = &w->engine->config->file->proxy;
	uint8_t row[TARGETS_MAX];
	int group = next_group(rows);

	return f->breadth == CONFIG_BREADTH_ON && f->breadth_shortage == CONFIG_SHORTAGE_REJECT &&
	       group >= 0 && waiting(rows, (uint8_t)group, row) > breadth;
}

static uint16_t
offset_of(const struct via_meta *meta, struct slice s)
{
	return s.ptr != NULL ? (uint16_t)(s.ptr - meta->msg.base) : 0;
}

static void
note_request(struct via_worker *w, struct transaction *t, const struct via_meta *meta)
{
	t->started_ms = transaction_now(w);
	ages_add(&w->transactions->ages, (uint32_t)(t->started_ms / 1000));
	t->reply_to = via_reply_address(meta);
	t->breadth = (struct breadth){ .incoming = meta->breadth };
	t->uri_off = offset_of(meta, meta->uri.text);
	t->uri_len = (uint16_t)meta->uri.text.len;
	t->route_off = offset_of(meta, meta->route_uri);
	t->route_len = (uint16_t)meta->route_uri.len;
	memcpy(t->front, meta, sizeof(t->front));
	if (meta->msg.method == SIP_INVITE)
		t->flags |= TRANSACTION_INVITE;
	if (w->engine->config->file->proxy.breadth == CONFIG_BREADTH_OFF)
		t->flags |= TRANSACTION_NO_BREADTH;
}

static enum via_reason
fail(struct via_worker *w, uint32_t targets, enum via_reason reason)
{
	text_store_free(&w->transactions->text, targets);
	return reason;
}

enum via_reason
fork_begin(struct via_worker *w, struct via_meta *meta, uint32_t targets)
{
	struct transactions *ts = w->transactions;
	const struct target_rows *rows =
		(const struct target_rows *)text_store_get(&ts->text, targets).ptr;
	struct transaction *t;

	if (rows->redirect == 0 && is_too_broad(w, rows, meta->breadth)) {
		via_count(w, STATS_breadth_refused);
		stats_add(&w->stats->counter[STATS_guard_saved], rows->count);
		return fail(w, targets, VIA_REASON_BREADTH_EXCEEDED);
	}
	t = transaction_new(ts, transaction_key(&meta->branch), meta->msg.method);
	if (t != NULL)
		t->request = text_store_put(&ts->text, meta->msg.base, meta->msg.len);
	if (t == NULL || t->request == 0) {
		if (t != NULL)
			transaction_free(w, t);
		via_count(w, STATS_transactions_full);
		return fail(w, targets, VIA_REASON_TOO_MANY_TRANSACTIONS);
	}
	via_count(w, STATS_transactions);
	t->targets = targets;
	t->flags |= rows->flags;
	note_request(w, t, meta);
	if (unlikely(rows->redirect != 0)) {
		server_refuse(w, t, VIA_REASON_MOVED_TEMPORARILY);
		server_release(w, t);
		return VIA_REASON_NONE;
	}
	if (meta->msg.method == SIP_INVITE) {
		server_trying(w, t, meta);
	} else { /* RFC 4320 §4.1: as long as a client needs for its timer E to reach T2 */
		t->retry_at = transaction_now(w) + 7 * (uint64_t)ts->t1;
		transaction_arm(w, t);
	}
	fork_continue(w, t, meta);
	if (t->running == 0 && t->state == SERVER_PROCEEDING)
		answer_send(w, t, NULL);
	server_release(w, t);
	return VIA_REASON_NONE;
}
