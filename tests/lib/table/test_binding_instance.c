/* SPDX-License-Identifier: BSD-3-Clause */
/* Instances of an AOR, and the way from an epoch to its AOR. */
#include "lib/table/binding_support.h"

static const struct slice alice = LITERAL("sip:alice@example.com");

GTEST_F(BindingInstance, known_with_and_without_a_binding, make_dir, close_table)
{
	const struct binding_instance rows[] = {
		{ .id = LITERAL("urn:gone"), .epoch = BINDING_EPOCH_MAX, .flags = 5 },
		{ .id = LITERAL("urn:here"), .epoch = 1 },
		{ .id = LITERAL("urn:none") },
	};
	const struct binding b[] = {
		{ .contact = LITERAL("sip:1"), .instance = LITERAL("urn:here"), .reg_id = 1 },
		{ .contact = LITERAL("sip:2"), .instance = LITERAL("urn:here"), .reg_id = 2 },
		{ .contact = LITERAL("sip:3") },
	};
	struct binding_instance row;
	struct binding out;
	unsigned int i;

	open_table(100, 0);
	assert_int_equal(binding_writer_put(writer, alice, b, 3, rows, 3), BINDING_OK);
	assert_true(find(alice));
	assert_int_equal(copy.record.rows, 3);
	for (i = 0; i < 3; i++) {
		assert_true(binding_instance_get(&copy, i, &row));
		assert_true(slice_eq(row.id, rows[i].id) && row.epoch == rows[i].epoch &&
			    row.flags == rows[i].flags);
	}
	assert_false(binding_instance_get(&copy, 3, &row));
	assert_false(binding_instance_get(&copy, UINT32_MAX, &row));
	assert_true(binding_get(&copy, 1, &out));
	assert_slice(out.instance, "urn:here");
	assert_true(binding_get(&copy, 2, &out));
	assert_slice(out.instance, NULL);
	assert_true(binding_find_epoch(&reader, BINDING_EPOCH_MAX, &copy, &i));
	assert_int_equal(i, 0);
	assert_true(binding_find_epoch(&reader, 1, &copy, &i));
	assert_int_equal(i, 1);
	assert_slice(binding_aor(&copy), "sip:alice@example.com");
	assert_true(binding_find_ref(&reader, copy.ref, &copy));
	assert_false(binding_find_epoch(&reader, 0, &copy, &i));
	assert_false(binding_find_epoch(&reader, 2, &copy, &i));
	assert_false(binding_find_epoch(&reader, 1 + (UINT64_C(1) << 48), &copy, &i));
	/* without any binding they are known still */
	assert_int_equal(binding_writer_put(writer, alice, NULL, 0, rows, 2), BINDING_OK);
	assert_true(binding_find_epoch(&reader, 1, &copy, &i));
	assert_int_equal(copy.record.count, 0);
}

static const struct refusal_row {
	const char *label;
	struct slice instance; /* of the binding */
	uint64_t epoch;
	unsigned int rows;
	enum binding_error error;
} refusals[] = {
	{ "unknown", LITERAL("urn:b"), 1, 1, BINDING_ERR_INSTANCE },
	{ "no-rows", LITERAL("urn:a"), 1, 0, BINDING_ERR_INSTANCE },
	{ "longer", LITERAL("urn:aa"), 1, 1, BINDING_ERR_INSTANCE },
	{ "epoch-of-49-bits", LITERAL("urn:a"), UINT64_C(1) << 48, 1, BINDING_ERR_INSTANCE },
	{ "too-many", LITERAL("urn:a"), 1, BINDING_MAX_INSTANCES + 1, BINDING_ERR_TOO_LARGE },
	{ "most", LITERAL("urn:a"), 1, BINDING_MAX_INSTANCES, BINDING_OK },
	{ "none-needed", { NULL, 0 }, 1, 0, BINDING_OK },
};

static void
check_refusal(void **state)
{
	struct binding_instance rows[BINDING_MAX_INSTANCES + 1];
	const struct refusal_row *r = gtest_row();
	const struct binding b = { .contact = LITERAL("sip:1"), .instance = r->instance };

	(void)state;
	open_table(100, 0);
	for (unsigned int i = 0; i <= BINDING_MAX_INSTANCES; i++)
		rows[i] = (struct binding_instance){ SLICE("urn:a"), r->epoch, 0 };
	assert_int_equal(binding_writer_put(writer, alice, &b, 1, rows, r->rows), r->error);
	assert_int_equal(find(alice), r->error == BINDING_OK);
	assert_int_equal(binding_writer_has(writer, alice), r->error == BINDING_OK);
}
GTEST_ROWS_F(BindingInstance, refusals, label, check_refusal, make_dir, close_table);

/* Epochs come and go with their rows, wherever the record moves. */
GTEST_F(BindingInstance, epochs_follow_the_record, make_dir, close_table)
{
	enum { AORS = 300 };

	open_table(AORS, 0);
	for (unsigned int round = 0; round < 5; round++) {
		for (unsigned int n = 0; n < AORS; n++)
			assert_int_equal(put_instance(n, round, n + 1), BINDING_OK);
		for (unsigned int n = 0; n < AORS; n++) {
			assert_int_equal(value_by_epoch(epoch_of(n, round)), n + 1);
			if (round > 0)
				assert_int_equal(value_by_epoch(epoch_of(n, round - 1)), 0);
		}
		now += BINDING_LIMBO_MS;
	}
	for (unsigned int n = 0; n < AORS; n++) {
		char aor[32];

		assert_int_equal(binding_writer_remove(writer, numbered(n, aor)), BINDING_OK);
		assert_int_equal(value_by_epoch(epoch_of(n, 4)), 0);
	}
}

/* Many of one AOR, of which some stay; one number in two rows is one alias. */
GTEST_F(BindingInstance, rows_that_stay, make_dir, close_table)
{
	struct binding_instance rows[BINDING_MAX_INSTANCES];
	unsigned int at;

	open_table(100, 0);
	for (unsigned int i = 0; i < BINDING_MAX_INSTANCES; i++)
		rows[i] = (struct binding_instance){ SLICE("urn:a"), 100 + i, 0 };
	for (unsigned int left = BINDING_MAX_INSTANCES; left > 0; left -= 9) {
		assert_int_equal(binding_writer_put(writer, alice, NULL, 0, rows, left),
				 BINDING_OK);
		for (unsigned int i = 0; i < BINDING_MAX_INSTANCES; i++)
			assert_int_equal(binding_find_epoch(&reader, 100 + i, &copy, &at),
					 i < left);
		if (left < 9)
			break;
	}
	rows[1].epoch = rows[0].epoch;
	assert_int_equal(binding_writer_put(writer, alice, NULL, 0, rows, 2), BINDING_OK);
	assert_int_equal(binding_writer_put(writer, alice, NULL, 0, rows, 1), BINDING_OK);
	assert_true(binding_find_epoch(&reader, 100, &copy, &at));
	assert_int_equal(binding_writer_put(writer, alice, NULL, 0, NULL, 0), BINDING_OK);
	assert_false(binding_find_epoch(&reader, 100, &copy, &at));
}

GTEST_F(BindingInstance, by_hash, make_dir, close_table)
{
	char aor[32];

	open_table(100, 0);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(put_numbered(i, i + 1), BINDING_OK);
	for (unsigned int i = 0; i < 100; i++) {
		uint64_t hash = binding_hash(&reader, numbered(i, aor));

		assert_true(binding_find_hash(&reader, hash, &copy));
		assert_slice(binding_aor(&copy), aor);
		assert_false(binding_find_hash(&reader, hash ^ UINT64_C(1) << 63, &copy));
		assert_false(binding_find_hash(&reader, hash ^ 1, &copy));
	}
}

GTEST_F(BindingInstance, completeness_and_store, make_dir, close_table)
{
	static const uint8_t identity[16] = "an identity here";
	uint8_t got[16];
	uint64_t sequence;

	open_table(100, 0);
	assert_false(binding_table_is_complete(&reader));
	binding_writer_set_complete(writer, true);
	binding_writer_set_store(writer, identity, UINT64_C(0x123456789a));
	assert_true(binding_table_is_complete(&reader));
	binding_table_store(&reader, got, &sequence);
	assert_memory_equal(got, identity, 16);
	assert_int_equal(sequence, UINT64_C(0x123456789a));
	binding_writer_set_complete(writer, false);
	assert_false(binding_table_is_complete(&reader));
}
