/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_BINDING_STORE_H
#define CONTROL_STORE_BINDING_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "sip/slice.h"

/**
 * Where bindings are kept for good: AOR -> one value (store/record.h). One file for each backend;
 * the registrar knows only this interface.
 *
 * Changes are made between begin and commit. After a commit that returned STORE_OK they survive
 * power loss; after an abort, or a death before the commit returned, none of them happened.
 * One thread.
 */

enum store_error {
	STORE_OK,
	STORE_ERR_OPEN,    /* the folder or file cannot be used */
	STORE_ERR_FULL,    /* no space left, on disk or in the store's own limit */
	STORE_ERR_IO,      /* the disk refused */
	STORE_ERR_ABSENT,  /* no such AOR */
	STORE_ERR_KEY,     /* the AOR is too long for this backend */
	STORE_ERR_VERSION, /* written by a newer version of Viaduct */
};

/** A sentence for each error. */
const char *store_error_text(enum store_error error);

/** What each walk over the store calls; stops when it returns false. */
typedef bool (*store_visit)(struct slice aor, struct slice value, void *context);

struct binding_store;

struct binding_store_ops {
	enum store_error (*begin)(struct binding_store *s);
	enum store_error (*commit)(struct binding_store *s);
	void (*abort)(struct binding_store *s);
	/* the value lives until the next change or the end of the transaction */
	enum store_error (*get)(struct binding_store *s, struct slice aor, struct slice *value);
	enum store_error (*put)(struct binding_store *s, struct slice aor, struct slice value);
	enum store_error (*remove)(struct binding_store *s, struct slice aor);
	/* small values by name that are no AORs, in the same transaction */
	enum store_error (*meta_get)(struct binding_store *s, struct slice name,
				     struct slice *value);
	enum store_error (*meta_put)(struct binding_store *s, struct slice name,
				     struct slice value);
	/* all AORs at or behind `from` in the store's order, at most `limit`; inside a transaction
	 */
	enum store_error (*walk)(struct binding_store *s, struct slice from, unsigned int limit,
				 store_visit visit, void *context);
	void (*close)(struct binding_store *s);
};

/** A store; backends put their own fields behind this. */
struct binding_store {
	const struct binding_store_ops *ops;
};

/**
 * Open the LMDB backend in folder `dir` (made if absent), with room for `max_mb` MiB. NULL, with
 * a sentence in `message`, when it cannot be opened.
 */
struct binding_store *lmdb_store_open(const char *dir, size_t max_mb, char *message, size_t size);

#endif
