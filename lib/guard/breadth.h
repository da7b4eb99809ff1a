/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_BREADTH_H
#define GUARD_BREADTH_H

#include <stdbool.h>
#include <stdint.h>

#include "sip/check.h"

/** RFC 5393 §5.3.3 recommends 60 for both. */
#define BREADTH_DEFAULT 60

/** How the breadth of a request is shared out among branches that begin at once (MB-09, MB-18). */
enum breadth_sharing {
	BREADTH_EQUAL,     /* equal shares, the remainder one each to the first */
	BREADTH_OUTBOUND1, /* 1 to what cannot fork any more, the rest to the others */
};

/** Configuration of Max-Breadth (MB-02, MB-03). */
struct breadth_policy {
	uint32_t if_absent; /* value that a request without Max-Breadth gets */
	uint32_t limit;     /* no request leaves with more */
	enum breadth_sharing sharing;
};

/** What one response context has and has given away (RFC 5393 §5.3.3). */
struct breadth {
	uint32_t incoming; /* after MB-02 to MB-04; at least 1 */
	uint32_t outgoing; /* sum of the branches that have no final response; never above incoming */
};

/**
 * The Incoming Max-Breadth of a request: what it carries, MB-02 when it carries none, never more
 * than the limit (MB-04). `received` may be SIP_NUMBER_ABSENT; it is not 0 (MB-21 refused that).
 * One target gets exactly this value (MB-10).
 */
static inline uint32_t
breadth_incoming(const struct breadth_policy *policy, uint32_t received)
{
	uint32_t value = received == SIP_NUMBER_ABSENT ? policy->if_absent : received;

	return value > policy->limit ? policy->limit : value;
}

/** What is left for further branches. */
static inline uint32_t
breadth_free(const struct breadth *b)
{
	return b->incoming - b->outgoing;
}

/**
 * Share what is free among the first of `count` targets that are to begin at once, in order of
 * preference: share[i] gets what target i leaves with, at least 1, and all of it is counted as
 * outgoing. `is_flow[i]` says that target i is a flow, which cannot fork; NULL: none is.
 *
 * Returns how many of them may begin: `count`, or fewer when there is not breadth for all; the sum
 * of the shares is all that was free (MB-10) unless that is none.
 */
unsigned int breadth_share(struct breadth *b, enum breadth_sharing sharing, const bool *is_flow,
			   unsigned int count, uint32_t *share);

/**
 * A branch has had its final response, or its client transaction ended: its share is free again
 * (MB-12, MB-20). Once for each branch (MB-15).
 */
void breadth_return(struct breadth *b, uint32_t share);

#endif
