/* SPDX-License-Identifier: BSD-3-Clause */
/** User agents with several flows: which one a call takes, and which when that one fails. */
#include "fork_flows.h"

static const char sequential[] = FORK_CONFIG("fork: sequential", "");

/* Two user agents, two flows each. */
static const struct rig_binding two_instances[] = {
	FLOW(X, XC, "192.0.2.41", 1, 30),
	FLOW(X, XC, "192.0.2.42", 2, 20),
	FLOW(Y, YC, "192.0.2.43", 1, 10),
	FLOW(Y, YC, "192.0.2.44", 2, 5),
};

static void
open_two(const char *config)
{
	fork_open(config);
	bind_rows(two_instances, RTE_DIM(two_instances));
}

/* ---- what fails, and what does not ---- */

static const struct {
	const char *name, *status, *to_alice; /* NULL: the next flow is tried */
} finals[] = {
	{ "PX-34_OB-69_430", "430 Flow Failed", NULL },
	{ "PX-34_OB-71_410", "410 Gone", NULL },
	{ "PX-34_GR-46_408", "408 Request Timeout", NULL },
	{ "OB-70_486", BUSY, "SIP/2.0 486" },
	{ "OB-70_480", "480 Away", "SIP/2.0 480" },
	{ "OB-70_503", "503 No", "SIP/2.0 500" },
	{ "OB-70_603", DECLINED, "SIP/2.0 603" },
	{ "OB-70_200", ANSWERED, "SIP/2.0 200" },
};

static void
after_final(void **state)
{
	const typeof(finals[0]) *f = *state;

	open_one(rig_config_proxy);
	CALL(.lines = "Max-Breadth: 7\r\n");
	fork_check_count(2);
	fork_keep(&fork_leg[0], EP1, "INVITE " XC);
	check_headers(fork_kept(&fork_leg[0]), "Route: <sip:T@192.0.2.41;lr;ob>\nMax-Breadth: 7\n");
	fork_say(&fork_leg[0], f->status);
	if (f->to_alice != NULL) {
		fork_sent(ALICE, f->to_alice);
		assert_int_equal(rig.out.counter[STATS_branches], 0);
		fork_drain();
		return;
	}
	fork_check_count(2);
	fork_sent(EP1, "ACK ");
	assert_int_equal(rig.out.counter[STATS_next_flows], 1);
	fork_keep(&fork_leg[1], EP2, "INVITE " XC);
	check_headers(fork_kept(&fork_leg[1]), "Route: <sip:T@192.0.2.42;lr;ob>\nMax-Breadth: 7\n");
	assert_string_not_equal(rig_header(fork_kept(&fork_leg[0]), "Via"),
				rig_header(fork_kept(&fork_leg[1]), "Via"));
	fork_say(&fork_leg[1], RINGING);
	fork_say(&fork_leg[1], BUSY);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}
GTEST_ROWS(ForkFailover, finals, name, after_final);

/* OB-71: all of them; then the best of what they said. */
static const struct {
	const char *name, *status[3], *first;
} alls[] = {
	{ "OB-77_430", { "430 No", "430 No", "430 No" }, "SIP/2.0 480 Temporarily Unavailable" },
	{ "OB-71_408", { "430 No", "408 Timeout", "430 No" }, "SIP/2.0 480" },
	{ "OB-71_last", { "430 No", "408 Timeout", "404 Not Found" }, "SIP/2.0 404 Not Found" },
};

static void
all_fail(void **state)
{
	static const char *const edge[] = { EP1, EP2, EP3 };
	const typeof(alls[0]) *a = *state;

	open_one(rig_config_proxy);
	CALL(.user = "two");
	for (unsigned int i = 0; i < 3; i++) {
		fork_keep(&fork_leg[i], edge[i], "INVITE ");
		fork_say(&fork_leg[i], a->status[i]);
	}
	fork_sent(ALICE, a->first);
	fork_drain();
}
GTEST_ROWS(ForkFailover, alls, name, all_fail);

GTEST(ForkFailover, OB_71_MB_20_nothing_comes)
{
	open_one(rig_config_proxy);
	CALL(.user = "two");
	fork_pass(31900);
	assert_int_equal(fork_count(EP2, ""), 0);
	fork_until(32100);
	fork_keep(&fork_leg[1], EP2, "INVITE ");
	fork_say(&fork_leg[1], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

GTEST(ForkFailover, OB_69_MESSAGE)
{
	open_one(rig_config_proxy);
	CALL(.method = "MESSAGE");
	fork_keep(&fork_leg[0], EP1, "MESSAGE ");
	fork_say(&fork_leg[0], "430 Flow Failed");
	fork_check_count(1);
	fork_keep(&fork_leg[1], EP2, "MESSAGE ");
	fork_say(&fork_leg[1], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

/* Each instance for itself, and each with its own share. */
GTEST(ForkFailover, OB_67_MB_19_two_instances)
{
	open_two(rig_config_proxy);
	CALL(.lines = "Max-Breadth: 5\r\n");
	fork_check_count(3);
	fork_keep(&fork_leg[0], EP1, "INVITE " XC);
	fork_keep(&fork_leg[1], EP3, "INVITE " YC);
	assert_int_equal(fork_breadth(EP1, "INVITE"), 3);
	fork_say(&fork_leg[1], "430 Flow Failed");
	fork_keep(&fork_leg[2], "192.0.2.44:5060", "INVITE " YC);
	assert_int_equal(fork_breadth("192.0.2.44:5060", "INVITE"), 2);
	fork_say(&fork_leg[0], "430 Flow Failed");
	assert_int_equal(fork_breadth(EP2, "INVITE"), 3);
	fork_keep(&fork_leg[3], EP2, "INVITE " XC);
	fork_say(&fork_leg[3], BUSY);
	fork_say(&fork_leg[2], "404 Not Found");
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

/* OB-76: what has failed is known, and another call passes it over. */
GTEST(ForkFailover, OB_76_the_next_call)
{
	open_two(rig_config_proxy);
	CALL(.user = "two");
	fork_keep(&fork_leg[0], EP1, "INVITE ");
	fork_say(&fork_leg[0], "430 Flow Failed");
	fork_sent(EP2, "INVITE ");
	CALL(.user = "two", .branch = "b");
	assert_int_equal(fork_count(EP1, ""), 0);
	fork_sent(EP2, "INVITE ");
	fork_sent(EP3, "INVITE ");
	fork_drain();
}

/* ---- nothing new where nothing is to begin ---- */

GTEST(ForkFailover, PX_82_PX_83_PX_115_none_after_the_end)
{
	static const char *const end[] = { ANSWERED, DECLINED, NULL };

	for (unsigned int i = 0; i < RTE_DIM(end); i++) {
		open_two(rig_config_proxy);
		CALL(.user = "two");
		fork_keep(&fork_leg[0], EP1, "INVITE ");
		fork_keep(&fork_leg[1], EP3, "INVITE ");
		fork_say(&fork_leg[0], RINGING);
		if (end[i] != NULL)
			fork_say(&fork_leg[1], end[i]);
		else
			CALL(.method = "CANCEL");
		fork_say(&fork_leg[0], "430 Flow Failed");
		assert_int_equal(rig.out.counter[STATS_branches], 0);
		fork_drain();
	}
}

/* Timer C: who has rung for three minutes is not rung up by another flow. */
GTEST(ForkFailover, PX_108_PX_213_timer_C_ends_it)
{
	open_one(rig_config_proxy);
	CALL(.user = "two");
	fork_keep(&fork_leg[0], EP1, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	fork_until(181100);
	fork_sent(EP1, "CANCEL ");
	for (unsigned int i = 0; i < 80 && fork_count(ALICE, "SIP/2.0 408") == 0; i++) {
		fork_pass(fork_elapsed + 500);
		assert_int_equal(rig.out.counter[STATS_branches], 0);
	}
	fork_sent(ALICE, "SIP/2.0 408");
	fork_drain();
}

/* ---- flows of ours ---- */

/* PX-111: ICMP about the INVITE; with its next copy at the latest the other flow has its turn. */
GTEST(ForkFailover, PX_111_OB_28_ICMP)
{
	fork_open(rig_config_proxy);
	bind_flows();
	CALL(.user = "two");
	fork_check_count(3);
	complain_about(fork_sent(U1, "INVITE "), &as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
	fork_until(530);
	assert_int_equal(fork_count(U1, ""), 0);
	fork_keep(&fork_leg[1], U2, "INVITE " XC);
	fork_say(&fork_leg[1], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

/* OB-75: it dies while it waits for its turn. */
GTEST(ForkFailover, OB_75_PX_110_dead_before_its_turn)
{
	fork_open(sequential);
	bind_flows();
	CALL(.user = "two");
	fork_keep(&fork_leg[0], U3, "INVITE " YC);
	fail_flow(U1);
	fork_say(&fork_leg[0], BUSY);
	fork_keep(&fork_leg[1], U2, "INVITE " XC);
	fork_say(&fork_leg[1], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

/* The same with both: its share goes to who waits, at once (MB-12). */
GTEST(ForkFailover, MB_12_MB_20_dead_before_its_turn)
{
	fork_open(rig_config_proxy);
	bind_flows();
	CALL(.lines = "Max-Breadth: 1\r\n");
	fork_keep(&fork_leg[0], U3, "INVITE " YC);
	fail_flow(U1);
	fail_flow(U2);
	fork_say(&fork_leg[0], "404 Not Found");
	fork_sent(ALICE, "SIP/2.0 404");
	fork_drain();
}

static void
bind_five(void)
{
	const struct rig_binding rows[] = {
		{ .contact = "sip:a@203.0.113.61", .updated_s = 50 },
		{ .contact = "sip:b@203.0.113.62", .updated_s = 45 },
		{ .contact = YC, .path = path_of(U3), .updated_s = 40 },
		{ .contact = XC, .path = path_of(U1), .updated_s = 30 },
		{ .contact = "sip:c@203.0.113.63", .updated_s = 20 },
	};

	bind_rows(rows, RTE_DIM(rows));
}

/* Of two that may begin one fails at once: a third does in its place. */
GTEST(ForkFailover, MB_12_share_of_the_dead)
{
	fork_open(rig_config_proxy);
	bind_five();
	CALL(.lines = "Max-Breadth: 2\r\n");
	fork_keep(&fork_leg[0], "203.0.113.61:5060", "INVITE ");
	fork_keep(&fork_leg[1], "203.0.113.62:5060", "INVITE ");
	fail_flow(U3);
	fork_say(&fork_leg[0], BUSY);
	assert_int_equal(fork_count(U3, ""), 0);
	fork_sent(U1, "INVITE ");
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
