/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/check.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/overlay.h"
#include "store/replay.h"
#include "store/snapshot.h"

enum { TOLD = 100, WAIT_MS = 10000, FREE_DBI = 0 };

__attribute__((format(printf, 2, 3))) static void
wrong(struct store_check *c, const char *format, ...)
{
	char text[512];
	va_list args;

	if (++c->problems > TOLD)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->problem(text, c->context);
}

/* ---- LMDB ---- */

static void
check_binding(struct store_check *c, struct slice before, struct slice aor, struct slice value)
{
	c->aors++;
	c->octets += value.len;
	if (before.ptr != NULL && overlay_compare(before, aor) >= 0)
		wrong(c, "'%.*s' is not behind '%.*s'", SLICE_FMT(aor), SLICE_FMT(before));
	if (value.len > STORE_VALUE_MAX)
		wrong(c, "'%.*s' has a value of %zu octets", SLICE_FMT(aor), value.len);
	else if (!c->decode(value, c->context))
		wrong(c, "'%.*s' has a value that cannot be read (%zu octets)", SLICE_FMT(aor),
		      value.len);
}

static void
check_bindings(struct store_check *c, const struct snapshot *s)
{
	struct slice before = SLICE_ABSENT;
	MDB_cursor *cursor;
	MDB_val key, data;
	int rc = mdb_cursor_open(s->txn, s->base.bindings, &cursor);

	if (rc == MDB_SUCCESS) {
		rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
		for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
			check_binding(c, before, base_slice(&key), base_slice(&data));
			before = base_slice(&key);
		}
		mdb_cursor_close(cursor);
	}
	if (rc != MDB_NOTFOUND)
		wrong(c, "data.mdb: %s after %" PRIu64 " AORs", mdb_strerror(rc), c->aors);
	else if (c->aors != s->aors)
		wrong(c, "data.mdb: has %" PRIu64 " AORs, and says that it has %" PRIu64, c->aors,
		      s->aors);
}

/* Each page is in use, or kept for later: those in neither are lost, in both are overwritten. */
static void
check_pages(struct store_check *c, const struct snapshot *s)
{
	uint64_t kept = 0, used, file = base_file_size(&s->base);
	MDB_cursor *cursor;
	MDB_val key, data;
	MDB_stat st;
	size_t n;

	if (mdb_stat(s->txn, FREE_DBI, &st) != MDB_SUCCESS ||
	    mdb_cursor_open(s->txn, FREE_DBI, &cursor) != MDB_SUCCESS)
		return;
	while (mdb_cursor_get(cursor, &key, &data, MDB_NEXT) == MDB_SUCCESS) {
		memcpy(&n, data.mv_data, sizeof(n));
		kept += n;
	}
	mdb_cursor_close(cursor);
	used = base_used(&s->base, s->txn);
	if (used + kept * st.ms_psize != file)
		wrong(c,
		      "data.mdb: %" PRIu64 " octets in use and %" PRIu64
		      " free are not the %" PRIu64 " of the file",
		      used, kept * st.ms_psize, file);
}

static bool
check_snapshot(struct store_check *c, struct snapshot *s, bool alone)
{
	c->schema = s->schema;
	c->sequence = s->applied;
	check_bindings(c, s);
	if (alone)
		check_pages(c, s);
	return c->problems == 0;
}

bool
store_check_file(struct store_check *c, const char *file)
{
	char message[320];
	struct snapshot s;

	if (snapshot_open(&s, file, SNAPSHOT_FILE, 0, message, sizeof(message)) != STORE_OK) {
		wrong(c, "%s", message);
		return false;
	}
	check_snapshot(c, &s, true);
	snapshot_close(&s);
	return c->problems == 0;
}

/* ---- the journal ---- */

static enum store_error
check_frame(const struct frame *f, void *context)
{
	struct store_check *c = context;
	struct change change;
	size_t at = 0;

	for (uint32_t i = 0; i < f->changes; i++) {
		change_decode(f->payload, at, &change);
		at += change_size(&change);
		if (change.kind == CHANGE_PUT && !c->decode(change.value, c->context))
			wrong(c, "commit %" PRIu64 ": '%.*s' has a value that cannot be read",
			      f->sequence, SLICE_FMT(change.name));
	}
	return STORE_OK;
}

static enum store_error
check_file(struct store_check *c, struct replay *p, unsigned int n)
{
	const struct journal_file *f = &p->journal->file[n];
	char *octets = malloc(f->size);
	enum store_error error = STORE_ERR_FULL;

	if (octets != NULL)
		error = replay_read(f->fd, octets, f->size);
	if (error == STORE_OK)
		error = replay_file(p, n, slice_of(octets, f->size), check_frame, c);
	free(octets);
	return error;
}

static void
check_journal(struct store_check *c, const char *dir, const struct snapshot *s)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct journal j = { .disk = &store_disk_real };
	char message[160] = "the folder cannot be read";
	struct replay p = { .count = 0 };
	enum store_error error = STORE_ERR_OPEN;

	memcpy(j.identity, s->identity, sizeof(j.identity));
	if (fd >= 0)
		error = journal_open(&j, fd, message, sizeof(message));
	if (error != STORE_OK) {
		wrong(c, "%s", message);
	} else {
		error = replay_begin(&p, &j, s->applied);
		for (unsigned int i = 0; i < p.count && error == STORE_OK; i++)
			if (replay_needs(&p, i))
				error = check_file(c, &p, p.order[i]);
		if (error != STORE_OK)
			wrong(c, "%s", p.wrong[0] != '\0' ? p.wrong : store_error_text(error));
		c->sequence = p.sequence;
		c->waiting = p.frames;
		journal_close(&j);
	}
	if (fd >= 0)
		close(fd);
}

bool
store_check(struct store_check *c, const char *dir, bool journal)
{
	char message[320];
	struct snapshot s;

	if (snapshot_open(&s, dir, journal ? SNAPSHOT_ALONE : SNAPSHOT_STORE, WAIT_MS, message,
			  sizeof(message)) != STORE_OK) {
		wrong(c, "%s", message);
		return false;
	}
	check_snapshot(c, &s, journal);
	if (journal && s.schema > BASE_SCHEMA_PLAIN)
		check_journal(c, dir, &s);
	snapshot_close(&s);
	return c->problems == 0;
}
