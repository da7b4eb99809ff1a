/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_ROUTE_SET_H
#define DATAPLANE_ROUTE_SET_H

#include "engine.h"

/**
 * Route pre-processing of a request (RFC 3261 §16.4, RFC 5626 §5.3, OB-17 to OB-22, OB-85, RC-15
 * to RC-18): a strict router before us repaired, maddr of ours taken off, Route values of ours
 * counted for removal, a flow token among them opened.
 *
 * Sets meta->uri, pop_routes, route_count, route_uri, flags and, where a token selects a flow,
 * target, to and out_listener. Returns VIA_REASON_NONE when the request may go on, or why not.
 */
enum via_reason via_route_set_process(struct via_worker *w, struct via_meta *meta);

/** The Route URIs of ours that were removed, topmost first, for the loop hash. At most `max`. */
unsigned int via_route_set_removed(const struct via_meta *meta, struct slice *uri,
				   unsigned int max);

#endif
