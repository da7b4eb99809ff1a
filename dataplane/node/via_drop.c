/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of messages that leave by no other way: counted by reason. */
#include "node/node.h"

static uint16_t
via_drop_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	(void)graph;
	for (uint16_t i = 0; i < n; i++) {
		via_count(w, via_meta(objs[i])->drop);
		rte_pktmbuf_free(objs[i]);
	}
	return n;
}

static struct rte_node_register via_drop_node = {
	.name = "via_drop",
	.init = via_node_init,
	.process = via_drop_process,
};
RTE_NODE_REGISTER(via_drop_node);
