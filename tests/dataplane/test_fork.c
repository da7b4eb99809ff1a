/* SPDX-License-Identifier: BSD-3-Clause */
/** Forks: which contacts are tried when, and for how long (RFC 3261 §16.6 to §16.8). */
#include "fork.h"

static const char parallel[] = FORK_CONFIG("fork: parallel", "");
static const char sequential[] = FORK_CONFIG("fork: sequential", "");
static const char two_targets[] = FORK_CONFIG("max_targets: 2", "");

/* ---- which, and when ---- */

GTEST(Fork, PX_01_PX_38_PX_41_by_q)
{
	fork_open(rig_config_proxy);
	fork_invite("three", 2);
	fork_end(0, BUSY, NULL);
	fork_check_count(1);
	fork_end(1, BUSY, NULL);
	fork_check_count(2);
	fork_keep(&fork_leg[2], U3, "INVITE " C3);
	fork_end(2, "404 Not Found", "SIP/2.0 486 Busy Here");
	fork_drain();
}

/* §16.6: a 2xx or a 6xx of the first group leaves the second one alone. */
static const struct {
	const char *name, *status, *first;
} ends[] = {
	{ "PX-41_PX-83_2xx", ANSWERED, "SIP/2.0 200 OK" },
	{ "PX-41_PX-82_6xx", DECLINED, "SIP/2.0 603 Decline" },
};

static void
end_of_group(void **state)
{
	const char *status = ((const typeof(ends[0]) *)*state)->status;
	const char *first = ((const typeof(ends[0]) *)*state)->first;

	fork_open(rig_config_proxy);
	fork_ring("three", 2);
	fork_end(0, BUSY, NULL);
	fork_end(1, status, first);
	assert_int_equal(fork_count(U3, ""), 0);
	fork_drain();
}
GTEST_ROWS(Fork, ends, name, end_of_group);

GTEST(Fork, PX_39_parallel)
{
	fork_open(parallel);
	fork_invite("three", 3);
	for (unsigned int i = 0; i < 2; i++)
		fork_end(i, BUSY, NULL);
	fork_end(2, BUSY, "SIP/2.0 486 Busy Here");
	fork_drain();
}

GTEST(Fork, PX_40_sequential)
{
	fork_open(sequential);
	rig_bind("sip:order@example.com", C1 "||300", C2 "||1000", C3 "||500", NULL);
	CALL(.user = "order");
	fork_check_count(2);
	fork_keep(&fork_leg[1], U2, "INVITE ");
	fork_end(1, BUSY, NULL);
	fork_keep(&fork_leg[2], U3, "INVITE ");
	fork_check_count(2);
	fork_end(2, "480 Away", NULL);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_end(0, "404 Not Found", "SIP/2.0 486 Busy Here");
	fork_drain();
}

GTEST(Fork, PX_38_max_targets)
{
	fork_open(two_targets);
	CALL(.user = "three");
	fork_check_count(3);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	assert_int_equal(fork_breadth(U1, "INVITE"), 30);
	fork_end(0, BUSY, NULL);
	fork_end(1, BUSY, "SIP/2.0 486 Busy Here");
	fork_check_count(2);
	fork_drain();
}

/* What is one place needs no state. */
GTEST(Fork, PX_28_PX_32_one_target)
{
	fork_open(rig_config_proxy);
	CALL(.user = "one");
	fork_check_count(1);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], "302 Moved");
	fork_sent(ALICE, "SIP/2.0 302 Moved");
	CALL(.uri = "sip:bob@other.example", .branch = "b");
	fork_check_count(1);
	fork_keep(&fork_leg[0], "192.0.2.30:5060", "INVITE ");
	ANSWER(&fork_leg[0], .status = "302 Moved",
	       .lines = "Contact: <sip:x@203.0.113.51>, <sip:y@203.0.113.52>\r\n");
	fork_check_count(1);
	check_headers(fork_sent(ALICE, "SIP/2.0 302")->sip,
		      "Contact: <sip:x@203.0.113.51>, <sip:y@203.0.113.52>\n");
	assert_int_equal(rig.worker->transactions->live, 0);
	fork_drain();
}

/* ---- what the branches have ---- */

static void
check_branch(const struct sent *s, const char *uri, const char *contact_of_other)
{
	char first[128];

	snprintf(first, sizeof(first), "INVITE %s SIP/2.0", uri);
	check_first_line(fork_kept(s), first);
	check_headers(fork_kept(s), "Max-Forwards: 69\nX-Own: 1\n");
	assert_null(strstr(s->text, contact_of_other));
	assert_non_null(strstr(s->text, "\r\n\r\nbody of it"));
	assert_int_equal(strncmp(rig_header(fork_kept(s), "Via"),
				 "SIP/2.0/UDP 192.0.2.10:5060;"
				 "branch=z9hG4bK",
				 42),
			 0);
}

GTEST(Fork, PX_45_PX_50_own_copy)
{
	fork_open(rig_config_proxy);
	rig_bind("sip:two@example.com", C1 "|<sip:203.0.113.61;lr>", C2, NULL);
	CALL(.lines = "X-Own: 1\r\n", .body = "body of it");
	fork_keep(&fork_leg[0], "203.0.113.61:5060", "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	check_branch(&fork_leg[0], C1, C2);
	check_branch(&fork_leg[1], C2, C1);
	check_headers(fork_kept(&fork_leg[0]), "Route: <sip:203.0.113.61;lr>\n");
	check_headers(fork_kept(&fork_leg[1]), "Route: -\n");
	assert_string_equal(rig_header(fork_kept(&fork_leg[0]), "Record-Route"),
			    rig_header(fork_kept(&fork_leg[1]), "Record-Route"));
	fork_drain();
}

/* The branch of the top Via: its part of this branch, and the loop part. */
static void
split(const struct sent *s, char own[64], char loop[64])
{
	const char *branch = strstr(rig_header(fork_kept(s), "Via"), ";branch=");
	size_t n;

	assert_non_null(branch);
	branch += 8;
	n = strcspn(branch, ".");
	snprintf(own, 64, "%.*s", (int)n, branch);
	snprintf(loop, 64, "%.*s", (int)strcspn(branch + n, ",;"), branch + n);
}

/* LD-07: all are different; the second part is of the request, and the same. */
GTEST(Fork, PX_65_PX_68_LD_06_LD_07_branches)
{
	char own[8][64], loop[8][64];

	fork_open(rig_config_proxy);
	for (unsigned int call = 0; call < 2; call++) {
		CALL(.user = "four", .branch = call == 0 ? "a" : "b");
		for (unsigned int i = 0; i < 4; i++) {
			fork_keep(&fork_leg[i], fork_address(i), "INVITE ");
			split(&fork_leg[i], own[4 * call + i], loop[4 * call + i]);
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(strncmp(own[i], "z9hG4bK", 7), 0);
		assert_int_equal(strncmp(loop[i], ".L", 2), 0);
		assert_string_equal(loop[i], loop[0]);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(own[i], own[k]);
	}
	fork_drain();
}

/* Nothing of the branch shows whose it is by counting up. */
GTEST(Fork, PX_195_forged_branch)
{
	char *digit;

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	for (size_t at = 7; at < 31; at++) {
		digit = strstr(fork_leg[0].text, ";branch=z9hG4bK") + 8 + at;
		*digit ^= 1;
		fork_say(&fork_leg[0], RINGING);
		fork_check_count(0);
		*digit ^= 1;
	}
	fork_say(&fork_leg[0], RINGING);
	fork_check_count(1);
	fork_drain();
}

/* ---- timer C ---- */

GTEST(Fork, PX_71_PX_72_PX_108_timer_C)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_until(1000);
	fork_say(&fork_leg[0], RINGING);
	fork_say(&fork_leg[1], RINGING);
	fork_until(100000);
	fork_say(&fork_leg[0], "183 Still Ringing");
	assert_int_equal(fork_until(181900)->count, 0);
	fork_until(182100);
	fork_check_count(1);
	check_headers(fork_sent(U2, "CANCEL ")->sip, "Reason: -\n");
	fork_end(1, TERMINATED, NULL);
	assert_int_equal(fork_until(280900)->count, 0);
	fork_until(281100);
	fork_sent(U1, "CANCEL ");
	fork_end(0, TERMINATED, "SIP/2.0 487 Request Terminated");
	fork_drain();
}

GTEST(Fork, PX_73_MB_20_100_does_not_put_it_off)
{
	fork_open(rig_config_proxy);
	fork_invite("three", 2);
	fork_end(0, BUSY, NULL);
	fork_until(1000);
	fork_say(&fork_leg[1], "100 Trying");
	fork_until(100000);
	fork_say(&fork_leg[1], "100 Trying");
	assert_int_equal(fork_until(181900)->count, 0);
	fork_until(182100);
	fork_sent(U2, "CANCEL ");
	/* no 487 either: it counts as 408, and the next group begins */
	for (uint64_t ms = 182500; ms < 214000; ms += 500) {
		fork_until(ms);
		fork_check_count(fork_count(U2, "CANCEL "));
	}
	fork_until(214200);
	fork_keep(&fork_leg[2], U3, "INVITE ");
	fork_end(2, "404 Not Found", "SIP/2.0 486");
	fork_drain();
}

/* ---- other methods ---- */

static const struct {
	const char *name;
	struct call call;
} others[] = {
	{ "PX-87_PX-174_PX-198_MESSAGE", { .method = "MESSAGE" } },
	{ "PX-05_FROB", { .method = "FROB" } },
	{ "PX-198_SUBSCRIBE", { .method = "SUBSCRIBE", .lines = "Event: presence\r\n" } },
	{ "PX-198_OPTIONS", { .method = "OPTIONS" } },
};

static void
other_method(void **state)
{
	const struct call *c = &((const typeof(others[0]) *)*state)->call;
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "%s sip:u", c->method);
	fork_open(rig_config_proxy);
	fork_call(c);
	fork_check_count(2);
	fork_keep(&fork_leg[0], U1, prefix);
	fork_keep(&fork_leg[1], U2, prefix);
	fork_say(&fork_leg[0], RINGING);
	fork_check_count(0);
	fork_say(&fork_leg[0], BUSY);
	fork_check_count(0);
	fork_say(&fork_leg[1], ANSWERED);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 200 OK");
	fork_say(&fork_leg[1], "202 Accepted");
	fork_check_count(0);
	fork_drain();
}
GTEST_ROWS(Fork, others, name, other_method);

GTEST(Fork, PX_204_MESSAGE_is_not_cancelled)
{
	fork_open(rig_config_proxy);
	CALL(.method = "MESSAGE");
	fork_keep(&fork_leg[0], U1, "MESSAGE ");
	fork_keep(&fork_leg[1], U2, "MESSAGE ");
	fork_say(&fork_leg[0], DECLINED);
	fork_check_count(0);
	fork_say(&fork_leg[1], BUSY);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 603 Decline");
	fork_drain();
}

/* RFC 4320 §4.2: it is not answered, and stays what it was: no copy of it is another request. */
GTEST(Fork, PX_202_408_is_silence)
{
	fork_open(rig_config_proxy);
	CALL(.method = "MESSAGE");
	fork_keep(&fork_leg[0], U1, "MESSAGE ");
	fork_keep(&fork_leg[1], U2, "MESSAGE ");
	fork_say(&fork_leg[0], "408 Request Timeout");
	fork_say(&fork_leg[1], "408 Request Timeout");
	fork_check_count(0);
	CALL(.method = "MESSAGE");
	fork_check_count(0);
	fork_until(3600); /* RFC 4320 §4.1: it has not been answered */
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 100 Trying");
	for (uint64_t ms = 4000; ms < 31000; ms += 4000) {
		fork_until(ms);
		fork_check_count(0);
		CALL(.method = "MESSAGE");
		fork_check_count(1);
		fork_sent(ALICE, "SIP/2.0 100 Trying");
		assert_int_equal(rig.out.counter[STATS_copies_absorbed], 1);
	}
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
