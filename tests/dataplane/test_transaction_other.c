/* SPDX-License-Identifier: BSD-3-Clause */
/** Transactions of other methods than INVITE (RFC 3261 §17.1.2, §17.2.2, RFC 4320). */
#include "transaction.h"

#define ONE .config = script_config_always, .user = "one", .method = "MESSAGE"
#define TWO .method = "MESSAGE"
#define SENT "U1 MESSAGE"
#define BOTH "U1 MESSAGE, U2 MESSAGE"
#define T2 "@3500 @7500 @11500 @15500 @19500 @23500 @27500 @31500"
#define STRAY "stray_response 1"

static const struct script other[] = {
	{ ONE, .req = "PX-150_PX-151_PX-152_PX-199_PX-200_PX-202_timers_E_and_F",
	  .step = { { 0, "first", SENT " @0 @500 @1500 " T2 ", A 100 @3500",
		      "retransmitted 10, branches 1" },
		    { 31992, NULL, "", "branch_timeouts 1" },
		    { 32100, "copy", SENT "!", "transactions 1, copies_absorbed 0" } } },
	{ ONE, .req = "PX-153_PX-154_100",
	  .step = { { 0, "first", SENT " @0 @500" },
		    { 600, "U1 100",
		      SENT " @1500 @5500 @9500 @13500 @17500 @21500 @25500 @29500, A 100 @3500",
		      "absorbed 1" },
		    { 31992, NULL, "", "branch_timeouts 1" },
		    { 32100, NULL, "" } } },
	{ ONE, .req = "PX-198_PX-153_PX-154_180",
	  .step = { { 0, "first", SENT },
		    { 100, "U1 180", SENT " @500 @4500 @8500, A 100 @3500", "absorbed 1" },
		    { 9000, "copy", "A 100" },
		    { 9100, "U1 183", "" } } },
	{ ONE, .req = "PX-155_PX-156_timer_K",
	  .step = { { 0, "first", SENT },
		    { 96, "U1 200", "A 200", "forwarded_responses 1" },
		    { 200, "U1 200", "", "absorbed 1" },
		    { 300, "U1 404", "", "absorbed 1" },
		    { 400, "U1 100", "", "absorbed 1" },
		    { 5000, "U1 200", "", "absorbed 1" },
		    { 5200, "U1 200", "", STRAY } } },
	{ ONE, .req = "PX-155_a_failure",
	  .step = { { 0, "first", SENT },
		    { 96, "U1 486", "A 486" },
		    { 200, "U1 200", "", "absorbed 1" },
		    { 9000, NULL, "" } } },
	{ ONE, .req = "PX-171_PX-172_copies",
	  .step = { { 0, "first", SENT },
		    { 100, "copy", SENT " @500 @1500", "copies_absorbed 1, branches 0" },
		    { 1600, "copy", SENT " @3500, A 100 @3500", "copies_absorbed 1" },
		    { 3700, "copy", "A 100", "copies_absorbed 1, retransmitted 1" } } },
	{ ONE, .req = "PX-173_timer_J",
	  .step = { { 0, "first", SENT },
		    { 200, "U1 200", "A 200" },
		    { 300, "copy", "A 200", "copies_absorbed 1, retransmitted 1" },
		    { 10000, "copy", "A 200" },
		    { 32100, "copy", "A 200" },
		    { 32300, "copy", SENT "!", "transactions 1" } } },
	{ TWO, .req = "PX-174_PX-85_PX-87_PX-204_the_first_2xx_alone",
	  .step = { { 0, "first", BOTH },
		    { 200, "U1 200", "A 200, U2 MESSAGE @500 @1500 @3500", "cancels 0" },
		    { 4000, "U2 200", "", "absorbed 1" },
		    { 4100, "copy", "A 200" },
		    { 40000, NULL, "" } } },
	{ TWO, .req = "PX-204_6xx_cancels_nothing",
	  .step = { { 0, "first", BOTH },
		    { 200, "U1 603", "U2 MESSAGE @500", "cancels 0" },
		    { 600, "U2 100", "U2 MESSAGE @1500" },
		    { 1600, "U2 404", "A 603" } } },
	{ TWO, .req = "PX-204_6xx_and_silence",
	  .step = { { 0, "first", BOTH },
		    { 200, "U1 603", "U2 MESSAGE @500 @1500 " T2 ", A 100 @3500" },
		    { 31992, NULL, "A 603 @32000" },
		    { 32100, NULL, "" } } },
	{ ONE, .req = "PX-202_408_of_another",
	  .step = { { 0, "first", SENT },
		    { 100, "U1 408", "A 100 @3500" },
		    { 5200, "U1 408", "", STRAY } } },
	{ TWO, .req = "PX-202_408_is_no_candidate",
	  .step = { { 0, "first", BOTH }, { 8, "U1 408", "" }, { 16, "U2 482", "A 482" } } },
	{ TWO, .req = "PX-202_nor_the_other_way_round",
	  .step = { { 0, "first", BOTH }, { 8, "U2 482", "" }, { 16, "U1 408", "A 482" } } },
	{ TWO, .req = "PX-202_nor_before_503",
	  .step = { { 0, "first", BOTH }, { 8, "U1 408", "" }, { 16, "U2 503", "A 500" } } },
	{ TWO, .req = "PX-202_all_of_them",
	  .step = { { 0, "first", BOTH },
		    { 8, "U1 408", "" },
		    { 16, "U2 408", "" },
		    { 24, "copy", "", "copies_absorbed 1, transactions 0" },
		    { 3400, NULL, "A 100 @3500" },
		    { 3600, NULL, "" } } },
	{ ONE, .req = "PX-203_too_late",
	  .step = { { 0, "first", SENT " @0 @500 @1500 " T2 ", A 100 @3500" },
		    { 32040, "U1 200", "", STRAY } } },
	{ .method = "FROB",
	  .req = "PX-05_PX-198_a_method_that_is_not_known",
	  .step = { { 0, "first", "U1 FROB, U2 FROB" },
		    { 100, "copy", "", "copies_absorbed 1" },
		    { 200, "U1 180", "" },
		    { 208, "U1 486", "" },
		    { 216, "U2 200", "A 200" },
		    { 300, "copy", "A 200" },
		    { 32300, "copy", "U1 FROB!, U2 FROB!" } } },
	{ .method = "PRACK",
	  .lines = "Route: <sip:192.0.2.10;lr>\r\nRAck: 1 1 INVITE\r\n",
	  .to = "<sip:two@example.com>;tag=U1",
	  .req = "PX-220_PRACK",
	  .step = { { 0, "first|PRACK sip:two@example.com>PRACK sip:u@203.0.113.51", "U1 PRACK",
		      "replied 0" },
		    { 8, "U1 481", "A 481" } } },
	{ .config = script_config_always,
	  .method = "PRACK",
	  .lines = "Route: <sip:192.0.2.10;lr>\r\nRAck: 1 1 INVITE\r\n",
	  .to = "<sip:two@example.com>;tag=U1",
	  .req = "PX-220_PRACK_with_state",
	  .step = { { 0, "first|PRACK sip:two@example.com>PRACK sip:u@203.0.113.51", "U1 PRACK",
		      "replied 0" },
		    { 8, "U1 200", "A 200" } } },
	{ .req = "PX-222_reliable_provisional_responses",
	  .lines = "Supported: 100rel\r\n",
	  .step = { { 0, "first", "A 100, U1 INVITE, U2 INVITE" },
		    { 8, "U1 183|Call-ID: >Require: 100rel\r\nRSeq: 7\r\nCall-ID: ", "A 183" },
		    { 16, "U1 183|Call-ID: >Require: 100rel\r\nRSeq: 7\r\nCall-ID: ", "A 183" },
		    { 24,
		      "U1 183|Call-ID: >Require: 100rel\r\nRSeq: 8\r\nCall-ID: ", "A 183!" } } },
	{ .req = "PX-21_a_merged_request",
	  .step = { { 0, "first", "A 100, U1 INVITE, U2 INVITE" },
		    { 8, "copy|z9hG4bKa>z9hG4bKb", "A 100!, U1 INVITE!, U2 INVITE!",
		      "transactions 1, loops 0" } } },
	{ .config = rig_config_home,
	  .user = "path",
	  .req = "PX-126_PX-21_without_state",
	  .step = { { 0, "first", "P INVITE", "transactions 0" },
		    { 500, "copy", "P INVITE" },
		    { 600, "copy|z9hG4bKa>z9hG4bKb", "P INVITE!", "loops 0" } } },
};
GTEST_ROWS(TransactionOther, other, req, script_check);

/* ---- what is in them ---- */

GTEST(TransactionOther, PX_200_PX_161_a_100)
{
	static const struct script s = { ONE, .req = "100", .lines = "Timestamp: 54\r\n" };

	script_begin(&s);
	script_in("first");
	script_until(3600);
	check_headers(script_last("A", "100"),
		      "To: <sip:one@example.com>\n"
		      "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\n"
		      "CSeq: 1 MESSAGE\nTimestamp: 54\nContent-Length: 0");
	script_end();
}

GTEST(TransactionOther, PX_222_Require_and_RSeq_come_back)
{
	static const struct script s = { .req = "100rel" };

	script_begin(&s);
	script_in("first");
	script_in("U1 183|Call-ID: >Require: 100rel\r\nRSeq: 7\r\nCall-ID: ");
	check_headers(script_last("A", "183"),
		      "Require: 100rel\nRSeq: 7\n"
		      "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa");
	assert_non_null(memmem(script_last("A", "183").ptr, script_last("A", "183").len,
			       "\r\n\r\nbody", 8));
	script_end();
}

GTEST(TransactionOther, PX_95_no_To_tag_is_added)
{
	static const struct script s = { .req = "no tag" };

	script_begin(&s);
	script_in("first");
	script_in("U1 180|;tag=U1>");
	assert_string_equal(rig_header(script_last("A", "180"), "To"), "<sip:two@example.com>");
	script_end();
}

GTEST(TransactionOther, PX_89_PX_98_a_408_of_our_own)
{
	static const struct script s = { .req = "408",
					 .config = script_config_always,
					 .to = "<sip:one@example.com>;tag=d",
					 .user = "one" };

	script_begin(&s);
	script_in("first");
	script_until(32100);
	assert_string_equal(rig_first_line(script_last("A", "408")), "SIP/2.0 408 Request Timeout");
	assert_string_equal(rig_header(script_last("A", "408"), "To"),
			    "<sip:one@example.com>;tag=d");
	script_end();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
