/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that have a transaction already: copies, ACK and CANCEL (RFC 3261 §16.10, §17.2.3). */
#include "node/outbox.h"

enum { TO_REJECT = OUTBOX_EDGES, TO_DROP };

/* RFC 3326 §2: lines beyond this are left out. */
enum { REASON_MOST = 2048 };

/* Of the first CANCEL that counts: the others are copies of it, or say so. */
static void
keep_reason(struct via_worker *w, struct transaction *t, const struct via_meta *cancel)
{
	const struct sip_message *msg = &cancel->msg;
	char text[REASON_MOST];
	struct sip_writer out;
	uint16_t from;
	size_t len;

	if (t->state != SERVER_PROCEEDING ||
	    (t->flags & (TRANSACTION_INVITE | TRANSACTION_CANCELLED)) != TRANSACTION_INVITE)
		return;
	sip_writer_init(&out, text, sizeof(text));
	for (unsigned int i = msg->first[SIP_HDR_REASON]; i != SIP_NO_HEADER;
	     i = sip_header_next(msg, i)) {
		from = msg->header[i].line_off;
		len = (size_t)(sip_header_line_end(msg, i) - from);
		if (len <= (size_t)(out.end - out.p))
			sip_put(&out, slice_of(msg->base + from, len));
	}
	if (out.p > out.begin)
		t->cancel_reason =
			text_store_put(&w->transactions->text, text, (size_t)(out.p - out.begin));
}

static uint16_t
via_transaction_one(struct via_worker *w, struct via_meta *meta)
{
	struct transaction *t =
		transaction_find(w->transactions, transaction_key(&meta->branch), meta->msg.method);

	if (unlikely(t == NULL)) /* another message of this burst has ended it */
		return via_drop(meta, STATS_absorbed, TO_DROP);
	if (meta->msg.method == SIP_CANCEL) {
		keep_reason(w, t, meta);
		context_cancelled(w, t);
		return via_refuse(meta, VIA_REASON_CANCELLING, TO_REJECT, TO_DROP);
	}
	if (meta->msg.method == SIP_ACK)
		server_ack(w, t);
	else
		server_copy(w, t);
	return via_drop(meta, STATS_absorbed, TO_DROP);
}

static uint16_t
via_transaction_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++) {
		uint16_t edge = via_transaction_one(w, via_meta(objs[i]));

		rte_node_enqueue_x1(graph, node, edge, objs[i]);
		via_outbox_flush(graph, node, w);
	}
	return n;
}

static struct rte_node_register via_transaction_node = {
	.name = "via_transaction",
	.init = via_node_init,
	.process = via_transaction_process,
	.nb_edges = 4,
	.next_nodes = {
		[OUTBOX_OUTPUT] = "via_output",
		[OUTBOX_EGRESS] = "via_egress",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_transaction_node);
