/* SPDX-License-Identifier: BSD-3-Clause */
/** Names that wait for control, and what is control's own: PR-14, PR-16, RFC 3263. */
#include "next_hop.h"
#include "table/keys.h"

static char bytes[MESSAGE_RING_MESSAGE_MAX];

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
	{ "our listener", MESSAGE_RESOLVED, EDGE, "SIP/2.0 404 No Route To This Domain" },
	{ "our address, no listener", MESSAGE_RESOLVED, "192.0.2.10:22",
	  "SIP/2.0 404 No Route To This Domain" },
	{ "our IPv6 address", MESSAGE_RESOLVED, "[2001:db8::10]:53",
	  "SIP/2.0 404 No Route To This Domain" },
	{ "another address of this host", MESSAGE_RESOLVED, "10.0.0.1:5060",
	  "SIP/2.0 404 No Route To This Domain" },
	{ "broadcast of our network", MESSAGE_RESOLVED, "10.0.0.255:5060",
	  "SIP/2.0 404 No Route To This Domain" },
	{ "our network itself", MESSAGE_RESOLVED, "10.0.0.0:5060",
	  "SIP/2.0 404 No Route To This Domain" },
	/* control takes none of these out of an answer, and is not believed if it does */
	{ "loopback", MESSAGE_RESOLVED, "127.0.0.1:5060", "SIP/2.0 503 Name Not Resolved" },
	{ "broadcast", MESSAGE_RESOLVED, "255.255.255.255:5060",
	  "SIP/2.0 503 Name Not Resolved" },
	{ "unspecified", MESSAGE_RESOLVED, "0.0.0.0:5060", "SIP/2.0 503 Name Not Resolved" },
	{ "IPv6 multicast", MESSAGE_RESOLVED, "[ff02::1]:5060",
	  "SIP/2.0 503 Name Not Resolved" },
	{ "IPv6 loopback", MESSAGE_RESOLVED, "[::1]:5060", "SIP/2.0 503 Name Not Resolved" },
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
