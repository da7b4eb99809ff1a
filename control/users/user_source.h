/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_SOURCE_H
#define CONTROL_USERS_USER_SOURCE_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "config/config.h"
#include "users/user_row.h"

/**
 * Where the users are kept: one file for each kind. A source may wait for a disk or a server, each
 * time for some seconds at most, so it is read by a thread of its own (users/user_loader.h).
 */

/** What reading calls for each row, which borrows until the call returns. False: no further. */
typedef bool (*user_visit)(const struct user_row *row, void *context);

struct user_source;

struct user_source_ops {
	/*
	 * Read all users, those that are wrong included. False, with a sentence in `message`, when
	 * not all could be read; those before had their visits. A visitor that wants no more is no
	 * error. Once for each source that was opened.
	 */
	bool (*read)(struct user_source *s, user_visit visit, void *context, char *message,
		     size_t size);
	void (*close)(struct user_source *s);
};

/** A source; each kind puts its own fields behind this. */
struct user_source {
	const struct user_source_ops *ops;
	const char *unit; /* "line" or "row": what struct user_row counts */
	const atomic_bool *stop;
};

/**
 * Open the source that the configuration names (not CONFIG_USERS_NONE). When `*stop` becomes true
 * it ends as soon as it can; it may be set by another thread. NULL, with a sentence in `message`,
 * when the source cannot be had. The configuration is borrowed until it is closed.
 */
struct user_source *user_source_open(const struct config *config, const atomic_bool *stop,
				     char *message, size_t size);

/** Takes NULL. */
void user_source_close(struct user_source *s);

/** Where the users are, for people: "file /var/lib/viaduct/x/users". No password is in it. */
void user_source_name(const struct config *config, char *text, size_t size);

/**
 * Whether what `st` tells of, a file at `path`, is one that its owner alone may use. False with a
 * sentence that begins with `what` and says what to do.
 */
bool user_source_is_private(const struct stat *st, const char *what, const char *path,
			    char *message, size_t size);

/** A hash of where the users are, and of how they are asked for. False: no memory. */
bool user_source_identity(const struct config *config, uint8_t out[CREDENTIALS_SOURCE_SIZE]);

/** Path of users.source file. */
void user_file_path(const struct config *config, char *path, size_t size);

/** The query of users.source sqlite where there is no users.query. */
#define USER_SQLITE_QUERY                                                                          \
	"SELECT username, realm, ha1_md5, ha1_sha256, ha1_sha512_256, aors FROM users"

/**
 * Whether an SQLite database and what is beside it (its journal, its log) are private. False with a
 * sentence; true when there is none.
 */
bool user_sqlite_is_private(const char *path, char *message, size_t size);

/** The kinds; what user_source_open() calls. */
struct user_source *user_file_open(const char *path, char *message, size_t size);
struct user_source *user_sqlite_open(const char *path, const char *query, char *message,
				     size_t size);
struct user_source *user_postgresql_open(const char *connection, const char *query,
					 const atomic_bool *stop, char *message, size_t size);

/** Columns of a query that a row is made of. */
enum { USER_COLUMNS = 7 };

struct user_columns {
	int at[USER_COLUMNS]; /* which of the result's; -1: it has none */
};

/**
 * Find the columns by their names, in any order and case; others are passed over. False, with a
 * sentence in `message`, when those are missing without which nobody can authenticate.
 */
bool user_columns_find(struct user_columns *columns, int count,
		       const char *(*name_of)(void *result, int i), void *result, char *message,
		       size_t size);

/** Where column `i` of struct user_columns goes. */
struct slice *user_columns_member(struct user_row *row, int i);

#endif
