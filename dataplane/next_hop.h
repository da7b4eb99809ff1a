/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NEXT_HOP_H
#define DATAPLANE_NEXT_HOP_H

#include "engine.h"

/** Where the host and port of a URI lead: an address, a set of next hops, a name of the DNS. */

enum via_hop {
	VIA_HOP_FOUND,
	VIA_HOP_NOWHERE,    /* no row, and no such name */
	VIA_HOP_UNRESOLVED, /* the DNS gave no answer */
	VIA_HOP_DOWN,       /* no target of its set is up */
	VIA_HOP_ASK, /* meta->ask is filled in: leave by way of via_park, which asks control */
};

/**
 * Where a request with a target of this URI is sent (RFC 3261 §16.6 item 7, RFC 3263 §4): sets
 * `*to` when it is found. The URI is a sip URI; maddr counts unless the URI is the Request-URI and
 * its maddr was ours. Worker only.
 */
enum via_hop via_next_hop_resolve(struct via_worker *w, struct via_meta *meta,
				  const struct sip_uri *uri, struct flow_address *to);

/**
 * Where the same URI leads besides, in the order in which they are to be tried when `chosen` fails
 * (RFC 3263 §4.3): other targets of its set that are up. Returns how many, at most `max`.
 */
unsigned int via_next_hop_others(const struct via_worker *w, const struct via_meta *meta,
				 const struct sip_uri *uri, const struct flow_address *chosen,
				 struct flow_address *out, unsigned int max);

/**
 * An address that others must not be able to send a request to by naming it, in the DNS or in a
 * Contact: one of ours, be it at another port, all of a network, and none.
 */
bool via_next_hop_is_forbidden(const struct via_worker *w, const struct flow_address *to);

/** What a request whose next hop was not found is refused with. */
enum via_reason via_next_hop_reason(enum via_hop hop);

/** The host is a domain of next_hops, "*" aside. */
bool via_next_hop_is_configured(const struct via_worker *w, struct slice host);

#endif
