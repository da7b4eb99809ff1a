/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_RING_GRAPH_H
#define BENCH_RING_GRAPH_H

#include "engine.h"

/**
 * The whole graph of a worker, put together as viaduct-dataplane does it, between two rings in
 * place of a NIC: ethdev_rx, via_demux ... via_output, ethdev_tx. One in a process.
 */

enum { RING_GRAPH_NODES = 64 };

/** Calls, messages and cycles of one node, from the cluster statistics. */
struct ring_graph_node {
	char name[RTE_NODE_NAMESIZE];
	uint64_t objs, cycles; /* as read last */
	uint64_t round_objs, round_cycles;
	uint64_t run_objs, run_cycles; /* since ring_graph_forget(), undisturbed rounds only */
};

struct ring_graph {
	struct config *config;
	struct via_engine *via;
	struct via_worker *worker;
	struct rte_graph *graph;
	struct rte_mempool *pool;
	struct rte_ring *rx, *tx;
	uint16_t port;
	struct rte_graph_cluster_stats *statistics;
	struct ring_graph_node node[RING_GRAPH_NODES];
	unsigned int node_count;
};

/**
 * Open an engine with one worker; `keys` are what the configuration has beyond that, in `dataplane`
 * first. The world's tables are published. The rings hold `ring` frames less one, a power of two.
 * `bench` names who dies when it cannot be done.
 */
void ring_graph_open(struct ring_graph *g, const char *bench, const char *keys, unsigned int ring);

/** Its engine goes; nothing walks the graph any more. */
void ring_graph_close(struct ring_graph *g);

/** Put frames in and walk, `burst` at a time; with n 0 walk once. */
void ring_graph_walk(struct ring_graph *g, struct rte_mbuf **m, unsigned int n, unsigned int burst);

/**
 * Add a round to the nodes' statistics, unless the core did something else during it: then there
 * are cycles in it that are not the nodes', and this is false. `tsc` and `ns` are what it took by
 * either clock.
 */
bool ring_graph_count(struct ring_graph *g, uint64_t tsc, uint64_t ns);

void ring_graph_forget(struct ring_graph *g);

/** What the engine has counted, to our standard error. */
void ring_graph_print_counters(const struct ring_graph *g);

#endif
