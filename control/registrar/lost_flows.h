/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_LOST_FLOWS_H
#define CONTROL_REGISTRAR_LOST_FLOWS_H

#include "flow/address.h"
#include "table/binding.h"

/**
 * Flows that the dataplane found dead, and the search for the bindings that use them (OB-75). There
 * is no way from a flow to its bindings: the search goes once through the whole binding table for
 * all flows that were lost by then, in slices of a few milliseconds. Those lost meanwhile wait for
 * the next one.
 */
struct lost_flows;

/** NULL when there is no memory. `dir`: where the dataplane's tables are; borrowed. */
struct lost_flows *lost_flows_open(const char *dir);

/** Takes NULL. */
void lost_flows_close(struct lost_flows *l);

/** A flow was lost at `now_ms` (CLOCK_REALTIME). False when there are too many: it is left out. */
bool lost_flows_add(struct lost_flows *l, const struct flow *flow, uint64_t now_ms);

/** Called with each AOR that has such a binding; the slice lives for the call. */
typedef void (*lost_flows_visit)(struct slice aor, void *context);

/**
 * Search on for a few milliseconds, or until `max` AORs were found. Returns how many were. What
 * lost_flows_hit() says holds for them until the next call.
 */
unsigned int lost_flows_search(struct lost_flows *l, const struct binding_table *t,
			       unsigned int max, lost_flows_visit visit, void *context);

/** Nothing is left to search for. */
bool lost_flows_done(const struct lost_flows *l);

/**
 * A binding uses a lost flow: as its own, or by a token of it in the value of its Path next to the
 * user agent or in the first one; and it has not been refreshed since.
 */
bool lost_flows_hit(const struct lost_flows *l, const struct flow *flow, struct slice path,
		    uint64_t updated_ms);

#endif
