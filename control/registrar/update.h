/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_UPDATE_H
#define CONTROL_REGISTRAR_UPDATE_H

#include "registrar/request.h"
#include "store/record.h"

/**
 * Apply a REGISTER to the bindings of its AOR (RFC 3261 §10.3 steps 6 and 7), all or nothing:
 * expired ones go, named ones are added, refreshed or removed. `changed` tells whether anything
 * but an expired binding is different now. False, with *refusal set and `record` unusable, when
 * the request is out of order or asks for too many.
 */
bool register_update(const struct register_request *q, struct record *record, uint64_t now_ms,
		     unsigned int max_contacts, bool *changed, struct register_refusal *refusal);

#endif
