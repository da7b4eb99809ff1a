/* SPDX-License-Identifier: BSD-3-Clause */
/** What of the answers of a fork goes to who asked at once, and what not (RFC 3261 §16.7 item 5).
 */
#include "fork.h"

/* ---- at once ---- */

GTEST(ForkAnswers, PX_79_PX_72_early_dialogs)
{
	static const char *const status[] = { "180 Ringing", "183 Session Progress", "180 Ringing",
					      "199 Early Dialog Terminated" };
	char first[64], want[160];

	fork_open(rig_config_proxy);
	fork_invite("four", 4);
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 4; i++) {
			char tag[8] = { 't', (char)('1' + i), (char)('a' + round), 0 };

			ANSWER(&fork_leg[i], .status = status[i], .tag = tag, .body = "v=0",
			       .lines = "Contact: <sip:x@1.2.3.4>\r\nX-Of: it\r\n");
			fork_check_count(1);
			snprintf(first, sizeof(first), "SIP/2.0 %s", status[i]);
			snprintf(want, sizeof(want),
				 "To: <sip:four@example.com>;tag=%s\nContact: "
				 "<sip:x@1.2.3.4>\nX-Of: it\n"
				 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\n",
				 tag);
			check_headers(fork_sent(ALICE, first)->sip, want);
		}
	}
	fork_drain();
}

GTEST(ForkAnswers, PX_86_100_stays)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_say(&fork_leg[0], "100 Trying");
	fork_check_count(0);
	fork_drain();
}

GTEST(ForkAnswers, PX_95_no_tag_added)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = RINGING, .tag = "");
	assert_string_equal(fork_header(ALICE, "SIP/2.0 180", "To"), "<sip:two@example.com>");
	ANSWER(&fork_leg[0], .status = ANSWERED, .tag = "");
	assert_string_equal(fork_header(ALICE, "SIP/2.0 200", "To"), "<sip:two@example.com>");
	fork_drain();
}

GTEST(ForkAnswers, PX_80_PX_83_PX_105_answered)
{
	fork_open(rig_config_proxy);
	fork_ring("three", 2);
	ANSWER(&fork_leg[0], .status = ANSWERED, .body = "v=0",
	       .lines = "Contact: <sip:x@203.0.113.51>\r\n");
	fork_check_count(2);
	check_headers(fork_sent(ALICE, "SIP/2.0 200 OK")->sip,
		      "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\n"
		      "Contact: <sip:x@203.0.113.51>\nTo: <sip:three@example.com>;tag=t\n");
	fork_sent(U2, "CANCEL " C2);
	fork_end(1, TERMINATED, NULL);
	fork_check_count(1);
	fork_drain();
}

/* Every 2xx goes on: one that crosses the CANCEL, one of another user agent behind a branch. */
GTEST(ForkAnswers, PX_84_PX_193_PX_214_every_2xx)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, ANSWERED, "SIP/2.0 200 OK");
	ANSWER(&fork_leg[0], .status = ANSWERED, .tag = "another");
	fork_check_count(1);
	assert_string_equal(fork_header(ALICE, "SIP/2.0 200", "To"),
			    "<sip:two@example.com>;tag=another");
	ANSWER(&fork_leg[1], .status = "202 Accepted", .tag = "third");
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 202 Accepted");
	ANSWER(&fork_leg[1], .status = "202 Accepted", .tag = "third");
	fork_check_count(1);
	fork_drain();
}

GTEST(ForkAnswers, PX_85_PX_87_PX_194_nothing_else)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, ANSWERED, "SIP/2.0 200 OK");
	fork_say(&fork_leg[1], RINGING);
	fork_check_count(0);
	fork_end(1, BUSY, NULL);
	fork_check_count(1);
	fork_say(&fork_leg[0], RINGING);
	fork_check_count(0);
	fork_say(&fork_leg[0], BUSY);
	fork_check_count(0);
	fork_drain();
}

GTEST(ForkAnswers, PX_81_PX_82_PX_106_6xx)
{
	fork_open(rig_config_proxy);
	fork_ring("three", 2);
	fork_end(0, DECLINED, NULL);
	fork_check_count(2);
	check_headers(fork_sent(U2, "CANCEL ")->sip, "Reason: -\n");
	fork_end(1, TERMINATED, "SIP/2.0 603 Decline");
	fork_check_count(2);
	fork_drain();
}

GTEST(ForkAnswers, PX_81_PX_84_2xx_behind_6xx)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, DECLINED, NULL);
	fork_end(1, ANSWERED, "SIP/2.0 200 OK");
	fork_check_count(1);
	assert_int_equal(rig.out.counter[STATS_late_2xx], 0);
	fork_drain();
}

/* A branch that was given up as timed out cannot answer any more; one that forked behind us can. */
GTEST(ForkAnswers, PX_76_PX_88_PX_89_PX_135_408)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_end(0, "482 Loop Detected", NULL);
	fork_check_count(1);
	for (uint64_t ms = 500; ms < 31900; ms += 500) {
		fork_until(ms);
		fork_check_count(fork_count(U2, "INVITE "));
	}
	fork_until(32100);
	fork_check_count(1);
	assert_int_not_equal(strlen(fork_header(ALICE, "SIP/2.0 408 Request Timeout", "To")),
			     strlen("<sip:two@example.com>"));
	assert_int_equal(rig.out.counter[STATS_branch_timeouts], 1);
	fork_drain();
}

GTEST(ForkAnswers, PX_96_nothing_of_our_own)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	for (uint64_t ms = 1000; ms < 180000; ms += 1000)
		assert_int_equal(fork_until(ms)->count, 0);
	fork_drain();
}

/* ---- PRACK and 100rel ---- */

GTEST(ForkAnswers, PX_221_PX_222_PX_223_100rel)
{
	fork_open(rig_config_proxy);
	CALL(.lines = "Supported: 100rel\r\nRequire: 100rel\r\n");
	check_headers(fork_sent(ALICE, "SIP/2.0 100")->sip, "Require: -\nRSeq: -\n");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	for (unsigned int i = 0; i < 2; i++)
		check_headers(fork_kept(&fork_leg[i]), "Supported: 100rel\nRequire: 100rel\n");
	for (unsigned int i = 0; i < 3; i++) {
		ANSWER(&fork_leg[0], .status = "183 Session Progress",
		       .lines = "Require: 100rel\r\nRSeq: 813520\r\n");
		fork_check_count(1);
		check_headers(fork_sent(ALICE, "SIP/2.0 183")->sip,
			      "Require: 100rel\nRSeq: 813520\n");
	}
	fork_drain();
}

/* The PRACK of an early dialog passes beside its INVITE, and so does its 200. */
GTEST(ForkAnswers, PX_220_PRACK)
{
	static struct sent prack;

	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	CALL(.method = "PRACK", .uri = C2, .to = "<sip:two@example.com>;tag=t", .cseq = 2,
	     .branch = "prack", .lines = "RAck: 813520 1 INVITE\r\n");
	fork_check_count(1);
	fork_keep(&prack, U2, "PRACK " C2);
	check_headers(fork_kept(&prack), "RAck: 813520 1 INVITE\nMax-Breadth: 60\n");
	fork_say(&prack, ANSWERED);
	fork_check_count(1);
	assert_string_equal(fork_header(ALICE, "SIP/2.0 200", "CSeq"), "2 PRACK");
	assert_int_equal(rig.worker->transactions->live, 1);
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
