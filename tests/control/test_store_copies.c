/* SPDX-License-Identifier: BSD-3-Clause */
/** Copies of the store: whole, whenever they are made; and what is said of damaged ones. */
#include <lmdb.h>

#include "control/store_support.h"
#include "store/backup.h"
#include "store/check.h"

#define CASE(name) GTEST_F(StoreCopies, name, make_store_dir, remove_store_dir)

/* in_dir() has one buffer. */
static const char *
path_of(char out[128], const char *name)
{
	snprintf(out, 128, "%.60s/%s", test_dir, name);
	return out;
}

static enum store_error
back_up(const char *file, bool force, struct store_copy *copy)
{
	char from[128], to[128];

	return store_backup(path_of(from, "db"), path_of(to, file), force, 10000, copy, message,
			    sizeof(message));
}

static enum store_error
restore(const char *file, struct store_copy *copy)
{
	char to[128], from[128];

	return store_restore(path_of(to, "db"), path_of(from, file), test_dir, copy, message,
			     sizeof(message));
}

/* ---- checks ---- */

static char problems[4096];

static void
note(const char *text, void *context)
{
	size_t n = strlen(problems);

	(void)context;
	snprintf(problems + n, sizeof(problems) - n, "%s\n", text);
}

static bool
is_not_bad(struct slice value, void *context)
{
	(void)context;
	return !slice_eq(value, SLICE("bad"));
}

static struct store_check
check_db(bool journal)
{
	struct store_check c = { .decode = is_not_bad, .problem = note };
	bool fine;

	problems[0] = '\0';
	fine = store_check(&c, in_dir("db"), journal);
	assert_int_equal(fine, problems[0] == '\0');
	return c;
}

/* ---- a store with some users ---- */

static void
fill(unsigned int users)
{
	struct binding_store *s = open_store();

	begin(s);
	for (unsigned int i = 0; i < users; i++)
		assert_int_equal(put(s, i, SLICE("value")), STORE_OK);
	assert_int_equal(s->ops->meta_put(s, SLICE("counter"), SLICE("42")), STORE_OK);
	commit(s);
	s->ops->close(s);
}

/* Commits that only the journal has, as a death leaves them. */
static void
fill_journal(unsigned int commits, struct slice value)
{
	store_options.apply_ms = 3600000;
	if (fork_child() == 0) {
		struct binding_store *s = open_store();

		for (unsigned int i = 0; i < commits; i++)
			put_one(s, i, value);
		_exit(0);
	}
	assert_int_equal(join_child(10), 0);
}

CASE(backup_and_restore)
{
	uint8_t identity[STORE_IDENTITY_LEN];
	struct binding_store *s;
	struct store_copy copy;
	struct slice got;
	struct stat st;

	fill(5000);
	assert_int_equal(back_up("file", false, &copy), STORE_OK);
	assert_int_equal(copy.aors, 5000);
	assert_int_equal(copy.sequence, 1);
	assert_int_equal(stat(in_dir("file"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	s = open_store();
	memcpy(identity, s->ops->identity(s), sizeof(identity));
	assert_int_equal(put_one(s, 9999, SLICE("later")), STORE_OK);
	s->ops->close(s);

	assert_int_equal(restore("file", &copy), STORE_OK);
	assert_int_equal(copy.aors, 5000);
	assert_int_equal(stat(copy.kept, &st), 0);
	s = open_store();
	assert_memory_not_equal(identity, s->ops->identity(s), sizeof(identity));
	assert_int_equal(s->ops->sequence(s), 1);
	assert_int_equal(s->ops->count(s), 5000);
	begin(s);
	assert_absent(s, 9999);
	assert_value(s, 4999, "value");
	assert_int_equal(s->ops->meta_get(s, SLICE("counter"), &got), STORE_OK);
	assert_slice(got, "42");
	s->ops->close(s);
	/* and the other way */
	remove_folder(in_dir("db"));
	assert_int_equal(rename(copy.kept, in_dir("db")), 0);
	s = open_store();
	begin(s);
	assert_value(s, 9999, "later");
	s->ops->close(s);
}

CASE(restore_where_nothing_is)
{
	struct binding_store *s;
	struct store_copy copy;

	fill(3);
	assert_int_equal(back_up("file", false, &copy), STORE_OK);
	remove_folder(in_dir("db"));
	assert_int_equal(restore("file", &copy), STORE_OK);
	assert_string_equal(copy.kept, "");
	s = open_store();
	assert_int_equal(s->ops->count(s), 3);
	s->ops->close(s);
}

CASE(file_that_is_there)
{
	struct store_copy copy;

	fill(3);
	close(creat(in_dir("file"), 0600));
	assert_int_equal(back_up("file", false, &copy), STORE_ERR_OPEN);
	assert_non_null(strstr(message, "--force"));
	assert_int_equal(back_up("file", true, &copy), STORE_OK);
	assert_int_equal(back_up("no-folder/file", false, &copy), STORE_ERR_OPEN);
	assert_non_null(strstr(message, "no-folder"));
	assert_int_not_equal(access(in_dir("file.tmp"), F_OK), 0);
}

CASE(restore_of_what_is_none)
{
	struct binding_store *s;
	struct store_copy copy;

	fill(3);
	close(creat(in_dir("file"), 0600));
	assert_int_not_equal(restore("file", &copy), STORE_OK);
	assert_int_not_equal(restore("absent", &copy), STORE_OK);
	s = open_store();
	assert_int_equal(s->ops->count(s), 3);
	s->ops->close(s);
	assert_int_not_equal(access(in_dir("db.new"), F_OK), 0);
}

/* ---- while the store is in use ---- */

/* Each commit gives all users the same number. */
static void
commit_for_ever(void)
{
	struct binding_store *s = open_store();

	for (uint32_t n = 1;; n++) {
		begin(s);
		for (unsigned int i = 0; i < 500; i++)
			put(s, i, slice_of((const char *)&n, sizeof(n)));
		commit(s);
	}
}

static bool
all_same(struct slice aor, struct slice value, void *context)
{
	uint32_t *number = context, n;

	(void)aor;
	memcpy(&n, value.ptr, sizeof(n));
	assert_true(*number == 0 || *number == n);
	*number = n;
	return true;
}

CASE(backup_while_in_use)
{
	struct store_copy copy;

	store_options.apply_ms = 1;
	if (fork_child() == 0)
		commit_for_ever();
	usleep(100000);
	for (unsigned int round = 0; round < 5; round++) {
		struct binding_store *s;
		uint32_t number = 0;
		char from[384];

		assert_int_equal(back_up("file", true, &copy), STORE_OK);
		remove_folder(in_dir("other"));
		mkdir(in_dir("other"), 0700);
		snprintf(from, sizeof(from), "%s", in_dir("file"));
		assert_int_equal(rename(from, in_dir("other/data.mdb")), 0);
		s = try_open("other");
		assert_non_null(s);
		assert_int_equal(s->ops->sequence(s), copy.sequence);
		begin(s);
		assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 1000, all_same, &number), STORE_OK);
		assert_int_equal(number, copy.sequence);
		s->ops->close(s);
	}
}

/* Half a generation is in LMDB: nobody takes that for a state of the store. */
CASE(half_a_generation_is_no_copy)
{
	struct store_copy copy;
	uint64_t number = 7;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	char db[128], file[128];

	fill(3);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, in_dir("db"), 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &(MDB_val){ 8, "applying" },
				 &(MDB_val){ sizeof(number), &number }, 0),
			 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	assert_int_equal(store_backup(path_of(db, "db"), path_of(file, "file"), false, 50, &copy,
				      message, sizeof(message)),
			 STORE_ERR_FULL);
	assert_non_null(strstr(message, "try again"));
	check_db(true); /* for who knows that nobody is at it */
	assert_string_equal(problems, "");
}

/* ---- check ---- */

CASE(fine)
{
	struct store_check c;

	fill(5000);
	c = check_db(true);
	assert_string_equal(problems, "");
	assert_int_equal(c.aors, 5000);
	assert_int_equal(c.octets, 25000);
	assert_int_equal(c.sequence, 1);
	assert_int_equal(c.waiting, 0);
}

CASE(commits_wait_in_the_journal)
{
	struct store_check c;

	fill_journal(7, SLICE("value"));
	c = check_db(true);
	assert_string_equal(problems, "");
	assert_int_equal(c.aors, 0);
	assert_int_equal(c.sequence, 7);
	assert_int_equal(c.waiting, 7);
}

CASE(values_that_cannot_be_read)
{
	struct binding_store *s = open_store();

	put_one(s, 1, SLICE("bad"));
	put_one(s, 2, SLICE("good"));
	s->ops->close(s);
	check_db(true);
	assert_non_null(strstr(problems, "'sip:00000001@example.com' has a value that cannot"));
	assert_null(strstr(problems, "sip:00000002"));
	fill_journal(1, SLICE("bad"));
	check_db(true);
	assert_non_null(strstr(problems, "commit 3: 'sip:00000000@example.com'"));
}

CASE(damaged_journal)
{
	fill_journal(7, SLICE("value"));
	patch_file("db/journal.0", 8192 + 3 * 64 + 30, "x", 1);
	check_db(true);
	assert_non_null(strstr(problems, "journal.0: damaged at octet 8384: commit 4 is missing"));
}

/* A page of LMDB that is gone. */
CASE(damaged_pages)
{
	static const char zeros[4096];
	struct store_check c = { .decode = is_not_bad, .problem = note };
	struct store_copy copy;
	int status;

	fill(5000);
	assert_int_equal(back_up("file", false, &copy), STORE_OK);
	for (uint64_t at = 20 * 4096; at < 40 * 4096; at += 4096)
		patch_file("file", at, zeros, sizeof(zeros));
	problems[0] = '\0';
	if (fork_child() == 0)
		_exit(store_check_file(&c, in_dir("file")) ? 0 : 1);
	status = join_child(10);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
}

CASE(not_a_store)
{
	mkdir(in_dir("db"), 0700);
	check_db(true);
	assert_non_null(strstr(problems, "db"));
}
