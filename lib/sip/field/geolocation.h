/* SPDX-License-Identifier: BSD-3-Clause */
/** Geolocation, Geolocation-Routing and Geolocation-Error (RFC 6442 §4). Any thread. */
#ifndef SIP_FIELD_GEOLOCATION_H
#define SIP_FIELD_GEOLOCATION_H

#include "sip/slice.h"

/** A locationValue. Slices borrow from it. */
struct sip_location {
	struct slice uri;        /* without <> */
	struct slice content_id; /* of a cid URL, still escaped; absent for other schemes */
	struct slice params;     /* behind the first ';'; none has a meaning yet */
};

/** Decode an element of Geolocation (§4.1). False when it is malformed. */
bool sip_location_decode(struct slice element, struct sip_location *location);

enum sip_location_routing {
	SIP_LOCATION_ROUTING_OTHER, /* the same as "no" to those who do not know it (§4.2) */
	SIP_LOCATION_ROUTING_NO,
	SIP_LOCATION_ROUTING_YES, /* proxies may use the location to find the next hop */
};

/** Decode a Geolocation-Routing value (§4.2). False when it is malformed. */
bool sip_location_routing_decode(struct slice value, enum sip_location_routing *routing);

/** A Geolocation-Error value. Slices borrow from it. */
struct sip_location_error {
	uint16_t code;     /* 0 to 999; an unknown one means as much as its hundred (§4.4) */
	struct slice text; /* with its quotes; absent without one */
	struct slice params;
};

/** Decode a Geolocation-Error value (§4.4). False when it is malformed or has two texts. */
bool sip_location_error_decode(struct slice value, struct sip_location_error *error);

#endif
