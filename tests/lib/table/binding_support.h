/* SPDX-License-Identifier: BSD-3-Clause */
/** A binding table with its writer and a reader of its own, for the running case. */
#ifndef TESTS_LIB_TABLE_BINDING_SUPPORT_H
#define TESTS_LIB_TABLE_BINDING_SUPPORT_H

#include "lib/table/support.h"
#include "table/binding_writer.h"

#define LITERAL(s)                                                                                 \
	{                                                                                          \
		"" s, sizeof(s) - 1                                                                \
	}

static uint64_t now;
static struct binding_writer *writer;
static struct binding_table reader;
static struct binding_copy copy;

static inline uint64_t
test_clock(void)
{
	return now;
}

static inline void
open_capacity(struct binding_capacity capacity)
{
	enum segment_error error;

	now = 1000000;
	writer = binding_writer_open(test_dir, &capacity, test_clock, &error);
	assert_non_null(writer);
	assert_int_equal(error, SEGMENT_OK);
	assert_int_equal(binding_writer_publish(writer), SEGMENT_OK);
	assert_int_equal(binding_table_attach(&reader, test_dir), SEGMENT_OK);
}

/* A table that does not become larger by itself. */
static inline void
open_table(uint32_t aors, uint32_t octets_each)
{
	open_capacity((struct binding_capacity){ aors, octets_each, .fixed = true });
}

/* One that does, from next to nothing. */
static inline void
open_growing(void)
{
	open_capacity((struct binding_capacity){ 8, 64, false });
}

static inline int
close_table(void **state)
{
	binding_table_detach(&reader);
	binding_writer_close(writer);
	writer = NULL;
	return remove_dir(state);
}

/* Take the newest table, as readers do now and then. */
static inline void
follow(void)
{
	if (!segment_replaced(&reader.segment))
		return;
	binding_table_detach(&reader);
	assert_int_equal(binding_table_attach(&reader, test_dir), SEGMENT_OK);
}

static inline bool
find(struct slice aor)
{
	return binding_find(&reader, aor, binding_hash(&reader, aor), &copy);
}

/* "sip:N@b.example" */
static inline struct slice
numbered(unsigned int n, char buffer[32])
{
	snprintf(buffer, 32, "sip:%u@b.example", n);
	return slice_str(buffer);
}

static inline enum binding_error
put_numbered(unsigned int n, uint64_t value)
{
	struct binding b = { .contact = SLICE("sip:c"), .expires_ms = value };
	char aor[32];

	return binding_writer_put(writer, numbered(n, aor), &b, 1, NULL, 0);
}

/* Instance row `k` of a number: its epoch is some number of its own. */
static inline uint64_t
epoch_of(unsigned int n, unsigned int k)
{
	return ((uint64_t)n + 1) * 64 + k;
}

/* The same with an instance, whose epoch is epoch_of(n, k). */
static inline enum binding_error
put_instance(unsigned int n, unsigned int k, uint64_t value)
{
	const struct binding_instance row = { .id = SLICE("urn:i"), .epoch = epoch_of(n, k) };
	struct binding b = { .contact = SLICE("sip:c"), .instance = row.id, .expires_ms = value };
	char aor[32];

	return binding_writer_put(writer, numbered(n, aor), &b, 1, &row, 1);
}

/* The value put under the number whose epoch this is, or 0. */
static inline uint64_t
value_by_epoch(uint64_t epoch)
{
	struct binding_instance row;
	struct binding b;
	unsigned int i;

	if (!binding_find_epoch(&reader, epoch, &copy, &i))
		return 0;
	assert_true(binding_instance_get(&copy, i, &row) && row.epoch == epoch);
	return binding_get(&copy, 0, &b) ? b.expires_ms : 0;
}

/* The value put under a number, or 0. */
static inline uint64_t
value_of(unsigned int n)
{
	struct binding b;
	char aor[32];

	return find(numbered(n, aor)) && binding_get(&copy, 0, &b) ? b.expires_ms : 0;
}

#endif
