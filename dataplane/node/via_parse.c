/* SPDX-License-Identifier: BSD-3-Clause */
/* Index a message where it lies, and decide whether it is one (RFC 3261 §16.3 item 1). */
#include "node/node.h"

enum { TO_REQUEST, TO_RESPONSE, TO_REJECT, TO_DROP };

/* Octets of the next message and of its private area that are fetched ahead. */
enum { PREFETCH_TEXT = 1024, PREFETCH_META = 1024 };

static uint16_t
via_parse_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	struct slice bytes = slice_of(rte_pktmbuf_mtod(m, const char *), m->data_len);
	enum sip_fault fault = sip_message_index(bytes, &meta->msg);

	fault = sip_message_check(&meta->msg, fault, &w->engine->limits, &meta->fields);
	meta->fault = (uint8_t)fault;
	meta->flags = 0;
	meta->pop_routes = 0;
	if (likely(fault == SIP_FAULT_NONE)) {
		/* octets behind the body are not forwarded, nor those before the start line */
		rte_pktmbuf_adj(m, (uint16_t)(meta->msg.base - bytes.ptr));
		m->pkt_len = m->data_len = meta->msg.len;
		return sip_is_request(&meta->msg) ? TO_REQUEST : TO_RESPONSE;
	}
	stats_add(&w->stats->fault[fault], 1);
	if (sip_fault_verdict(&meta->msg, fault) == SIP_DROP)
		return via_drop(meta, STATS_malformed, TO_DROP);
	meta->status = sip_fault_info(fault)->status;
	meta->reason = VIA_REASON_FAULT;
	return TO_REJECT;
}

/* All of a message is read here, and much of its private area is written, both for the first time.
 */
static inline void
prefetch_message(const struct rte_mbuf *m)
{
	const char *text = rte_pktmbuf_mtod(m, const char *);
	const char *meta = (const char *)m + sizeof(*m);

	for (unsigned int at = 0; at < m->data_len && at < PREFETCH_TEXT; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(text + at);
	for (unsigned int at = 0; at < PREFETCH_META; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0_write(meta + at);
}

static uint16_t
via_parse_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	return via_node_run(graph, node, objs, n, via_parse_one, prefetch_message);
}

static struct rte_node_register via_parse_node = {
	.name = "via_parse",
	.init = via_node_init,
	.process = via_parse_process,
	.nb_edges = 4,
	.next_nodes = {
		[TO_REQUEST] = "via_request",
		[TO_RESPONSE] = "via_response",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_parse_node)
