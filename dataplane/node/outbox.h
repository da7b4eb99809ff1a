/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NODE_OUTBOX_H
#define DATAPLANE_NODE_OUTBOX_H

#include "node/node.h"
#include "transaction/transaction.h"

/** Pass on what transactions have to send; the first OUTBOX_EDGES edges of the node are theirs. */
static inline void
via_outbox_flush(struct rte_graph *graph, struct rte_node *node, struct via_worker *w)
{
	struct outbox *o = &w->transactions->outbox;

	for (unsigned int i = 0; i < o->count; i++)
		rte_node_enqueue_x1(graph, node, o->row[i].edge, o->row[i].m);
	o->count = 0;
}

#endif
