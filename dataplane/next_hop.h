/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NEXT_HOP_H
#define DATAPLANE_NEXT_HOP_H

#include "engine.h"

/** Where the host and port of a URI lead: an address written there, or a next hop of ours. */
bool via_next_hop_find(const struct via_worker *w, const struct via_meta *meta,
		       const struct sip_uri *uri, struct flow_address *to);

/** The same for a binding's way, into meta->to; false also when what it leads to is down. */
bool via_next_hop_open(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri);

#endif
