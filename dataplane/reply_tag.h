/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REPLY_TAG_H
#define DATAPLANE_REPLY_TAG_H

#include "guard/siphash.h"
#include "sip/check.h"

#define REPLY_TAG_LEN 16

/**
 * A keyed function of a request: its retransmissions have the same, and nobody else can tell it.
 * `purpose` keeps its uses apart.
 */
uint64_t reply_hash(struct siphash_key key, const struct sip_fields *fields, struct slice purpose);

/**
 * The To tag of responses that the dataplane makes itself: a keyed function of the request, so that
 * a retransmission gets the same response again and the ACK for it is known (RFC 3261 §8.2.7).
 * Returns a slice of `out`.
 */
struct slice reply_tag_make(struct siphash_key key, const struct sip_fields *fields,
			    char out[REPLY_TAG_LEN]);

#endif
