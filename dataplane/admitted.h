/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Which requests were let through of late, so that their copies are, too (RFC 3261 §16.11, RC-39).
 * One for each worker, who alone uses it, as a flow brings its copies to one worker; bounded, of
 * eight rows in a cache line the oldest makes room.
 */
#ifndef DATAPLANE_ADMITTED_H
#define DATAPLANE_ADMITTED_H

#include "engine.h"

/** Room for `rows` requests, rounded up to a power of two. Returns 0, or -1 without memory. */
int via_admitted_open(struct via_admitted *a, uint32_t rows);

/** Takes a zeroed one. */
void via_admitted_close(struct via_admitted *a);

/** Ask for the row of a key ahead. A key is a keyed hash, in all of its bits. */
void via_admitted_prefetch(const struct via_admitted *a, uint64_t key);

/** The request was let through within 40 s, and not as many copies of it since as nobody sends. */
bool via_admitted_has(const struct via_admitted *a, uint64_t key, uint64_t mono_ms);

/** The same, and this is one copy more. */
bool via_admitted_take_copy(struct via_admitted *a, uint64_t key, uint64_t mono_ms);

/** A request has been let through; not as a copy. */
void via_admitted_put(struct via_admitted *a, uint64_t key, uint64_t mono_ms);

#endif
