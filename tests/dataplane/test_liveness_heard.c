/* SPDX-License-Identifier: BSD-3-Clause */
/** Is a flow alive: what is heard, and silence (OB-12, OB-13, OB-20, OB-41). */
#include "liveness.h"

/* ---- what revives it ---- */

#define REQUEST "OPTIONS sip:192.0.2.10 SIP/2.0\r\n" UA_VIA MF "From: <sip:a@b>;tag=1\r\n" \
		"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

static const struct {
	const char *req;
	const char *from, *at;
	struct slice text;
	bool alive;
} heard[] = {
	{ "OB-41 CR LF", UA, EDGE, { "\r\n\r\n", 4 }, true },
	{ "OB-41 empty", UA, EDGE, { "", 0 }, true },
	{ "OB-41 STUN", UA, EDGE, { "\x00\x01\x00\x00" STUN, 20 }, true },
	{ "OB-41 indication", UA, EDGE, { "\x00\x11\x00\x00" STUN, 20 }, true },
	{ "OB-41 request", UA, EDGE, { REQUEST, sizeof(REQUEST) - 1 }, true },
	{ "malformed STUN", UA, EDGE, { "\x00\x01\x00\x03" STUN, 20 }, false },
	{ "rubbish", UA, EDGE, { "\xc0\x01", 2 }, false },
	{ "another port", "203.0.113.7:40313", EDGE, { "\r\n\r\n", 4 }, false },
	{ "at another port", UA, "192.0.2.10:5070", { "\r\n\r\n", 4 }, false },
};

static void
check_heard(void **state)
{
	const __typeof__(heard[0]) *h = *state;

	rig_open(rig_config_edge);
	rig_send(SLICE("\r\n\r\n"), UA, EDGE);
	kill_flow(EDGE, UA);
	rig_send(h->text, h->from, h->at);
	assert_int_equal(rig.out.counter[STATS_flows_revived], h->alive);
	if (h->alive)
		check_alive(EDGE, UA);
	else
		check_dead(EDGE, UA);
}
GTEST_ROWS(Liveness, heard, req, check_heard);

/* What the user agent answers to the request that left, or somebody else for it. */
GTEST(Liveness, OB_41_response)
{
	char text[2048];
	struct slice sip;

	rig_open(NULL);
	rig_open(rig_config_edge);
	sip = check_one(invite(), EDGE, UA);
	snprintf(text, sizeof(text),
		 "SIP/2.0 180 Ringing\r\nVia: %s\r\nFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=b\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\n"
		 "Content-Length: 0\r\n\r\n", rig_header(sip, "Via"), rig_header(sip, "Call-ID"));
	kill_flow(EDGE, UA);
	check_one(rig_send(slice_str(text), "203.0.113.8:1", EDGE), EDGE, PEER);
	assert_int_equal(rig.out.counter[STATS_flows_revived], 0);
	check_dead(EDGE, UA);
	check_one(rig_send(slice_str(text), UA, EDGE), EDGE, PEER);
	assert_int_equal(rig.out.counter[STATS_flows_revived], 1);
	check_alive(EDGE, UA);
}

/* ---- silence ---- */

#define OUTBOUND "Require: outbound\r\n"

GTEST(Liveness, OB_12_flow_timer)
{
	struct config_file_edge *edge;

	rig_open(NULL);
	rig_open(rig_config_edge);
	edge = &rig.engine->config->file->edge;
	check_headers(register_ua(OUTBOUND), "Flow-Timer: 29\nVia: SIP/2.0/UDP 10.0.0.5:5060;"
		      "rport=40312;received=203.0.113.7;keep=29;branch=z9hG4bKreg\n");
	edge->flow_timer = 120;
	check_headers(register_ua(OUTBOUND), "Flow-Timer: 120\n");
	check_headers(register_ua(""), "Flow-Timer: -\n");
	edge->flow_timer = 0;
	check_headers(register_ua(OUTBOUND), "Flow-Timer: -\nVia: SIP/2.0/UDP 10.0.0.5:5060;"
		      "rport=40312;received=203.0.113.7;keep;branch=z9hG4bKreg\n");
}

GTEST(Liveness, OB_13_idle)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	register_ua(OUTBOUND);
	age(&rig.worker->flows, EDGE, UA, 38000);
	assert_int_equal(sweep(), 0);
	check_alive(EDGE, UA);
	age(&rig.worker->flows, EDGE, UA, 2000);
	assert_int_equal(sweep(), 1);
	check_dead(EDGE, UA);
	assert_int_equal(sweep(), 0);
	rig_send(SLICE("\r\n\r\n"), UA, EDGE);
	check_alive(EDGE, UA);
	assert_int_equal(sweep(), 0);
	age(&rig.worker->flows, EDGE, UA, 40000); /* the timer stays */
	assert_int_equal(sweep(), 1);
	check_dead(EDGE, UA);
}

/* A user agent that was told no timer need not send keepalives. */
GTEST(Liveness, OB_13_no_timer)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	register_ua("");
	age(&rig.worker->flows, EDGE, UA, 400000);
	assert_int_equal(sweep(), 0);
	check_alive(EDGE, UA);
}

/*
 * OB-13: somebody behind the same address names the victim's port in his Via, and the 200 of his
 * registrar goes there. Nothing follows for the victim's flow; nor can that registrar say that rport
 * was asked for.
 */
GTEST(Liveness, OB_13_timer_of_another)
{
	static const char eve[] = "203.0.113.7:55555";
	static const char via[] = "10.0.0.66:40312;keep;branch=z9hG4bKeve";
	const struct rig_out *out;

	rig_open(NULL);
	rig_open(rig_config_edge);
	register_ua("");
	out = register_by(eve, via, OUTBOUND, "", "");
	check_headers(check_one(out, EDGE, UA), "Flow-Timer: 29\nVia: SIP/2.0/UDP "
		      "10.0.0.66:40312;keep;branch=z9hG4bKeve;received=203.0.113.7\n");
	/* what went there by chance was not sent on the flow */
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 0);
	age(&rig.worker->flows, EDGE, UA, 400000);
	assert_int_equal(sweep(), 0);
	check_alive(EDGE, UA);
	out = register_by(eve, via, OUTBOUND, ";keep", ";rport=40312;keep");
	assert_int_equal(out->count, 0);
	assert_int_equal(out->counter[STATS_forged_branch], 1);
	age(&rig.worker->flows, EDGE, UA, 400000);
	assert_int_equal(sweep(), 0);
	check_alive(EDGE, UA);
}

/* An error about the 200 of a REGISTER counts: the user agent has gone meanwhile. */
GTEST(Liveness, OB_20_about_a_response)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	register_ua(OUTBOUND);
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
	check_dead(EDGE, UA);
}

/* The flow's datagrams reach one worker, the answer of its registrar another one. */
GTEST(Liveness, OB_13_heard_by_another_worker)
{
	struct flow flow = flow_of(EDGE, UA);
	struct via_worker *other;
	uint64_t now;

	rig_open(NULL);
	rig_open(rig_config_two_workers);
	other = rig.engine->worker[1];
	tick();
	now = rig.worker->mono_ms;
	flows_set_timer(&rig.worker->flows, &flow, 29, now - 60000);
	flows_seen(&other->flows, &flow, now - 38000);
	assert_int_equal(sweep(), 0);
	age(&rig.worker->flows, EDGE, UA, 60000);
	age(&other->flows, EDGE, UA, 5000);
	assert_int_equal(sweep(), 1);
	/* nobody has ever heard of it: nothing is known */
	flow = flow_of(EDGE, "203.0.113.8:1");
	flows_set_timer(&rig.worker->flows, &flow, 29, now - 60000);
	assert_int_equal(sweep(), 0);
}

/* Another worker sent what is quoted. */
GTEST(Liveness, OB_20_sent_by_another_worker)
{
	struct icmp_packet f = { .flow = flow_of(EDGE, UA), .length = 700, .checksum = 0x1234 };
	uint8_t out[ICMP_PACKET_MAX];

	rig_open(NULL);
	rig_open(rig_config_two_workers);
	tick();
	f.mark = flows_mark(flows_hash(&rig.engine->worker[1]->flows, &f.flow), 4, 700, 0x1234);
	flows_sent(&rig.engine->worker[1]->flows, &f.flow, 700, 0x1234, rig.worker->mono_ms);
	rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
}

/* Control hears of no more than it can bear; those who are left are found in the next sweep. */
GTEST(Liveness, failures_are_bounded)
{
	unsigned int sum = 0;

	rig_open(NULL);
	rig_open(rig_config_edge);
	tick();
	for (uint16_t i = 0; i < 200; i++) {
		struct flow flow = flow_of(EDGE, UA);

		flow.remote.port = (uint16_t)(1000 + i);
		flows_seen(&rig.worker->flows, &flow, rig.worker->mono_ms - 60000);
		flows_set_timer(&rig.worker->flows, &flow, 29, rig.worker->mono_ms);
	}
	for (int i = 0; i < 200 && sum < 200; i++) {
		tick();
		assert_true(rig.out.counter[STATS_flows_failed] <= 64);
		sum += (unsigned int)rig.out.counter[STATS_flows_failed];
	}
	assert_int_equal(sum, 200);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
