/* SPDX-License-Identifier: BSD-3-Clause */
/** The LMDB store: what survives what. */
#include <lmdb.h>

#include "lib/table/support.h"
#include "store/binding_store.h"

static char message[256];

static struct binding_store *
open_store(size_t mb)
{
	struct binding_store *s = lmdb_store_open(in_dir("db"), mb, message, sizeof(message));

	if (s == NULL)
		fail_msg("%s", message);
	return s;
}

static int
remove_store(void **state)
{
	end_child();
	unlink(in_dir("db/data.mdb"));
	unlink(in_dir("db/lock.mdb"));
	rmdir(in_dir("db"));
	return remove_dir(state);
}

static enum store_error
put(struct binding_store *s, unsigned int n, struct slice value)
{
	char key[32];

	snprintf(key, sizeof(key), "sip:%08u@example.com", n);
	return s->ops->put(s, slice_str(key), value);
}

static enum store_error
get(struct binding_store *s, unsigned int n, struct slice *value)
{
	char key[32];

	snprintf(key, sizeof(key), "sip:%08u@example.com", n);
	return s->ops->get(s, slice_str(key), value);
}

#define CASE(name) GTEST_F(Store, name, make_dir, remove_store)

CASE(survives_reopen)
{
	struct binding_store *s = open_store(16);
	struct slice value;

	(void)state;
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	assert_int_equal(put(s, 2, SLICE("two")), STORE_OK);
	assert_int_equal(s->ops->commit(s), STORE_OK);
	s->ops->close(s);
	s = open_store(16);
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(get(s, 2, &value), STORE_OK);
	assert_slice(value, "two");
	assert_int_equal(get(s, 3, &value), STORE_ERR_ABSENT);
	assert_int_equal(s->ops->remove(s, SLICE("sip:00000001@example.com")), STORE_OK);
	assert_int_equal(s->ops->remove(s, SLICE("sip:00000001@example.com")), STORE_ERR_ABSENT);
	s->ops->abort(s);
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(get(s, 1, &value), STORE_OK);
	s->ops->close(s);
}

CASE(abort_undoes)
{
	struct binding_store *s = open_store(16);
	struct slice value;

	(void)state;
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	s->ops->abort(s);
	s->ops->abort(s);
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(get(s, 1, &value), STORE_ERR_ABSENT);
	s->ops->close(s);
}

CASE(key_too_long)
{
	static char key[600];
	struct binding_store *s = open_store(16);

	(void)state;
	memset(key, 'x', sizeof(key));
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(s->ops->put(s, slice_of(key, 500), SLICE("v")), STORE_OK);
	assert_int_equal(s->ops->put(s, slice_of(key, 600), SLICE("v")), STORE_ERR_KEY);
	/* and the transaction goes on */
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	assert_int_equal(s->ops->commit(s), STORE_OK);
	s->ops->close(s);
}

/* A version as of `schema` writes into the meta database. */
static void
write_schema(const void *data, size_t size)
{
	MDB_val key = { 6, "schema" }, val = { size, (void *)(uintptr_t)data };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, in_dir("db"), 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", MDB_CREATE, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &val, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

CASE(newer_schema_is_refused)
{
	const uint32_t newer = 2;
	struct binding_store *s = open_store(16);

	(void)state;
	s->ops->close(s);
	write_schema(&newer, sizeof(newer));
	assert_null(lmdb_store_open(in_dir("db"), 16, message, sizeof(message)));
	assert_non_null(strstr(message, "newer version"));
	write_schema("x", 1);
	assert_null(lmdb_store_open(in_dir("db"), 16, message, sizeof(message)));
}

CASE(not_a_folder)
{
	(void)state;
	close(creat(in_dir("db"), 0600));
	assert_null(lmdb_store_open(in_dir("db"), 16, message, sizeof(message)));
	assert_non_null(strstr(message, "/db"));
	unlink(in_dir("db"));
}

CASE(full_map)
{
	static char value[4000];
	struct binding_store *s = open_store(1);
	enum store_error error = STORE_OK;
	struct slice got;
	unsigned int n = 0;

	(void)state;
	while (error == STORE_OK && n < 10000) {
		assert_int_equal(s->ops->begin(s), STORE_OK);
		error = put(s, n, slice_of(value, sizeof(value)));
		if (error == STORE_OK)
			error = s->ops->commit(s);
		else
			s->ops->abort(s);
		n += error == STORE_OK;
	}
	assert_int_equal(error, STORE_ERR_FULL);
	assert_int_equal(s->ops->begin(s), STORE_OK);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(get(s, i, &got), STORE_OK);
	s->ops->close(s);
}

static bool
collect(struct slice aor, struct slice value, void *context)
{
	unsigned int *seen = context;

	(void)value;
	assert_int_equal(aor.len, 24);
	return ++*seen != 7;
}

CASE(walk)
{
	struct binding_store *s = open_store(16);
	unsigned int seen = 0;

	(void)state;
	assert_int_equal(s->ops->begin(s), STORE_OK);
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 5, collect, &seen), STORE_OK);
	assert_int_equal(seen, 0);
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(put(s, i, SLICE("v")), STORE_OK);
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 5, collect, &seen), STORE_OK);
	assert_int_equal(seen, 5);
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 100, collect, &seen), STORE_OK);
	assert_int_equal(seen, 7);
	seen = 10;
	assert_int_equal(s->ops->walk(s, SLICE("sip:00000015@example.com"), 100, collect, &seen),
			 STORE_OK);
	assert_int_equal(seen, 15);
	s->ops->close(s);
}

/* Puts without end; each number is told through the pipe once it is committed. */
static void
put_until_killed(int out)
{
	struct binding_store *s = open_store(64);

	for (unsigned int n = 0;; n++) {
		if (s->ops->begin(s) != STORE_OK || put(s, n, SLICE("value")) != STORE_OK ||
		    s->ops->commit(s) != STORE_OK || write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

CASE(kill_9_during_commits)
{
	(void)state;
	for (unsigned int round = 0; round < 10 * stress_scale(); round++) {
		unsigned int n, last = 0, count = 0;
		struct binding_store *s;
		struct slice value;
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		if (fork_child() == 0)
			put_until_killed(ends[1]);
		close(ends[1]);
		usleep(30000 + round * 7919 % 20000);
		kill(test_child, SIGKILL);
		while (read(ends[0], &n, sizeof(n)) == sizeof(n)) {
			last = n;
			count++;
		}
		end_child();
		close(ends[0]);
		s = open_store(64);
		assert_int_equal(s->ops->begin(s), STORE_OK);
		for (unsigned int i = 0; count > 0 && i <= last; i++)
			assert_int_equal(get(s, i, &value), STORE_OK);
		s->ops->close(s);
	}
}
