/* SPDX-License-Identifier: BSD-3-Clause */
/** The health of next hops: OPTIONS to them, and what follows from answers and silence (PR-15). */
#include "control/hops_support.h"
#include "guard/branch.h"

#define CASE(name) GTEST_F(Probe, name, make_dir, close_all)

/* ---- health ---- */

static bool answer_one = true, answer_two = true;
static unsigned int answer_status = 200, sent_one, sent_two;
static char answer_text[2048], last_probe[2048];

/* What the dataplane and the targets behind it do with probes. */
static void
play_targets(void)
{
	struct message_head head;

	while (message_ring_get(&dataplane.inject[0], &head, bytes)) {
		bool one = head.to.ip[3] == 41;
		struct slice rest = slice_of(bytes, head.length);

		(one ? sent_one++ : sent_two++);
		snprintf(last_probe, sizeof(last_probe), "%.*s", SLICE_FMT(rest));
		slice_cut(&rest, '\n');
		if (!(one ? answer_one : answer_two))
			continue;
		snprintf(answer_text, sizeof(answer_text), "SIP/2.0 %u X\r\n%.*s", answer_status,
			 SLICE_FMT(rest));
		hops_answer(hops, slice_str(answer_text));
	}
}

static void
run_targets(unsigned int ms)
{
	for (uint64_t end = clock_us() + ms * 1000; clock_us() < end;) {
		play_targets();
		step();
	}
}

static bool
is_down(const char *ip, uint16_t port)
{
	struct flow_address a;

	find("pair.example", 0);
	flow_ip_decode(slice_str(ip), &a);
	a.port = port;
	return hops_is_down(&table, &a);
}

static int
open_probes(void)
{
	open_all("");
	answer_one = answer_two = true;
	answer_status = 200;
	sent_one = sent_two = 0;
	run_targets(350);
	return 0;
}

CASE(probe_message)
{
	static const struct sip_limits limits = { 0 };
	struct sip_fields fields;
	struct branch_id id;
	struct sip_message msg;

	(void)state;
	open_probes();
	assert_in_range(sent_one, 2, 5);
	assert_in_range(sent_two, 2, 5);
	assert_int_equal(sip_message_check(&msg, sip_message_index(slice_str(last_probe), &msg),
					   &limits, &fields),
			 SIP_FAULT_NONE);
	assert_int_equal(msg.method, SIP_OPTIONS);
	assert_int_equal(fields.max_forwards, 70);
	assert_true(slice_eq(fields.via.host, SLICE("192.0.2.10")));
	assert_true(branch_read(fields.via.branch, &id));
	assert_int_equal(id.worker, BRANCH_CONTROL);
	assert_true(branch_check_own(siphash_key_load(ring.branch_key), &id, &fields));
}

/* PR-15: some unanswered in a row and it is down, one answer and it is up. */
CASE(PR15_down_and_up)
{
	const struct hops_state *s;
	struct flow_address a;

	(void)state;
	open_probes();
	assert_false(is_down("192.0.2.41", 5060));
	answer_one = false;
	run_targets(450);
	assert_true(is_down("192.0.2.41", 5060));
	assert_false(is_down("192.0.2.42", 5070));
	answer_one = true;
	run_targets(200);
	assert_false(is_down("192.0.2.41", 5060));
	flow_ip_decode(SLICE("192.0.2.41"), &a);
	a.port = 5060;
	s = hops_state_find(&table, &a);
	assert_int_equal(s->status, 200);
	assert_int_not_equal(s->answered_ms, 0);
}

CASE(back_after_long)
{
	(void)state;
	open_probes();
	answer_one = false;
	run_targets(2500);
	assert_true(is_down("192.0.2.41", 5060));
	answer_one = true;
	run_targets(200);
	assert_false(is_down("192.0.2.41", 5060));
}

CASE(one_lost_is_not_down)
{
	(void)state;
	open_probes();
	for (int i = 0; i < 5; i++) {
		unsigned int before = sent_one;

		answer_one = false;
		while (sent_one == before)
			run_targets(2);
		answer_one = true;
		run_targets(250);
		assert_false(is_down("192.0.2.41", 5060));
	}
}

CASE(answers_other_than_200)
{
	static const unsigned int up[] = { 404, 405, 483, 500, 100 };

	(void)state;
	open_probes();
	answer_status = 503;
	run_targets(350);
	assert_true(is_down("192.0.2.41", 5060));
	for (size_t i = 0; i < 5; i++) {
		answer_status = up[i];
		run_targets(200);
		assert_false(is_down("192.0.2.41", 5060));
	}
}

/* Answers of another run of control's, old ones and nonsense change nothing. */
CASE(foreign_answers)
{
	char old[2048];

	(void)state;
	open_probes();
	snprintf(old, sizeof(old), "%s", answer_text);
	answer_one = answer_two = false;
	run_targets(450);
	assert_true(is_down("192.0.2.41", 5060));
	hops_answer(hops, slice_str(old));
	hops_answer(hops, SLICE("SIP/2.0 200 OK\r\n\r\n"));
	hops_answer(hops, SLICE(""));
	/* the last probe, of another run of control's */
	snprintf(answer_text, sizeof(answer_text), "SIP/2.0 200 OK\r\n%s",
		 strchr(last_probe, '\n') + 1);
	memset(strstr(answer_text, "Call-ID: ") + 9 + 16, '0', 16);
	hops_answer(hops, slice_str(answer_text));
	run_targets(50);
	assert_true(is_down("192.0.2.41", 5060));
	assert_true(is_down("192.0.2.42", 5070));
}

/* Without a dataplane nobody is asked, so nobody is found down. */
CASE(dataplane_away)
{
	uint64_t past = 1;

	(void)state;
	open_probes();
	answer_one = answer_two = false;
	for (uint64_t end = clock_us() + 700000; clock_us() < end;) {
		atomic_store(&stats.header->heartbeat_ms, past);
		uv_run(&loop, UV_RUN_NOWAIT);
		uv_update_time(&loop);
		hops_tick(hops);
		usleep(1000);
	}
	assert_false(is_down("192.0.2.41", 5060));
	assert_false(is_down("192.0.2.42", 5070));
}

/* PR-15: a successor of ours knows who was down. */
CASE(successor)
{
	(void)state;
	open_probes();
	answer_one = false;
	run_targets(450);
	assert_true(is_down("192.0.2.41", 5060));
	hops_close(hops);
	open_hops();
	assert_true(is_down("192.0.2.41", 5060));
	assert_false(is_down("192.0.2.42", 5070));
	answer_one = true;
	run_targets(250);
	assert_false(is_down("192.0.2.41", 5060));
}
