/* SPDX-License-Identifier: BSD-3-Clause */
/* What transactions do when nothing comes in: their timers (RFC 3261 §17). */
#include "node/outbox.h"

/* Timers in one walk: messages that wait in the queues are not to wait long. */
enum { MOST = 256 };

static uint16_t
via_timer_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	struct timer_batch batch;
	unsigned int count = 0;

	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	if (w->transactions == NULL)
		return 0;
	while (count < MOST && timer_batch_take(w, &batch)) {
		for (unsigned int i = 0; i < batch.count; i++) {
			timer_batch_run(w, &batch, i);
			via_outbox_flush(graph, node, w);
		}
		count += batch.count;
	}
	if (count > 0)
		w->busy = true;
	return (uint16_t)count;
}

static struct rte_node_register via_timer_node = {
	.name = "via_timer",
	.flags = RTE_NODE_SOURCE_F,
	.init = via_node_init,
	.process = via_timer_process,
	.nb_edges = 2,
	.next_nodes = {
		[OUTBOX_OUTPUT] = "via_output",
		[OUTBOX_EGRESS] = "via_egress",
	},
};
RTE_NODE_REGISTER(via_timer_node);
