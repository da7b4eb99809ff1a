/* SPDX-License-Identifier: BSD-3-Clause */
/** The binding table and the store that it shows: filled, continued, corrected. */
#include "lib/table/support.h"
#include "registrar/publish.h"

enum { AORS = 3000, SLOW_US = 20 };

/* A store of numbered users; value 0: there is none. */
static struct {
	struct binding_store store;
	uint32_t value[2 * AORS];
	uint64_t sequence;
	uint8_t identity[STORE_IDENTITY_LEN];
	unsigned int visits;
	bool slow, broken, inside;
} fake;

static struct publisher publisher;
static struct binding_table table;

static struct slice
aor_of(unsigned int n, char out[32])
{
	snprintf(out, 32, "sip:u%06u@b.example", n);
	return slice_str(out);
}

static struct record *
record_of(uint32_t value)
{
	static struct record r;

	memset(&r, 0, sizeof(r));
	r.count = r.instance_count = 1;
	r.binding[0].contact = SLICE("sip:c@d");
	r.binding[0].params = SLICE("x=y;audio;q=1");
	r.binding[0].expires_ms = value;
	r.binding[0].instance = r.instance[0].id = SLICE("urn:i");
	r.instance[0].epoch = value;
	return &r;
}

static struct slice
encoded(uint32_t value)
{
	static char text[RECORD_MAX];

	return slice_of(text, record_encode(record_of(value), text));
}

static enum store_error
fake_begin(struct binding_store *s)
{
	(void)s;
	assert_false(fake.inside);
	fake.inside = !fake.broken;
	return fake.broken ? STORE_ERR_IO : STORE_OK;
}

static void
fake_abort(struct binding_store *s)
{
	(void)s;
	fake.inside = false;
}

static enum store_error
fake_get(struct binding_store *s, struct slice aor, struct slice *value)
{
	unsigned int n = (unsigned int)atoi(aor.ptr + 5);

	(void)s;
	assert_true(fake.inside);
	if (n >= 2 * AORS || fake.value[n] == 0)
		return STORE_ERR_ABSENT;
	*value = encoded(fake.value[n]);
	return STORE_OK;
}

static enum store_error
fake_walk(struct binding_store *s, struct slice from, unsigned int limit, store_visit visit,
	  void *context)
{
	char aor[32];

	(void)s;
	(void)limit;
	assert_true(fake.inside);
	for (unsigned int n = 0; n < 2 * AORS; n++) {
		struct slice key = aor_of(n, aor);
		size_t len = from.len < key.len ? from.len : key.len;
		int order = len > 0 ? memcmp(key.ptr, from.ptr, len) : 0;
		uint64_t end = clock_us() + SLOW_US;

		if (fake.value[n] == 0 || order < 0 || (order == 0 && key.len < from.len))
			continue;
		fake.visits++;
		while (fake.slow && clock_us() < end)
			;
		if (!visit(key, encoded(fake.value[n]), context))
			break;
	}
	return STORE_OK;
}

static uint64_t
fake_sequence(const struct binding_store *s)
{
	(void)s;
	return fake.sequence;
}

static const uint8_t *
fake_identity(const struct binding_store *s)
{
	(void)s;
	return fake.identity;
}

static uint64_t
fake_count(const struct binding_store *s)
{
	uint64_t n = 0;

	(void)s;
	for (unsigned int i = 0; i < 2 * AORS; i++)
		n += fake.value[i] != 0;
	return n;
}

static const struct binding_store_ops fake_ops = {
	.begin = fake_begin,
	.abort = fake_abort,
	.get = fake_get,
	.walk = fake_walk,
	.sequence = fake_sequence,
	.identity = fake_identity,
	.count = fake_count,
};

static void
follow(void)
{
	if (table.header != NULL && !segment_replaced(&table.segment))
		return;
	binding_table_detach(&table);
	assert_int_equal(binding_table_attach(&table, test_dir), SEGMENT_OK);
}

static void
open_publisher(void)
{
	fake.visits = 0;
	if (!publisher_open(&publisher, test_dir, &fake.store, NULL, 100))
		fail_msg("%s", publisher.message);
	follow();
}

static int
set_up(void **state)
{
	memset(&fake, 0, sizeof(fake));
	fake.store.ops = &fake_ops;
	fake.slow = true;
	fake.sequence = 1;
	fake.identity[0] = 1;
	for (unsigned int n = 0; n < AORS; n++)
		fake.value[n * 2] = n + 1;
	return make_dir(state);
}

static int
tear_down(void **state)
{
	publisher_close(&publisher);
	binding_table_detach(&table);
	return remove_dir(state);
}

static uint32_t
shown(unsigned int n)
{
	static struct binding_copy copy;
	struct binding b;
	struct slice aor;
	unsigned int row;
	char text[32];

	aor = aor_of(n, text);
	if (!binding_find(&table, aor, binding_hash(&table, aor), &copy) ||
	    !binding_get(&copy, 0, &b))
		return 0;
	assert_true(binding_find_epoch(&table, b.expires_ms, &copy, &row));
	return (uint32_t)b.expires_ms;
}

static bool
is_complete(void)
{
	return binding_table_is_complete(&table);
}

static void
finish(void)
{
	for (unsigned int i = 0; i < 1000 && publisher_step(&publisher, 5000); i++)
		;
	follow();
	assert_true(is_complete());
	for (unsigned int n = 0; n < 2 * AORS; n++)
		assert_int_equal(shown(n), fake.value[n]);
	assert_int_equal(binding_table_aors(&table), fake_count(NULL));
}

/* As the registrar changes an AOR: in the store, then in the table. */
static void
change(unsigned int n, uint32_t value)
{
	char aor[32];

	fake.value[n] = value;
	fake.sequence++;
	if (value != 0)
		assert_true(publisher_put(&publisher, aor_of(n, aor), record_of(value)));
	else
		assert_true(publisher_remove(&publisher, aor_of(n, aor)));
	publisher_committed(&publisher);
}

#define CASE(name) GTEST_F(Publish, name, set_up, tear_down)

CASE(a_small_store_is_there_at_once)
{
	fake.slow = false;
	memset(fake.value + 50, 0, sizeof(fake.value) - 50 * sizeof(fake.value[0]));
	open_publisher();
	assert_true(is_complete());
	assert_false(publisher_step(&publisher, 1000));
	finish();
}

CASE(a_large_one_comes_in_pieces)
{
	uint64_t begin, longest = 0;
	unsigned int steps = 0;
	bool more = true;

	open_publisher();
	assert_false(is_complete());
	assert_int_equal(publisher_aors(&publisher), AORS);
	while (more) {
		begin = clock_us();
		more = publisher_step(&publisher, 2000);
		steps++;
		longest = clock_us() - begin > longest ? clock_us() - begin : longest;
	}
	assert_in_range(steps, 5, 200);
	assert_int_equal(fake.visits, AORS);
	finish();
}

/* What is put while the table is filled is newer than what comes by the walk. */
CASE(changes_while_it_is_filled)
{
	open_publisher();
	for (unsigned int i = 1; publisher_step(&publisher, 1000); i++) {
		change((i * 701) % (2 * AORS), 100000 + i);
		change((i * 467) % (2 * AORS), 0);
		follow();
		assert_int_equal(shown((i * 467) % (2 * AORS)), 0);
	}
	finish();
}

CASE(what_is_asked_for_comes_first)
{
	char aor[32];

	open_publisher();
	assert_int_equal(shown(2 * AORS - 2), 0);
	assert_int_equal(publisher_load(&publisher, aor_of(2 * AORS - 2, aor)), PUBLISHER_THERE);
	assert_int_equal(shown(2 * AORS - 2), AORS);
	assert_int_equal(publisher_load(&publisher, aor_of(2 * AORS - 2, aor)), PUBLISHER_THERE);
	assert_int_equal(publisher_load(&publisher, aor_of(2 * AORS - 1, aor)), PUBLISHER_ABSENT);
	finish();
	assert_int_equal(publisher_load(&publisher, aor_of(2 * AORS - 1, aor)), PUBLISHER_ABSENT);
	assert_false(fake.inside);
}

/* Another control process, and nothing has happened in between: it reads nothing. */
CASE(continued)
{
	uint64_t generation;

	open_publisher();
	finish();
	change(7, 4711);
	generation = table.header->segment.generation;
	publisher_close(&publisher);
	open_publisher();
	assert_int_equal(fake.visits, 0);
	assert_true(is_complete());
	assert_int_equal(table.header->segment.generation, generation);
	finish();
}

/* It died between its commit and the table. */
CASE(continued_and_corrected)
{
	open_publisher();
	finish();
	publisher_close(&publisher);
	fake.value[4] = 0;
	fake.value[6] = 4711;
	fake.value[7] = 4712;
	fake.sequence++;
	open_publisher();
	assert_false(is_complete());
	change(8, 0);
	change(9, 4713);
	finish();
	publisher_close(&publisher);
	open_publisher();
	assert_int_equal(fake.visits, 0);
	assert_true(is_complete());
}

/* It died while the table was filled. */
CASE(continued_while_incomplete)
{
	open_publisher();
	publisher_step(&publisher, 5000);
	change(1, 4711);
	publisher_close(&publisher);
	open_publisher();
	assert_false(is_complete());
	assert_int_equal(shown(1), 4711);
	finish();
}

static struct slice
features_of(unsigned int n)
{
	static struct binding_copy copy;
	struct binding b;
	char aor[32];

	assert_true(binding_find_hash(&table, binding_hash(&table, aor_of(n, aor)), &copy));
	assert_true(binding_get(&copy, 0, &b));
	return b.features;
}

/* The control process before was of a version that knew nothing of features. */
CASE(continued_from_an_older_version)
{
	const struct binding_instance row = { .id = SLICE("urn:i"), .epoch = 3 };
	const struct binding b = { .contact = SLICE("sip:c@d"), .instance = row.id,
				   .expires_ms = 3 };
	const uint16_t older = 0;
	char aor[32];

	open_publisher();
	finish();
	assert_slice(features_of(4), "audio");
	assert_int_equal(binding_writer_put(publisher.writer, aor_of(4, aor), &b, 1, &row, 1),
			 BINDING_OK);
	assert_slice(features_of(4), NULL);
	patch_file("bindings", offsetof(struct segment_header, abi_minor), &older, sizeof(older));
	publisher_close(&publisher);
	open_publisher();
	assert_false(is_complete());
	assert_int_equal(shown(4), 3);
	finish();
	assert_slice(features_of(4), "audio");
	publisher_close(&publisher);
	open_publisher();
	assert_int_equal(fake.visits, 0);
	assert_true(is_complete());
}

/*
 * A record that the store has room for, and the table no longer when features are in it: its
 * bindings are shown without.
 */
CASE(rather_without_features)
{
	static char text[BINDING_MAX_CONTACTS][600];
	static struct record r;
	struct slice name = SLICE("sip:u000001@b.example");
	struct binding_copy copy;

	fake.slow = false;
	open_publisher();
	r.count = BINDING_MAX_CONTACTS;
	for (unsigned int i = 0; i < r.count; i++) {
		int n = snprintf(text[i], sizeof(text[i]), "+x%0454u", i);

		r.binding[i].contact = SLICE("sip:c@d");
		r.binding[i].params = slice_of(text[i], (size_t)n);
	}
	assert_int_not_equal(record_encode(&r, (char[RECORD_MAX]){ 0 }), 0);
	assert_int_equal(publisher_reserve(&publisher, name, &r), BINDING_OK);
	assert_true(publisher_put(&publisher, name, &r));
	follow();
	assert_true(binding_find(&table, name, binding_hash(&table, name), &copy));
	assert_int_equal(copy.record.count, BINDING_MAX_CONTACTS);
	assert_slice(features_of(1), NULL);
}

CASE(the_table_of_another_store)
{
	open_publisher();
	finish();
	publisher_close(&publisher);
	fake.identity[15] = 1;
	memset(fake.value, 0, sizeof(fake.value));
	fake.value[5] = 55;
	open_publisher();
	assert_int_equal(table.header->segment.generation, 2);
	finish();
}

CASE(a_store_that_cannot_be_read)
{
	char aor[32];

	fake.broken = true;
	open_publisher();
	assert_false(is_complete());
	assert_false(publisher_step(&publisher, 1000));
	assert_int_equal(publisher_load(&publisher, aor_of(0, aor)), PUBLISHER_UNKNOWN);
	assert_false(is_complete());
}
