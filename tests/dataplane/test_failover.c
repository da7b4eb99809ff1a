/* SPDX-License-Identifier: BSD-3-Clause */
/** A user agent with two flows: which one a call takes, and which when that one is dead. */
#include "binding_choice.h"
#include "cases.h"
#include "memory.h"

#define EP1 "192.0.2.41:5060"
#define EP2 "192.0.2.42:5060"
#define BOB "sip:bob@10.0.0.5"
#define FIRST BOB "|<sip:T1@192.0.2.41;lr;ob>"
#define SECOND BOB ";n=2|<sip:T2@192.0.2.42;lr;ob>"
#define THIRD BOB ";n=3|<sip:T3@192.0.2.43;lr;ob>"

static char request[2048], vias[1024];

static void
open_home(void)
{
	rig_open(NULL);
	rig_open(rig_config_home);
	rig_bind("sip:bob@example.com", FIRST, SECOND, NULL);
	rig_bind("sip:one@example.com", FIRST, NULL);
	rig_bind("sip:three@example.com", FIRST, SECOND, THIRD, NULL);
}

static void
compose(const char *method, const char *user, const char *branch)
{
	snprintf(request, sizeof(request), "%s sip:%s@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK%s\r\n" MF
		 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: f@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, user,
		 branch, method);
}

/* Send it again; returns where it went, and keeps its Vias. */
static const struct flow_address *
send_copy(void)
{
	rig_send(slice_str(request), ALICE, EDGE);
	assert_int_equal(rig.out.count, 1);
	snprintf(vias, sizeof(vias), "%s", rig_header(rig.out.datagram[0].sip, "Via"));
	return &rig.out.datagram[0].to;
}

static const struct rig_out *
answer(const char *status, const char *from)
{
	static char text[2048];

	snprintf(text, sizeof(text), "SIP/2.0 %s\r\nVia: %s\r\nFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=x\r\nCall-ID: f@198.51.100.9\r\nCSeq: 1 INVITE\r\n"
		 "Content-Length: 0\r\n\r\n", status, vias);
	return rig_send(slice_str(text), from, EDGE);
}

static void
check_refused(const char *first)
{
	rig_send(slice_str(request), ALICE, EDGE);
	check_first_line(check_one(&rig.out, EDGE, ALICE), first);
}

GTEST(Failover, OB_69_430_takes_the_other)
{
	char before[1024];

	open_home();
	compose("INVITE", "bob", "1");
	check_address("first", send_copy(), EP2);
	snprintf(before, sizeof(before), "%s", vias);
	check_address("copy", send_copy(), EP2);
	assert_string_equal(vias, before);
	assert_int_equal(answer("430 Flow Failed", EP2)->count, 0);
	assert_int_equal(rig.out.counter[STATS_failed_over], 1);
	check_address("after 430", send_copy(), EP1);
	assert_string_not_equal(vias, before);
	check_address("copy", send_copy(), EP1);
	check_first_line(check_one(answer("180 Ringing", EP1), EDGE, ALICE), "SIP/2.0 180 Ringing");
}

/* The failed flow is known: another call does not try it. */
GTEST(Failover, OB_76_until_it_is_registered_anew)
{
	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	answer("430 Flow Failed", EP2);
	compose("INVITE", "bob", "2");
	check_address("another call", send_copy(), EP1);
	rig_wait(2000);
	usleep(1100 * 1000); /* updated_ms of the rig is in seconds */
	rig_bind("sip:bob@example.com", FIRST, SECOND, NULL);
	compose("INVITE", "bob", "3");
	check_address("registered anew", send_copy(), EP2);
}

GTEST(Failover, OB_77_all_flows_dead)
{
	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	assert_int_equal(answer("430 Flow Failed", EP2)->count, 0);
	check_address("the other", send_copy(), EP1);
	check_first_line(check_one(answer("430 Flow Failed", EP1), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
	check_refused("SIP/2.0 480 Temporarily Unavailable");
	compose("INVITE", "one", "2");
	send_copy();
	check_first_line(check_one(answer("430 Flow Failed", EP1), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
}

GTEST(Failover, OB_70_an_answer_ends_it)
{
	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	check_first_line(check_one(answer("486 Busy Here", EP2), EDGE, ALICE), "SIP/2.0 486 Busy Here");
	check_address("copy", send_copy(), EP2);
	check_first_line(check_one(answer("503 No", EP2), EDGE, ALICE), "SIP/2.0 503 No");
	check_address("copy", send_copy(), EP2);
}

/* 100 would stop the copies, and 430 may follow it. */
GTEST(Failover, OB_69_100_is_kept)
{
	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	assert_int_equal(answer("100 Trying", EP2)->count, 0);
	compose("INVITE", "one", "2");
	send_copy();
	check_first_line(check_one(answer("100 Trying", EP1), EDGE, ALICE), "SIP/2.0 100 Trying");
}

GTEST(Failover, PR_11_no_answer)
{
	open_home();
	compose("INVITE", "three", "1");
	check_address("first", send_copy(), "192.0.2.43:5060");
	rig_wait(1500);
	check_address("soon", send_copy(), "192.0.2.43:5060");
	rig_wait(2000);
	check_address("after 3 s", send_copy(), EP2);
	rig_wait(1000);
	check_address("and stays", send_copy(), EP2);
	rig_wait(3000);
	check_address("after 3 s more", send_copy(), EP1);
	rig_wait(4000);
	check_address("the last one", send_copy(), EP1);
}

/* The 100 stays here, so that the copies go on; but the way is not dead (OB-70, OB-86). */
GTEST(Failover, PR_11_a_100_is_an_answer)
{
	open_home();
	compose("INVITE", "bob", "1");
	check_address("first", send_copy(), EP2);
	assert_int_equal(answer("100 Trying", EP2)->count, 0);
	rig_wait(4000);
	check_address("copy", send_copy(), EP2);
	check_first_line(check_one(answer("180 Ringing", EP2), EDGE, ALICE), "SIP/2.0 180 Ringing");
	rig_wait(4000);
	check_address("copy", send_copy(), EP2);
}

/* What was answered on one way does not keep a dead second way alive. */
GTEST(Failover, PR_11_answered_on_another_way)
{
	open_home();
	compose("INVITE", "three", "1");
	send_copy();
	answer("100 Trying", "192.0.2.43:5060");
	answer("430 Flow Failed", "192.0.2.43:5060");
	check_address("the second", send_copy(), EP2);
	rig_wait(4000);
	check_address("the third", send_copy(), EP1);
}

/* The clock of the wall is of no account. */
GTEST(Failover, PR_11_clock_steps_back)
{
	open_home();
	compose("INVITE", "bob", "1");
	check_address("first", send_copy(), EP2);
	rig.worker->now_ms -= 10000;
	rig.worker->tsc_ms_next = UINT64_MAX;
	check_address("copy", send_copy(), EP2);
}

/* Somebody who may answer one request cannot speak of another binding, or of another AOR. */
GTEST(Failover, OB_76_forged_target)
{
	char *at;

	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	at = strpbrk(strstr(vias, ".L"), "TS") + 3;
	*at = *at == '0' ? '1' : '0';
	check_first_line(check_one(answer("430 Flow Failed", EP2), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
	check_address("copy", send_copy(), EP2);
}

GTEST(Failover, PR_04_a_stranger_by_way_of_us)
{
	open_home();
	compose("NOTIFY", "bob", "1");
	rig_send(slice_str(request), STRANGER, EDGE);
	check_first_line(check_one(&rig.out, EDGE, "203.0.113.7:5060"),
			 "SIP/2.0 481 Call/Transaction Does Not Exist");
	compose("NOTIFY", "bob", "2");
	rig_send(slice_str(request), PEER, EDGE);
	check_address("a peer's", &rig.out.datagram[0].to, EP2);
}

/* Only an INVITE is sent again for want of a provisional response. */
GTEST(Failover, PR_11_other_methods_wait)
{
	open_home();
	compose("MESSAGE", "bob", "1");
	check_address("first", send_copy(), EP2);
	rig_wait(8000);
	check_address("copy", send_copy(), EP2);
}

/* RFC 3261 §9.1, §16.11: they follow the request. */
GTEST(Failover, OB_30_CANCEL_and_ACK_follow)
{
	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	answer("430 Flow Failed", EP2);
	check_address("INVITE", send_copy(), EP1);
	compose("CANCEL", "bob", "1");
	check_address("CANCEL", send_copy(), EP1);
	compose("ACK", "bob", "1");
	check_address("ACK", send_copy(), EP1);
}

/* A forged 430 is no response of ours. */
GTEST(Failover, forged_430)
{
	char *digit;

	open_home();
	compose("INVITE", "bob", "1");
	send_copy();
	digit = strstr(vias, "z9hG4bK") + 20;
	*digit = *digit == '0' ? '1' : '0';
	answer("430 Flow Failed", EP2);
	assert_int_equal(rig.out.counter[STATS_forged_branch], 1);
	check_address("copy", send_copy(), EP2);
}

/* Workers read their clocks one after the other, and a clock is set: by seconds and by years. */
static const struct clock_row {
	const char *req;
	int64_t later_ms;
	bool failed, remembered;
} clocks[] = {
	{ "LD-29 at once", 0, true, true },
	{ "LD-29 a clock that is read earlier", -10, true, true },
	{ "LD-29 set back by seconds", -3000, true, true },
	{ "LD-29 the last moment", 200000, true, true },
	{ "LD-29 too old", 201000, true, false },
	{ "OB-69 the last moment", 600000, true, false },
	{ "OB-69 too old", 601000, false, false },
	{ "set back by an hour: not for ever", -3600000, false, false },
	{ "set back by 20 years: not for ever", -INT64_C(630720000000), false, false },
};

static void
check_clock(void **state)
{
	static struct failed_bindings failed;
	const struct clock_row *c = *state;
	const uint64_t then = UINT64_C(1800000000000), now = then + (uint64_t)c->later_ms;
	const struct via_memory_row row = { .key = 77 << 16, .identity = 3 };
	struct via_memory m;

	memset(&failed, 0, sizeof(failed));
	failed_bindings_add(&failed, 77, then);
	assert_int_equal(failed_bindings_has(&failed, 77, now), c->failed);
	assert_int_equal(via_memory_open(&m, 4), 0);
	via_memory_put(&m, &row, then);
	assert_int_equal(via_memory_find(&m, row.key, now) != NULL, c->remembered);
	/* whatever the clock, a row that is of no use any more makes room before those that are */
	for (uint64_t i = 0; i < 4; i++) {
		struct via_memory_row other = { .key = 100 + i };

		via_memory_put(&m, &other, now + i * 1000);
		failed_bindings_add(&failed, 100 + i, now + i * 1000);
	}
	for (uint64_t i = 1; i < 4; i++) {
		assert_non_null(via_memory_find(&m, 100 + i, now));
		assert_true(failed_bindings_has(&failed, 100 + i, now));
	}
	via_memory_close(&m);
}
GTEST_ROWS(Failover, clocks, req, check_clock);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
