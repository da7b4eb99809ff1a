/* SPDX-License-Identifier: BSD-3-Clause */
/* Responses to branches of transactions (RFC 3261 §16.7). */
#include "node/outbox.h"
#include "transaction/recurse.h"

enum { TO_DROP = OUTBOX_EDGES };

static uint16_t
via_branch_one(struct via_worker *w, struct via_meta *meta)
{
	struct client *c = NULL;

	if (likely(w->transactions != NULL))
		c = client_find(w->transactions, meta->client.client, meta->client.tag);
	/* RFC 6026 §7.2: it is not forwarded */
	if (c == NULL)
		return via_drop(meta, STATS_stray_response, TO_DROP);
	/* a CANCEL is ours alone, so that its response has no other Via (§9.1) */
	if (meta->fields.via_count < 2 && !slice_eq(meta->fields.cseq_method, SLICE("CANCEL")))
		return via_drop(meta, STATS_foreign_response, TO_DROP);
	if (unlikely(meta->msg.status == 305 || meta->msg.status == 503) &&
	    recurse_park(w, c, meta))
		return via_drop(meta, STATS_parked, TO_DROP);
	switch (client_response(w, c, meta)) {
	case CLIENT_FORWARD:
		return OUTBOX_EGRESS;
	case CLIENT_ABSORB:
		return via_drop(meta, STATS_absorbed, TO_DROP);
	default:
		return via_drop(meta, STATS_stray_response, TO_DROP);
	}
}

static uint16_t
via_branch_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	if (likely(w->transactions != NULL))
		for (uint16_t i = 0; i < n; i++)
			client_prefetch_transaction(w->transactions,
						    via_meta(objs[i])->client.client);
	for (uint16_t i = 0; i < n; i++) {
		uint16_t edge = via_branch_one(w, via_meta(objs[i]));

		rte_node_enqueue_x1(graph, node, edge, objs[i]);
		if (likely(w->transactions != NULL))
			via_outbox_flush(graph, node, w);
	}
	return n;
}

static struct rte_node_register via_branch_node = {
	.name = "via_branch",
	.init = via_node_init,
	.process = via_branch_process,
	.nb_edges = 3,
	.next_nodes = {
		[OUTBOX_OUTPUT] = "via_output",
		[OUTBOX_EGRESS] = "via_egress",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_branch_node);
