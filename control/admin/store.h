/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_ADMIN_STORE_H
#define CONTROL_ADMIN_STORE_H

#include <jansson.h>

#include "store/binding_store.h"

/**
 * Answer {"command": "store-stat"}: how the store is; or {"command": "store-checkpoint"}: the same,
 * and have LMDB catch up, which is done when "applied" of a later answer has reached "sequence" of
 * the first. NULL when `name` is another command. Not inside a transaction.
 */
json_t *admin_store(struct binding_store *s, const char *name);

/** What a store tells of itself: {"aors", "sequence", "applied", ...}. */
json_t *admin_store_report(const struct store_stat *st);

#endif
