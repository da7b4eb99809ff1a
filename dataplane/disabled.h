/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DISABLED_H
#define DATAPLANE_DISABLED_H

#include "engine.h"

/**
 * AORs that an operator has shut off (RFC 5393 §7, MB-26): nothing new goes to them. What has begun
 * goes on: copies of what was sent, ACK, CANCEL, and dialogs.
 */

/** Find these AORs by the hashes of this binding table. `list` is mapped. Main thread. */
void via_disabled_take(struct via_disabled *d, const struct segment *list,
		       const struct binding_table *bindings);

/**
 * Whether a request to the AOR with this hash may go on, which nothing is remembered of:
 * VIA_REASON_NONE, or what it is refused with; then it is counted.
 */
enum via_reason via_disabled_check(struct via_worker *w, const struct via_meta *meta,
				   uint64_t aor_hash);

#endif
