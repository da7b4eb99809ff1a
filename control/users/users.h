/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USERS_H
#define CONTROL_USERS_USERS_H

#include <jansson.h>
#include <uv.h>

#include "config/config.h"
#include "table/credentials.h"

/**
 * Who may authenticate: read from the source of the configuration, published as the credentials
 * table, read again from time to time. What is unchanged in the source is not touched in the table,
 * so nobody is locked out meanwhile; who is not in the source any more goes when all of it was
 * read. A source that cannot be read takes nobody away, and is tried again; so is one that has no
 * user at all, or lacks more than a tenth of those there are (and more than USERS_FEW): it may be
 * in the middle of being written. What is lost without a user, an AOR with its bindings, is kept
 * for USERS_GRACE_S, in case he comes back.
 *
 * All is done in the thread of the event loop, in slices of some milliseconds, but for reading the
 * source (users/user_loader.h).
 */
struct users;

/** So many may go at once, however few there are. */
#define USERS_FEW 10

/** How long an AOR outlives its last user, seconds. */
#define USERS_GRACE_S 600

/**
 * Told for each AOR that appeared with a user, and for each that no user has had for the time of
 * grace; not while those are more than a tenth of all, unless users_reload() was forced. From
 * users_start() and the event loop; at the first load for all AORs there are. False: tell it again
 * later; no user is changed until it was taken.
 */
typedef bool (*users_changed)(void *context, struct slice aor, bool exists);

/**
 * Make an empty set. NULL, with a sentence in `message`, when there is no memory. What a
 * predecessor published is used until the source was read.
 */
struct users *users_open(uv_loop_t *loop, const struct config *config, char *message, size_t size);

/**
 * Read the source for the first time: for `patience_ms` here, then on in the event loop. `changed`
 * may be NULL. Without a source nothing happens, then or later.
 */
void users_start(struct users *u, users_changed changed, void *context, unsigned int patience_ms);

/**
 * Read the source again, now or as soon as the present load is done. Returns the number of the load
 * that will have seen what is in the source now (users_report()'s "loads"), or 0 without a source.
 * `force`: whoever is not there is meant to go, be it everybody, and at once.
 */
uint64_t users_reload(struct users *u, bool force);

/** How many loads that were forced have succeeded; without a source, how many were wanted. */
uint64_t users_forced(const struct users *u);

/**
 * There is a set of users to look into: of this process, or of its predecessor while the source
 * cannot be read. Until then a registrar answers 503.
 */
bool users_ready(const struct users *u);

/** All users of the source were read once: users_know() has an answer. */
bool users_loaded(const struct users *u);

/** Look a user up: credentials_find() on the set in force. */
bool users_find(const struct users *u, struct slice username, struct slice realm,
		struct credentials_copy *copy, struct credentials *out);

/** Whether a user has this canonical AOR, or had it moments ago. False until users_loaded(). */
bool users_know(struct users *u, struct slice aor);

/** A sign of life in the table's segment. */
void users_beat(struct users *u);

/** For people who ask: a new object, or NULL without a source. */
json_t *users_report(const struct users *u);

/** Takes NULL. The rest is done by the event loop, if it runs once more. */
void users_close(struct users *u);

#endif
