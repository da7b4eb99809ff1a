/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages for the transactions of other workers: into the ring of meta->owner, burst by burst. */
#include <rte_ring.h>

#include "handoff.h"

enum { TO_DROP };

/* What does not fit is dropped: whoever sent it sends it again. */
static void
hand_over(struct rte_graph *graph, struct rte_node *node, unsigned int owner, void **objs,
	  uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	unsigned int sent = rte_ring_mp_enqueue_burst(w->engine->handoff[owner], objs, n, NULL);

	stats_add(&w->stats->counter[STATS_handed_over], sent);
	for (unsigned int i = sent; i < n; i++)
		rte_node_enqueue_x1(graph, node,
				    via_drop(via_meta(objs[i]), STATS_handoff_full, TO_DROP),
				    objs[i]);
}

/* By owner, in the order in which they came. */
static void
hand_over_burst(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	const unsigned int workers = via_worker_of(node)->engine->worker_count;
	uint16_t end[VIA_MAX_WORKERS] = { 0 }, at = 0;
	void *sorted[RTE_GRAPH_BURST_SIZE];

	for (uint16_t i = 0; i < n; i++)
		end[via_meta(objs[i])->owner]++;
	/* where those of each owner begin; it moves to where they end */
	for (unsigned int owner = 0; owner < workers; owner++) {
		uint16_t count = end[owner];

		end[owner] = at;
		at = (uint16_t)(at + count);
	}
	for (uint16_t i = 0; i < n; i++)
		sorted[end[via_meta(objs[i])->owner]++] = objs[i];
	at = 0;
	for (unsigned int owner = 0; owner < workers; owner++) {
		if (end[owner] > at)
			hand_over(graph, node, owner, sorted + at, (uint16_t)(end[owner] - at));
		at = end[owner];
	}
}

static uint16_t
via_handoff_tx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	uint16_t part;

	/* several nodes lead here: what they bring together may be more than a burst */
	for (uint16_t done = 0; done < n; done = (uint16_t)(done + part)) {
		part = (uint16_t)RTE_MIN(n - done, RTE_GRAPH_BURST_SIZE);
		hand_over_burst(graph, node, objs + done, part);
	}
	return n;
}

static struct rte_node_register via_handoff_tx_node = {
	.name = "via_handoff_tx",
	.init = via_node_init,
	.process = via_handoff_tx_process,
	.nb_edges = 1,
	.next_nodes = { [TO_DROP] = "via_drop" },
};
RTE_NODE_REGISTER(via_handoff_tx_node);
