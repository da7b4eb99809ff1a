/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/disabled.h"

static struct disabled list;

static int
clear(void **state)
{
	memset(&list, 0, sizeof(list));
	return make_dir(state);
}

#define CASE(name) GTEST_F(DisabledTable, name, clear, remove_dir)

#define A SLICE("sip:a@example.com")
#define B SLICE("sip:b@example.com")

CASE(add_and_remove)
{
	assert_true(disabled_add(&list, A, 480));
	assert_true(disabled_add(&list, B, 403));
	assert_true(disabled_add(&list, A, 403));
	assert_int_equal(list.count, 2);
	assert_int_equal(disabled_find(&list, A), 0);
	assert_int_equal(list.row[0].status, 403);
	assert_true(disabled_remove(&list, A));
	assert_false(disabled_remove(&list, A));
	assert_int_equal(disabled_find(&list, B), 0);
	assert_int_equal(list.count, 1);
}

CASE(bounded)
{
	char aor[DISABLED_AOR_MAX + 2];

	memset(aor, 'x', sizeof(aor));
	assert_false(disabled_add(&list, slice_of(aor, DISABLED_AOR_MAX + 1), 480));
	assert_true(disabled_add(&list, slice_of(aor, DISABLED_AOR_MAX), 480));
	assert_false(disabled_add(&list, SLICE(""), 480));
	assert_false(disabled_add(&list, A, 486));
	assert_false(disabled_add(&list, A, 0));
	for (unsigned int i = 1; i < DISABLED_MAX; i++) {
		int n = snprintf(aor, sizeof(aor), "sip:%u@example.com", i);

		assert_true(disabled_add(&list, slice_of(aor, (size_t)n), 480));
	}
	assert_false(disabled_add(&list, A, 480));
	assert_true(disabled_add(&list, SLICE("sip:7@example.com"), 403));
	assert_int_equal(list.count, DISABLED_MAX);
}

CASE(goes_over)
{
	struct segment s;
	struct slice aor;
	struct stat st;
	uint16_t status;

	assert_int_equal(disabled_attach(&s, test_dir), SEGMENT_ERR_ABSENT);
	disabled_add(&list, A, 480);
	disabled_add(&list, B, 403);
	assert_int_equal(disabled_publish(test_dir, &list), SEGMENT_OK);
	assert_int_equal(stat(in_dir("disabled"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(disabled_attach(&s, test_dir), SEGMENT_OK);
	assert_true(disabled_get(&s, 1, &aor, &status));
	assert_true(slice_eq(aor, B));
	assert_int_equal(status, 403);
	assert_false(disabled_get(&s, 2, &aor, &status));
	segment_detach(&s);
}

#define IN_LIST(field)                                                                             \
	offsetof(struct disabled_segment, disabled.field), sizeof(((struct disabled *)0)->field)

static const struct header_row bad[] = {
	{ "count-more", IN_LIST(count), UINT32_MAX, SEGMENT_OK },
	{ "len-0", IN_LIST(row[1].len), 0, SEGMENT_OK },
	{ "len-more", IN_LIST(row[1].len), DISABLED_AOR_MAX + 1, SEGMENT_OK },
	{ "status", IN_LIST(row[1].status), 200, SEGMENT_OK },
	SEGMENT_HEADER_ROWS,
};

static void
check_bad(void **state)
{
	const struct header_row *row = gtest_row();
	struct slice aor;
	struct segment s;
	uint16_t status;
	uint32_t i = 0;

	(void)state;
	disabled_add(&list, A, 480);
	disabled_add(&list, B, 403);
	assert_int_equal(disabled_publish(test_dir, &list), SEGMENT_OK);
	patch_header("disabled", row);
	assert_int_equal(disabled_attach(&s, test_dir), row->error);
	if (row->error != SEGMENT_OK)
		return;
	while (disabled_get(&s, i, &aor, &status))
		i++;
	assert_in_range(i, 1, 2);
	segment_detach(&s);
}
GTEST_ROWS_F(DisabledTable, bad, label, check_bad, clear, remove_dir);
