/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/binding_support.h"
#include "table/records_layout.h"

static const struct flow a_flow = {
	.local = { .ip = { 192, 0, 2, 10 }, .port = 5060, .family = 4 },
	.remote = { .ip = { 203, 0, 113, 7 }, .port = 40312, .family = 4 },
	.generation = 7,
	.transport = FLOW_TCP,
};

GTEST_F(Binding, every_field_comes_back, make_dir, close_table)
{
	const struct binding in[2] = {
		{
			.contact = LITERAL("sip:alice@203.0.113.7:40312;ob"),
			.path = LITERAL("<sip:token@edge.example;lr;ob>,<sip:p2.example;lr>"),
			.instance = LITERAL("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
			.features = LITERAL("audio;class=\"business\""),
			.expires_ms = UINT64_C(0x123456789abcdef0),
			.updated_ms = UINT64_C(0xfedcba9876543210),
			.registered_ms = UINT64_C(0x0f1e2d3c4b5a6978),
			.reg_id = UINT32_MAX,
			.flags = 0x80000001,
			.q = 1000,
			.flow = a_flow,
		},
		{ .contact = LITERAL("sip:bob@198.51.100.2"), .q = 500 },
	};
	const struct binding_instance instance = { .id = in[0].instance, .epoch = 7 };
	struct slice aor = SLICE("sip:alice@example.com");
	struct binding out;

	open_table(100, 0);
	assert_int_equal(binding_writer_put(writer, aor, in, 2, &instance, 1), BINDING_OK);
	assert_true(find(aor));
	assert_slice(binding_aor(&copy), "sip:alice@example.com");
	assert_int_equal(copy.record.count, 2);
	assert_true(binding_get(&copy, 0, &out));
	assert_slice(out.contact, "sip:alice@203.0.113.7:40312;ob");
	assert_slice(out.path, "<sip:token@edge.example;lr;ob>,<sip:p2.example;lr>");
	assert_slice(out.instance, "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
	assert_slice(out.features, "audio;class=\"business\"");
	assert_true(binding_has_features(&copy));
	assert_true(out.expires_ms == in[0].expires_ms && out.updated_ms == in[0].updated_ms);
	assert_true(out.registered_ms == in[0].registered_ms);
	assert_true(out.reg_id == in[0].reg_id && out.flags == in[0].flags);
	assert_int_equal(out.q, 1000);
	assert_memory_equal(&out.flow, &a_flow, sizeof(a_flow));
	assert_true(binding_get(&copy, 1, &out));
	assert_slice(out.contact, "sip:bob@198.51.100.2");
	assert_slice(out.path, NULL);
	assert_slice(out.instance, NULL);
	assert_slice(out.features, NULL);
	assert_int_equal(out.q, 500);
	assert_int_equal(out.flow.local.family, 0);
	assert_false(binding_get(&copy, 2, &out));
	assert_false(binding_get(&copy, UINT32_MAX, &out));
}

/* Who says nothing takes no octet more than what has always been there. */
GTEST_F(Binding, features_take_room_where_they_are, make_dir, close_table)
{
	struct binding b = { .contact = LITERAL("sip:c") };
	struct slice aor = SLICE("sip:a@b");
	const uint32_t plain = 32 + 48 + 7 + 5;

	open_table(100, 0);
	assert_int_equal(binding_writer_put(writer, aor, &b, 1, NULL, 0), BINDING_OK);
	assert_true(find(aor));
	assert_int_equal(copy.record.size, plain);
	b.features = SLICE("audio");
	assert_int_equal(binding_writer_put(writer, aor, &b, 1, NULL, 0), BINDING_OK);
	assert_true(find(aor));
	assert_int_equal(copy.record.size, plain + 2 + 5);
}

/* The largest record, and one octet more. */
GTEST_F(Binding, features_count, make_dir, close_table)
{
	static char text[BINDING_RECORD_MAX];
	struct binding b = { .contact = LITERAL("sip:c") }, out;
	struct slice aor = SLICE("sip:a@b");
	const uint32_t rest = 32 + 48 + 7 + 5 + 2 + 8;

	open_table(100, 0);
	memset(text, 'x', sizeof(text));
	b.features = slice_of(text, BINDING_RECORD_MAX - rest + 1);
	assert_int_equal(binding_writer_put(writer, aor, &b, 1, NULL, 0), BINDING_ERR_TOO_LARGE);
	b.features.len--;
	assert_int_equal(binding_writer_put(writer, aor, &b, 1, NULL, 0), BINDING_OK);
	assert_true(find(aor) && binding_get(&copy, 0, &out));
	assert_true(slice_eq(out.features, b.features));
}

GTEST_F(Binding, known_without_bindings_and_unknown, make_dir, close_table)
{
	struct slice aor = SLICE("sip:alice@example.com");
	struct binding b;

	open_table(100, 0);
	assert_false(find(aor));
	assert_int_equal(binding_writer_put(writer, aor, NULL, 0, NULL, 0), BINDING_OK);
	assert_true(find(aor));
	assert_int_equal(copy.record.count, 0);
	assert_false(binding_get(&copy, 0, &b));
	assert_int_equal(binding_writer_touch(writer, aor, 0, 1, 1), BINDING_ERR_ABSENT);
	assert_false(find(SLICE("sip:alice@example.co")));
	assert_false(find(SLICE("sip:alice@example.com.")));
	assert_false(find(SLICE("")));
	assert_int_equal(binding_writer_remove(writer, aor), BINDING_OK);
	assert_false(find(aor));
	assert_int_equal(binding_writer_remove(writer, aor), BINDING_ERR_ABSENT);
	assert_int_equal(binding_writer_touch(writer, aor, 0, 1, 1), BINDING_ERR_ABSENT);
}

GTEST_F(Binding, put_replaces, make_dir, close_table)
{
	struct binding many[3] = { { .contact = LITERAL("sip:1") },
				   { .contact = LITERAL("sip:2") },
				   { .contact = LITERAL("sip:3") } };
	struct slice aor = SLICE("sip:a@b");
	struct binding b;

	open_table(100, 0);
	for (unsigned int n = 3; n > 0; n--) {
		assert_int_equal(binding_writer_put(writer, aor, many, n, NULL, 0), BINDING_OK);
		assert_true(find(aor));
		assert_int_equal(copy.record.count, n);
	}
	assert_int_equal(binding_writer_put(writer, aor, &many[2], 1, NULL, 0), BINDING_OK);
	assert_true(find(aor));
	assert_true(binding_get(&copy, 0, &b));
	assert_slice(b.contact, "sip:3");
}

GTEST_F(Binding, touch_changes_the_times_in_place, make_dir, close_table)
{
	struct binding two[2] = {
		{ .contact = LITERAL("sip:1"), .expires_ms = 1, .updated_ms = 3 },
		{ .contact = LITERAL("sip:2"), .expires_ms = 2, .updated_ms = 4 }
	};
	struct slice aor = SLICE("sip:a@b");
	struct binding_ref ref;
	struct binding b;

	open_table(100, 0);
	assert_int_equal(binding_writer_put(writer, aor, two, 2, NULL, 0), BINDING_OK);
	assert_true(find(aor));
	ref = copy.ref;
	assert_int_equal(binding_writer_touch(writer, aor, 1, 99, 77), BINDING_OK);
	assert_int_equal(binding_writer_touch(writer, aor, 2, 99, 77), BINDING_ERR_ABSENT);
	assert_true(find(aor));
	assert_memory_equal(&copy.ref, &ref, sizeof(ref));
	assert_true(binding_get(&copy, 0, &b) && b.expires_ms == 1 && b.updated_ms == 3);
	assert_true(binding_get(&copy, 1, &b) && b.expires_ms == 99 && b.updated_ms == 77);
}

GTEST_F(Binding, counts, make_dir, close_table)
{
	struct binding two[2] = { { .contact = LITERAL("sip:1") },
				  { .contact = LITERAL("sip:2") } };

	open_table(100, 0);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:a"), two, 2, NULL, 0), BINDING_OK);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:b"), two, 1, NULL, 0), BINDING_OK);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:c"), NULL, 0, NULL, 0), BINDING_OK);
	assert_int_equal(binding_table_aors(&reader), 3);
	assert_int_equal(binding_table_bindings(&reader), 3);
	assert_int_equal(reader.header->units_used, 5 + 3 + 2);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:a"), two, 1, NULL, 0), BINDING_OK);
	assert_int_equal(binding_table_aors(&reader), 3);
	assert_int_equal(binding_table_bindings(&reader), 2);
	assert_int_equal(binding_writer_remove(writer, SLICE("sip:a")), BINDING_OK);
	assert_int_equal(binding_writer_remove(writer, SLICE("sip:b")), BINDING_OK);
	assert_int_equal(binding_writer_remove(writer, SLICE("sip:c")), BINDING_OK);
	assert_int_equal(binding_table_aors(&reader), 0);
	assert_int_equal(binding_table_bindings(&reader), 0);
	assert_int_equal(reader.header->units_used, 0);
}

static const struct size_row {
	const char *label;
	size_t contact; /* octets of one contact */
	unsigned int count;
	enum binding_error error;
} sizes[] = {
	/* 32 and 48 octets of headers, and "sip:a@b", which has 7 */
	{ "largest", BINDING_RECORD_MAX - 8 - 32 - 48 - 7, 1, BINDING_OK },
	{ "one-octet-more", BINDING_RECORD_MAX - 8 - 32 - 48 - 6, 1, BINDING_ERR_TOO_LARGE },
	{ "65536-octets", 65536, 1, BINDING_ERR_TOO_LARGE },
	{ "wraps-32-bits", (size_t)UINT32_MAX + 1, 1, BINDING_ERR_TOO_LARGE },
	{ "most-contacts", 100, BINDING_MAX_CONTACTS, BINDING_OK },
	{ "one-contact-more", 1, BINDING_MAX_CONTACTS + 1, BINDING_ERR_TOO_LARGE },
	{ "most-contacts-too-long", 1000, BINDING_MAX_CONTACTS, BINDING_ERR_TOO_LARGE },
	{ "no-octet", 0, 1, BINDING_OK },
	{ "two-units", 128 - 32 - 48 - 7, 1, BINDING_OK },
	{ "two-units-and-one-octet", 128 - 32 - 48 - 7 + 1, 1, BINDING_OK },
};

static void
check_size(void **state)
{
	static char text[BINDING_RECORD_MAX];
	const struct size_row *r = gtest_row();
	struct binding many[BINDING_MAX_CONTACTS + 1], b;
	struct slice aor = SLICE("sip:a@b");

	(void)state;
	open_table(100, 0);
	memset(text, 'c', sizeof(text));
	for (unsigned int i = 0; i < r->count; i++)
		many[i] = (struct binding){ .contact = { text, r->contact }, .reg_id = i };
	assert_int_equal(put_numbered(1, 5), BINDING_OK);
	assert_int_equal(binding_writer_put(writer, aor, many, r->count, NULL, 0), r->error);
	assert_int_equal(find(aor), r->error == BINDING_OK);
	for (unsigned int i = 0; r->error == BINDING_OK && i < r->count; i++) {
		assert_true(binding_get(&copy, i, &b));
		assert_int_equal(b.reg_id, i);
		assert_int_equal(b.contact.len, r->contact);
		if (b.contact.len > 0)
			assert_memory_equal(b.contact.ptr, text, b.contact.len);
	}
	assert_int_equal(value_of(1), 5);
}
GTEST_ROWS_F(Binding, sizes, label, check_size, make_dir, close_table);

/* One bucket and its 16 overflow buckets of seven. */
GTEST_F(Binding, overflow_chains, make_dir, close_table)
{
	enum { ROOM = 7 * 17 };

	open_table(1, 0);
	assert_int_equal(reader.header->bucket_count, 1);
	assert_int_equal(reader.header->overflow_count, 16);
	for (unsigned int i = 0; i < ROOM; i++)
		assert_int_equal(put_numbered(i, i + 1), BINDING_OK);
	assert_int_equal(put_numbered(ROOM, 1), BINDING_ERR_FULL);
	assert_int_equal(put_numbered(ROOM, 1), BINDING_ERR_FULL);
	for (unsigned int i = 0; i < ROOM; i++)
		assert_int_equal(value_of(i), i + 1);
	assert_int_equal(value_of(ROOM), 0);
	/* Replacing needs no new place in the index, and a place that falls empty is used. */
	for (unsigned int i = 0; i < ROOM; i++) {
		now += BINDING_LIMBO_MS;
		assert_int_equal(put_numbered(i, i + 1000), BINDING_OK);
	}
	for (unsigned int i = 0; i < ROOM; i += 5) {
		char aor[32];

		now += BINDING_LIMBO_MS;
		assert_int_equal(binding_writer_remove(writer, numbered(i, aor)), BINDING_OK);
		assert_int_equal(put_numbered(ROOM + i, 77), BINDING_OK);
		assert_int_equal(value_of(ROOM + i), 77);
		assert_int_equal(value_of(i), 0);
	}
	assert_int_equal(binding_table_aors(&reader), ROOM);
}

/* An index refusal must not eat the memory that was taken for the record. */
GTEST_F(Binding, a_refused_put_takes_no_memory, make_dir, close_table)
{
	open_table(1, 0);
	for (unsigned int i = 0; i < 7 * 17; i++)
		assert_int_equal(put_numbered(i, 1), BINDING_OK);
	for (unsigned int i = 0; i < 10000; i++)
		assert_int_equal(put_numbered(1000, 1), BINDING_ERR_FULL);
	assert_int_equal(reader.header->units_used, 4 * 7 * 17);
	for (unsigned int i = 0; i < 7 * 17; i++)
		assert_int_equal(put_numbered(i, 2), BINDING_OK);
}

/* Two AORs of one bucket and one tag, and a third that is not there. */
GTEST_F(Binding, equal_tags, make_dir, close_table)
{
	static unsigned int by_tag[65536];
	unsigned int same[3] = { 0 }, n = 0;
	char aor[32];

	open_table(1, 0);
	memset(by_tag, 0, sizeof(by_tag));
	for (unsigned int i = 1; n < 3; i++) {
		uint16_t tag = hash_tag(binding_hash(&reader, numbered(i, aor)));

		if (n == 0 && by_tag[tag] != 0) {
			same[n++] = by_tag[tag];
			same[n++] = i;
		} else if (n == 2 &&
			   tag == hash_tag(binding_hash(&reader, numbered(same[0], aor)))) {
			same[n++] = i;
		}
		by_tag[tag] = i;
	}
	assert_int_equal(put_numbered(same[0], 10), BINDING_OK);
	assert_int_equal(value_of(same[1]), 0);
	assert_int_equal(put_numbered(same[1], 20), BINDING_OK);
	assert_int_equal(value_of(same[0]), 10);
	assert_int_equal(value_of(same[1]), 20);
	assert_int_equal(value_of(same[2]), 0);
	assert_int_equal(binding_writer_remove(writer, numbered(same[0], aor)), BINDING_OK);
	assert_int_equal(value_of(same[0]), 0);
	assert_int_equal(value_of(same[1]), 20);
}

GTEST_F(Binding, walk_visits_each_once, make_dir, close_table)
{
	static bool seen[150];
	struct binding_walk walk = { 0 };
	unsigned int n = 0;
	char aor[32];

	open_table(100, 0);
	assert_false(binding_walk_next(&reader, &walk, &copy));
	assert_false(binding_walk_next(&reader, &walk, &copy));
	for (unsigned int i = 0; i < 150; i++)
		assert_int_equal(put_numbered(i, i + 1), BINDING_OK);
	for (unsigned int i = 0; i < 150; i += 3)
		assert_int_equal(binding_writer_remove(writer, numbered(i, aor)), BINDING_OK);
	memset(seen, 0, sizeof(seen));
	walk = (struct binding_walk){ 0 };
	for (; binding_walk_next(&reader, &walk, &copy); n++) {
		struct binding b;

		assert_true(binding_get(&copy, 0, &b));
		assert_in_range(b.expires_ms, 1, 150);
		assert_false(seen[b.expires_ms - 1]);
		seen[b.expires_ms - 1] = true;
		assert_slice(binding_aor(&copy), numbered((unsigned int)b.expires_ms - 1, aor).ptr);
	}
	assert_int_equal(n, 100);
}

GTEST_F(Binding, the_writer_sees_its_own_table, make_dir, close_table)
{
	const struct binding_table *own;
	struct slice aor = SLICE("sip:a@b");

	open_table(100, 0);
	own = binding_writer_table(writer);
	assert_int_equal(binding_writer_put(writer, aor, NULL, 0, NULL, 0), BINDING_OK);
	assert_int_equal(binding_hash(own, aor), binding_hash(&reader, aor));
	assert_true(binding_find(own, aor, binding_hash(own, aor), &copy));
	binding_prefetch(own, binding_hash(own, aor));
	binding_prefetch_record(own, binding_hash(own, aor));
	binding_writer_beat(writer);
	assert_in_range(segment_age_ms(&reader.segment), 0, 5000);
	binding_writer_close(NULL);
	for (int i = BINDING_OK; i <= BINDING_ERR_INSTANCE; i++)
		assert_in_range(strlen(binding_error_text((enum binding_error)i)), 1, 200);
}
