/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_UNSOLICITED_H
#define DATAPLANE_UNSOLICITED_H

#include "engine.h"

/**
 * A NOTIFY towards a user agent that belongs to no subscription, so that it may be forged to make
 * the user agent register anew (PR-04): it gets 481. Peers may send those of the packages in
 * edge.unsolicited_notify, which `reg` is never one of. For requests that are about to go over a
 * flow.
 */
bool via_unsolicited_notify(const struct via_worker *w, const struct via_meta *meta);

/**
 * The same for a request whose way to a binding of an AOR is in `meta` (to, target). Towards a flow
 * the edge is we; towards an edge of ours we are the peer whom it trusts, so that what a stranger
 * sends ends here.
 */
bool via_forged_notify(const struct via_worker *w, const struct via_meta *meta,
		       const struct binding *b);

#endif
