/* SPDX-License-Identifier: BSD-3-Clause */
/** LMDB's disk is full: what the journal has acknowledged waits for it, and is not lost. */
#include <sys/resource.h>

#include "control/store_support.h"
#include "store/store_internal.h"

#define CASE(name) GTEST_F(StoreRoom, name, make_store_dir, remove_store_dir)

static char large[3000];

/* One transaction of new users. */
static enum store_error
put_many(struct binding_store *s, unsigned int from)
{
	enum store_error error = STORE_OK;

	begin(s);
	for (unsigned int i = from; i < from + 50 && error == STORE_OK; i++)
		error = put(s, i, slice_of(large, sizeof(large)));
	if (error == STORE_OK)
		return s->ops->commit(s);
	s->ops->abort(s);
	return error;
}

static void
limit_files(rlim_t octets)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = octets;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/*
 * data.mdb cannot grow. What the journal takes is acknowledged still; then commits are refused,
 * at once; nothing is lost, and on it goes when there is room.
 */
static void
run_out_of_room(bool panic)
{
	struct lmdb_store *internal;
	enum store_error error = STORE_OK;
	struct binding_store *s;
	unsigned int n = 0;
	struct slice value;

	store_options.apply_ms = 1;
	store_options.wait_ms = 50;
	signal(SIGXFSZ, SIG_IGN);
	s = open_store();
	internal = lmdb_store_self(s);
	limit_files(2 << 20);
	for (; n < 10000 && error == STORE_OK; n += 50)
		error = put_many(s, n);
	n -= 50;
	assert_in_range(n, 300, 9000);
	error = put_many(s, n); /* LMDB calls a short write EIO */
	assert_true(error == STORE_ERR_FULL || error == STORE_ERR_IO);
	assert_int_not_equal(stat_of(s).apply_error, STORE_OK);
	begin(s);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(get(s, i, &value), STORE_OK);
	s->ops->abort(s);
	if (panic) { /* as if LMDB could not write its first page */
		assert_int_equal(applier_wait(&internal->applier, 10000), APPLIER_FAILED);
		internal->applier.panic = true;
		mdb_env_set_userctx(internal->base.env, internal);
	}
	limit_files(RLIM_INFINITY);
	catch_up(s);
	assert_int_equal(stat_of(s).apply_error, STORE_OK);
	assert_null(mdb_env_get_userctx(internal->base.env)); /* it is another one */
	assert_int_equal(put_many(s, n), STORE_OK);
	s->ops->close(s);
	s = open_store();
	assert_int_equal(s->ops->count(s), n + 50);
	s->ops->close(s);
}

CASE(lmdb_has_no_room)
{
	if (fork_child() == 0) {
		run_out_of_room(false);
		exit(0);
	}
	assert_int_equal(join_child(30), 0);
}

CASE(lmdb_is_opened_anew)
{
	if (fork_child() == 0) {
		run_out_of_room(true);
		exit(0);
	}
	assert_int_equal(join_child(30), 0);
}

/* Closed while LMDB had no room: what is newer does not go there before what is older. */
CASE(close_without_room)
{
	struct binding_store *s;
	unsigned int n = 0;
	int ends[2];

	store_options.apply_ms = 1;
	store_options.wait_ms = 50;
	assert_int_equal(pipe(ends), 0);
	if (fork_child() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		s = open_store();
		limit_files(2 << 20);
		while (put_many(s, n) == STORE_OK)
			n += 50;
		assert_int_equal(applier_wait(&lmdb_store_self(s)->applier, 10000), APPLIER_FAILED);
		limit_files(RLIM_INFINITY);
		s->ops->close(s);
		_exit(write(ends[1], &n, sizeof(n)) != sizeof(n));
	}
	assert_int_equal(read(ends[0], &n, sizeof(n)), sizeof(n));
	join_child(10);
	close(ends[0]);
	close(ends[1]);
	s = open_store();
	assert_int_equal(s->ops->count(s), n);
	s->ops->close(s);
}

/* Killed while LMDB had no room: the journal has it. */
CASE(kill_9_without_room)
{
	struct binding_store *s;
	unsigned int n = 0;
	int ends[2];

	store_options.apply_ms = 1;
	store_options.wait_ms = 50;
	assert_int_equal(pipe(ends), 0);
	if (fork_child() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		s = open_store();
		limit_files(2 << 20);
		while (put_many(s, n) == STORE_OK)
			n += 50;
		_exit(write(ends[1], &n, sizeof(n)) != sizeof(n));
	}
	assert_int_equal(read(ends[0], &n, sizeof(n)), sizeof(n));
	join_child(10);
	close(ends[0]);
	close(ends[1]);
	s = open_store();
	assert_int_equal(s->ops->count(s), n);
	s->ops->close(s);
}
