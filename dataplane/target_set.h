/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TARGET_SET_H
#define DATAPLANE_TARGET_SET_H

#include "caller_preferences.h"
#include "engine.h"
#include "sip/writer.h"

/**
 * The targets of a request that gets a transaction (RFC 3261 §16.5, RFC 5626 §7, RFC 5627 §6.1):
 * a snapshot of the bindings that it may go to, with the way to each, in the transactions' store.
 */

/** Requests with this method may have a transaction, here and now. */
bool target_set_is_wanted(const struct via_worker *w, const struct via_meta *meta);

/**
 * Which of the bindings of w->record that `p->among` has a bit for have an open way: those are the
 * targets, in order and in groups, as the callee and then the caller prefer them. Sets
 * meta->targets and VIA_HAS_TARGETS where the request needs a transaction for them: for more than
 * one, and for any with transactions.state always or preferences in header fields. Neither is set
 * where it needs none, where there is no way, and where a name has to be asked for: via_target
 * chooses by itself then.
 *
 * VIA_REASON_NONE, or what the request is refused with.
 */
enum via_reason target_set_of_record(struct via_worker *w, struct via_meta *meta,
				     const struct caller_preferences *p);

/** The one target that via_target has found: where state is wanted for that, too. */
enum via_reason target_set_of_one(struct via_worker *w, struct via_meta *meta);

/**
 * Write the Contact line of a redirection to meta->targets (RFC 3841 §7.2.4): in their order, which
 * `q` says again, and without their features; one for each instance, as many as there is room for.
 */
void target_set_put_contacts(const struct via_worker *w, const struct via_meta *meta,
			     struct sip_writer *out);

#endif
