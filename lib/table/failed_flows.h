/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_FAILED_FLOWS_H
#define TABLE_FAILED_FLOWS_H

#include "flow/address.h"
#include "guard/siphash.h"
#include "table/segment.h"

/**
 * The flows that are known to be dead (RFC 5626 §5.3.1, OB-20). One table for a whole engine: any
 * worker may add to it and take from it, readers never wait, and while no flow is dead a look costs
 * one load. Bounded: where there is no room, the flow that died first is forgotten.
 *
 * Sets of eight rows, found by a keyed hash. Sixteen bits of the hash of each row stand together
 * with those of the rest of its set, so that a flow that is not there costs one cache line.
 */

/** Why a flow is called dead. */
enum failed_flow_why {
	FAILED_FLOW_PORT = 1, /* ICMP: nobody listens at its port */
	FAILED_FLOW_HOST = 2, /* ICMP: the host cannot be reached, or not allowed to be */
	FAILED_FLOW_IDLE = 3, /* not heard of for longer than Flow-Timer and a margin (OB-13) */
};

/** One row: a cache line. Words of `flow` are those of struct flow. */
struct failed_flows_row {
	_Atomic uint32_t version; /* odd while it is changed */
	_Atomic uint32_t why;     /* enum failed_flow_why; 0: empty */
	_Atomic uint64_t flow[6];
	_Atomic uint64_t failed_ms; /* CLOCK_MONOTONIC */
};

_Static_assert(sizeof(struct failed_flows_row) == 64, "failed flows ABI: row size");

struct failed_flows_header {
	struct segment_header segment;
	uint8_t hash_key[SIPHASH_KEY_SIZE];
	uint64_t rows_off, tags_off;
	uint32_t row_count; /* a power of two, at least 8 */
	uint8_t reserved[28];
	_Atomic uint64_t dead; /* rows in use */
	uint8_t reserved_too[56];
};

_Static_assert(sizeof(struct failed_flows_header) == 256, "failed flows ABI: header size");

extern const struct segment_type failed_flows_segment_type;

/** The table as one process sees it. */
struct failed_flows {
	struct failed_flows_header *header;
	struct failed_flows_row *rows;
	_Atomic uint16_t *tags; /* 0: empty */
	struct siphash_key key;
	uint32_t mask;
};

/** A copy of one row. */
struct failed_flow {
	struct flow flow;
	uint64_t failed_ms; /* CLOCK_MONOTONIC */
	enum failed_flow_why why;
};

/** Make and publish the segment. `rows`: a power of two, at least 8. `key` is random. */
enum segment_error failed_flows_create(struct segment *s, const char *dir, uint32_t rows,
				       const uint8_t key[SIPHASH_KEY_SIZE]);

/** Map for reading. Refuses one whose sizes do not fit. */
enum segment_error failed_flows_attach(struct segment *s, const char *dir);

/** The table in a segment that was made or mapped; changed only through one that was made. */
void failed_flows_init(struct failed_flows *t, const struct segment *s);

/** How many flows are dead. One load. */
static inline uint64_t
failed_flows_count(const struct failed_flows *t)
{
	return atomic_load_explicit(&t->header->dead, memory_order_relaxed);
}

/** Copy the row of a flow to `out`, which may be NULL. False when the flow is not known dead. */
bool failed_flows_find(const struct failed_flows *t, const struct flow *flow,
		       struct failed_flow *out);

/** The flow is known to be dead. */
static inline bool
failed_flows_has(const struct failed_flows *t, const struct flow *flow)
{
	return failed_flows_count(t) != 0 && failed_flows_find(t, flow, NULL);
}

/**
 * The flow is dead from now on. False when it was already, or when others are changing the rows
 * that it could have. Any thread of the process that made the segment; never waits.
 */
bool failed_flows_add(struct failed_flows *t, const struct flow *flow, enum failed_flow_why why,
		      uint64_t now_ms);

/** The flow was heard of: it lives. True when it was dead. Threads as above. */
bool failed_flows_remove(struct failed_flows *t, const struct flow *flow);

/** A word for people and programs: "port", "host", "idle". */
const char *failed_flow_why_text(enum failed_flow_why why);

#endif
