/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_WAY_H
#define DATAPLANE_WAY_H

#include "engine.h"

/**
 * The way of a binding: its own flow, the first of its Path, or its contact. Sets to, target and
 * out_listener of `meta`. False when there is none that is open. A request with Route values left
 * goes where these lead, which is not looked at here.
 */
bool via_way_find(struct via_worker *w, struct via_meta *meta, const struct binding *b);

/**
 * Tell control, once, that an edge called the flow of this binding of w->record gone (OB-76):
 * it is removed unless it has been registered anew. `key` is that of binding_failed_key().
 */
void via_way_report_failed(struct via_worker *w, const struct binding *b, uint64_t key);

#endif
