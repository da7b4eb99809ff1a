/* SPDX-License-Identifier: BSD-3-Clause */
/** Users in SQLite: read, and changed. */
#include <sqlite3.h>

#include "control/users_support.h"

static const char *
list_query(const char *query)
{
	return list_source(user_sqlite_open(in_dir("db"), query, message, sizeof(message)));
}

static enum user_edited
edit(const struct credentials *user, bool is_replaced, bool keep_aors)
{
	const struct user_edit e = { user, is_replaced, keep_aors };

	return user_sqlite_edit(in_dir("db"), NULL, &e, message, sizeof(message));
}

static void
execute(const char *statements)
{
	sqlite3 *db;

	umask(077);
	assert_int_equal(sqlite3_open(in_dir("db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

GTEST_F(UserSqlite, add_and_remove, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:s@x sip:t@x", 7);
	struct credentials gone = some_user("a", "x", NULL, 0);
	struct stat st;

	(void)state;
	umask(022);
	assert_int_equal(edit(&gone, false, false), USER_EDIT_FAILED);
	assert_int_equal(edit(&a, false, true), USER_EDITED);
	assert_int_equal(stat(in_dir("db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(edit(&a, false, true), USER_EDIT_THERE);
	assert_string_equal(list_query(NULL), "a@x 7 sip:s@x sip:t@x|");
	a.have = CREDENTIALS_SHA_256;
	a.aors = SLICE("sip:a@x");
	assert_int_equal(edit(&a, true, true), USER_EDITED);
	assert_string_equal(list_query(NULL), "a@x 2 sip:s@x sip:t@x|");
	assert_int_equal(edit(&a, true, false), USER_EDITED);
	assert_string_equal(list_query(NULL), "a@x 2 sip:a@x|");
	assert_int_equal(edit(&gone, false, false), USER_EDITED);
	assert_string_equal(list_query(NULL), "");
	assert_int_equal(edit(&gone, false, false), USER_EDIT_ABSENT);
}

/* A name is data, not SQL. */
GTEST_F(UserSqlite, injection, make_dir, remove_dir)
{
	struct credentials a = some_user("a', 'b'); DROP TABLE users; --", "x", "sip:a@x", 7);

	(void)state;
	assert_int_equal(edit(&a, false, true), USER_EDITED);
	assert_string_equal(list_query(NULL), "a', 'b'); DROP TABLE users; --@x 7 sip:a@x|");
}

static const struct {
	const char *label, *query, *want, *says;
} queries[] = {
	{ "order-and-case", "SELECT h AS HA1_MD5, r AS Realm, n AS USERNAME, 1 AS other FROM t",
	  "a@x 1 sip:a@x|", NULL },
	{ "password", "SELECT n AS username, r AS realm, 'p' AS password FROM t", "a@x 7 sip:a@x|",
	  NULL },
	{ "numbers", "SELECT 1000 AS username, r AS realm, 5 AS password FROM t",
	  "1000@x 7 sip:1000@x|", NULL },
	{ "null-name", "SELECT NULL AS username, r AS realm, 5 AS password FROM t",
	  "1: no username: want one|", NULL },
	{ "null-hash", "SELECT n AS username, r AS realm, NULL AS ha1_md5 FROM t",
	  "1: a@x: neither a password nor a digest: want one of password, ha1_md5, ", NULL },
	{ "no-username", "SELECT r AS realm, h AS ha1_md5 FROM t", NULL, "no column username" },
	{ "no-realm", "SELECT n AS username, h AS ha1_md5 FROM t", NULL, "no column realm" },
	{ "no-secret", "SELECT n AS username, r AS realm FROM t", NULL,
	  "no column to authenticate with" },
	{ "no-table", "SELECT username FROM subscribers", NULL, "no such table: subscribers" },
	{ "write", "DELETE FROM t", NULL, "want one SELECT" },
	{ "write-and-return", "DELETE FROM t RETURNING n AS username, r AS realm, h AS ha1_md5",
	  NULL, "want one SELECT" },
	{ "nothing", "-- nothing", NULL, "want one SELECT" },
	{ "rubbish", "SELEKT", NULL, "syntax error" },
};

static void
check_query(void **state)
{
	const typeof(queries[0]) *r = gtest_row();
	const char *list;

	(void)state;
	execute("CREATE TABLE t (n TEXT, r TEXT, h TEXT); INSERT INTO t VALUES ('a', 'x', '" HEX32
		"')");
	list = list_query(r->query);
	if (r->want != NULL) {
		assert_non_null(list);
		assert_int_equal(strncmp(list, r->want, strlen(r->want)), 0);
	} else {
		assert_null(list);
		assert_non_null(strstr(message, r->says));
	}
}
GTEST_ROWS_F(UserSqlite, queries, label, check_query, make_dir, remove_dir);

/* Not there, no database, half of one: a sentence each time, and nothing is made. */
GTEST_F(UserSqlite, unreadable, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:a@x", 7);
	struct stat st;

	(void)state;
	assert_null(list_query(NULL));
	assert_non_null(strstr(message, "unable to open database file: is there such a file"));
	assert_int_not_equal(stat(in_dir("db"), &st), 0);
	write_text("db", "this is no database, but it is long enough to be looked at\n", 0600);
	assert_null(list_query(NULL));
	assert_non_null(strstr(message, "not a database"));
	unlink(in_dir("db"));
	for (int i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "u%d", i);
		a.username = slice_str(name);
		assert_int_equal(edit(&a, false, true), USER_EDITED);
	}
	assert_int_equal(truncate(in_dir("db"), 8192), 0);
	assert_null(list_query(NULL));
	assert_non_null(strstr(message, "malformed"));
}

/* Passwords that others may read are neither read here nor added to. */
static const struct {
	const char *label, *file;
	mode_t mode;
} open_to_others[] = {
	{ "world", "db", 0604 },           { "group", "db", 0640 },
	{ "group-writes", "db", 0620 },    { "log", "db-wal", 0644 },
	{ "journal", "db-journal", 0644 },
};

static void
check_open_to_others(void **state)
{
	const typeof(open_to_others[0]) *r = gtest_row();
	struct credentials a = some_user("a", "x", "sip:a@x", 7);

	(void)state;
	assert_int_equal(edit(&a, false, true), USER_EDITED);
	if (strcmp(r->file, "db") != 0)
		write_text(r->file, "", 0600);
	assert_int_equal(chmod(in_dir(r->file), r->mode), 0);
	assert_null(list_query(NULL));
	assert_non_null(strstr(message, "others may read it: chmod 600 it"));
	assert_non_null(strstr(message, in_dir(r->file)));
	assert_int_equal(edit(&a, true, true), USER_EDIT_FAILED);
	assert_non_null(strstr(message, "others may read it: chmod 600 it"));
	assert_int_equal(chmod(in_dir(r->file), 0600), 0);
	assert_non_null(list_query(NULL));
}
GTEST_ROWS_F(UserSqlite, open_to_others, label, check_open_to_others, make_dir, remove_dir);

/* Somebody writes: it is waited for, and then given up. */
GTEST_F(UserSqlite, locked, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:a@x", 7);
	sqlite3 *db;

	(void)state;
	assert_int_equal(edit(&a, false, true), USER_EDITED);
	assert_int_equal(sqlite3_open(in_dir("db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_null(list_query(NULL));
	assert_non_null(strstr(message, "database is locked: another program changes it"));
	sqlite3_close(db);
	assert_string_equal(list_query(NULL), "a@x 7 sip:a@x|");
}
