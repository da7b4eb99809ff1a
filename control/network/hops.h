/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_HOPS_H
#define CONTROL_NETWORK_HOPS_H

#include <uv.h>

#include "config/config.h"
#include "flow/keyring.h"
#include "table/message_ring.h"

/**
 * Next hops: the sets of the configuration, what the DNS says of names, the health of targets. All
 * of it goes to the dataplane as one table (table/hops.h), which is published anew when something
 * has changed, but not too often.
 */
struct hops;

/**
 * Open, and publish what is known at once. Rings are borrowed. NULL, with a sentence in `message`,
 * when it cannot be done.
 */
struct hops *hops_open(uv_loop_t *loop, const struct config *config, struct message_rings *rings,
		       char *message, size_t size);

/** Close; requests that wait are given back. Takes NULL. */
void hops_close(struct hops *h);

/** The ring of keys: probes are made under it. Call again when it has changed. */
void hops_set_keys(struct hops *h, const struct keyring *ring);

/** A request that waits for a name (MESSAGE_RESOLVE). */
void hops_resolve(struct hops *h, unsigned int worker, const struct message_head *head,
		  struct slice bytes);

/** A response to a request of ours (MESSAGE_ANSWER). */
void hops_answer(struct hops *h, struct slice bytes);

/** Time passes: call each 10 ms or so. */
void hops_tick(struct hops *h);

#endif
