/* SPDX-License-Identifier: BSD-3-Clause */
/** The binding store: what it keeps, what it refuses, in which order it has it. */
#include <lmdb.h>

#include "control/store_support.h"

#define CASE(name) GTEST_F(Store, name, make_store_dir, remove_store_dir)

CASE(survives_reopen)
{
	struct binding_store *s = open_store();

	begin(s);
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	assert_int_equal(put(s, 2, SLICE("two")), STORE_OK);
	commit(s);
	s->ops->close(s);
	s = open_store();
	begin(s);
	assert_value(s, 2, "two");
	assert_absent(s, 3);
	assert_int_equal(drop(s, 1), STORE_OK);
	assert_int_equal(drop(s, 1), STORE_ERR_ABSENT);
	s->ops->abort(s);
	begin(s);
	assert_value(s, 1, "one");
	s->ops->close(s);
}

CASE(abort_undoes)
{
	struct binding_store *s = open_store();

	put_one(s, 2, SLICE("two"));
	begin(s);
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	assert_int_equal(put(s, 2, SLICE("other")), STORE_OK);
	assert_value(s, 2, "other");
	assert_int_equal(s->ops->count(s), 2);
	s->ops->abort(s);
	s->ops->abort(s);
	begin(s);
	assert_absent(s, 1);
	assert_value(s, 2, "two");
	assert_int_equal(s->ops->count(s), 1);
	s->ops->close(s);
}

/* The sweep and the registrar commit whether anything was changed or not. */
CASE(nothing_to_commit)
{
	struct binding_store *s = open_store();

	begin(s);
	commit(s);
	assert_int_equal(s->ops->sequence(s), 0);
	begin(s);
	assert_int_equal(drop(s, 1), STORE_ERR_ABSENT);
	commit(s);
	assert_int_equal(s->ops->sequence(s), 0);
	s->ops->close(s);
}

CASE(sizes)
{
	static char key[600], value[STORE_VALUE_MAX + 1];
	struct binding_store *s = open_store();
	struct slice got;

	memset(key, 'x', sizeof(key));
	begin(s);
	assert_int_equal(s->ops->put(s, slice_of(key, 511), SLICE("v")), STORE_OK);
	assert_int_equal(s->ops->put(s, slice_of(key, 512), SLICE("v")), STORE_ERR_KEY);
	assert_int_equal(s->ops->put(s, SLICE(""), SLICE("v")), STORE_ERR_KEY);
	assert_int_equal(s->ops->get(s, slice_of(key, 512), &got), STORE_ERR_KEY);
	assert_int_equal(s->ops->remove(s, slice_of(key, 512)), STORE_ERR_KEY);
	assert_int_equal(put(s, 2, slice_of(value, sizeof(value))), STORE_ERR_VALUE);
	assert_int_equal(put(s, 2, slice_of(value, sizeof(value) - 1)), STORE_OK);
	assert_int_equal(put(s, 3, SLICE("")), STORE_OK);
	/* and the transaction goes on */
	assert_int_equal(put(s, 1, SLICE("one")), STORE_OK);
	commit(s);
	catch_up(s);
	s->ops->close(s);
	s = open_store();
	begin(s);
	assert_int_equal(get(s, 2, &got), STORE_OK);
	assert_int_equal(got.len, STORE_VALUE_MAX);
	assert_value(s, 3, "");
	assert_value(s, 1, "one");
	s->ops->close(s);
}

CASE(meta_values)
{
	struct binding_store *s = open_store();
	char name[STORE_META_NAME_MAX + 1];
	struct slice got;

	memset(name, 'n', sizeof(name));
	begin(s);
	assert_int_equal(s->ops->meta_get(s, SLICE("epoch"), &got), STORE_ERR_ABSENT);
	assert_int_equal(s->ops->meta_put(s, SLICE("epoch"), SLICE("7")), STORE_OK);
	assert_int_equal(s->ops->meta_put(s, slice_of(name, sizeof(name)), got), STORE_ERR_KEY);
	assert_int_equal(s->ops->meta_put(s, SLICE(""), got), STORE_ERR_KEY);
	s->ops->abort(s);
	begin(s);
	assert_int_equal(s->ops->meta_get(s, SLICE("epoch"), &got), STORE_ERR_ABSENT);
	/* neither an AOR nor one of the store's own names */
	assert_int_equal(s->ops->meta_put(s, key_of(1), SLICE("8")), STORE_OK);
	assert_int_equal(s->ops->meta_put(s, SLICE("schema"), SLICE("9")), STORE_OK);
	assert_absent(s, 1);
	assert_int_equal(s->ops->count(s), 0);
	commit(s);
	assert_int_equal(s->ops->sequence(s), 1);
	s->ops->close(s);
	s = open_store();
	begin(s);
	assert_int_equal(s->ops->meta_get(s, key_of(1), &got), STORE_OK);
	assert_slice(got, "8");
	assert_int_equal(s->ops->meta_get(s, SLICE("schema"), &got), STORE_OK);
	assert_slice(got, "9");
	assert_absent(s, 1);
	s->ops->close(s);
}

CASE(sequence_and_identity)
{
	uint8_t identity[STORE_IDENTITY_LEN], none[STORE_IDENTITY_LEN] = { 0 };
	struct binding_store *s = open_store();

	memcpy(identity, s->ops->identity(s), sizeof(identity));
	assert_memory_not_equal(identity, none, sizeof(none));
	for (unsigned int i = 1; i <= 3; i++) {
		assert_int_equal(put_one(s, 1, SLICE("v")), STORE_OK);
		assert_int_equal(s->ops->sequence(s), i);
	}
	s->ops->close(s);
	s = open_store();
	assert_int_equal(s->ops->sequence(s), 3);
	assert_memory_equal(identity, s->ops->identity(s), sizeof(identity));
	put_one(s, 2, SLICE("v"));
	assert_int_equal(s->ops->sequence(s), 4);
	s->ops->close(s);
}

CASE(count)
{
	struct binding_store *s = open_store();

	for (unsigned int round = 0; round < 3; round++) {
		begin(s);
		for (unsigned int i = 0; i < 10; i++)
			assert_int_equal(put(s, i, SLICE("v")), STORE_OK);
		assert_int_equal(drop(s, 3), STORE_OK);
		assert_int_equal(put(s, 4, SLICE("w")), STORE_OK);
		assert_int_equal(s->ops->count(s), 9);
		commit(s);
		if (round == 1)
			catch_up(s);
	}
	s->ops->close(s);
	s = open_store();
	assert_int_equal(s->ops->count(s), 9);
	s->ops->close(s);
}

/* ---- the limit ---- */

CASE(full)
{
	static char value[4000];
	struct binding_store *s;
	enum store_error error = STORE_OK;
	unsigned int n = 0;
	struct slice got;

	store_options.max_mb = 1;
	s = open_store();
	while (n < 10000 && error == STORE_OK) {
		error = put_one(s, n, slice_of(value, sizeof(value)));
		n += error == STORE_OK;
	}
	assert_int_equal(error, STORE_ERR_FULL);
	assert_in_range(n, 200, 300);
	/* what was taken back takes no room */
	for (unsigned int i = 0; i < 100; i++) {
		begin(s);
		assert_int_equal(drop(s, i), STORE_OK);
		s->ops->abort(s);
	}
	assert_int_equal(put_one(s, n, slice_of(value, sizeof(value))), STORE_ERR_FULL);
	/* what is there can be refreshed, and goes */
	assert_int_equal(put_one(s, 1, slice_of(value, sizeof(value))), STORE_OK);
	begin(s);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(drop(s, i), STORE_OK);
	commit(s);
	assert_int_equal(put_one(s, 1, slice_of(value, sizeof(value))), STORE_OK);
	s->ops->close(s);
	s = open_store();
	begin(s);
	for (unsigned int i = 10; i < n; i++)
		assert_int_equal(get(s, i, &got), STORE_OK);
	s->ops->abort(s);
	assert_int_equal(put_one(s, 2, slice_of(value, sizeof(value))), STORE_OK);
	assert_int_equal(s->ops->count(s), n - 8);
	s->ops->close(s);
}

/* LMDB's range of addresses needs no setting: what is allowed is more than what is there. */
CASE(grows)
{
	static char value[8000];
	struct binding_store *s = open_store();

	for (unsigned int i = 0; i < 100; i++) {
		begin(s);
		for (unsigned int k = 0; k < 20; k++)
			assert_int_equal(put(s, 20 * i + k, slice_of(value, sizeof(value))),
					 STORE_OK);
		commit(s);
	}
	assert_int_equal(s->ops->count(s), 2000);
	catch_up(s);
	assert_true(stat_of(s).used > 16000000);
	assert_true(stat_of(s).file_size < 64000000);
	s->ops->close(s);
}

/* A transaction that no journal file can take; the next one does not suffer. */
CASE(transaction_too_large)
{
	static char value[STORE_VALUE_MAX];
	struct binding_store *s = open_store();
	enum store_error error = STORE_OK;
	unsigned int n = 0;

	begin(s);
	while (error == STORE_OK && n < 100) {
		error = put(s, n, slice_of(value, sizeof(value)));
		n += error == STORE_OK;
	}
	assert_int_equal(error, STORE_ERR_FULL);
	assert_in_range(n, 8, 40);
	s->ops->abort(s);
	for (unsigned int round = 0; round < 20; round++) {
		begin(s);
		for (unsigned int i = 0; i < 7; i++)
			assert_int_equal(put(s, i, slice_of(value, sizeof(value))), STORE_OK);
		commit(s);
	}
	s->ops->close(s);
}

/* ---- opening ---- */

CASE(not_a_folder)
{
	close(creat(in_dir("db"), 0600));
	assert_null(try_open("db"));
	assert_int_equal(open_error, STORE_ERR_OPEN);
	assert_non_null(strstr(message, "/db"));
	unlink(in_dir("db"));
}

CASE(not_a_store)
{
	int fd;

	mkdir(in_dir("db"), 0700);
	fd = creat(in_dir("db/data.mdb"), 0600);
	assert_int_equal(write(fd, test_dir, sizeof(test_dir)), sizeof(test_dir));
	assert_int_equal(ftruncate(fd, 65536), 0);
	close(fd);
	assert_null(try_open("db"));
	assert_int_equal(open_error, STORE_ERR_DAMAGED);
	assert_non_null(strstr(message, "viaduct store restore"));
}

/* A version as of `schema` writes into the meta database. */
static void
write_schema(const void *data, size_t size, bool with_binding)
{
	MDB_val key = { 6, "schema" }, val = { size, (void *)(uintptr_t)data };
	MDB_dbi meta, bindings;
	MDB_env *env;
	MDB_txn *txn;

	mkdir(in_dir("db"), 0700);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, in_dir("db"), 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", MDB_CREATE, &meta), 0);
	assert_int_equal(mdb_dbi_open(txn, "bindings", MDB_CREATE, &bindings), 0);
	assert_int_equal(mdb_put(txn, meta, &key, &val, 0), 0);
	key = (MDB_val){ key_of(1).len, (void *)(uintptr_t)key_of(1).ptr };
	val = (MDB_val){ 3, "old" };
	if (with_binding)
		assert_int_equal(mdb_put(txn, bindings, &key, &val, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

CASE(newer_schema_is_refused)
{
	const uint32_t newer = 3;
	struct binding_store *s = open_store();

	s->ops->close(s);
	write_schema(&newer, sizeof(newer), false);
	assert_null(try_open("db"));
	assert_int_equal(open_error, STORE_ERR_VERSION);
	assert_non_null(strstr(message, "newer version"));
	assert_non_null(strstr(message, "viaduct store restore"));
	write_schema("x", 1, false);
	assert_null(try_open("db"));
	assert_int_equal(open_error, STORE_ERR_VERSION);
}

CASE(older_schema_is_converted)
{
	const uint32_t plain = 1;
	uint8_t identity[STORE_IDENTITY_LEN];
	struct binding_store *s;

	write_schema(&plain, sizeof(plain), true);
	s = open_store();
	memcpy(identity, s->ops->identity(s), sizeof(identity));
	assert_int_equal(s->ops->count(s), 1);
	assert_int_equal(s->ops->sequence(s), 0);
	begin(s);
	assert_value(s, 1, "old");
	s->ops->abort(s);
	assert_int_equal(put_one(s, 2, SLICE("new")), STORE_OK);
	s->ops->close(s);
	s = open_store();
	assert_memory_equal(identity, s->ops->identity(s), sizeof(identity));
	begin(s);
	assert_value(s, 1, "old");
	assert_value(s, 2, "new");
	s->ops->close(s);
}

/* ---- walking ---- */

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
	struct binding_store *s = open_store();
	unsigned int seen = 0;

	begin(s);
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

static bool
join(struct slice aor, struct slice value, void *context)
{
	char *text = context;
	size_t n = strlen(text);

	snprintf(text + n, 256 - n, "%.1s%.*s ", aor.ptr + 11, SLICE_FMT(value));
	return true;
}

/* What LMDB has, what waits for it, and what the transaction changes: one order. */
CASE(walk_sees_all_layers)
{
	struct binding_store *s = open_store();
	char text[256] = "";

	begin(s);
	for (unsigned int i = 0; i < 9; i += 2)
		assert_int_equal(put(s, i, SLICE("a")), STORE_OK);
	commit(s);
	catch_up(s);
	begin(s);
	assert_int_equal(put(s, 1, SLICE("b")), STORE_OK);
	assert_int_equal(put(s, 2, SLICE("b")), STORE_OK);
	assert_int_equal(put(s, 3, SLICE("b")), STORE_OK);
	assert_int_equal(drop(s, 4), STORE_OK);
	assert_int_equal(drop(s, 6), STORE_OK);
	commit(s);
	s->ops->checkpoint(s);
	begin(s);
	assert_int_equal(put(s, 5, SLICE("c")), STORE_OK);
	assert_int_equal(put(s, 6, SLICE("c")), STORE_OK);
	assert_int_equal(drop(s, 3), STORE_OK);
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 100, join, text), STORE_OK);
	assert_string_equal(text, "0a 1b 2b 5c 6c 8a ");
	text[0] = '\0';
	assert_int_equal(s->ops->walk(s, SLICE("sip:00000001@example.com0"), 3, join, text),
			 STORE_OK);
	assert_string_equal(text, "2b 5c 6c ");
	commit(s);
	catch_up(s);
	begin(s);
	text[0] = '\0';
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, 100, join, text), STORE_OK);
	assert_string_equal(text, "0a 1b 2b 5c 6c 8a ");
	s->ops->close(s);
}
