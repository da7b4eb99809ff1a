/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole graph of a worker (ring_graph.h). What a NIC does is not timed: frames are written into
 * fresh buffers before, and looked at and freed after each round.
 */
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "auth.h"
#include "bench.h"
#include "eal.h"
#include "frames.h"
#include "guard.h"
#include "ring_graph.h"
#include "world.h"

enum {
	ROUND = 1024,     /* messages; their buffers outgrow the caches next to the core */
	ROUNDS = 40,      /* of one run */
	EACH = 256,       /* frames of each kind */
	FULL_BURST = 256, /* what ethdev_rx takes at once when there is enough */
	SMALL_BURST = 32,
	RING = 2048,
};

struct engine {
	struct ring_graph core;
	uint32_t serial;
	struct samples each[RING_GRAPH_NODES]; /* cycles of each node */
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

static void
open_engine(struct engine *g, uint32_t bindings)
{
	eal_open();
	world_publish();
	world_bindings(bindings);
	auth_publish(bindings);
	ring_graph_open(&g->core, "graph", auth_configuration, RING);
}

/* ---- a round ---- */

static void
write_round(struct engine *g, const struct trial *t, struct rte_mbuf **m)
{
	if (rte_pktmbuf_alloc_bulk(g->core.pool, m, ROUND) != 0)
		bench_die("graph: out of buffers: some were lost");
	for (unsigned int i = 0; i < ROUND; i++) {
		uint8_t *to = rte_pktmbuf_mtod(m[i], uint8_t *);

		m[i]->data_len = frame_write(&sets[t->traffic], g->serial, to);
		guard_frame(&t->guard, g->serial, to);
		m[i]->data_len = auth_frame(&t->auth, g->serial++, to, m[i]->data_len);
		m[i]->pkt_len = m[i]->data_len;
		m[i]->port = g->core.port;
		m[i]->ol_flags = t->verify ? 0 : RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
}

/* Every message has come out; all of them are what they should be, looked at in the first round. */
static void
take_round(struct engine *g, const struct trial *t, bool first)
{
	struct rte_mbuf *m[ROUND];
	unsigned int n = rte_ring_sc_dequeue_burst(g->core.tx, (void **)m, ROUND, NULL);

	if (!guard_expects(&t->guard, n, ROUND)) {
		ring_graph_print_counters(&g->core);
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

/* One round; returns its nanoseconds. */
static uint64_t
run_round(struct engine *g, const struct trial *t, bool first)
{
	struct rte_mbuf *m[ROUND];
	uint64_t ns, tsc;

	via_engine_tick(g->core.via);
	guard_prepare(&t->guard, g->core.worker);
	auth_prepare(&t->auth, g->core.worker);
	write_round(g, t, m);
	tsc = rte_rdtsc();
	ns = thread_ns();
	ring_graph_walk(&g->core, m, ROUND, t->burst);
	ns = thread_ns() - ns;
	tsc = rte_rdtsc() - tsc;
	take_round(g, t, first);
	ring_graph_count(&g->core, tsc, ns);
	return ns;
}

static void
run_trial(struct engine *g, struct trial *t)
{
	uint64_t ns = 0;

	ring_graph_forget(&g->core);
	run_round(g, t, true);
	for (unsigned int i = 0; i < ROUNDS; i++)
		ns += run_round(g, t, false);
	samples_add(&t->ns, (double)ns / (ROUNDS * ROUND));
	for (unsigned int i = 0; i < g->core.node_count && t->nodes; i++)
		if (g->core.node[i].run_objs > 0)
			samples_add(&g->each[i], (double)g->core.node[i].run_cycles /
							 (double)g->core.node[i].run_objs);
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
	for (unsigned int i = 0; i < g->core.node_count; i++) {
		char name[RTE_NODE_NAMESIZE + 8];

		snprintf(name, sizeof(name), "node.%s", g->core.node[i].name);
		report("graph", name, "cycles", &g->each[i]);
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
	rte_eth_macaddr_get(g->core.port, &mac);
	for (unsigned int i = 0; i < FRAMES_TRAFFICS; i++)
		frame_set_init(&sets[i], (enum frame_traffic)i, EACH, options->bindings,
			       mac.addr_bytes);
	for (unsigned int r = 0; r < options->runs; r++)
		for (unsigned int i = 0; i < RTE_DIM(trials); i++)
			run_trial(g, &trials[i]);
	report_all(g, trials, RTE_DIM(trials));
	auth_end(g->core.worker);
	for (unsigned int i = 0; i < FRAMES_TRAFFICS; i++)
		frame_set_fini(&sets[i]);
	ring_graph_close(&g->core);
	return 0;
}

const struct bench graph_bench = {
	"graph",
	"the whole graph between two rings, by kind of message and node",
	false,
	run,
};
