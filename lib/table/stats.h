/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_STATS_H
#define TABLE_STATS_H

#include "sip/fault.h"
#include "table/counters.h"
#include "table/limited.h"
#include "table/segment.h"
#include "table/transactions.h"

#define STATS_WORKERS 64
#define STATS_NODES 64
#define STATS_PORTS 16
#define STATS_FAULT_ROOM 64
#define STATS_COUNTER_ROOM 128

_Static_assert(SIP_FAULT_COUNT <= STATS_FAULT_ROOM, "stats ABI: room for the faults");
_Static_assert(STATS_COUNT <= STATS_COUNTER_ROOM, "stats ABI: room for the counters");

/** Counters of one worker, who alone writes them. */
struct stats_worker {
	_Atomic uint64_t counter[STATS_COUNTER_ROOM]; /* enum stats_counter */
	_Atomic uint64_t fault[STATS_FAULT_ROOM]; /* enum sip_fault */
	_Atomic uint64_t busy;                    /* graph walks that found work */
	struct transactions_gauges transactions;
};

/** One graph node over all workers; written once a second. */
struct stats_node {
	char name[40];
	_Atomic uint64_t calls, messages, cycles;
};

/** One ethernet port; written once a second. */
struct stats_port {
	char name[32];
	char device[64];
	uint8_t mac[6];
	uint8_t up;
	uint8_t reserved;
	uint32_t queues;
	uint32_t mtu;
	_Atomic uint64_t rx_packets, tx_packets, rx_octets, tx_octets, rx_missed, rx_errors,
		tx_errors, no_buffers;
};

/** The whole segment. The dataplane writes it; anyone reads it without a lock. */
struct stats_segment {
	struct segment_header segment;
	uint32_t worker_count, node_count, port_count;
	uint32_t reserved;
	uint64_t started_ms; /* CLOCK_REALTIME */
	uint64_t cycles_hz;
	struct stats_worker worker[STATS_WORKERS];
	struct stats_node node[STATS_NODES];
	struct stats_port port[STATS_PORTS];
	struct limited_list limited[STATS_WORKERS];
};

extern const struct segment_type stats_segment_type;

/** Count `n`: one writer for each block, so a plain load and store will do. */
static inline void
stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/** Name of a counter as the export and the CLI write it. */
const char *stats_counter_name(enum stats_counter counter);

/** What a counter means, for people. */
const char *stats_counter_text(enum stats_counter counter);

/** Whether a counter is a drop reason. */
bool stats_counter_is_drop(enum stats_counter counter);

/** A counter summed over all workers. */
uint64_t stats_sum(const struct stats_segment *s, enum stats_counter counter);

#endif
