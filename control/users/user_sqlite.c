/* SPDX-License-Identifier: BSD-3-Clause */
/* Users in an SQLite database, which is only read here. */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "users/user_source.h"

enum {
	BUSY_MS = 5000,
	STEPS_BETWEEN_STOPS = 10000, /* of SQLite's machine; some tenths of a millisecond */
};

struct user_sqlite {
	struct user_source source;
	sqlite3 *db;
	sqlite3_stmt *query;
	struct user_columns columns;
	const char *path;
};

static void
sqlite_close(struct user_source *s)
{
	struct user_sqlite *q = (struct user_sqlite *)s;

	sqlite3_finalize(q->query);
	sqlite3_close(q->db);
	free(q);
}

static bool
refuse(const struct user_sqlite *q, char *message, size_t size)
{
	int code = q->db != NULL ? sqlite3_errcode(q->db) : SQLITE_NOMEM;
	const char *advice = "";

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		advice = ": another program changes it; it is tried again";
	else if (code == SQLITE_CANTOPEN)
		advice = ": is there such a file, and may this process read it?";
	snprintf(message, size, "users database %s: %s%s", q->path,
		 q->db != NULL ? sqlite3_errmsg(q->db) : "no memory", advice);
	return false;
}

static const char *
name_of(void *result, int i)
{
	return sqlite3_column_name(result, i);
}

static int
stopped(void *context)
{
	const struct user_sqlite *q = context;

	return atomic_load(q->source.stop);
}

static bool
prepare(struct user_sqlite *q, const char *query, char *message, size_t size)
{
	const char *tail = NULL;

	if (sqlite3_prepare_v2(q->db, query, -1, &q->query, &tail) != SQLITE_OK)
		return refuse(q, message, size);
	if (q->query == NULL || !sqlite3_stmt_readonly(q->query) ||
	    sqlite3_column_count(q->query) == 0) {
		snprintf(message, size, "users.query: want one SELECT");
		return false;
	}
	return user_columns_find(&q->columns, sqlite3_column_count(q->query), name_of, q->query,
				 message, size);
}

static void
take_row(struct user_sqlite *q, struct user_row *row)
{
	for (int k = 0; k < USER_COLUMNS; k++) {
		int i = q->columns.at[k];
		const void *text = i >= 0 ? sqlite3_column_text(q->query, i) : NULL;

		if (text != NULL)
			*user_columns_member(row, k) =
				slice_of(text, (size_t)sqlite3_column_bytes(q->query, i));
	}
}

static bool
sqlite_read(struct user_source *s, user_visit visit, void *context, char *message, size_t size)
{
	struct user_sqlite *q = (struct user_sqlite *)s;
	uint64_t number = 0;
	int code;

	sqlite3_progress_handler(q->db, STEPS_BETWEEN_STOPS, stopped, q);
	while ((code = sqlite3_step(q->query)) == SQLITE_ROW) {
		struct user_row row = { .number = ++number };

		take_row(q, &row);
		if (!visit(&row, context))
			return true;
	}
	return code == SQLITE_DONE || atomic_load(s->stop) || refuse(q, message, size);
}

bool
user_sqlite_is_private(const char *path, char *message, size_t size)
{
	static const char *const beside[] = { "", "-journal", "-wal" };
	char name[512];
	struct stat st;

	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		if (stat(name, &st) == 0 &&
		    !user_source_is_private(&st, "users database", name, message, size))
			return false;
	}
	return true;
}

struct user_source *
user_sqlite_open(const char *path, const char *query, char *message, size_t size)
{
	static const struct user_source_ops ops = { sqlite_read, sqlite_close };
	struct user_sqlite *q;

	if (!user_sqlite_is_private(path, message, size))
		return NULL;
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		snprintf(message, size, "users database %s: no memory", path);
		return NULL;
	}
	q->source.ops = &ops;
	q->source.unit = "row";
	q->path = path;
	if (sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
		    SQLITE_OK ||
	    sqlite3_busy_timeout(q->db, BUSY_MS) != SQLITE_OK) {
		refuse(q, message, size);
		sqlite_close(&q->source);
		return NULL;
	}
	if (prepare(q, query != NULL ? query : USER_SQLITE_QUERY, message, size))
		return &q->source;
	sqlite_close(&q->source);
	return NULL;
}
