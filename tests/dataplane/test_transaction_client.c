/* SPDX-License-Identifier: BSD-3-Clause */
/** The client side of transactions of INVITE (RFC 3261 §17.1, RFC 6026 §7.2), and timer C. */
#include "transaction.h"

#define ALWAYS .config = script_config_always, .user = "one"
#define RUNG "A 100, U1 INVITE"
#define STRAY "stray_response 1"

static const char config_t1_10[] = PROXY_WITH("state: always, failover_ms: 0, t1_ms: 10");
static const char config_timer_c_1[] = PROXY_WITH("state: always, failover_ms: 0, timer_c: 1");

static const struct script client[] = {
	{ ALWAYS, .req = "PX-131_PX-132_PX-135_PX-136_PX-89_timers_A_and_B",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500 @1500 @3500 @7500 @15500 @31500",
		      "retransmitted 6, branches 1" },
		    { 31992, NULL, "A 408 @32000", "branch_timeouts 1, cancels 0" },
		    { 32100, "ACK", "" } } },
	{ ALWAYS, .req = "PX-133_PX-137_PX-86_100",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500" },
		    { 600, "U1 100", "", "absorbed 1" },
		    { 180000, NULL, "" } } },
	{ ALWAYS, .req = "PX-133_PX-137_PX-79_180",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 180", "A 180" },
		    { 600, "U1 180", "A 180" },
		    { 700, "U1 183|;tag=U1>;tag=other", "A 183" },
		    { 100000, NULL, "" } } },
	{ ALWAYS, .req = "PX-138_PX-139_final_at_once",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 486", "U1 ACK, A 486", "forwarded_responses 1" },
		    { 48, "ACK", "" },
		    { 10000, NULL, "" } } },
	{ ALWAYS, .req = "PX-138_PX-139_final_after_1xx",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 180", "A 180" },
		    { 400, "U1 603", "U1 ACK, A 603" } } },
	{ ALWAYS, .req = "PX-140_from_elsewhere",
	  .step = { { 0, "first", RUNG }, { 40, "U1 486|@203.0.113.99:7000", "U1 ACK, A 486" } } },
	{ ALWAYS, .req = "PX-141_PX-142_PX-104_timer_D",
	  .step = { { 0, "first", RUNG },
		    { 96, "U1 486", "U1 ACK, A 486" },
		    { 104, "ACK", "" },
		    { 200, "U1 486", "U1 ACK", "absorbed 1" },
		    { 700, "U1 486", "U1 ACK" },
		    { 10000, "U1 486", "U1 ACK" },
		    { 31900, "U1 486", "U1 ACK" },
		    { 32200, "U1 486", "", STRAY } } },
	{ ALWAYS, .req = "PX-142_another_final_response",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 486", "U1 ACK, A 486" },
		    { 48, "ACK", "" },
		    { 56, "U1 404|;tag=U1>;tag=9", "U1 ACK!", "absorbed 1" },
		    { 64, "U1 486", "U1 ACK!" } } },
	{ .config = config_t1_10,
	  .user = "one",
	  .req = "PX-141_timer_D_is_32_s",
	  .step = { { 0, "first", RUNG },
		    { 4, "U1 486", "U1 ACK, A 486" },
		    { 6, "ACK", "" },
		    { 1000, "U1 486", "U1 ACK" },
		    { 31900, "U1 486", "U1 ACK" },
		    { 32024, "U1 486", "", STRAY } } },
	{ ALWAYS, .req = "PX-191_PX-192_PX-193_PX-84_2xx",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 200", "A 200" },
		    { 540, "U1 200", "A 200", "forwarded_responses 1" },
		    { 1000, "U1 200|;tag=U1>;tag=9", "A 200!" },
		    { 31960, "U1 200", "A 200!" },
		    { 32100, "U1 200", "", STRAY } } },
	{ ALWAYS, .req = "PX-194_others_after_2xx",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 200", "A 200" },
		    { 48, "U1 180", "", "absorbed 1" },
		    { 56, "U1 486", "", STRAY },
		    { 64, "U1 603", "", STRAY },
		    { 72, "U1 200", "A 200" } } },
	{ ALWAYS, .req = "PX-194_1xx_after_a_final_response",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 486", "U1 ACK, A 486" },
		    { 48, "U1 180", "", "absorbed 1" } } },
	{ ALWAYS, .req = "PX-84_2xx_behind_another_final_response",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 486", "U1 ACK, A 486" },
		    { 48, "U1 200", "A 200", "late_2xx 1" },
		    { 56, "U1 200", "A 200" },
		    { 64, "copy", "A 486" },
		    { 72, "ACK", "" },
		    { 5200, "U1 200", "", STRAY } } },
	{ .req = "PX-157_by_the_branch_that_it_names",
	  .step = { { 0, "first", RUNG ", U2 INVITE" },
		    { 8, "U2 180|@203.0.113.51:5060", "A 180" },
		    { 16, "U2 486|@203.0.113.51:5060", "U2 ACK" },
		    { 24, "U1 404|@203.0.113.52:5060", "U1 ACK, A 486" } } },
	{ ALWAYS, .req = "PX-158_by_the_method_of_CSeq",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200|1 INVITE>1 CANCEL", "", STRAY },
		    { 16, "U1 200|1 INVITE>1 BYE", "", STRAY },
		    { 24, "U1 486|1 INVITE>1 ACK", "", STRAY },
		    { 32, "U1 486|1 INVITE>1 MESSAGE", "", STRAY },
		    { 40, "U1 180", "A 180" } } },
	{ ALWAYS, .req = "PX-159_wherever_it_comes_from",
	  .step = { { 0, "first", RUNG },
		    { 40, "U1 180|@203.0.113.7:40312", "A 180" },
		    { 48, "U1 200|@192.0.2.20:5060", "A 200" } } },
};
GTEST_ROWS(TransactionClient, client, req, script_check);

/* ---- timer C ---- */

#define CANCELS                                                                                    \
	"U1 CANCEL @182000 @182500 @183500 @185500 @189500 @193500 @197500 @201500 @205500 "       \
	"@209500 @213500"

static const struct script timer_c[] = {
	{ ALWAYS, .req = "PX-71_PX-108_PX-210_CANCEL",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500" },
		    { 1000, "U1 180", "A 180" },
		    { 181992, NULL, "U1 CANCEL @182000", "cancels 1" },
		    { 182400, "U1 200|1 INVITE>1 CANCEL", "", "absorbed 1" },
		    { 190000, "U1 487", "U1 ACK, A 487" },
		    { 190008, "ACK", "" },
		    { 190100, NULL, "" } } },
	{ .req = "PX-72_set_anew_by_1xx_for_that_branch_alone",
	  .step = { { 0, "first", RUNG ", U2 INVITE" },
		    { 200, "U1 180", "A 180" },
		    { 400, "U2 180", "A 180!" },
		    { 100000, "U1 183", "A 183" },
		    { 181392, NULL, "U2 CANCEL @181400" },
		    { 181500, "U2 487", "U2 ACK" },
		    { 280992, NULL, "U1 CANCEL @281000" },
		    { 281100, "U1 487", "U1 ACK, A 487" } } },
	{ ALWAYS, .req = "PX-73_not_by_100",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500" },
		    { 1000, "U1 100", "" },
		    { 100000, "U1 100", "" },
		    { 181992, NULL, "U1 CANCEL @182000" },
		    { 182100, "U1 487", "U1 ACK, A 487" } } },
	{ .config = config_timer_c_1,
	  .user = "one",
	  .req = "PX-109_without_a_response_408",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500 @1500 @3500 @7500 @15500 @31500" },
		    { 31992, NULL, "A 408 @32000", "cancels 0" },
		    { 32040, NULL, "" } } },
	{ ALWAYS, .req = "PX-213_PX-212_no_final_response_to_CANCEL",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500" },
		    { 1000, "U1 180", "A 180" },
		    { 181992, NULL, CANCELS, "cancels 1, retransmitted 10" },
		    { 213992, NULL, "A 408 @214000" },
		    { 214100, "U1 487", "", STRAY } } },
	{ ALWAYS, .req = "PX-214_2xx_that_crosses_it",
	  .step = { { 0, "first", RUNG ", U1 INVITE @500" },
		    { 1000, "U1 180", "A 180" },
		    { 181992, NULL, "U1 CANCEL @182000" },
		    { 182008, "U1 200", "A 200" },
		    { 190000, NULL, "" } } },
};
GTEST_ROWS(TransactionClient, timer_c, req, script_check);

/* ---- the ACK (§17.1.1.3) ---- */

/* Begin, let U1 answer with 486 and what is changed in it: the ACK, behind the INVITE. */
static struct slice
acknowledge(const struct script *s, const char *first, const char *who, const char *answer)
{
	script_begin(s);
	if (s->user == NULL)
		rig_bind("sip:two@example.com", "sip:u@203.0.113.51;x=1", NULL);
	script_in(first);
	script_in(answer);
	return script_last(who, "ACK");
}

static bool
contains(struct slice sip, const char *text)
{
	return memmem(sip.ptr, sip.len, text, strlen(text)) != NULL;
}

GTEST(TransactionClient, PX_143_Request_URI_From_Call_ID)
{
	static const struct script s = { .req = "143", .config = script_config_always };
	struct slice ack = acknowledge(&s, "first|From: >f: \"Al, Ice\"\r\n\t|Call-ID>i", "U1",
				       "U1 486|From: >From: <sip:alice@example.org>;tag=a77"
				       "|Call-ID: >Call-ID: t@198.51.100.9");

	assert_string_equal(rig_first_line(ack), "ACK sip:u@203.0.113.51;x=1 SIP/2.0");
	assert_true(contains(ack, "\"Al, Ice\"\r\n\t<sip:alice@example.org>;tag=a77\r\n"));
	assert_true(contains(ack, "\r\nCall-ID: t@198.51.100.9\r\n"));
	script_end();
}

GTEST(TransactionClient, PX_144_To_of_the_response)
{
	static const struct script s = { .req = "144", .config = script_config_always };
	struct slice ack =
		acknowledge(&s, "first", "U1", "U1 486|To: >To: \"B\" |;tag=U1>;tag=1;y=2");

	assert_string_equal(rig_header(ack, "To"), "\"B\" <sip:two@example.com>;tag=1;y=2");
	script_in("U1 404|;tag=U1>;tag=77");
	assert_string_equal(rig_header(script_last("U1", "ACK"), "To"),
			    "<sip:two@example.com>;tag=77");
	script_end();
}

GTEST(TransactionClient, PX_145_one_Via)
{
	static const struct script s = {
		.req = "145",
		.config = script_config_always,
		.via = "198.51.100.9:5060;branch=z9hG4bKa\r\n"
		       "Via: SIP/2.0/UDP 198.51.100.77;branch=z9hG4bKx, "
		       "SIP/2.0/UDP 198.51.100.78;branch=z9hG4bKy",
	};
	const char *via = rig_header(acknowledge(&s, "first", "U1", "U1 486"), "Via"), *all;

	all = rig_header(script_last("U1", "INVITE"), "Via");
	assert_null(strchr(via, ','));
	assert_memory_equal(all, via, strlen(via));
	assert_string_equal(all + strlen(via), ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa, "
					       "SIP/2.0/UDP 198.51.100.77;branch=z9hG4bKx, "
					       "SIP/2.0/UDP 198.51.100.78;branch=z9hG4bKy");
	script_end();
}

GTEST(TransactionClient, PX_146_CSeq)
{
	static const struct script s = { .req = "146", .config = script_config_always };
	struct slice ack = acknowledge(&s, "first|CSeq: 1 >CSeq: 2147483647 ", "U1", "U1 486");

	assert_string_equal(rig_header(ack, "CSeq"), "2147483647 ACK");
	script_end();
}

static const struct route_row {
	const char *req, *user, *route;
	const char *answer, *first, *want;
} routes[] = {
	{ "PX-147_Path", "path", NULL, "P 486", "ACK sip:p@10.0.0.5 SIP/2.0",
	  "<sip:T@203.0.113.55;lr>, <sip:203.0.113.56;lr>" },
	{ "PX-147_preloaded", "one",
	  "Route: <sip:192.0.2.10;lr>\r\nRoute: <sip:203.0.113.55;lr>, <sip:x@203.0.113.57;lr>\r\n",
	  "P 486", "ACK sip:one@example.com SIP/2.0",
	  "<sip:203.0.113.55;lr>, <sip:x@203.0.113.57;lr>" },
	{ "PX-147_strict_router", "one", "Route: <sip:192.0.2.10;lr>, <sip:203.0.113.55>\r\n",
	  "P 486", "ACK sip:203.0.113.55 SIP/2.0", "<sip:one@example.com>" },
};

static void
check_route(void **state)
{
	const struct route_row *r = *state;
	const struct script s = {
		.req = r->req, .config = script_config_always, .user = r->user, .lines = r->route
	};
	struct slice ack = acknowledge(&s, "first", "P", r->answer);

	assert_string_equal(rig_first_line(ack), r->first);
	assert_string_equal(rig_header(ack, "Route"), r->want);
	assert_string_equal(rig_header(script_last("P", "INVITE"), "Route"), r->want);
	script_end();
}
GTEST_ROWS(TransactionClient, routes, req, check_route);

GTEST(TransactionClient, PX_148_PX_149_PX_140_what_it_has_not)
{
	static const struct script s = {
		.req = "148",
		.config = script_config_always,
		.at = "192.0.2.10:5070",
		.lines = "Content-Type: text/plain\r\nContact: <sip:a@198.51.100.9>\r\n"
			 "Require: 100rel\r\nSupported: 100rel\r\nMax-Breadth: 4\r\n"
			 "Record-Route: <sip:192.0.2.20;lr>\r\nSubject: x\r\n",
	};
	struct slice ack = acknowledge(&s, "first", "U1", "U1 486");

	check_headers(ack, "Content-Length: 0\nContent-Type: -\nContact: -\nRequire: -\n"
			   "Supported: -\nMax-Breadth: -\nRecord-Route: -\nSubject: -\n"
			   "Max-Forwards: 69");
	assert_int_equal(script_last_from("U1", "INVITE").port, 5070);
	assert_int_equal(script_last_from("U1", "ACK").port, 5070);
	script_end();
}

/* ---- branches ---- */

/* The branch that one of U1 to U4 has got. */
static void
branch_of(unsigned int user, char out[128])
{
	char who[8];
	const char *p;

	snprintf(who, sizeof(who), "U%u", user + 1);
	p = strstr(rig_header(script_last(who, "INVITE"), "Via"), "branch=");
	assert_non_null(p);
	snprintf(out, 128, "%.*s", (int)strcspn(p + 7, ",;"), p + 7);
}

GTEST(TransactionClient, PX_65_PX_68_branches)
{
	static const struct script s = { .req = "branches", .user = "four" };
	char branch[8][128];

	script_begin(&s);
	script_in("first");
	for (unsigned int i = 0; i < 4; i++)
		branch_of(i, branch[i]);
	script_in("first|z9hG4bKa>z9hG4bKb");
	for (unsigned int i = 0; i < 4; i++)
		branch_of(i, branch[4 + i]);
	for (unsigned int i = 0; i < 8; i++) {
		assert_memory_equal(branch[i], "z9hG4bK00", 9); /* cookie, worker 0 */
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(branch[i], branch[k]);
		/* the loop part is that of the request, for all branches */
		assert_int_equal(branch[i][31], branch[0][31]);
		assert_string_equal(branch[i] + 31, branch[0] + 31);
	}
	script_end();
}

/* What one branch adds no other one has. */
GTEST(TransactionClient, PX_45_PX_46_PX_50_PX_221_each_begins_with_the_request)
{
	static const struct script s = { .req = "branches", .lines = "Supported: 100rel\r\n" };
	static const char *const who[] = { "P", "U2" };

	script_begin(&s);
	rig_bind("sip:two@example.com",
		 "sip:p@10.0.0.5|<sip:T@203.0.113.55;lr>, <sip:203.0.113.56;lr>",
		 "sip:u@203.0.113.52", NULL);
	script_in("first");
	for (unsigned int i = 0; i < 2; i++) {
		struct slice sip = script_last(who[i], "INVITE");

		check_headers(sip,
			      "Max-Forwards: 69\nSupported: 100rel\n"
			      "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\n"
			      "Via: " OWN_VIA ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa");
		assert_true(contains(sip, "\r\n\r\nbody"));
	}
	assert_string_equal(rig_first_line(script_last("P", "INVITE")),
			    "INVITE sip:p@10.0.0.5 SIP/2.0");
	assert_string_equal(rig_header(script_last("U2", "INVITE"), "Route"), "");
	assert_string_equal(rig_first_line(script_last("U2", "INVITE")),
			    "INVITE sip:u@203.0.113.52 SIP/2.0");
	script_end();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
