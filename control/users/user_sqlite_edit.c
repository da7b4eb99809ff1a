/* SPDX-License-Identifier: BSD-3-Clause */
/* Changes of the table of users that is made here where there is none. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <sqlite3.h>

#include "private_file.h"
#include "users/user_edit.h"

enum {
	BUSY_MS = 20000, /* control may be reading some millions */
};

#define CREATE                                                                                     \
	"CREATE TABLE IF NOT EXISTS users (username TEXT NOT NULL, realm TEXT NOT NULL, "          \
	"ha1_md5 TEXT, ha1_sha256 TEXT, ha1_sha512_256 TEXT, aors TEXT, "                          \
	"PRIMARY KEY (username, realm))"

/* One list of parameters for all statements; those that one has not are left out. */
static const char *const parameters[] = { ":username", ":realm",      ":md5",
					  ":sha256",   ":sha512_256", ":aors" };

enum { PARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

struct values {
	struct slice value[PARAMETERS]; /* absent: NULL */
	char hex[2 * (16 + 32 + 32)];
};

static void
make_values(struct values *v, const struct credentials *user)
{
	const struct {
		uint8_t bit;
		const uint8_t *octets;
		size_t len;
	} digests[] = {
		{ CREDENTIALS_MD5, user->md5, sizeof(user->md5) },
		{ CREDENTIALS_SHA_256, user->sha256, sizeof(user->sha256) },
		{ CREDENTIALS_SHA_512_256, user->sha512_256, sizeof(user->sha512_256) },
	};
	struct sip_writer w;

	sip_writer_init(&w, v->hex, sizeof(v->hex));
	v->value[0] = user->username;
	v->value[1] = user->realm;
	v->value[5] = user->aors;
	for (int i = 0; i < 3; i++) {
		const char *begin = w.p;

		v->value[2 + i] = SLICE_ABSENT;
		if ((user->have & digests[i].bit) == 0)
			continue;
		user_put_hex(&w, digests[i].octets, digests[i].len);
		v->value[2 + i] = slice_between(begin, w.p);
	}
}

/* Run one statement; the number in its first column and row, or 0. */
static bool
run(sqlite3 *db, const char *statement, const struct values *v, int *number)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, statement, -1, &s, NULL);

	for (int i = 0; code == SQLITE_OK && i < PARAMETERS; i++) {
		int at = sqlite3_bind_parameter_index(s, parameters[i]);

		if (at > 0 && v->value[i].ptr != NULL)
			code = sqlite3_bind_text(s, at, v->value[i].ptr, (int)v->value[i].len,
						 SQLITE_STATIC);
	}
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_ROW && number != NULL)
		*number = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static enum user_edited
change(sqlite3 *db, const struct user_edit *edit, const struct values *v)
{
	bool add = edit->user->have != 0;
	const char *statement = "DELETE FROM users WHERE username = :username AND realm = :realm";
	int there = 0;

	if (add && !run(db, CREATE, v, NULL))
		return USER_EDIT_FAILED;
	if (!run(db, "SELECT count(*) FROM users WHERE username = :username AND realm = :realm", v,
		 &there))
		return USER_EDIT_FAILED;
	if (add && there > 0 && !edit->replace)
		return USER_EDIT_THERE;
	if (!add && there == 0)
		return USER_EDIT_ABSENT;
	if (add && there == 0)
		statement = "INSERT INTO users (username, realm, ha1_md5, ha1_sha256, "
			    "ha1_sha512_256, aors) VALUES (:username, :realm, :md5, :sha256, "
			    ":sha512_256, :aors)";
	else if (add)
		statement = edit->keep_aors
				    ? "UPDATE users SET ha1_md5 = :md5, ha1_sha256 = :sha256, "
				      "ha1_sha512_256 = :sha512_256 WHERE username = :username AND "
				      "realm = :realm"
				    : "UPDATE users SET ha1_md5 = :md5, ha1_sha256 = :sha256, "
				      "ha1_sha512_256 = :sha512_256, aors = :aors WHERE username = "
				      ":username AND realm = :realm";
	return run(db, statement, v, NULL) && run(db, "COMMIT", v, NULL) ? USER_EDITED
									 : USER_EDIT_FAILED;
}

/* SQLite makes files that others may read. */
static bool
make_private(const char *path, const char *owner)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool fine;

	if (fd < 0)
		return access(path, F_OK) == 0;
	fine = private_file_give(fd, path, owner);
	close(fd);
	return fine;
}

enum user_edited
user_sqlite_edit(const char *path, const char *owner, const struct user_edit *edit, char *message,
		 size_t size)
{
	enum user_edited done = USER_EDIT_FAILED;
	sqlite3 *db = NULL;
	struct values v;
	int code;

	if (edit->user->have != 0 && !make_private(path, owner)) {
		snprintf(message, size, "users database %s: cannot be made: is there its folder?",
			 path);
		return USER_EDIT_FAILED;
	}
	if (!user_sqlite_is_private(path, message, size))
		return USER_EDIT_FAILED;
	make_values(&v, edit->user);
	code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
	if (code == SQLITE_OK)
		sqlite3_busy_timeout(db, BUSY_MS);
	if (code == SQLITE_OK && run(db, "BEGIN IMMEDIATE", &v, NULL))
		done = change(db, edit, &v);
	if (done == USER_EDIT_FAILED)
		snprintf(message, size, "users database %s: %s", path,
			 db != NULL ? sqlite3_errmsg(db) : "no memory");
	sqlite3_close(db);
	OPENSSL_cleanse(&v, sizeof(v));
	return done;
}
