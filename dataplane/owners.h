/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_OWNERS_H
#define DATAPLANE_OWNERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Which worker has the transaction of a request (RFC 3261 §17.2.3). Copies, CANCEL and ACK may
 * come to another worker than the request did: this says whom they are for. One table for all
 * workers of an engine, in its own memory, where there are more than one.
 *
 * It is a hint, and bounded: a claim that finds its set full is not noted, so that a copy may then
 * become a transaction of its own at another worker.
 *
 * Keys are keyed hashes in all of their bits, so that nobody can fill a set on purpose.
 */

/** Words of one set: a cache line. */
enum { OWNERS_WAYS = 8 };

struct owners_set {
	_Alignas(64) _Atomic uint64_t word[OWNERS_WAYS]; /* 0: empty */
};

struct owners {
	struct owners_set *set; /* NULL: there is one worker, who owns all */
	uint32_t mask;
};

/** Room for `rows` keys, at most 2^30, and as many more, so that few sets are full. 0, or -1. */
int owners_open(struct owners *o, uint32_t rows);

/** No worker uses it any more. Takes a zeroed one. */
void owners_close(struct owners *o);

/** Ask for the set of a key ahead. */
static inline void
owners_prefetch(const struct owners *o, uint64_t key)
{
	if (o->set != NULL)
		__builtin_prefetch(&o->set[(uint32_t)key & o->mask], 1);
}

/**
 * Whose this key is: `worker`, below 64, or who claimed it before. Of several workers that claim it
 * at once one gets it. Any worker, for itself. A table that is not open gives it to who asks.
 */
unsigned int owners_claim(struct owners *o, uint64_t key, unsigned int worker);

/** Who has claimed this key; -1: nobody that is known. Any worker. */
int owners_find(const struct owners *o, uint64_t key);

/** The transaction is gone: forget the key, if it is this worker's. The worker itself. */
void owners_release(struct owners *o, uint64_t key, unsigned int worker);

#endif
