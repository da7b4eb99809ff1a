/* SPDX-License-Identifier: BSD-3-Clause */
#include "tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "admission.h"
#include "authentication.h"
#include "config/hops.h"
#include "flow_state.h"
#include "handoff.h"
#include "memory.h"
#include "process/clock.h"
#include "transaction/transaction.h"

enum {
	/* The pieces of a datagram come within milliseconds of each other, and a full table takes
	 * no new ones: so a flood shuts others out for no longer than this. */
	FRAGMENT_MS = 300,
	POOL_CACHE = 256,
	UNRESOLVED_PER_TICK = 256, /* messages through the kernel in 100 ms, each worker */
};

/* The worker whose graph is being made: node init functions get no argument of ours. */
static struct via_worker *current_worker;

void
via_engine_next_worker(struct via_worker *w)
{
	current_worker = w;
}

struct via_worker *
via_engine_current_worker(void)
{
	return current_worker;
}

int
via_node_init(const struct rte_graph *graph, struct rte_node *node)
{
	struct via_worker *w = via_engine_current_worker();

	(void)graph;
	if (w == NULL)
		return -EINVAL;
	memcpy(node->ctx, &w, sizeof(w));
	return 0;
}

/* ---- walks ---- */

static void
take_rings(struct via_worker *w)
{
	uint64_t generation =
		atomic_load_explicit(&w->engine->rings_generation, memory_order_acquire);

	if (likely(generation == w->rings_taken))
		return;
	w->rings_taken = generation;
	w->has_rings = generation != 0 && w->index < w->engine->rings.workers;
	if (w->has_rings) {
		w->punt = w->engine->rings.punt[w->index];
		w->inject = w->engine->rings.inject[w->index];
	}
}

/* What is overdue goes even when no more fragments come; otherwise only they would push it out. */
static void
give_up_fragments(struct via_worker *w)
{
	do {
		w->death_row.cnt = 0;
		rte_ip_frag_table_del_expired_entries(w->fragments, &w->death_row, w->now_tsc);
		stats_add(&w->stats->counter[STATS_reassembly_failed], w->death_row.cnt);
		if (w->death_row.cnt == 0)
			return;
		rte_ip_frag_free_death_row(&w->death_row, 3);
	} while (true);
}

/* Nanoseconds for 500 years, without a division for each walk. */
static uint64_t
cycles_ns(const struct via_engine *e, uint64_t cycles)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)cycles * e->ns_per_cycle >> 32);
}

void
via_worker_begin(struct via_worker *w)
{
	bool tick;

	w->now_tsc = rte_rdtsc();
	w->now_ns = cycles_ns(w->engine, w->now_tsc);
	tick = w->now_tsc >= w->tsc_ms_next;
	if (tick) {
		/* the clocks are read once in 100 ms: expiry is in seconds */
		w->now_ms = clock_wall_ms();
		w->mono_ms = clock_steady_ms();
		w->mono_ns = w->now_ns;
		w->tsc_ms_next = w->now_tsc + rte_get_tsc_hz() / 10;
		w->unresolved_budget = UNRESOLVED_PER_TICK;
		give_up_fragments(w);
	}
	w->time_ms = w->mono_ms + (w->now_ns - w->mono_ns) / 1000000;
	w->tables = atomic_load_explicit(&w->engine->tables, memory_order_acquire);
	take_rings(w);
	if (tick) {
		via_flows_tick(w);
		transactions_gauges(w);
	}
	w->busy = false;
}

void
via_worker_end(struct via_worker *w)
{
	const struct via_tables *t = w->tables;

	if (unlikely(t->list.segment.header != NULL && t->query.id != w->listed))
		transactions_show(w);
	rte_rcu_qsbr_quiescent(w->engine->qsbr, w->index);
}

/* ---- opening and closing ---- */

static void
worker_close(struct via_worker *w)
{
	if (w == NULL)
		return;
	via_memory_close(&w->memory);
	hop_memory_close(&w->hop_memory);
	via_admission_close(w);
	for (struct rte_mbuf *m; (m = via_self_take(&w->self)) != NULL;)
		rte_pktmbuf_free(m);
	via_auth_close(w);
	transactions_close(w);
	if (w->fragments != NULL)
		rte_ip_frag_table_destroy(w->fragments);
	rte_free(w);
}

/*
 * Datagrams in reassembly, each of which can hold RTE_LIBRTE_IP_FRAG_MAX_FRAG buffers: together
 * never more than a quarter of all, whatever is sent.
 */
static uint32_t
fragment_entries(const struct config_file_dataplane *f)
{
	uint32_t most = f->buffers / 4 / RTE_LIBRTE_IP_FRAG_MAX_FRAG / f->workers;

	most = RTE_MIN(f->fragments, most);
	return most > 0 ? most : 1;
}

static struct via_worker *
worker_open(struct via_engine *e, unsigned int index)
{
	const struct config_file_dataplane *f = &e->config->file->dataplane;
	struct via_worker *w = rte_zmalloc("via_worker", sizeof(*w), RTE_CACHE_LINE_SIZE);
	struct siphash_key key;

	/* by it strangers' errors are believed or not: docs/decisions/0012-flow-liveness.md */
	if (w == NULL || getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
		rte_free(w);
		return NULL;
	}
	w->engine = e;
	w->index = index;
	w->time_ms = clock_steady_ms();
	w->stats = &e->stats->worker[index];
	flows_table_init(&w->flows, &e->flows_segment, index, key);
	w->fragments = rte_ip_frag_table_create(f->fragments, 8, fragment_entries(f),
						rte_get_tsc_hz() * FRAGMENT_MS / 1000,
						(int)rte_socket_id());
	if (w->fragments == NULL || via_memory_open(&w->memory, f->remember) != 0 ||
	    hop_memory_open(&w->hop_memory, f->remember) != 0 || via_admission_open(w) != 0 ||
	    via_auth_open(w) != 0 || transactions_open(w) != 0) {
		worker_close(w);
		return NULL;
	}
	return w;
}

/* Without the privilege there are none: messages without a known neighbour are then dropped. */
static void
open_raw_sockets(struct via_engine *e)
{
	int on = 1;

	e->raw_socket[0] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	e->raw_socket[1] = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	if (e->raw_socket[1] >= 0)
		setsockopt(e->raw_socket[1], IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof(on));
}

/* Room for as many dead flows as there are rows of flows. */
static enum segment_error
open_failed_flows(struct via_engine *e, uint32_t rows_each)
{
	uint32_t rows = rte_align32pow2(rows_each * e->config->file->dataplane.workers);
	uint8_t key[SIPHASH_KEY_SIZE];
	enum segment_error error;

	/* strangers choose addresses */
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return SEGMENT_ERR_SYSTEM;
	error = failed_flows_create(&e->failed_segment, e->config->shm_dir, rows, key);
	if (error == SEGMENT_OK)
		failed_flows_init(&e->failed_flows, &e->failed_segment);
	return error;
}

static enum segment_error
open_statistics(struct via_engine *e)
{
	const struct config_file *f = e->config->file;
	uint32_t rows = 8;
	enum segment_error error;

	error = segment_create(&e->stats_segment, e->config->shm_dir, &stats_segment_type,
			       sizeof(struct stats_segment));
	if (error != SEGMENT_OK)
		return error;
	e->stats = (struct stats_segment *)e->stats_segment.header;
	e->stats->worker_count = f->dataplane.workers;
	e->stats->started_ms = clock_wall_ms();
	e->stats->cycles_hz = rte_get_tsc_hz();
	error = segment_publish(&e->stats_segment);
	if (error != SEGMENT_OK)
		return error;
	while (rows < f->edge.flows)
		rows *= 2;
	error = flows_create(&e->flows_segment, e->config->shm_dir, f->dataplane.workers, rows);
	return error == SEGMENT_OK ? open_failed_flows(e, rows) : error;
}

static int
open_qsbr(struct via_engine *e)
{
	size_t size = rte_rcu_qsbr_get_memsize(VIA_MAX_WORKERS);

	e->qsbr = rte_zmalloc("via_qsbr", size, RTE_CACHE_LINE_SIZE);
	if (e->qsbr == NULL || rte_rcu_qsbr_init(e->qsbr, VIA_MAX_WORKERS) != 0)
		return -1;
	return 0;
}

static int
open_workers(struct via_engine *e)
{
	e->ns_per_cycle = (UINT64_C(1000000000) << 32) / rte_get_tsc_hz();
	via_admission_share(e);
	if (via_auth_share(e) != 0 || via_handoff_open(e) != 0)
		return -1;
	for (unsigned int i = 0; i < e->config->file->dataplane.workers; i++) {
		e->worker[i] = worker_open(e, i);
		if (e->worker[i] == NULL)
			return -1;
		e->worker_count++;
	}
	return 0;
}

static enum flow_token_form
token_form(enum config_token configured)
{
	return configured == CONFIG_TOKEN_OPAQUE       ? FLOW_TOKEN_OPAQUE
	       : configured == CONFIG_TOKEN_ALGORITHM2 ? FLOW_TOKEN_ALGORITHM2
						       : FLOW_TOKEN_PLAIN;
}

struct via_engine *
via_engine_open(struct config *config, struct rte_mempool *pool, struct rte_mempool *large_pool,
		char *error, size_t error_size)
{
	struct via_engine *e = rte_zmalloc("via_engine", sizeof(*e), RTE_CACHE_LINE_SIZE);
	const struct config_file_proxy *proxy = &config->file->proxy;
	enum segment_error segment;

	if (e == NULL) {
		snprintf(error, error_size, "no memory: raise dataplane.memory_mb");
		return NULL;
	}
	e->config = config;
	e->pool = pool;
	e->large_pool = large_pool;
	e->breadth = (struct breadth_policy){
		.if_absent = proxy->max_breadth,
		.limit = proxy->max_breadth_limit,
		.sharing = proxy->breadth_split == CONFIG_SPLIT_OUTBOUND1 ? BREADTH_OUTBOUND1
									  : BREADTH_EQUAL,
	};
	e->token_form = token_form(config->file->edge.token);
	e->limits = (struct sip_limits){
		.max_size = config->file->dataplane.max_message,
		.max_body = proxy->max_body,
		.max_headers = (uint16_t)proxy->max_headers,
		.max_via = (uint16_t)proxy->max_via,
		.max_route = (uint16_t)proxy->max_route,
		.max_uri = (uint16_t)proxy->max_uri,
		.multipart_depth = (uint8_t)proxy->multipart_depth,
		.multipart_parts = (uint16_t)proxy->multipart_parts,
		.routing_only = proxy->check == CONFIG_CHECK_ROUTING,
	};
	e->families = config_families(config);
	e->raw_socket[0] = e->raw_socket[1] = -1;
	atomic_store(&e->tables, rte_zmalloc("via_tables", sizeof(struct via_tables), 64));
	segment = open_statistics(e);
	if (segment != SEGMENT_OK) {
		snprintf(error, error_size, "%s: %s (%s)", config->shm_dir,
			 segment_error_text(segment), strerror(errno));
		goto fail;
	}
	if (atomic_load(&e->tables) == NULL || open_qsbr(e) != 0 || open_workers(e) != 0) {
		snprintf(error, error_size,
			 "no memory: raise dataplane.memory_mb, or lower dataplane.fragments, "
			 "dataplane.remember, guard.sources, guard.aors, auth.nonces and "
			 "transactions.max");
		goto fail;
	}
	open_raw_sockets(e);
	via_engine_tick(e);
	return e;

fail:
	via_engine_close(e);
	return NULL;
}

struct via_engine *
via_engine_open_file(const char *path, struct rte_mempool *pool, struct rte_mempool *large_pool,
		     char *error, size_t error_size)
{
	static struct config_errors errors;
	struct config *config = config_load(path, &errors);
	struct via_engine *e;

	if (config == NULL) {
		snprintf(error, error_size, "%s:%u: %s: %s", path, errors.row[0].line,
			 errors.row[0].key, errors.row[0].text);
		return NULL;
	}
	e = via_engine_open(config, pool, large_pool, error, error_size);
	if (e == NULL)
		config_free(config);
	else
		e->owns_config = true;
	return e;
}

struct rte_mempool *
via_pool_create(const char *name, unsigned int buffers, unsigned int room)
{
	unsigned int cache = RTE_MIN((unsigned int)POOL_CACHE, buffers / 8);
	unsigned int size = RTE_MIN(room + RTE_PKTMBUF_HEADROOM, (unsigned int)UINT16_MAX);

	return rte_pktmbuf_pool_create(name, buffers, cache, VIA_META_ROOM, (uint16_t)size,
				       SOCKET_ID_ANY);
}

void
via_engine_close(struct via_engine *e)
{
	struct via_tables none = { 0 }, *tables;

	if (e == NULL)
		return;
	for (unsigned int i = 0; i < VIA_MAX_WORKERS; i++)
		worker_close(e->worker[i]);
	via_auth_unshare(e);
	via_handoff_close(e);
	tables = atomic_load(&e->tables);
	if (tables != NULL) {
		segment_withdraw(&tables->list.segment);
		tables_free(tables, &none);
	}
	if (atomic_load(&e->rings_generation) != 0)
		message_rings_detach(&e->rings);
	for (int i = 0; i < 2; i++)
		if (e->raw_socket[i] >= 0)
			close(e->raw_socket[i]);
	segment_detach(&e->stats_segment);
	segment_detach(&e->flows_segment);
	segment_detach(&e->failed_segment);
	if (e->owns_config)
		config_free(e->config);
	rte_free(e->qsbr);
	rte_free(e);
}

void
via_engine_add_port(struct via_engine *e, uint8_t index, uint16_t wire_id, uint16_t tap_id)
{
	const struct config_file_port *f = e->config->port[index].file;
	struct via_port *wire = &e->port[wire_id];

	e->wire_id[index] = wire_id;
	*wire = (struct via_port){ .in_use = 1,
				   .index = index,
				   .twin = tap_id,
				   .mtu = (uint16_t)f->mtu,
				   .verify = f->rx_checksum == CONFIG_CHECKSUM_AUTO };
	rte_eth_macaddr_get(wire_id, &wire->mac);
	if (tap_id != RTE_MAX_ETHPORTS) {
		e->port[tap_id] = *wire;
		e->port[tap_id].is_tap = 1;
		e->port[tap_id].twin = wire_id;
	}
}
