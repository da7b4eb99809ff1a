/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What transactions send, written from the request as it was received: first copies and later ones
 * come about in the same way, and nothing but the request is kept of a branch.
 */
#include "egress_edits.h"
#include "flow_state.h"
#include "reply.h"
#include "sip/build.h"
#include "sip/chars.h"
#include "transaction/transaction.h"

/* In front of a response that is kept: how it came. */
struct kept {
	struct flow flow;
	uint8_t listener;
	uint8_t reserved[7];
};

/* Read a message that was read before. */
static bool
read_again(struct via_worker *w, struct slice text, struct via_meta *meta)
{
	struct sip_limits limits = w->engine->limits;
	enum sip_fault fault = sip_message_index(text, &meta->msg);

	limits.routing_only = true; /* it was held against everything when it came */
	fault = sip_message_check(&meta->msg, fault, &limits, &meta->fields);
	return fault == SIP_FAULT_NONE;
}

struct via_meta *
render_meta(struct via_worker *w, const struct transaction *t)
{
	struct transactions *ts = w->transactions;
	struct slice text = text_store_get(&ts->text, t->request);
	struct via_meta *meta = &ts->scratch;

	if (text.ptr == NULL || !read_again(w, text, meta))
		return NULL;
	memcpy(meta, t->front, sizeof(t->front));
	if (!sip_uri_decode(slice_of(text.ptr + t->uri_off, t->uri_len), &meta->uri))
		return NULL;
	meta->route_uri = SLICE_ABSENT;
	if (t->route_off != 0)
		meta->route_uri = slice_of(text.ptr + t->route_off, t->route_len);
	return meta;
}

/* ---- requests ---- */

static struct slice
text_at(const struct target_rows *rows, uint16_t off, uint16_t len)
{
	return off != 0 ? slice_of((const char *)rows + off, len) : SLICE_ABSENT;
}

/* What tells the request of this branch from that of others. */
static struct egress_branch
prepare(struct via_worker *w, struct via_meta *meta, const struct transaction *t,
	const struct client *c)
{
	struct transactions *ts = w->transactions;
	const struct target_rows *rows = transaction_targets(ts, t);
	const struct target *to = &rows->row[c->target];
	const struct via_meta *front = (const struct via_meta *)t->front;
	struct egress_branch branch = { .route = text_store_get(&ts->text, c->route) };

	meta->flags =
		(front->flags & ~(uint32_t)(VIA_PATH_OPENED | VIA_HAS_BINDING)) | VIA_STATEFUL;
	if (to->path_opened != 0)
		meta->flags |= VIA_PATH_OPENED;
	meta->to = c->to;
	meta->out_listener = c->listener;
	meta->target = c->kind;
	meta->breadth = c->share;
	if ((t->flags & TRANSACTION_NO_BREADTH) != 0)
		meta->breadth = meta->fields.max_breadth;
	meta->client = (struct branch_client){ .worker = (uint8_t)w->index,
					       .client = client_number(ts, c),
					       .tag = c->tag };
	branch.contact = text_at(rows, to->contact_off, to->contact_len);
	branch.path = text_at(rows, to->path_off, to->path_len);
	branch.has_instance = to->has_instance != 0;
	return branch;
}

/* A buffer with `length` octets of message, and what via_output wants to know of it. */
static struct rte_mbuf *
new_message(struct via_worker *w, size_t length, const struct via_meta *meta, char **room)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(
		length <= RTE_MBUF_DEFAULT_DATAROOM ? w->engine->pool : w->engine->large_pool);

	*room = NULL;
	if (m != NULL && length <= UINT16_MAX)
		*room = rte_pktmbuf_append(m, (uint16_t)length);
	if (*room == NULL) {
		rte_pktmbuf_free(m);
		via_count(w, STATS_made);
		via_count(w, STATS_no_buffer);
		return NULL;
	}
	memcpy(via_meta(m), meta, offsetof(struct via_meta, fields));
	return m;
}

bool
render_request(struct via_worker *w, struct via_meta *meta, struct transaction *t,
	       const struct client *c)
{
	struct egress_branch branch = prepare(w, meta, t, c);
	struct sip_writer to;
	struct rte_mbuf *m;
	size_t length;
	char *room;

	egress_branch_edits(w, meta, &branch, &w->edits);
	if (w->edits.failed)
		return false;
	if (c->kind == VIA_TARGET_FLOW) {
		struct flow flow = { .transport = FLOW_UDP, .remote = c->to };

		flow.local = via_listener(w, c->listener)->address;
		via_flow_prefetch(w, meta, &flow);
	}
	meta->way_out = STATS_forwarded_requests;
	length = sip_edits_length(&w->edits, meta->msg.len);
	m = new_message(w, length, meta, &room);
	if (m == NULL)
		return false;
	sip_writer_init(&to, room, length);
	sip_edits_render(&w->edits, &meta->msg, 0, meta->msg.len, &to);
	/* by the same way as those without a transaction: a BYE does not overtake the ACK before it */
	via_meta(m)->flags |= VIA_WRITTEN;
	return outbox_put(w, m, OUTBOX_EGRESS);
}

/* §9.1, §17.1.1.3: what CANCEL and ACK have of their request. */
static bool
is_wanted(struct slice name, bool *had_via)
{
	switch (sip_header_find(sip_trim(name))) {
	case SIP_HDR_VIA: /* the topmost alone: we wrote it, on a line of its own */
		return !*had_via && (*had_via = true);
	case SIP_HDR_MAX_FORWARDS:
	case SIP_HDR_ROUTE:
	case SIP_HDR_FROM:
	case SIP_HDR_TO:
	case SIP_HDR_CALL_ID:
	case SIP_HDR_CSEQ:
	case SIP_HDR_ACCEPT_CONTACT:
	case SIP_HDR_REJECT_CONTACT:
	case SIP_HDR_REQUEST_DISPOSITION:
		return true;
	default:
		return false;
	}
}

/*
 * Take everything else out of a request, in place, before it is read: a message that was as large
 * as may be received is larger when it leaves.
 */
static struct slice
keep_wanted(char *text, struct slice request)
{
	const char *p = request.ptr, *end = slice_end(request), *eol;
	bool had_via = false, keep = true;
	char *to = text;

	for (; p < end && *p != '\r' && *p != '\n'; p = eol) {
		struct slice name;

		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol + 1 : end;
		name = slice_between(p, eol);
		if (p != request.ptr && *p != ' ' && *p != '\t')
			keep = is_wanted(slice_cut(&name, ':'), &had_via);
		if (!keep)
			continue;
		memmove(to, p, (size_t)(eol - p));
		to += eol - p;
	}
	if (end - to < 2)
		return SLICE_ABSENT;
	memcpy(to, "\r\n", 2);
	return slice_between(text, to + 2);
}

/* The request of a branch as it was sent, read again: in ts->scratch_sent. */
static const struct via_meta *
as_sent(struct via_worker *w, const struct transaction *t, const struct client *c)
{
	struct via_meta *meta = render_meta(w, t), *sent = &w->transactions->scratch_sent;
	struct egress_branch branch;
	struct sip_writer out;

	if (meta == NULL)
		return NULL;
	branch = prepare(w, meta, t, c);
	egress_way_edits(w, meta, &branch, &w->edits);
	if (w->edits.failed)
		return NULL;
	sip_writer_init(&out, w->text, sizeof(w->text));
	sip_edits_render(&w->edits, &meta->msg, 0, meta->msg.len, &out);
	if (sip_written(&out).ptr == NULL ||
	    !read_again(w, keep_wanted(w->text, sip_written(&out)), sent))
		return NULL;
	memcpy(sent, meta, offsetof(struct via_meta, uri));
	sent->way_out = STATS_transaction_sent;
	return sent;
}

static void
copy_header(struct sip_writer *w, const struct sip_message *msg, enum sip_header_id id)
{
	for (unsigned int i = msg->first[id]; i != SIP_NO_HEADER; i = sip_header_next(msg, i)) {
		sip_begin_header(w, id);
		sip_put(w, sip_header_value(msg, &msg->header[i]));
		sip_end_header(w);
	}
}

/* §9.1, §17.1.1.3: the topmost Via alone, Route, From, Call-ID and CSeq number as in the request.
 */
static void
write_like(struct sip_writer *w, const struct via_meta *sent, struct slice method,
	   const struct sip_message *to_of, struct slice reason)
{
	const struct sip_message *msg = &sent->msg;

	sip_put(w, method);
	SIP_PUT(w, " ");
	sip_put(w, sip_span_slice(msg, msg->uri));
	SIP_PUT(w, " SIP/2.0\r\n");
	copy_header(w, msg, SIP_HDR_VIA);
	copy_header(w, msg, SIP_HDR_MAX_FORWARDS);
	copy_header(w, msg, SIP_HDR_ROUTE);
	copy_header(w, msg, SIP_HDR_FROM);
	copy_header(w, to_of, SIP_HDR_TO);
	copy_header(w, msg, SIP_HDR_CALL_ID);
	/* RFC 3841 §5: a proxy without state is to find the same target */
	copy_header(w, msg, SIP_HDR_ACCEPT_CONTACT);
	copy_header(w, msg, SIP_HDR_REJECT_CONTACT);
	copy_header(w, msg, SIP_HDR_REQUEST_DISPOSITION);
	SIP_PUT(w, "CSeq: ");
	sip_put_uint(w, sent->fields.cseq);
	SIP_PUT(w, " ");
	sip_put(w, method);
	SIP_PUT(w, "\r\n");
	sip_put(w, reason);
	sip_add_body(w, SLICE_ABSENT, SLICE_ABSENT);
}

/* What is new, and what the name of a line takes that came in its compact form. */
enum { NEW_MOST = 512, NAME_MOST = sizeof("Request-Disposition: ") };

static bool
send_like(struct via_worker *w, const struct via_meta *sent, struct slice method,
	  const struct sip_message *to_of, struct slice reason)
{
	size_t most = sent->msg.len + sip_header_get(to_of, SIP_HDR_TO).len + reason.len +
		      NEW_MOST + sent->msg.header_count * (size_t)NAME_MOST;
	struct sip_writer out;
	struct rte_mbuf *m;
	char *room;

	most = RTE_MIN(most, (size_t)UINT16_MAX);
	m = new_message(w, most, sent, &room);
	if (m == NULL)
		return false;
	sip_writer_init(&out, room, most);
	write_like(&out, sent, method, to_of, reason);
	if (sip_written(&out).ptr == NULL) {
		rte_pktmbuf_free(m);
		return false;
	}
	rte_pktmbuf_trim(m, (uint16_t)(most - sip_written(&out).len));
	return outbox_put(w, m, OUTBOX_OUTPUT);
}

/* RFC 3326: why; user agents do not show a call as missed that was answered elsewhere. */
static struct slice
cancel_reason(const struct transactions *ts, const struct transaction *t, const struct client *c)
{
	if ((c->flags & CLIENT_REASON_RELAYED) != 0)
		return text_store_get(&ts->text, t->cancel_reason);
	if ((c->flags & CLIENT_REASON_ELSEWHERE) != 0)
		return SLICE("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");
	return SLICE("");
}

bool
render_cancel(struct via_worker *w, struct transaction *t, const struct client *c)
{
	const struct via_meta *sent = as_sent(w, t, c);

	return sent != NULL && send_like(w, sent, SLICE("CANCEL"), &sent->msg,
					 cancel_reason(w->transactions, t, c));
}

bool
render_ack(struct via_worker *w, struct transaction *t, const struct client *c,
	   const struct via_meta *response)
{
	const struct via_meta *sent = as_sent(w, t, c);

	return sent != NULL && send_like(w, sent, SLICE("ACK"), &response->msg, SLICE(""));
}

/* ---- responses ---- */

bool
render_reply(struct via_worker *w, struct via_meta *meta, const struct transaction *t,
	     enum via_reason reason)
{
	struct slice text;
	struct rte_mbuf *m;
	char *room;

	meta->reason = (uint8_t)reason;
	meta->status = via_reason_status(reason);
	text = reply_write(w, meta);
	if (text.ptr == NULL)
		return false;
	m = new_message(w, text.len, meta, &room);
	if (m == NULL)
		return false;
	memcpy(room, text.ptr, text.len);
	via_meta(m)->to = t->reply_to;
	via_meta(m)->out_listener = meta->listener;
	via_meta(m)->target = VIA_TARGET_NEXT_HOP;
	via_meta(m)->way_out = STATS_transaction_sent;
	return outbox_put(w, m, OUTBOX_OUTPUT);
}

void
render_way_back(struct via_worker *w, const struct transaction *t, struct via_meta *meta)
{
	const struct via_meta *front = (const struct via_meta *)t->front;

	meta->to = t->reply_to;
	meta->out_listener = front->listener;
	meta->target = VIA_TARGET_NEXT_HOP;
	meta->way_out = STATS_forwarded_responses;
	/* the response of a registrar goes to the user agent whose flow the request came from */
	if (t->method == SIP_REGISTER && w->engine->config->file->edge.enabled &&
	    (front->flags & VIA_FIRST_HOP) != 0) {
		const struct flow flow = { .local = front->flow.local,
					   .remote = t->reply_to,
					   .transport = FLOW_UDP };

		meta->target = VIA_TARGET_FLOW;
		via_flow_prefetch(w, meta, &flow);
	}
}

uint32_t
render_keep(struct via_worker *w, const struct via_meta *meta, struct slice text)
{
	struct kept kept = { .flow = meta->flow, .listener = meta->listener };
	char *room;
	uint32_t ref = text_store_alloc(&w->transactions->text, sizeof(kept) + text.len, &room);

	if (ref != 0) {
		memcpy(room, &kept, sizeof(kept));
		memcpy(room + sizeof(kept), text.ptr, text.len);
	}
	return ref;
}

/* Read what was kept, into `meta`, of text that lies at `at`; NULL: where it is kept. */
static bool
read_kept(struct via_worker *w, struct slice kept, const char *at, struct via_meta *meta)
{
	struct kept head;
	struct slice text;

	if (kept.len <= sizeof(head))
		return false;
	memcpy(&head, kept.ptr, sizeof(head));
	text = slice_of(at != NULL ? at : kept.ptr + sizeof(head), kept.len - sizeof(head));
	meta->flow = head.flow;
	meta->listener = head.listener;
	meta->flags = 0;
	meta->pop_routes = 0;
	return read_again(w, text, meta);
}

struct via_meta *
render_kept(struct via_worker *w, uint32_t ref)
{
	struct transactions *ts = w->transactions;

	return read_kept(w, text_store_get(&ts->text, ref), NULL, &ts->scratch) ? &ts->scratch
										: NULL;
}

bool
render_response(struct via_worker *w, const struct transaction *t, uint32_t ref)
{
	struct transactions *ts = w->transactions;
	struct slice kept = text_store_get(&ts->text, ref);
	struct rte_mbuf *m;
	char *room;

	if (kept.len <= sizeof(struct kept))
		return false;
	m = new_message(w, kept.len - sizeof(struct kept), &ts->scratch, &room);
	if (m == NULL)
		return false;
	memcpy(room, kept.ptr + sizeof(struct kept), kept.len - sizeof(struct kept));
	if (!read_kept(w, kept, room, via_meta(m))) {
		rte_pktmbuf_free(m);
		return false;
	}
	render_way_back(w, t, via_meta(m));
	return outbox_put(w, m, OUTBOX_EGRESS);
}
