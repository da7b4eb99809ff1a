/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/answer.h"

#include "flow_state.h"
#include "proxy/best_response.h"
#include "proxy/challenges.h"

/* "SIP/2.0 " */
enum { STATUS_OFF = 8, CHALLENGES_MAX = 8192 };

static bool
is_challenge(uint16_t status)
{
	return status == 401 || status == 407;
}

/* §16.7 item 7: what each of them asks for, for one answer to all. */
static void
collect_challenges(struct via_worker *w, struct transaction *t, const struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	struct slice before = text_store_get(&ts->text, t->challenges);
	char text[CHALLENGES_MAX];
	struct sip_writer out;

	sip_writer_init(&out, text, sizeof(text));
	if (before.ptr != NULL) {
		sip_put(&out, before);
		t->flags |= TRANSACTION_MANY_CHALLENGES;
	}
	challenges_put(&meta->msg, &out);
	if (sip_written(&out).ptr == NULL)
		return; /* more than a client would read: those before stay */
	transaction_drop_text(ts, &t->challenges);
	t->challenges = text_store_put(&ts->text, text, sip_written(&out).len);
}

/* RFC 4320 §4.2: to anything but INVITE a 408 is not sent, so that any other is better. */
static bool
prefers(const struct transaction *t, uint16_t status)
{
	if (!transaction_is_invite(t) && (status == 408 || t->best_status == 408))
		return status != 408 || t->best_status == 0;
	return best_response_prefers(status, t->best_status);
}

bool
answer_consider(struct via_worker *w, struct transaction *t, uint16_t status, struct via_meta *meta)
{
	if (meta != NULL && is_challenge(status))
		collect_challenges(w, t, meta);
	if (!prefers(t, status))
		return false;
	transaction_drop_text(w->transactions, &t->best);
	t->best_status = status;
	t->flags &= (uint16_t)~TRANSACTION_LOCAL_BEST;
	if (meta == NULL)
		t->flags |= TRANSACTION_LOCAL_BEST;
	else
		t->best = render_keep(w, meta, slice_of(meta->msg.base, meta->msg.len));
	return true;
}

/*
 * What who asked gets for it. 430 is for proxies: an edge tells it to the home proxy, and that to
 * nobody, for it is the one who tries another flow (OB-77).
 */
static uint16_t
upstream(const struct transaction *t, uint16_t status)
{
	const struct via_meta *front = (const struct via_meta *)t->front;

	if (status == 430 && (front->flags & VIA_HAS_LOOP) == 0)
		return status;
	return best_response_upstream(status);
}

static enum via_reason
own_reason(const struct via_worker *w, const struct transaction *t, uint16_t status)
{
	if (status == 503) /* our own: no room for a branch */
		return VIA_REASON_TOO_MANY_TRANSACTIONS;
	switch (upstream(t, status)) {
	case 430:
		return via_flow_refusal(w->engine);
	case 408:
		return VIA_REASON_REQUEST_TIMEOUT;
	case 480:
		return VIA_REASON_TEMPORARILY_UNAVAILABLE;
	default:
		return VIA_REASON_CANNOT_FORWARD;
	}
}

static bool
needs_rewriting(const struct transaction *t)
{
	return upstream(t, t->best_status) != t->best_status ||
	       (is_challenge(t->best_status) && (t->flags & TRANSACTION_MANY_CHALLENGES) != 0);
}

/* 503 and 430 are for us alone (§16.7 item 6, OB-77). */
static void
edit_status(const struct sip_message *msg, uint16_t status, struct sip_edits *e)
{
	uint16_t end = (uint16_t)(msg->reason.off + msg->reason.len);

	if (status == 500) { /* when that server is back says nothing of this one */
		sip_edit_replace(e, STATUS_OFF, (uint16_t)(end - STATUS_OFF),
				 SLICE("500 Server Internal Error"));
		sip_edit_remove_all(e, msg, SIP_HDR_RETRY_AFTER);
	} else if (status == 480) {
		sip_edit_replace(e, STATUS_OFF, (uint16_t)(end - STATUS_OFF),
				 SLICE("480 Temporarily Unavailable"));
	}
}

/* The best response as it is to be: a new text in place of t->best. */
static bool
rewrite(struct via_worker *w, struct transaction *t)
{
	struct transactions *ts = w->transactions;
	struct via_meta *meta = render_kept(w, t->best);
	struct sip_writer out;
	uint16_t status = upstream(t, t->best_status);

	if (meta == NULL)
		return false;
	sip_edits_init(&w->edits);
	if (status != t->best_status)
		edit_status(&meta->msg, status, &w->edits);
	if (is_challenge(t->best_status) && (t->flags & TRANSACTION_MANY_CHALLENGES) != 0)
		challenges_edits(&meta->msg, text_store_get(&ts->text, t->challenges), &w->edits);
	if (w->edits.failed)
		return false;
	sip_writer_init(&out, w->text, sizeof(w->text));
	sip_edits_render(&w->edits, &meta->msg, 0, meta->msg.len, &out);
	if (sip_written(&out).ptr == NULL)
		return false;
	transaction_drop_text(ts, &t->best);
	t->best = render_keep(w, meta, sip_written(&out));
	t->best_status = status;
	return t->best != 0;
}

/*
 * Nothing is sent: who asked has given up, or does so at the same moment (RFC 4320 §4.2). Until
 * then its copies end here, or they would be requests of their own.
 */
static void
stay_silent(struct via_worker *w, struct transaction *t)
{
	uint64_t until = t->started_ms + 64 * (uint64_t)w->transactions->t1;

	t->flags |= TRANSACTION_DECIDED;
	t->end_at = RTE_MAX(until, transaction_now(w));
	transaction_arm(w, t);
}

bool
answer_send(struct via_worker *w, struct transaction *t, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	bool local = (t->flags & TRANSACTION_LOCAL_BEST) != 0, as_it_is;

	if (!transaction_is_invite(t) && t->best_status == 408) {
		stay_silent(w, t);
		return false;
	}
	if (local && (t->flags & TRANSACTION_CANCELLED) != 0) {
		server_refuse(w, t, VIA_REASON_REQUEST_TERMINATED);
		return false;
	}
	if (local) {
		server_refuse(w, t, own_reason(w, t, t->best_status));
		return false;
	}
	as_it_is = !needs_rewriting(t);
	if (!as_it_is && (t->best == 0 || !rewrite(w, t))) {
		server_refuse(w, t, VIA_REASON_CANNOT_FORWARD);
		return false;
	}
	if (t->best == 0 && meta == NULL) { /* there was no room to keep it */
		server_refuse(w, t, VIA_REASON_CANNOT_FORWARD);
		return false;
	}
	transaction_drop_text(ts, &t->response);
	t->response = t->best;
	t->best = 0;
	/* no room to keep it: should it get lost, who waits for it gets another one (timer G) */
	if (t->response == 0 && transaction_is_invite(t))
		t->reason = VIA_REASON_CANNOT_FORWARD;
	server_final(w, t, t->best_status);
	if (as_it_is && meta != NULL) {
		render_way_back(w, t, meta);
		return true;
	}
	render_response(w, t, t->response);
	return false;
}
