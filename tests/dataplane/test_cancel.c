/* SPDX-License-Identifier: BSD-3-Clause */
/** CANCEL: those that come (RFC 3261 §9.2, §16.10), and those that we send (§9.1). */
#include "fork.h"

static const char sequential[] = FORK_CONFIG("fork: sequential", "");
static const char always[] = FORK_CONFIG("", "state: always");

/* ALICE gives up; her 200 has left, and nothing else for her. */
static void
give_up(const char *user, const char *lines)
{
	CALL(.method = "CANCEL", .user = user, .lines = lines);
	assert_string_equal(fork_header(ALICE, "SIP/2.0 200 OK", "CSeq"), "1 CANCEL");
	assert_int_equal(fork_count(ALICE, ""), 1);
}

/* ---- one that comes ---- */

GTEST(Cancel, PX_113_PX_114_PX_116_all_ring)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	give_up("two", "");
	fork_check_count(3);
	fork_sent(U1, "CANCEL " C1);
	fork_sent(U2, "CANCEL " C2);
	assert_int_equal(rig.out.counter[STATS_cancels], 2);
	fork_end(0, TERMINATED, NULL);
	fork_check_count(1);
	fork_end(1, TERMINATED, "SIP/2.0 487 Request Terminated");
	fork_check_count(2);
	fork_drain();
}

/* §9.1: a branch without provisional response waits for one, 100 or any other. */
static const struct {
	const char *name, *status;
	unsigned int to_alice;
} waits[] = {
	{ "PX-209_100", "100 Trying", 0 },
	{ "PX-209_180", RINGING, 1 },
};

static void
waits_for_response(void **state)
{
	const typeof(waits[0]) *r = *state;

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_say(&fork_leg[0], RINGING);
	give_up("two", "Reason: SIP;cause=200;text=\"x\"\r\n");
	fork_check_count(2);
	fork_sent(U1, "CANCEL ");
	fork_say(&fork_leg[1], r->status);
	assert_string_equal(fork_header(U2, "CANCEL " C2, "Reason"), "SIP;cause=200;text=\"x\"");
	assert_int_equal(fork_count(ALICE, ""), r->to_alice);
	fork_end(1, TERMINATED, NULL);
	fork_end(0, TERMINATED, "SIP/2.0 487");
	fork_drain();
}
GTEST_ROWS(Cancel, waits, name, waits_for_response);

/* PX-117: nothing ever came back. */
GTEST(Cancel, PX_117_PX_209_PX_216_never)
{
	char tag[128];

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	CALL(.method = "CANCEL");
	snprintf(tag, sizeof(tag), "%s", fork_header(ALICE, "SIP/2.0 200", "To"));
	fork_check_count(1);
	for (uint64_t ms = 500; ms < 31900; ms += 500) {
		fork_until(ms);
		fork_check_count(fork_count(U1, "INVITE ") + fork_count(U2, "INVITE "));
	}
	fork_until(32100);
	fork_check_count(1);
	assert_string_equal(fork_header(ALICE, "SIP/2.0 487 Request Terminated", "To"), tag);
	fork_drain();
}

/* MB-13, MB-16: what waits for its turn is not begun any more, though shares become free. */
GTEST(Cancel, PX_115_MB_13_those_that_wait)
{
	fork_open(sequential);
	CALL(.user = "four");
	fork_keep(&fork_leg[3], U4, "INVITE ");
	fork_say(&fork_leg[3], RINGING);
	give_up("four", "");
	fork_sent(U4, "CANCEL ");
	fork_check_count(2);
	fork_end(3, TERMINATED, "SIP/2.0 487");
	fork_check_count(2);
	fork_drain();
}

GTEST(Cancel, PX_214_crossed_by_2xx)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	give_up("two", "");
	fork_end(0, ANSWERED, "SIP/2.0 200 OK");
	fork_check_count(1);
	fork_end(1, TERMINATED, NULL);
	fork_check_count(1);
	fork_drain();
}

GTEST(Cancel, PX_210_PX_218_behind_the_end)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, BUSY, NULL);
	give_up("two", "");
	fork_check_count(2);
	fork_sent(U2, "CANCEL ");
	fork_end(1, TERMINATED, "SIP/2.0 486");
	give_up("two", "");
	fork_check_count(1);
	fork_until(600);
	assert_int_equal(fork_count(ALICE, "SIP/2.0 486"), 1);
	fork_drain();
}

GTEST(Cancel, PX_218_behind_2xx)
{
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, ANSWERED, "SIP/2.0 200 OK");
	fork_end(1, TERMINATED, NULL);
	give_up("two", "");
	fork_check_count(1);
	fork_drain();
}

GTEST(Cancel, PX_219_of_MESSAGE)
{
	fork_open(rig_config_proxy);
	CALL(.method = "MESSAGE");
	fork_keep(&fork_leg[0], U1, "MESSAGE ");
	fork_keep(&fork_leg[1], U2, "MESSAGE ");
	fork_say(&fork_leg[0], "100 Trying");
	give_up("two", "");
	fork_check_count(1);
	fork_say(&fork_leg[0], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

GTEST(Cancel, PX_215_MB_14_whatever_it_has)
{
	static const char *const lines[] = { "Max-Breadth: 0\r\n", "Max-Breadth: x;y\r\n",
					     "Max-Breadth: 1\r\nMax-Breadth: 2\r\n",
					     "Proxy-Require: z\r\n" };

	for (unsigned int i = 0; i < RTE_DIM(lines); i++) {
		fork_open(rig_config_proxy);
		fork_ring("two", 2);
		give_up("two", lines[i]);
		fork_check_count(3);
		fork_drain();
	}
}

/* Its To tag is of no account: the branch says what it is about. */
GTEST(Cancel, PX_179_other_fields)
{
	static const struct call others[] = {
		{ .method = "CANCEL", .to = "<sip:two@example.com>;tag=stranger" },
		{ .method = "CANCEL", .uri = "sip:nobody@example.com" },
		{ .method = "CANCEL", .uri = "sip:nobody@example.com", .cseq = 9 },
	};

	for (unsigned int i = 0; i < RTE_DIM(others); i++) {
		fork_open(rig_config_proxy);
		fork_ring("two", 2);
		fork_call(&others[i]);
		fork_check_count(3);
		fork_sent(ALICE, "SIP/2.0 200 OK");
		check_headers(fork_sent(U1, "CANCEL " C1)->sip, "CSeq: 1 CANCEL\n"
								"To: <sip:two@example.com>\n");
		fork_drain();
	}
}

/* Nobody else can cancel a call: what he sends has another branch here, and goes on as it is. */
GTEST(Cancel, PX_118_PX_176_of_nothing)
{
	static struct sent cancel;

	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	CALL(.method = "CANCEL", .branch = "other", .uri = "sip:bob@other.example");
	fork_check_count(1);
	fork_keep(&cancel, "192.0.2.30:5060", "CANCEL ");
	check_headers(fork_kept(&cancel), "Max-Breadth: -\n");
	fork_say(&cancel, ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_check_count(1);
	CALL(.method = "CANCEL", .source = "198.51.100.66:5060", .uri = "sip:bob@other.example");
	fork_sent("192.0.2.30:5060", "CANCEL ");
	fork_check_count(1);
	fork_drain();
}

GTEST(Cancel, PX_107_PX_215_storm)
{
	static struct sent first;

	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	give_up("two", "");
	fork_keep(&first, ALICE, "SIP/2.0 200");
	for (unsigned int i = 0; i < 200; i++) {
		give_up("two", i % 2 == 0 ? "Reason: Q.850;cause=16\r\n" : "");
		fork_check_count(1);
		assert_true(slice_eq(fork_sent(ALICE, "SIP/2.0 200")->sip, fork_kept(&first)));
	}
	for (unsigned int i = 0; i < 60; i++)
		rig_queue(NULL, fork_text(&(const struct call){ .method = "CANCEL" }), ALICE, EDGE);
	assert_int_equal(fork_walk()->count, 60);
	fork_end(0, TERMINATED, NULL);
	fork_end(1, TERMINATED, "SIP/2.0 487");
	fork_drain();
}

/* Before the INVITE has got anywhere: one burst. */
GTEST(Cancel, PX_209_in_one_burst)
{
	fork_open(rig_config_proxy);
	rig_queue(NULL, fork_text(&(const struct call){ .user = "two" }), ALICE, EDGE);
	rig_queue(NULL, fork_text(&(const struct call){ .method = "CANCEL" }), ALICE, EDGE);
	rig_queue(NULL, fork_text(&(const struct call){ .user = "two" }), ALICE, EDGE);
	fork_walk();
	assert_int_equal(rig.out.counter[STATS_branches], 2);
	assert_int_equal(fork_count(ALICE, "SIP/2.0 200"), 1);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	fork_sent(U1, "CANCEL ");
	fork_drain();
}

/* One that has overtaken its INVITE goes somewhere, and does not decide where that goes. */
static const struct {
	const char *name;
} overtakers[] = { { "CANCEL" }, { "ACK" } };

static void
overtakes(void **state)
{
	const typeof(overtakers[0]) *r = *state;

	fork_open(rig_config_proxy);
	CALL(.method = r->name);
	fork_check_count(1);
	fork_invite("two", 2);
	assert_int_equal(rig.out.counter[STATS_remembered], 0);
	fork_drain();
}
GTEST_ROWS(Cancel, overtakers, name, overtakes);

/* ---- what we send ---- */

/* The value of a header is that of the INVITE. */
static void
check_same(const struct sent *invite, struct slice cancel, const char *name)
{
	char want[1024];

	snprintf(want, sizeof(want), "%s", rig_header(fork_kept(invite), name));
	assert_string_equal(rig_header(cancel, name), want);
}

GTEST(Cancel, PX_205_PX_206_PX_208_like_its_INVITE)
{
	static const char lines[] =
		"Require: 100rel\r\nSupported: a\r\nContact: <sip:x@1.2.3.4>\r\n"
		"Max-Breadth: 4\r\nX-More: y\r\n";
	struct slice cancel;
	char *via;

	fork_open(rig_config_proxy);
	rig_bind("sip:two@example.com", C1 ";x=1;y", C2, NULL);
	CALL(.lines = lines, .body = "v=0", .cseq = 77,
	     .to = "\"T, <wo>\" <sip:two@example.com>;p=q");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL", .cseq = 77);
	cancel = fork_sent(U1, "CANCEL " C1 ";x=1;y SIP/2.0")->sip;
	check_same(&fork_leg[0], cancel, "To");
	check_same(&fork_leg[0], cancel, "From");
	check_same(&fork_leg[0], cancel, "Call-ID");
	check_headers(cancel, "CSeq: 77 CANCEL\nRequire: -\nProxy-Require: -\nSupported: -\n"
			      "Contact: -\nMax-Breadth: -\nX-More: -\nContent-Length: 0\n"
			      "Max-Forwards: 69\nRecord-Route: -\n");
	via = strdup(rig_header(fork_kept(&fork_leg[0]), "Via"));
	*strchr(via, ',') = '\0';
	assert_string_equal(rig_header(cancel, "Via"), via);
	free(via);
	fork_drain();
}

GTEST(Cancel, PX_205_LD_10_in_a_dialog)
{
	fork_open(always);
	CALL(.user = "one", .to = "<sip:one@example.com>;tag=d");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL", .user = "one", .to = "<sip:one@example.com>;tag=d");
	check_same(&fork_leg[0], fork_sent(U1, "CANCEL ")->sip, "To");
	fork_drain();
}

/* By another listener than it came by, and with the Path of the binding as Route. */
GTEST(Cancel, PX_206_PX_207_PX_211_way)
{
	const struct rig_datagram *d;

	fork_open(rig_config_proxy);
	rig_bind("sip:two@example.com",
		 "sip:p@10.0.0.5|<sip:T@10.0.0.55;lr>, <sip:203.0.113.56;lr>", C2, NULL);
	CALL(.user = "two");
	fork_keep(&fork_leg[0], "10.0.0.55:5060", "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL");
	d = fork_sent("10.0.0.55:5060", "CANCEL sip:p@10.0.0.5 SIP/2.0");
	assert_true(flow_address_eq(&d->from, &fork_leg[0].from));
	check_address("from", &d->from, "10.0.0.1:5060");
	check_same(&fork_leg[0], d->sip, "Route");
	assert_string_equal(rig_header(d->sip, "Route"),
			    "<sip:T@10.0.0.55;lr>, <sip:203.0.113.56;lr>");
	fork_drain();
}

/* It is sent again until something answers it, octet for octet. */
GTEST(Cancel, PX_212_PX_213_again)
{
	static struct sent first;
	uint64_t due = 500, interval = 500;

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_end(1, BUSY, NULL);
	fork_say(&fork_leg[0], RINGING);
	give_up("two", "Reason: SIP;cause=200\r\n");
	fork_keep(&first, U1, "CANCEL ");
	while (due < 31900) {
		fork_until(due - 20);
		fork_check_count(0);
		fork_until(due + 20);
		fork_check_count(1);
		assert_true(slice_eq(fork_sent(U1, "CANCEL ")->sip, fork_kept(&first)));
		interval = RTE_MIN(2 * interval, UINT64_C(4000));
		due += 20 + interval;
	}
	fork_until(32100);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

GTEST(Cancel, PX_212_its_answer_ends_here)
{
	static const char *const status[] = { ANSWERED, "481 No Such Transaction", "100 Trying" };

	for (unsigned int i = 0; i < RTE_DIM(status); i++) {
		fork_open(rig_config_proxy);
		fork_ring("two", 2);
		ANSWER(&fork_leg[0], .status = ANSWERED, .method = "CANCEL");
		fork_check_count(0);
		assert_int_equal(rig.out.counter[STATS_stray_response], 1);
		give_up("two", "");
		ANSWER(&fork_leg[0], .status = status[i], .method = "CANCEL");
		fork_check_count(0);
		fork_until(700);
		assert_int_equal(fork_count(U1, "CANCEL "), i == 2);
		assert_int_equal(fork_count(U2, "CANCEL "), 1);
		fork_drain();
	}
}

/* ---- Reason ---- */

#define BECAUSE "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"

GTEST(Cancel, PX_224_all_of_them)
{
	static struct sent first;

	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	give_up("two", "Reason: SIP;cause=200;text=\"a\"\r\nX: y\r\nReason: Q.850;cause=16\r\n");
	fork_keep(&first, U1, "CANCEL ");
	assert_string_equal(rig_header(fork_kept(&first), "Reason"),
			    "SIP;cause=200;text=\"a\", Q.850;cause=16");
	check_headers(fork_kept(&first), "X: -\n");
	fork_until(530);
	assert_true(slice_eq(fork_sent(U1, "CANCEL ")->sip, fork_kept(&first)));
	fork_drain();
}

/* As many as a header may have, and as long as a message may be. */
GTEST(Cancel, PX_224_large)
{
	static char lines[40000];
	size_t n = 0;

	for (unsigned int i = 0; i < 60; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "Reason: SIP;cause=%u;text=\"%0500u\"\r\n", 200 + i, i);
	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	give_up("two", lines);
	fork_sent(U1, "CANCEL ");
	fork_sent(U2, "CANCEL ");
	fork_drain();
}

GTEST(Cancel, PX_225_answered_elsewhere)
{
	static struct sent first;

	fork_open(rig_config_proxy);
	fork_ring("two", 2);
	fork_end(0, ANSWERED, "SIP/2.0 200");
	fork_keep(&first, U2, "CANCEL ");
	assert_non_null(strstr(first.text, BECAUSE));
	/* a CANCEL that comes now changes nothing of the copies */
	give_up("two", "Reason: Q.850;cause=16\r\n");
	fork_until(530);
	assert_true(slice_eq(fork_sent(U2, "CANCEL ")->sip, fork_kept(&first)));
	fork_drain();
}

/* A copy is a copy, whatever has happened since. */
static void
check_copies_stay(const char *why)
{
	static struct sent first;

	fork_keep(&first, U3, "CANCEL ");
	if (why[0] == 'c')
		give_up("four", "Reason: Q.850;cause=16\r\n");
	else
		fork_end(1, ANSWERED, "SIP/2.0 200");
	fork_until(530);
	assert_true(slice_eq(fork_sent(U3, "CANCEL ")->sip, fork_kept(&first)));
	assert_string_equal(rig_header(fork_kept(&first), "Reason"), "");
	fork_drain();
}

GTEST(Cancel, PX_225_copies_stay)
{
	static const char *const later[] = { "cancelled", "answered" };

	for (unsigned int i = 0; i < RTE_DIM(later); i++) {
		fork_open(rig_config_proxy);
		fork_ring("four", 4);
		fork_end(0, DECLINED, NULL);
		check_copies_stay(later[i]);
		fork_open(rig_config_proxy);
		fork_ring("four", 4);
		give_up("four", "");
		check_copies_stay(later[i]);
	}
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
