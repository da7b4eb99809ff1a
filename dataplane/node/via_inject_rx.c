/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of control's: out by the listener and to the address that it names; or, when they had
 * waited there for a name or an AOR, in once more with the way they came.
 */
#include "node/node.h"

enum { TO_OUTPUT, TO_PARSE, TO_DROP };

enum { BURST = 32 };

static uint16_t
send_out(struct via_worker *w, struct via_meta *meta, const struct message_head *head)
{
	if (!flow_ip_is_unicast(&head->to) ||
	    via_listener(w, head->listener)->address.family != head->to.family)
		return via_drop(meta, STATS_no_listener, TO_DROP);
	meta->target = VIA_TARGET_NEXT_HOP;
	meta->out_listener = head->listener;
	meta->to = head->to;
	meta->way_out = STATS_sent_for_control;
	return TO_OUTPUT;
}

static uint16_t
take_again(struct via_meta *meta, const struct message_head *head)
{
	meta->flow = head->flow;
	meta->listener = head->listener;
	meta->way_out = 0;
	meta->again_name = head->name_hash;
	meta->again_to = head->to;
	if ((head->flags & MESSAGE_LOADED) != 0)
		meta->again = VIA_AGAIN_LOADED;
	else if ((head->flags & MESSAGE_NOWHERE) != 0)
		meta->again = VIA_AGAIN_NOWHERE;
	else if ((head->flags & MESSAGE_RESOLVED) != 0 && flow_ip_is_unicast(&head->to))
		meta->again = VIA_AGAIN_RESOLVED;
	else
		meta->again = VIA_AGAIN_UNRESOLVED;
	return TO_PARSE;
}

/* One message from the ring in a buffer that is large enough for it. */
static struct rte_mbuf *
take_message(struct via_worker *w, uint16_t *edge)
{
	struct message_head head;
	struct via_meta *meta;
	struct rte_mbuf *m;
	char *room;

	if (!message_ring_get(&w->inject, &head, w->text))
		return NULL;
	via_count(w, STATS_injected);
	m = rte_pktmbuf_alloc(head.length <= RTE_MBUF_DEFAULT_DATAROOM ? w->engine->pool
								       : w->engine->large_pool);
	if (m == NULL) {
		via_count(w, STATS_no_buffer);
		return NULL;
	}
	meta = via_meta(m);
	room = rte_pktmbuf_append(m, (uint16_t)head.length);
	if (room == NULL || head.listener >= w->engine->config->listener_count) {
		*edge = via_drop(meta, room == NULL ? STATS_no_buffer : STATS_no_listener, TO_DROP);
		return m;
	}
	memcpy(room, w->text, head.length);
	meta->source = 0; /* not that of what was in the buffer before */
	*edge = head.kind == MESSAGE_AGAIN ? take_again(meta, &head) : send_out(w, meta, &head);
	return m;
}

static uint16_t
via_inject_rx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	uint16_t count = 0, edge;

	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	while (w->has_rings && count < BURST) {
		struct rte_mbuf *m = take_message(w, &edge);

		if (m == NULL)
			break;
		w->busy = true;
		rte_node_enqueue_x1(graph, node, edge, m);
		count++;
	}
	return count;
}

static struct rte_node_register via_inject_rx_node = {
	.name = "via_inject_rx",
	.flags = RTE_NODE_SOURCE_F,
	.init = via_node_init,
	.process = via_inject_rx_process,
	.nb_edges = 3,
	.next_nodes = {
		[TO_OUTPUT] = "via_output",
		[TO_PARSE] = "via_parse",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_inject_rx_node);
