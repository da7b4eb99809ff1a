/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_RESTORATION_H
#define DATAPLANE_RESTORATION_H

#include "engine.h"
#include "sip/reply.h"

/**
 * What a user agent is told when no home proxy can be reached: with edge.restoration_body the
 * answer asks it to register anew, as 3GPP TS 24.229 5.2.6.3.2A has it (PR-08). It answers the user
 * agent's own request over its own flow, so nobody else can say it.
 */

/** P-Asserted-Identity: the URI that stood in the Path of the registration. Nothing for others. */
void restoration_headers(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out);

/** The body that goes with it, into `reply`; leaves every other answer as it is. */
void restoration_body(const struct via_worker *w, const struct via_meta *meta,
		      struct sip_reply *reply);

#endif
