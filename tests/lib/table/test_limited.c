/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/limited.h"

static struct limited_list list;

static int
clear(void **state)
{
	(void)state;
	memset(&list, 0, sizeof(list));
	return 0;
}

static struct flow_address
numbered(uint32_t n)
{
	struct flow_address a = { .port = 5060, .family = 4 };

	memcpy(a.ip, &n, sizeof(n));
	return a;
}

/* The row of a source; false when it has none. */
static bool
row_of(enum limited_by by, const struct flow_address *source, struct limited_row *out)
{
	for (unsigned int i = 0; i < LIMITED_ROWS; i++)
		if (limited_get(&list, i, out) && out->by == by && flow_ip_eq(&out->source, source))
			return true;
	return false;
}

GTEST_F(Limited, counts, clear, NULL)
{
	struct flow_address a = numbered(7), b = numbered(8);
	struct limited_row row;

	assert_false(row_of(LIMITED_source, &a, &row));
	for (uint64_t i = 0; i < 10; i++)
		limited_note(&list, LIMITED_source, &a, 0, 1000 + i);
	limited_note(&list, LIMITED_stun, &a, 0, 5000);
	limited_note(&list, LIMITED_source, &b, 0, 6000);
	assert_true(row_of(LIMITED_source, &a, &row));
	assert_int_equal(row.messages, 10);
	assert_int_equal(row.since_ms, 1000);
	assert_int_equal(row.last_ms, 1009);
	assert_int_equal(row.source.port, 0);
	assert_true(row_of(LIMITED_stun, &a, &row));
	assert_int_equal(row.messages, 1);
	assert_true(row_of(LIMITED_source, &b, &row));
	assert_int_equal(row.since_ms, 6000);
}

/* Of four the one not heard of for longest makes room, and its count with it. */
GTEST_F(Limited, makes_room, clear, NULL)
{
	struct flow_address a[5];
	struct limited_row row;

	for (uint32_t i = 0; i < 5; i++)
		a[i] = numbered(i + 1);
	for (uint32_t i = 0; i < 4; i++)
		limited_note(&list, LIMITED_source, &a[i], 0, 100 + i);
	limited_note(&list, LIMITED_source, &a[0], 0, 200);
	limited_note(&list, LIMITED_source, &a[4], 0, 300);
	assert_false(row_of(LIMITED_source, &a[1], &row));
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(row_of(LIMITED_source, &a[i], &row), i != 1);
	assert_int_equal(row.messages, 1);
	assert_int_equal(row.since_ms, 300);
}

GTEST_F(Limited, bounded, clear, NULL)
{
	struct limited_row row;
	unsigned int rows = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		struct flow_address a = numbered(i);

		limited_note(&list, LIMITED_stun, &a, i * UINT64_C(0x9e3779b97f4a7c15) >> 20, i);
	}
	for (unsigned int i = 0; i < LIMITED_ROWS; i++)
		rows += limited_get(&list, i, &row);
	assert_int_equal(rows, LIMITED_ROWS);
}

GTEST_F(Limited, not_while_it_changes, clear, NULL)
{
	struct flow_address a = numbered(1);
	struct limited_row row;

	limited_note(&list, LIMITED_source, &a, 0, 1);
	assert_true(row_of(LIMITED_source, &a, &row));
	list.row[0].version++;
	assert_false(row_of(LIMITED_source, &a, &row));
}

GTEST(Limited, IPv6_network)
{
	struct flow_address a = { .family = 6, .port = 5060 }, source;

	for (uint8_t i = 0; i < 16; i++)
		a.ip[i] = (uint8_t)(i + 1);
	source = limited_source(&a);
	assert_memory_equal(source.ip, a.ip, 8);
	for (int i = 8; i < 16; i++)
		assert_int_equal(source.ip[i], 0);
	assert_int_equal(source.port, 0);
	assert_int_equal(source.family, 6);
}

GTEST(Limited, names)
{
	assert_string_equal(limited_name(LIMITED_source), "source");
	assert_string_equal(limited_name(LIMITED_invite_aor), "invite_aor");
	assert_string_equal(limited_name(LIMITED_COUNT), "unknown");
	assert_string_equal(limited_name(255), "unknown");
}
