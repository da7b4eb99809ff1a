/* SPDX-License-Identifier: BSD-3-Clause */
/* A table that fills up is followed by a larger one, and a scattered one by a denser one. */
#include <sys/resource.h>

#include "lib/table/binding_support.h"

static uint64_t
generation(void)
{
	return binding_writer_table(writer)->header->segment.generation;
}

/* Without a step in between: the last put before there is no room does all of it. */
GTEST_F(RecordsGrow, by_itself, make_dir, close_table)
{
	enum { AORS = 20000 };

	open_growing();
	for (unsigned int i = 0; i < AORS; i++)
		assert_int_equal(put_instance(i, 0, i + 1), BINDING_OK);
	assert_true(generation() > 5);
	assert_int_equal(reader.header->segment.generation, 1);
	follow();
	assert_int_equal(reader.header->segment.generation, generation());
	assert_int_equal(binding_table_aors(&reader), AORS);
	for (unsigned int i = 0; i < AORS; i++) {
		assert_int_equal(value_of(i), i + 1);
		assert_int_equal(value_by_epoch(epoch_of(i, 0)), i + 1);
	}
}

/* Before it has a name, too. */
GTEST_F(RecordsGrow, unpublished, make_dir, close_table)
{
	const struct binding_capacity capacity = { 8, 64, false };
	enum segment_error error;

	writer = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(writer);
	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(put_numbered(i, i + 1), BINDING_OK);
	assert_int_equal(binding_table_attach(&reader, test_dir), SEGMENT_ERR_ABSENT);
	assert_int_equal(binding_writer_publish(writer), SEGMENT_OK);
	assert_int_equal(binding_table_attach(&reader, test_dir), SEGMENT_OK);
	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(value_of(i), i + 1);
	/* nothing else is left lying about */
	while (binding_writer_step(writer, 100))
		;
	assert_int_equal(access(in_dir("bindings.new"), F_OK), -1);
	assert_int_equal(access(in_dir("bindings.next"), F_OK), -1);
}

/* What the table says of itself goes along, and the hashes stay. */
GTEST_F(RecordsGrow, header_goes_along, make_dir, close_table)
{
	static const uint8_t identity[16] = "an identity here";
	uint8_t got[16];
	uint64_t sequence, hash, first;

	open_growing();
	hash = binding_hash(&reader, SLICE("sip:a@b"));
	first = generation();
	binding_writer_set_complete(writer, true);
	binding_writer_set_store(writer, identity, 77);
	for (unsigned int i = 0; generation() == first; i++)
		assert_int_equal(put_numbered(i, 1), BINDING_OK);
	follow();
	assert_true(binding_table_is_complete(&reader));
	binding_table_store(&reader, got, &sequence);
	assert_memory_equal(got, identity, 16);
	assert_int_equal(sequence, 77);
	assert_int_equal(binding_hash(&reader, SLICE("sip:a@b")), hash);
}

/* What a plain array says of the same changes. */
enum { MODEL = 3000 };

static struct {
	uint64_t value;
	unsigned int epoch;
} model[MODEL];

static void
change_one(uint64_t *seed, uint64_t value, bool instances)
{
	unsigned int n = random_below(seed, MODEL), what = random_below(seed, 10);
	char aor[32];

	if (what < 6) {
		model[n].value = value;
		model[n].epoch = instances ? random_below(seed, 3) : 0;
		assert_int_equal(put_instance(n, model[n].epoch, value), BINDING_OK);
	} else if (what < 8) {
		binding_writer_remove(writer, numbered(n, aor));
		model[n].value = 0;
	} else if (model[n].value != 0) {
		model[n].value = value;
		assert_int_equal(binding_writer_touch(writer, numbered(n, aor), 0, value, 0),
				 BINDING_OK);
	}
}

static void
check_model(void)
{
	uint64_t aors = 0;

	for (unsigned int n = 0; n < MODEL; n++) {
		aors += model[n].value != 0;
		assert_int_equal(value_of(n), model[n].value);
		for (unsigned int k = 0; k < 3; k++)
			assert_int_equal(value_by_epoch(epoch_of(n, k)),
					 k == model[n].epoch ? model[n].value : 0);
	}
	assert_int_equal(binding_table_aors(&reader), aors);
}

/* Changes at every point of the way, and every table of it is right for whoever reads it. */
GTEST_F(RecordsGrow, changes_in_between, make_dir, close_table)
{
	uint64_t seed = 1, tables = 0, last;

	memset(model, 0, sizeof(model));
	open_growing();
	last = generation();
	for (unsigned int i = 1; i <= 60000; i++) {
		change_one(&seed, i, true);
		now += random_below(&seed, 200);
		if (generation() == last && i % 3 == 0) {
			binding_writer_step(writer, 1 + random_below(&seed, 7));
			/* who has not seen it yet has all the same */
			if (generation() != last)
				check_model();
		}
		if (generation() != last) {
			tables++;
			last = generation();
			follow();
			check_model();
		}
		if (i % 10000 == 0)
			check_model();
	}
	assert_true(tables >= 5);
}

/* For a second, those who have not looked yet get the changes, too. */
GTEST_F(RecordsGrow, old_readers_linger, make_dir, close_table)
{
	uint64_t first;
	unsigned int n = 0;

	open_growing();
	first = generation();
	for (; generation() == first; n++) {
		assert_int_equal(put_numbered(n, n + 1), BINDING_OK);
		binding_writer_step(writer, 16);
	}
	assert_int_equal(put_numbered(1, 4711), BINDING_OK);
	assert_int_equal(value_of(1), 4711);
	now += 1000;
	binding_writer_step(writer, 1);
	assert_int_equal(put_numbered(1, 1), BINDING_OK);
	assert_int_equal(value_of(1), 4711);
	/* the memory of the old one is given back later, also while somebody maps it */
	now += BINDING_LIMBO_MS;
	binding_writer_step(writer, 1);
	while (binding_writer_step(writer, 1))
		;
	value_of(1);
	follow();
	assert_int_equal(value_of(1), 1);
	for (unsigned int i = 2; i < n; i++)
		assert_int_equal(value_of(i), i + 1);
}

/* Sizes that change cut the slab up until no piece will do: then it is put together again. */
GTEST_F(RecordsGrow, compaction, make_dir, close_table)
{
	enum { AORS = 2000 };
	static char text[4000];
	uint64_t first, units;
	char aor[32];

	memset(text, 'x', sizeof(text));
	open_capacity((struct binding_capacity){ AORS, 600, false });
	first = generation();
	units = reader.header->unit_count;
	for (unsigned int i = 0; i < AORS; i++) {
		const struct binding b = { .contact = { text, 330 }, .expires_ms = i + 1 };

		assert_int_equal(binding_writer_put(writer, numbered(i, aor), &b, 1, NULL, 0),
				 BINDING_OK);
	}
	/* two of three go: what is left are holes of a size that nobody wants */
	for (unsigned int i = 0; i < AORS; i++)
		if (i % 3 != 0)
			binding_writer_remove(writer, numbered(i, aor));
	now += BINDING_LIMBO_MS;
	for (unsigned int i = 0; i < 1000 && generation() == first; i++) {
		const struct binding b = { .contact = { text, 2000 }, .expires_ms = 9999 };

		assert_int_equal(
			binding_writer_put(writer, numbered(AORS + i, aor), &b, 1, NULL, 0),
			BINDING_OK);
		binding_writer_step(writer, 64);
	}
	assert_int_equal(generation(), first + 1);
	follow();
	assert_in_range(reader.header->unit_count, units, units + AORS);
	assert_int_equal(reader.header->next_unit,
			 reader.header->units_used + BINDING_RECORD_MAX / RECORDS_UNIT);
	for (unsigned int i = 0; i < AORS; i += 3)
		assert_int_equal(value_of(i), i + 1);
}

/* No memory for a larger one: what fits goes on, what does not is refused, nobody dies of it. */
GTEST_F(RecordsGrow, no_memory, make_dir, close_table)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	unsigned int n = 0;

	signal(SIGXFSZ, SIG_IGN);
	open_capacity((struct binding_capacity){ 4000, 128, false });
	if (fork_child() == 0) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		while (put_numbered(n, n + 1) == BINDING_OK)
			n++;
		assert_in_range(n, 4000, 8000);
		assert_int_equal(put_numbered(n, 1), BINDING_ERR_FULL);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(value_of(i), i + 1);
		binding_writer_step(writer, 100);
		_exit(0);
	}
	assert_int_equal(join_child(20), 0);
}
