/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables that are not what they should be: refused, or read without harm. */
#include "lib/table/binding_support.h"
#include "table/records_layout.h"

static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "no-buckets", FIELD(struct records_header, bucket_count), 0, SEGMENT_ERR_SHORT },
	{ "buckets-too-many", FIELD(struct records_header, bucket_count), UINT32_C(1) << 31,
	  SEGMENT_ERR_SHORT },
	{ "overflow-too-many", FIELD(struct records_header, overflow_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "aliases-too-many", FIELD(struct records_header, alias_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "alias-overflow-too-many", FIELD(struct records_header, alias_overflow_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "aliases-outside", FIELD(struct records_header, aliases_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "units-too-many", FIELD(struct records_header, unit_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "buckets-outside", FIELD(struct records_header, buckets_off), UINT64_C(1) << 32,
	  SEGMENT_ERR_SHORT },
	{ "buckets-unaligned", FIELD(struct records_header, buckets_off), 257, SEGMENT_ERR_SHORT },
	{ "buckets-wrap", FIELD(struct records_header, buckets_off), UINT64_MAX - 63,
	  SEGMENT_ERR_SHORT },
	{ "overflow-outside", FIELD(struct records_header, overflow_off), UINT64_C(1) << 32,
	  SEGMENT_ERR_SHORT },
	{ "overflow-unaligned", FIELD(struct records_header, overflow_off), 328,
	  SEGMENT_ERR_SHORT },
	{ "slab-outside", FIELD(struct records_header, slab_off), UINT64_C(1) << 32,
	  SEGMENT_ERR_SHORT },
	{ "slab-unaligned", FIELD(struct records_header, slab_off), 96, SEGMENT_ERR_SHORT },
	{ "slab-wraps", FIELD(struct records_header, slab_off), UINT64_MAX - 63,
	  SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();
	struct binding_table t;

	(void)state;
	open_table(100, 0);
	patch_header("bindings", r);
	assert_int_equal(binding_table_attach(&t, test_dir), r->error);
	if (r->error != SEGMENT_OK) {
		assert_null(t.segment.header);
		assert_null(t.records.slab);
	}
	binding_table_detach(&t);
}
GTEST_ROWS_F(BindingAttach, headers, label, check_header, make_dir, close_table);

GTEST_F(BindingAttach, absent, make_dir, remove_dir)
{
	struct binding_table t;

	assert_int_equal(binding_table_attach(&t, test_dir), SEGMENT_ERR_ABSENT);
	binding_table_detach(&t);
}

/* A segment of the right kind that ends behind its general header. */
GTEST_F(BindingAttach, header_alone, make_dir, remove_dir)
{
	struct binding_table t;
	struct segment s;

	assert_int_equal(
		segment_create(&s, test_dir, &binding_segment_type, sizeof(struct segment_header)),
		SEGMENT_OK);
	assert_int_equal(segment_publish(&s), SEGMENT_OK);
	segment_detach(&s);
	assert_int_equal(binding_table_attach(&t, test_dir), SEGMENT_ERR_SHORT);
}

GTEST_F(BindingAttach, no_such_folder, make_dir, remove_dir)
{
	const struct binding_capacity capacity = { 100, 0 };
	enum segment_error error = SEGMENT_OK;

	assert_null(binding_writer_open(in_dir("none"), &capacity, test_clock, &error));
	assert_int_equal(error, SEGMENT_ERR_SYSTEM);
}

GTEST_F(BindingAttach, more_than_can_be_addressed, make_dir, remove_dir)
{
	const struct binding_capacity capacity = { UINT32_MAX, 64 };
	enum segment_error error = SEGMENT_OK;

	assert_null(binding_writer_open(test_dir, &capacity, test_clock, &error));
	assert_int_equal(error, SEGMENT_ERR_SPACE);
}

/* Until it is published, a table that is being built does not disturb the one in use. */
GTEST_F(BindingAttach, a_new_generation, make_dir, close_table)
{
	const struct binding_capacity capacity = { 100, 0 };
	struct binding_writer *next;
	struct binding_ref old;
	enum segment_error error;
	struct binding b = { .contact = LITERAL("sip:new"), .expires_ms = 2 };
	char aor[32];

	open_table(100, 0);
	assert_int_equal(put_numbered(1, 1), BINDING_OK);
	assert_int_equal(value_of(1), 1);
	old = copy.ref;
	next = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(next);
	assert_int_equal(binding_writer_put(next, numbered(1, aor), &b, 1, NULL, 0), BINDING_OK);
	assert_false(segment_replaced(&reader.segment));
	assert_int_equal(value_of(1), 1);
	assert_int_equal(binding_writer_publish(next), SEGMENT_OK);
	assert_true(segment_replaced(&reader.segment));
	assert_int_equal(value_of(1), 1);
	binding_table_detach(&reader);
	assert_int_equal(binding_table_attach(&reader, test_dir), SEGMENT_OK);
	assert_int_equal(value_of(1), 2);
	assert_int_equal(reader.header->segment.generation, 2);
	/* A reference into the table before is none into this one. */
	assert_false(binding_find_ref(&reader, old, &copy));
	binding_writer_close(next);
}

/* The table's octets behind the header, for writing. */
static uint8_t *
body_of(struct segment *s, size_t *size)
{
	const struct records_header *h = reader.header;

	assert_int_equal(segment_attach(s, test_dir, &binding_segment_type, true), SEGMENT_OK);
	*size = s->size - h->buckets_off;
	return (uint8_t *)s->header + h->buckets_off;
}

/* Whatever stands in the table, readers stay inside it and come to an end. */
static void
read_everything(unsigned int limit)
{
	struct binding_walk walk = { 0 };
	struct binding_instance instance;
	struct binding b;
	unsigned int row;

	for (unsigned int i = 0; i < 64; i++) {
		value_of(i);
		binding_find_hash(&reader, i, &copy);
		binding_find_epoch(&reader, i, &copy, &row);
		binding_prefetch_record(&reader, (uint64_t)i << 48 | i);
	}
	for (unsigned int i = 0; i < limit && binding_walk_next(&reader, &walk, &copy); i++) {
		struct slice aor = binding_aor(&copy);

		assert_true(aor.len <= BINDING_RECORD_MAX);
		for (unsigned int k = 0; k < 70; k++) {
			if (binding_get(&copy, k, &b) && b.contact.len > 0)
				assert_true(slice_end(b.contact) <=
					    (char *)copy.words + copy.record.size);
			if (binding_get(&copy, k, &b) && b.features.len > 0)
				assert_true(slice_end(b.features) <=
					    (char *)copy.words + copy.record.size);
			if (binding_instance_get(&copy, k, &instance) && instance.id.len > 0)
				assert_true(slice_end(instance.id) <=
					    (char *)copy.words + copy.record.size);
		}
	}
}

/* Of both indices. */
static uint32_t
chained_buckets(void)
{
	const struct records_header *h = reader.header;

	return h->bucket_count + h->overflow_count + h->alias_count + h->alias_overflow_count;
}

GTEST_F(BindingAttach, random_octets, make_dir, close_table)
{
	uint64_t seed = 1;
	struct segment s;
	uint8_t *body;
	size_t size;

	open_table(32, 128);
	body = body_of(&s, &size);
	((struct records_header *)(void *)s.header)->units_reserved = reader.records.unit_count;
	for (unsigned int round = 0; round < 300; round++) {
		for (size_t i = 0; i + 8 <= size; i += 8) {
			uint64_t v = next_random(&seed);

			/* Small numbers too, so that some units and lengths are in range. */
			v = round % 3 == 0   ? v
			    : round % 3 == 1 ? v & UINT64_C(0xffff0000000003ff)
					     : v & UINT64_C(0x7fe07fe07fe07fe);
			memcpy(body + i, &v, 8);
		}
		/* The links between buckets are another case's matter. */
		for (uint32_t i = 0; i < chained_buckets(); i++)
			((struct records_bucket *)(void *)body)[i].next = 0;
		read_everything(1000);
	}
	segment_detach(&s);
}

/* Single octets of a good table changed. */
GTEST_F(BindingAttach, single_octets_changed, make_dir, close_table)
{
	uint64_t seed = 1;
	struct segment s;
	uint8_t *body;
	size_t size;

	open_table(32, 128);
	for (unsigned int i = 0; i < 60; i++)
		put_numbered(i, i + 1);
	body = body_of(&s, &size);
	size = reader.header->slab_off - reader.header->buckets_off + 4 * 60 * RECORDS_UNIT;
	for (unsigned int i = 0; i < 2000; i++) {
		size_t at = next_random(&seed) % size;
		uint8_t old = body[at];

		if (at < reader.header->slab_off - reader.header->buckets_off && at % 64 >= 56)
			continue;
		body[at] = (uint8_t)next_random(&seed);
		read_everything(200);
		body[at] = old;
	}
	segment_detach(&s);
}

/* Links of a chain that lead back to it, or nowhere. */
static const struct link_row {
	const char *label;
	uint32_t first, second; /* `next` of the first bucket and of the first overflow bucket */
} links[] = {
	{ "to-itself", 1, 1 },
	{ "to-and-fro", 1, 2 },
	{ "behind-the-last", 1, 17 },
	{ "far-outside", UINT32_MAX, 0 },
};

static void
check_links(void **state)
{
	const struct link_row *r = gtest_row();
	struct records_bucket *bucket;
	struct segment s;
	size_t size;

	(void)state;
	open_table(1, 0);
	bucket = (struct records_bucket *)(void *)body_of(&s, &size);
	bucket[0].next = r->first;
	bucket[1].next = r->second;
	bucket[2].next = 1;
	if (fork_child() == 0) {
		struct binding_walk walk = { 0 };

		assert_int_equal(value_of(1), 0);
		binding_walk_next(&reader, &walk, &copy);
		_exit(0);
	}
	assert_int_equal(join_child(2), 0);
	segment_detach(&s);
}
GTEST_ROWS_F(BindingAttach, links, label, check_links, make_dir, close_table);

/* A writer died while it filled a record in: no index entry names it, or an old one does. */
GTEST_F(BindingAttach, unfinished_record, make_dir, close_table)
{
	struct records_record *record;
	struct segment s;
	uint64_t version;
	size_t size;

	open_table(100, 0);
	assert_int_equal(put_numbered(1, 1), BINDING_OK);
	assert_int_equal(value_of(1), 1);
	body_of(&s, &size);
	record = (struct records_record *)(void *)((uint8_t *)s.header + reader.header->slab_off +
						   (size_t)copy.ref.unit * RECORDS_UNIT);
	version = record->version;
	record->version = version | 1;
	assert_int_equal(value_of(1), 0);
	record->version = version + 2;
	assert_int_equal(value_of(1), 0);
	record->version = version;
	record->size = 31;
	assert_int_equal(value_of(1), 0);
	record->size = BINDING_RECORD_MAX + 1;
	assert_int_equal(value_of(1), 0);
	record->size = UINT32_MAX;
	assert_int_equal(value_of(1), 0);
	segment_detach(&s);
}

static const struct copy_row {
	const char *label;
	uint32_t size;
	uint16_t count, contact_off, contact_len;
	bool good;
} copies[] = {
	{ "sound", 130, 1, 120, 10, true },
	{ "nothing-there", 130, 1, 120, 0, true },
	{ "one-octet-too-far", 130, 1, 120, 11, false },
	{ "off-outside", 130, 1, 131, 0, false },
	{ "off-and-length-wrap", 130, 1, 65535, 65535, false },
	{ "count-without-room", 79, 1, 32, 1, false },
	{ "count-0", 130, 0, 120, 10, false },
};

static void
check_copy(void **state)
{
	const struct copy_row *r = *state;
	struct binding_entry *e = (struct binding_entry *)(&copy.record + 1);
	struct binding b;

	memset(&copy, 0, sizeof(copy));
	copy.record.size = r->size;
	copy.record.count = r->count;
	e->contact_off = r->contact_off;
	e->contact_len = r->contact_len;
	assert_int_equal(binding_get(&copy, 0, &b), r->good);
	copy.record.key_off = r->contact_off;
	copy.record.key_len = r->contact_len;
	if (!r->good && r->count != 0 && r->size == 130)
		assert_null(binding_aor(&copy).ptr);
}
GTEST_ROWS(BindingAttach, copies, label, check_copy);

static const struct features_row {
	const char *label;
	uint16_t off, len;
	bool good;
} features[] = {
	{ "none", 0, 10, true },          { "sound", 118, 10, true },
	{ "empty", 128, 0, true },        { "one-octet-too-far", 118, 11, false },
	{ "length-cut", 129, 0, false },  { "off-outside", 131, 0, false },
	{ "off-wraps", 65535, 1, false }, { "length-wraps", 118, 65535, false },
};

static void
check_features(void **state)
{
	const struct features_row *r = *state;
	struct binding_entry *e = (struct binding_entry *)(&copy.record + 1);
	struct binding b;

	memset(&copy, 0, sizeof(copy));
	copy.record.size = 130;
	copy.record.count = 1;
	e->features_off = r->off;
	if (r->off < 130)
		memcpy((char *)copy.words + r->off, &r->len, sizeof(r->len));
	e->features_off = r->off;
	assert_int_equal(binding_get(&copy, 0, &b), r->good);
	if (r->good)
		assert_int_equal(b.features.len, r->off != 0 ? r->len : 0);
}
GTEST_ROWS(BindingAttach, features, label, check_features);
