/* SPDX-License-Identifier: BSD-3-Clause */
/** Which of the answers of a fork goes to who asked (RFC 3261 §16.7 items 6 and 7). */
#include "fork.h"

/* ---- of two ---- */

static const struct pair {
	const char *name, *one, *other; /* what they answer; NULL: nothing */
	const char *first;              /* of what goes on */
	bool in_order;                  /* the first one wins, and would not if it came last */
} pairs[] = {
	{ "PX-90_6xx", BUSY, DECLINED, "SIP/2.0 603 Decline" },
	{ "PX-90_6xx_3xx", "302 Moved", DECLINED, "SIP/2.0 603 Decline" },
	{ "PX-91_3xx", "302 Moved", "404 Not Found", "SIP/2.0 302 Moved" },
	{ "PX-91_3xx_5xx", "502 Bad Gateway", "302 Moved", "SIP/2.0 302 Moved" },
	{ "PX-91_4xx", "500 Trouble", "404 Not Found", "SIP/2.0 404 Not Found" },
	{ "PX-91_any_4xx", "500 Trouble", "482 Merged", "SIP/2.0 482 Merged" },
	{ "PX-92_401", "404 Not Found", "401 Who", "SIP/2.0 401 Who" },
	{ "PX-92_407", BUSY, "407 Who", "SIP/2.0 407 Who" },
	{ "PX-92_415", BUSY, "415 Type", "SIP/2.0 415 Type" },
	{ "PX-92_420", "404 Not Found", "420 What", "SIP/2.0 420 What" },
	{ "PX-92_484", "404 Not Found", "484 More", "SIP/2.0 484 More" },
	{ "PX-92_401_484", "484 More", "401 Who", "SIP/2.0 401 Who" },
	{ "PX-92_401_407", "401 Who", "407 Whom", "SIP/2.0 401 Who", true },
	{ "PX-93_order", BUSY, "404 Not Found", "SIP/2.0 486 Busy Here", true },
	{ "PX-93_order_6xx", DECLINED, "600 Busy Everywhere", "SIP/2.0 603 Decline", true },
	{ "PX-93_408", "408 Timeout", BUSY, "SIP/2.0 486 Busy Here" },
	{ "PX-93_408_482", "482 Loop Detected", "408 Timeout", "SIP/2.0 408 Timeout" },
	{ "PX-93_440", "483 Too Many Hops", "440 Broad", "SIP/2.0 440 Broad" },
	{ "PX-93_440_408", "408 Timeout", "440 Broad", "SIP/2.0 408 Timeout" },
	{ "PX-93_483", "482 Loop Detected", "483 Too Many Hops", "SIP/2.0 483 Too Many Hops" },
	{ "PX-93_430", "430 Flow Failed", "482 Loop Detected", "SIP/2.0 482 Loop Detected" },
	{ "PX-93_430_408", "430 Flow Failed", "408 Timeout", "SIP/2.0 408 Timeout" },
	{ "PX-93_430_500", "500 Trouble", "430 Flow Failed",
	  "SIP/2.0 480 Temporarily Unavailable" },
	{ "PX-93_430_430", "430 Flow Failed", "430 Flow Failed",
	  "SIP/2.0 480 Temporarily Unavailable" },
	{ "PX-94_503_404", "503 Later", "404 Not Found", "SIP/2.0 404 Not Found" },
	{ "PX-94_503_500", "503 Later", "500 Trouble", "SIP/2.0 500 Trouble" },
	{ "PX-94_503_503", "503 Later", "503 Later", "SIP/2.0 500 Server Internal Error" },
	{ "LD-26_482", "482 Loop Detected", BUSY, "SIP/2.0 486 Busy Here" },
	{ "LD-26_482_482", "482 Loop Detected", "482 Loop Detected", "SIP/2.0 482 Loop Detected" },
};

static void
answer_pair(const char *one, const char *other, const char *want)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = one, .tag = "one");
	assert_int_equal(fork_count(ALICE, ""), 0);
	fork_sent(U1, "ACK ");
	ANSWER(&fork_leg[1], .status = other, .tag = "two");
	fork_sent(ALICE, want);
	assert_int_equal(fork_count(ALICE, ""), 1);
	assert_int_equal(rig.out.counter[STATS_loops], 0);
	fork_drain();
}

static void
best_of_two(void **state)
{
	const struct pair *p = *state;

	answer_pair(p->one, p->other, p->first);
	if (!p->in_order)
		answer_pair(p->other, p->one, p->first);
}
GTEST_ROWS(BestResponse, pairs, name, best_of_two);

/* 5.1 item 9 of the specification: of any two of these the one behind wins, whoever was first. */
GTEST(BestResponse, PX_91_PX_93_ladder)
{
	static const struct {
		const char *status, *first;
	} ladder[] = {
		{ "503 a", "SIP/2.0 500" }, { "500 b", "SIP/2.0 500 b" },
		{ "430 c", "SIP/2.0 480" }, { "482 d", "SIP/2.0 482" },
		{ "483 e", "SIP/2.0 483" }, { "440 f", "SIP/2.0 440" },
		{ "408 g", "SIP/2.0 408" }, { "404 h", "SIP/2.0 404" },
		{ "484 i", "SIP/2.0 484" }, { "420 j", "SIP/2.0 420" },
		{ "415 k", "SIP/2.0 415" }, { "401 l", "SIP/2.0 401" },
		{ "302 m", "SIP/2.0 302" }, { "600 n", "SIP/2.0 600" },
	};

	for (unsigned int best = 1; best < RTE_DIM(ladder); best++)
		for (unsigned int other = 0; other<best; other += best> 2 ? best / 2 : 1) {
			answer_pair(ladder[best].status, ladder[other].status, ladder[best].first);
			answer_pair(ladder[other].status, ladder[best].status, ladder[best].first);
		}
}

/* ---- what becomes of it ---- */

static const char *
final_to_alice(void)
{
	return fork_header(ALICE, "SIP/2.0 ", "To");
}

GTEST(BestResponse, PX_97_tag_stays)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = "404 Not Found", .tag = "one", .lines = "X-Who: one\r\n");
	ANSWER(&fork_leg[1], .status = "408 Timeout", .tag = "other");
	assert_string_equal(final_to_alice(), "<sip:two@example.com>;tag=one");
	check_headers(fork_sent(ALICE, "SIP/2.0 404")->sip,
		      "X-Who: one\nVia: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\n");
	fork_drain();
}

GTEST(BestResponse, PX_98_tag_of_the_request)
{
	fork_open(rig_config_proxy);
	CALL(.to = "<sip:two@example.com>;tag=d");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	fork_pass(31900);
	fork_until(32100);
	assert_string_equal(final_to_alice(), "<sip:two@example.com>;tag=d");
	fork_drain();
}

/* OB-77: what tells of flows stays between proxies; 503 speaks of one server. */
static const struct {
	const char *name, *status, *first;
} rewritten[] = {
	{ "PX-94_503", "503 Come Back Later", "SIP/2.0 500 Server Internal Error" },
	{ "OB-77_430", "430 Flow Failed", "SIP/2.0 480 Temporarily Unavailable" },
};

static void
rewritten_status(void **state)
{
	const typeof(rewritten[0]) *r = *state;
	static struct sent final;

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = r->status, .tag = "one", .lines = "X-Who: one\r\n",
	       .body = "why");
	ANSWER(&fork_leg[1], .status = r->status, .tag = "other", .lines = "X-Who: other\r\n");
	fork_keep(&final, ALICE, "SIP/2.0 ");
	check_first_line(fork_kept(&final), r->first);
	check_headers(fork_kept(&final), "X-Who: one\nTo: <sip:two@example.com>;tag=one\n"
					 "CSeq: 1 INVITE\nContent-Length: 3\n");
	assert_non_null(strstr(final.text, "\r\n\r\nwhy"));
	/* a copy of the request gets the same again */
	CALL(.user = "two");
	fork_check_count(1);
	assert_string_equal(rig_first_line(fork_sent(ALICE, "SIP/2.0 ")->sip), r->first);
	fork_drain();
}
GTEST_ROWS(BestResponse, rewritten, name, rewritten_status);

GTEST(BestResponse, PX_94_no_Retry_After_of_theirs)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = "503 Later", .lines = "Retry-After: 3600\r\nX-Who: one\r\n");
	ANSWER(&fork_leg[1], .status = "503 Later");
	check_headers(fork_sent(ALICE, "SIP/2.0 500")->sip, "Retry-After: -\nX-Who: one\n");
	fork_drain();
}

/* ---- challenges ---- */

GTEST(BestResponse, PX_99_merged)
{
	static struct sent final;
	struct slice sip;

	fork_open(rig_config_proxy);
	fork_invite("four", 4);
	ANSWER(&fork_leg[0], .status = "401 Who", .tag = "one",
	       .lines = "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n"
			"WWW-Authenticate: Digest realm=\"b\", nonce=\"2\"\r\n");
	ANSWER(&fork_leg[1], .status = "407 Who", .tag = "two",
	       .lines = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"3\"\r\n");
	ANSWER(&fork_leg[2], .status = "407 Who", .tag = "three",
	       .lines = "Proxy-Authenticate: Digest realm=\"d\",\r\n nonce=\"4\"\r\n");
	fork_say(&fork_leg[3], BUSY);
	fork_keep(&final, ALICE, "SIP/2.0 401 Who");
	sip = fork_kept(&final);
	check_headers(sip, "To: <sip:four@example.com>;tag=one\n");
	assert_string_equal(rig_header(sip, "WWW-Authenticate"),
			    "Digest realm=\"a\", nonce=\"1\", Digest realm=\"b\", nonce=\"2\"");
	assert_string_equal(rig_header(sip, "Proxy-Authenticate"),
			    "Digest realm=\"c\", nonce=\"3\", Digest realm=\"d\", nonce=\"4\"");
	/* and so is what a copy gets */
	CALL(.user = "four");
	fork_check_count(1);
	assert_true(slice_eq(fork_sent(ALICE, "SIP/2.0 401")->sip, sip));
	fork_drain();
}

GTEST(BestResponse, PX_99_equal_ones_once)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	for (unsigned int i = 0; i < 2; i++)
		ANSWER(&fork_leg[i], .status = "407 Who",
		       .lines = "Proxy-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n");
	assert_string_equal(fork_header(ALICE, "SIP/2.0 407", "Proxy-Authenticate"),
			    "Digest realm=\"a\", nonce=\"1\"");
	fork_drain();
}

/* The challenge of a branch whose answer is not the best one is of no use elsewhere. */
GTEST(BestResponse, PX_99_not_into_others)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = "407 Who",
	       .lines = "Proxy-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n");
	fork_say(&fork_leg[1], DECLINED);
	check_headers(fork_sent(ALICE, "SIP/2.0 603")->sip, "Proxy-Authenticate: -\n");
	fork_drain();
}

/* Challenges without end: an answer all the same, as much as fits. */
GTEST(BestResponse, PX_99_large)
{
	static char lines[4][12000], filler[3001];

	memset(filler, 'x', sizeof(filler) - 1);
	fork_open(rig_config_proxy);
	fork_invite("four", 4);
	for (unsigned int i = 0; i < 4; i++) {
		size_t n = 0;

		for (unsigned int k = 0; k < (i == 3 ? 3 : 1); k++)
			n += (size_t)snprintf(
				lines[i] + n, sizeof(lines[i]) - n,
				"Proxy-Authenticate: Digest realm=\"%u\", nonce=\"%s\"\r\n",
				i * 10 + k, filler);
		ANSWER(&fork_leg[i], .status = "407 Who", .lines = lines[i]);
	}
	assert_non_null(
		strstr(fork_header(ALICE, "SIP/2.0 407", "Proxy-Authenticate"), "realm=\"0\""));
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
