/* SPDX-License-Identifier: BSD-3-Clause */
/** The value of one AOR in the store: there and back, and what is refused. */
#include "lib/sip/support.h"
#include "sip/writer.h"
#include "store/record.h"

static char value[RECORD_MAX];

static void
fill(struct record *r, unsigned int count)
{
	*r = (struct record){ .count = count, .instance_count = 2 };
	r->instance[0] = (struct record_instance){ .id = SLICE("urn:x:0"), .epoch = 7 };
	r->instance[1] = (struct record_instance){ .id = SLICE("urn:x:1"), .seen_ms = 9 };
	for (unsigned int i = 0; i < count; i++)
		r->binding[i] = (struct record_binding){
			.contact = SLICE("sip:bob@10.0.0.5"), .params = SLICE("x=y"),
			.path = i % 2 == 0 ? SLICE("<sip:p;lr>") : SLICE_ABSENT,
			.instance = SLICE("urn:x:1"), .call_id = SLICE("c@h"), .cseq = i,
			.reg_id = 2, .expires_ms = UINT64_MAX - i, .updated_ms = i, .q = 1000,
			.registered_ms = 3, .flags = i % 2,
			.flow = { .generation = i, .transport = FLOW_UDP,
				  .remote = { .family = i % 3 == 0 ? 0 : 4 } },
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
		assert_int_equal(back.instance_count, 2);
		assert_int_equal(back.instance[0].epoch, 7);
		assert_int_equal(back.instance[1].seen_ms, 9);
		assert_int_equal(record_find_instance(&back, SLICE("urn:x:0")), 0);
		assert_int_equal(record_find_instance(&back, SLICE("urn:x:2")), -1);
		for (unsigned int i = 0; i < count; i++) {
			assert_slice(back.binding[i].contact, "sip:bob@10.0.0.5");
			assert_slice(back.binding[i].path, i % 2 == 0 ? "<sip:p;lr>" : NULL);
			assert_slice(back.binding[i].call_id, "c@h");
			assert_int_equal(back.binding[i].cseq, i);
			assert_true(back.binding[i].expires_ms == UINT64_MAX - i);
			assert_slice(back.binding[i].instance, "urn:x:1");
			assert_int_equal(back.binding[i].flags, i % 2);
			assert_int_equal(back.binding[i].registered_ms, 3);
			assert_int_equal(back.binding[i].flow.generation, i % 3 == 0 ? 0 : i);
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
	value[0] = 3;
	assert_false(record_decode(slice_of(value, n), &back));
	value[0] = 2;
	value[2] = BINDING_MAX_CONTACTS + 1;
	assert_false(record_decode(slice_of(value, n), &back));
	value[2] = 1;
	value[4] = BINDING_MAX_INSTANCES + 1;
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

/* What was written before: a head of four octets, 88 fixed ones for each binding. */
GTEST(Record, version_1)
{
	static struct record back;
	struct {
		uint64_t expires_ms, updated_ms;
		uint32_t cseq, reg_id;
		uint16_t q, contact_len, params_len, path_len, instance_len, call_id_len;
		uint32_t reserved;
		struct flow flow;
	} old = { .expires_ms = 5, .updated_ms = 4, .cseq = 3, .reg_id = 2, .q = 1000,
		  .contact_len = 13, .params_len = 5, .instance_len = 7, .call_id_len = 3 };
	const uint16_t head[2] = { 1, 2 };
	struct sip_writer w;

	sip_writer_init(&w, value, sizeof(value));
	sip_put(&w, slice_of((const char *)head, sizeof(head)));
	for (int i = 0; i < 2; i++) {
		sip_put(&w, slice_of((const char *)&old, sizeof(old)));
		SIP_PUT(&w, "sip:b@1.2.3.4audiourn:x:1c@h");
	}
	assert_true(record_decode(at_wall(sip_written(&w)), &back));
	assert_int_equal(back.count, 2);
	assert_int_equal(back.instance_count, 1);
	assert_slice(back.binding[1].contact, "sip:b@1.2.3.4");
	assert_slice(back.binding[1].params, "audio");
	assert_slice(back.binding[1].instance, "urn:x:1");
	assert_slice(back.binding[1].call_id, "c@h");
	assert_int_equal(back.binding[1].registered_ms, 4);
	assert_false(record_decode(at_wall(slice_of(value, (size_t)(w.p - w.begin) - 1)), &back));
}
