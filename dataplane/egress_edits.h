/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_EGRESS_EDITS_H
#define DATAPLANE_EGRESS_EDITS_H

#include "engine.h"

/** What a branch says of where it goes; absent: nothing. */
struct egress_branch {
	struct slice contact; /* becomes the Request-URI */
	struct slice path;    /* becomes the Route */
	struct slice route;   /* value in place of the topmost one */
	bool has_instance;
};

/**
 * All that changes in a request on its way out (RFC 3261 §16.6), as one edit list: Request-URI,
 * Via, source of the Via below, Max-Forwards, Max-Breadth, Route, Record-Route, Path.
 */
void egress_branch_edits(struct via_worker *w, const struct via_meta *meta,
			 const struct egress_branch *branch, struct sip_edits *e);

/** Of these edits those that CANCEL and ACK share with their request (RFC 3261 §9.1, §17.1.1.3). */
void egress_way_edits(struct via_worker *w, const struct via_meta *meta,
		      const struct egress_branch *branch, struct sip_edits *e);

/**
 * The same for a request without transaction, to the binding that via_target chose if it did. False
 * when that has gone from the table meanwhile.
 */
bool egress_request_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e);

/**
 * A response loses our Via (RFC 3261 §16.7 item 3). The 2xx of a REGISTER that an edge hands to the
 * user agent tells how often it wants to hear from it (OB-12, OB-14).
 */
void egress_response_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e);

#endif
