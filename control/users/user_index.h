/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_INDEX_H
#define CONTROL_USERS_USER_INDEX_H

#include "guard/siphash.h"
#include "sip/slice.h"

/**
 * Numbers by name, for tens of millions of names: of each only a keyed hash of 64 bits is kept, so
 * that it takes some twenty octets. Two names of ten million have one hash with a chance of some
 * 3e-6, and are then one name here. Many small tables, each of which grows by itself, so that no
 * single call takes longer than some tenths of a millisecond. One thread.
 */
struct user_index;

/** NULL: no memory, or no random octets for the key. */
struct user_index *user_index_open(void);

/** Takes NULL. */
void user_index_close(struct user_index *x);

/** How many names there are. */
uint64_t user_index_count(const struct user_index *x);

/** What stands for a name. `second` tells names of two parts from each other; may be absent. */
uint64_t user_index_hash(const struct user_index *x, struct slice first, struct slice second);

/** The number of a name, until the next change; NULL when it is not there. */
uint32_t *user_index_find(struct user_index *x, uint64_t hash);

/** The same; a name that is not there is put there with 0, and *fresh set. NULL: no memory. */
uint32_t *user_index_put(struct user_index *x, uint64_t hash, bool *fresh);

/** Forget a name. */
void user_index_remove(struct user_index *x, uint64_t hash);

#endif
