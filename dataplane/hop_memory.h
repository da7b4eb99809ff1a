/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Which target of a set a request went to, so that its copies, its CANCEL and its ACK go there too
 * (RFC 3261 §16.11), whatever has become of the targets in between. One for each worker, who alone
 * uses it; bounded, the oldest of two rows makes room.
 */
#ifndef DATAPLANE_HOP_MEMORY_H
#define DATAPLANE_HOP_MEMORY_H

#include <stdint.h>

#include "flow/address.h"

struct hop_memory_row {
	uint64_t key; /* of the branch; 0: empty */
	struct flow_address to;
	uint32_t ms; /* low half of the time it was written */
};

struct hop_memory {
	struct hop_memory_row *row;
	uint32_t mask;
};

/** Room for `rows` requests, rounded up to a power of two. Returns 0, or -1 without memory. */
int hop_memory_open(struct hop_memory *m, uint32_t rows);

/** Takes a zeroed one. */
void hop_memory_close(struct hop_memory *m);

/** Where the request with this key went, or NULL. `now_ms` is CLOCK_MONOTONIC. */
const struct flow_address *hop_memory_find(const struct hop_memory *m, uint64_t key,
					   uint64_t now_ms);

void hop_memory_put(struct hop_memory *m, uint64_t key, const struct flow_address *to,
		    uint64_t now_ms);

#endif
