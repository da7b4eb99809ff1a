/* SPDX-License-Identifier: BSD-3-Clause */
/* What this worker sent to an address of ours in an earlier walk: it comes in again. */
#include "node/node.h"

/* In one walk: those that wait at the ports are not to wait for what our own AORs make of one. */
enum { MOST = 64 };

static uint16_t
via_self_rx_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	struct rte_mbuf *m;
	uint16_t count = 0;

	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	while (count < MOST && (m = via_self_take(&w->self)) != NULL) {
		rte_node_enqueue_x1(graph, node, 0, m);
		count++;
	}
	if (count > 0)
		w->busy = true;
	return count;
}

static struct rte_node_register via_self_rx_node = {
	.name = "via_self_rx",
	.flags = RTE_NODE_SOURCE_F,
	.init = via_node_init,
	.process = via_self_rx_process,
	.nb_edges = 1,
	.next_nodes = { [0] = "via_parse" },
};
RTE_NODE_REGISTER(via_self_rx_node);
