/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process/clock.h"

enum {
	NAP_MS = 5,
	STEP = 16384,            /* AORs of one transaction of a copy */
	COPY_MAP_MORE = 1 << 30, /* a copy is smaller than its original; this is for the rest */
};

/* ---- opening ---- */

static enum store_error
read_meta(struct snapshot *s)
{
	const struct base *b = &s->base;
	enum store_error error =
		base_meta_get(b, s->txn, BASE_SCHEMA, &s->schema, sizeof(s->schema));

	if (error != STORE_OK)
		return error == STORE_ERR_ABSENT ? STORE_ERR_DAMAGED : error;
	if (s->schema > BASE_SCHEMA_JOURNAL)
		return STORE_ERR_VERSION;
	s->aors = base_count(b, s->txn);
	if (s->schema == BASE_SCHEMA_PLAIN)
		return STORE_OK;
	error = base_meta_get(b, s->txn, BASE_IDENTITY, s->identity, sizeof(s->identity));
	if (error == STORE_OK)
		error = base_meta_get(b, s->txn, BASE_APPLIED, &s->applied, sizeof(s->applied));
	return error == STORE_ERR_ABSENT ? STORE_ERR_DAMAGED : error;
}

static enum store_error
begin(struct snapshot *s)
{
	enum store_error error = base_error(mdb_txn_begin(s->base.env, NULL, MDB_RDONLY, &s->txn));

	if (error != STORE_OK)
		s->txn = NULL;
	else
		error = base_open_databases(&s->base, s->txn, 0);
	return error == STORE_ERR_ABSENT ? STORE_ERR_DAMAGED : error;
}

/* Between two generations. */
static enum store_error
begin_whole(struct snapshot *s, enum snapshot_kind kind, unsigned int wait_ms)
{
	const struct timespec nap = { 0, NAP_MS * 1000000L };
	uint64_t until = clock_steady_ms() + wait_ms, number;

	for (;;) {
		enum store_error error = begin(s);

		if (error != STORE_OK)
			return error;
		if (kind == SNAPSHOT_ALONE ||
		    base_meta_get(&s->base, s->txn, BASE_APPLYING, &number, sizeof(number)) ==
			    STORE_ERR_ABSENT)
			return read_meta(s);
		mdb_txn_abort(s->txn);
		s->txn = NULL;
		if (clock_steady_ms() >= until)
			return STORE_ERR_FULL;
		nanosleep(&nap, NULL);
	}
}

enum store_error
snapshot_open(struct snapshot *s, const char *path, enum snapshot_kind kind, unsigned int wait_ms,
	      char *message, size_t size)
{
	unsigned int flags = MDB_RDONLY;
	enum store_error error;

	*s = (struct snapshot){ .schema = 0 };
	if (kind == SNAPSHOT_FILE)
		flags |= MDB_NOSUBDIR | MDB_NOLOCK;
	error = base_open(&s->base, path, flags, 0, message, size);
	if (error != STORE_OK)
		return error;
	error = begin_whole(s, kind, wait_ms);
	if (error == STORE_OK)
		return STORE_OK;
	snprintf(message, size, "%s: %s", path,
		 error == STORE_ERR_FULL      ? "changes come too fast for a copy: try again later"
		 : error == STORE_ERR_DAMAGED ? "is no binding store, or is damaged"
					      : store_error_text(error));
	snapshot_close(s);
	return error;
}

void
snapshot_close(struct snapshot *s)
{
	if (s->txn != NULL)
		mdb_txn_abort(s->txn);
	s->txn = NULL;
	base_close(&s->base);
}

/* ---- copying ---- */

struct copy {
	const struct snapshot *from;
	struct base to;
	MDB_txn *txn;
};

static int
step(struct copy *c)
{
	int rc = mdb_txn_commit(c->txn);

	c->txn = NULL;
	return rc == MDB_SUCCESS ? mdb_txn_begin(c->to.env, NULL, 0, &c->txn) : rc;
}

/* Everything of one database, in order: LMDB then fills one page after the other. */
static int
copy_database(struct copy *c, MDB_dbi from, MDB_dbi to)
{
	MDB_cursor *cursor;
	MDB_val key, data;
	int rc = mdb_cursor_open(c->from->txn, from, &cursor), put = MDB_SUCCESS;

	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
	for (unsigned int n = 1; rc == MDB_SUCCESS && put == MDB_SUCCESS; n++) {
		put = mdb_put(c->txn, to, &key, &data, MDB_APPEND);
		if (put == MDB_SUCCESS && n % STEP == 0)
			put = step(c);
		rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (put == MDB_KEYEXIST)
		return MDB_CORRUPTED; /* out of order */
	return put != MDB_SUCCESS ? put : rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int
copy_all(struct copy *c, const uint8_t *identity)
{
	const struct base *from = &c->from->base;
	int rc = mdb_txn_begin(c->to.env, NULL, 0, &c->txn);

	if (rc != MDB_SUCCESS)
		return rc;
	if (base_open_databases(&c->to, c->txn, MDB_CREATE) != STORE_OK)
		rc = EIO;
	if (rc == MDB_SUCCESS)
		rc = copy_database(c, from->bindings, c->to.bindings);
	if (rc == MDB_SUCCESS)
		rc = copy_database(c, from->meta, c->to.meta);
	if (rc == MDB_SUCCESS && identity != NULL &&
	    base_meta_put(&c->to, c->txn, BASE_IDENTITY, identity, STORE_IDENTITY_LEN) != STORE_OK)
		rc = EIO;
	if (rc == MDB_SUCCESS) {
		rc = mdb_txn_commit(c->txn);
		c->txn = NULL;
	}
	if (c->txn != NULL)
		mdb_txn_abort(c->txn);
	return rc == MDB_SUCCESS ? mdb_env_sync(c->to.env, 1) : rc;
}

enum store_error
snapshot_fill(const struct snapshot *s, const char *path, const uint8_t *identity, char *message,
	      size_t size)
{
	struct copy c = { .from = s };
	size_t map = 2 * (size_t)base_file_size(&s->base) + COPY_MAP_MORE;
	enum store_error error;
	int rc;

	/* nobody reads it before it is whole and synced */
	error = base_open(&c.to, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, map, message, size);
	if (error != STORE_OK)
		return error;
	rc = copy_all(&c, identity);
	error = base_error(rc);
	base_close(&c.to);
	if (error != STORE_OK)
		snprintf(message, size, "%s: %s", path, mdb_strerror(rc));
	return error;
}

enum store_error
snapshot_copy(const struct snapshot *s, const char *path, const uint8_t *identity, char *message,
	      size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum store_error error;

	if (fd < 0) {
		snprintf(message, size, "%s: %s", path, strerror(errno));
		return STORE_ERR_OPEN;
	}
	close(fd);
	error = snapshot_fill(s, path, identity, message, size);
	if (error != STORE_OK)
		unlink(path);
	return error;
}
