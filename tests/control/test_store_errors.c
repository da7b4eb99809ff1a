/* SPDX-License-Identifier: BSD-3-Clause */
/** A disk that is full or broken, at each of the calls that write to it. */
#include <errno.h>

#include "control/store_support.h"
#include "store/disk.h"

#define CASE(name) GTEST_F(StoreErrors, name, make_store_dir, remove_fault)

/* ---- a disk that fails when it is told to ---- */

enum call { PWRITE, FDATASYNC, FALLOCATE, FTRUNCATE, RENAME, CALLS };

static struct fault {
	enum call call;
	unsigned int at;    /* the call that fails, counted from 1; 0: none */
	unsigned int times; /* and how many in a row */
	int number;         /* errno; 0: a short write, the rest of which finds no room */
	unsigned int seen[CALLS];
	bool hit;
} fault;

static bool
fails(enum call call)
{
	unsigned int n = ++fault.seen[call];

	if (call != fault.call || fault.at == 0 || n < fault.at || n - fault.at >= fault.times)
		return false;
	fault.hit = true;
	errno = fault.number;
	return true;
}

static ssize_t
faulty_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (!fails(PWRITE))
		return pwrite(fd, data, len, at);
	if (fault.number != 0)
		return -1;
	fault.at++; /* the next one is the one without room */
	fault.number = ENOSPC;
	return pwrite(fd, data, len / 2, at);
}

/* As a kernel does that could not write a page: the next sync knows nothing of it. */
static int
faulty_fdatasync(int fd)
{
	return fails(FDATASYNC) ? -1 : fdatasync(fd);
}

static int
faulty_fallocate(int fd, int mode, off_t at, off_t len)
{
	return fails(FALLOCATE) ? -1 : fallocate(fd, mode, at, len);
}

static int
faulty_ftruncate(int fd, off_t len)
{
	return fails(FTRUNCATE) ? -1 : ftruncate(fd, len);
}

static int
faulty_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(RENAME) ? -1 : renameat(from_dir, from, to_dir, to);
}

static const struct store_disk faulty = {
	.pwrite = faulty_pwrite,
	.fdatasync = faulty_fdatasync,
	.fallocate = faulty_fallocate,
	.ftruncate = faulty_ftruncate,
	.renameat = faulty_rename,
};

static int
remove_fault(void **state)
{
	fault = (struct fault){ .at = 0 };
	return remove_store_dir(state);
}

/* ---- one call after the other ---- */

static const struct row {
	const char *label;
	enum call call;
	int number;
	unsigned int times;
	enum store_error error;
} rows[] = {
	{ "pwrite-ENOSPC", PWRITE, ENOSPC, 1, STORE_ERR_FULL },
	{ "pwrite-EIO", PWRITE, EIO, 1, STORE_ERR_IO },
	{ "pwrite-EIO-thrice", PWRITE, EIO, 3, STORE_ERR_IO },
	{ "pwrite-short", PWRITE, 0, 1, STORE_ERR_FULL },
	{ "fdatasync-EIO", FDATASYNC, EIO, 1, STORE_ERR_IO },
	{ "fdatasync-EIO-twice", FDATASYNC, EIO, 2, STORE_ERR_IO },
	{ "fdatasync-EIO-often", FDATASYNC, EIO, 7, STORE_ERR_IO },
	{ "fdatasync-ENOSPC", FDATASYNC, ENOSPC, 1, STORE_ERR_FULL },
	{ "fallocate-ENOSPC", FALLOCATE, ENOSPC, 1, STORE_ERR_FULL },
	{ "fallocate-absent", FALLOCATE, EOPNOTSUPP, 99, STORE_OK },
	{ "ftruncate-EIO", FTRUNCATE, EIO, 1, STORE_ERR_IO },
	{ "rename-EIO", RENAME, EIO, 1, STORE_ERR_IO },
	{ "rename-EIO-twice", RENAME, EIO, 2, STORE_ERR_IO },
};

enum { STEPS = 12, USERS = 6 };

/* What each user has; 0: nothing. */
static uint32_t now[USERS];

static void
see(struct binding_store *s, unsigned int n)
{
	struct slice value;
	enum store_error error = get(s, n, &value);

	if (now[n] == 0)
		assert_int_equal(error, STORE_ERR_ABSENT);
	else if (error != STORE_OK || memcmp(value.ptr, &now[n], sizeof(now[n])) != 0)
		fail_msg("user %u is not as it was acknowledged", n);
}

static void
see_all(struct binding_store *s)
{
	begin(s);
	for (unsigned int n = 0; n < USERS; n++)
		see(s, n);
	s->ops->abort(s);
}

/* Two users at a time, so that half a transaction would be seen. Returns how many failed. */
static unsigned int
run_steps(struct binding_store *s, const struct row *r)
{
	unsigned int failed = 0;

	for (uint32_t i = 1; i <= STEPS; i++) {
		struct slice value = slice_of((const char *)&i, sizeof(i));
		uint64_t sequence = s->ops->sequence(s);
		enum store_error error;

		begin(s);
		assert_int_equal(put(s, i % USERS, value), STORE_OK);
		assert_int_equal(put(s, (i + 1) % USERS, value), STORE_OK);
		error = s->ops->commit(s);
		if (error == STORE_OK) {
			now[i % USERS] = now[(i + 1) % USERS] = i;
		} else {
			assert_int_equal(error, r->error);
			failed++;
		}
		assert_int_equal(s->ops->sequence(s), sequence + (error == STORE_OK));
		see_all(s);
		if (i % 5 == 0)
			catch_up(s);
	}
	return failed;
}

/* The `at`th call fails. False when there are not so many. */
static bool
run_with_fault(const struct row *r, unsigned int at)
{
	struct binding_store *s;
	unsigned int failed = 0;

	remove_folder(in_dir("db"));
	memset(now, 0, sizeof(now));
	fault = (struct fault){ r->call, at, r->times, r->number, { 0 }, false };
	s = try_open("db");
	if (s == NULL) {
		assert_int_equal(open_error, r->error);
		assert_true(message[0] != '\0');
		fault.at = 0;
		s = open_store();
	}
	failed = run_steps(s, r);
	assert_in_range(failed, 0, r->times);
	assert_int_equal(s->ops->sequence(s), STEPS - failed);
	s->ops->close(s);
	fault.at = 0;
	s = open_store();
	see_all(s);
	assert_int_equal(s->ops->sequence(s), STEPS - failed);
	s->ops->close(s);
	return fault.hit;
}

static void
check(void **state)
{
	const struct row *r = gtest_row();
	unsigned int at = 1;

	(void)state;
	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	while (run_with_fault(r, at))
		at++;
	assert_true(at > 1);
}
GTEST_ROWS_F(StoreErrors, rows, label, check, make_store_dir, remove_fault);

/* ---- what a failed sync leaves ---- */

/*
 * All of a refused transaction is in the file. Another file says that it is void: it does not come
 * back after a death, nor takes the place of the one that got its number.
 */
CASE(refused_stays_refused)
{
	struct binding_store *s;

	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	if (fork_child() == 0) {
		s = open_store();
		put_one(s, 1, SLICE("one"));
		fault = (struct fault){ FDATASYNC, 1, 1, EIO, { 0 }, false };
		if (put_one(s, 1, SLICE("refused")) != STORE_ERR_IO)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(join_child(10), 0);
	s = open_store();
	begin(s);
	assert_value(s, 1, "one");
	assert_int_equal(s->ops->sequence(s), 1);
	s->ops->close(s);
}

CASE(number_is_used_again)
{
	struct binding_store *s;

	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	if (fork_child() == 0) {
		s = open_store();
		put_one(s, 1, SLICE("one"));
		fault = (struct fault){ FDATASYNC, 1, 1, EIO, { 0 }, false };
		put_one(s, 1, SLICE("refused"));
		put_one(s, 2, SLICE("two"));
		put_one(s, 3, SLICE("three"));
		_exit(0);
	}
	assert_int_equal(join_child(10), 0);
	s = open_store();
	begin(s);
	assert_value(s, 1, "one");
	assert_value(s, 2, "two");
	assert_value(s, 3, "three");
	assert_int_equal(s->ops->sequence(s), 3);
	s->ops->close(s);
}

/* As long as the disk refuses everything, so do we, and read what there is. */
CASE(disk_is_gone_and_comes_back)
{
	struct binding_store *s;

	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	s = open_store();
	put_one(s, 1, SLICE("one"));
	fault = (struct fault){ FDATASYNC, 1, 1000, EIO, { 0 }, false };
	for (unsigned int i = 0; i < 50; i++) {
		assert_int_equal(put_one(s, 1, SLICE("refused")), STORE_ERR_IO);
		begin(s);
		assert_value(s, 1, "one");
		s->ops->abort(s);
	}
	fault.at = 0;
	assert_int_equal(put_one(s, 2, SLICE("two")), STORE_OK);
	assert_int_equal(s->ops->sequence(s), 2);
	assert_true(stat_of(s).journal_failures > 0);
	s->ops->close(s);
	s = open_store();
	begin(s);
	assert_value(s, 1, "one");
	assert_value(s, 2, "two");
	s->ops->close(s);
}

/* Each second sync fails: each time another file is begun, and none is left in the end. */
CASE(files_are_freed_by_the_applier)
{
	struct binding_store *s;
	unsigned int good = 0;

	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	s = open_store();
	for (unsigned int i = 0; i < 60; i++) {
		char text[16];

		good += put_one(s, i, slice_of(text, (size_t)snprintf(text, 16, "%u", i))) ==
			STORE_OK;
		fault = (struct fault){ FDATASYNC, 1, 1, EIO, { 0 }, false };
		assert_int_equal(put_one(s, i, SLICE("refused")), STORE_ERR_IO);
		fault.at = 0;
	}
	assert_int_equal(good, 60);
	s->ops->close(s);
	s = open_store();
	begin(s);
	for (unsigned int i = 0; i < 60; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%u", i);
		assert_value(s, i, text);
	}
	s->ops->close(s);
	assert_int_not_equal(access(in_dir("db/journal.2"), F_OK), 0);
}

/* A file that was begun for nothing is begun again: they do not run out while nothing is written.
 */
CASE(files_begun_for_nothing)
{
	struct binding_store *s;

	store_options.disk = &faulty;
	store_options.apply_ms = 3600000;
	s = open_store();
	put_one(s, 1, SLICE("one"));
	fault = (struct fault){ FDATASYNC, 1, 2, EIO, { 0 }, false };
	assert_int_equal(put_one(s, 1, SLICE("refused")), STORE_ERR_IO);
	for (unsigned int i = 0; i < 20; i++) {
		/* its head can be written, the frame not, and then not even the head */
		fault = (struct fault){ FDATASYNC, 2, 2, EIO, { 0 }, false };
		assert_int_equal(put_one(s, 1, SLICE("refused")), STORE_ERR_IO);
	}
	fault.at = 0;
	assert_int_not_equal(access(in_dir("db/journal.2"), F_OK), 0);
	assert_int_equal(put_one(s, 1, SLICE("two")), STORE_OK);
	s->ops->close(s);
}
