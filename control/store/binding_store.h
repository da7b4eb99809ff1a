/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_BINDING_STORE_H
#define CONTROL_STORE_BINDING_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "sip/slice.h"

/**
 * Where bindings are kept for good: AOR -> one value (store/record.h), and small named values
 * beside them. The registrar knows only this interface.
 *
 * Changes are made between begin and commit. After a commit that returned STORE_OK they survive
 * power loss; after an abort, a commit that returned anything else, or a death before the commit
 * returned, none of them is ever seen (but see STORE_ERR_IO). One thread.
 */

enum store_error {
	STORE_OK,
	STORE_ERR_OPEN,    /* the folder or file cannot be used */
	STORE_ERR_FULL,    /* no space left, on disk, in the store's own limit, or in time */
	STORE_ERR_IO,      /* the disk refused */
	STORE_ERR_ABSENT,  /* no such AOR, no such value */
	STORE_ERR_KEY,     /* the AOR or the name is too long, or empty */
	STORE_ERR_VERSION, /* written by a newer version of Viaduct */
	STORE_ERR_VALUE,   /* the value is too long */
	STORE_ERR_DAMAGED, /* what is on disk is not what was written */
};

/** A sentence for each error. */
const char *store_error_text(enum store_error error);

enum {
	STORE_NAME_MAX = 511,    /* octets of an AOR */
	STORE_VALUE_MAX = 32768, /* of its value, and of one of meta_put() */
	STORE_META_NAME_MAX = 64,
	STORE_IDENTITY_LEN = 16,
};

/** What each walk over the store calls; stops when it returns false. */
typedef bool (*store_visit)(struct slice aor, struct slice value, void *context);

/** How the store is, for people and for tests. */
struct store_stat {
	uint64_t sequence; /* of the last commit */
	uint64_t applied;  /* of the last one that is in LMDB, too */
	uint64_t aors;
	uint64_t pending;         /* AORs whose last change is not in LMDB yet */
	uint64_t commits, failed; /* since it was opened; those without a change are not counted */
	uint64_t generations;     /* that were put into LMDB since then */
	uint64_t waits, wait_us;  /* commits that had to wait for LMDB, and for how long together */
	uint64_t journal_used, journal_size; /* octets, of all files */
	uint64_t journal_failures;           /* times that the disk refused */
	uint64_t used, limit, file_size;     /* LMDB: octets in use, allowed, of the file */
	enum store_error apply_error;        /* why LMDB falls behind, STORE_OK if it does not */
	uint8_t identity[STORE_IDENTITY_LEN];
};

struct binding_store;

struct binding_store_ops {
	/* Begin a transaction. Reading works whatever the disk does. */
	enum store_error (*begin)(struct binding_store *s);
	/*
	 * End it. STORE_OK: everything is durable, and sequence() one more if anything was changed.
	 * STORE_ERR_FULL, STORE_ERR_IO: nothing has happened; try again later.
	 */
	enum store_error (*commit)(struct binding_store *s);
	void (*abort)(struct binding_store *s);
	/* the value lives until the next change or the end of the transaction */
	enum store_error (*get)(struct binding_store *s, struct slice aor, struct slice *value);
	enum store_error (*put)(struct binding_store *s, struct slice aor, struct slice value);
	enum store_error (*remove)(struct binding_store *s, struct slice aor);
	/*
	 * All AORs at or behind `from` in the store's order, at most `limit`; inside a transaction.
	 * Sees its changes; visit() must not make any.
	 */
	enum store_error (*walk)(struct binding_store *s, struct slice from, unsigned int limit,
				 store_visit visit, void *context);
	/* Takes what is committed to LMDB first, so that the next open is quick. */
	void (*close)(struct binding_store *s);
	/* Small values that survive, such as counters; part of the transaction as AORs are. */
	enum store_error (*meta_get)(struct binding_store *s, struct slice name,
				     struct slice *value);
	enum store_error (*meta_put)(struct binding_store *s, struct slice name,
				     struct slice value);
	/* Number of the last commit that changed anything: 0 in a new store. Never goes back. */
	uint64_t (*sequence)(const struct binding_store *s);
	/* STORE_IDENTITY_LEN random octets: made with the store, and anew by a restore. */
	const uint8_t *(*identity)(const struct binding_store *s);
	/* AORs; inside a transaction, with its changes. */
	uint64_t (*count)(const struct binding_store *s);
	/*
	 * Have LMDB catch up: done when `applied` of stat() is what sequence() was. Does not wait;
	 * call it again now and then. Outside a transaction.
	 */
	void (*checkpoint)(struct binding_store *s);
	void (*stat)(struct binding_store *s, struct store_stat *out);
};

/** A store; backends put their own fields behind this. */
struct binding_store {
	const struct binding_store_ops *ops;
};

struct store_disk;

/** How a store is to be opened. What is 0 or NULL is as in brackets. */
struct store_options {
	size_t max_mb;         /* MiB that bindings may take in LMDB (64 GiB) */
	size_t journal_mb;     /* MiB of each journal file, from 1 to 1024 (64) */
	size_t pending_max;    /* AORs whose changes wait for LMDB (1 Mi) */
	unsigned int apply_ms; /* age at which changes go on to LMDB (10000) */
	unsigned int
		wait_ms; /* how long a commit waits for LMDB before it is STORE_ERR_FULL (2000) */
	bool no_sync; /* commits do not wait for the disk: they survive our death, not power loss */
	const struct store_disk *disk; /* the calls that write the journal (the real ones) */
};

/**
 * Open the store in folder `dir`, which is made if absent; an older one is converted in place.
 * What was committed and is not in LMDB yet is taken there first.
 *
 * NULL when it cannot be opened, with a sentence in `message` that says what to do, and in `*error`
 * (which may be NULL) STORE_ERR_OPEN, STORE_ERR_VERSION, STORE_ERR_DAMAGED, STORE_ERR_FULL or
 * STORE_ERR_IO. `options` may be NULL.
 *
 * Memory: the image of two journal files at most, and about 40 octets for each pending change.
 */
struct binding_store *binding_store_open(const char *dir, const struct store_options *options,
					 enum store_error *error, char *message, size_t size);

/** The same with everything by default but `max_mb`. */
struct binding_store *lmdb_store_open(const char *dir, size_t max_mb, char *message, size_t size);

#endif
