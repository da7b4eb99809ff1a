/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole graph of a worker, put together as viaduct-dataplane does it, between two rings in
 * place of a NIC: ethdev_rx, via_demux ... via_output, ethdev_tx. What a NIC does is not timed:
 * frames are written into fresh buffers before, and looked at and freed after each round.
 */
#include "graph.h"

#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_graph_worker.h>

#include "auth.h"
#include "bench.h"
#include "eal.h"
#include "frames.h"
#include "guard.h"
#include "world.h"

enum {
	ROUND = 1024,     /* messages; their buffers outgrow the caches next to the core */
	ROUNDS = 40,      /* of one run */
	EACH = 256,       /* frames of each kind */
	FULL_BURST = 256, /* what ethdev_rx takes at once when there is enough */
	SMALL_BURST = 32,
	RING = 2048,
	BUFFERS = 8191,
	LARGE_BUFFERS = 511,
	NODES = 64,
};

/* Calls, messages and cycles of one node, from the cluster statistics. */
struct node_row {
	char name[RTE_NODE_NAMESIZE];
	uint64_t objs, cycles; /* as read last */
	uint64_t round_objs, round_cycles;
	uint64_t run_objs, run_cycles; /* of this run, undisturbed rounds only */
	struct samples each;
};

struct engine {
	struct config *config;
	struct via_engine *via;
	struct via_worker *worker;
	struct rte_graph *graph;
	struct rte_mempool *pool;
	struct rte_ring *rx, *tx;
	uint16_t port;
	uint32_t serial;
	struct rte_graph_cluster_stats *statistics;
	struct node_row node[NODES];
	unsigned int node_count;
};

/* One way of sending one set. */
struct trial {
	const char *metric;
	enum frame_traffic traffic;
	unsigned int burst;
	bool verify; /* UDP checksums are left to software */
	bool nodes;  /* the nodes' cycles are told of this one */
	struct samples ns;
	struct guard_trial guard;
	struct auth_trial auth;
};

/* A trial of the guard alone. */
#define GUARD(name, frames, ...)                                                                   \
	{                                                                                          \
		.metric = name, .traffic = frames, .burst = FULL_BURST, .guard = { __VA_ARGS__ }   \
	}

/* One of passwords. */
#define AUTH(name, ...)                                                                            \
	{                                                                                          \
		.metric = name, .traffic = FRAMES_LOOKUP, .burst = FULL_BURST, .auth = {           \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static struct engine engine;
static struct frame_set sets[FRAMES_TRAFFICS];

/* ---- opening ---- */

static uint16_t
open_port(struct engine *g)
{
	struct rte_eth_conf conf = { 0 };
	int id;

	g->rx = rte_ring_create("bench_rx", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	g->tx = rte_ring_create("bench_tx", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (g->rx == NULL || g->tx == NULL)
		bench_die("graph: no memory for rings");
	id = rte_eth_from_rings("bench", &g->rx, 1, &g->tx, 1, SOCKET_ID_ANY);
	if (id < 0 || rte_eth_dev_configure((uint16_t)id, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup((uint16_t)id, 0, RING, SOCKET_ID_ANY, NULL, g->pool) != 0 ||
	    rte_eth_tx_queue_setup((uint16_t)id, 0, RING, SOCKET_ID_ANY, NULL) != 0 ||
	    rte_eth_dev_start((uint16_t)id) != 0)
		bench_die("graph: the ring port cannot be opened");
	return (uint16_t)id;
}

static int
count_node(bool is_first, bool is_last, void *cookie, const struct rte_graph_cluster_node_stats *st)
{
	struct engine *g = cookie;
	struct node_row *row;

	(void)is_last;
	if (is_first)
		g->node_count = 0;
	if (g->node_count == NODES)
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
open_statistics(struct engine *g)
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
		bench_die("graph: no statistics: %s", rte_strerror(rte_errno));
}

static void
open_engine(struct engine *g, uint32_t bindings)
{
	const uint16_t no_tap = RTE_MAX_ETHPORTS;
	struct config_errors errors;
	struct rte_mempool *large;
	char error[512] = "", keys[256];
	const char *path;

	eal_open();
	world_publish();
	world_bindings(bindings);
	auth_publish(bindings);
	snprintf(keys, sizeof(keys), "  workers: 1\n%s", auth_configuration);
	path = world_configuration("net_ring_bench", keys);
	g->config = config_load(path, &errors);
	if (g->config == NULL) {
		config_errors_print(&errors, path, stderr);
		bench_die("graph: the configuration is refused");
	}
	g->pool = eal_pool("bench_pool", BUFFERS, RTE_MBUF_DEFAULT_DATAROOM);
	large = eal_pool("bench_large", LARGE_BUFFERS, UINT16_MAX);
	g->via = via_engine_open(g->config, g->pool, large, error, sizeof(error));
	if (g->via == NULL)
		bench_die("graph: %s", error);
	g->worker = g->via->worker[0];
	g->port = open_port(g);
	via_engine_add_port(g->via, 0, g->port, no_tap);
	if (graph_join_ports(g->via, g->pool, &no_tap) != 0)
		bench_die("graph: the nodes cannot be joined");
	g->graph = graph_create(g->via, g->worker);
	if (g->graph == NULL)
		bench_die("graph: it cannot be made: %s", rte_strerror(rte_errno));
	rte_rcu_qsbr_thread_register(g->via->qsbr, 0);
	rte_rcu_qsbr_thread_online(g->via->qsbr, 0);
	open_statistics(g);
}

/* ---- a round ---- */

static void
print_counters(const struct engine *g)
{
	for (unsigned int c = 0; c < STATS_COUNT; c++) {
		uint64_t n = stats_sum(g->via->stats, (enum stats_counter)c);

		if (n > 0)
			fprintf(stderr, "%20llu %s\n", (unsigned long long)n,
				stats_counter_name((enum stats_counter)c));
	}
}

static void
write_round(struct engine *g, const struct trial *t, struct rte_mbuf **m)
{
	if (rte_pktmbuf_alloc_bulk(g->pool, m, ROUND) != 0)
		bench_die("graph: out of buffers: some were lost");
	for (unsigned int i = 0; i < ROUND; i++) {
		uint8_t *to = rte_pktmbuf_mtod(m[i], uint8_t *);

		m[i]->data_len = frame_write(&sets[t->traffic], g->serial, to);
		guard_frame(&t->guard, g->serial, to);
		m[i]->data_len = auth_frame(&t->auth, g->serial++, to, m[i]->data_len);
		m[i]->pkt_len = m[i]->data_len;
		m[i]->port = g->port;
		m[i]->ol_flags = t->verify ? 0 : RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
}

static void
walk(struct engine *g, struct rte_mbuf **m, unsigned int burst)
{
	for (unsigned int i = 0; i < ROUND; i += burst) {
		rte_ring_sp_enqueue_burst(g->rx, (void **)&m[i], burst, NULL);
		via_worker_begin(g->worker);
		rte_graph_walk(g->graph);
		via_worker_end(g->worker);
	}
}

/* Every message has come out; all of them are what they should be, looked at in the first round. */
static void
take_round(struct engine *g, const struct trial *t, bool first)
{
	struct rte_mbuf *m[ROUND];
	unsigned int n = rte_ring_sc_dequeue_burst(g->tx, (void **)m, ROUND, NULL);

	if (!guard_expects(&t->guard, n, ROUND)) {
		print_counters(g);
		bench_die("graph: %u of %u messages of '%s' came out", n, ROUND, t->metric);
	}
	for (unsigned int i = 0; i < n && first && !t->guard.spent_aor; i++) {
		const uint8_t *bytes = rte_pktmbuf_mtod(m[i], const uint8_t *);
		uint32_t serial = 0;
		const char *wrong = t->auth.asked && !t->auth.answers
					    ? auth_check_challenge(bytes, m[i]->data_len)
					    : frame_check(&sets[t->traffic], bytes, m[i]->data_len,
							  true, &serial);

		if (wrong != NULL)
			bench_die("graph: '%s', message %x: %s:\n%.*s", t->metric, serial, wrong,
				  m[i]->data_len - FRAME_HEADERS,
				  (const char *)bytes + FRAME_HEADERS);
	}
	rte_pktmbuf_free_bulk(m, n);
}

/*
 * One round; returns its nanoseconds. A round during which the core did something else has cycles
 * in it that are not the nodes': its statistics are left out.
 */
static uint64_t
run_round(struct engine *g, const struct trial *t, bool first)
{
	struct rte_mbuf *m[ROUND];
	uint64_t ns, tsc;
	bool undisturbed;

	via_engine_tick(g->via);
	guard_prepare(&t->guard, g->worker);
	auth_prepare(&t->auth, g->worker);
	write_round(g, t, m);
	tsc = rte_rdtsc();
	ns = thread_ns();
	walk(g, m, t->burst);
	ns = thread_ns() - ns;
	tsc = rte_rdtsc() - tsc;
	take_round(g, t, first);
	rte_graph_cluster_stats_get(g->statistics, false);
	undisturbed = (double)tsc < 1.05 * (double)ns * tsc_hz() / 1e9;
	for (unsigned int i = 0; i < g->node_count && undisturbed; i++) {
		g->node[i].run_objs += g->node[i].round_objs;
		g->node[i].run_cycles += g->node[i].round_cycles;
	}
	return ns;
}

static void
run_trial(struct engine *g, struct trial *t)
{
	uint64_t ns = 0;

	for (unsigned int i = 0; i < g->node_count; i++)
		g->node[i].run_objs = g->node[i].run_cycles = 0;
	run_round(g, t, true);
	for (unsigned int i = 0; i < ROUNDS; i++)
		ns += run_round(g, t, false);
	samples_add(&t->ns, (double)ns / (ROUNDS * ROUND));
	for (unsigned int i = 0; i < g->node_count && t->nodes; i++)
		if (g->node[i].run_objs > 0)
			samples_add(&g->node[i].each,
				    (double)g->node[i].run_cycles / (double)g->node[i].run_objs);
}

/* ---- */

static void
report_all(const struct engine *g, const struct trial *trials, unsigned int count)
{
	struct samples octets = { .value = { sets[FRAMES_MIX].octets }, .count = 1 };
	struct samples ratio = { .value = { auth_challenge_octets() / sets[FRAMES_LOOKUP].octets },
				 .count = 1 };
	struct samples edge_octets = { .value = { sets[FRAMES_EDGE].octets }, .count = 1 };

	for (unsigned int i = 0; i < count; i++)
		report("graph", trials[i].metric, "ns", &trials[i].ns);
	report_rate("graph", "messages_per_second", "messages/s", 1e9, &trials[0].ns);
	report("graph", "message_size", "octets", &octets);
	report("graph", "message_size.edge", "octets", &edge_octets);
	report("graph", "auth.407.amplification", "octets per octet", &ratio);
	for (unsigned int i = 0; i < g->node_count; i++) {
		char name[RTE_NODE_NAMESIZE + 8];

		snprintf(name, sizeof(name), "node.%s", g->node[i].name);
		report("graph", name, "cycles", &g->node[i].each);
	}
}

static struct trial trials[] = {
	{ "per_message", FRAMES_MIX, FULL_BURST, false, true, { .count = 0 } },
	{ "per_message.lookup", FRAMES_LOOKUP, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.token", FRAMES_TOKEN, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.response", FRAMES_RESPONSE, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.edge", FRAMES_EDGE, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.register", FRAMES_REGISTER, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.stun", FRAMES_STUN, FULL_BURST, false, false, { .count = 0 } },
	{ "per_message.burst_32", FRAMES_MIX, SMALL_BURST, false, false, { .count = 0 } },
	{ "per_message.software_checksum", FRAMES_MIX, FULL_BURST, true, false, { .count = 0 } },
	GUARD("guard.off", FRAMES_LOOKUP, .off = true, .sources = 1),
	GUARD("guard.off.100000_sources", FRAMES_LOOKUP, .off = true, .sources = 100000),
	GUARD("guard.1_source", FRAMES_LOOKUP, .sources = 1),
	GUARD("guard.100000_sources", FRAMES_LOOKUP, .sources = 100000),
	GUARD("guard.dropped", FRAMES_LOOKUP, .spent = true, .sources = 1),
	GUARD("guard.dropped_register", FRAMES_REGISTER, .spent = true, .sources = 1),
	GUARD("guard.dropped_garbage", FRAMES_LOOKUP, .spent = true, .garbage = true, .sources = 1),
	GUARD("guard.garbage", FRAMES_LOOKUP, .garbage = true, .sources = 1),
	GUARD("guard.refused_register", FRAMES_REGISTER, .spent_aor = true, .sources = 1),
	AUTH("auth.off", .answers = true),
	AUTH("auth.407", .asked = true),
	AUTH("auth.counting_up", .asked = true, .answers = true),
	AUTH("auth.counting_up.md5", .asked = true, .answers = true, .md5 = true),
	AUTH("auth.new_nonce", .asked = true, .answers = true, .fresh = true),
};

static int
run(const struct bench_options *options)
{
	struct engine *g = &engine;
	struct rte_ether_addr mac;

	if (geteuid() != 0) {
		fputs("viaduct-bench: graph: needs root: the engine opens raw sockets\n", stderr);
		return BENCH_SKIPPED;
	}
	open_engine(g, options->bindings);
	rte_eth_macaddr_get(g->port, &mac);
	for (unsigned int i = 0; i < FRAMES_TRAFFICS; i++)
		frame_set_init(&sets[i], (enum frame_traffic)i, EACH, options->bindings,
			       mac.addr_bytes);
	for (unsigned int r = 0; r < options->runs; r++)
		for (unsigned int i = 0; i < RTE_DIM(trials); i++)
			run_trial(g, &trials[i]);
	report_all(g, trials, RTE_DIM(trials));
	auth_end(g->worker);
	for (unsigned int i = 0; i < FRAMES_TRAFFICS; i++)
		frame_set_fini(&sets[i]);
	return 0;
}

const struct bench graph_bench = {
	"graph",
	"the whole graph between two rings, by kind of message and node",
	false,
	run,
};
