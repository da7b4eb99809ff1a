/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/resource.h>

#include "lib/table/support.h"

enum { SIZE = 8192 };

static const struct segment_type demo = {
	.kind = SEGMENT_ROUTES,
	.abi_major = 3,
	.abi_minor = 2,
	.layout = SEGMENT_LAYOUT(1, 2, 3),
	.name = "demo",
};

static uint8_t *
content_of(const struct segment *s)
{
	return (uint8_t *)s->header + sizeof(struct segment_header);
}

/* Publish a segment filled with one octet. */
static enum segment_error
publish_filled(uint8_t octet)
{
	struct segment s;
	enum segment_error error = segment_create(&s, test_dir, &demo, SIZE);

	if (error != SEGMENT_OK)
		return error;
	memset(content_of(&s), octet, SIZE - sizeof(struct segment_header));
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}

static bool
is_filled(const struct segment *s, uint8_t octet)
{
	for (size_t i = 0; i < SIZE - sizeof(struct segment_header); i++)
		if (content_of(s)[i] != octet)
			return false;
	return true;
}

GTEST_F(Segment, absent, make_dir, remove_dir)
{
	struct segment s;

	assert_int_equal(segment_attach(&s, test_dir, &demo, false), SEGMENT_ERR_ABSENT);
	assert_null(s.header);
	assert_int_equal(segment_attach(&s, "/dev/shm/viaduct-no-such-folder", &demo, false),
			 SEGMENT_ERR_ABSENT);
	segment_detach(&s);
}

GTEST_F(Segment, zero_but_for_its_header, make_dir, remove_dir)
{
	struct segment s;
	struct stat st;

	assert_int_equal(segment_create(&s, test_dir, &demo, SIZE), SEGMENT_OK);
	assert_true(is_filled(&s, 0));
	assert_int_equal(s.header->kind, SEGMENT_ROUTES);
	assert_int_equal(s.header->abi_major, 3);
	assert_int_equal(s.header->abi_minor, 2);
	assert_int_equal(s.header->size, SIZE);
	assert_int_equal(s.header->generation, 1);
	assert_int_equal(s.header->writer_pid, getpid());
	assert_int_equal(segment_publish(&s), SEGMENT_OK);
	assert_int_equal(stat(in_dir("demo"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, SIZE);
	segment_detach(&s);
	segment_detach(&s);
}

static const struct header_row headers[] = { SEGMENT_HEADER_ROWS };

static void
check_header_row(void **state)
{
	const struct header_row *r = *state;
	struct segment s;

	assert_int_equal(publish_filled(7), SEGMENT_OK);
	patch_header("demo", r);
	assert_int_equal(segment_attach(&s, test_dir, &demo, false), r->error);
	assert_int_equal(s.header != NULL, r->error == SEGMENT_OK);
	segment_detach(&s);
}
GTEST_ROWS_F(Segment, headers, label, check_header_row, make_dir, remove_dir);

static const struct length_row {
	const char *label;
	off_t size;
	enum segment_error error;
} lengths[] = {
	{ "empty", 0, SEGMENT_ERR_SHORT },
	{ "one-octet", 1, SEGMENT_ERR_SHORT },
	{ "header-but-one", 127, SEGMENT_ERR_SHORT },
	{ "header-only", 128, SEGMENT_ERR_SHORT },
	{ "all-but-one", SIZE - 1, SEGMENT_ERR_SHORT },
	{ "whole", SIZE, SEGMENT_OK },
	{ "one-more", SIZE + 1, SEGMENT_ERR_SHORT },
};

static void
check_length(void **state)
{
	const struct length_row *r = *state;
	struct segment s;

	assert_int_equal(publish_filled(7), SEGMENT_OK);
	assert_int_equal(truncate(in_dir("demo"), r->size), 0);
	assert_int_equal(segment_attach(&s, test_dir, &demo, false), r->error);
	segment_detach(&s);
}
GTEST_ROWS_F(Segment, lengths, label, check_length, make_dir, remove_dir);

GTEST_F(Segment, not_found_before_it_is_published, make_dir, remove_dir)
{
	struct segment s, reader;

	assert_int_equal(segment_create(&s, test_dir, &demo, SIZE), SEGMENT_OK);
	assert_int_equal(segment_attach(&reader, test_dir, &demo, false), SEGMENT_ERR_ABSENT);
	assert_int_equal(access(in_dir("demo.new"), F_OK), 0);
	segment_detach(&s);
	assert_int_equal(access(in_dir("demo.new"), F_OK), -1);
}

/* What a writer that was killed while it built leaves behind. */
GTEST_F(Segment, a_half_made_file_is_in_nobodys_way, make_dir, remove_dir)
{
	struct segment left, reader;

	assert_int_equal(segment_create(&left, test_dir, &demo, SIZE), SEGMENT_OK);
	assert_int_equal(publish_filled(9), SEGMENT_OK);
	assert_int_equal(segment_attach(&reader, test_dir, &demo, false), SEGMENT_OK);
	assert_true(is_filled(&reader, 9));
	/* It is another file by now, which detaching the old one must not remove. */
	segment_detach(&left);
	assert_int_equal(access(in_dir("demo"), F_OK), 0);
	segment_detach(&reader);
}

GTEST_F(Segment, detaching_leaves_a_successors_file, make_dir, remove_dir)
{
	struct segment old, fresh;

	assert_int_equal(segment_create(&old, test_dir, &demo, SIZE), SEGMENT_OK);
	assert_int_equal(segment_create(&fresh, test_dir, &demo, SIZE), SEGMENT_OK);
	segment_detach(&old);
	assert_int_equal(segment_publish(&fresh), SEGMENT_OK);
	segment_detach(&fresh);
	assert_int_equal(access(in_dir("demo"), F_OK), 0);
}

GTEST_F(Segment, publishing_replaces, make_dir, remove_dir)
{
	struct segment before, after;

	assert_int_equal(publish_filled(1), SEGMENT_OK);
	assert_int_equal(segment_attach(&before, test_dir, &demo, false), SEGMENT_OK);
	assert_false(segment_replaced(&before));
	assert_int_equal(before.header->generation, 1);
	assert_int_equal(publish_filled(2), SEGMENT_OK);
	assert_true(segment_replaced(&before));
	assert_true(is_filled(&before, 1));
	assert_int_equal(segment_attach(&after, test_dir, &demo, false), SEGMENT_OK);
	assert_false(segment_replaced(&after));
	assert_true(is_filled(&after, 2));
	assert_int_equal(after.header->generation, 2);
	segment_detach(&before);
	segment_detach(&after);
	assert_int_equal(access(in_dir("demo.new"), F_OK), -1);
}

GTEST_F(Segment, a_removed_file_is_not_replaced, make_dir, remove_dir)
{
	struct segment s;

	assert_int_equal(publish_filled(1), SEGMENT_OK);
	assert_int_equal(segment_attach(&s, test_dir, &demo, false), SEGMENT_OK);
	unlink(in_dir("demo"));
	assert_false(segment_replaced(&s));
	assert_true(is_filled(&s, 1));
	segment_detach(&s);
}

/* Whoever opens the name at any moment finds a whole segment. */
GTEST_F(Segment, publishing_is_atomic, make_dir, remove_dir)
{
	uint64_t last = 0, seen = 0, give_up = clock_us() + 10000000;

	assert_int_equal(publish_filled(1), SEGMENT_OK);
	if (fork_child() == 0)
		for (uint8_t i = 2;; i++)
			publish_filled(i);
	for (unsigned int i = 0; (i < 2000 || seen < 10) && clock_us() < give_up; i++) {
		struct segment s;
		enum segment_error error = segment_attach(&s, test_dir, &demo, false);

		if (error != SEGMENT_OK)
			fail_msg("attach %u: %s", i, segment_error_text(error));
		assert_true(is_filled(&s, (uint8_t)s.header->generation));
		assert_true(s.header->generation >= last);
		seen += s.header->generation != last;
		last = s.header->generation;
		segment_detach(&s);
	}
	assert_true(seen >= 10);
}

GTEST_F(Segment, what_the_writer_writes_the_reader_sees, make_dir, remove_dir)
{
	struct segment writer, reader;

	assert_int_equal(publish_filled(1), SEGMENT_OK);
	assert_int_equal(segment_attach(&writer, test_dir, &demo, true), SEGMENT_OK);
	assert_int_equal(segment_attach(&reader, test_dir, &demo, false), SEGMENT_OK);
	content_of(&writer)[17] = 42;
	assert_int_equal(content_of(&reader)[17], 42);
	segment_detach(&writer);
	segment_detach(&reader);
}

GTEST_F(Segment, signs_of_life, make_dir, remove_dir)
{
	struct segment s;

	assert_int_equal(segment_create(&s, test_dir, &demo, SIZE), SEGMENT_OK);
	assert_in_range(segment_age_ms(&s), 0, 5000);
	atomic_fetch_sub(&s.header->heartbeat_ms, 60000);
	assert_in_range(segment_age_ms(&s), 60000, 65000);
	segment_beat(&s);
	assert_in_range(segment_age_ms(&s), 0, 5000);
	/* A beat of a moment ahead is young, not very old. */
	atomic_fetch_add(&s.header->heartbeat_ms, 60000);
	assert_int_equal(segment_age_ms(&s), 0);
	segment_detach(&s);
}

GTEST_F(Segment, no_such_folder, make_dir, remove_dir)
{
	struct segment s;

	assert_int_equal(segment_create(&s, in_dir("none"), &demo, SIZE), SEGMENT_ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
	segment_detach(&s);
}

GTEST_F(Segment, folder_name_too_long, make_dir, remove_dir)
{
	char dir[400];
	struct segment s;

	memset(dir, 'x', sizeof(dir) - 1);
	dir[0] = '/';
	dir[sizeof(dir) - 1] = '\0';
	for (size_t len = sizeof(dir) - 1; len > 150; len--) {
		enum segment_error error;

		dir[len] = '\0';
		error = segment_attach(&s, dir, &demo, false);
		assert_true(error == SEGMENT_ERR_SYSTEM ||
			    (error == SEGMENT_ERR_ABSENT && len < 192));
		assert_int_equal(segment_create(&s, dir, &demo, SIZE), SEGMENT_ERR_SYSTEM);
		assert_true(errno == ENAMETOOLONG || (errno == ENOENT && len < 192));
	}
}

/* A limit on the size of files stands for a full file system. */
GTEST_F(Segment, no_room, make_dir, remove_dir)
{
	struct rlimit old, small;
	enum segment_error error;
	struct segment s;

	assert_int_equal(publish_filled(5), SEGMENT_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 65536, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	error = segment_create(&s, test_dir, &demo, 1 << 20);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(error, SEGMENT_ERR_SPACE);
	assert_int_equal(access(in_dir("demo.new"), F_OK), -1);
	segment_detach(&s);
	assert_int_equal(segment_attach(&s, test_dir, &demo, false), SEGMENT_OK);
	assert_true(is_filled(&s, 5));
	segment_detach(&s);
}

static const struct holds_row {
	const char *label;
	uint64_t off, octets, align;
	bool holds;
} ranges[] = {
	{ "all", 0, 1024, 64, true },
	{ "nothing-at-the-end", 1024, 0, 64, true },
	{ "last", 960, 64, 64, true },
	{ "one-too-many", 960, 65, 64, false },
	{ "behind", 1088, 0, 64, false },
	{ "unaligned", 32, 64, 64, false },
	{ "aligned-4", 36, 64, 4, true },
	{ "wraps", 64, UINT64_MAX - 32, 64, false },
	{ "far", UINT64_MAX - 63, 64, 64, false },
};

static void
check_range(void **state)
{
	const struct segment s = { .size = 1024 };
	const struct holds_row *r = *state;

	assert_int_equal(segment_holds(&s, r->off, r->octets, r->align), r->holds);
}
GTEST_ROWS(Segment, ranges, label, check_range);

GTEST(Segment, every_error_has_a_sentence)
{
	for (int i = SEGMENT_OK; i <= SEGMENT_ERR_ABI; i++)
		assert_in_range(strlen(segment_error_text((enum segment_error)i)), 1, 200);
}
