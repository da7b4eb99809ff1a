/* SPDX-License-Identifier: BSD-3-Clause */
/** The value of one AOR in the store: there and back, and what is refused. */
#include "lib/sip/support.h"
#include "store/record.h"

static char value[RECORD_MAX];

static void
fill(struct record *r, unsigned int count)
{
	*r = (struct record){ .count = count };
	for (unsigned int i = 0; i < count; i++)
		r->binding[i] = (struct record_binding){
			.contact = SLICE("sip:bob@10.0.0.5"), .params = SLICE("x=y"),
			.path = i % 2 == 0 ? SLICE("<sip:p;lr>") : SLICE_ABSENT,
			.instance = SLICE("urn:x:1"), .call_id = SLICE("c@h"), .cseq = i,
			.reg_id = 2, .expires_ms = UINT64_MAX - i, .updated_ms = i, .q = 1000,
			.flow = { .generation = i, .transport = FLOW_UDP },
		};
}

GTEST(Record, there_and_back)
{
	static struct record r, back;

	for (unsigned int count = 0; count <= BINDING_MAX_CONTACTS; count++) {
		size_t n;

		fill(&r, count);
		n = record_encode(&r, value);
		assert_int_not_equal(n, 0);
		assert_true(record_decode(at_wall(slice_of(value, n)), &back));
		assert_int_equal(back.count, count);
		for (unsigned int i = 0; i < count; i++) {
			assert_slice(back.binding[i].contact, "sip:bob@10.0.0.5");
			assert_slice(back.binding[i].path, i % 2 == 0 ? "<sip:p;lr>" : NULL);
			assert_slice(back.binding[i].call_id, "c@h");
			assert_int_equal(back.binding[i].cseq, i);
			assert_true(back.binding[i].expires_ms == UINT64_MAX - i);
			assert_int_equal(back.binding[i].flow.generation, i);
		}
	}
}

GTEST(Record, every_truncation_is_refused)
{
	static struct record r, back;
	size_t n;

	fill(&r, 3);
	n = record_encode(&r, value);
	for (size_t len = 0; len < n; len++)
		assert_false(record_decode(at_wall(slice_of(value, len)), &back));
}

GTEST(Record, octets_behind_are_refused)
{
	static struct record r, back;
	size_t n;

	fill(&r, 3);
	n = record_encode(&r, value);
	assert_false(record_decode(slice_of(value, n + 1), &back));
}

GTEST(Record, version_and_count)
{
	static struct record r, back;
	size_t n;

	fill(&r, 1);
	n = record_encode(&r, value);
	value[0] = 2;
	assert_false(record_decode(slice_of(value, n), &back));
	value[0] = 1;
	value[2] = BINDING_MAX_CONTACTS + 1;
	assert_false(record_decode(slice_of(value, n), &back));
}

GTEST(Record, too_large)
{
	static char path[RECORD_MAX];
	static struct record r;

	memset(path, 'x', sizeof(path));
	fill(&r, 1);
	r.binding[0].path = slice_of(path, RECORD_MAX - 1);
	assert_int_equal(record_encode(&r, value), 0);
}

/* Whatever the octets: no crash, and what is accepted lies in the value. */
GTEST(Record, damaged)
{
	static struct record r, back;
	uint64_t seed = 7;
	size_t n;

	fill(&r, 3);
	n = record_encode(&r, value);
	for (int i = 0; i < 20000; i++) {
		char bad[1024];

		memcpy(bad, value, n);
		for (int k = 0; k < 3; k++)
			bad[random_below(&seed, (unsigned int)n)] = (char)next_random(&seed);
		if (!record_decode(at_wall(slice_of(bad, n)), &back))
			continue;
		assert_in_range(back.count, 0, BINDING_MAX_CONTACTS);
		for (unsigned int b = 0; b < back.count; b++)
			for (size_t at = 0; at < back.binding[b].contact.len; at++)
				*(volatile const char *)(back.binding[b].contact.ptr + at);
	}
}
