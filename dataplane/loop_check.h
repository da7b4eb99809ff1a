/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_LOOP_CHECK_H
#define DATAPLANE_LOOP_CHECK_H

#include "engine.h"

/**
 * What the routing decision of a request is made from, into meta->loop, so that its branches carry
 * it (docs/wire.md, "Loop part").
 */
void via_loop_note(struct via_worker *w, struct via_meta *meta);

/**
 * The request has been here: an own Via has the same loop part, or names the AOR for the
 * proxy.aor_revisit_limit-th time (LD-12 to LD-15, LD-28). Counts it. Behind via_loop_note(), and
 * before the message is changed.
 */
bool via_loop_is_closed(struct via_worker *w, const struct via_meta *meta);

/** A look-up is refused for that: count the branches that it would have become. */
void via_loop_saved(struct via_worker *w, struct via_meta *meta);

#endif
