/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_ROUTE_SET_H
#define DATAPLANE_ROUTE_SET_H

#include "engine.h"

/** Room for a user part: a token has 72 characters at most, and escapes. */
enum { VIA_ROUTE_USER_MAX = 96 };

/** The first Route value of a request, read ahead: tokens of a burst are opened together. */
struct via_route_look {
	struct sip_uri uri;
	struct slice text;           /* the URI; absent: there is no Route */
	bool own;                    /* it is ours */
	bool has_token;              /* in its user part, */
	struct flow_token_job token; /* opened by the caller */
	char user[VIA_ROUTE_USER_MAX];
};

/**
 * Look at the first Route value. True when it has a token to open: `job->text` is set, and the
 * caller puts what it opens to into look->token before via_route_set_process().
 */
bool via_route_set_look(const struct via_worker *w, const struct via_meta *meta,
			struct via_route_look *look, struct flow_token_job *job);

/**
 * Route pre-processing of a request (RFC 3261 §16.4, RFC 5626 §5.3, OB-17 to OB-22, OB-85, RC-15
 * to RC-18): a strict router before us repaired, maddr of ours taken off, Route values of ours
 * counted for removal, a flow token among them opened.
 *
 * Sets meta->uri, pop_routes, route_count, route_uri, flags and, where a token selects a flow,
 * target, to and out_listener. `look` is of the same request. Returns VIA_REASON_NONE when the
 * request may go on, or why not.
 */
enum via_reason via_route_set_process(struct via_worker *w, struct via_meta *meta,
				      const struct via_route_look *look);

/** The Route URIs of ours that were removed, topmost first, for the loop hash. At most `max`. */
unsigned int via_route_set_removed(const struct via_meta *meta, struct slice *uri,
				   unsigned int max);

#endif
