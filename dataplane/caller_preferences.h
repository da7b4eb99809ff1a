/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_CALLER_PREFERENCES_H
#define DATAPLANE_CALLER_PREFERENCES_H

#include "engine.h"
#include "guard/loop.h"

/**
 * What a caller wants of the bindings of an AOR, or of those of an instance (RFC 3841 §7): which of
 * them are targets at all, in which order, and how the request is to go about it.
 */

/** The preferences of one request among the bindings of w->record. */
struct caller_preferences {
	uint64_t among;      /* in: bindings that count; out: those that he does not refuse */
	uint16_t directives; /* enum sip_directive: what is heeded of Request-Disposition */
	bool stated;         /* in header fields: to hold for CANCEL and ACK, too */
	bool ranked;         /* `qa` is set */
	bool implicit;       /* by the method alone: no reason to let anybody wait */
	uint32_t qa[BINDING_MAX_CONTACTS]; /* of each binding in `among` */
};

/**
 * Hold the preferences of a request against the bindings in p->among, and set everything else of
 * `p`. Nothing is taken out where proxy.caller_preferences is off, inside of a dialog, and where
 * neither the request nor any contact says anything: that is all the same, and costs a look at
 * three octets of the index, and with several contacts at one word of each.
 *
 * VIA_REASON_NONE, or what the request is refused with: he wants none of them (480), or has more
 * wishes than anybody reads (400, §11).
 */
enum via_reason caller_preferences_apply(struct via_worker *w, const struct via_meta *meta,
					 struct caller_preferences *p);

/**
 * What of a request caller_preferences_apply() goes by, for the loop hash (RFC 5393 §4.2.1): up to
 * LOOP_FURTHER_MAX values, in the order that struct loop_input wants. Returns how many; they borrow
 * from the message.
 */
unsigned int caller_preferences_inputs(const struct via_worker *w, const struct via_meta *meta,
				       struct loop_further out[LOOP_FURTHER_MAX]);

#endif
