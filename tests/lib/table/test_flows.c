/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/flows.h"

enum { WAYS = 8 };

static struct segment writer, reader;
static const uint8_t key_octets[SIPHASH_KEY_SIZE] = "sixteen octets.";

static void
open_flows(struct flows_table *t, uint32_t workers, uint32_t rows_each)
{
	assert_int_equal(flows_create(&writer, test_dir, workers, rows_each), SEGMENT_OK);
	assert_int_equal(flows_attach(&reader, test_dir), SEGMENT_OK);
	for (uint32_t i = 0; i < workers; i++)
		flows_table_init(&t[i], &writer, i, siphash_key_load(key_octets));
}

static int
close_flows(void **state)
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

/* The row of a flow as readers see it. */
static bool
row_of(const struct flow *flow, struct flows_row *out)
{
	for (uint64_t i = 0; i < flows_row_count(&reader); i++)
		if (flows_row_get(&reader, i, out) && flow_eq(&out->flow, flow))
			return true;
	return false;
}

static unsigned int
count_rows(void)
{
	struct flows_row row;
	unsigned int n = 0;

	for (uint64_t i = 0; i < flows_row_count(&reader); i++)
		n += flows_row_get(&reader, i, &row);
	return n;
}

GTEST_F(Flows, a_row_and_its_counts, make_dir, close_flows)
{
	struct flow flow = numbered(1), other = numbered(2);
	struct flows_table t;
	struct flows_row row;

	open_flows(&t, 1, 64);
	assert_int_equal(flows_row_count(&reader), 64);
	assert_int_equal(count_rows(), 0);
	flows_count_in(&t, &flow, 5);
	assert_int_equal(count_rows(), 0);
	flows_seen(&t, &flow, 1000);
	assert_int_equal(count_rows(), 1);
	assert_true(row_of(&flow, &row));
	assert_memory_equal(&row.flow, &flow, sizeof(flow));
	assert_int_equal(row.since_ms, 1000);
	assert_int_equal(row.last_seen_ms, 1000);
	assert_int_equal(row.messages_in, 1);
	assert_int_equal(row.messages_out, 0);
	flows_seen(&t, &flow, 2000);
	flows_count_in(&t, &flow, 3000);
	flows_sent(&t, &flow, 8, 1, 3500);
	flows_sent(&t, &flow, 8, 1, 3500);
	flows_count_in(&t, &other, 4000);
	assert_true(row_of(&flow, &row));
	assert_int_equal(row.since_ms, 1000);
	assert_int_equal(row.last_seen_ms, 3000);
	assert_int_equal(row.messages_in, 3);
	assert_int_equal(row.messages_out, 2);
	assert_int_equal(count_rows(), 1);
}

/* OB-03: what differs in any part is another flow. */
GTEST_F(Flows, OB_03_other_flows_between_the_same_hosts, make_dir, close_flows)
{
	struct flow flow[4];
	struct flows_table t;
	struct flows_row row;

	open_flows(&t, 1, 8);
	for (unsigned int i = 0; i < 4; i++)
		flow[i] = numbered(1);
	flow[1].generation = 1;
	flow[2].transport = FLOW_TCP;
	flow[3].local.port = 5061;
	for (unsigned int i = 0; i < 4; i++)
		flows_seen(&t, &flow[i], 100 + i);
	assert_int_equal(count_rows(), 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(row_of(&flow[i], &row));
		assert_int_equal(row.last_seen_ms, 100 + i);
	}
}

/* One set of eight: the ninth takes the place of the one heard of least recently. */
GTEST_F(Flows, least_recently_seen_goes, make_dir, close_flows)
{
	struct flows_table t;
	struct flows_row row;
	struct flow flow;

	open_flows(&t, 1, WAYS);
	for (uint32_t i = 0; i < WAYS; i++) {
		flow = numbered(i);
		flows_seen(&t, &flow, 1000 + i);
	}
	assert_int_equal(count_rows(), WAYS);
	flow = numbered(0);
	flows_count_in(&t, &flow, 5000);
	flow = numbered(2);
	flows_seen(&t, &flow, 5001);
	/* Sending does not count: the other side has not been heard of. */
	flow = numbered(1);
	flows_sent(&t, &flow, 8, 1, 5002);
	flow = numbered(100);
	flows_seen(&t, &flow, 6000);
	assert_int_equal(count_rows(), WAYS);
	assert_true(row_of(&flow, &row));
	assert_int_equal(row.messages_in, 1);
	assert_int_equal(row.messages_out, 0);
	assert_int_equal(row.since_ms, 6000);
	for (uint32_t i = 0; i < WAYS; i++) {
		flow = numbered(i);
		assert_int_equal(row_of(&flow, &row), i != 1);
	}
	flow = numbered(101);
	flows_seen(&t, &flow, 6001);
	flow = numbered(3);
	assert_false(row_of(&flow, &row));
}

GTEST_F(Flows, each_worker_has_its_own_rows, make_dir, close_flows)
{
	struct flows_table t[3];
	struct flows_row row;

	open_flows(t, 3, 16);
	assert_int_equal(flows_row_count(&reader), 48);
	for (uint32_t w = 0; w < 3; w++)
		for (uint32_t i = 0; i < 1000; i++) {
			struct flow flow = numbered(w * 1000 + i);

			flows_seen(&t[w], &flow, i + 1);
		}
	for (uint64_t i = 0; i < 48; i++) {
		uint32_t n;

		if (!flows_row_get(&reader, i, &row))
			continue;
		memcpy(&n, row.flow.remote.ip, sizeof(n));
		assert_int_equal(n / 1000, i / 16);
	}
}

/* The last ones seen are among those that are kept. */
GTEST_F(Flows, bounded, make_dir, close_flows)
{
	struct flows_table t;
	struct flows_row row;

	open_flows(&t, 1, 1024);
	for (uint32_t i = 0; i < 20000; i++) {
		struct flow flow = numbered(i);

		flows_seen(&t, &flow, i + 1);
		assert_true(i % 97 != 0 || row_of(&flow, &row));
	}
	assert_int_equal(count_rows(), 1024);
}

GTEST_F(Flows, a_row_that_is_being_changed_is_not_read, make_dir, close_flows)
{
	struct flow flow = numbered(1);
	struct flows_table t;
	struct flows_row row;
	uint64_t at = 0;

	open_flows(&t, 1, 8);
	flows_seen(&t, &flow, 1);
	while (!flows_row_get(&reader, at, &row))
		at++;
	t.rows[at].version++;
	assert_false(flows_row_get(&reader, at, &row));
	t.rows[at].version++;
	assert_true(flows_row_get(&reader, at, &row));
}

/* Everything in a row follows from its flow's number, but for the counters. */
static struct flow
consistent(uint32_t n)
{
	struct flow flow = numbered(n);

	flow.local.port = (uint16_t)(n * 13);
	flow.generation = n ^ UINT32_C(0xa5a5a5a5);
	memcpy(flow.local.ip, &flow.generation, 4);
	return flow;
}

GTEST_F(Flows, a_reader_never_sees_a_mixture, make_dir, close_flows)
{
	uint64_t changes = 0, end = clock_us() + UINT64_C(200000) * stress_scale();
	uint32_t last[WAYS] = { 0 }, n;
	struct flows_table t;
	struct flows_row row;
	uint64_t seed = 1;

	open_flows(&t, 1, WAYS);
	if (fork_child() == 0)
		for (uint64_t now = 1;; now++) {
			struct flow flow = consistent(random_below(&seed, 1000));

			flows_seen(&t, &flow, now);
		}
	for (uint64_t i = 0; i % 1000 != 0 || clock_us() < end || changes <= WAYS; i++) {
		struct flow want;

		if (i % 1000 == 0 && clock_us() > end + 10000000)
			fail_msg("the writer does not write");
		if (!flows_row_get(&reader, i % WAYS, &row))
			continue;
		memcpy(&n, row.flow.remote.ip, sizeof(n));
		want = consistent(n);
		assert_memory_equal(&row.flow, &want, sizeof(want));
		changes += n != last[i % WAYS];
		last[i % WAYS] = n;
	}
}

/* ---- what was sent ---- */

/* One datagram was sent, `others` after it, and then somebody quotes something. */
static const struct {
	const char *req;
	uint64_t sent_ms, quoted_ms;
	uint16_t length, checksum; /* of the quote; sent was 700, 0x1234 */
	unsigned int others;
	enum flows_quote want;
	uint8_t family; /* 0: 4 */
} quotes[] = {
	{ "OB-20", 5000, 5001, 700, 0x1234, 0, FLOWS_WAS_SENT },
	{ "5.2 other checksum", 5000, 5001, 700, 0x1235, 0, FLOWS_NOT_SENT },
	{ "5.2 other length", 5000, 5001, 701, 0x1234, 0, FLOWS_NOT_SENT },
	{ "5.2 swapped", 5000, 5001, 0x1234, 700, 0, FLOWS_NOT_SENT },
	{ "5.2 at once", 5000, 5000, 700, 0x1234, 0, FLOWS_WAS_SENT },
	{ "5.2 last moment", 5000, 5000 + FLOWS_SENT_MS, 700, 0x1234, 0, FLOWS_WAS_SENT },
	{ "5.2 too old", 5000, 5001 + FLOWS_SENT_MS, 700, 0x1234, 0, FLOWS_NOT_SENT },
	{ "5.2 clock of 32 bits wraps", 0xffffff00, 0x100000010, 700, 0x1234, 0, FLOWS_WAS_SENT },
	{ "5.2 clock wraps, too old", 0xffffff00, 0x100000010 + FLOWS_SENT_MS, 700, 0x1234, 0,
	  FLOWS_NOT_SENT },
	{ "5.2 one later", 5000, 5001, 700, 0x1234, FLOWS_SENT_IPV4 - 1, FLOWS_WAS_SENT },
	{ "5.2 two later", 5000, 5001, 700, 0x1234, FLOWS_SENT_IPV4, FLOWS_NOT_SENT },
	{ "5.2 seven later, IPv6", 5000, 5001, 700, 0x1234, FLOWS_SENT_MAX - 1, FLOWS_WAS_SENT, 6 },
	{ "5.2 eight later, IPv6", 5000, 5001, 700, 0x1234, FLOWS_SENT_MAX, FLOWS_NOT_SENT, 6 },
	{ "5.2 empty place", 5000, 5001, 0, 0, 0, FLOWS_NOT_SENT },
};

/* A quote of somebody who saw the datagram, but for what differs. */
static enum flows_quote
quoted(const struct flows_table *t, const struct flow *flow, uint16_t length, uint16_t checksum,
       uint64_t heard_ms, uint64_t now_ms)
{
	const struct icmp_quote q = {
		.flow = *flow,
		.length = length,
		.checksum = checksum,
		.mark = flows_mark(flows_hash(t, flow), flow->remote.family, length, checksum),
	};

	return flows_quoted(t, &q, heard_ms, now_ms);
}

static void
check_quote(void **state)
{
	const __typeof__(quotes[0]) *q = gtest_row();
	struct flow flow = numbered(1), other = numbered(2);
	struct flows_table t;

	(void)state;
	if (q->family != 0)
		flow.local.family = flow.remote.family = other.remote.family = q->family;
	open_flows(&t, 1, 8);
	flows_sent(&t, &flow, 700, 0x1234, q->sent_ms);
	for (unsigned int i = 0; i < q->others; i++)
		flows_sent(&t, &flow, (uint16_t)(800 + i), 7, q->sent_ms);
	flows_sent(&t, &other, 900, 0x4321, q->sent_ms);
	assert_int_equal(quoted(&t, &flow, q->length, q->checksum, 0, q->quoted_ms), q->want);
	assert_int_equal(quoted(&t, &flow, 900, 0x4321, 0, q->quoted_ms), FLOWS_NOT_SENT);
	other = numbered(3);
	assert_int_equal(quoted(&t, &other, 700, 0x1234, 0, q->quoted_ms), FLOWS_UNKNOWN);
}
GTEST_ROWS_F(Flows, quotes, req, check_quote, make_dir, close_flows);

/* Time goes by between datagrams, too: each is as old as it is. */
GTEST_F(Flows, OB_20_each_has_its_age, make_dir, close_flows)
{
	struct flow flow = numbered(1);
	struct flows_table t;

	open_flows(&t, 1, 8);
	for (uint16_t i = 0; i < 6; i++)
		flows_sent(&t, &flow, 700, (uint16_t)(100 + i), 1000 + i * UINT64_C(20000));
	/* the last at 101 s, the one before at 81 s */
	assert_int_equal(quoted(&t, &flow, 700, 105, 0, 112000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 104, 0, 112000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 104, 0, 114000), FLOWS_NOT_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 103, 0, 102000), FLOWS_NOT_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 100, 0, 102000), FLOWS_NOT_SENT);
	/* a long pause: what was before does not look new */
	flows_sent(&t, &flow, 700, 106, 101000 + 32768);
	assert_int_equal(quoted(&t, &flow, 700, 106, 0, 134000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 105, 0, 134000), FLOWS_NOT_SENT);
}

/* 5.1 item 5: an error that is older than what was last heard is none. */
GTEST_F(Flows, OB_20_heard_since, make_dir, close_flows)
{
	struct flow flow = numbered(1);
	struct flows_table t;

	open_flows(&t, 1, 8);
	flows_sent(&t, &flow, 700, 1, 10000);
	flows_sent(&t, &flow, 700, 2, 12000);
	assert_int_equal(quoted(&t, &flow, 700, 1, 9000, 13000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 1, 10000, 13000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 1, 11000, 13000), FLOWS_NOT_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 2, 11000, 13000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 2, 12000, 13000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 2, 12500, 13000), FLOWS_NOT_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 2, 13000, 13000), FLOWS_NOT_SENT);
}

/* A retransmission is the same datagram, and takes the place of none. */
GTEST_F(Flows, OB_20_retransmissions, make_dir, close_flows)
{
	struct flow flow = numbered(1);
	struct flows_table t;

	open_flows(&t, 1, 8);
	flows_sent(&t, &flow, 700, 0x1234, 1000);
	for (unsigned int i = 0; i < 20; i++)
		flows_sent(&t, &flow, 701, 0x1235, 2000 + i * 500);
	assert_int_equal(quoted(&t, &flow, 700, 0x1234, 0, 12000), FLOWS_WAS_SENT);
	assert_int_equal(quoted(&t, &flow, 701, 0x1235, 0, 12000), FLOWS_WAS_SENT);
}

static void
misquote(struct flows_table *t, const struct flow *flow, unsigned int times, uint64_t now_ms)
{
	for (unsigned int i = 0; i < times; i++)
		flows_misquoted(t, flow, now_ms);
}

/* Eight wrong ones, then none is looked at for an hour, whatever is sent. */
GTEST_F(Flows, OB_20_guesses_are_few, make_dir, close_flows)
{
	const uint64_t start = UINT32_MAX - 20000, hour = FLOWS_MISSES_MS;
	struct flow flow = numbered(1), other = numbered(2);
	struct flows_table t;

	open_flows(&t, 1, 8);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start), FLOWS_UNKNOWN);
	flows_misquoted(&t, &flow, start);
	assert_int_equal(count_rows(), 0);
	flows_sent(&t, &flow, 700, 0x1234, start);
	flows_sent(&t, &other, 700, 0x1234, start);
	misquote(&t, &flow, FLOWS_MISSES_MAX - 1, start);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start), FLOWS_NOT_SENT);
	misquote(&t, &flow, 1, start + 30000); /* the clock of 32 bits wraps in between */
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30000), FLOWS_GUESSED);
	flows_sent(&t, &flow, 701, 0x1235, start + 30001);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30002), FLOWS_GUESSED);
	assert_int_equal(flows_may_be_quoted(&t, &other, start + 30002), FLOWS_NOT_SENT);
	/* a worker whose clock is a little behind */
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 29900), FLOWS_GUESSED);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30000 + hour), FLOWS_GUESSED);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30001 + hour), FLOWS_NOT_SENT);
	/* from one on again */
	misquote(&t, &flow, FLOWS_MISSES_MAX - 1, start + 30001 + hour);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30001 + hour), FLOWS_NOT_SENT);
	misquote(&t, &flow, 1, start + 30001 + 2 * hour);
	assert_int_equal(flows_may_be_quoted(&t, &flow, start + 30001 + 2 * hour), FLOWS_GUESSED);
}

/* What only who saw the datagram knows, besides its checksum. */
GTEST_F(Flows, OB_20_marks, make_dir, close_flows)
{
	struct icmp_quote q = { .length = 700, .checksum = 0x1234 };
	struct flows_table t;
	unsigned int right = 0;

	open_flows(&t, 1, 8);
	q.flow = numbered(1);
	flows_sent(&t, &q.flow, 700, 0x1234, 1000);
	for (q.mark = 0; q.mark <= UINT16_MAX; q.mark++)
		right += flows_quoted(&t, &q, 0, 1001) == FLOWS_WAS_SENT;
	assert_int_equal(right, 1);
	q.flow.local.family = q.flow.remote.family = 6;
	flows_sent(&t, &q.flow, 700, 0x1234, 1000);
	for (q.mark = right = 0; q.mark < UINT32_C(1) << 20; q.mark++)
		right += flows_quoted(&t, &q, 0, 1001) == FLOWS_WAS_SENT;
	assert_int_equal(right, 1);
}

/* Neither of two datagrams nor of two flows one mark tells the other; an IPv4 one is never 0. */
GTEST(Flows, OB_20_marks_differ)
{
	uint32_t same = 0, zero = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		uint64_t hash = i * UINT64_C(0x9e3779b97f4a7c15);
		uint32_t mark = flows_mark(hash, 4, 700, (uint16_t)i);

		zero += mark == 0;
		same += mark == flows_mark(hash, 4, 700, (uint16_t)(i + 1));
		same += mark == flows_mark(hash, 4, 701, (uint16_t)i);
		same += flows_mark(hash, 6, 1, 1) == flows_mark(hash + 1, 6, 1, 1);
		assert_int_equal(flows_mark(hash, 6, 1, 1), flows_mark(hash, 6, 2, 2));
		assert_true(flows_mark(hash, 6, 1, 1) < UINT32_C(1) << 20);
	}
	assert_int_equal(zero, 0);
	assert_true(same < 12);
}

/* A row that another flow takes keeps nothing of the one before. */
GTEST_F(Flows, a_row_begins_anew, make_dir, close_flows)
{
	struct flows_table t;
	struct flows_row row;
	struct flow flow;

	open_flows(&t, 1, WAYS);
	for (uint32_t i = 0; i < WAYS; i++) {
		flow = numbered(i);
		flows_sent(&t, &flow, 700, 0x1234, 1000 + i);
		flows_set_timer(&t, &flow, 29, 1000 + i);
		misquote(&t, &flow, FLOWS_MISSES_MAX, 1000 + i);
	}
	flow = numbered(100);
	flows_seen(&t, &flow, 1100);
	assert_true(row_of(&flow, &row));
	assert_int_equal(row.flow_timer_s, 0);
	assert_int_equal(row.misses, 0);
	assert_int_equal(flows_may_be_quoted(&t, &flow, 1100), FLOWS_NOT_SENT);
	assert_int_equal(quoted(&t, &flow, 700, 0x1234, 0, 1100), FLOWS_NOT_SENT);
	flow = numbered(0);
	assert_false(row_of(&flow, &row));
}

/* ---- silence ---- */

/* OB-13 */
GTEST(Flows, OB_13_margin)
{
	assert_int_equal(flows_silence_ms(29), 39000);
	assert_int_equal(flows_silence_ms(100), 110000);
	assert_int_equal(flows_silence_ms(120), 132000);
	assert_int_equal(flows_silence_ms(3600), 3960000);
}

GTEST_F(Flows, OB_13_silent_ones_are_found, make_dir, close_flows)
{
	struct flow told = numbered(1), never = numbered(2), late = numbered(3);
	struct flows_silent silent;
	struct flows_table t;
	uint32_t rows = 64;

	open_flows(&t, 1, 64);
	flows_seen(&t, &told, 1000);
	flows_set_timer(&t, &told, 29, 1000);
	flows_seen(&t, &never, 1000);
	flows_seen(&t, &late, 1000);
	flows_set_timer(&t, &late, 29, 1000);
	flows_count_in(&t, &late, 2000);
	assert_false(flows_next_silent(&t, &rows, 1000 + 39000, &silent));
	assert_int_equal(rows, 0);
	rows = 64;
	assert_true(flows_next_silent(&t, &rows, 1001 + 39000, &silent));
	assert_true(flow_eq(&silent.flow, &told));
	assert_int_equal(silent.allowed_ms, 39000);
	assert_false(flows_next_silent(&t, &rows, 1001 + 39000, &silent));
	assert_int_equal(rows, 0);
	/* the same again, in steps of any size */
	for (unsigned int i = 0, found = 0; i < 128; i++) {
		rows = 1;
		found += flows_next_silent(&t, &rows, 1001 + 39000, &silent);
		assert_true(i != 127 || found == 2);
	}
	flows_heard_elsewhere(&t, &told, 5000);
	rows = 64;
	assert_false(flows_next_silent(&t, &rows, 1001 + 39000, &silent));
	flows_set_timer(&t, &late, 0, 5000);
	flows_heard_elsewhere(&t, &told, 4000); /* never back */
	rows = 64;
	assert_false(flows_next_silent(&t, &rows, 5000 + 39000, &silent));
	flows_set_timer(&t, &told, 0, 5000);
	rows = 64;
	assert_false(flows_next_silent(&t, &rows, 1000000, &silent));
}

/* 5.1 item 5: a row alone does not say that the other side was heard of. */
GTEST_F(Flows, heard, make_dir, close_flows)
{
	struct flow flow = numbered(1), none = numbered(2);
	struct flows_table t[2];

	open_flows(t, 2, 64);
	flows_sent(&t[0], &flow, 8, 1, 1000);
	flows_set_timer(&t[0], &flow, 29, 1000);
	assert_int_equal(flows_heard_ms(&t[0], &flow), 0);
	flows_count_in(&t[1], &flow, 1500);
	assert_int_equal(flows_heard_ms(&t[1], &flow), 0);
	flows_seen(&t[1], &flow, 2000);
	assert_int_equal(flows_heard_ms(&t[1], &flow), 2000);
	assert_int_equal(flows_heard_ms(&t[0], &flow), 0);
	assert_int_equal(flows_heard_ms(&t[0], &none), 0);
	flows_count_in(&t[0], &flow, 3000);
	assert_int_equal(flows_heard_ms(&t[0], &flow), 3000);
}

static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "more-workers", FIELD(struct flows_header, worker_count), 3, SEGMENT_ERR_SHORT },
	{ "most-workers", FIELD(struct flows_header, worker_count), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "more-rows", FIELD(struct flows_header, rows_each), 128, SEGMENT_ERR_SHORT },
	{ "rows-outside", FIELD(struct flows_header, rows_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "rows-unaligned", FIELD(struct flows_header, rows_off), 200, SEGMENT_ERR_SHORT },
	{ "tags-outside", FIELD(struct flows_header, tags_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "rows-wrap", FIELD(struct flows_header, rows_off), UINT64_MAX - 63, SEGMENT_ERR_SHORT },
	/* 2^31 workers of 2^26 rows of 128 octets: 2^64 octets, which is 0 when it wraps. */
	{ "size-wraps", offsetof(struct flows_header, worker_count), 8,
	  UINT64_C(1) << 31 | UINT64_C(1) << 58, SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();
	struct segment s;

	(void)state;
	assert_int_equal(flows_create(&writer, test_dir, 2, 64), SEGMENT_OK);
	patch_header("flows", r);
	assert_int_equal(flows_attach(&s, test_dir), r->error);
	segment_detach(&s);
}
GTEST_ROWS_F(Flows, headers, label, check_header, make_dir, close_flows);
