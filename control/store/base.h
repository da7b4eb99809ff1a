/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_BASE_H
#define CONTROL_STORE_BASE_H

#include <lmdb.h>

#include "store/binding_store.h"

/**
 * The LMDB environment below the journal: databases "bindings" (AOR -> value) and "meta".
 *
 * Any number of threads may read, each with a transaction of its own; one writes.
 */

/** Names in "meta" that are the store's own. Values of meta_put() have BASE_META_PREFIX before
 * their names. */
#define BASE_SCHEMA "schema"     /* uint32_t */
#define BASE_IDENTITY "identity" /* STORE_IDENTITY_LEN octets */
#define BASE_APPLIED "applied"   /* uint64_t: the last sequence number that is in here */
#define BASE_APPLYING "applying" /* uint64_t: parts up to this number are in here, too */
#define BASE_META_PREFIX "="

enum { BASE_SCHEMA_PLAIN = 1, BASE_SCHEMA_JOURNAL = 2 };

struct base {
	MDB_env *env;
	MDB_dbi bindings, meta;
};

/** What LMDB says, as an error of the store. */
enum store_error base_error(int rc);

/**
 * Open the environment `path` with MDB_ flags, and an address range of `map` octets (0: that of the
 * file). STORE_ERR_OPEN with a sentence.
 */
enum store_error base_open(struct base *b, const char *path, unsigned int flags, size_t map,
			   char *message, size_t size);

/** Open the databases; with MDB_CREATE, make those that are not there. */
enum store_error base_open_databases(struct base *b, MDB_txn *txn, unsigned int flags);

/** No transaction may be open. */
void base_close(struct base *b);

static inline MDB_val
base_val(struct slice s)
{
	return (MDB_val){ s.len, (void *)(uintptr_t)s.ptr };
}

static inline struct slice
base_slice(const MDB_val *v)
{
	return slice_of(v->mv_data, v->mv_size);
}

/** One value of a database. STORE_ERR_ABSENT when there is none. */
enum store_error base_get(MDB_txn *txn, MDB_dbi dbi, struct slice name, struct slice *value);

/** A value of "meta" of exactly this size. STORE_ERR_ABSENT when there is none like it. */
enum store_error base_meta_get(const struct base *b, MDB_txn *txn, const char *name, void *value,
			       size_t size);

enum store_error base_meta_put(const struct base *b, MDB_txn *txn, const char *name,
			       const void *value, size_t size);

/** A name of meta_put() as it is in "meta". */
struct slice base_meta_name(struct slice name, char out[STORE_META_NAME_MAX + 1]);

/** AORs. */
uint64_t base_count(const struct base *b, MDB_txn *txn);

/** Octets of pages in use; those that LMDB keeps for later are not. */
uint64_t base_used(const struct base *b, MDB_txn *txn);

/** Octets of the file. */
uint64_t base_file_size(const struct base *b);

#endif
