/* SPDX-License-Identifier: BSD-3-Clause */
/* The server transaction (RFC 3261 §17.2, RFC 6026 §7.1, RFC 4320 §4.1). */
#include "transaction/transaction.h"

static void
send_own(struct via_worker *w, const struct transaction *t, enum via_reason reason)
{
	struct via_meta *meta = render_meta(w, t);

	if (meta != NULL)
		render_reply(w, meta, t, reason);
}

void
server_trying(struct via_worker *w, struct transaction *t, struct via_meta *meta)
{
	t->flags |= TRANSACTION_TRYING_SENT;
	render_reply(w, meta, t, VIA_REASON_TRYING);
}

/* The last response once more. */
static void
send_again(struct via_worker *w, struct transaction *t)
{
	if (t->response != 0)
		render_response(w, t, t->response);
	else if (t->final_status != 0 && t->reason != VIA_REASON_NONE)
		send_own(w, t, (enum via_reason)t->reason);
	else if (t->final_status == 0 && (t->flags & TRANSACTION_TRYING_SENT) != 0)
		send_own(w, t, VIA_REASON_TRYING);
	else
		return;
	via_count(w, STATS_retransmitted);
}

void
server_copy(struct via_worker *w, struct transaction *t)
{
	via_count(w, STATS_copies_absorbed);
	if (t->state == SERVER_PROCEEDING || t->state == SERVER_COMPLETED)
		send_again(w, t);
}

void
server_ack(struct via_worker *w, struct transaction *t)
{
	if (t->state != SERVER_COMPLETED)
		return;
	server_enter(w->transactions, t, SERVER_CONFIRMED);
	t->retry_at = 0;
	t->end_at = transaction_now(w) + w->transactions->t4;
	transaction_drop_text(w->transactions, &t->response);
	transaction_arm(w, t);
}

void
server_final(struct via_worker *w, struct transaction *t, uint16_t status)
{
	struct transactions *ts = w->transactions;
	uint64_t now = transaction_now(w);

	t->final_status = status;
	t->retry_at = 0;
	t->end_at = now + 64 * (uint64_t)ts->t1;
	server_enter(ts, t, SERVER_COMPLETED);
	if (transaction_is_invite(t) && status / 100 == 2) {
		server_enter(ts, t, SERVER_ACCEPTED);
		transaction_drop_text(ts, &t->response);
	} else if (transaction_is_invite(t)) {
		t->interval = ts->t1;
		t->retry_at = now + t->interval;
	}
	transaction_drop_text(ts, &t->best);
	transaction_drop_text(ts, &t->challenges);
	transaction_arm(w, t);
}

void
server_refuse(struct via_worker *w, struct transaction *t, enum via_reason reason)
{
	transaction_drop_text(w->transactions, &t->response);
	t->reason = (uint8_t)reason;
	send_own(w, t, reason);
	server_final(w, t, via_reason_status(reason));
}

/* What is kept is kept for some need; the request is needed by those that may be sent again. */
static bool
needs_request(const struct transactions *ts, const struct transaction *t)
{
	const struct client *c;

	if (t->state == SERVER_COMPLETED && t->response == 0)
		return true;
	for (uint32_t i = t->clients; i != TRANSACTION_NONE; i = c->next) {
		c = &ts->client[i];
		if (c->state != CLIENT_ACCEPTED &&
		    (c->state != CLIENT_COMPLETED || transaction_is_invite(t)))
			return true;
	}
	return false;
}

void
server_end(struct via_worker *w, struct transaction *t)
{
	server_enter(w->transactions, t, SERVER_TERMINATED);
	t->retry_at = t->end_at = 0;
	transaction_unlist(w, t);
	transaction_arm(w, t);
}

void
server_release(struct via_worker *w, struct transaction *t)
{
	struct transactions *ts = w->transactions;

	if (t->state == SERVER_TERMINATED && t->clients == TRANSACTION_NONE) {
		transaction_free(w, t);
		return;
	}
	if (t->state == SERVER_PROCEEDING || needs_request(ts, t))
		return;
	transaction_drop_text(ts, &t->request);
	transaction_drop_text(ts, &t->targets);
}

void
server_timer(struct via_worker *w, struct transaction *t)
{
	struct transactions *ts = w->transactions;
	uint64_t now = transaction_now(w);

	if (t->end_at != 0 && t->end_at <= now) {
		server_end(w, t);
		server_release(w, t);
		return;
	}
	if (t->retry_at != 0 && t->retry_at <= now) {
		t->retry_at = 0;
		if (t->state == SERVER_PROCEEDING) {
			send_own(w, t, VIA_REASON_TRYING);
			t->flags |= TRANSACTION_TRYING_SENT;
		} else if (t->state == SERVER_COMPLETED) {
			send_again(w, t);
			t->interval = RTE_MIN(2 * t->interval, ts->t2);
			t->retry_at = now + t->interval;
		}
	}
	transaction_arm(w, t);
}
