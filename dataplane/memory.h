/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Where the first copy of a request went, so that retransmissions, CANCEL and ACK go there too
 * (RFC 3261 §16.11) even when the bindings changed in between. One for each worker, who alone uses
 * it; bounded, the oldest of four rows makes room.
 */
#ifndef DATAPLANE_MEMORY_H
#define DATAPLANE_MEMORY_H

#include "engine.h"

/** Room for `rows` requests, rounded up to a power of two. Returns 0, or -1 without memory. */
int via_memory_open(struct via_memory *m, uint32_t rows);

/** Takes a zeroed one. */
void via_memory_close(struct via_memory *m);

/** What a request and its copies have in common: their branch. Never 0. */
uint64_t via_memory_key(const struct branch_id *id);

/** Ask for the rows of a key, ahead of via_memory_find(). */
void via_memory_prefetch(const struct via_memory *m, uint64_t key);

/** The row of a key that is not too old, or NULL. */
struct via_memory_row *via_memory_find(struct via_memory *m, uint64_t key, uint64_t now_ms);

/** Remember where a request went: `row` has everything but `seconds`. */
void via_memory_put(struct via_memory *m, const struct via_memory_row *row, uint64_t now_ms);

#endif
