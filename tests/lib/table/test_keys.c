/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/keys.h"

GTEST_F(Keys, published_and_replaced, make_dir, remove_dir)
{
	const struct keyring *seen, *after;
	struct segment reader, second;
	struct keyring ring;
	unsigned int id;
	struct stat st;

	assert_int_equal(keys_attach(&reader, test_dir, &seen), SEGMENT_ERR_ABSENT);
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
	assert_int_equal(stat(in_dir("keys"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(keys_attach(&reader, test_dir, &seen), SEGMENT_OK);
	assert_memory_equal(seen, &ring, sizeof(ring));
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_false(segment_replaced(&reader));
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
	assert_true(segment_replaced(&reader));
	assert_int_equal(keys_attach(&second, test_dir, &after), SEGMENT_OK);
	assert_memory_equal(after, &ring, sizeof(ring));
	assert_int_equal(seen->slot[1].state, KEYRING_EMPTY);
	segment_detach(&reader);
	segment_detach(&second);
}

static const struct header_row headers[] = { SEGMENT_HEADER_ROWS };

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();
	const struct keyring *seen;
	struct keyring ring;
	struct segment s;

	(void)state;
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keys_publish(test_dir, &ring), SEGMENT_OK);
	patch_header("keys", r);
	assert_int_equal(keys_attach(&s, test_dir, &seen), r->error);
	segment_detach(&s);
}
GTEST_ROWS_F(Keys, headers, label, check_header, make_dir, remove_dir);

/* A segment that is whole, but too small for a ring. */
GTEST_F(Keys, smaller_than_a_ring, make_dir, remove_dir)
{
	const struct keyring *seen;
	struct segment s;

	assert_int_equal(
		segment_create(&s, test_dir, &keys_segment_type, sizeof(struct keys_segment) - 1),
		SEGMENT_OK);
	assert_int_equal(segment_publish(&s), SEGMENT_OK);
	segment_detach(&s);
	assert_int_equal(keys_attach(&s, test_dir, &seen), SEGMENT_ERR_SHORT);
}
