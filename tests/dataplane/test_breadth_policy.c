/* SPDX-License-Identifier: BSD-3-Clause */
/** Max-Breadth: too little of it, how it is split, none, and what is no number (RFC 5393 §5.3). */
#include "fork_many.h"

static const char reject[] = FORK_CONFIG("breadth_shortage: reject", "");
static const char outbound1[] = FORK_CONFIG("breadth_split: outbound1", "");
static const char off[] = FORK_CONFIG("breadth: off", "");
static const char off_always[] = FORK_CONFIG("breadth: off", "state: always");

/* ---- shortage ---- */

static const struct {
	const char *name, *config, *max_breadth;
	unsigned int targets;
	bool refused;
} shortages[] = {
	{ "MB-07_MB-17_reject_1", reject, "1", 2, true },
	{ "MB-07_reject_3", reject, "3", 4, true },
	{ "MB-07_reject_enough", reject, "4", 4, false },
	{ "MB-07_reject_61", reject, NULL, 61, true },
	{ "MB-08_MB-17_serialise_1", rig_config_proxy, "1", 2, false },
};

static void
shortage(void **state)
{
	const typeof(shortages[0]) *s = *state;

	fork_open(s->config);
	bind_many(s->targets);
	call_many(s->max_breadth);
	assert_int_equal(rig.out.counter[STATS_breadth_refused], s->refused);
	if (s->refused) {
		fork_check_count(1);
		fork_sent(ALICE, "SIP/2.0 440 Max-Breadth Exceeded");
		assert_int_equal(rig.worker->transactions->live, 0);
	} else {
		fork_sent(ALICE, "SIP/2.0 100");
	}
	fork_drain();
}
GTEST_ROWS(BreadthPolicy, shortages, name, shortage);

/* 5.1 item 12: only before anything is sent. Those of a later group wait. */
GTEST(BreadthPolicy, MB_07_MB_19_not_later)
{
	fork_open(reject);
	rig_bind("sip:many@example.com", C1 "||1000", C2 "||500", C3 "||500", NULL);
	assert_int_equal(call_many("1"), 1);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], BUSY);
	assert_int_equal(rig.out.counter[STATS_branches], 1);
	fork_keep(&fork_leg[0], fork_count(U2, "INVITE ") != 0 ? U2 : U3, "INVITE ");
	fork_say(&fork_leg[0], BUSY);
	assert_int_equal(rig.out.counter[STATS_branches], 1);
	fork_drain();
}

/* ---- flows ---- */

/* A Path with a token of ours: its flow is the target. */
static const char *
flow_contact(const char *user, const char *remote)
{
	static char text[8][256];
	static unsigned int next;
	char *out = text[next++ % 8];

	snprintf(out, 256, "sip:%s@10.9.9.9|<sip:%s@192.0.2.10;lr;ob>", user,
		 rig_token(FLOW_TOKEN_PATH, EDGE, remote));
	return out;
}

static const struct {
	const char *name, *config, *max_breadth;
	bool all_flows;
	unsigned int flow[2], hop;
} flows[] = {
	{ "MB-18", outbound1, "12", false, { 1, 1 }, 10 },
	{ "MB-18_short", outbound1, "3", false, { 1, 1 }, 1 },
	{ "MB-10_all_flows", outbound1, "12", true, { 4, 4 }, 4 },
	{ "MB-09_equal", rig_config_proxy, "12", false, { 4, 4 }, 4 },
};

static void
to_flows(void **state)
{
	const typeof(flows[0]) *f = *state;
	char line[32];

	snprintf(line, sizeof(line), "Max-Breadth: %s\r\n", f->max_breadth);
	fork_open(f->config);
	rig_bind("sip:many@example.com", flow_contact("f1", U1), flow_contact("f2", U2),
		 f->all_flows ? flow_contact("f3", U3) : C3, NULL);
	CALL(.user = "many", .lines = line);
	assert_int_equal(fork_breadth(U1, "INVITE"), f->flow[0]);
	assert_int_equal(fork_breadth(U2, "INVITE"), f->flow[1]);
	assert_int_equal(fork_breadth(U3, "INVITE"), f->hop);
	fork_drain();
}
GTEST_ROWS(BreadthPolicy, flows, name, to_flows);

/* ---- off ---- */

GTEST(BreadthPolicy, off_leaves_it_alone)
{
	fork_open(off);
	bind_many(MANY);
	assert_int_equal(call_many(NULL), MANY);
	check_headers(fork_sent(address_of(3), "INVITE ")->sip, "Max-Breadth: -\n");
	fork_drain();
	fork_open(off);
	bind_many(4);
	assert_int_equal(call_many("1"), 4);
	check_headers(fork_sent(address_of(3), "INVITE ")->sip, "Max-Breadth: 1\n");
	fork_drain();
	fork_open(off_always);
	CALL(.user = "one", .lines = "Max-Breadth: 4294967297\r\n");
	check_headers(fork_sent(U1, "INVITE ")->sip, "Max-Breadth: 4294967297\n");
	fork_drain();
}

/* ---- what is no number ---- */

static const struct {
	const char *name, *lines;
} malformed[] = {
	{ "MB-21_0", "Max-Breadth: 0\r\n" },
	{ "MB-21_00", "Max-Breadth: 00\r\n" },
	{ "MB-21_negative", "Max-Breadth: -1\r\n" },
	{ "MB-21_plus", "Max-Breadth: +1\r\n" },
	{ "MB-21_abc", "Max-Breadth: abc\r\n" },
	{ "MB-21_hex", "Max-Breadth: 0x10\r\n" },
	{ "MB-21_empty", "Max-Breadth:\r\n" },
	{ "MB-21_parameter", "Max-Breadth: 5;x=1\r\n" },
	{ "MB-21_two_lines", "Max-Breadth: 5\r\nMax-Breadth: 5\r\n" },
	{ "MB-21_list", "Max-Breadth: 5, 6\r\n" },
	{ "MB-21_spaces", "Max-Breadth: 5 6\r\n" },
	{ "MB-21_fraction", "Max-Breadth: 1.5\r\n" },
};

static void
refused(void **state)
{
	const char *lines = ((const typeof(malformed[0]) *)*state)->lines;

	fork_open(rig_config_proxy);
	CALL(.lines = lines);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 400 Bad Max-Breadth");
	CALL(.method = "ACK", .lines = lines, .branch = "b");
	fork_check_count(0);
	assert_int_equal(rig.worker->transactions->live, 0);
	fork_drain();
}
GTEST_ROWS(BreadthPolicy, malformed, name, refused);

/* ---- with loops ---- */

/* Our own Via from the request that left for there. */
static void
with_own_via(struct sent *leg, char line[512])
{
	char *via = strdup(rig_header(fork_kept(leg), "Via"));

	*strchr(via, ',') = '\0';
	snprintf(line, 512, "Via: %s\r\n", via);
	free(via);
}

/* Scenario 18, and LD-16: the test comes before a branch, and before 440. */
static const struct {
	const char *name, *max_forwards, *first;
} order[] = {
	{ "LD-21_scenario_18_483", "0", "SIP/2.0 483 Too Many Hops" },
	{ "LD-01_LD-14_LD-16_LD-21_scenario_18_482", "1", "SIP/2.0 482 Loop Detected" },
};

static void
loop_first(void **state)
{
	const typeof(order[0]) *o = *state;
	char vias[512], text[4096];
	struct slice sip;
	char *hops;

	fork_open(reject);
	fork_invite("two", 2);
	with_own_via(&fork_leg[0], vias);
	/* another hop has brought it back: its own Via on top */
	sip = fork_text(&(const struct call){
		.branch = "other", .vias = vias, .lines = "Max-Breadth: 1\r\n" });
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(sip));
	hops = strstr(text, "Max-Forwards: 70");
	memcpy(hops + 14, o->max_forwards, 1);
	hops[15] = ' ';
	fork_put(slice_str(text), ALICE);
	fork_check_count(1);
	fork_sent(ALICE, o->first);
	assert_int_equal(rig.worker->transactions->live, 1);
	fork_drain();
}
GTEST_ROWS(BreadthPolicy, order, name, loop_first);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
