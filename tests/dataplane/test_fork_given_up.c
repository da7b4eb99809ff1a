/* SPDX-License-Identifier: BSD-3-Clause */
/** transactions.failover_ms: a flow on which nothing comes back is given up, and may yet be heard.
 */
#include "fork_flows.h"

static const char timed[] = FORK_FAILOVER_CONFIG("3000", "", "");

/* The first is silent for three seconds: its copies end, and the second is asked. */
static void
give_up_first(void)
{
	open_one(timed);
	CALL(.user = "two");
	fork_keep(&fork_leg[0], EP1, "INVITE ");
	fork_until(530);
	fork_sent(EP1, "INVITE ");
	fork_until(1560);
	fork_sent(EP1, "INVITE ");
	fork_until(3600);
	fork_check_count(1);
	fork_keep(&fork_leg[1], EP2, "INVITE ");
}

GTEST(ForkGivenUp, PR_11_OB_86_silent)
{
	give_up_first();
	fork_say(&fork_leg[1], RINGING);
	fork_sent(ALICE, "SIP/2.0 180");
	for (uint64_t ms = 4000; ms < 32000; ms += 1000)
		assert_int_equal(fork_until(ms)->count, 0);
	fork_say(&fork_leg[1], ANSWERED);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

/* Whoever has said a word is not given up. */
GTEST(ForkGivenUp, PR_11_heard)
{
	open_one(timed);
	CALL(.user = "two");
	fork_keep(&fork_leg[0], EP1, "INVITE ");
	fork_say(&fork_leg[0], "100 Trying");
	for (uint64_t ms = 1000; ms < 100000; ms += 1000)
		assert_int_equal(fork_until(ms)->count, 0);
	fork_drain();
}

GTEST(ForkGivenUp, PX_84_late_2xx)
{
	give_up_first();
	fork_say(&fork_leg[1], RINGING);
	fork_say(&fork_leg[0], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_sent(EP2, "CANCEL ");
	fork_drain();
}

/* Its answer to the caller may already have been another one. */
GTEST(ForkGivenUp, PX_84_later_2xx)
{
	give_up_first();
	fork_say(&fork_leg[1], BUSY);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_say(&fork_leg[0], ANSWERED);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 200");
	assert_int_equal(rig.out.counter[STATS_late_2xx], 1);
	CALL(.user = "two");
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

/* It rings after all: the other, which has the same request, says so (§8.2.2.2), and it counts. */
GTEST(ForkGivenUp, PX_88_rings_after_all)
{
	give_up_first();
	fork_say(&fork_leg[0], RINGING);
	fork_sent(ALICE, "SIP/2.0 180");
	fork_say(&fork_leg[1], "482 Merged Request");
	assert_int_equal(fork_count(ALICE, ""), 0);
	fork_say(&fork_leg[0], BUSY);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

GTEST(ForkGivenUp, PX_88_PX_139_busy_after_all)
{
	give_up_first();
	fork_say(&fork_leg[0], BUSY);
	fork_check_count(1);
	fork_sent(EP1, "ACK ");
	fork_say(&fork_leg[1], "482 Merged Request");
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

/* And what was given up does not bring a third flow. */
GTEST(ForkGivenUp, OB_69_430_after_all)
{
	give_up_first();
	fork_say(&fork_leg[0], "430 Flow Failed");
	fork_check_count(1);
	fork_say(&fork_leg[1], "430 Flow Failed");
	fork_sent(EP3, "INVITE ");
	fork_drain();
}

/* It rings when all is over: it is cancelled. */
GTEST(ForkGivenUp, PX_105_rings_too_late)
{
	give_up_first();
	fork_say(&fork_leg[1], ANSWERED);
	fork_say(&fork_leg[0], RINGING);
	fork_check_count(1);
	fork_sent(EP1, "CANCEL ");
	fork_say(&fork_leg[0], TERMINATED);
	fork_check_count(1);
	fork_sent(EP1, "ACK ");
	fork_drain();
}

/* CANCEL of who asked, while the first is given up: it is not forgotten. */
GTEST(ForkGivenUp, PX_114_given_up_and_cancelled)
{
	give_up_first();
	fork_say(&fork_leg[1], RINGING);
	CALL(.method = "CANCEL");
	fork_check_count(2);
	fork_sent(EP2, "CANCEL ");
	fork_say(&fork_leg[0], RINGING);
	fork_sent(EP1, "CANCEL ");
	fork_say(&fork_leg[1], TERMINATED);
	assert_int_equal(fork_count(ALICE, ""), 0);
	fork_say(&fork_leg[0], TERMINATED);
	fork_sent(ALICE, "SIP/2.0 487");
	fork_drain();
}

/* All other flows are dead: the first is not given up for nothing. */
GTEST(ForkGivenUp, OB_75_no_other_is_left)
{
	unsigned int copies = 0;

	fork_open(timed);
	bind_flows();
	CALL(.user = "two");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[2], U3, "INVITE ");
	fork_say(&fork_leg[2], BUSY);
	fail_flow(U2);
	for (uint64_t ms = 100; ms < 9000; ms += 100)
		copies += fork_pass(ms)->count;
	assert_int_equal(copies, 4);
	fork_say(&fork_leg[0], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
