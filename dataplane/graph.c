/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph.h"

#include <stdio.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_node_eth_api.h>

#include "node/via_output.h"
#include "port.h"

enum { NAME = RTE_NODE_NAMESIZE, MAX_PATTERNS = 64 };

static struct rte_graph_cluster_stats *statistics;

static int
register_ethdev_nodes(const uint16_t *ids, unsigned int count, struct rte_mempool **pool,
		      unsigned int workers)
{
	struct rte_node_ethdev_config conf[2 * CONFIG_MAX_PORTS];

	for (unsigned int i = 0; i < count; i++)
		conf[i] = (struct rte_node_ethdev_config){
			.port_id = ids[i],
			.num_rx_queues = port_rx_queues(ids[i]),
			.num_tx_queues = (uint16_t)workers,
			.mp = pool,
			.mp_count = 1,
		};
	return rte_node_eth_config(conf, (uint16_t)count, (uint16_t)workers);
}

/* What ethdev_rx receives is all ours: both of its edges lead to via_demux. */
static int
point_rx_at_demux(uint16_t id)
{
	const char *edges[] = { "via_demux", "via_demux" };
	char name[NAME];

	for (uint16_t q = 0; q < port_rx_queues(id); q++) {
		rte_node_t node;

		snprintf(name, sizeof(name), "ethdev_rx-%u-%u", id, q);
		node = rte_node_from_name(name);
		if (node == RTE_NODE_ID_INVALID ||
		    rte_node_edge_update(node, 0, edges, RTE_DIM(edges)) != RTE_DIM(edges))
			return -EINVAL;
	}
	return 0;
}

static int
add_edges(const char *node, rte_edge_t from, const uint16_t *ids, unsigned int count)
{
	char names[RTE_MAX_ETHPORTS][NAME];
	const char *edges[RTE_MAX_ETHPORTS];

	for (unsigned int i = 0; i < count; i++) {
		if (ids[i] == RTE_MAX_ETHPORTS)
			snprintf(names[i], NAME, "pkt_drop");
		else
			snprintf(names[i], NAME, "ethdev_tx-%u", ids[i]);
		edges[i] = names[i];
	}
	return rte_node_edge_update(rte_node_from_name(node), from, edges, (uint16_t)count) == count
		       ? 0
		       : -EINVAL;
}

int
graph_join_ports(struct via_engine *e, struct rte_mempool *pool, const uint16_t *tap_ids)
{
	uint16_t ids[2 * CONFIG_MAX_PORTS], by_id[RTE_MAX_ETHPORTS];
	unsigned int count = 0, highest = 0;
	int error;

	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS; i++)
		by_id[i] = RTE_MAX_ETHPORTS;
	for (unsigned int i = 0; i < e->config->port_count; i++) {
		ids[count++] = e->wire_id[i];
		if (tap_ids[i] != RTE_MAX_ETHPORTS)
			ids[count++] = tap_ids[i];
	}
	for (unsigned int i = 0; i < count; i++) {
		by_id[ids[i]] = ids[i];
		highest = RTE_MAX(highest, ids[i]);
	}
	error = register_ethdev_nodes(ids, count, &pool, e->worker_count);
	for (unsigned int i = 0; i < count && error == 0; i++)
		error = point_rx_at_demux(ids[i]);
	if (error == 0)
		error = add_edges("via_output", VIA_OUTPUT_PORT, e->wire_id, e->config->port_count);
	if (error == 0)
		error = add_edges("via_exception", VIA_EXCEPTION_PORT, by_id, highest + 1);
	return error;
}

/* A worker receives on those queues whose number is its own, modulo the number of workers. */
static unsigned int
add_rx_patterns(const struct via_engine *e, unsigned int worker, char names[][NAME],
		unsigned int count)
{
	for (unsigned int id = 0; id < RTE_MAX_ETHPORTS; id++) {
		if (!e->port[id].in_use)
			continue;
		for (uint16_t q = (uint16_t)worker;
		     q < port_rx_queues((uint16_t)id) && count < MAX_PATTERNS;
		     q = (uint16_t)(q + e->worker_count))
			snprintf(names[count++], NAME, "ethdev_rx-%u-%u", id, q);
	}
	return count;
}

struct rte_graph *
graph_create(struct via_engine *e, struct via_worker *w)
{
	static const char *const common[] = { "via_*", "ethdev_tx-*", "pkt_drop" };
	char names[MAX_PATTERNS][NAME], name[RTE_GRAPH_NAMESIZE];
	const char *patterns[MAX_PATTERNS];
	struct rte_graph_param param = { .socket_id = SOCKET_ID_ANY, .node_patterns = patterns };
	unsigned int count = 0;

	for (; count < RTE_DIM(common); count++)
		snprintf(names[count], NAME, "%s", common[count]);
	count = add_rx_patterns(e, w->index, names, count);
	for (unsigned int i = 0; i < count; i++)
		patterns[i] = names[i];
	param.nb_node_patterns = (uint16_t)count;
	snprintf(name, sizeof(name), "worker_%u", w->index);
	via_engine_next_worker(w);
	if (rte_graph_create(name, &param) == RTE_GRAPH_ID_INVALID)
		return NULL;
	return rte_graph_lookup(name);
}

/* Called for each node in the order of the cluster; the cookie counts them. */
static int
store_node(bool is_first, bool is_last, void *cookie, const struct rte_graph_cluster_node_stats *st)
{
	struct via_engine *e = cookie;
	struct stats_node *row;

	(void)is_last;
	if (is_first)
		e->stats->node_count = 0;
	if (e->stats->node_count == STATS_NODES)
		return 0;
	row = &e->stats->node[e->stats->node_count++];
	memcpy(row->name, st->name, RTE_MIN(sizeof(row->name) - 1, strlen(st->name) + 1));
	row->calls = st->calls;
	row->messages = st->objs;
	row->cycles = st->cycles;
	return 0;
}

void
graph_statistics(struct via_engine *e)
{
	const char *patterns[] = { "worker_*" };
	struct rte_graph_cluster_stats_param param = {
		.socket_id = SOCKET_ID_ANY,
		.fn = store_node,
		.cookie = e,
		.nb_graph_patterns = 1,
		.graph_patterns = patterns,
	};

	if (statistics == NULL)
		statistics = rte_graph_cluster_stats_create(&param);
	if (statistics != NULL)
		rte_graph_cluster_stats_get(statistics, false);
}
