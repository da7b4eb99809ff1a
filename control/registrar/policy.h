/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_POLICY_H
#define CONTROL_REGISTRAR_POLICY_H

#include "registrar/request.h"

/** What a REGISTER must not ask for, whoever sends it. */

/**
 * From is To (RFC 3261 §10.2), where registrar.third_party says that it has to be. False, with
 * *refusal set: 403.
 */
bool policy_check_from(const struct config *config, const struct register_request *q,
		       struct register_refusal *refusal);

/**
 * No contact is the AOR itself, a GRUU of it, or an address or a name of ours: requests would come
 * back for ever (GR-04, GR-05, LA-03); one with an instance is a SIP URI (GR-06). False, with
 * *refusal set.
 */
bool policy_check_contacts(const struct config *config, const struct register_request *q,
			   struct register_refusal *refusal);

/** A host name that means this proxy: names, edge.name. */
bool policy_is_our_name(const struct config_file *f, struct slice host);

#endif
