/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TARGET_SET_H
#define DATAPLANE_TARGET_SET_H

#include "engine.h"

/**
 * The targets of a request that gets a transaction (RFC 3261 §16.5, RFC 5626 §7, RFC 5627 §6.1):
 * a snapshot of the bindings that it may go to, with the way to each, in the transactions' store.
 */

/** Requests with this method may have a transaction, here and now. */
bool target_set_is_wanted(const struct via_worker *w, const struct via_meta *meta);

/**
 * Which of the bindings of w->record that `among` has a bit for have an open way: those are the
 * targets, in order and in groups. Sets meta->targets and VIA_HAS_TARGETS where the request needs a
 * transaction for them: for more than one, or for any with transactions.state always. False: it
 * needs none, or there is no way, or a name has to be asked for: the caller chooses by himself.
 *
 * VIA_REASON_NONE, or what the request is refused with.
 */
enum via_reason target_set_of_record(struct via_worker *w, struct via_meta *meta, uint64_t among);

/** The one target that via_target has found: where state is wanted for that, too. */
enum via_reason target_set_of_one(struct via_worker *w, struct via_meta *meta);

#endif
