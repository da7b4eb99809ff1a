/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_GRAPH_H
#define DATAPLANE_GRAPH_H

#include "engine.h"

/**
 * Join the engine's nodes to the ethdev nodes of all ports; before graph_create(). `tap_ids` holds
 * RTE_MAX_ETHPORTS where a port has no twin. Returns 0 or a negative errno.
 */
int graph_join_ports(struct via_engine *e, struct rte_mempool *pool, const uint16_t *tap_ids);

/** Make the graph of one worker; NULL with rte_errno set. */
struct rte_graph *graph_create(struct via_engine *e, struct via_worker *w);

/** Copy calls, messages and cycles of all nodes into the statistics segment. */
void graph_statistics(struct via_engine *e);

#endif
