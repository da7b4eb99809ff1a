/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the store: lmdb_store.c has its functions, store_open.c and recover.c how it
 * begins, generation.c what goes to LMDB and when, store_walk.c all AORs in order. */
#ifndef CONTROL_STORE_STORE_INTERNAL_H
#define CONTROL_STORE_STORE_INTERNAL_H

#include "store/applier.h"
#include "store/journal.h"

/* The last name that was looked for in LMDB: who gets an AOR often puts it next. */
struct seen {
	char name[STORE_NAME_MAX];
	size_t len; /* 0: none */
	bool exists;
	size_t value; /* its length */
};

/*
 * A name's last change is in `active`, else in `frozen`, else it is what `reader` sees. The reader
 * stays where it was before the frozen generation until all of that is in LMDB.
 */
struct lmdb_store {
	struct binding_store store;
	struct store_options options; /* all filled in */
	char path[256];
	int dir;
	struct base base;
	MDB_txn *reader; /* NULL: LMDB cannot be read now */
	struct journal journal;
	struct overlay overlay[2];
	struct overlay *active;
	struct overlay *frozen; /* NULL: the applier has nothing */
	journal_set frozen_files;
	struct applier applier;
	uint8_t identity[STORE_IDENTITY_LEN];
	uint64_t sequence, applied;
	uint64_t count, count_before; /* AORs; when the transaction began */
	uint64_t used;                /* octets that LMDB's pages take */
	bool staged;                  /* the transaction has a frame in `active` */
	bool late;                    /* the applier was waited for in vain */
	uint64_t checkpoint;          /* somebody waits for this number to be in LMDB */
	uint64_t active_ms;           /* when the first commit came into `active` */
	uint64_t retry_ms;            /* when a failed applier is asked again */
	struct seen seen;
	struct store_stat stat; /* its counters */
};

extern const struct binding_store_ops lmdb_store_ops; /* lmdb_store.c */

static inline struct lmdb_store *
lmdb_store_self(const struct binding_store *s)
{
	return (struct lmdb_store *)(uintptr_t)s;
}

/* Octets of LMDB that may be used. */
static inline uint64_t
lmdb_store_limit(const struct lmdb_store *s)
{
	return (uint64_t)s->options.max_mb << 20;
}

/* The environment and the reader, at open and after LMDB gave up. */
enum store_error lmdb_store_open_base(struct lmdb_store *s, char *message, size_t size);
enum store_error lmdb_store_read_anew(struct lmdb_store *s);
void lmdb_store_close_base(struct lmdb_store *s);

/* Replay what the journal has and LMDB has not. */
enum store_error lmdb_store_recover(struct lmdb_store *s, char *message, size_t size);

/* ---- generation.c ---- */

/* See how far the applier is, and give it something to do. Not inside a transaction's changes. */
void generation_turn(struct lmdb_store *s);

/* Have room for a transaction; waits for the applier if need be. */
enum store_error generation_make_room(struct lmdb_store *s);

/* Take everything to LMDB, and end the thread. */
void generation_end(struct lmdb_store *s);

/* ---- store_walk.c ---- */

enum store_error lmdb_store_walk(struct binding_store *store, struct slice from, unsigned int limit,
				 store_visit visit, void *context);

#endif
