/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_REGISTRAR_H
#define CONTROL_REGISTRAR_REGISTRAR_H

#include "config/config.h"
#include "flow/keyring.h"
#include "registrar/auth.h"
#include "registrar/publish.h"
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
	uint64_t flows_lost, bindings_failed, expired;
	uint64_t table_full; /* requests refused because the table has no room */
};

/**
 * Open the registrar. Its binding table is there at once, and is filled in the background
 * (registrar_step()). NULL, with a sentence in `message`, when the store or the table cannot be
 * had.
 */
struct registrar *registrar_open(const struct config *config, struct binding_store *store,
				 char *message, size_t size);

/** Takes NULL; does not close the store. */
void registrar_close(struct registrar *r);

/** Temporary GRUUs are made and taken with these keys from now on. */
void registrar_set_keys(struct registrar *r, const struct keyring *ring);

/** Who may authenticate. */
void registrar_set_users(struct registrar *r, const struct registrar_users *users);

/**
 * An AOR came to be one of a user, or belongs to nobody any more: then its bindings go, and its
 * GRUUs (GR-33). Done in batches: see registrar_flush_users(). False when the store refuses: tell
 * it again.
 */
bool registrar_user_changed(struct registrar *r, struct slice aor, bool exists);

/** Do what registrar_user_changed() was told. False when the store refuses: it is kept. */
bool registrar_flush_users(struct registrar *r);

/** Room for one message of the next batch: valid until the next call of the registrar's. */
struct registrar_room {
	struct message_head *head;
	char *bytes; /* MESSAGE_RING_MESSAGE_MAX */
};

/** False when the batch is full: registrar_run() comes first. */
bool registrar_room(struct registrar *r, struct registrar_room *room);

/** What is in the room belongs to the batch. It came from this worker. */
void registrar_keep(struct registrar *r, unsigned int worker);

/**
 * Handle the batch, and answer it by the inject rings. Returns how many requests there were.
 */
unsigned int registrar_run(struct registrar *r, struct message_rings *rings);

/**
 * Remove what has expired: a batch at each call. True while there is more. Call each second. For a
 * minute after the wall clock has jumped nothing is removed (clock_watch.h).
 */
bool registrar_expire(struct registrar *r);

/**
 * Background work for about `budget_us` microseconds: the table is filled, grows, and is looked
 * through for what expires when. True while there is more to do.
 */
bool registrar_step(struct registrar *r, uint64_t budget_us);

/**
 * The dataplane misses an AOR in a table that is not complete: what the store has is put there.
 */
enum publisher_found registrar_bring(struct registrar *r, struct slice aor);

/**
 * The dataplane found a flow dead at `now_ms` (CLOCK_REALTIME): the bindings that use it go, of
 * whatever AOR, unless they are refreshed or the flow revives before they are found (OB-75).
 */
void registrar_flow_failed(struct registrar *r, const struct flow *flow, uint64_t now_ms);

/**
 * An edge called the flow of a binding gone (MESSAGE_BINDING_FAILED; `bytes` are those behind the
 * head): it goes with the next sweep, unless it is registered anew before (OB-76). Some are kept in
 * mind at once; others are told of again.
 */
void registrar_binding_failed(struct registrar *r, const struct message_head *head,
			      struct slice bytes);

/**
 * Remove the bindings that were told of; search on for those of dead flows, for some milliseconds,
 * and remove them. Call about a hundred times a second: then ten million AORs take less than a
 * minute. Without anything dead it does nothing.
 */
void registrar_sweep_flows(struct registrar *r);

/** Numbers since start. */
const struct registrar_counters *registrar_counters(const struct registrar *r);

/** The table's writer: whether it has room. */
const struct publisher *registrar_publisher(const struct registrar *r);

/** A sign of life in the table's segment. */
void registrar_beat(struct registrar *r);

#endif
