/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DRAIN_H
#define DATAPLANE_DRAIN_H

#include "engine.h"

/**
 * Whether a request is served while the engine is drained or closed; via_route_set_process() has
 * looked at it, and meta->branch is there. VIA_REASON_NONE: it is. Otherwise 305 for a user agent
 * that understands it, 503 for all others (RC-35 to RC-40, PR-09).
 */
enum via_reason via_drain_check(struct via_worker *w, const struct via_meta *meta);

#endif
