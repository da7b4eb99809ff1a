/* SPDX-License-Identifier: BSD-3-Clause */
/** Sets of next hops: PR-08, PR-15, RFC 3261 §16.11, RFC 3263. */
#include "next_hop.h"

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
	{ "name of our own address", .lines = VIA MF,
	  REFUSED("404 No Route To This Domain", "sip:u@ours.test") },
	{ "name of our own host", .lines = VIA MF,
	  REFUSED("404 No Route To This Domain", "sip:u@here.test") },
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

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
