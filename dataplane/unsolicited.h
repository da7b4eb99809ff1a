/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_UNSOLICITED_H
#define DATAPLANE_UNSOLICITED_H

#include "engine.h"

/**
 * A NOTIFY towards a user agent that belongs to no subscription, so that it may be forged to make
 * the user agent register anew (PR-04): it gets 481. Peers may send those of the packages in
 * edge.unsolicited_notify, which `reg` is never one of. For requests that are about to go over a
 * flow.
 */
bool via_unsolicited_notify(const struct via_worker *w, const struct via_meta *meta);

#endif
