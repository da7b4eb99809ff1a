/* SPDX-License-Identifier: BSD-3-Clause */
/** Max-Breadth of requests that fork: shares, and when they are free again (RFC 5393 §5.3). */
#include "fork_many.h"

static const char narrow[] = FORK_CONFIG("max_breadth: 8, max_breadth_limit: 12", "");
static const char sequential[] = FORK_CONFIG("fork: sequential", "");
static const char always[] = FORK_CONFIG("", "state: always");

/* The same with Max-Breadth 4, and all four ring; their INVITEs are in fork_leg[]. */
static void
ring_four(unsigned int bindings)
{
	fork_open(rig_config_proxy);
	bind_many(bindings);
	assert_int_equal(call_many("4"), 4);
	for (unsigned int i = 0; i < 4; i++)
		fork_keep(&fork_leg[i], address_of(i), "INVITE ");
	for (unsigned int i = 0; i < 4; i++)
		fork_say(&fork_leg[i], RINGING);
}

/* ---- the split ---- */

static const struct split {
	const char *name, *max_breadth;
	unsigned int targets, begun;
	unsigned int share[8]; /* of the first; the rest like the last of them */
} splits[] = {
	{ "MB-02_MB-09_absent", NULL, 2, 2, { 30, 30 } },
	{ "MB-09_scenario_11_seven", "60", 7, 7, { 9, 9, 9, 9, 8, 8, 8 } },
	{ "MB-09_eight", "60", 8, 8, { 8, 8, 8, 8, 7, 7, 7, 7 } },
	{ "MB-04_100", "100", 2, 2, { 30, 30 } },
	{ "MB-04_61", "61", 2, 2, { 30, 30 } },
	{ "MB-22_4294967295", "4294967295", 2, 2, { 30, 30 } },
	{ "MB-22_4294967297", "4294967297", 2, 2, { 30, 30 } },
	{ "MB-22_huge", "99999999999999999999999999999999999999999999", 2, 2, { 30, 30 } },
	{ "MB-09_four_of_two", "4", 2, 2, { 2, 2 } },
	{ "MB-09_three_of_two", "3", 2, 2, { 2, 1 } },
	{ "MB-08_four_of_eight", "4", 8, 4, { 1 } },
	{ "MB-06_MB-17_one", "1", 2, 1, { 1 } },
	{ "MB-06_zeros_in_front", "0000000000000000000000002", 2, 2, { 1 } },
	{ "MB-05_61_targets", "60", 61, 60, { 1 } },
	{ "MB-05_64_targets", NULL, 64, 60, { 1 } },
};

static void
split_up(void **state)
{
	const struct split *s = *state;
	unsigned int want = 0, sum = 0;

	fork_open(rig_config_proxy);
	bind_many(s->targets);
	assert_int_equal(call_many(s->max_breadth), s->begun);
	assert_int_equal(rig.out.counter[STATS_breadth_waited], s->targets - s->begun);
	for (unsigned int i = 0; i < s->begun; i++) {
		if (i < RTE_DIM(s->share) && s->share[i] != 0)
			want = s->share[i];
		assert_int_equal(fork_breadth(address_of(i), "INVITE"), want);
		sum += want;
	}
	/* MB-10: all of it */
	assert_int_equal(sum, rig.worker->transactions->row[0].breadth.incoming);
	fork_drain();
}
GTEST_ROWS(Breadth, splits, name, split_up);

/* MB-10, MB-11, scenario 11: one target has what came, with state and without. */
static const struct {
	const char *name, *lines;
	unsigned int want;
} singles[] = {
	{ "MB-02", "", 60 },
	{ "MB-04_100", "Max-Breadth: 100\r\n", 60 },
	{ "MB-10_60", "Max-Breadth: 60\r\n", 60 },
	{ "MB-10_MB-11_7", "Max-Breadth: 7\r\n", 7 },
	{ "MB-17_1", "Max-Breadth: 1\r\n", 1 },
	{ "MB-22", "Max-Breadth: 4294967297\r\n", 60 },
};

static void
single(void **state)
{
	const typeof(singles[0]) *s = *state;
	const char *const config[] = { always, rig_config_proxy };

	for (unsigned int i = 0; i < RTE_DIM(config); i++) {
		fork_open(config[i]);
		CALL(.user = "one", .lines = s->lines);
		assert_int_equal(fork_breadth(U1, "INVITE"), s->want);
		fork_drain();
	}
}
GTEST_ROWS(Breadth, singles, name, single);

GTEST(Breadth, MB_01_MB_24_every_method)
{
	static const char *const method[] = {
		"INVITE", "MESSAGE", "BYE", "OPTIONS", "REFER", "FROB"
	};
	char want[32], line[] = "Max-Breadth: 5\r\nContact: <sip:x@1.2.3.4>\r\n";

	for (unsigned int i = 0; i < RTE_DIM(method); i++) {
		fork_open(rig_config_proxy);
		snprintf(want, sizeof(want), "%s ", method[i]);
		CALL(.method = method[i], .lines = line, .to = "<sip:two@example.com>;tag=d");
		assert_string_equal(fork_header(U1, want, "Max-Breadth"), "2");
		assert_string_equal(fork_header(U2, want, "Max-Breadth"), "3");
		fork_drain();
	}
}

GTEST(Breadth, MB_02_MB_03_MB_04_configured)
{
	fork_open(narrow);
	bind_many(2);
	call_many(NULL);
	assert_int_equal(fork_breadth(address_of(0), "INVITE"), 4);
	fork_open(narrow);
	bind_many(2);
	call_many("13");
	assert_int_equal(fork_breadth(address_of(0), "INVITE"), 6);
	assert_int_equal(rig.out.counter[STATS_breadth_clamped], 1);
	fork_drain();
}

/* MB-23: neither the value nor the count of a branch changes with its copies. */
GTEST(Breadth, MB_23_copies)
{
	fork_open(rig_config_proxy);
	bind_many(7);
	call_many(NULL);
	for (unsigned int i = 0; i < 3; i++) {
		fork_until(600 * (1U << i) - 100 + 500 * i);
		CALL(.user = "many");
		assert_int_equal(rig.out.counter[STATS_branches], 0);
		for (unsigned int k = 0; k < 7; k++)
			if (fork_count(address_of(k), "INVITE") != 0)
				assert_int_equal(fork_breadth(address_of(k), "INVITE"), 9 - k / 4);
	}
	fork_drain();
}

/* ---- shares that become free ---- */

/* Scenario 12, until somebody has answered 486: the fifth has begun. */
static void
reuse(void)
{
	ring_four(8);
	fork_say(&fork_leg[1], BUSY);
	fork_check_count(2);
	fork_keep(&fork_leg[4], address_of(4), "INVITE ");
	assert_int_equal(fork_breadth(address_of(4), "INVITE"), 1);
}

GTEST(Breadth, MB_08_MB_12_MB_16_scenario_12)
{
	reuse();
	fork_say(&fork_leg[4], RINGING);
	fork_check_count(1);
	fork_say(&fork_leg[0], ANSWERED);
	fork_check_count(4);
	for (unsigned int i = 2; i < 5; i++)
		fork_sent(address_of(i), "CANCEL ");
	for (unsigned int i = 2; i < 5; i++) {
		fork_say(&fork_leg[i], TERMINATED);
		assert_int_equal(rig.out.counter[STATS_branches], 0);
	}
	fork_drain();
}

/* MB-15: a share is free once, however often the final response comes. */
GTEST(Breadth, MB_15_once)
{
	reuse();
	for (unsigned int i = 0; i < 5; i++) {
		fork_say(&fork_leg[1], i % 2 == 0 ? BUSY : "404 Not Found");
		fork_check_count(1);
		fork_sent(address_of(1), "ACK ");
	}
	fork_drain();
}

GTEST(Breadth, MB_13_MB_14_scenario_13)
{
	ring_four(8);
	CALL(.method = "CANCEL", .user = "many", .lines = "Max-Breadth: 60\r\n");
	fork_check_count(5);
	for (unsigned int i = 0; i < 4; i++) {
		check_headers(fork_sent(address_of(i), "CANCEL ")->sip, "Max-Breadth: -\n");
		assert_int_equal(rig.worker->transactions->row[0].breadth.outgoing, 4);
	}
	for (unsigned int i = 0; i < 4; i++) {
		fork_say(&fork_leg[i], TERMINATED);
		fork_check_count(i < 3 ? 1 : 2);
		assert_int_equal(rig.worker->transactions->row[0].breadth.outgoing, 3 - i);
	}
	fork_sent(ALICE, "SIP/2.0 487");
	fork_drain();
}

/* Scenario 14: two finals of one branch; nothing below zero (fork_walk), nothing new. */
static const struct {
	const char *name, *first, *second;
	unsigned int to_alice; /* of both together */
	unsigned int left;     /* of breadth in use, when the other three are over */
} doubles[] = {
	{ "MB-15_scenario_14_2xx_2xx", ANSWERED, ANSWERED, 2 },
	{ "MB-15_scenario_14_6xx_2xx", DECLINED, ANSWERED, 1 },
	{ "MB-16_4xx_2xx", BUSY, ANSWERED, 1, 1 },
	{ "MB-16_6xx_6xx", DECLINED, DECLINED, 0 },
	{ "MB-16_2xx_6xx", ANSWERED, DECLINED, 1 },
};

static void
double_final(void **state)
{
	const typeof(doubles[0]) *d = *state;
	struct transaction *t;
	unsigned int to_alice;

	ring_four(6);
	t = &rig.worker->transactions->row[0];
	ANSWER(&fork_leg[0], .status = d->first, .tag = "one");
	to_alice = fork_count(ALICE, "SIP/2.0 ");
	ANSWER(&fork_leg[0], .status = d->second, .tag = "two");
	to_alice += fork_count(ALICE, "SIP/2.0 ");
	assert_int_equal(to_alice, d->to_alice);
	for (unsigned int i = 1; i < 4; i++)
		fork_say(&fork_leg[i], TERMINATED);
	assert_int_equal(t->breadth.outgoing, d->left);
	fork_drain();
}
GTEST_ROWS(Breadth, doubles, name, double_final);

/* MB-20: a branch without an answer is over with timer B, F, or C and what follows it. */
GTEST(Breadth, MB_20_timeout)
{
	fork_open(rig_config_proxy);
	bind_many(3);
	CALL(.user = "many", .method = "MESSAGE", .lines = "Max-Breadth: 1\r\n");
	fork_sent(address_of(0), "MESSAGE ");
	fork_pass(31900);
	fork_until(32100);
	fork_sent(address_of(1), "MESSAGE ");
	fork_drain();
}

/* MB-19: the next group shares what the one before has left: all of it. */
GTEST(Breadth, MB_19_next_group)
{
	fork_open(sequential);
	rig_bind("sip:two@example.com", C1 "||500", C2 "||1000", NULL);
	CALL(.lines = "Max-Breadth: 17\r\n");
	fork_check_count(2);
	assert_int_equal(fork_breadth(U2, "INVITE"), 17);
	fork_keep(&fork_leg[1], U2, "INVITE ");
	fork_say(&fork_leg[1], BUSY);
	assert_int_equal(fork_breadth(U1, "INVITE"), 17);
	fork_drain();
}

/* MB-16: what waits is not begun behind a 6xx or a 2xx. */
static const struct {
	const char *name, *status;
} last[] = {
	{ "MB-16_2xx", ANSWERED },
	{ "MB-16_6xx", DECLINED },
};

static void
nothing_new(void **state)
{
	fork_open(rig_config_proxy);
	CALL(.lines = "Max-Breadth: 1\r\n");
	fork_keep(&fork_leg[1], fork_count(U1, "INVITE ") != 0 ? U1 : U2, "INVITE ");
	fork_say(&fork_leg[1], ((const typeof(last[0]) *)*state)->status);
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	assert_int_equal(fork_count(ALICE, "SIP/2.0 "), 1);
	fork_drain();
}
GTEST_ROWS(Breadth, last, name, nothing_new);

/* Whatever order they answer in, all are tried, never more at once than there is breadth for. */
GTEST(Breadth, MB_05_MB_08_MB_12_all_at_last)
{
	static struct sent leg[MANY];
	unsigned int pending[MANY], count = 0, seed = 1, begun = 0, at;

	fork_open(rig_config_proxy);
	bind_many(MANY);
	call_many("5");
	for (;;) {
		for (unsigned int i = 0; i < MANY; i++) {
			if (fork_count(address_of(i), "INVITE ") == 0)
				continue;
			fork_keep(&leg[i], address_of(i), "INVITE ");
			pending[count++] = i;
			begun++;
		}
		assert_true(count <= 5);
		if (count == 0)
			break;
		seed = seed * 1103515245 + 12345;
		at = (seed >> 16) % count;
		fork_say(&leg[pending[at]], BUSY);
		pending[at] = pending[--count];
	}
	assert_int_equal(begun, MANY);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
