/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_REGISTRAR_H
#define CONTROL_REGISTRAR_REGISTRAR_H

#include "config/config.h"
#include "store/binding_store.h"
#include "store/record.h"
#include "table/binding_writer.h"
#include "table/message_ring.h"

/**
 * The registrar of our domains (RFC 3261 §10.3). Requests come in batches: each batch is one
 * transaction of the store, and is answered only when that is on disk.
 */
struct registrar;

/** Numbers for the CLI. */
struct registrar_counters {
	uint64_t requests, accepted, refused, batches, store_errors;
	uint64_t batch_max;
	uint64_t flows_lost;
};

/**
 * Open the registrar: load every AOR of the store into a fresh binding table and publish it.
 * NULL, with a sentence in `message`, when the store or the table cannot be had.
 */
struct registrar *registrar_open(const struct config *config, struct binding_store *store,
				 char *message, size_t size);

/** Takes NULL; does not close the store. */
void registrar_close(struct registrar *r);

/**
 * Take what is in the punt rings, at most some hundred requests, and answer it by the inject
 * rings. Returns how many there were.
 */
unsigned int registrar_run(struct registrar *r, struct message_rings *rings);

/** Remove what has expired: a part of the store at each call. Call about once a second. */
void registrar_expire(struct registrar *r);

/**
 * The dataplane found a flow dead at `now_ms` (CLOCK_REALTIME): the bindings that use it go, of
 * whatever AOR, unless they are refreshed or the flow revives before they are found (OB-75).
 */
void registrar_flow_failed(struct registrar *r, const struct flow *flow, uint64_t now_ms);

/**
 * Search on for the bindings of dead flows, for some milliseconds, and remove them. Call about a
 * hundred times a second: then ten million AORs take less than a minute. Without a dead flow it
 * does nothing.
 */
void registrar_sweep_flows(struct registrar *r);

/** Numbers since start. */
const struct registrar_counters *registrar_counters(const struct registrar *r);

/** A sign of life in the table's segment. */
void registrar_beat(struct registrar *r);

#endif
