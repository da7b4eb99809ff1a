/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/binding_support.h"

/* LD-29: a record that was replaced stays as it is for BINDING_LIMBO_MS. */
GTEST_F(BindingMemory, LD_29_limbo, make_dir, close_table)
{
	uint64_t start;
	struct binding_ref first;
	struct binding b;
	char aor[32];

	open_table(100, 0);
	start = now;
	assert_int_equal(put_numbered(1, 111), BINDING_OK);
	assert_int_equal(value_of(1), 111);
	first = copy.ref;
	assert_int_equal(put_numbered(1, 222), BINDING_OK);
	for (uint64_t t = 0; t < BINDING_LIMBO_MS; t += 1111) {
		now = start + t;
		assert_int_equal(put_numbered(2, t), BINDING_OK);
	}
	now = start + BINDING_LIMBO_MS - 1;
	assert_int_equal(put_numbered(3, 1), BINDING_OK);
	assert_true(binding_find_ref(&reader, first, &copy));
	assert_true(binding_get(&copy, 0, &b) && b.expires_ms == 111);
	assert_slice(binding_aor(&copy), "sip:1@b.example");
	assert_int_equal(value_of(1), 222);
	now = start + BINDING_LIMBO_MS;
	/* Good as long as nothing else has come to lie there ... */
	assert_true(binding_find_ref(&reader, first, &copy));
	/* ... which the next record of this size does. */
	assert_int_equal(put_numbered(4, 444), BINDING_OK);
	assert_false(binding_find_ref(&reader, first, &copy));
	assert_int_equal(value_of(4), 444);
	assert_int_equal(copy.ref.unit, first.unit);
	assert_int_equal(value_of(1), 222);
	assert_int_equal(binding_writer_remove(writer, numbered(1, aor)), BINDING_OK);
}

GTEST_F(BindingMemory, LD_29_removed_record_stays_in_limbo, make_dir, close_table)
{
	struct binding_ref ref;
	char aor[32];

	open_table(100, 0);
	assert_int_equal(put_numbered(1, 111), BINDING_OK);
	assert_int_equal(value_of(1), 111);
	ref = copy.ref;
	assert_int_equal(binding_writer_remove(writer, numbered(1, aor)), BINDING_OK);
	assert_int_equal(put_numbered(2, 222), BINDING_OK);
	assert_int_equal(value_of(1), 0);
	assert_true(binding_find_ref(&reader, ref, &copy));
	now += BINDING_LIMBO_MS;
	assert_int_equal(put_numbered(3, 333), BINDING_OK);
	assert_false(binding_find_ref(&reader, ref, &copy));
}

GTEST_F(BindingMemory, references_that_are_none, make_dir, close_table)
{
	struct binding_ref ref, bad;

	open_table(100, 0);
	assert_int_equal(put_numbered(1, 111), BINDING_OK);
	assert_int_equal(value_of(1), 111);
	ref = copy.ref;
	assert_true(binding_find_ref(&reader, ref, &copy));
	bad = ref;
	bad.version += 2;
	assert_false(binding_find_ref(&reader, bad, &copy));
	bad = ref;
	bad.version |= 1;
	assert_false(binding_find_ref(&reader, bad, &copy));
	bad = ref;
	bad.generation++;
	assert_false(binding_find_ref(&reader, bad, &copy));
	bad = ref;
	bad.unit = reader.records.unit_count;
	assert_false(binding_find_ref(&reader, bad, &copy));
	bad.unit = UINT32_MAX;
	assert_false(binding_find_ref(&reader, bad, &copy));
	bad = (struct binding_ref){ .unit = reader.records.unit_count - 1,
				    .generation = ref.generation };
	assert_false(binding_find_ref(&reader, bad, &copy));
}

/* A new record of a number, not where the one before was. */
static bool
is_moved(unsigned int n, uint64_t value)
{
	struct binding_ref old;

	value_of(n);
	old = copy.ref;
	assert_int_equal(put_numbered(n, value), BINDING_OK);
	assert_int_equal(value_of(n), value);
	return copy.ref.unit != old.unit;
}

/* No memory left: the table is unchanged, and records of a second ago are given up. */
GTEST_F(BindingMemory, full, make_dir, close_table)
{
	unsigned int good = 0;
	struct binding_ref old;

	open_table(8, 64);
	assert_int_equal(put_numbered(1, 1), BINDING_OK);
	while (good < 1000 && is_moved(1, good + 2))
		good++;
	/* 16 units and room for one record of the largest size; four units for each record here. */
	assert_int_equal(good, (16 + BINDING_RECORD_MAX / RECORDS_UNIT) / 4 - 1);
	/* the next one came to lie where the one before was */
	assert_int_equal(value_of(1), good + 2);
	assert_int_equal(put_numbered(1, good + 1), BINDING_OK);
	assert_int_equal(value_of(1), good + 1);
	old = copy.ref;
	assert_int_equal(put_numbered(2, 1), BINDING_ERR_FULL);
	now += 999;
	assert_int_equal(put_numbered(2, 1), BINDING_ERR_FULL);
	assert_int_equal(value_of(1), good + 1);
	assert_int_equal(value_of(2), 0);
	now += 1;
	assert_int_equal(put_numbered(2, 222), BINDING_OK);
	assert_int_equal(value_of(2), 222);
	assert_int_equal(value_of(1), good + 1);
	assert_true(binding_find_ref(&reader, old, &copy));
	assert_int_equal(binding_table_aors(&reader), 2);
}

/*
 * Nothing is left but the place of the old record: what is no larger goes there, what is larger is
 * refused, and the old one stays.
 */
GTEST_F(BindingMemory, full_refresh_stays, make_dir, close_table)
{
	static char text[200];
	struct binding b = { .contact = { text, sizeof(text) }, .expires_ms = 5 };
	struct binding_ref old;
	uint64_t used;

	memset(text, 'x', sizeof(text));
	open_table(400, 64);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:a"), &b, 1, NULL, 0), BINDING_OK);
	for (unsigned int n = 1; put_numbered(n, n) == BINDING_OK; n++)
		;
	assert_true(find(SLICE("sip:a")));
	old = copy.ref;
	used = reader.header->units_used;
	text[0] = 'y';
	b.contact.len = 150;
	assert_int_equal(binding_writer_reserve(writer, SLICE("sip:a"), &b, 1, NULL, 0),
			 BINDING_OK);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:a"), &b, 1, NULL, 0), BINDING_OK);
	assert_true(find(SLICE("sip:a")) && binding_get(&copy, 0, &b));
	assert_true(slice_eq(b.contact, slice_of(text, 150)));
	assert_int_equal(copy.ref.unit, old.unit);
	assert_false(binding_find_ref(&reader, old, &copy));
	assert_true(reader.header->units_used < used);
	b.contact = slice_of(text, sizeof(text));
	b.contact.len = 200;
	assert_int_equal(binding_writer_reserve(writer, SLICE("sip:a"), &b, 1, NULL, 0),
			 BINDING_ERR_FULL);
	assert_int_equal(binding_writer_put(writer, SLICE("sip:a"), &b, 1, NULL, 0),
			 BINDING_ERR_FULL);
	assert_true(find(SLICE("sip:a")) && binding_get(&copy, 0, &b));
	assert_int_equal(b.contact.len, 150);
	/* its writer dies, and the next one goes on */
	binding_writer_close(writer);
	writer = binding_writer_adopt(test_dir, test_clock, &(enum segment_error){ 0 });
	assert_non_null(writer);
	assert_int_equal(reader.header->units_used,
			 binding_writer_table(writer)->header->units_used);
}

/* What was promised fits, whatever was promised besides. */
GTEST_F(BindingMemory, promises_are_kept, make_dir, close_table)
{
	enum { AORS = 64 };
	static char text[3000];
	bool promised[AORS];
	unsigned int kept = 0;
	char aor[32];

	memset(text, 'x', sizeof(text));
	open_table(AORS, 300);
	for (unsigned int round = 1; round < 30; round++) {
		for (unsigned int i = 0; i < AORS; i++) {
			struct binding b = { .contact = { text, (i * round * 97) % 1500 } };

			promised[i] = binding_writer_reserve(writer, numbered(i, aor), &b, 1, NULL,
							     0) == BINDING_OK;
		}
		for (unsigned int i = AORS; i-- > 0;) {
			struct binding b = { .contact = { text, (i * round * 97) % 1500 } };

			if (!promised[i])
				continue;
			kept++;
			assert_int_equal(
				binding_writer_put(writer, numbered(i, aor), &b, 1, NULL, 0),
				BINDING_OK);
		}
		now += round % 3 == 0 ? BINDING_LIMBO_MS : 100;
	}
	assert_in_range(kept, 500, AORS * 29 - 100);
}

/* Memory of large records serves small ones; nothing that lives is written over. */
GTEST_F(BindingMemory, large_places_are_cut_up, make_dir, close_table)
{
	static char text[2000];
	struct binding large = { .contact = { text, sizeof(text) } };
	struct binding_ref old;
	unsigned int n = 0;

	memset(text, 'x', sizeof(text));
	open_table(200, 64);
	copy.ref.unit = RECORDS_NONE;
	do {
		old = copy.ref;
		assert_int_equal(binding_writer_put(writer, SLICE("sip:large"), &large, 1, NULL, 0),
				 BINDING_OK);
		assert_true(find(SLICE("sip:large")));
	} while (n++ < 1000 && copy.ref.unit != old.unit);
	assert_in_range(n, 10, 30);
	now += BINDING_LIMBO_MS;
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(put_numbered(i, i + 1), BINDING_OK);
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(value_of(i), i + 1);
	assert_true(find(SLICE("sip:large")));
	assert_true(binding_get(&copy, 0, &large));
	assert_memory_equal(large.contact.ptr, text, sizeof(text));
}

/* What random changes leave is what a plain array of the same changes says. */
GTEST_F(BindingMemory, random_changes, make_dir, close_table)
{
	enum { AORS = 400, CHANGES = 40000 };
	static char text[900];
	static struct {
		bool known;
		uint16_t len;
		uint8_t count;
		uint64_t expires;
	} model[AORS];
	uint64_t seed = 1;

	memset(text, 't', sizeof(text));
	memset(model, 0, sizeof(model));
	open_table(AORS, 8192);
	for (unsigned int i = 0; i < CHANGES; i++) {
		unsigned int n = random_below(&seed, AORS), what = random_below(&seed, 10);
		struct binding b[3];
		char buffer[32];
		struct slice aor = numbered(n, buffer);

		now += random_below(&seed, 2000);
		if (what < 6) {
			model[n].known = true;
			model[n].len = (uint16_t)random_below(&seed, sizeof(text));
			model[n].count = (uint8_t)random_below(&seed, 4);
			model[n].expires = i;
			for (unsigned int k = 0; k < model[n].count; k++)
				b[k] = (struct binding){ .contact = { text, model[n].len },
							 .expires_ms = i };
			assert_int_equal(
				binding_writer_put(writer, aor, b, model[n].count, NULL, 0),
				BINDING_OK);
		} else if (what < 8) {
			assert_int_equal(binding_writer_remove(writer, aor),
					 model[n].known ? BINDING_OK : BINDING_ERR_ABSENT);
			model[n].known = false;
			model[n].count = 0;
		} else if (model[n].count > 0) {
			for (unsigned int k = 0; k < model[n].count; k++)
				assert_int_equal(binding_writer_touch(writer, aor, k, i, i),
						 BINDING_OK);
			model[n].expires = i;
		}
		n = random_below(&seed, AORS);
		assert_int_equal(find(numbered(n, buffer)), model[n].known);
		if (!model[n].known)
			continue;
		assert_int_equal(copy.record.count, model[n].count);
		for (unsigned int k = 0; k < model[n].count; k++) {
			assert_true(binding_get(&copy, k, &b[0]));
			assert_true(b[0].expires_ms == model[n].expires);
			assert_int_equal(b[0].contact.len, model[n].len);
		}
	}
}

/*
 * AORs that each keep to the memory the table was made for, and grow and shrink within it: their
 * memory was cut up for small records and has to serve large ones again.
 */
GTEST_F(BindingMemory, within_capacity_after_shrinking_and_growing, make_dir, close_table)
{
	enum { AORS = 200, OCTETS = 512 };
	static const size_t octets[] = { OCTETS, OCTETS / 2, OCTETS - RECORDS_UNIT, OCTETS };
	static char text[OCTETS];

	memset(text, 'x', sizeof(text));
	open_table(AORS, OCTETS);
	for (unsigned int step = 0; step < sizeof(octets) / sizeof(octets[0]); step++)
		for (unsigned int i = 0; i < AORS; i++) {
			char buffer[32];
			struct slice aor = numbered(i, buffer);
			size_t headers =
				sizeof(struct records_record) + sizeof(struct binding_entry);
			struct binding b = { .contact = { text,
							  octets[step] - headers - aor.len } };

			now += BINDING_LIMBO_MS;
			if (binding_writer_put(writer, aor, &b, 1, NULL, 0) != BINDING_OK)
				fail_msg("step %u, AOR %u: full, with %llu of %u units in use",
					 step, i, (unsigned long long)reader.header->units_used,
					 reader.header->unit_count);
		}
}
