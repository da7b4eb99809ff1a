/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_RESOURCE_PRIORITY_H
#define SIP_FIELD_RESOURCE_PRIORITY_H

#include "sip/slice.h"

/** "namespace.priority" (RFC 4412 §3.1); both are compared without case. Borrows from the value. */
struct sip_resource_priority {
	struct slice ns;
	struct slice priority;
};

/**
 * Decode one element of Resource-Priority or Accept-Resource-Priority. False when it is malformed;
 * neither half may have a dot.
 */
bool sip_resource_priority_decode(struct slice value, struct sip_resource_priority *out);

#endif
