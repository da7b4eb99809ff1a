/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who sends it: 407 without credentials, where they are asked for (RFC 3261 §22.3). It is the last
 * item of §16.3, behind the loop test and Proxy-Require: what would be refused anyway is not worth
 * a round trip and a password.
 */
#include "authentication.h"
#include "node/node.h"

enum { TO_TARGET, TO_REJECT, TO_DROP };

static uint16_t
via_auth_one(struct via_worker *w, struct via_meta *meta, unsigned int i)
{
	enum via_reason refused = via_auth_decide(w, meta, i);
	uint16_t edge;

	if (refused == VIA_REASON_NONE)
		return TO_TARGET;
	edge = via_refuse(meta, refused, TO_REJECT, TO_DROP);
	if (refused == VIA_REASON_FAULT)
		meta->status = sip_fault_info((enum sip_fault)meta->fault)->status;
	return edge;
}

static uint16_t
via_auth_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t done = 0; done < n; done = (uint16_t)(done + VIA_AUTH_GROUP)) {
		unsigned int group = (unsigned int)RTE_MIN(n - done, VIA_AUTH_GROUP);

		for (unsigned int i = 0; i < group; i++)
			via_auth_look(w, via_meta(objs[done + i]), i);
		for (unsigned int i = 0; i < group; i++)
			via_auth_prefetch(w, i);
		for (unsigned int i = 0; i < group; i++)
			rte_node_enqueue_x1(graph, node,
					    via_auth_one(w, via_meta(objs[done + i]), i),
					    objs[done + i]);
	}
	return n;
}

static struct rte_node_register via_auth_node = {
	.name = "via_auth",
	.init = via_node_init,
	.process = via_auth_process,
	.nb_edges = 3,
	.next_nodes = {
		[TO_TARGET] = "via_target",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_auth_node);
