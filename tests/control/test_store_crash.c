/* SPDX-License-Identifier: BSD-3-Clause */
/** Death and power loss: what was acknowledged is there, and nothing is half there. */
#include "control/store_support.h"

enum { ROUNDS = 60, EACH = 5, USERS = 200 };

#define CASE(name) GTEST_F(StoreCrash, name, make_store_dir, remove_store_dir)

/*
 * Commit n puts n into EACH users at once, and into a meta value; each number is told through the
 * pipe once it is committed.
 */
static void
commit_until_killed(int out)
{
	struct binding_store *s = open_store();
	uint64_t n = s->ops->sequence(s);

	for (n++;; n++) {
		const struct slice value = slice_of((const char *)&n, sizeof(n));

		if (s->ops->begin(s) != STORE_OK)
			_exit(1);
		for (unsigned int i = 0; i < EACH; i++)
			if (put(s, (unsigned int)(n * EACH + i) % USERS, value) != STORE_OK)
				_exit(1);
		if (s->ops->meta_put(s, SLICE("last"), value) != STORE_OK ||
		    s->ops->commit(s) != STORE_OK || write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

static uint64_t
number_of(struct slice value)
{
	uint64_t n;

	assert_int_equal(value.len, sizeof(n));
	memcpy(&n, value.ptr, sizeof(n));
	return n;
}

/* The state is that after commit `last`, each and every one before it included. */
static void
see_state(struct binding_store *s, uint64_t last)
{
	struct slice value;

	begin(s);
	assert_int_equal(s->ops->sequence(s), last);
	if (last > 0) {
		assert_int_equal(s->ops->meta_get(s, SLICE("last"), &value), STORE_OK);
		assert_int_equal(number_of(value), last);
	}
	for (unsigned int i = 0; i < USERS; i++) {
		/* the last commit that came by here */
		uint64_t n = last;

		while (n > 0 && (i + USERS - (unsigned int)(n * EACH % USERS)) % USERS >= EACH)
			n--;
		if (n == 0) {
			assert_absent(s, i);
			continue;
		}
		assert_int_equal(get(s, i, &value), STORE_OK);
		assert_int_equal(number_of(value), n);
	}
	s->ops->abort(s);
}

static uint64_t
read_last(int in, uint64_t last)
{
	uint64_t n;

	while (read(in, &n, sizeof(n)) == sizeof(n))
		last = n;
	return last;
}

/* One round; returns the number of the last commit that is there. */
static uint64_t
kill_once(unsigned int round, uint64_t before)
{
	struct binding_store *s;
	uint64_t acknowledged, last;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork_child() == 0)
		commit_until_killed(ends[1]);
	close(ends[1]);
	usleep(4000 + round * 7919 % 23000);
	kill(test_child, SIGKILL);
	acknowledged = read_last(ends[0], before);
	end_child();
	close(ends[0]);
	s = open_store();
	last = s->ops->sequence(s);
	assert_in_range(last, acknowledged, acknowledged + 1);
	see_state(s, last);
	s->ops->close(s);
	return last;
}

/* Generations of different age and size are on their way to LMDB when it happens. */
CASE(kill_9)
{
	uint64_t last = 0;

	for (unsigned int round = 0; round < ROUNDS * stress_scale(); round++) {
		store_options.apply_ms = round % 3 == 0 ? 1 : round % 3 == 1 ? 5 : 1000;
		store_options.pending_max = round % 4 == 0 ? 20 : 0;
		last = kill_once(round, last);
	}
	assert_true(last > ROUNDS);
}

/* Dying while the journal is replayed changes nothing: it is replayed again. */
CASE(kill_9_while_opening)
{
	struct binding_store *s;
	uint64_t last;
	int ends[2];

	store_options.apply_ms = 3600000;
	last = kill_once(1, 0);
	for (unsigned int round = 0; round < 20 * stress_scale(); round++) {
		assert_int_equal(pipe(ends), 0);
		if (fork_child() == 0)
			commit_until_killed(ends[1]);
		close(ends[1]);
		usleep(round * 400);
		kill(test_child, SIGKILL);
		last = read_last(ends[0], last);
		end_child();
		close(ends[0]);
	}
	s = open_store();
	assert_in_range(s->ops->sequence(s), last, last + 1);
	see_state(s, s->ops->sequence(s));
	s->ops->close(s);
}

/* ---- what is left of a journal ---- */

enum {
	COMMITS = 8,
	LAST = 2,
	/* a frame: its header, five bindings and a meta value; and with its padding */
	FRAME_OCTETS = 24 + EACH * (8 + 24 + 8) + 8 + 4 + 8,
	FRAME_STRIDE = (FRAME_OCTETS + 63) / 64 * 64,
};

/* Where each commit's frame begins in journal.0, and the end. */
static size_t frame_at[COMMITS + 1];

/* A store as a death leaves it: nothing of the commits is in LMDB. */
static void
make_remains(void)
{
	store_options.apply_ms = 3600000;
	if (fork_child() == 0) {
		struct binding_store *s = open_store();

		for (uint64_t n = 1; n <= COMMITS; n++) {
			const struct slice value = slice_of((const char *)&n, sizeof(n));

			begin(s);
			for (unsigned int i = 0; i < EACH; i++)
				put(s, (unsigned int)(n * EACH + i) % USERS, value);
			s->ops->meta_put(s, SLICE("last"), value);
			commit(s);
		}
		_exit(0);
	}
	assert_int_equal(join_child(10), 0);
	for (size_t i = 0, at = 8192; i <= COMMITS; i++, at += FRAME_STRIDE)
		frame_at[i] = at;
	copy_folder("db", "remains");
}

/* The commit whose frame has the octet, from 1. */
static unsigned int
commit_at(size_t octet)
{
	unsigned int n = 1;

	while (n <= COMMITS && frame_at[n] <= octet)
		n++;
	return n;
}

CASE(cut_at_every_octet)
{
	make_remains();
	for (size_t cut = frame_at[COMMITS - LAST]; cut <= frame_at[COMMITS]; cut++) {
		unsigned int n = commit_at(cut);
		bool whole = n <= COMMITS && cut >= frame_at[n - 1] + FRAME_OCTETS;
		struct binding_store *s;

		copy_folder("remains", "db");
		assert_int_equal(truncate(in_dir("db/journal.0"), (off_t)cut), 0);
		s = open_store();
		see_state(s, n > COMMITS ? COMMITS : whole ? n : n - 1);
		/* and on it goes where it stopped */
		assert_int_equal(put_one(s, 1, SLICE("again")), STORE_OK);
		s->ops->close(s);
	}
}

static void
flip(size_t octet, unsigned int bit)
{
	int fd = open(in_dir("db/journal.0"), O_RDWR | O_CLOEXEC);
	char c;

	assert_int_equal(pread(fd, &c, 1, (off_t)octet), 1);
	c = (char)(c ^ 1 << bit);
	assert_int_equal(pwrite(fd, &c, 1, (off_t)octet), 1);
	close(fd);
}

/* In the last frame, it is as if it had not been written; before, it is damage, and told. */
CASE(flip_in_every_octet)
{
	make_remains();
	for (size_t at = frame_at[COMMITS - LAST]; at < frame_at[COMMITS]; at++) {
		unsigned int n = commit_at(at);
		bool padding = at >= frame_at[n - 1] + FRAME_OCTETS;
		struct binding_store *s;
		char where[64];

		copy_folder("remains", "db");
		flip(at, (unsigned int)(at * 5 % 8));
		s = try_open("db");
		if (padding || n == COMMITS) {
			if (s == NULL)
				fail_msg("octet %zu: %s", at, message);
			see_state(s, padding ? COMMITS : COMMITS - 1);
			s->ops->close(s);
			continue;
		}
		assert_null(s);
		assert_int_equal(open_error, STORE_ERR_DAMAGED);
		snprintf(where, sizeof(where), "journal.0: damaged at octet %zu", frame_at[n - 1]);
		if (strstr(message, where) == NULL)
			fail_msg("octet %zu: %s", at, message);
		assert_non_null(strstr(message, "viaduct store check"));
		assert_non_null(strstr(message, "viaduct store restore"));
	}
}

/* The head is there twice; a store whose head is gone altogether is not taken for an empty one. */
CASE(flip_in_the_head)
{
	struct binding_store *s;

	make_remains();
	for (size_t at = 0; at < 56; at++) {
		copy_folder("remains", "db");
		flip(at, (unsigned int)(at % 8));
		s = open_store();
		see_state(s, COMMITS);
		s->ops->close(s);
		copy_folder("remains", "db");
		flip(at, (unsigned int)(at % 8));
		flip(4096 + at, (unsigned int)(at % 8));
		assert_null(try_open("db"));
		assert_true(open_error == STORE_ERR_DAMAGED || open_error == STORE_ERR_VERSION);
		assert_non_null(strstr(message, "journal.0"));
	}
}

CASE(journal_of_another_store)
{
	struct binding_store *s;

	make_remains();
	s = open_store();
	s->ops->close(s);
	copy_folder("remains", "db");
	assert_int_equal(unlink(in_dir("db/data.mdb")), 0);
	assert_null(try_open("db"));
	assert_int_equal(open_error, STORE_ERR_DAMAGED);
	assert_non_null(strstr(message, "another store"));
}
