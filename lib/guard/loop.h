/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_LOOP_H
#define GUARD_LOOP_H

#include "guard/siphash.h"
#include "sip/uri.h"

/** Text length of the loop part of a branch: ".L", 16 digits of H1, 8 of H2. */
#define LOOP_PART_LEN 26

/** Text length of what may stand behind it: which binding the request was sent to (branch.h). */
#define BRANCH_TARGET_LEN 13

/** The second part of a branch (RFC 5393 §4.2): what a request that comes back is known by. */
struct loop_part {
	uint64_t h1; /* every input of the routing decision, Call-ID and CSeq number */
	uint32_t h2; /* the AOR alone (LD-28) */
};

/** How many further inputs count at most: a request with more header values than that is hostile.
 */
#define LOOP_FURTHER_MAX 24

/** One further input of the routing decision: the name in lower case, and one header value. */
struct loop_further {
	struct slice name, value;
};

/** What the routing decision was made from (LD-08); absent slices are left out of the hash. */
struct loop_input {
	const struct sip_uri *uri; /* the Request-URI as received */
	struct slice call_id;
	uint32_t cseq;
	struct slice next_route; /* the Route URI that selects the next hop */
	unsigned int own_route_count;
	struct slice own_route[8]; /* own Route URIs that were removed, topmost first */
	/*
	 * In the order profile-key, accept-contact, reject-contact, request-disposition, event, and
	 * values of one name as they were received. Those behind LOOP_FURTHER_MAX are left out.
	 */
	unsigned int further_count;
	const struct loop_further *further;
};

/**
 * Hash the inputs as docs/wire.md lays them out (tags U, O, N, X, I, C; tag A for H2).
 * Any thread; no allocation. A Request-URI above 1 kB is hashed as it was written.
 */
struct loop_part loop_part_make(struct siphash_key key, const struct loop_input *in);

/** Write the LOOP_PART_LEN characters of a loop part. */
void loop_part_write(char *out, const struct loop_part *part);

/** Read the loop part off the end of a branch (LD-13: false when it has none). Case is ignored. */
bool loop_part_find(struct slice branch, struct loop_part *part);

#endif
