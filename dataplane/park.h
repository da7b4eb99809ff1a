/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_PARK_H
#define DATAPLANE_PARK_H

#include "engine.h"

/**
 * Give a message to control until a name is resolved: it then comes in again as it came before,
 * with what is known of the name in meta->again. `copy` is the same for copies of one message, of
 * which control keeps one. False when control is not there or has no room. Worker only; w->text is
 * written over, so that ask->host must not lie there.
 */
bool via_park_for_name(struct via_worker *w, const struct via_meta *meta, const struct via_ask *ask,
		       uint64_t copy);

#endif
