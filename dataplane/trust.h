/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRUST_H
#define DATAPLANE_TRUST_H

#include "engine.h"

/**
 * The border of trust (RFC 3325 §5): what a message loses on its way from one zone into another
 * (docs/decisions/0010-trust.md). All of it follows from the message and the two addresses: an ACK
 * and a CANCEL lose what their INVITE lost, and a retransmission what the first copy did.
 */

/** The zone that a message came from; our own listeners are trusted. */
const struct config_zone *trust_zone_in(const struct via_worker *w, const struct via_meta *meta);

/** The zone that it is sent to; `to` and `out_listener` are decided. */
const struct config_zone *trust_zone_out(const struct via_worker *w, const struct via_meta *meta);

/**
 * Add the removal of what must not pass from there to here, in a request or a response, and count
 * the header lines (`stripped`). May be called before or behind the other edits: it ends one
 * removal and begins another in front of the first Record-Route, where new ones are inserted.
 */
void trust_strip_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e);

/** The same for a message that this engine answers itself: only where it came from counts. */
void trust_strip_in_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e);

#endif
