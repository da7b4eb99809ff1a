/* SPDX-License-Identifier: BSD-3-Clause */
/* A table whose writer is gone is continued, if it is sound. */
#include "lib/table/binding_support.h"

enum { AORS = 500 };

/* Leave the writer without a word, as if it had been killed, and continue its table. */
static enum segment_error
adopt(void)
{
	enum segment_error error;

	binding_writer_close(writer);
	writer = binding_writer_adopt(test_dir, test_clock, &error);
	assert_int_equal(writer != NULL, error == SEGMENT_OK);
	return error;
}

static void
fill(void)
{
	for (unsigned int i = 0; i < AORS; i++)
		assert_int_equal(put_instance(i, 0, i + 1), BINDING_OK);
}

static void
check_filled(void)
{
	for (unsigned int i = 0; i < AORS; i++) {
		assert_int_equal(value_of(i), i + 1);
		assert_int_equal(value_by_epoch(epoch_of(i, 0)), i + 1);
	}
	assert_int_equal(binding_table_aors(&reader), AORS);
	assert_int_equal(binding_table_bindings(&reader), AORS);
}

GTEST_F(RecordsAdopt, goes_on_where_it_was, make_dir, close_table)
{
	uint64_t used;

	open_table(AORS, 0);
	fill();
	used = reader.header->units_used;
	assert_int_equal(adopt(), SEGMENT_OK);
	assert_false(segment_replaced(&reader.segment));
	check_filled();
	assert_int_equal(reader.header->units_used, used);
	/* and its writer changes it as before, for readers who have it still */
	for (unsigned int i = 0; i < AORS; i++)
		assert_int_equal(put_instance(i, 0, i + 1), BINDING_OK);
	check_filled();
}

GTEST_F(RecordsAdopt, absent, make_dir, remove_dir)
{
	enum segment_error error = SEGMENT_OK;

	assert_null(binding_writer_adopt(test_dir, test_clock, &error));
	assert_int_equal(error, SEGMENT_ERR_ABSENT);
}

/* What was free may still be read: it is left alone as if it had become free just now. */
GTEST_F(RecordsAdopt, LD_29_limbo, make_dir, close_table)
{
	struct binding_ref old;
	uint64_t version, start;

	open_table(AORS, 0);
	fill();
	assert_int_equal(value_of(7), 8);
	old = copy.ref;
	assert_int_equal(put_instance(7, 0, 1000), BINDING_OK);
	version = reader.header->version;
	start = now;
	assert_int_equal(adopt(), SEGMENT_OK);
	now = start + BINDING_LIMBO_MS - 1;
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(put_instance(i, 0, i + 1), BINDING_OK);
	assert_true(binding_find_ref(&reader, old, &copy));
	/* no version is given twice */
	assert_int_equal(value_of(0), 1);
	assert_true(copy.ref.version > version);
	now = start + BINDING_LIMBO_MS;
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(put_instance(i, 0, i + 1), BINDING_OK);
	assert_false(binding_find_ref(&reader, old, &copy));
}

/* Nothing is lost however often it happens. */
GTEST_F(RecordsAdopt, memory_is_found_again, make_dir, close_table)
{
	uint32_t next = 0;

	open_table(AORS, 0);
	fill();
	for (unsigned int round = 0; round < 20; round++) {
		next = round == 2 ? reader.header->next_unit : next;
		now += BINDING_LIMBO_MS;
		fill();
		assert_int_equal(adopt(), SEGMENT_OK);
		check_filled();
	}
	/* but for pieces that are a little too large for these records */
	assert_in_range(reader.header->next_unit, next, next + next / 16);
}

/* Random changes, and whoever comes next knows all of them. */
GTEST_F(RecordsAdopt, random_changes, make_dir, close_table)
{
	static uint64_t model[AORS];
	static unsigned int epoch[AORS];
	uint64_t seed = 1;
	char aor[32];

	memset(model, 0, sizeof(model));
	open_growing();
	for (unsigned int i = 1; i <= 20000; i++) {
		unsigned int n = random_below(&seed, AORS);

		now += random_below(&seed, 300);
		if (random_below(&seed, 3) > 0) {
			model[n] = i;
			epoch[n] = random_below(&seed, 4);
			assert_int_equal(put_instance(n, epoch[n], i), BINDING_OK);
		} else {
			binding_writer_remove(writer, numbered(n, aor));
			model[n] = 0;
		}
		binding_writer_step(writer, random_below(&seed, 3));
		if (i % 500 != 0)
			continue;
		assert_int_equal(adopt(), SEGMENT_OK);
		follow();
		for (unsigned int k = 0; k < AORS; k++) {
			assert_int_equal(value_of(k), model[k]);
			for (unsigned int e = 0; e < 4; e++)
				assert_int_equal(value_by_epoch(epoch_of(k, e)),
						 e == epoch[k] ? model[k] : 0);
		}
	}
}

/* ---- tables that are not sound ---- */

static struct segment raw;

static struct records_header *
header(void)
{
	return (struct records_header *)(void *)raw.header;
}

/* The first index entry, and its record. */
static _Atomic uint64_t *
an_entry(unsigned int skip)
{
	struct records_bucket *b =
		(struct records_bucket *)(void *)((uint8_t *)raw.header + header()->buckets_off);

	for (uint32_t i = 0; i < header()->bucket_count; i++)
		for (int k = 0; k < 7; k++)
			if (b[i].entry[k] != 0 && skip-- == 0)
				return &b[i].entry[k];
	fail();
	return NULL;
}

static struct records_record *
a_record(void)
{
	return (struct records_record *)(void *)((uint8_t *)raw.header + header()->slab_off +
						 (uint64_t)entry_unit(*an_entry(0)) * RECORDS_UNIT);
}

static struct binding_entry *
a_binding(void)
{
	return (struct binding_entry *)(a_record() + 1);
}

static struct binding_row *
a_row(void)
{
	return (struct binding_row *)(a_binding() + 1);
}

static struct records_bucket *
a_bucket(void)
{
	return (struct records_bucket *)((uintptr_t)an_entry(0) & ~(uintptr_t)63);
}

static const struct damage_row {
	const char *label;
	int what;
	enum segment_error error;
} damages[] = {
	{ "none", 0, SEGMENT_OK },
	{ "unit-outside", 1, SEGMENT_ERR_DAMAGED },
	{ "another-tag", 2, SEGMENT_ERR_DAMAGED },
	{ "another-version", 3, SEGMENT_ERR_DAMAGED },
	{ "odd-version", 4, SEGMENT_ERR_DAMAGED },
	{ "later-version", 5, SEGMENT_ERR_DAMAGED },
	{ "another-hash", 6, SEGMENT_ERR_DAMAGED },
	{ "another-key", 7, SEGMENT_ERR_DAMAGED },
	{ "key-outside", 8, SEGMENT_ERR_DAMAGED },
	{ "size-0", 9, SEGMENT_ERR_DAMAGED },
	{ "size-too-large", 10, SEGMENT_ERR_DAMAGED },
	{ "more-units", 11, SEGMENT_ERR_DAMAGED },
	{ "twice", 12, SEGMENT_ERR_DAMAGED },
	{ "contact-outside", 13, SEGMENT_ERR_DAMAGED },
	{ "path-outside", 14, SEGMENT_ERR_DAMAGED },
	{ "flow-outside", 15, SEGMENT_ERR_DAMAGED },
	{ "instance-unknown", 16, SEGMENT_ERR_DAMAGED },
	{ "row-outside", 17, SEGMENT_ERR_DAMAGED },
	{ "many-bindings", 18, SEGMENT_ERR_DAMAGED },
	{ "many-rows", 19, SEGMENT_ERR_DAMAGED },
	{ "epoch-too-large", 20, SEGMENT_ERR_DAMAGED },
	{ "chain-outside", 21, SEGMENT_ERR_DAMAGED },
	{ "next-unit-outside", 22, SEGMENT_ERR_DAMAGED },
	{ "next-unit-before-records", 23, SEGMENT_ERR_DAMAGED },
	{ "wrong-counts", 24, SEGMENT_OK },
	{ "aliases-gone", 25, SEGMENT_OK },
	{ "aliases-of-nothing", 26, SEGMENT_OK },
	{ "alias-chain-to-itself", 27, SEGMENT_ERR_DAMAGED },
	{ "wrong-bucket", 28, SEGMENT_ERR_DAMAGED },
	{ "features-outside", 29, SEGMENT_ERR_DAMAGED },
	{ "features-too-long", 30, SEGMENT_ERR_DAMAGED },
};

static void
damage_record(int what)
{
	struct records_record *r = a_record();
	const uint16_t one = 1;

	switch (what) {
	case 4:
		r->version |= 1;
		break;
	case 5:
		header()->version = r->version - 2;
		break;
	case 6:
		r->hash ^= UINT64_C(1) << 63;
		break;
	case 7:
		((char *)r)[r->key_off + 5] ^= 1;
		break;
	case 8:
		r->key_len = 60000;
		break;
	case 9:
		r->size = 0;
		break;
	case 10:
		r->size = BINDING_RECORD_MAX + 1;
		break;
	case 11:
		r->units++;
		break;
	case 13:
		a_binding()->contact_off = (uint16_t)r->size;
		break;
	case 14:
		a_binding()->path_len = 60000;
		break;
	case 15:
		a_binding()->flow_off = (uint16_t)(r->size - 47);
		break;
	case 16:
		a_binding()->instance = 2;
		break;
	case 17:
		a_row()->len = 60000;
		break;
	case 18:
		r->count = BINDING_MAX_CONTACTS + 1;
		break;
	case 19:
		r->rows = BINDING_MAX_INSTANCES + 1;
		break;
	case 29:
		a_binding()->features_off = (uint16_t)(r->size - 1);
		break;
	case 30:
		memcpy((char *)r + r->size - 2, &one, sizeof(one));
		a_binding()->features_off = (uint16_t)(r->size - 2);
		break;
	case 20:
		a_row()->epoch = BINDING_EPOCH_MAX + 1;
		break;
	default:
		break;
	}
}

static void
damage_rest(int what)
{
	struct records_bucket *alias =
		(struct records_bucket *)(void *)((uint8_t *)raw.header + header()->aliases_off);
	_Atomic uint64_t *e = an_entry(0);

	switch (what) {
	case 1:
		*e |= UINT32_MAX;
		break;
	case 2:
		*e ^= UINT64_C(1) << 60;
		break;
	case 3:
		*e ^= UINT64_C(1) << 40;
		break;
	case 12:
		*an_entry(1) = *e;
		break;
	case 21:
		a_bucket()->next = header()->overflow_count + 1;
		break;
	case 22:
		header()->next_unit = header()->unit_count + 1;
		break;
	case 23:
		header()->next_unit = 1;
		break;
	case 24:
		header()->keys = header()->items = header()->units_used = 77;
		break;
	case 25:
		memset((void *)alias, 0, (size_t)header()->alias_count * 64);
		break;
	case 26:
		for (uint32_t i = 0; i < header()->alias_count; i++)
			for (int k = 0; k < 7; k++)
				if (alias[i].entry[k] == 0)
					alias[i].entry[k] = 4711 + i;
		break;
	case 27:
		alias[0].next = 1;
		alias[header()->alias_count].next = 1;
		break;
	case 28:
		/* a slot of another bucket */
		*(_Atomic uint64_t *)(((uintptr_t)an_entry(AORS / 2) & ~(uintptr_t)63) + 48) = *e;
		*e = 0;
		break;
	default:
		break;
	}
}

static void
check_damage(void **state)
{
	const struct damage_row *r = gtest_row();
	unsigned int at;

	(void)state;
	open_table(AORS, 0);
	fill();
	assert_int_equal(segment_attach(&raw, test_dir, &binding_segment_type, true), SEGMENT_OK);
	damage_record(r->what);
	damage_rest(r->what);
	segment_detach(&raw);
	assert_int_equal(adopt(), r->error);
	if (r->error == SEGMENT_OK) {
		check_filled();
		assert_false(binding_find_epoch(&reader, 4711, &copy, &at));
		fill();
		check_filled();
	}
}
GTEST_ROWS_F(RecordsAdopt, damages, label, check_damage, make_dir, close_table);

/* Whatever single octets are changed, adopting comes to an end and what it takes can be used. */
GTEST_F(RecordsAdopt, single_octets_changed, make_dir, close_table)
{
	uint64_t seed = 1;
	uint8_t *at;
	uint8_t old;

	open_table(AORS, 0);
	fill();
	for (unsigned int i = 0; i < 1500; i++) {
		size_t end;

		assert_int_equal(segment_attach(&raw, test_dir, &binding_segment_type, true),
				 SEGMENT_OK);
		end = header()->slab_off + (size_t)header()->next_unit * RECORDS_UNIT;
		at = (uint8_t *)raw.header + header()->buckets_off +
		     next_random(&seed) % (end - header()->buckets_off);
		old = *at;
		*at = (uint8_t)next_random(&seed);
		if (adopt() == SEGMENT_OK) {
			value_of(random_below(&seed, AORS));
			put_instance(random_below(&seed, AORS), 0, i);
		}
		*at = old;
		segment_detach(&raw);
	}
}
