/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lmdb.h>

#include "store/binding_store.h"

enum { SCHEMA = 1 };

struct lmdb_store {
	struct binding_store store;
	MDB_env *env;
	MDB_dbi bindings, meta;
	MDB_txn *txn;
};

const char *
store_error_text(enum store_error error)
{
	static const char *const texts[] = {
		[STORE_OK] = "no error",
		[STORE_ERR_OPEN] = "the store cannot be opened",
		[STORE_ERR_FULL] = "the store or its disk is full",
		[STORE_ERR_IO] = "the disk refused",
		[STORE_ERR_ABSENT] = "no such address of record",
		[STORE_ERR_KEY] = "the address of record is too long",
		[STORE_ERR_VERSION] = "the store was written by a newer version of Viaduct",
	};

	return texts[error];
}

static struct lmdb_store *
self(struct binding_store *s)
{
	return (struct lmdb_store *)s;
}

static enum store_error
translate(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return STORE_OK;
	case MDB_NOTFOUND:
		return STORE_ERR_ABSENT;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return STORE_ERR_FULL;
	case MDB_BAD_VALSIZE:
		return STORE_ERR_KEY;
	default:
		return STORE_ERR_IO;
	}
}

static MDB_val
val(struct slice s)
{
	return (MDB_val){ s.len, (void *)(uintptr_t)s.ptr };
}

static struct slice
slice_val(const MDB_val *v)
{
	return slice_of(v->mv_data, v->mv_size);
}

static enum store_error
lmdb_begin(struct binding_store *s)
{
	return translate(mdb_txn_begin(self(s)->env, NULL, 0, &self(s)->txn));
}

static enum store_error
lmdb_commit(struct binding_store *s)
{
	int rc = mdb_txn_commit(self(s)->txn);

	self(s)->txn = NULL;
	return translate(rc);
}

static void
lmdb_abort(struct binding_store *s)
{
	if (self(s)->txn != NULL)
		mdb_txn_abort(self(s)->txn);
	self(s)->txn = NULL;
}

static enum store_error
lmdb_get(struct binding_store *s, struct slice aor, struct slice *value)
{
	MDB_val key = val(aor), data;
	int rc = mdb_get(self(s)->txn, self(s)->bindings, &key, &data);

	if (rc == MDB_SUCCESS)
		*value = slice_val(&data);
	return translate(rc);
}

static enum store_error
lmdb_put(struct binding_store *s, struct slice aor, struct slice value)
{
	MDB_val key = val(aor), data = val(value);

	return translate(mdb_put(self(s)->txn, self(s)->bindings, &key, &data, 0));
}

static enum store_error
lmdb_remove(struct binding_store *s, struct slice aor)
{
	MDB_val key = val(aor);

	return translate(mdb_del(self(s)->txn, self(s)->bindings, &key, NULL));
}

static enum store_error
lmdb_meta_get(struct binding_store *s, struct slice name, struct slice *value)
{
	MDB_val key = val(name), data;
	int rc = mdb_get(self(s)->txn, self(s)->meta, &key, &data);

	if (rc == MDB_SUCCESS)
		*value = slice_val(&data);
	return translate(rc);
}

static enum store_error
lmdb_meta_put(struct binding_store *s, struct slice name, struct slice value)
{
	MDB_val key = val(name), data = val(value);

	return translate(mdb_put(self(s)->txn, self(s)->meta, &key, &data, 0));
}

static enum store_error
lmdb_walk(struct binding_store *s, struct slice from, unsigned int limit, store_visit visit,
	  void *context)
{
	MDB_val key = val(from), data;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(self(s)->txn, self(s)->bindings, &cursor);

	if (rc != MDB_SUCCESS)
		return translate(rc);
	rc = mdb_cursor_get(cursor, &key, &data, from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (rc == MDB_SUCCESS && limit-- > 0) {
		if (!visit(slice_val(&key), slice_val(&data), context))
			break;
		rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? STORE_OK : translate(rc);
}

static void
lmdb_close(struct binding_store *s)
{
	lmdb_abort(s);
	if (self(s)->env != NULL)
		mdb_env_close(self(s)->env);
	free(s);
}

static const struct binding_store_ops ops = {
	.begin = lmdb_begin,
	.commit = lmdb_commit,
	.abort = lmdb_abort,
	.get = lmdb_get,
	.put = lmdb_put,
	.remove = lmdb_remove,
	.meta_get = lmdb_meta_get,
	.meta_put = lmdb_meta_put,
	.walk = lmdb_walk,
	.close = lmdb_close,
};

/* Refuse what a newer version wrote; say what version we write. */
static enum store_error
check_schema(struct lmdb_store *s)
{
	static const char name[] = "schema";
	MDB_val key = { sizeof(name) - 1, (void *)(uintptr_t)name }, data;
	uint32_t schema = SCHEMA;
	int rc = mdb_get(s->txn, s->meta, &key, &data);

	if (rc == MDB_SUCCESS) {
		if (data.mv_size != sizeof(schema))
			return STORE_ERR_VERSION;
		memcpy(&schema, data.mv_data, sizeof(schema));
		return schema <= SCHEMA ? STORE_OK : STORE_ERR_VERSION;
	}
	data = (MDB_val){ sizeof(schema), &schema };
	return translate(mdb_put(s->txn, s->meta, &key, &data, 0));
}

static enum store_error
open_databases(struct lmdb_store *s)
{
	enum store_error error = lmdb_begin(&s->store);
	int rc;

	if (error != STORE_OK)
		return error;
	rc = mdb_dbi_open(s->txn, "bindings", MDB_CREATE, &s->bindings);
	if (rc == MDB_SUCCESS)
		rc = mdb_dbi_open(s->txn, "meta", MDB_CREATE, &s->meta);
	error = rc == MDB_SUCCESS ? check_schema(s) : translate(rc);
	if (error != STORE_OK) {
		lmdb_abort(&s->store);
		return error;
	}
	return lmdb_commit(&s->store);
}

struct binding_store *
lmdb_store_open(const char *dir, size_t max_mb, char *message, size_t size)
{
	struct lmdb_store *s = calloc(1, sizeof(*s));
	enum store_error error;
	int rc;

	if (s == NULL)
		return NULL;
	s->store.ops = &ops;
	mkdir(dir, 0700);
	rc = mdb_env_create(&s->env);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_maxdbs(s->env, 4);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_mapsize(s->env, max_mb << 20);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_open(s->env, dir, 0, 0600);
	if (rc != MDB_SUCCESS) {
		snprintf(message, size, "binding store %s: %s: is the folder writable?", dir,
			 mdb_strerror(rc));
		lmdb_close(&s->store);
		return NULL;
	}
	error = open_databases(s);
	if (error != STORE_OK) {
		snprintf(message, size, "binding store %s: %s", dir, store_error_text(error));
		lmdb_close(&s->store);
		return NULL;
	}
	return &s->store;
}
