/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/credentials_layout.h"
#include "table/credentials_writer.h"

static uint64_t now;
static struct credentials_writer *writer;
static struct credentials_table reader;
static struct credentials_copy copy;
static struct credentials found;

static uint64_t
test_clock(void)
{
	return now;
}

static int
open_table(void **state)
{
	enum segment_error error;

	if (make_dir(state) != 0)
		return 1;
	writer = credentials_writer_open(test_dir, 10, test_clock, &error);
	return writer == NULL || credentials_writer_publish(writer) != SEGMENT_OK ||
	       credentials_table_attach(&reader, test_dir) != SEGMENT_OK;
}

static int
close_table(void **state)
{
	credentials_table_detach(&reader);
	credentials_writer_close(writer);
	return remove_dir(state);
}

static bool
find(const char *username, const char *realm)
{
	return credentials_find(&reader, slice_str(username), slice_str(realm), &copy, &found);
}

static enum credentials_error
put(const char *username, const char *realm, const char *aors, uint8_t mark)
{
	struct credentials c = { .username = slice_str(username),
				 .realm = slice_str(realm),
				 .aors = slice_str(aors),
				 .have = CREDENTIALS_MD5 | CREDENTIALS_SHA_512_256 };

	memset(c.md5, mark, sizeof(c.md5));
	memset(c.sha512_256, mark + 1, sizeof(c.sha512_256));
	return credentials_writer_put(writer, &c);
}

GTEST_F(Credentials, every_field_comes_back, open_table, close_table)
{
	uint8_t want[32];

	assert_int_equal(put("alice", "example.com", "sip:alice@example.com sip:b@c", 7),
			 CREDENTIALS_OK);
	assert_true(find("alice", "example.com"));
	assert_slice(found.username, "alice");
	assert_slice(found.realm, "example.com");
	assert_slice(found.aors, "sip:alice@example.com sip:b@c");
	assert_int_equal(found.have, CREDENTIALS_MD5 | CREDENTIALS_SHA_512_256);
	memset(want, 7, sizeof(want));
	assert_memory_equal(found.md5, want, 16);
	memset(want, 8, sizeof(want));
	assert_memory_equal(found.sha512_256, want, 32);
	memset(want, 0, sizeof(want));
	assert_memory_equal(found.sha256, want, 32);
}

/* Where one name ends and the other begins counts, and so does case. */
GTEST_F(Credentials, names_are_compared_whole, open_table, close_table)
{
	assert_int_equal(put("ab", "c", "", 1), CREDENTIALS_OK);
	assert_int_equal(put("", "", "", 2), CREDENTIALS_OK);
	assert_true(find("ab", "c"));
	assert_true(find("", ""));
	assert_slice(found.aors, NULL);
	assert_false(find("a", "bc"));
	assert_false(find("abc", ""));
	assert_false(find("AB", "c"));
	assert_false(find("ab", "C"));
	assert_int_equal(credentials_writer_remove(writer, SLICE("a"), SLICE("bc")),
			 CREDENTIALS_ERR_ABSENT);
	assert_int_equal(credentials_writer_remove(writer, SLICE("ab"), SLICE("c")),
			 CREDENTIALS_OK);
	assert_false(find("ab", "c"));
}

static const struct aor_row {
	const char *label, *aors, *aor;
	bool has;
} aors[] = {
	{ "only", "sip:a@b", "sip:a@b", true },
	{ "first", "sip:a@b sip:c@d", "sip:a@b", true },
	{ "last", "sip:a@b sip:c@d", "sip:c@d", true },
	{ "middle", "sip:a@b sip:c@d sip:e@f", "sip:c@d", true },
	{ "part", "sip:aa@b", "sip:a@b", false },
	{ "longer", "sip:a@b", "sip:a@bc", false },
	{ "shorter", "sip:a@bc", "sip:a@b", false },
	{ "two-at-once", "sip:a@b sip:c@d", "sip:a@b sip:c@d", false },
	{ "none", "", "sip:a@b", false },
	{ "empty", "sip:a@b  sip:c@d ", "", false },
	{ "spaces", "  sip:a@b  ", "sip:a@b", true },
	{ "another-case", "sip:A@b", "sip:a@b", false },
};

static void
check_aor(void **state)
{
	const struct aor_row *r = *state;
	const struct credentials c = { .aors = slice_str(r->aors) };

	assert_int_equal(credentials_has_aor(&c, slice_str(r->aor)), r->has);
}
GTEST_ROWS(Credentials, aors, label, check_aor);

static const struct size_row {
	const char *label;
	size_t username, realm, aors;
	enum credentials_error error;
} sizes[] = {
	{ "longest-names", 500, CREDENTIALS_NAMES_MAX - 502, 10, CREDENTIALS_OK },
	{ "one-octet-more", 501, CREDENTIALS_NAMES_MAX - 502, 10, CREDENTIALS_ERR_TOO_LARGE },
	{ "longest-aors", 10, 10, CREDENTIALS_RECORD_MAX - 32 - 88 - 22, CREDENTIALS_OK },
	{ "aors-too-long", 10, 10, CREDENTIALS_RECORD_MAX - 32 - 88 - 21,
	  CREDENTIALS_ERR_TOO_LARGE },
	{ "aors-wrap", 10, 10, (size_t)UINT32_MAX + 1, CREDENTIALS_ERR_TOO_LARGE },
	{ "username-wraps", (size_t)UINT16_MAX + 1, 0, 0, CREDENTIALS_ERR_TOO_LARGE },
};

static void
check_size(void **state)
{
	const struct size_row *r = gtest_row();
	static char text[65536 + 8];
	struct credentials c = { .username = { text, r->username },
				 .realm = { text, r->realm },
				 .aors = { text, r->aors } };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(credentials_writer_put(writer, &c), r->error);
	assert_int_equal(credentials_find(&reader, c.username, c.realm, &copy, &found),
			 r->error == CREDENTIALS_OK);
	if (r->error == CREDENTIALS_OK)
		assert_int_equal(found.aors.len, r->aors);
}
GTEST_ROWS_F(Credentials, sizes, label, check_size, open_table, close_table);

/* A table for ten users holds a thousand, and a walk removes who is gone while it goes on. */
GTEST_F(Credentials, many_and_a_walk, open_table, close_table)
{
	enum { USERS = 1000 };
	struct credentials_walk walk = { 0 };
	unsigned int seen = 0;
	char name[16];

	for (unsigned int i = 0; i < USERS; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		assert_int_equal(put(name, "r", "sip:u@r", (uint8_t)i), CREDENTIALS_OK);
		credentials_writer_step(writer, 4);
	}
	assert_true(segment_replaced(&reader.segment));
	credentials_table_detach(&reader);
	assert_int_equal(credentials_table_attach(&reader, test_dir), SEGMENT_OK);
	while (credentials_walk_next(credentials_writer_table(writer), &walk, &copy, &found)) {
		seen++;
		if (found.md5[0] % 2 == 0)
			assert_int_equal(
				credentials_writer_remove(writer, found.username, found.realm),
				CREDENTIALS_OK);
	}
	assert_int_equal(seen, USERS);
	for (unsigned int i = 0; i < USERS; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		assert_int_equal(find(name, "r"), i % 2);
	}
}

/* The digests are for us alone. */
GTEST_F(Credentials, file_is_private, open_table, close_table)
{
	struct stat st;

	assert_int_equal(stat(in_dir("credentials"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

GTEST_F(Credentials, another_kind, open_table, close_table)
{
	const struct header_row row = { "kind", FIELD(struct segment_header, kind),
					SEGMENT_BINDINGS, SEGMENT_ERR_KIND };
	struct credentials_table t;

	patch_header("credentials", &row);
	assert_int_equal(credentials_table_attach(&t, test_dir), SEGMENT_ERR_KIND);
	credentials_table_detach(&t);
	for (int i = CREDENTIALS_OK; i <= CREDENTIALS_ERR_ABSENT; i++)
		assert_in_range(strlen(credentials_error_text((enum credentials_error)i)), 1, 200);
	credentials_writer_beat(writer);
	credentials_writer_close(NULL);
}

/* Whatever stands in the slab, readers stay inside the copy. */
GTEST_F(Credentials, random_octets, open_table, close_table)
{
	uint64_t seed = 1;
	struct segment s;
	uint8_t *body;
	size_t size;

	assert_int_equal(put("alice", "r", "sip:a@b", 1), CREDENTIALS_OK);
	assert_int_equal(put("bob", "r", "sip:a@b", 1), CREDENTIALS_OK);
	assert_int_equal(segment_attach(&s, test_dir, &credentials_segment_type, true), SEGMENT_OK);
	body = (uint8_t *)s.header + reader.header->slab_off;
	size = (size_t)reader.header->units_used * RECORDS_UNIT;
	for (unsigned int i = 0; i < 5000; i++) {
		struct credentials_walk walk = { 0 };
		size_t at = next_random(&seed) % size;
		uint8_t old = body[at];

		body[at] = (uint8_t)next_random(&seed);
		find("alice", "r");
		while (credentials_walk_next(&reader, &walk, &copy, &found))
			if (found.aors.len > 0)
				assert_true(slice_end(found.aors) <=
					    (char *)copy.words + sizeof(copy));
		body[at] = old;
	}
	segment_detach(&s);
}
