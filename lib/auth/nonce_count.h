/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Which counts of a nonce have been used (RFC 7616 §3.4, nc): no answer to a challenge is good
 * twice, but for the copy of a request that UDP brings again.
 *
 * A row for each nonce in use holds the greatest count seen and which of the 32 up to it were seen:
 * requests overtake each other. Rows are in sets of seven; of a full set the row whose nonce has
 * expired gives way, or else the one that was not used for longest. A set remembers the latest
 * time at which a nonce that gave way had been made, and takes no nonce any more that is not in it
 * and was made up to then: what was forgotten counts as used, not as new. A table that is too small
 * costs further challenges; it lets nothing through.
 *
 * Any number of threads, of one table: no locks. Nothing ever waits: of two threads that want to
 * enter different nonces into one set in the same moment one may be told NC_STALE.
 */
#ifndef AUTH_NONCE_COUNT_H
#define AUTH_NONCE_COUNT_H

#include "auth/nonce.h"

/** Counts up to the greatest that are still told apart; what is older is a replay. */
#define NONCE_COUNT_WINDOW 32

/** The copy of a request is known while fewer than these later ones have come. */
#define NONCE_COUNT_COPIES 6

enum nonce_count_verdict {
	NC_FRESH,
	NC_SAME_REQUEST, /* a copy of a request that had NC_FRESH: handle it as such */
	NC_REPLAYED,     /* used, by another request or too long ago: stale=true, a new nonce */
	NC_STALE,        /* it may have been used, nobody knows: stale=true, a new nonce */
};

/** Lives in memory of the caller; no pointers are shared but that. */
struct nonce_counts {
	struct nonce_set *set;
	uint64_t mask; /* of sets */
	uint32_t lifetime_s;
};

/**
 * Octets for at least `rows` rows; 73 octets each at best, 147 at worst. With twice as many rows as
 * nonces are answered in a lifetime, 3 % of the sets are too small; with four times, one in 2,000.
 */
size_t nonce_counts_size(uint32_t rows);

/**
 * Make a table in nonce_counts_size(rows) octets at a cache line's begin, whatever is in them.
 * `lifetime_s` is the one given to nonce_check(), or longer. The key of the nonces is as new as the
 * table: what another table knew was used would be good once more with this one.
 */
void nonce_counts_init(struct nonce_counts *t, void *memory, uint32_t rows, uint32_t lifetime_s);

/** Ask for the set of a nonce ahead. */
void nonce_count_prefetch(const struct nonce_counts *t, uint64_t name);

/**
 * Use the count `nc` of a nonce that was found fresh and whose response was found right, in this
 * order: otherwise anybody could fill the table. The first count may be any; clients begin with 1.
 *
 * `request` is a keyed hash of the request: one with the same nc and the same hash is a copy. What
 * is not in the hash can be changed by who sends it again: auth_request_hash().
 */
enum nonce_count_verdict nonce_count_take(struct nonce_counts *t, const struct nonce_id *id,
					  uint32_t nc, uint32_t now_s, uint64_t request);

#endif
