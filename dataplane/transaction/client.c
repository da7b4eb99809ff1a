/* SPDX-License-Identifier: BSD-3-Clause */
/* The client transaction: one branch (RFC 3261 §17.1, §9.1, RFC 6026 §7.2). */
#include "flow_state.h"
#include "sip/method.h"
#include "transaction/transaction.h"

/* §17.1.1.2: at least 32 s where messages may be lost. */
#define TIMER_D_MS UINT64_C(32000)

static uint64_t
timer_b(const struct via_worker *w)
{
	return transaction_now(w) + 64 * (uint64_t)w->transactions->t1;
}

bool
client_begin(struct via_worker *w, struct transaction *t, struct client *c, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;

	if (meta == NULL)
		meta = render_meta(w, t);
	if (meta == NULL || !render_request(w, meta, t, c))
		return false;
	via_count(w, STATS_branches);
	client_enter(ts, c, CLIENT_CALLING);
	c->interval = ts->t1;
	c->retry_at = transaction_now(w) + c->interval;
	c->end_at = timer_b(w);
	t->running++;
	client_arm(w, c);
	return true;
}

/* Nothing is waited for any more. */
static void
end(struct via_worker *w, struct client *c)
{
	struct transaction *t = client_transaction(w->transactions, c);

	client_free(w->transactions, c);
	server_release(w, t);
}

/* ---- CANCEL ---- */

static void
send_cancel(struct via_worker *w, struct transaction *t, struct client *c)
{
	if ((c->flags & CLIENT_CANCEL_SENT) == 0) {
		c->flags |= CLIENT_CANCEL_SENT;
		c->cancel_interval = w->transactions->t1;
		c->end_at = timer_b(w);
		via_count(w, STATS_cancels);
	} else {
		c->cancel_interval = RTE_MIN(2 * c->cancel_interval, w->transactions->t2);
		via_count(w, STATS_retransmitted);
	}
	c->cancel_at = transaction_now(w) + c->cancel_interval;
	render_cancel(w, t, c);
	client_arm(w, c);
}

void
client_cancel(struct via_worker *w, struct transaction *t, struct client *c)
{
	if (!transaction_is_invite(t) || (c->flags & CLIENT_CANCEL_WANTED) != 0 ||
	    c->state == CLIENT_COMPLETED || c->state == CLIENT_ACCEPTED)
		return;
	c->flags |= CLIENT_CANCEL_WANTED;
	if (c->state == CLIENT_PROCEEDING)
		send_cancel(w, t, c);
}

/* ---- responses ---- */

static enum client_verdict
provisional(struct via_worker *w, struct transaction *t, struct client *c, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;

	if (c->state == CLIENT_COMPLETED || c->state == CLIENT_ACCEPTED)
		return CLIENT_ABSORB;
	if (c->state == CLIENT_GIVEN_UP && !transaction_is_invite(t))
		return CLIENT_ABSORB;
	if (c->state == CLIENT_GIVEN_UP) { /* it rings after all */
		client_enter(ts, c, CLIENT_CALLING);
		context_resumed(t, c);
		if (t->state != SERVER_PROCEEDING)
			c->flags |= CLIENT_CANCEL_WANTED;
	}
	if (transaction_is_invite(t)) {
		c->retry_at = 0;
		/* §16.7 item 2: a 100 does not set it anew */
		if ((c->flags & CLIENT_CANCEL_SENT) == 0 &&
		    (c->state == CLIENT_CALLING || meta->msg.status > 100))
			c->end_at = transaction_now(w) + ts->timer_c;
	} else if (c->state == CLIENT_CALLING) {
		c->interval = ts->t2;
	}
	client_enter(ts, c, CLIENT_PROCEEDING);
	if ((c->flags & (CLIENT_CANCEL_WANTED | CLIENT_CANCEL_SENT)) == CLIENT_CANCEL_WANTED)
		send_cancel(w, t, c);
	client_arm(w, c);
	/* RFC 4320 §4.1: of those to other requests none is forwarded */
	if (meta->msg.status == 100 || !transaction_is_invite(t) || t->state != SERVER_PROCEEDING)
		return CLIENT_ABSORB;
	transaction_drop_text(ts, &t->response);
	t->response = render_keep(w, meta, slice_of(meta->msg.base, meta->msg.len));
	render_way_back(w, t, meta);
	return CLIENT_FORWARD;
}

static void
settle(struct via_worker *w, struct client *c, enum client_state state, uint64_t ms)
{
	client_enter(w->transactions, c, state);
	c->retry_at = c->cancel_at = 0;
	c->end_at = transaction_now(w) + ms;
	client_arm(w, c);
}

static enum client_verdict
success(struct via_worker *w, struct transaction *t, struct client *c, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;

	if (!transaction_is_invite(t)) {
		if (c->state == CLIENT_COMPLETED)
			return CLIENT_ABSORB;
		settle(w, c, CLIENT_COMPLETED, ts->t4);
		return context_success(w, t, c, meta);
	}
	if (c->state == CLIENT_ACCEPTED) {
		/* RFC 6026 §7.2: again, or of another user agent behind a fork */
		if (t->state == SERVER_TERMINATED)
			return CLIENT_STRAY;
		render_way_back(w, t, meta);
		return CLIENT_FORWARD;
	}
	settle(w, c, CLIENT_ACCEPTED, 64 * (uint64_t)ts->t1);
	return context_success(w, t, c, meta);
}

static enum client_verdict
failure(struct via_worker *w, struct transaction *t, struct client *c, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	uint8_t before = c->state;

	if (before == CLIENT_ACCEPTED)
		return CLIENT_STRAY;
	if (transaction_is_invite(t))
		render_ack(w, t, c, meta);
	if (before == CLIENT_COMPLETED)
		return CLIENT_ABSORB;
	settle(w, c, CLIENT_COMPLETED,
	       transaction_is_invite(t) ? RTE_MAX(64 * (uint64_t)ts->t1, TIMER_D_MS) : ts->t4);
	if (before == CLIENT_GIVEN_UP)
		context_resumed(t, c);
	return context_final(w, t, c, meta->msg.status, meta);
}

/* §17.1.3: the method in CSeq tells a response to the CANCEL from one to its INVITE. */
static bool
is_of_method(const struct via_meta *meta, const struct transaction *t)
{
	return (uint8_t)sip_method_find(meta->fields.cseq_method) == t->method;
}

enum client_verdict
client_response(struct via_worker *w, struct client *c, struct via_meta *meta)
{
	struct transaction *t = client_transaction(w->transactions, c);
	uint16_t status = meta->msg.status;
	enum client_verdict verdict;

	if (unlikely(!is_of_method(meta, t))) {
		if (!slice_eq(meta->fields.cseq_method, SLICE("CANCEL")) ||
		    (c->flags & CLIENT_CANCEL_SENT) == 0)
			return CLIENT_STRAY;
		if (status >= 200) {
			c->cancel_at = 0;
			client_arm(w, c);
		}
		return CLIENT_ABSORB;
	}
	c->flags |= CLIENT_HEARD;
	if (status < 200)
		return provisional(w, t, c, meta);
	verdict = status < 300 ? success(w, t, c, meta) : failure(w, t, c, meta);
	server_release(w, t);
	return verdict;
}

/* ---- timers ---- */

/* No final response has come in time (timers B, F, and C behind a CANCEL). */
static void
time_out(struct via_worker *w, struct transaction *t, struct client *c, uint16_t status)
{
	via_count(w, STATS_branch_timeouts);
	context_final(w, t, c, status, NULL);
	end(w, c);
}

/* §17.1.4, by what is known of the flow: nothing will come back on it. */
static bool
is_dead(const struct via_worker *w, const struct client *c)
{
	struct flow flow = { .transport = FLOW_UDP, .remote = c->to };

	if (c->kind != VIA_TARGET_FLOW)
		return false;
	flow.local = via_listener(w, c->listener)->address;
	return via_flow_is_dead(w, &flow);
}

/* Not a word for so long: another flow of this user agent is tried, and this one may still win. */
static bool
is_given_up(struct via_worker *w, struct transaction *t, struct client *c)
{
	uint32_t failover = w->transactions->failover;

	if (failover == 0 || (c->flags & CLIENT_HEARD) != 0 ||
	    c->end_at - transaction_now(w) + failover > 64 * (uint64_t)w->transactions->t1 ||
	    !fork_has_alternative(w, t, c) || !context_given_up(w, t, c))
		return false;
	client_enter(w->transactions, c, CLIENT_GIVEN_UP);
	c->retry_at = 0;
	client_arm(w, c);
	return true;
}

static void
send_again(struct via_worker *w, struct transaction *t, struct client *c)
{
	struct via_meta *meta = render_meta(w, t);

	if (c->state == CLIENT_CALLING)
		c->interval *= 2;
	if (!transaction_is_invite(t))
		c->interval = RTE_MIN(c->interval, w->transactions->t2);
	c->retry_at = transaction_now(w) + c->interval;
	via_count(w, STATS_retransmitted);
	if (meta != NULL)
		render_request(w, meta, t, c);
}

static void
ended(struct via_worker *w, struct transaction *t, struct client *c)
{
	if (c->state == CLIENT_PROCEEDING && transaction_is_invite(t) &&
	    (c->flags & CLIENT_CANCEL_SENT) == 0) { /* timer C: §16.8 */
		c->flags |= CLIENT_CANCEL_WANTED;
		send_cancel(w, t, c);
	} else if (c->state <= CLIENT_PROCEEDING) {
		time_out(w, t, c, 408);
	} else {
		end(w, c);
	}
}

void
client_timer(struct via_worker *w, struct client *c)
{
	struct transaction *t = client_transaction(w->transactions, c);
	uint64_t now = transaction_now(w);

	if (c->end_at != 0 && c->end_at <= now) {
		ended(w, t, c);
		return;
	}
	if (c->cancel_at != 0 && c->cancel_at <= now)
		send_cancel(w, t, c);
	if (c->retry_at != 0 && c->retry_at <= now) {
		if (is_dead(w, c)) {
			time_out(w, t, c, 430);
			return;
		}
		if (is_given_up(w, t, c))
			return;
		send_again(w, t, c);
	}
	client_arm(w, c);
}
