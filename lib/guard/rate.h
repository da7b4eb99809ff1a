/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_RATE_H
#define GUARD_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How much is taken from whom: token buckets, kept as the generic cell rate algorithm does it
 * (ITU-T I.371): of each bucket there is only the time at which it will be full again.
 *
 * Times are nanoseconds of a clock that begins anywhere. Every product fits 64 bits for the rates
 * and bursts of rate_limit_make().
 */

/** Largest rate and burst. */
#define RATE_MAX 100000000

/** One limit: a bucket of `burst` tokens that gets `rate` of them a second. */
struct rate_limit {
	uint64_t token_ns; /* in which one token comes back; 0: no limit */
	uint64_t burst_ns; /* in which an empty bucket fills */
};

/**
 * The limit of `rate` a second and `burst` at once, both at most RATE_MAX. Rate 0: no limit. Burst
 * 0 is taken for 1. The time between two tokens is whole nanoseconds, rounded down: never less than
 * `rate` is let through, and up to a millionth more below a thousand a second.
 */
struct rate_limit rate_limit_make(uint32_t rate, uint32_t burst);

/** One bucket; all zero is a full one. */
struct rate_bucket {
	uint64_t full_ns; /* when it is full again; what lies before now is full */
};

/**
 * Take a token. False when there is none; nothing is taken then, so that somebody who goes on
 * sending gets what the rate allows.
 *
 * A clock that jumps forward fills buckets. One that jumps back by more than a second is noticed
 * by a bucket that would be fuller than empty allows: it counts as empty and fills from there. A
 * smaller jump delays by as much.
 */
bool rate_take(struct rate_bucket *b, const struct rate_limit *limit, uint64_t now_ns);

/** A bucket that several threads take from. */
struct rate_shared {
	_Atomic uint64_t full_ns;
};

/**
 * Take up to `want` tokens, as many as there are: 0 when there is none. Any thread; lock-free, and
 * bounded: whoever loses too many races gets nothing. Clocks of the threads may differ by less than
 * a second.
 */
uint32_t rate_shared_take(struct rate_shared *b, const struct rate_limit *limit, uint32_t want,
			  uint64_t now_ns);

/**
 * Buckets of many, known by a keyed hash. Bounded: four rows share a cache line, and of these the
 * one whose bucket is nearest to full makes room for a newcomer, whose bucket is full. So those who
 * send most keep their rows; a row that is full again is given up first, with no loss.
 *
 * What that means under attack: whoever uses more keys than there are rows, each for few messages,
 * pushes out others that are nearly full, which does them no harm, and is not held up itself.
 * Limits for each source do not stop it; limits for all together do (rate_shared).
 *
 * One thread. Not allocated here.
 */
struct rate_table {
	struct rate_set *set;
	uint64_t mask; /* of sets */
	struct rate_limit limit;
};

#define RATE_WAYS 4

/** Octets for `rows` rows, rounded up to a power of two. */
size_t rate_table_size(uint32_t rows);

/** Make a table in zeroed memory of rate_table_size(rows) octets at a cache line's begin. */
void rate_table_init(struct rate_table *t, void *memory, uint32_t rows, struct rate_limit limit);

/** Ask for the row of a key ahead. */
void rate_prefetch(const struct rate_table *t, uint64_t key);

/**
 * Take a token of `key`, a hash that nobody else can aim (siphash()): two keys with one hash share
 * a bucket. False when there is none. A table without memory or limit has no end of them.
 */
bool rate_table_take(struct rate_table *t, uint64_t key, uint64_t now_ns);

#endif
