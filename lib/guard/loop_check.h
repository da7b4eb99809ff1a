/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_LOOP_CHECK_H
#define GUARD_LOOP_CHECK_H

#include "guard/loop.h"
#include "sip/message.h"

/** Who we are, and how patient: what loop_check() goes by. */
struct loop_policy {
	/* a sent-by that some worker or node of this proxy puts into its requests (LD-24) */
	bool (*is_own)(const void *self, struct slice host, uint16_t port);
	const void *self;
	uint32_t revisit_limit; /* visits of one AOR that are a loop (LD-28); 0: none are */
};

/**
 * Whether a request came back (RFC 5393 §4.2.2): one of its own Via values, all of which are looked
 * at (LD-12), has the loop part `part`, which is that of the request now (LD-14), or
 * `revisit_limit` of them its AOR. Values of others, malformed ones, and own ones without loop part
 * are passed over (LD-13).
 *
 * `msg` is indexed. A value costs one comparison of its sent-by; only the branch of one of ours is
 * read. Any thread; no allocation.
 */
bool loop_check(const struct sip_message *msg, const struct loop_part *part,
		const struct loop_policy *policy);

#endif
