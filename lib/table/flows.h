/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_FLOWS_H
#define TABLE_FLOWS_H

#include "flow/address.h"
#include "guard/siphash.h"
#include "table/segment.h"

/**
 * The flows that an edge knows: those for which it issued a token. Bounded; a new flow takes the
 * place of the one heard of least recently among eight. Nothing is lost with a row: the token alone
 * leads back to the flow. One table for each worker, who alone writes it.
 */
struct flows_row {
	_Atomic uint32_t version; /* odd while it is changed */
	uint32_t reserved;
	struct flow flow;
	_Atomic uint64_t since_ms;     /* CLOCK_REALTIME */
	_Atomic uint64_t last_seen_ms; /* CLOCK_REALTIME of the last message from the other side */
	_Atomic uint64_t messages_in, messages_out;
	uint64_t spare[5];
};

_Static_assert(sizeof(struct flows_row) == 128, "flows ABI: row size");

struct flows_header {
	struct segment_header segment;
	uint32_t worker_count;
	uint32_t rows_each; /* a power of two, at least 8 */
	uint64_t rows_off;
	uint8_t reserved[48];
};

_Static_assert(sizeof(struct flows_header) == 192, "flows ABI: header size");

extern const struct segment_type flows_segment_type;

/** One worker's rows. */
struct flows_table {
	struct flows_row *rows;
	uint32_t mask;
	struct siphash_key key;
};

/** Make and publish the segment for `workers` workers with `rows_each` rows. */
enum segment_error flows_create(struct segment *s, const char *dir, uint32_t workers,
				uint32_t rows_each);

/** Map for reading. Refuses one whose sizes do not fit. */
enum segment_error flows_attach(struct segment *s, const char *dir);

/** The rows of a worker. `key` hashes addresses, which strangers choose. */
void flows_table_init(struct flows_table *t, const struct segment *s, uint32_t worker,
		      struct siphash_key key);

/** A message came in on a flow: make or refresh its row. */
void flows_seen(struct flows_table *t, const struct flow *flow, uint64_t now_ms);

/** A message came in, or went out, on a flow that may have a row. Does not make one. */
void flows_count_in(struct flows_table *t, const struct flow *flow, uint64_t now_ms);
void flows_count_out(struct flows_table *t, const struct flow *flow);

/** A copy of row `i` over all workers. False when it is empty or being changed. */
bool flows_row_get(const struct segment *s, uint64_t i, struct flows_row *out);

/** Rows over all workers. */
uint64_t flows_row_count(const struct segment *s);

#endif
