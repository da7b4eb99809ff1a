/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_UPDATE_H
#define CONTROL_REGISTRAR_UPDATE_H

#include "registrar/epochs.h"
#include "registrar/request.h"
#include "store/record.h"

/** What an update goes by. */
struct register_rules {
	uint64_t now_ms;   /* CLOCK_REALTIME */
	bool keep_expired; /* the clock has jumped: what it calls expired may not be */
	unsigned int max_contacts, max_instances;
	struct epochs *epochs;
	struct binding_store *store; /* inside a transaction */
};

/**
 * Apply a REGISTER to the bindings of its AOR (RFC 3261 §10.3 steps 6 and 7), all or nothing:
 * expired ones go, named ones are added, refreshed or removed. `changed` tells whether anything
 * but an expired binding is different now. False, with *refusal set and `record` unusable, when
 * the request is out of order, asks for too many, or would make requests run in circles. What is
 * registered now counts as later than all that was before, also when the clock was set back.
 */
bool register_update(const struct register_request *q, struct record *record,
		     const struct register_rules *rules, bool *changed,
		     struct register_refusal *refusal);

#endif
