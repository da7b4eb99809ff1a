/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_DRAIN_H
#define CONTROL_DRAIN_H

#include <jansson.h>

#include "config/config.h"
#include "table/orders.h"

/**
 * Planned shutdown: an engine that is drained takes nothing new, sends user agents that know how
 * (RC-36) to another edge, and carries what has begun (PR-09).
 */

/**
 * Take up the orders of a predecessor under the same supervisor, which has only died and is no
 * reason to take users again; otherwise publish that everything is open. `*now` are the orders in
 * force. False, with a sentence in `message`, when the segment is refused.
 */
bool drain_open(const struct config *config, struct orders *now, char *message, size_t size);

/**
 * Carry out {"command": "drain", "to": [URI, ...], "close": bool, "retry_now": bool} or
 * {"command": "resume"}. Returns the answer for the control socket.
 */
json_t *drain_order(const struct config *config, struct orders *now, const char *command,
		    const json_t *request);

/**
 * The orders for people who ask: {"state", "since_s", "targets": [URI, ...], "retry_now"}. They are
 * also in the answer of drain_order().
 */
json_t *drain_report(const struct orders *now);

/** "open", "draining" or "closed". */
const char *drain_state_name(const struct orders *now);

#endif
