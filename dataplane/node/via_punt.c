/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that control answers, and responses to its own: over the ring of this worker, with the
 * way they came. */
#include "admission.h"
#include "node/node.h"
#include "trust.h"

enum { TO_REJECT, TO_DROP };

/* The message as control is to see it: with the source noted in its Via, Routes of ours removed. */
static struct slice
render(struct via_worker *w, const struct via_meta *meta)
{
	char ip[FLOW_IP_TEXT_MAX];
	struct sip_writer out;

	sip_edits_init(&w->edits);
	sip_edit_source(&w->edits, &meta->msg, &meta->fields.via,
			flow_ip_text(&meta->flow.remote, ip), meta->flow.remote.port);
	sip_edit_pop(&w->edits, &meta->msg, SIP_HDR_ROUTE, meta->pop_routes);
	trust_strip_in_edits(w, meta, &w->edits);
	sip_writer_init(&out, w->text, sizeof(w->text));
	sip_edits_render(&w->edits, &meta->msg, 0, meta->msg.len, &out);
	return w->edits.failed ? SLICE_ABSENT : sip_written(&out);
}

/* A response to a request of control's, as it is. */
static bool
hand_over_response(struct via_worker *w, const struct via_meta *meta)
{
	struct message_head head = {
		.length = meta->msg.len,
		.kind = MESSAGE_ANSWER,
		.listener = meta->listener,
		.flow = meta->flow,
	};

	return message_ring_put(&w->punt, &head, meta->msg.base);
}

static bool
hand_over(struct via_worker *w, const struct via_meta *meta)
{
	struct slice text = render(w, meta);
	struct message_head head = {
		.length = (uint32_t)text.len,
		.kind = MESSAGE_SIP,
		.listener = meta->listener,
		.flags = meta->fields.via_count == 1 ? MESSAGE_FIRST_HOP : 0,
		.flow = meta->flow,
		.to = via_reply_address(meta),
	};

	return text.ptr != NULL && message_ring_put(&w->punt, &head, text.ptr);
}

static uint16_t
punt_one(struct via_worker *w, struct via_meta *meta, bool *done)
{
	enum via_reason refused;

	*done = false;
	if (!sip_is_request(&meta->msg)) {
		*done = w->has_rings && hand_over_response(w, meta);
		return via_drop(meta, STATS_no_control, TO_DROP);
	}
	if (!via_control_is_there(w))
		return via_refuse(meta, VIA_REASON_NO_CONTROL, TO_REJECT, TO_DROP);
	refused = via_admission_check_ring(w, meta);
	if (refused != VIA_REASON_NONE)
		return via_refuse(meta, refused, TO_REJECT, TO_DROP);
	/* a full ring: the sender comes again, and control has caught up by then */
	if (!hand_over(w, meta))
		return via_drop(meta, STATS_no_control, TO_DROP);
	*done = true;
	return TO_DROP;
}

static uint16_t
via_punt_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++) {
		bool done;
		uint16_t edge = punt_one(w, via_meta(objs[i]), &done);

		if (done) {
			via_count(w, STATS_punted);
			rte_pktmbuf_free(objs[i]);
		} else {
			rte_node_enqueue_x1(graph, node, edge, objs[i]);
		}
	}
	return n;
}

static struct rte_node_register via_punt_node = {
	.name = "via_punt",
	.init = via_node_init,
	.process = via_punt_process,
	.nb_edges = 2,
	.next_nodes = { [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop" },
};
RTE_NODE_REGISTER(via_punt_node);
