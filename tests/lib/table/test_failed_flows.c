/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/failed_flows.h"

enum { WAYS = 8 };

static struct segment writer, reader;
static struct failed_flows table, seen;
static const uint8_t key_octets[SIPHASH_KEY_SIZE] = "sixteen octets.";

static void
open_table(uint32_t rows)
{
	assert_int_equal(failed_flows_create(&writer, test_dir, rows, key_octets), SEGMENT_OK);
	assert_int_equal(failed_flows_attach(&reader, test_dir), SEGMENT_OK);
	failed_flows_init(&table, &writer);
	failed_flows_init(&seen, &reader);
}

static int
close_table(void **state)
{
	segment_detach(&writer);
	segment_detach(&reader);
	return remove_dir(state);
}

static struct flow
numbered(uint32_t n)
{
	struct flow flow = {
		.local = { .ip = { 192, 0, 2, 10 }, .port = 5060, .family = 4 },
		.remote = { .ip = { 203, 0, 113, 7 }, .family = 4 },
		.transport = FLOW_UDP,
	};

	memcpy(flow.remote.ip, &n, sizeof(n));
	flow.remote.port = (uint16_t)(n * 7);
	return flow;
}

GTEST_F(FailedFlows, OB_20_dead_and_alive_again, make_dir, close_table)
{
	struct flow flow = numbered(1), other = numbered(2);
	struct failed_flow row;

	open_table(64);
	assert_int_equal(failed_flows_count(&seen), 0);
	assert_false(failed_flows_has(&seen, &flow));
	assert_false(failed_flows_find(&seen, &flow, NULL));
	assert_false(failed_flows_remove(&table, &flow));
	assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_HOST, 1000));
	assert_int_equal(failed_flows_count(&seen), 1);
	assert_true(failed_flows_find(&seen, &flow, &row));
	assert_memory_equal(&row.flow, &flow, sizeof(flow));
	assert_int_equal(row.failed_ms, 1000);
	assert_int_equal(row.why, FAILED_FLOW_HOST);
	assert_false(failed_flows_has(&seen, &other));
	/* it died once */
	assert_false(failed_flows_add(&table, &flow, FAILED_FLOW_IDLE, 2000));
	assert_int_equal(failed_flows_count(&seen), 1);
	assert_true(failed_flows_find(&seen, &flow, &row));
	assert_int_equal(row.failed_ms, 1000);
	assert_false(failed_flows_remove(&table, &other));
	assert_true(failed_flows_remove(&table, &flow));
	assert_false(failed_flows_remove(&table, &flow));
	assert_int_equal(failed_flows_count(&seen), 0);
	assert_false(failed_flows_find(&seen, &flow, NULL));
}

/* OB-03: what differs in any part is another flow. */
GTEST_F(FailedFlows, OB_03_other_flows_between_the_same_hosts, make_dir, close_table)
{
	struct flow flow[4];

	open_table(8);
	for (unsigned int i = 0; i < 4; i++)
		flow[i] = numbered(1);
	flow[1].generation = 1;
	flow[2].transport = FLOW_TCP;
	flow[3].local.port = 5061;
	for (unsigned int i = 0; i < 4; i++) {
		assert_false(failed_flows_has(&seen, &flow[i]));
		assert_true(failed_flows_add(&table, &flow[i], FAILED_FLOW_PORT, 100 + i));
	}
	assert_true(failed_flows_remove(&table, &flow[1]));
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(failed_flows_has(&seen, &flow[i]), i != 1);
	assert_int_equal(failed_flows_count(&seen), 3);
}

/* One set of eight: the ninth takes the place of the one that died first. */
GTEST_F(FailedFlows, the_first_to_die_is_forgotten, make_dir, close_table)
{
	struct flow flow;

	open_table(WAYS);
	for (uint32_t i = 0; i < WAYS; i++) {
		flow = numbered(i);
		assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_PORT, 1000 + (i + 3) % 8));
	}
	flow = numbered(100);
	assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_PORT, 2000));
	assert_true(failed_flows_has(&seen, &flow));
	assert_int_equal(failed_flows_count(&seen), WAYS);
	for (uint32_t i = 0; i < WAYS; i++) {
		flow = numbered(i);
		assert_int_equal(failed_flows_has(&seen, &flow), i != 5);
	}
	/* an empty row is taken first */
	flow = numbered(6);
	assert_true(failed_flows_remove(&table, &flow));
	flow = numbered(101);
	assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_PORT, 1));
	assert_int_equal(failed_flows_count(&seen), WAYS);
	flow = numbered(7);
	assert_true(failed_flows_has(&seen, &flow));
}

GTEST_F(FailedFlows, many, make_dir, close_table)
{
	struct flow flow;
	uint64_t kept = 0;

	open_table(1024);
	for (uint32_t i = 0; i < 20000; i++) {
		flow = numbered(i);
		assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_IDLE, i + 1));
		assert_true(failed_flows_has(&seen, &flow));
	}
	assert_int_equal(failed_flows_count(&seen), 1024);
	for (uint32_t i = 0; i < 20000; i++) {
		flow = numbered(i);
		kept += failed_flows_remove(&table, &flow);
	}
	assert_int_equal(kept, 1024);
	assert_int_equal(failed_flows_count(&seen), 0);
}

/* A row that somebody else is changing is passed over, by readers and writers. */
GTEST_F(FailedFlows, nobody_waits, make_dir, close_table)
{
	struct flow flow = numbered(1), more = numbered(2);
	uint32_t at = 0;

	open_table(WAYS);
	assert_true(failed_flows_add(&table, &flow, FAILED_FLOW_PORT, 1));
	while (table.tags[at] == 0)
		at++;
	table.rows[at].version++;
	assert_false(failed_flows_has(&seen, &flow));
	assert_false(failed_flows_remove(&table, &flow));
	assert_true(failed_flows_add(&table, &more, FAILED_FLOW_PORT, 2));
	for (uint32_t i = 0; i < WAYS; i++)
		table.rows[i].version |= 1;
	more = numbered(3);
	assert_false(failed_flows_add(&table, &more, FAILED_FLOW_PORT, 3));
	for (uint32_t i = 0; i < WAYS; i++)
		table.rows[i].version++;
	assert_true(failed_flows_has(&seen, &flow));
}

GTEST(FailedFlows, words)
{
	assert_string_equal(failed_flow_why_text(FAILED_FLOW_PORT), "port");
	assert_string_equal(failed_flow_why_text(FAILED_FLOW_HOST), "host");
	assert_string_equal(failed_flow_why_text(FAILED_FLOW_IDLE), "idle");
	assert_string_equal(failed_flow_why_text((enum failed_flow_why)9), "?");
}

static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "more-rows", FIELD(struct failed_flows_header, row_count), 128, SEGMENT_ERR_SHORT },
	{ "no-rows", FIELD(struct failed_flows_header, row_count), 0, SEGMENT_ERR_SHORT },
	{ "few-rows", FIELD(struct failed_flows_header, row_count), 4, SEGMENT_ERR_SHORT },
	{ "odd-rows", FIELD(struct failed_flows_header, row_count), 63, SEGMENT_ERR_SHORT },
	{ "most-rows", FIELD(struct failed_flows_header, row_count), UINT32_C(1) << 31,
	  SEGMENT_ERR_SHORT },
	{ "rows-outside", FIELD(struct failed_flows_header, rows_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "rows-unaligned", FIELD(struct failed_flows_header, rows_off), 264, SEGMENT_ERR_SHORT },
	{ "tags-wrap", FIELD(struct failed_flows_header, tags_off), UINT64_MAX - 63,
	  SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();
	struct segment s;

	(void)state;
	assert_int_equal(failed_flows_create(&writer, test_dir, 64, key_octets), SEGMENT_OK);
	patch_header("failed", r);
	assert_int_equal(failed_flows_attach(&s, test_dir), r->error);
	segment_detach(&s);
}
GTEST_ROWS_F(FailedFlows, headers, label, check_header, make_dir, close_table);
