/* SPDX-License-Identifier: BSD-3-Clause */
/** The changes that wait for LMDB: found by name, in order, and taken back. */
#include "control/store_support.h"
#include "store/overlay.h"

static struct overlay o;

static int
open_overlay(void **state)
{
	(void)state;
	return overlay_open(&o, 1 << 22) ? 0 : 1;
}

static int
close_overlay(void **state)
{
	(void)state;
	overlay_close(&o);
	return 0;
}

#define CASE(name) GTEST_F(Overlay, name, open_overlay, close_overlay)

static bool
add(enum change_kind kind, struct slice name, struct slice value, bool backed)
{
	return overlay_add(&o, &(struct change){ kind, name, value }, backed);
}

static const char *
find(struct slice name, bool meta)
{
	static char text[64];
	struct change c;

	if (!overlay_find(&o, name, meta, &c))
		return NULL;
	if (c.kind == CHANGE_REMOVE)
		return "-";
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(c.value));
	return text;
}

CASE(last_change_holds)
{
	overlay_begin(&o);
	assert_null(find(SLICE("a"), false));
	assert_true(add(CHANGE_PUT, SLICE("a"), SLICE("1"), true));
	assert_true(add(CHANGE_META, SLICE("a"), SLICE("m"), true));
	assert_true(add(CHANGE_PUT, SLICE("a"), SLICE("2"), true));
	overlay_settle(&o, 1);
	assert_string_equal(find(SLICE("a"), false), "2");
	assert_string_equal(find(SLICE("a"), true), "m");
	assert_null(find(SLICE("b"), false));
	overlay_begin(&o);
	assert_true(add(CHANGE_REMOVE, SLICE("a"), SLICE_ABSENT, true));
	assert_string_equal(find(SLICE("a"), false), "-");
	overlay_rollback(&o);
	assert_string_equal(find(SLICE("a"), false), "2");
	assert_int_equal(o.count, 2);
	overlay_clear(&o);
	assert_null(find(SLICE("a"), false));
	assert_int_equal(o.count, 0);
}

/* The names of the list from `from` on, without what is before the number. */
static const char *
list(struct slice from)
{
	static char text[256];
	struct change c;
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t at = overlay_seek(&o, from); at != OVERLAY_NONE; at = overlay_after(&o, at)) {
		overlay_entry_change(&o, at - 1, &c);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s ", SLICE_FMT(c.name));
	}
	return text;
}

CASE(list_in_order)
{
	overlay_begin(&o);
	add(CHANGE_PUT, SLICE("d"), SLICE("1"), false);
	add(CHANGE_PUT, SLICE("b"), SLICE("1"), false);
	add(CHANGE_PUT, SLICE("c"), SLICE("1"), true);
	add(CHANGE_PUT, SLICE("ba"), SLICE("1"), false);
	add(CHANGE_META, SLICE("bb"), SLICE("1"), false);
	add(CHANGE_PUT, SLICE("b"), SLICE("2"), false);
	overlay_settle(&o, 1);
	assert_string_equal(list(SLICE("")), "b ba d ");
	assert_string_equal(list(SLICE("b")), "b ba d ");
	assert_string_equal(list(SLICE("b\0")), "ba d ");
	assert_string_equal(list(SLICE("e")), "");
	overlay_begin(&o);
	add(CHANGE_PUT, SLICE("a"), SLICE("1"), false);
	add(CHANGE_PUT, SLICE("e"), SLICE("1"), false);
	add(CHANGE_PUT, SLICE("bc"), SLICE("1"), false);
	assert_string_equal(list(SLICE("")), "a b ba bc d e ");
	overlay_rollback(&o);
	assert_string_equal(list(SLICE("")), "b ba d ");
}

/* Tables grow in the midst of a transaction, which is taken back then. */
CASE(growth_and_rollback)
{
	enum { KEPT = 900, TAKEN_BACK = 20000 };

	overlay_begin(&o);
	for (unsigned int i = 0; i < KEPT; i++)
		assert_true(add(CHANGE_PUT, key_of(i * 7919 % KEPT), SLICE("kept"), i % 2 == 0));
	overlay_settle(&o, 1);
	for (unsigned int round = 0; round < 3; round++) {
		overlay_begin(&o);
		for (unsigned int i = 0; i < TAKEN_BACK; i++)
			assert_true(add(CHANGE_PUT, key_of(i), SLICE("back"), i % 3 == 0));
		assert_int_equal(o.count, TAKEN_BACK);
		overlay_rollback(&o);
		assert_int_equal(o.count, KEPT);
		for (unsigned int i = 0; i < TAKEN_BACK; i++) {
			if (i < KEPT)
				assert_string_equal(find(key_of(i), false), "kept");
			else
				assert_null(find(key_of(i), false));
		}
	}
}

CASE(list_is_sorted)
{
	struct slice before = SLICE_ABSENT;
	unsigned int seen = 0;
	struct change c;

	overlay_begin(&o);
	for (unsigned int i = 0; i < 10000; i++)
		assert_true(add(CHANGE_PUT, key_of(i * 7919 % 10007), SLICE(""), false));
	for (uint32_t at = overlay_seek(&o, SLICE("")); at != OVERLAY_NONE;
	     at = overlay_after(&o, at)) {
		overlay_entry_change(&o, at - 1, &c);
		assert_true(before.ptr == NULL || overlay_compare(before, c.name) < 0);
		before = c.name;
		seen++;
	}
	assert_int_equal(seen, 10000);
}

CASE(fits)
{
	static char value[STORE_VALUE_MAX];
	const struct change c = { CHANGE_PUT, SLICE("a"), slice_of(value, sizeof(value)) };
	unsigned int n = 0;

	overlay_begin(&o);
	while (overlay_fits(&o, &c)) {
		assert_true(overlay_add(&o, &c, true));
		n++;
	}
	assert_in_range(n, 120, 128);
}
