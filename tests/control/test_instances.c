/* SPDX-License-Identifier: BSD-3-Clause */
/** The instances that an AOR is known to have (GRUU 5.1 item 4), and their epochs. */
#include "control/fake_store.h"
#include "registrar/instances.h"

static struct record record;
static struct epochs epochs;
static char ids[80][16];

static int
set_up(void **state)
{
	(void)state;
	record.count = record.instance_count = 0;
	epochs = (struct epochs){ 0 };
	fake_reset();
	for (unsigned int i = 0; i < 80; i++)
		snprintf(ids[i], sizeof(ids[i]), "urn:x:%u", i);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}
#define CASE(name) GTEST_F(Instances, name, set_up, tear_down)

static bool
seen(unsigned int i, bool renew, uint64_t now, unsigned int max)
{
	const struct register_contact c = { .instance = slice_str(ids[i]) };

	return instances_seen(&record, &c, renew, now, max, &epochs, &fake.store);
}

static void
bind(unsigned int i)
{
	record.binding[record.count++] = (struct record_binding){ .instance = slice_str(ids[i]) };
}

static uint64_t
epoch(unsigned int i)
{
	int at = record_find_instance(&record, slice_str(ids[i]));

	return at < 0 ? UINT64_MAX : record.instance[at].epoch;
}

CASE(epoch_lasts_until_renewed)
{
	uint64_t first;

	bind(1);
	assert_true(seen(1, false, 1, 64));
	first = epoch(1);
	assert_int_not_equal(first, 0);
	assert_true(seen(1, false, 2, 64));
	assert_int_equal(epoch(1), first);
	assert_true(seen(1, true, 3, 64));
	assert_true(epoch(1) > first);
	assert_int_equal(record.instance_count, 1);
}

CASE(GR_29_ends_with_the_last_binding)
{
	bind(1);
	bind(1);
	assert_true(seen(1, false, 1, 64));
	record.count = 1;
	instances_settle(&record);
	assert_int_not_equal(epoch(1), 0);
	record.count = 0;
	instances_settle(&record);
	assert_int_equal(epoch(1), 0);
}

/* Least recently registered first. */
CASE(5_1_4_oldest_goes)
{
	for (unsigned int i = 0; i < 3; i++)
		assert_true(seen(i, false, 10 - i, 3));
	assert_true(seen(3, false, 20, 3));
	assert_int_equal(record.instance_count, 3);
	assert_int_equal(epoch(2), UINT64_MAX);
	assert_int_not_equal(epoch(0), UINT64_MAX);
}

CASE(5_1_4_never_one_with_a_binding)
{
	for (unsigned int i = 0; i < 3; i++)
		assert_true(seen(i, false, i, 3));
	bind(0);
	bind(1);
	assert_true(seen(3, false, 20, 3));
	assert_int_equal(epoch(2), UINT64_MAX);
	bind(3);
	/* all have bindings: one more than there may be without */
	bind(4);
	assert_true(seen(4, false, 21, 3));
	assert_int_equal(record.instance_count, 4);
}

/* A smaller limit than before takes effect. */
CASE(5_1_4_limit_lowered)
{
	for (unsigned int i = 0; i < 10; i++)
		assert_true(seen(i, false, i, 64));
	assert_true(seen(10, false, 10, 4));
	assert_int_equal(record.instance_count, 4);
	assert_int_not_equal(epoch(7), UINT64_MAX);
	assert_int_equal(epoch(6), UINT64_MAX);
}

CASE(5_1_4_as_many_as_there_are_bindings)
{
	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS; i++) {
		bind(i);
		assert_true(seen(i, false, i, 1));
	}
	assert_int_equal(record.instance_count, BINDING_MAX_INSTANCES);
	record.count--;
	bind(70);
	assert_true(seen(70, false, 99, 1));
	assert_int_equal(epoch(BINDING_MAX_CONTACTS - 1), UINT64_MAX);
}

/* ---- numbers ---- */

CASE(epochs_one_after_the_other)
{
	for (uint64_t i = 1; i < 200000; i++)
		if (epochs_next(&epochs, &fake.store) != i)
			fail_msg("number %lu", (unsigned long)i);
	epochs_settle(&epochs, true);
	assert_int_equal(epochs_next(&epochs, &fake.store), 200000);
}

/* What a transaction reserved that came to nothing belongs to nobody, and is given again. */
CASE(epochs_of_a_transaction_that_failed)
{
	assert_int_equal(epochs_next(&epochs, &fake.store), 1);
	fake_abort(&fake.store);
	epochs_settle(&epochs, false);
	assert_int_equal(epochs_next(&epochs, &fake.store), 1);
	fake_commit(&fake.store);
	epochs_settle(&epochs, true);
	assert_int_equal(epochs_next(&epochs, &fake.store), 2);
	epochs_settle(&epochs, false); /* this one reserved nothing */
	assert_int_equal(epochs_next(&epochs, &fake.store), 3);
	epochs = (struct epochs){ 0 }; /* a new process */
	assert_int_equal(epochs_next(&epochs, &fake.store), 65537);
}

/* A store that does not answer is no empty store. */
CASE(epochs_never_begun_anew)
{
	assert_int_equal(epochs_next(&epochs, &fake.store), 1);
	fake_commit(&fake.store);
	epochs = (struct epochs){ 0 };
	fake.on_get = STORE_ERR_IO;
	assert_int_equal(epochs_next(&epochs, &fake.store), 0);
	fake.on_get = STORE_OK;
	fake.on_put = STORE_ERR_FULL;
	assert_int_equal(epochs_next(&epochs, &fake.store), 0);
	fake.on_put = STORE_OK;
	assert_int_equal(epochs_next(&epochs, &fake.store), 65537);
}
