/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_ROUTE_H
#define SIP_FIELD_ROUTE_H

#include "sip/field/party.h"

/** An element of Route, Record-Route, Path or Service-Route. Slices borrow from it. */
struct sip_route {
	struct sip_party hop;
	bool loose; /* its URI has `lr` */
};

/**
 * Decode one element of Route, Record-Route (RFC 3261 §20.34, §20.30), Path (RFC 3327 §4) or
 * Service-Route (RFC 3608 §5): a name-addr, whose parameters mean nothing. False when it is
 * malformed or has no <>. Any thread.
 */
bool sip_route_decode(struct slice element, struct sip_route *route);

#endif
