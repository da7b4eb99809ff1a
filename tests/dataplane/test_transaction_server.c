/* SPDX-License-Identifier: BSD-3-Clause */
/** The server side of transactions of INVITE, and which request is whose (RFC 3261 §17.2, RFC
 * 6026).
 */
#include "auth.h"
#include "transaction.h"

#define RUNG "A 100, U1 INVITE, U2 INVITE"
#define CALLING                                                                                    \
	"U1 INVITE @500 @1500 @3500 @7500 @15500 @31500, U2 INVITE @500 @1500 @3500 @7500 "        \
	"@15500 @31500"

static const struct script server[] = {
	{ .req = "PX-01_PX-160_100_at_once", .step = { { 0, "first", RUNG }, { 1, NULL, "" } } },
	{ .req = "PX-160_no_100_before_an_answer",
	  .user = "nobody",
	  .step = { { 0, "first", "A 404" } } },
	{ .req = "PX-04_PX-164_PX-184_100_again",
	  .step = { { 0, "first", RUNG, "branches 2, transactions 1" },
		    { 100, "copy", "A 100", "copies_absorbed 1, retransmitted 1, branches 0" },
		    { 300, "copy", "A 100", "copies_absorbed 1, forwarded_requests 0" } } },
	{ .req = "PX-190_PX-112_a_response_that_cannot_be_sent",
	  .from = "[fd00::9]:5060",
	  .at = "[2001:db8::10]:5060",
	  .via = "[fd00::9]:5060;branch=z9hG4bKa",
	  .step = { { 0, "first", "U1 INVITE, U2 INVITE", "no_route 1" },
		    { 8, "U1 180", "", "no_route 1, cancels 0" },
		    { 16, "U2 180", "", "no_route 1, cancels 0" },
		    { 24, "U1 486", "U1 ACK" },
		    { 32, "U2 486", "U2 ACK", "no_route 1" },
		    { 100, "copy", "", "copies_absorbed 1, branches 0, no_route 1" },
		    { 108, NULL, "" } } },
	{ .req = "PX-190_a_2xx_that_cannot_be_sent",
	  .from = "[fd00::9]:5060",
	  .at = "[2001:db8::10]:5060",
	  .via = "[fd00::9]:5060;branch=z9hG4bKa",
	  .step = { { 0, "first", "U1 INVITE, U2 INVITE" },
		    { 8, "U1 200", "", "no_route 1" },
		    { 100, "copy", "", "copies_absorbed 1, branches 0, no_route 0" } } },
	{ .req = "PX-195_after_its_end",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 16, "U2 200", "A 200!" },
		    { 32100, "U1 200", "", "stray_response 1" },
		    { 32108, "U2 180", "", "stray_response 1" },
		    { 32116, "U2 486", "", "stray_response 1" } } },
	{ .req = "PX-197_responses_without_state_beside_them",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy|INVITE sip:two@example.com>INVITE sip:b@203.0.113.55|Ka>Ks",
		      "P INVITE", "transactions 0" },
		    { 16, "P 200", "A 200" },
		    { 24, "P 200", "A 200" },
		    { 32, "U1 180", "A 180" } } },
	{ .req = "PX-163_PX-164_last_one_again",
	  .step = { { 0, "first", RUNG },
		    { 100, "U1 180", "A 180", "forwarded_responses 1" },
		    { 150, "U1 180", "A 180" },
		    { 200, "U2 183", "A 183" },
		    { 300, "copy", "A 183", "copies_absorbed 1" },
		    { 400, "U1 180", "A 180" },
		    { 500, "copy", "A 180" },
		    { 30000, NULL, "" } } },
	{ .req = "PX-165_PX-167_PX-169_timers_G_and_H",
	  .step = { { 0, "first", RUNG },
		    { 10, "U1 486", "U1 ACK" },
		    { 24, "U2 486",
		      "U2 ACK, A 486 @24 @524 @1524 @3524 @7524 @11524 @15524 @19524 @23524 "
		      "@27524 @31524" },
		    { 32000, NULL, "" },
		    { 32080, "copy", "A 100, U1 INVITE!, U2 INVITE!", "transactions 1" } } },
	{ .req = "PX-167_a_copy_gets_it_and_timer_G_goes_on",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 486", "U1 ACK" },
		    { 16, "U2 486", "U2 ACK, A 486" },
		    { 216, "copy", "A 486 @216 @516 @1516", "copies_absorbed 1" },
		    { 3000, NULL, "" } } },
	{ .req = "PX-168_PX-170_ACK",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 486", "U1 ACK" },
		    { 16, "U2 486", "U2 ACK, A 486 @16 @516" },
		    { 700, "ACK", "", "absorbed 1" },
		    { 2700, "ACK", "", "absorbed 1, copies_absorbed 0" },
		    { 5600, "ACK", "", "absorbed 1" },
		    { 5650, "copy", "", "absorbed 1" },
		    { 5720, "copy", "A 100, U1 INVITE!, U2 INVITE!", "transactions 1" } } },
	{ .req = "PX-168_ACK_for_an_answer_of_our_own",
	  .step = { { 0, "first", RUNG ", " CALLING },
		    { 31900, NULL, "A 408 @32000" },
		    { 32100, "ACK", "", "absorbed 1, ack_absorbed 0" },
		    { 60000, NULL, "" } } },
	{ .req = "PX-169_answers_of_our_own_again",
	  .step = { { 0, "first", RUNG ", " CALLING },
		    { 31900, NULL, "A 408 @32000 @32500 @33500 @35500" },
		    { 36000, "copy", "A 408", "copies_absorbed 1" },
		    { 39000, NULL, "A 408 @39500" },
		    { 40000, "ACK", "" },
		    { 70000, NULL, "" } } },
	{ .req = "PX-178_ACK_before_a_final_response",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 180", "A 180" },
		    { 16, "ACK", "", "absorbed 1" },
		    { 24, "U1 486", "U1 ACK" },
		    { 32, "U2 486", "U2 ACK, A 486 @32 @532" },
		    { 600, NULL, "" } } },
	{ .req = "PX-185_PX-186_PX-187_timer_L",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 16, "U2 486", "U2 ACK" },
		    { 100, "copy", "", "copies_absorbed 1" },
		    { 10000, "copy", "", "copies_absorbed 1" },
		    { 31900, "copy", "", "copies_absorbed 1, retransmitted 0" },
		    { 32040, "copy", "A 100, U1 INVITE!, U2 INVITE!", "transactions 1" } } },
	{ .req = "PX-196_PX-185_timer_L_before_M",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 480, "U2 200", "A 200!" },
		    { 31900, "U2 200", "A 200" },
		    { 32040, "U2 200", "", "stray_response 1" },
		    { 32100, "copy", "A 100, U1 INVITE!, U2 INVITE!", "transactions 1" },
		    { 32108, "copy", "A 100", "copies_absorbed 1" } } },
	{ .req = "PX-189_ACK_without_the_cookie_after_2xx",
	  .via = "198.51.100.9:5060;branch=1",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 100, "ACK|ACK sip:two@example.com>ACK sip:u@203.0.113.51", "U1 ACK",
		      "forwarded_requests 1, absorbed 0" },
		    { 200, "copy", "", "copies_absorbed 1" } } },
	{ .req = "PX-189_and_after_others",
	  .via = "198.51.100.9:5060;branch=1",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 486", "U1 ACK" },
		    { 16, "U2 486", "U2 ACK, A 486" },
		    { 100, "ACK", "", "absorbed 1" },
		    { 2000, NULL, "" } } },
	{ .req = "PX-183_PX-188_ACK_of_a_2xx_has_none",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 100, "ACK|z9hG4bKa>z9hG4bKack|ACK sip:two@example.com>ACK sip:u@203.0.113.51",
		      "U1 ACK", "forwarded_requests 1, absorbed 0" },
		    { 200, "copy", "", "copies_absorbed 1" } } },
	{ .req = "PX-188_even_with_the_branch_of_the_INVITE",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200", "A 200" },
		    { 100, "ACK|ACK sip:two@example.com>ACK sip:u@203.0.113.51", "U1 ACK",
		      "forwarded_requests 1, absorbed 0" },
		    { 200, "copy", "", "copies_absorbed 1" } } },
	{ .req = "PX-76_PX-88_no_answer_while_another_runs",
	  .step = { { 0, "first", RUNG },
		    { 8, "U2 100", "" },
		    { 16, "U1 486", "U1 ACK" },
		    { 30000, NULL, "" } } },
};
GTEST_ROWS(TransactionServer, server, req, script_check);

/* ---- which request is whose ---- */

#define NEW "A 100, U1 INVITE!, U2 INVITE!"

static const struct script matching[] = {
	{ .req = "PX-175_same_branch",
	  .step = { { 0, "first", RUNG }, { 8, "copy", "A 100", "transactions 0" } } },
	{ .req = "PX-176_another_port",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy|198.51.100.9:5060;b>198.51.100.9:5061;b",
		      "198.51.100.9:5061 100, U1 INVITE!, U2 INVITE!", "transactions 1" } } },
	{ .req = "PX-176_another_host",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy|UDP 198.51.100.9:5060>UDP a.example.org:5060",
		      "A 100!, U1 INVITE!, "
		      "U2 INVITE!",
		      "transactions 1" } } },
	{ .req = "PX-176_another_source",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy|@198.51.100.10:5060",
		      "198.51.100.10:5060 100, U1 INVITE!, U2 INVITE!", "transactions 1" } } },
	{ .req = "PX-177_another_method",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy|INVITE>MESSAGE", "U1 MESSAGE, U2 MESSAGE", "transactions 1" },
		    { 16, "copy", "A 100", "copies_absorbed 1" },
		    { 24, "copy|INVITE>MESSAGE", "", "copies_absorbed 1" } } },
	{ .req = "PX-178_ACK_of_another_branch",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 486", "U1 ACK" },
		    { 16, "U2 486", "U2 ACK, A 486" },
		    { 24, "ACK|z9hG4bKa>z9hG4bKb|;tag=U1>;tag=77", "U2 ACK!", "absorbed 0" },
		    { 40, NULL, "A 486 @516" },
		    { 600, NULL, "" } } },
	{ .req = "PX-180_without_branch",
	  .via = "198.51.100.9:5060",
	  .step = { { 0, "first", RUNG },
		    { 8, "copy", "A 100", "copies_absorbed 1, branches 0" },
		    { 16, "copy|tag=a77>tag=a78", "A 100!, U1 INVITE!, U2 INVITE!" },
		    { 24, "copy|t@198>u@198", "A 100!, U1 INVITE!, U2 INVITE!" },
		    { 32, "copy|CSeq: 1>CSeq: 2", "A 100!, U1 INVITE!, U2 INVITE!" },
		    { 40, "copy|UDP 198.51.100.9:5060>UDP 198.51.100.9:5062",
		      "198.51.100.9:5062 100, U1 INVITE!, U2 INVITE!", "transactions 1" },
		    { 48, "copy", "A 100!", "copies_absorbed 1, branches 0" } } },
	{ .req = "PX-181_ACK_without_branch",
	  .via = "198.51.100.9:5060",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 486", "U1 ACK" },
		    { 16, "U2 486", "U2 ACK, A 486" },
		    { 24, "ACK|CSeq: 1>CSeq: 2", "U2 ACK!", "absorbed 0" },
		    { 32, "ACK", "", "absorbed 1" },
		    { 2000, NULL, "" } } },
	{ .req = "PX-182_MESSAGE_without_branch",
	  .via = "198.51.100.9:5060",
	  .method = "MESSAGE",
	  .step = { { 0, "first", "U1 MESSAGE, U2 MESSAGE" },
		    { 8, "U1 200", "A 200" },
		    { 16, "copy", "A 200", "copies_absorbed 1" },
		    { 24, "copy|MESSAGE>INFO", "U1 INFO, U2 INFO", "copies_absorbed 0" } } },
	{ .req = "PX-182_CANCEL_without_branch",
	  .via = "198.51.100.9:5060",
	  .step = { { 0, "first", RUNG },
		    { 8, "CANCEL|CSeq: 1>CSeq: 2", "U2 CANCEL", "absorbed 0" },
		    { 16, "U1 180", "A 180" },
		    { 24, "CANCEL", "A 200/CANCEL, U1 CANCEL" } } },
};
GTEST_ROWS(TransactionServer, matching, req, script_check);

/* ---- what is in them ---- */

GTEST(TransactionServer, PX_161_PX_162_PX_223_a_100)
{
	static const struct script s = { .req = "100",
					 .lines = "Timestamp: 54\r\nRequire: 100rel\r\n"
						  "Record-Route: <sip:192.0.2.20;lr>\r\n"
						  "Contact: <sip:a@198.51.100.9>\r\n",
					 .to = "\"Two\" <sip:two@example.com>;x=y" };

	script_begin(&s);
	script_in("first");
	check_headers(script_last("A", "100"),
		      "To: \"Two\" <sip:two@example.com>;x=y\n"
		      "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\n"
		      "From: <sip:alice@example.org>;tag=a77\n"
		      "Call-ID: t@198.51.100.9\nCSeq: 1 INVITE\n"
		      "Timestamp: 54\nContent-Length: 0\n"
		      "Require: -\nRSeq: -\nRecord-Route: -\nContact: -");
	assert_string_equal(rig_first_line(script_last("A", "100")), "SIP/2.0 100 Trying");
	script_end();
}

/* One answer of our own, to all copies, and what the request was is of no account any more. */
GTEST(TransactionServer, PX_02_PX_184_bindings_that_change)
{
	static const struct script s = { .req = "bindings" };

	script_begin(&s);
	script_in("first");
	script_out(RUNG);
	rig_bind("sip:two@example.com", NULL);
	script_in("copy");
	script_out("A 100");
	rig_bind("sip:two@example.com", "sip:u@203.0.113.53", NULL);
	script_in("copy");
	script_out("A 100");
	script_in("U1 180");
	script_out("A 180");
	script_in("U2 200");
	script_out("A 200, U1 CANCEL");
	script_end();
}

/* A response goes to where the request came from, its copies too (§18.2.2, RFC 3581). */
static const struct reply_row {
	const char *req, *via, *from, *to;
} replies[] = {
	{ "PX-103_rport", "10.1.1.1:5099;rport;branch=z9hG4bKa", "198.51.100.9:7000",
	  "198.51.100.9:7000" },
	{ "PX-103_sent-by_port", "10.1.1.1:5099;branch=z9hG4bKa", "198.51.100.9:7000",
	  "198.51.100.9:5099" },
	{ "PX-103_no_port", "10.1.1.1;branch=z9hG4bKa", "198.51.100.9:7000", "198.51.100.9:5060" },
};

static void
check_reply(void **state)
{
	const struct reply_row *r = *state;
	const struct script s = { .req = r->req, .via = r->via, .from = r->from };
	char out[128];

	script_begin(&s);
	snprintf(out, sizeof(out), "%s 100, U1 INVITE, U2 INVITE", r->to);
	script_in("first");
	script_out(strcmp(r->to, ALICE) == 0 ? RUNG : out);
	script_in("U1 486");
	script_out("U1 ACK");
	script_in("U2 486");
	script_until(600);
	snprintf(out, sizeof(out), "U2 ACK, %s 486 @0 @500",
		 strcmp(r->to, ALICE) != 0 ? r->to : "A");
	script_out(out);
	script_end();
}
GTEST_ROWS(TransactionServer, replies, req, check_reply);

/* ---- two workers ---- */

static const char config_two[] = RIG_NETWORKS_OF("2") RIG_NO_LIMITS
	"names: [p1.example.com]\ndomains: [example.com]\ntransactions: {failover_ms: 0}\n";

GTEST(TransactionServer, PX_175_copies_at_another_worker)
{
	static const struct script s = { .req = "copies at another worker", .config = config_two };

	script_begin(&s);
	script_in("first");
	script_out(RUNG);
	rig.receiver = 1;
	script_in("copy");
	script_counted("handed_over 1, copies_absorbed 1, branches 0");
	script_out("A 100");
	script_in("U1 180");
	script_counted("handed_over 1");
	script_out("A 180");
	script_in("U1 486");
	script_in("U2 486");
	script_out("U1 ACK, U2 ACK, A 486");
	script_in("ACK");
	script_counted("handed_over 1, absorbed 1");
	script_until(4000);
	script_out("");
	script_end();
}

/* Its server side has ended and a branch has not: the same branch is a new request, of anybody. */
GTEST(TransactionServer, PX_185_the_next_one_belongs_to_another_worker)
{
	static const struct script s = { .req = "the next one", .config = config_two };

	script_begin(&s);
	script_in("first");
	script_in("U1 200");
	script_until(480);
	script_in("U2 200");
	script_until(32040);
	rig.receiver = 1;
	script_out("A 100 @0, U1 INVITE @0, U2 INVITE @0, A 200 @0, A 200! @480");
	script_in("copy");
	script_counted("handed_over 0, transactions 1");
	script_out("A 100, U1 INVITE!, U2 INVITE!");
	rig.receiver = 0;
	script_until(32400);
	script_in("U1 180");
	script_until(33000); /* and the branch of before has ended */
	script_in("copy");
	script_counted("handed_over 2, copies_absorbed 1, transactions 0");
	script_out("A 180 @32400, A 180 @33000, U2 INVITE @32540");
	script_end();
}

/* ---- what guards the others is not for copies (PX-184) ---- */

static const char config_invite_aor[] =
	RIG_NETWORKS "guard: {source: {rate: 0}, stun: {rate: 0}, register_aor: {rate: 0}, "
		     "invite_aor: {rate: 1, burst: 1}}\n"
		     "names: [p1.example.com]\ndomains: [example.com]\n"
		     "transactions: {failover_ms: 0}\n";

static const struct script guards[] = {
	{ .req = "PX-184_invite_aor",
	  .config = config_invite_aor,
	  .step = { { 0, "first", "A 100, U1 INVITE, U2 INVITE" },
		    { 8, "first|z9hG4bKa>z9hG4bKb|t@198>u@198", "A 503", "invite_limit 1" },
		    { 16, "copy", "A 100", "invite_limit 0" } } },
};
GTEST_ROWS(TransactionServer, guards, req, script_check);

GTEST(TransactionServer, PX_184_credentials_are_looked_at_once)
{
	struct call c = { 0 };
	struct slice text;

	open_auth(auth_home);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", "sip:bob@203.0.113.51", NULL);
	c.nonce = ask_nonce(&c);
	text = call_message(&c);
	for (unsigned int i = 0; i < 3; i++) {
		rig_send(text, STRANGER, EDGE);
		assert_int_equal(rig.out.count, i == 0 ? 3 : 1);
		assert_string_equal(rig_first_line(rig.out.datagram[0].sip), "SIP/2.0 100 Trying");
		assert_int_equal(rig.out.counter[STATS_authenticated], i == 0);
		assert_int_equal(rig.out.counter[STATS_challenged], 0);
		assert_int_equal(rig.out.counter[STATS_auth_stale], 0);
	}
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
