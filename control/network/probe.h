/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_PROBE_H
#define CONTROL_NETWORK_PROBE_H

#include "config/config.h"
#include "table/hops.h"
#include "table/message_ring.h"

/**
 * The health of next hops: OPTIONS to each of them, by way of the dataplane (PR-15). One answer of
 * any kind but 503 and it is up; some unanswered in a row and it is down. Times are milliseconds
 * of one clock that never goes back, but those for people.
 */
struct probe;

/** Targets that are probed at most; those beyond count as up. */
#define PROBE_TARGETS_MAX 4096

/** NULL: no memory. */
struct probe *probe_open(const struct config *config);

/** Takes NULL. */
void probe_close(struct probe *p);

/** The key that branches are made under; until then nothing is sent. */
void probe_set_key(struct probe *p, struct siphash_key key);

/**
 * Say which targets there are: begin, each of them, end. Who is not named any more is forgotten.
 * A new one is up, unless `down` says that a predecessor of ours knew otherwise. Of two intervals
 * for one address the shorter counts.
 */
void probe_begin(struct probe *p);
void probe_want(struct probe *p, const struct flow_address *address, uint32_t interval_ms,
		uint32_t failures, bool down, uint64_t now_ms);
void probe_end(struct probe *p);

/** Send what is due. True when somebody went down. */
bool probe_tick(struct probe *p, struct message_rings *rings, uint64_t now_ms);

/** A probe was answered. */
struct probe_result {
	struct flow_address address; /* family 0: it was no answer to a probe of these days */
	uint16_t status;
	bool changed; /* it is up again, or down */
};

struct probe_result probe_answer(struct probe *p, struct slice message);

/** What is known of each target, into `out`; returns how many there are. */
unsigned int probe_states(const struct probe *p, struct hops_state out[PROBE_TARGETS_MAX]);

#endif
