/* SPDX-License-Identifier: BSD-3-Clause */
/** Sets of next hops, and names that wait for control: PR-08, PR-15, RFC 3261 §16.11, RFC 3263. */
#include "cases.h"
#include "table/hops.h"
#include "table/keys.h"

#define ONE "192.0.2.41:5060"
#define TWO "192.0.2.42:5060"

static struct message_rings rings;
static char bytes[MESSAGE_RING_MESSAGE_MAX];

static struct hops_target
target(const char *address, uint16_t group, uint32_t weight)
{
	return (struct hops_target){ .address = rig_address(address),
				     .group = group,
				     .weight = weight };
}

/* Which of ONE and TWO are down, and the names that control knows. */
static void
publish(bool one_down, bool two_down)
{
	const struct hops_target pair[] = { target(ONE, 0, 1), target(TWO, 0, 1) };
	const struct hops_target first[] = { target(ONE, 0, 1), target(TWO, 1, 1) };
	const struct hops_target known = target("192.0.2.43:5060", 0, 1);
	const struct hops_target other = target("192.0.2.44:5080", 0, 1);
	const struct hops_target wide[] = { target("[2001:db8::41]:5060", 0, 1) };
	const struct hops_state states[] = {
		{ .address = rig_address(ONE), .down = one_down },
		{ .address = rig_address(TWO), .down = two_down },
	};
#define ROW(n, k, p, t, c, b)                                                                      \
	{                                                                                          \
		.name = SLICE(n), .kind = (k), .port = (p), .targets = (t), .target_count = (c),   \
		.balance = (b)                                                                     \
	}
	struct hops_entry entries[] = {
		ROW("pair.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_CALL_ID),
		ROW("aor.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_AOR),
		ROW("random.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_RANDOM),
		ROW("first.example", HOPS_CONFIGURED, 0, first, 2, CONFIG_BALANCE_CALL_ID),
		ROW("empty.example", HOPS_CONFIGURED, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("known.test", HOPS_RESOLVED, 0, &known, 1, CONFIG_BALANCE_CALL_ID),
		ROW("known.test", HOPS_RESOLVED, 5080, &other, 1, CONFIG_BALANCE_CALL_ID),
		ROW("six.test", HOPS_RESOLVED, 0, wide, 1, CONFIG_BALANCE_CALL_ID),
		ROW("nowhere.test", HOPS_NOWHERE, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("mute.test", HOPS_UNRESOLVED, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("stale.test", HOPS_RESOLVED, 0, &known, 1, CONFIG_BALANCE_CALL_ID),
	};
#undef ROW
	const struct hops_content content = { .entries = entries,
					      .entry_count = RTE_DIM(entries),
					      .states = states,
					      .state_count = RTE_DIM(states) };

	entries[RTE_DIM(entries) - 1].expires_ms = 1;
	assert_int_equal(hops_publish(rig.engine->config->shm_dir, &content, NULL), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

static void
open_with(const char *config, uint32_t elements)
{
	rig_open(NULL);
	rig_open(config);
	publish(false, false);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, elements),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
}

static void
open_all(uint32_t elements)
{
	open_with(rig_config_dns, elements);
}

static int
close_rings(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	rig_open(NULL);
	return 0;
}

#define SENT(host, where) .uri = where, .to = host, .first = "INVITE " where " SIP/2.0"
#define REFUSED(text, where) .uri = where, .first = "SIP/2.0 " text

static const struct request_case known[] = {
	{ "PR-15 first group", .lines = VIA MF, SENT(ONE, "sip:u@first.example") },
	{ "any case", .lines = VIA MF, SENT(ONE, "sip:u@FIRST.Example") },
	{ "port is the set's", .lines = VIA MF, SENT(ONE, "sip:u@first.example:5099") },
	{ "name of the DNS", .lines = VIA MF, SENT("192.0.2.43:5060", "sip:u@known.test") },
	{ "name with port", .lines = VIA MF, SENT("192.0.2.44:5080", "sip:u@known.test:5080") },
	{ "IPv6 by name", .lines = VIA MF, SENT("[2001:db8::41]:5060", "sip:u@six.test"),
	  .source = "[2001:db8::10]:5060" },
	{ "name as maddr", .lines = VIA MF,
	  SENT("192.0.2.43:5060", "sip:u@203.0.113.50;maddr=known.test") },
	{ "name in Route", .lines = VIA MF "Route: <sip:known.test;lr>\r\n",
	  SENT("192.0.2.43:5060", "sip:u@first.example") },
	{ "no such name", .lines = VIA MF,
	  REFUSED("404 No Route To This Domain", "sip:u@nowhere.test") },
	{ "name without answer", .lines = VIA MF,
	  REFUSED("503 Name Not Resolved", "sip:u@mute.test"), .want = "Retry-After: " ANY "\n" },
	{ "set without address", .lines = VIA MF,
	  REFUSED("503 Name Not Resolved", "sip:u@empty.example") },
	{ "stranger to a set", .lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF,
	  .from = STRANGER, SENT(ONE, "sip:u@first.example") },
	{ "stranger to a name",
	  .lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF, .from = STRANGER,
	  REFUSED("403 Relaying Denied", "sip:u@known.test") },
	{ "stranger to a name nobody knows",
	  .lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF, .from = STRANGER,
	  REFUSED("403 Relaying Denied", "sip:u@new.test") },
};

static void
check_known(void **state)
{
	open_all(1024);
	run_case(*state);
	assert_int_equal(rig.out.counter[STATS_parked], 0);
}
GTEST_ROWS_F(NextHop, known, req, check_known, NULL, close_rings);

static const struct request_case to_first = { .uri = "sip:u@first.example", .lines = VIA MF };
static const struct request_case to_pair = { .uri = "sip:u@pair.example", .lines = VIA MF };

GTEST_F(NextHop, PR15_down_is_passed_over, NULL, close_rings)
{
	open_all(1024);
	publish(true, false);
	check_one(rig_send(case_message(&to_first), ALICE, EDGE), EDGE, TWO);
	assert_int_equal(rig.out.counter[STATS_target_down], 1);
	publish(false, true);
	check_one(rig_send(case_message(&to_first), ALICE, EDGE), EDGE, ONE);
	assert_int_equal(rig.out.counter[STATS_target_down], 0);
}

GTEST_F(NextHop, PR08_all_down, NULL, close_rings)
{
	static const struct request_case ack = { .method = "ACK",
						 .uri = "sip:u@pair.example",
						 .lines = VIA MF };

	open_all(1024);
	publish(true, true);
	check_first_line(check_one(rig_send(case_message(&to_pair), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 504 Server Time-out");
	rig_send(case_message(&ack), ALICE, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_ack_refused], 1);
}

/* A literal address is used as it is, even when the same one is down as a target. */
GTEST_F(NextHop, address_that_is_down, NULL, close_rings)
{
	static const struct request_case c = { .uri = "sip:u@first.example",
					       .lines = VIA MF "Route: <sip:192.0.2.41;lr>\r\n" };

	open_all(1024);
	publish(true, true);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ONE);
}

/* ---- what stays together ---- */

static struct slice
request(const char *method, const char *uri, const char *to, unsigned int branch, unsigned int call)
{
	static char text[1024];

	return slice_of(
		text,
		(size_t)snprintf(
			text, sizeof(text),
			"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP "
			"198.51.100.9:5060;branch=z9hG4bKx%u\r\n" MF
			"From: <sip:alice@example.org>;tag=a77\r\nTo: <%s>\r\nCall-ID: c%u\r\n"
			"CSeq: 1 %s\r\nContact: <sip:a@198.51.100.9>\r\nSupported: path\r\n"
			"Content-Length: 0\r\n\r\n",
			method, uri, branch, to, call, method));
}

/* 1 or 2. */
static int
home_of(struct slice message)
{
	const struct rig_out *out = rig_send(message, ALICE, EDGE);
	struct flow_address one = rig_address(ONE);

	assert_int_equal(out->count, 1);
	assert_memory_equal(out->datagram[0].to.ip, "\xc0\0\2", 3);
	return flow_address_eq(&out->datagram[0].to, &one) ? 1 : 2;
}

/* RFC 3261 §16.11: for every way of balancing. */
GTEST_F(NextHop, transaction_stays, NULL, close_rings)
{
	static const char *const uris[] = { "sip:u%u@pair.example", "sip:u%u@aor.example",
					    "sip:u%u@random.example" };
	char uri[64];

	open_all(1024);
	for (unsigned int kind = 0; kind < 3; kind++) {
		unsigned int ones = 0;

		for (unsigned int i = 0; i < 400; i++) {
			int home;

			snprintf(uri, sizeof(uri), uris[kind], i);
			home = home_of(request("INVITE", uri, uri, i, i));
			ones += home == 1;
			assert_int_equal(home_of(request("INVITE", uri, uri, i, i)), home);
			assert_int_equal(home_of(request("CANCEL", uri, uri, i, i)), home);
			assert_int_equal(home_of(request("ACK", uri, uri, i, i)), home);
		}
		assert_in_range(ones, 150, 250);
	}
}

GTEST_F(NextHop, call_stays, NULL, close_rings)
{
	open_all(1024);
	for (unsigned int i = 0; i < 50; i++) {
		int home = home_of(request("INVITE", "sip:u@pair.example", "sip:u@x", i, i));

		assert_int_equal(
			home_of(request("BYE", "sip:v@pair.example", "sip:u@x", i + 1000, i)),
			home);
	}
}

/* balance: aor: of To for a REGISTER, of the Request-URI for all else. */
GTEST_F(NextHop, aor_stays, NULL, close_rings)
{
	char uri[64];

	open_all(1024);
	for (unsigned int i = 0; i < 50; i++) {
		int home;

		snprintf(uri, sizeof(uri), "sip:U%u@AOR.example;a=b", i);
		home = home_of(request("REGISTER", "sip:aor.example", uri, i, i));
		snprintf(uri, sizeof(uri), "sip:%%55%u@aor.example", i);
		assert_int_equal(home_of(request("INVITE", uri, "sip:z@z", i + 1000, i + 1000)),
				 home);
	}
}

GTEST_F(NextHop, random_is_by_branch, NULL, close_rings)
{
	unsigned int ones = 0;

	open_all(1024);
	for (unsigned int i = 0; i < 400; i++)
		ones += home_of(request("OPTIONS", "sip:u@random.example", "sip:u@x", i, 1)) == 1;
	assert_in_range(ones, 150, 250);
}

/* ---- names that wait ---- */

static const struct request_case to_new = { .uri = "sip:bob@New.test:5070", .lines = VIA MF };
static struct message_head parked;

/* Send it; it waits in the ring, with its name. */
static void
park(const struct request_case *c)
{
	static char sent[4096];
	struct slice text = case_message(c);
	size_t n = text.len;

	memcpy(sent, text.ptr, n);
	rig_send(text, ALICE, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_parked], 1);
	assert_true(message_ring_get(&rings.punt[0], &parked, bytes));
	assert_int_equal(parked.kind, MESSAGE_RESOLVE);
	assert_int_equal(parked.length, n + parked.name_len);
	assert_memory_equal(bytes, sent, n);
	check_address("flow", &parked.flow.remote, ALICE);
	check_address("flow", &parked.flow.local, EDGE);
	assert_int_equal(parked.listener, 0);
}

/* Give it back with what was found out. */
static const struct rig_out *
again(uint8_t flags, const char *to)
{
	parked.kind = MESSAGE_AGAIN;
	parked.flags = flags;
	parked.length -= parked.name_len;
	memset(&parked.to, 0, sizeof(parked.to));
	if (to != NULL)
		parked.to = rig_address(to);
	assert_true(message_ring_put(&rings.inject[0], &parked, bytes));
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_injected], 1);
	return &rig.out;
}

GTEST_F(NextHop, waits_and_goes_on, NULL, close_rings)
{
	struct slice sip;

	open_all(1024);
	park(&to_new);
	assert_int_equal(parked.name_len, 8);
	assert_memory_equal(bytes + parked.length - 8, "New.test", 8);
	assert_int_equal(parked.name_port, 5070);
	sip = check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5070"), EDGE, "192.0.2.55:5070");
	check_first_line(sip, "INVITE sip:bob@New.test:5070 SIP/2.0");
	check_headers(sip, "Via: " OWN_VIA ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\n"
			   "Max-Forwards: 69\n");
	assert_int_equal(rig.out.counter[STATS_forwarded_requests], 1);
}

/* What waited was let through when it came: it takes nothing, from nobody, and is not turned away.
 */
GTEST_F(NextHop, waited_and_counts_once, NULL, close_rings)
{
	static const char limits[] =
		RIG_NETWORKS "names: [proxy.example]\ndomains: [example.com]\n"
			     "dns: {enabled: true}\n"
			     "guard: {requests: {rate: 1, burst: 1}, invite_aor: {rate: 0},"
			     "invite_source: {rate: 1, burst: 1}}\n";
	const struct request_case other = {
		.uri = "sip:x@first.example",
		.from = STRANGER,
		.lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bKv\r\n" MF,
	};

	open_with(limits, 1024);
	park(&to_new);
	rig.engine->quota[VIA_QUOTA_REQUESTS].bucket.full_ns = 0;
	/* its buffer is the next that is used, and has its sender in it */
	rig_send(SLICE("\r\n\r\n"), STRANGER, EDGE);
	check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5070"), EDGE, "192.0.2.55:5070");
	rig_send(case_message(&other), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_forwarded_requests], 1);
	parked.length += parked.name_len;
	check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5070"), EDGE, "192.0.2.55:5070");
}

GTEST_F(NextHop, RC_39_waited_and_drained, NULL, close_rings)
{
	open_all(1024);
	park(&to_new);
	rig_order(ORDERS_DRAINING, "");
	check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5070"), EDGE, "192.0.2.55:5070");
	rig_order(ORDERS_OPEN, "");
}

static const struct {
	const char *label;
	uint8_t flags;
	const char *to, *first;
} verdicts[] = {
	{ "nowhere", MESSAGE_NOWHERE, NULL, "SIP/2.0 404 No Route To This Domain" },
	{ "no answer", 0, NULL, "SIP/2.0 503 Name Not Resolved" },
	{ "no address", MESSAGE_RESOLVED, NULL, "SIP/2.0 503 Name Not Resolved" },
	{ "multicast", MESSAGE_RESOLVED, "239.1.1.1:5060", "SIP/2.0 503 Name Not Resolved" },
	{ "both", MESSAGE_RESOLVED | MESSAGE_NOWHERE, "192.0.2.55:5060",
	  "SIP/2.0 404 No Route To This Domain" },
};

static void
check_verdict(void **state)
{
	const typeof(verdicts[0]) *r = *state;

	open_all(1024);
	park(&to_new);
	check_first_line(check_one(again(r->flags, r->to), EDGE, ALICE), r->first);
	assert_int_equal(rig.out.counter[STATS_parked], 0);
}
GTEST_ROWS_F(NextHop, verdicts, label, check_verdict, NULL, close_rings);

/* What control found out counts for the name that it was asked for, and nobody waits twice. */
GTEST_F(NextHop, answer_for_another_name, NULL, close_rings)
{
	open_all(1024);
	park(&to_new);
	parked.name_hash ^= 1;
	check_first_line(check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5060"), EDGE, ALICE),
			 "SIP/2.0 503 Name Not Resolved");
}

/* What the table knows by then counts first. */
GTEST_F(NextHop, table_is_newer, NULL, close_rings)
{
	static const struct request_case c = { .uri = "sip:bob@known.test:5080", .lines = VIA MF };

	open_all(1024);
	assert_int_equal(
		hops_publish(rig.engine->config->shm_dir, &(struct hops_content){ 0 }, NULL),
		SEGMENT_OK);
	via_engine_tick(rig.engine);
	park(&c);
	publish(false, false);
	check_one(again(0, NULL), EDGE, "192.0.2.44:5080");
}

GTEST_F(NextHop, stale_name_waits, NULL, close_rings)
{
	static const struct request_case c = { .uri = "sip:bob@stale.test", .lines = VIA MF };

	open_all(1024);
	park(&c);
	check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5060"), EDGE, "192.0.2.55:5060");
}

/* Copies have one `copy`; other messages of the call have others, but one `choice`. */
GTEST_F(NextHop, copies_are_told_apart, NULL, close_rings)
{
	struct message_head head[4];
	static const char *const methods[] = { "INVITE", "INVITE", "CANCEL", "BYE" };

	open_all(1024);
	for (unsigned int i = 0; i < 4; i++) {
		rig_send(request(methods[i], "sip:u@new.test", "sip:u@x", i == 3, 1), ALICE, EDGE);
		assert_true(message_ring_get(&rings.punt[0], &head[i], bytes));
	}
	assert_int_equal(head[0].copy, head[1].copy);
	assert_int_not_equal(head[0].copy, head[2].copy);
	assert_int_not_equal(head[0].copy, head[3].copy);
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(head[0].choice, head[i].choice);
		assert_int_equal(head[0].name_hash, head[i].name_hash);
	}
}

GTEST_F(NextHop, full_ring, NULL, close_rings)
{
	open_all(64);
	for (int i = 0; i < 40; i++)
		rig_queue(NULL, case_message(&to_new), ALICE, EDGE);
	rig_walk();
	assert_int_not_equal(rig.out.counter[STATS_parked], 0);
	assert_int_not_equal(rig.out.counter[STATS_replied], 0);
	assert_int_equal(rig.out.counter[STATS_parked] + rig.out.counter[STATS_replied], 40);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 503 Name Not Resolved");
}

GTEST_F(NextHop, control_is_gone, NULL, close_rings)
{
	open_all(1024);
	atomic_store(&rig.engine->control_age_ms, 5001);
	check_first_line(check_one(rig_send(case_message(&to_new), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 503 Name Not Resolved");
}

/* A contact or a Path that only the DNS knows waits as well. */
GTEST_F(NextHop, binding_by_name, NULL, close_rings)
{
	static const struct request_case c = { .uri = "sip:b@example.com", .lines = VIA MF };

	open_all(1024);
	rig_bind("sip:b@example.com", "sip:b@10.9.9.9|<sip:edge2.test;lr>", NULL);
	park(&c);
	assert_memory_equal(bytes + parked.length - 10, "edge2.test", 10);
	check_headers(
		check_one(again(MESSAGE_RESOLVED, "192.0.2.55:5060"), EDGE, "192.0.2.55:5060"),
		"Route: <sip:edge2.test;lr>\n");
	park(&c);
	check_first_line(check_one(again(MESSAGE_NOWHERE, NULL), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
}

/* PR-14, PR-16: a binding by way of who is down: 480; it is there when who was down is back. */
GTEST_F(NextHop, PR14_PR16_binding_by_who_is_down, NULL, close_rings)
{
	static const struct request_case c = { .uri = "sip:b@example.com", .lines = VIA MF };

	open_all(1024);
	rig_bind("sip:b@example.com", "sip:b@10.9.9.9|<sip:first.example;lr>", NULL);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ONE);
	publish(true, true);
	check_first_line(check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
	publish(false, true);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ONE);
}

GTEST_F(NextHop, without_dns, NULL, close_rings)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	check_first_line(check_one(rig_send(case_message(&to_new), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 404 No Route To This Domain");
}

/* ---- answers to control's own requests ---- */

static struct slice
answer(const char *call_id, struct siphash_key key, const char *more_vias)
{
	struct sip_fields fields = { .from_tag = SLICE("t1"),
				     .call_id = slice_str(call_id),
				     .cseq = 1 };
	struct branch_id id = branch_make_own(key, &fields, 0);
	static char text[1024];
	char branch[BRANCH_MAX_LEN];
	struct sip_writer w;

	sip_writer_init(&w, branch, sizeof(branch));
	branch_write(&w, &id, NULL, NULL);
	return slice_of(
		text, (size_t)snprintf(
			      text, sizeof(text),
			      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=%.*s\r\n%s"
			      "From: <sip:ping@192.0.2.10>;tag=t1\r\nTo: <sip:192.0.2.41>;tag=x\r\n"
			      "Call-ID: abc\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			      SLICE_FMT(sip_written(&w)), more_vias));
}

GTEST_F(NextHop, answers_for_control, NULL, close_rings)
{
	struct siphash_key key, wrong = { 1, 2 };
	struct message_head head;
	struct slice text;

	open_all(1024);
	key = siphash_key_load(rig.ring.branch_key);
	text = answer("abc", key, "");
	rig_send(text, ONE, EDGE);
	assert_int_equal(rig.out.counter[STATS_punted], 1);
	assert_int_equal(rig.out.count, 0);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	assert_int_equal(head.kind, MESSAGE_ANSWER);
	assert_int_equal(head.length, text.len);
	assert_memory_equal(bytes, text.ptr, text.len);
	check_address("flow", &head.flow.remote, ONE);
	rig_send(answer("other", key, ""), ONE, EDGE);
	assert_int_equal(rig.out.counter[STATS_forged_branch], 1);
	rig_send(answer("abc", wrong, ""), ONE, EDGE);
	assert_int_equal(rig.out.counter[STATS_forged_branch], 1);
	rig_send(answer("abc", key, VIA), ONE, EDGE);
	assert_int_equal(rig.out.counter[STATS_foreign_response], 1);
	assert_false(message_ring_get(&rings.punt[0], &head, bytes));
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
