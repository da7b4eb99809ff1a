/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_INSTANCES_H
#define CONTROL_REGISTRAR_INSTANCES_H

#include "registrar/epochs.h"
#include "registrar/request.h"
#include "store/record.h"

/**
 * The instances of an AOR and the epochs of their temporary GRUUs (RFC 5627 §5.1, §5.3). An epoch
 * ends when the Call-ID changes or the last binding goes, and all its GRUUs with it.
 */

/**
 * This contact would begin a new epoch of its instance (GR-10): the binding of the same instance,
 * and of the same flow if it is one, that was registered last has another Call-ID. Before the
 * record is changed.
 */
bool instances_call_changed(const struct record *r, const struct register_request *q,
			    const struct register_contact *c);

/**
 * The instance of a contact has been registered: it is known from now on, and has an epoch; a new
 * one when it had none or `renew`. Those not seen for longest give way when there are `max`, but
 * none that has a binding: of these there may be more than `max`. False when no number can be had.
 */
bool instances_seen(struct record *r, const struct register_contact *c, bool renew, uint64_t now_ms,
		    unsigned int max, struct epochs *epochs, struct binding_store *store);

/** End the epochs of instances without a binding (GR-29). After each change of a record. */
void instances_settle(struct record *r);

#endif
