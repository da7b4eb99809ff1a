/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that came to other workers, for transactions of this one. */
#include <rte_ring.h>

#include "admission.h"
#include "handoff.h"

enum { TO_REQUEST, TO_RESPONSE };

/* As many as a queue of a port brings. */
enum { BURST = RTE_GRAPH_BURST_SIZE };

/* How many messages ahead one is fetched, and how much: all of it is in another core's cache. */
enum { AHEAD = 2, PREFETCH_TEXT = 1024 };

/* Header, private area and data of a buffer of our pools are one behind the other. */
static inline void
prefetch_message(const struct rte_mbuf *m)
{
	const size_t head = sizeof(*m) + sizeof(struct via_meta);
	const size_t text = sizeof(*m) + VIA_META_ROOM + RTE_PKTMBUF_HEADROOM;

	for (size_t at = 0; at < head; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0((const char *)m + at);
	for (size_t at = text; at < text + PREFETCH_TEXT; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0((const char *)m + at);
}

/*
 * What via_parse found stays, for the buffer is the same; what nodes behind it concluded does not.
 * Each worker knows sources by a key of its own.
 */
static uint16_t
take_over(const struct via_worker *w, struct via_meta *meta)
{
	meta->flags = VIA_HANDED;
	meta->pop_routes = 0;
	if (meta->source != 0)
		meta->source =
			via_admission_source(w, meta->flow.remote.family, meta->flow.remote.ip);
	return sip_is_request(&meta->msg) ? TO_REQUEST : TO_RESPONSE;
}

static uint16_t
via_handoff_rx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	struct rte_ring *ring = w->engine->handoff[w->index];
	void *taken[BURST];
	unsigned int count;

	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	if (ring == NULL)
		return 0;
	count = rte_ring_sc_dequeue_burst(ring, taken, BURST, NULL);
	for (unsigned int i = 0; i < count; i++) {
		if (i + AHEAD < count)
			prefetch_message(taken[i + AHEAD]);
		rte_node_enqueue_x1(graph, node, take_over(w, via_meta(taken[i])), taken[i]);
	}
	w->busy |= count > 0;
	return (uint16_t)count;
}

static struct rte_node_register via_handoff_rx_node = {
	.name = "via_handoff_rx",
	.flags = RTE_NODE_SOURCE_F,
	.init = via_node_init,
	.process = via_handoff_rx_process,
	.nb_edges = 2,
	.next_nodes = { [TO_REQUEST] = "via_request", [TO_RESPONSE] = "via_response" },
};
RTE_NODE_REGISTER(via_handoff_rx_node);
