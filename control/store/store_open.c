/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_internal.h"

enum {
	DEFAULT_MAX_MB = 65536,
	DEFAULT_JOURNAL_MB = 64,
	MOST_JOURNAL_MB = 1024, /* the image's offsets have 32 bits */
	DEFAULT_PENDING = 1 << 20,
	DEFAULT_APPLY_MS = 10000,
	DEFAULT_WAIT_MS = 2000,
	/*
	 * Addresses for LMDB: it never writes to a page that somebody may read, so that the file is
	 * larger than what is in it. Nothing is taken of the disk before it is used.
	 */
	MAP_FACTOR = 4,
	MAP_MORE_MB = 4096,
	JOURNALS = 2,
};

static struct store_options
fill_options(const struct store_options *given)
{
	struct store_options o = { .max_mb = 0 };

	if (given != NULL)
		o = *given;
	o.max_mb = o.max_mb > 0 ? o.max_mb : DEFAULT_MAX_MB;
	o.journal_mb = o.journal_mb > 0 ? o.journal_mb : DEFAULT_JOURNAL_MB;
	o.journal_mb = o.journal_mb < MOST_JOURNAL_MB ? o.journal_mb : MOST_JOURNAL_MB;
	o.pending_max = o.pending_max > 0 ? o.pending_max : DEFAULT_PENDING;
	o.apply_ms = o.apply_ms > 0 ? o.apply_ms : DEFAULT_APPLY_MS;
	o.wait_ms = o.wait_ms > 0 ? o.wait_ms : DEFAULT_WAIT_MS;
	o.disk = o.disk != NULL ? o.disk : &store_disk_real;
	return o;
}

/* ---- LMDB ---- */

enum store_error
lmdb_store_read_anew(struct lmdb_store *s)
{
	int rc;

	if (s->reader != NULL) {
		mdb_txn_reset(s->reader);
		rc = mdb_txn_renew(s->reader);
		if (rc != MDB_SUCCESS)
			mdb_txn_abort(s->reader);
	} else {
		rc = mdb_txn_begin(s->base.env, NULL, MDB_RDONLY, &s->reader);
	}
	s->seen.len = 0;
	if (rc != MDB_SUCCESS) {
		s->reader = NULL;
		return base_error(rc);
	}
	s->used = base_used(&s->base, s->reader);
	return STORE_OK;
}

void
lmdb_store_close_base(struct lmdb_store *s)
{
	if (s->reader != NULL)
		mdb_txn_abort(s->reader);
	s->reader = NULL;
	base_close(&s->base);
}

static enum store_error
make_identity(struct lmdb_store *s, MDB_txn *txn)
{
	const uint32_t schema = BASE_SCHEMA_JOURNAL;
	enum store_error error;

	if (getrandom(s->identity, sizeof(s->identity), 0) != sizeof(s->identity))
		return STORE_ERR_IO;
	error = base_meta_put(&s->base, txn, BASE_IDENTITY, s->identity, sizeof(s->identity));
	if (error == STORE_OK)
		error = base_meta_put(&s->base, txn, BASE_APPLIED, &s->applied, sizeof(s->applied));
	if (error == STORE_OK)
		error = base_meta_put(&s->base, txn, BASE_SCHEMA, &schema, sizeof(schema));
	return error;
}

/* Refuse what a newer version wrote; convert what an older one did. */
static enum store_error
check_schema(struct lmdb_store *s, MDB_txn *txn)
{
	struct slice value;
	uint32_t schema = 0;
	enum store_error error = base_get(txn, s->base.meta, slice_str(BASE_SCHEMA), &value);

	if (error == STORE_ERR_ABSENT)
		return make_identity(s, txn);
	if (error != STORE_OK)
		return error;
	if (value.len == sizeof(schema))
		memcpy(&schema, value.ptr, sizeof(schema));
	if (schema == BASE_SCHEMA_PLAIN)
		return make_identity(s, txn);
	if (schema != BASE_SCHEMA_JOURNAL)
		return STORE_ERR_VERSION;
	error = base_meta_get(&s->base, txn, BASE_IDENTITY, s->identity, sizeof(s->identity));
	if (error == STORE_OK)
		error = base_meta_get(&s->base, txn, BASE_APPLIED, &s->applied, sizeof(s->applied));
	return error == STORE_ERR_ABSENT ? STORE_ERR_DAMAGED : error;
}

static enum store_error
open_databases(struct lmdb_store *s)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->base.env, NULL, 0, &txn);
	enum store_error error;

	if (rc != MDB_SUCCESS)
		return base_error(rc);
	error = base_open_databases(&s->base, txn, MDB_CREATE);
	if (error == STORE_OK)
		error = check_schema(s, txn);
	if (error == STORE_OK)
		return base_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return error;
}

static const char *
advice(enum store_error error)
{
	switch (error) {
	case STORE_ERR_VERSION:
		return ": start that version again, or go back to a backup of this one with "
		       "`viaduct store restore FILE`";
	case STORE_ERR_DAMAGED:
		return ": `viaduct store check` tells more, `viaduct store restore FILE` goes back "
		       "to a backup";
	case STORE_ERR_FULL:
		return ": make room on the disk";
	default:
		return ": is the folder writable?";
	}
}

enum store_error
lmdb_store_open_base(struct lmdb_store *s, char *message, size_t size)
{
	size_t map = (s->options.max_mb * MAP_FACTOR + MAP_MORE_MB) << 20;
	char why[320];
	enum store_error error = base_open(&s->base, s->path, 0, map, why, sizeof(why));

	if (error != STORE_OK) {
		snprintf(message, size, "binding store %s%s", why, advice(error));
		return error;
	}
	error = open_databases(s);
	if (error == STORE_OK)
		error = lmdb_store_read_anew(s);
	if (error != STORE_OK)
		snprintf(message, size, "binding store %s: %s%s", s->path, store_error_text(error),
			 advice(error));
	return error;
}

/* ---- opening ---- */

static enum store_error
open_journal(struct lmdb_store *s, char *message, size_t size)
{
	char why[160];
	enum store_error error;

	s->journal.disk = s->options.disk;
	s->journal.size = s->options.journal_mb << 20;
	s->journal.sync = !s->options.no_sync;
	memcpy(s->journal.identity, s->identity, sizeof(s->identity));
	error = journal_open(&s->journal, s->dir, why, sizeof(why));
	if (error != STORE_OK) {
		snprintf(message, size, "binding store %s/%s", s->path, why);
		return error;
	}
	error = lmdb_store_recover(s, message, size);
	if (error != STORE_OK)
		return error;
	error = journal_provide(&s->journal, JOURNALS);
	if (error != STORE_OK)
		snprintf(message, size,
			 "binding store %s: no room for %d journal files of %zu MiB: "
			 "%s",
			 s->path, JOURNALS, s->options.journal_mb, store_error_text(error));
	return error;
}

static enum store_error
open_memory(struct lmdb_store *s, char *message, size_t size)
{
	s->active = &s->overlay[0];
	s->count = base_count(&s->base, s->reader);
	s->sequence = s->applied;
	if (overlay_open(&s->overlay[0], s->journal.size) &&
	    overlay_open(&s->overlay[1], s->journal.size) && applier_open(&s->applier, &s->base))
		return STORE_OK;
	snprintf(message, size, "binding store %s: not enough memory", s->path);
	return STORE_ERR_OPEN;
}

/* The folder's own name survives power loss. */
static bool
sync_parent(int dir)
{
	int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = parent >= 0 && store_disk_sync_folder(parent) == STORE_OK;

	if (parent >= 0)
		close(parent);
	return fine;
}

static enum store_error
open_folder(struct lmdb_store *s, const char *path, char *message, size_t size)
{
	bool fresh = false;

	if (strlen(path) < sizeof(s->path)) {
		memcpy(s->path, path, strlen(path) + 1);
		fresh = mkdir(path, 0700) == 0;
		s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		errno = ENAMETOOLONG;
	}
	if (s->dir >= 0 && (!fresh || sync_parent(s->dir)))
		return STORE_OK;
	snprintf(message, size, "binding store %s: %s: is the folder writable?", path,
		 strerror(errno));
	return STORE_ERR_OPEN;
}

struct binding_store *
binding_store_open(const char *dir, const struct store_options *options, enum store_error *error,
		   char *message, size_t size)
{
	struct lmdb_store *s = calloc(1, sizeof(*s));
	enum store_error result = STORE_ERR_OPEN;

	snprintf(message, size, "binding store %s: not enough memory", dir);
	if (s != NULL) {
		s->store.ops = &lmdb_store_ops;
		s->options = fill_options(options);
		s->dir = -1;
		for (unsigned int n = 0; n < JOURNAL_FILES; n++)
			s->journal.file[n].fd = -1;
		result = open_folder(s, dir, message, size);
		if (result == STORE_OK)
			result = lmdb_store_open_base(s, message, size);
		if (result == STORE_OK)
			result = open_journal(s, message, size);
		if (result == STORE_OK)
			result = open_memory(s, message, size);
	}
	if (error != NULL)
		*error = result;
	if (result == STORE_OK)
		return &s->store;
	if (s != NULL)
		s->store.ops->close(&s->store);
	return NULL;
}

struct binding_store *
lmdb_store_open(const char *dir, size_t max_mb, char *message, size_t size)
{
	return binding_store_open(dir, &(struct store_options){ .max_mb = max_mb }, NULL, message,
				  size);
}
