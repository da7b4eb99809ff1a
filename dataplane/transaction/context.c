/* SPDX-License-Identifier: BSD-3-Clause */
/* The response context: what becomes of the responses of all branches (RFC 3261 §16.7). */
#include "binding_choice.h"
#include "proxy/best_response.h"
#include "transaction/answer.h"
#include "transaction/recurse.h"
#include "transaction/transaction.h"

void
context_done(struct transaction *t, struct client *c, uint16_t status)
{
	if ((c->flags & CLIENT_DONE) != 0)
		return;
	c->flags |= CLIENT_DONE;
	c->status = status;
	t->running--;
	if ((t->flags & TRANSACTION_NO_BREADTH) == 0 && (c->flags & CLIENT_RESUMED) == 0)
		breadth_return(&t->breadth, c->share);
}

/* It counts again. */
static void
take_back(struct transaction *t, struct client *c)
{
	c->flags &= (uint8_t)~CLIENT_DONE;
	c->status = 0;
	t->running++;
}

bool
context_given_up(struct via_worker *w, struct transaction *t, struct client *c)
{
	context_done(t, c, 408);
	if (fork_alternative(w, t, c))
		return true;
	take_back(t, c);
	if ((t->flags & TRANSACTION_NO_BREADTH) == 0)
		t->breadth.outgoing += c->share;
	return false;
}

void
context_resumed(struct transaction *t, struct client *c)
{
	take_back(t, c);
	c->flags |= CLIENT_RESUMED;
}

/* `why`: CLIENT_REASON_RELAYED or CLIENT_REASON_ELSEWHERE, or 0. */
static void
cancel_all(struct via_worker *w, struct transaction *t, enum client_flag why)
{
	struct transactions *ts = w->transactions;

	for (uint32_t i = t->clients; i != TRANSACTION_NONE; i = ts->client[i].next) {
		if ((ts->client[i].flags & CLIENT_CANCEL_WANTED) == 0)
			ts->client[i].flags |= (uint8_t)why;
		client_cancel(w, t, &ts->client[i]);
	}
}

void
context_cancel(struct via_worker *w, struct transaction *t)
{
	cancel_all(w, t, 0);
}

void
context_cancelled(struct via_worker *w, struct transaction *t)
{
	if (t->state != SERVER_PROCEEDING || !transaction_is_invite(t))
		return;
	t->flags |= TRANSACTION_CANCELLED;
	cancel_all(w, t, CLIENT_REASON_RELAYED);
}

/* An edge calls the flow gone: it is passed over from now on, and control is told (OB-76). */
static void
note_failed(struct via_worker *w, const struct transaction *t, const struct client *c)
{
	const struct target_rows *rows = transaction_targets(w->transactions, t);
	const struct via_meta *front = (const struct via_meta *)t->front;

	if (rows != NULL && rows->row[c->target].id != 0)
		failed_bindings_add(&w->engine->failed,
				    binding_failed_key(front->loop.h2, rows->row[c->target].id),
				    w->mono_ms);
}

/*
 * OB-69, OB-71, GR-46: what says that this flow does not lead there, and not that nobody answers.
 * RFC 3263 §4.3: of a next hop, that it cannot, or does not answer itself.
 */
static bool
is_way_failure(const struct via_worker *w, const struct transaction *t, const struct client *c,
	       uint16_t status, bool responded)
{
	const struct target_rows *rows = transaction_targets(w->transactions, t);

	/* timer C: it has rung; after CLIENT_GIVEN_UP: another has taken its turn already */
	if ((c->flags & (CLIENT_CANCEL_SENT | CLIENT_RESUMED)) != 0)
		return false;
	if (c->kind == VIA_TARGET_NEXT_HOP)
		return status == 503 || !responded;
	return status == 430 || status == 408 ||
	       (status == 410 && rows != NULL && rows->row[c->target].has_instance);
}

enum client_verdict
context_final(struct via_worker *w, struct transaction *t, struct client *c, uint16_t status,
	      struct via_meta *meta)
{
	bool more, better;

	context_done(t, c, status);
	if (t->state != SERVER_PROCEEDING)
		return CLIENT_ABSORB;
	if (status == 430)
		note_failed(w, t, c);
	more = (t->flags & (TRANSACTION_CANCELLED | TRANSACTION_DECIDED)) == 0;
	if (more && recurse_next(w, t, c, status, meta))
		return CLIENT_ABSORB;
	if (more && is_way_failure(w, t, c, status, meta != NULL) && fork_alternative(w, t, c))
		return CLIENT_ABSORB;
	if (more && status == 305 && meta != NULL && recurse_305(w, t, c, meta))
		return CLIENT_ABSORB;
	if (status >= 600) {
		t->flags |= TRANSACTION_DECIDED;
		context_cancel(w, t);
	}
	better = answer_consider(w, t, status, meta);
	fork_continue(w, t, NULL);
	if (t->running > 0 || t->state != SERVER_PROCEEDING)
		return CLIENT_ABSORB;
	return answer_send(w, t, better ? meta : NULL) ? CLIENT_FORWARD : CLIENT_ABSORB;
}

enum client_verdict
context_success(struct via_worker *w, struct transaction *t, struct client *c,
		struct via_meta *meta)
{
	bool invite = transaction_is_invite(t);

	context_done(t, c, meta->msg.status);
	t->flags |= TRANSACTION_DECIDED;
	if (!invite && t->state != SERVER_PROCEEDING)
		return CLIENT_ABSORB;
	if (t->state == SERVER_TERMINATED) /* RFC 6026 §8.3 */
		return CLIENT_STRAY;
	if (!invite)
		t->response = render_keep(w, meta, slice_of(meta->msg.base, meta->msg.len));
	/* every 2xx to an INVITE goes on, whatever went before (§16.7 item 5) */
	if (t->state == SERVER_PROCEEDING)
		server_final(w, t, meta->msg.status);
	else if (t->final_status >= 300)
		via_count(w, STATS_late_2xx);
	if (invite && (t->flags & TRANSACTION_NO_CANCEL) == 0)
		cancel_all(w, t, CLIENT_REASON_ELSEWHERE);
	render_way_back(w, t, meta);
	return CLIENT_FORWARD;
}
