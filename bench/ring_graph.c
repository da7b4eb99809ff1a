/* SPDX-License-Identifier: BSD-3-Clause */
#include "ring_graph.h"

#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_graph_worker.h>

#include "bench.h"
#include "eal.h"
#include "graph.h"
#include "world.h"

enum { QUEUE = 2048, LARGE_BUFFERS = 511 };

static uint16_t
open_port(struct ring_graph *g, const char *bench, unsigned int ring)
{
	struct rte_eth_conf conf = { 0 };
	int id;

	g->rx = rte_ring_create("bench_rx", ring, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	g->tx = rte_ring_create("bench_tx", ring, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (g->rx == NULL || g->tx == NULL)
		bench_die("%s: no memory for rings, or another engine is open", bench);
	id = rte_eth_from_rings("bench", &g->rx, 1, &g->tx, 1, SOCKET_ID_ANY);
	if (id < 0 || rte_eth_dev_configure((uint16_t)id, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup((uint16_t)id, 0, QUEUE, SOCKET_ID_ANY, NULL, g->pool) != 0 ||
	    rte_eth_tx_queue_setup((uint16_t)id, 0, QUEUE, SOCKET_ID_ANY, NULL) != 0 ||
	    rte_eth_dev_start((uint16_t)id) != 0)
		bench_die("%s: the ring port cannot be opened", bench);
	return (uint16_t)id;
}

static int
count_node(bool is_first, bool is_last, void *cookie, const struct rte_graph_cluster_node_stats *st)
{
	struct ring_graph *g = cookie;
	struct ring_graph_node *row;

	(void)is_last;
	if (is_first)
		g->node_count = 0;
	if (g->node_count == RING_GRAPH_NODES)
		return 0;
	row = &g->node[g->node_count++];
	snprintf(row->name, sizeof(row->name), "%s", st->name);
	row->round_objs = st->objs - row->objs;
	row->round_cycles = st->cycles - row->cycles;
	row->objs = st->objs;
	row->cycles = st->cycles;
	return 0;
}

static void
open_statistics(struct ring_graph *g, const char *bench)
{
	const char *patterns[] = { "worker_*" };
	const struct rte_graph_cluster_stats_param param = {
		.socket_id = SOCKET_ID_ANY,
		.fn = count_node,
		.cookie = g,
		.nb_graph_patterns = 1,
		.graph_patterns = patterns,
	};

	g->statistics = rte_graph_cluster_stats_create(&param);
	if (g->statistics == NULL)
		bench_die("%s: no statistics: %s", bench, rte_strerror(rte_errno));
}

static void
load_configuration(struct ring_graph *g, const char *bench, const char *keys)
{
	struct config_errors errors;
	char all[512];
	const char *path;

	snprintf(all, sizeof(all), "  workers: 1\n%s", keys);
	path = world_configuration("net_ring_bench", all);
	g->config = config_load(path, &errors);
	if (g->config == NULL) {
		config_errors_print(&errors, path, stderr);
		bench_die("%s: the configuration is refused", bench);
	}
}

void
ring_graph_open(struct ring_graph *g, const char *bench, const char *keys, unsigned int ring)
{
	const uint16_t no_tap = RTE_MAX_ETHPORTS;
	struct rte_mempool *large;
	char error[512] = "";

	load_configuration(g, bench, keys);
	g->pool = eal_pool("bench_pool", 4 * ring - 1, RTE_MBUF_DEFAULT_DATAROOM);
	large = eal_pool("bench_large", LARGE_BUFFERS, UINT16_MAX);
	g->via = via_engine_open(g->config, g->pool, large, error, sizeof(error));
	if (g->via == NULL)
		bench_die("%s: %s", bench, error);
	g->worker = g->via->worker[0];
	g->port = open_port(g, bench, ring);
	via_engine_add_port(g->via, 0, g->port, no_tap);
	if (graph_join_ports(g->via, g->pool, &no_tap) != 0)
		bench_die("%s: the nodes cannot be joined", bench);
	g->graph = graph_create(g->via, g->worker);
	if (g->graph == NULL)
		bench_die("%s: the graph cannot be made: %s", bench, rte_strerror(rte_errno));
	rte_rcu_qsbr_thread_register(g->via->qsbr, 0);
	rte_rcu_qsbr_thread_online(g->via->qsbr, 0);
	open_statistics(g, bench);
}

void
ring_graph_close(struct ring_graph *g)
{
	rte_rcu_qsbr_thread_offline(g->via->qsbr, 0);
	rte_rcu_qsbr_thread_unregister(g->via->qsbr, 0);
	via_engine_close(g->via);
	g->via = NULL;
}

void
ring_graph_walk(struct ring_graph *g, struct rte_mbuf **m, unsigned int n, unsigned int burst)
{
	unsigned int done = 0;

	do {
		unsigned int now = RTE_MIN(burst, n - done);

		rte_ring_sp_enqueue_burst(g->rx, (void **)&m[done], now, NULL);
		via_worker_begin(g->worker);
		rte_graph_walk(g->graph);
		via_worker_end(g->worker);
		done += now;
	} while (done < n);
}

bool
ring_graph_count(struct ring_graph *g, uint64_t tsc, uint64_t ns)
{
	bool undisturbed = (double)tsc < 1.05 * (double)ns * tsc_hz() / 1e9;

	rte_graph_cluster_stats_get(g->statistics, false);
	for (unsigned int i = 0; i < g->node_count && undisturbed; i++) {
		g->node[i].run_objs += g->node[i].round_objs;
		g->node[i].run_cycles += g->node[i].round_cycles;
	}
	return undisturbed;
}

void
ring_graph_forget(struct ring_graph *g)
{
	for (unsigned int i = 0; i < g->node_count; i++)
		g->node[i].run_objs = g->node[i].run_cycles = 0;
}

void
ring_graph_print_counters(const struct ring_graph *g)
{
	for (unsigned int c = 0; c < STATS_COUNT; c++) {
		uint64_t n = stats_sum(g->via->stats, (enum stats_counter)c);

		if (n > 0)
			fprintf(stderr, "%20llu %s\n", (unsigned long long)n,
				stats_counter_name((enum stats_counter)c));
	}
}
