/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/route.h"

bool
sip_route_decode(struct slice element, struct sip_route *route)
{
	if (!sip_party_decode(element, &route->hop) || !route->hop.address.bracketed)
		return false;
	route->loose = sip_uri_is_loose(&route->hop.uri);
	return true;
}
