/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_ENGINE_H
#define DATAPLANE_ENGINE_H

#include <stdatomic.h>

#include <rte_ether.h>
#include <rte_graph_worker.h>
#include <rte_ip_frag.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>

#include "auth/nonce.h"
#include "auth/nonce_count.h"
#include "config/config.h"
#include "failed_bindings.h"
#include "flow/keyring.h"
#include "gruu/temp_gruu.h"
#include "guard/breadth.h"
#include "guard/rate.h"
#include "hop_memory.h"
#include "meta.h"
#include "owners.h"
#include "reasons.h"
#include "sip/edit.h"
#include "table/binding.h"
#include "table/credentials.h"
#include "table/disabled.h"
#include "table/failed_flows.h"
#include "table/flows.h"
#include "table/hops.h"
#include "table/message_ring.h"
#include "table/orders.h"
#include "table/routes.h"
#include "table/stats.h"
#include "table/transactions.h"

/**
 * What the graph nodes work with. Part of the node plugin; `viaduct-dataplane` is one host of it,
 * and any other DPDK graph application can be another (docs/embedding.md).
 */

#define VIA_MAX_WORKERS STATS_WORKERS

/** Octets in front of a message that belong to ethernet, IP and UDP headers. */
#define VIA_HEADER_ROOM 64

#define VIA_DISABLED_SLOTS 512

/** AORs that an operator has shut off, by their hash in the binding table; of disabled.h. */
struct via_disabled {
	uint32_t count;
	uint16_t status[VIA_DISABLED_SLOTS]; /* 0: empty */
	uint64_t hash[VIA_DISABLED_SLOTS];
};

/** One generation of the shared tables. Workers borrow it for the length of one graph walk. */
struct via_tables {
	struct binding_table bindings; /* header NULL: not there yet */
	struct routes_table routes;    /* likewise */
	struct hops_table hops;        /* likewise, and it has no names then */
	struct flow_keys keys;
	struct temp_gruu_keys gruu_keys; /* all zero: no temporary GRUU opens */
	bool has_keys;
	struct segment keys_seen; /* which segment they are from; not mapped any more */
	struct orders orders;
	struct segment orders_seen;           /* likewise */
	struct credentials_table credentials; /* header NULL: not there yet, or not needed */
	struct transactions_list list;        /* likewise: nobody asks for one */
	struct transactions_query query;      /* that it is to answer */
	struct segment query_seen;            /* not mapped any more */
	struct segment disabled_seen;         /* likewise */
	struct via_disabled disabled;         /* of this binding table */
};

/** A request whose target is remembered for its retransmissions, CANCEL and ACK (LD-29). */
struct via_memory_row {
	uint64_t key; /* of the branch, and of the GRUU; 0: empty */
	struct binding_ref ref;
	uint32_t identity; /* finds the same binding again when the table was built anew */
	uint32_t seconds;  /* of the walk in which it was written */
	uint32_t since_ms; /* low half: when this binding was first taken */
	uint16_t tried[2]; /* those that were given up before */
	struct branch_target target; /* what the branch said of it: its copies say the same */
	uint64_t aor_hash;           /* of the record, for a GRUU that is not valid any more */
	uint64_t reserved;           /* four rows are four cache lines */
};

/** Four rows share what is looked at for one key. */
struct via_memory {
	struct via_memory_row *row;
	uint32_t mask;
};

/** A request that was let through. */
struct via_admitted_row {
	uint32_t tag;     /* of its key; 0: empty */
	uint16_t seconds; /* low part: when it was */
	uint16_t copies;  /* let through since */
};

/** Of admitted.h. */
struct via_admitted {
	struct via_admitted_row *row;
	uint32_t mask; /* of the first row of a set */
};

/** Limits for all workers together. */
enum via_quota_kind { VIA_QUOTA_REGISTERS, VIA_QUOTA_REQUESTS, VIA_QUOTAS };

struct via_quota {
	struct rate_shared bucket;
	struct rate_limit limit;
	uint32_t share; /* tokens that a worker takes at a time */
} __rte_cache_aligned;

/** What a worker keeps for admission.h. */
struct via_guard {
	struct siphash_key key; /* of this start */
	struct rate_table table[LIMITED_COUNT];
	uint32_t credit[VIA_QUOTAS]; /* tokens taken ahead */
	bool by_source;              /* one of the tables has a limit */
	struct via_admitted admitted;
	struct limited_list *limited;
};

/** One ethernet port, or the TAP twin of one. Indexed by DPDK port id. */
struct via_port {
	uint8_t in_use;
	uint8_t is_tap;
	uint8_t index;  /* of our port: config.port[] */
	uint8_t verify; /* UDP checksums are verified in software */
	uint16_t twin;  /* DPDK port id of the other end of the exception path */
	uint16_t mtu;
	struct rte_ether_addr mac;
};

/** Messages of a worker to addresses of ours, until its next walk. */
#define VIA_SELF_MAX 1024

struct via_self {
	struct rte_mbuf *m[VIA_SELF_MAX];
	uint32_t head, tail;
};

/** False when it is full. */
static inline bool
via_self_put(struct via_self *s, struct rte_mbuf *m)
{
	if (s->tail - s->head == VIA_SELF_MAX)
		return false;
	s->m[s->tail++ % VIA_SELF_MAX] = m;
	return true;
}

/** NULL when it is empty. */
static inline struct rte_mbuf *
via_self_take(struct via_self *s)
{
	return s->head != s->tail ? s->m[s->head++ % VIA_SELF_MAX] : NULL;
}

/** A worker: one graph on one core. Nothing in it is written by others, but `tables`. */
struct via_worker {
	struct via_engine *engine;
	unsigned int index;
	const struct via_tables *tables; /* of the present walk */
	struct stats_worker *stats;
	uint64_t now_ms;  /* CLOCK_REALTIME, of the present walk */
	uint64_t mono_ms; /* CLOCK_MONOTONIC, of the present walk */
	uint64_t time_ms; /* CLOCK_MONOTONIC, of the present walk to a millisecond */
	uint64_t mono_ns; /* now_ns when mono_ms was read */
	uint64_t now_ns;  /* of the time stamp counter, of the present walk */
	uint64_t tsc_ms_next;
	uint64_t now_tsc;
	bool busy; /* the present walk found work */
	struct message_ring punt, inject;
	bool has_rings;
	uint64_t rings_taken; /* which generation of the rings these are */
	struct via_memory memory;
	struct hop_memory hop_memory;
	struct via_guard guard;
	struct transactions *transactions; /* of transaction/transaction.h; NULL: there are none */
	uint64_t listed;                   /* the last query that has been answered */
	struct via_auth *auth;             /* of authentication.h; NULL unless auth.requests */
	struct flows_table flows;
	uint32_t icmp_budget;   /* ICMP errors that are still looked at this period */
	uint32_t failed_budget; /* flows that control may still be told of this period */
	struct rte_ip_frag_tbl *fragments;
	struct rte_ip_frag_death_row death_row;
	uint32_t unresolved_budget; /* messages that may still go through the kernel this period */
	struct via_self self;
	struct sip_edits edits;
	struct binding_copy record;
	char text[MESSAGE_RING_MESSAGE_MAX];
} __rte_cache_aligned;

/** Everything of one engine in this process. */
struct via_engine {
	struct config *config;
	bool owns_config;
	struct breadth_policy breadth;
	struct sip_limits limits;
	enum flow_token_form token_form; /* in which we write them */
	struct via_quota quota[VIA_QUOTAS];
	struct nonce_key nonce_key;       /* of authentication.h, for all workers */
	struct nonce_counts nonce_counts; /* likewise */
	struct siphash_key request_key;   /* likewise */
	struct slice *realm;              /* likewise; for each domain */
	uint64_t ns_per_cycle;            /* in units of 2^-32 */
	unsigned int families;            /* of our listeners: HOPS_IPV4, HOPS_IPV6 */
	struct rte_mempool *pool;         /* ordinary buffers */
	struct rte_mempool *large_pool;   /* one buffer holds the longest message */
	struct via_port port[RTE_MAX_ETHPORTS];
	uint16_t wire_id[CONFIG_MAX_PORTS]; /* DPDK port ids by our index */
	int raw_socket[2];                  /* IPv4, IPv6: messages that the kernel resolves */
	_Atomic(struct via_tables *) tables;
	struct message_rings rings;
	_Atomic uint64_t rings_generation; /* 0: no rings; else another number for each attach */
	uint64_t rings_attached;           /* how often they were */
	_Atomic uint64_t control_age_ms;   /* since control's last sign of life */
	struct failed_bindings failed;     /* by binding_failed_key() */
	struct failed_bindings answered;   /* by binding_answered_key() */
	struct owners owners;              /* of transactions; by who hands over */
	struct rte_ring *handoff[VIA_MAX_WORKERS]; /* to each worker; NULL: there is one */
	struct stats_segment *stats;
	struct segment stats_segment;
	struct segment flows_segment;
	struct segment failed_segment;
	struct failed_flows failed_flows;
	struct rte_rcu_qsbr *qsbr;
	struct via_worker *worker[VIA_MAX_WORKERS];
	unsigned int worker_count;
};

/**
 * Open an engine: shared tables as far as they are there, statistics, workers. `config` is
 * borrowed and outlives it. Pools are for mbufs with a private area of VIA_META_ROOM octets.
 * Main thread. NULL, with a message in `error`, when it cannot be done.
 */
struct via_engine *via_engine_open(struct config *config, struct rte_mempool *pool,
				   struct rte_mempool *large_pool, char *error, size_t error_size);

/**
 * The same from a configuration file, for hosts that have no use for it themselves;
 * via_engine_close() frees it.
 */
struct via_engine *via_engine_open_file(const char *path, struct rte_mempool *pool,
					struct rte_mempool *large_pool, char *error,
					size_t error_size);

/** A pool of buffers with the private area that the nodes need; `room` octets of data each. */
struct rte_mempool *via_pool_create(const char *name, unsigned int buffers, unsigned int room);

/** Close. The workers have stopped. Takes NULL. */
void via_engine_close(struct via_engine *e);

/** Tell the engine about a DPDK port and its twin; before the graphs are made. */
void via_engine_add_port(struct via_engine *e, uint8_t index, uint16_t wire_id, uint16_t tap_id);

/** The graph that is made next is for this worker. */
void via_engine_next_worker(struct via_worker *w);

/** The worker whose graph is being made; NULL when no engine is open. For node init functions. */
struct via_worker *via_engine_current_worker(void);

/**
 * Look after the shared tables: attach what was published anew, beat the heart. A few times a
 * second to a hundred times a second; main thread. Waits for workers to leave a table that goes.
 */
void via_engine_tick(struct via_engine *e);

/** Begin one graph walk of a worker: its time, and the tables that stay as they are until its end.
 */
void via_worker_begin(struct via_worker *w);

/**
 * End it: the worker holds nothing of the shared tables any more, so that via_engine_tick() may let
 * go of those that were replaced. The worker's own thread, after each via_worker_begin().
 */
void via_worker_end(struct via_worker *w);

/* ---- what nodes share ---- */

static inline struct via_worker *
via_worker_of(const struct rte_node *node)
{
	struct via_worker *w;

	memcpy(&w, node->ctx, sizeof(w));
	return w;
}

/** Node init of every node: keep the worker in the context. */
int via_node_init(const struct rte_graph *graph, struct rte_node *node);

static inline void
via_count(struct via_worker *w, enum stats_counter counter)
{
	stats_add(&w->stats->counter[counter], 1);
}

static inline const struct config_listener *
via_listener(const struct via_worker *w, uint8_t index)
{
	return &w->engine->config->listener[index];
}

/** Control gives a sign of life each 100 ms; one that has just died is back soon. */
#define VIA_CONTROL_GONE_MS 5000

/** There are rings to control, and it lives. */
static inline bool
via_control_is_there(const struct via_worker *w)
{
	return w->has_rings && atomic_load_explicit(&w->engine->control_age_ms,
						    memory_order_relaxed) <= VIA_CONTROL_GONE_MS;
}

/** The listener with this address and port, or -1. */
int via_listener_find(const struct via_engine *e, const struct flow_address *a);

/** A listener can be sent from: a standby one only while the kernel has its address (PR-06). */
bool via_listener_is_here(const struct via_worker *w, uint8_t listener);

/** The listener at this address if it is here, or -1: what is sent there comes to us. */
int via_listener_here(const struct via_worker *w, const struct flow_address *a);

/** The listener that a flow of ours belongs to, if it is here; or -1 (OB-20). */
int via_flow_listener(const struct via_worker *w, const struct flow *flow);

/** A host and port (0: none written) mean this proxy: a listener, or one of `names`. */
bool via_is_own_host(const struct via_worker *w, struct slice host, uint16_t port);

/** The host is a domain whose users are registered here: which of them, or -1. */
int via_own_domain(const struct via_engine *e, struct slice host);

static inline bool
via_is_own_domain(const struct via_engine *e, struct slice host)
{
	return via_own_domain(e, host) >= 0;
}

/** A REGISTER that the registrar of this engine answers; meta->uri is there. */
bool via_is_for_registrar(const struct via_worker *w, const struct via_meta *meta);

/**
 * The listener that a message to `to` leaves from: one on the port that the route leads to, the
 * one with the UDP port of listener `in` if there is such. -1 when there is no route or listener.
 */
int via_source_listener(const struct via_worker *w, const struct flow_address *to, uint8_t in);

/**
 * Refuse a request: note status and reason. Returns `refuse_edge`, or `drop_edge` for an ACK, which
 * is never answered.
 */
uint16_t via_refuse(struct via_meta *meta, enum via_reason reason, uint16_t refuse_edge,
		    uint16_t drop_edge);

/**
 * Where an answer of ours goes: the source of the request, there to the source port if rport asks
 * for it, else to the sent-by port (RFC 3261 §18.2.2, RFC 3581 §4).
 */
struct flow_address via_reply_address(const struct via_meta *meta);

/** Status and phrase of a reason. */
uint16_t via_reason_status(enum via_reason reason);
struct slice via_reason_phrase(enum via_reason reason);

#endif
