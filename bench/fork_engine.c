/* SPDX-License-Identifier: BSD-3-Clause */
#include "fork_engine.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "eal.h"
#include "world.h"

enum {
	RING = 8192, /* holds what comes out of a round */
	BURST = 256, /* what ethdev_rx takes at once */
};

struct fork_engine fork_engine;

/* ---- opening ---- */

static const char keys[] = "proxy: {record_route: true}\n"
			   "transactions: {state: always, max: 12000000, branches: 12000000, "
			   "memory_mb: 12288}\n";

void
fork_engine_open(uint32_t bindings, uint32_t forked)
{
	uint64_t now_ms = world_now_ms();

	eal_open();
	world_publish();
	world_bindings(bindings + forked);
	for (uint32_t user = bindings; user < bindings + forked; user++)
		world_put_contacts(world_writer(), user, FORK_CONTACTS, false, now_ms);
	ring_graph_open(&fork_engine.core, "fork", keys, RING);
	rte_eth_macaddr_get(fork_engine.core.port, &fork_engine.mac);
	via_worker_begin(fork_engine.core.worker);
	via_worker_end(fork_engine.core.worker);
	fork_engine.clock_ns = fork_engine.core.worker->time_ms * 1000000;
}

/* ---- the clock ---- */

static void
set_clock(void)
{
	__extension__ typedef unsigned __int128 wide;
	struct via_worker *w = fork_engine.core.worker;
	uint64_t ms = fork_engine.clock_ns / 1000000;

	w->now_ms += ms - w->mono_ms;
	w->mono_ms = ms;
	w->mono_ns = (uint64_t)((wide)rte_rdtsc() * fork_engine.core.via->ns_per_cycle >> 32);
	w->tsc_ms_next = UINT64_MAX;
}

/* ---- a round ---- */

static unsigned int
write_round(struct calls *c, const struct fork_plan *p, struct rte_mbuf **m)
{
	unsigned int n = 0;

	for (unsigned int step = 0; step < CALL_STEPS; step++)
		for (unsigned int i = 0; i < p->of[step]; i++) {
			unsigned int k = (unsigned int)(random_next(&fork_engine.random) % (n + 1));

			if (n == FORK_MOST ||
			    (m[n] = rte_pktmbuf_alloc(fork_engine.core.pool)) == NULL)
				bench_die("fork: out of buffers: some were lost");
			m[n]->data_len = calls_write(c, (enum call_step)step,
						     rte_pktmbuf_mtod(m[n], uint8_t *));
			m[n]->pkt_len = m[n]->data_len;
			m[n]->port = fork_engine.core.port;
			m[n]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
			RTE_SWAP(m[n], m[k]);
			n++;
		}
	return n;
}

static void
take_round(struct calls *c, const struct fork_plan *p)
{
	static struct rte_mbuf *m[RING];
	unsigned int expected = 0,
		     n = rte_ring_sc_dequeue_burst(fork_engine.core.tx, (void **)m, RING, NULL);

	for (unsigned int step = 0; step < CALL_STEPS; step++)
		expected += p->of[step] * calls_expected(c, (enum call_step)step);
	for (unsigned int i = 0; i < n; i++)
		if (calls_read(c, rte_pktmbuf_mtod(m[i], const uint8_t *), m[i]->data_len) ==
		    CALL_OUT_OTHER)
			bench_die("fork: this came out:\n%.*s", m[i]->data_len - FRAME_HEADERS,
				  rte_pktmbuf_mtod(m[i], const char *) + FRAME_HEADERS);
	if (n != expected) {
		ring_graph_print_counters(&fork_engine.core);
		bench_die("fork: %u messages came out, not %u", n, expected);
	}
	rte_pktmbuf_free_bulk(m, n);
}

/* A burst, or a walk without one, at a time that is the engine's. */
static uint64_t
walk(struct rte_mbuf **m, unsigned int n)
{
	uint64_t tsc, ns;

	set_clock();
	tsc = rte_rdtsc();
	ns = thread_ns();
	ring_graph_walk(&fork_engine.core, m, n, BURST);
	ns = thread_ns() - ns;
	if (ring_graph_count(&fork_engine.core, rte_rdtsc() - tsc, ns))
		fork_engine.undisturbed += n;
	if (!fork_engine.stopped)
		fork_engine.clock_ns += ns;
	return ns;
}

uint64_t
fork_run_round(struct calls *c, const struct fork_plan *p)
{
	static struct rte_mbuf *m[FORK_MOST];
	unsigned int n = write_round(c, p, m), done = 0;
	uint64_t ns = 0;

	via_engine_tick(fork_engine.core.via);
	do {
		ns += walk(m + done, RTE_MIN(n - done, (unsigned int)BURST));
		done += BURST;
	} while (done < n);
	take_round(c, p);
	return ns;
}

uint64_t
fork_run_out(struct calls *c, uint64_t *timers)
{
	const struct transactions *ts = fork_transactions();
	const struct fork_plan none = { .of = { 0 } };
	uint64_t ns = 0;

	*timers = ts->client_live + ts->live;
	while (ts->live > 0) {
		uint32_t before = ts->client_live + ts->live;

		ns += fork_run_round(c, &none);
		if (ts->client_live + ts->live == before)
			fork_engine.clock_ns += WHEEL_TICK_MS * 1000000;
	}
	calls_reset(c);
	return ns;
}
