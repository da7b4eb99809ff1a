/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NODE_NODE_H
#define DATAPLANE_NODE_NODE_H

#include <rte_graph_worker.h>

#include "engine.h"

/**
 * What the graph nodes have in common. A node is three things in one order: its edges, the decision
 * for one message, the loop over the burst.
 */

/** One message's decision: the edge it leaves by. */
typedef uint16_t (*via_decision)(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta);

/** What is fetched of a message while the one before it is looked at. */
typedef void (*via_prefetch)(const struct rte_mbuf *m);

static inline void
via_prefetch_meta(const struct rte_mbuf *m)
{
	rte_prefetch0((const char *)m + sizeof(*m));
}

/**
 * Run a decision over a burst and pass each message on. A burst of which all messages take one
 * edge moves as a whole. Inlined into each node, and the decision into it.
 */
static __rte_always_inline uint16_t
via_node_run(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n,
	     via_decision decide, via_prefetch prefetch)
{
	struct via_worker *w = via_worker_of(node);
	uint16_t edge[RTE_GRAPH_BURST_SIZE], part;
	bool same = true;

	/* several nodes lead to one: what they bring together may be more than a burst */
	for (uint16_t done = 0; done < n; done = (uint16_t)(done + part)) {
		part = (uint16_t)RTE_MIN(n - done, RTE_GRAPH_BURST_SIZE);
		for (uint16_t i = 0; i < part; i++) {
			if (done + i + 1 < n)
				prefetch(objs[done + i + 1]);
			edge[i] = decide(w, objs[done + i], via_meta(objs[done + i]));
			same &= edge[i] == edge[0];
		}
		if (same && part == n) {
			rte_node_next_stream_move(graph, node, edge[0]);
			return n;
		}
		for (uint16_t i = 0; i < part; i++)
			rte_node_enqueue_x1(graph, node, edge[i], objs[done + i]);
	}
	return n;
}

/** Drop: note why, for via_drop to count. */
static inline uint16_t
via_drop(struct via_meta *meta, enum stats_counter why, uint16_t drop_edge)
{
	meta->drop = (uint8_t)why;
	return drop_edge;
}

/** A node that decides one message at a time and has no state of its own. */
#define VIA_NODE(node_name, decision, ...)                                                         \
	static uint16_t node_name##_process(struct rte_graph *graph, struct rte_node *node,        \
					    void **objs, uint16_t n)                               \
	{                                                                                          \
		return via_node_run(graph, node, objs, n, decision, via_prefetch_meta);            \
	}                                                                                          \
	static struct rte_node_register node_name##_node = {                                       \
		.name = #node_name,                                                                \
		.init = via_node_init,                                                             \
		.process = node_name##_process,                                                    \
		.nb_edges = RTE_DIM(((const char *[]){ __VA_ARGS__ })),                            \
		.next_nodes = { __VA_ARGS__ },                                                     \
	};                                                                                         \
	RTE_NODE_REGISTER(node_name##_node)

/** A decision that may put another buffer in place of the message's. */
typedef uint16_t (*via_replacing_decision)(struct via_worker *w, struct rte_mbuf **m);

/** The same for a node whose decision may put another buffer in place of the message's. */
#define VIA_REPLACING_NODE(node_name, decision, ...)                                               \
	static uint16_t node_name##_process(struct rte_graph *graph, struct rte_node *node,        \
					    void **objs, uint16_t n)                               \
	{                                                                                          \
		struct via_worker *w = via_worker_of(node);                                        \
		via_replacing_decision decide = decision;                                          \
                                                                                                   \
		for (uint16_t i = 0; i < n; i++) {                                                 \
			struct rte_mbuf *m = objs[i];                                              \
			uint16_t edge = decide(w, &m);                                             \
                                                                                                   \
			rte_node_enqueue_x1(graph, node, edge, m);                                 \
		}                                                                                  \
		return n;                                                                          \
	}                                                                                          \
	static struct rte_node_register node_name##_node = {                                       \
		.name = #node_name,                                                                \
		.init = via_node_init,                                                             \
		.process = node_name##_process,                                                    \
		.nb_edges = RTE_DIM(((const char *[]){ __VA_ARGS__ })),                            \
		.next_nodes = { __VA_ARGS__ },                                                     \
	};                                                                                         \
	RTE_NODE_REGISTER(node_name##_node)

#endif
