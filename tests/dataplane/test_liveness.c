/* SPDX-License-Identifier: BSD-3-Clause */
/** Is a flow alive: ICMP errors, and what a dead flow means (OB-20, OB-28, OB-29, OB-75, OB-77). */
#include "liveness.h"

/* ---- ICMP ---- */

static const struct flow_address router = { .ip = { 203, 0, 113, 1 }, .family = 4 };
static const struct flow_address router6 = { .ip = { 0x20, 1, 0xd, 0xb8, 9, 9 }, .family = 6 };

static const struct icmp_case {
	const char *req;
	struct icmp_packet f;
	int length_more;
	unsigned int checksum_xor;
	uint32_t age_ms;
	bool dead;
	unsigned int icmp, ignored;
	bool by_router;
} icmp[] = {
	{ "OB-20 port unreachable", { .quoted = 40 }, .dead = true, .icmp = 1 },
	{ "OB-20 eight octets of UDP", { .quoted = 0 }, .dead = true, .icmp = 1 },
	{ "OB-20 host unreachable", { .code = 1 }, .by_router = true, .dead = true, .icmp = 1 },
	{ "OB-20 a little later", { .code = 1 }, .age_ms = 30000, .dead = true, .icmp = 1 },
	{ "5.2 too old", { .code = 1 }, .age_ms = 33000, .icmp = 1, .ignored = 1 },
	{ "5.2 wrong UDP checksum quoted", { .quoted = 40 }, .checksum_xor = 1, .icmp = 1,
	  .ignored = 1 },
	{ "5.2 wrong UDP length quoted", { .quoted = 40 }, .length_more = -1, .icmp = 1,
	  .ignored = 1 },
	{ "5.2 wrong identification quoted", { .quoted = 40, .mark = 1 }, .icmp = 1, .ignored = 1 },
	{ "5.2 other port of the user agent", { .flow.remote.port = 40313 }, .icmp = 1,
	  .ignored = 1 },
	{ "5.2 other port of ours", { .flow.local.port = 5070 }, .icmp = 1, .ignored = 1 },
	{ "5.2 no port of ours", { .flow.local.port = 5071 } },
	{ "5.2 bad checksum", { .bad_checksum = true }, .icmp = 1, .ignored = 1 },
	{ "5.2 cut short", { .cut = 1 }, .icmp = 1, .ignored = 1 },
	{ "5.2 shorter than it says", { .quoted = 60, .missing = 30 } },
	{ "5.2 IP options quoted", { .quoted_options = 4 }, .icmp = 1, .ignored = 1 },
	{ "5.2 later fragment quoted", { .later_fragment = true }, .icmp = 1, .ignored = 1 },
	{ "5.2 TCP quoted", { .quoted_protocol = 6 } },
	{ "network unreachable", { .code = 255 } },
	{ "packet too big", { .type = 2, .code = 255 } },
};

static void
check_icmp(const struct icmp_case *c, const char *local, const char *remote)
{
	bool six = local[0] == '[';
	struct icmp_packet f = c->f;

	rig_open(rig_config_edge);
	rig_send(SLICE("\r\n\r\n"), remote, local);
	check_alive(local, remote);
	age(&rig.worker->flows, local, remote, c->age_ms);
	if (c->by_router)
		f.by = six ? &router6 : &router;
	complain(&f, c->length_more, c->checksum_xor);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_rx], 0);
	assert_int_equal(rig.out.counter[STATS_exception_in], 1); /* the kernel sees it, too */
	assert_int_equal(rig.out.counter[STATS_icmp], c->icmp);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], c->ignored);
	assert_int_equal(rig.out.counter[STATS_flows_failed], c->dead);
	if (c->dead)
		check_dead(local, remote);
	else
		check_alive(local, remote);
}

static void
check_icmp_4(void **state)
{
	check_icmp(*state, EDGE, UA);
}
GTEST_ROWS(Liveness, icmp, req, check_icmp_4);

/* The same, but for what IPv6 has not. */
static void
check_icmp_6(void **state)
{
	const struct icmp_case *c = *state;

	if (c->f.quoted_options == 0 && c->f.flow.local.port != 5070)
		check_icmp(c, EDGE6, UA6);
}
static const struct icmp_case *const icmp6 = icmp;
GTEST(Liveness, OB_20_ipv6)
{
	for (size_t i = 0; i < sizeof(icmp) / sizeof(icmp[0]); i++) {
		void *row = (void *)(uintptr_t)&icmp6[i];

		check_icmp_6(&row);
	}
}

/* A datagram that left in fragments: the first one is quoted, with all of the UDP header. */
GTEST(Liveness, OB_20_sent_in_fragments)
{
	static char lines[3000];
	struct request_case c = { .uri = BOB_URI, .lines = lines };

	rig_open(NULL);
	rig_open(rig_config_edge);
	for (unsigned int six = 0; six < 2; six++) {
		const char *local = six ? EDGE6 : EDGE, *remote = six ? UA6 : UA;

		snprintf(lines, sizeof(lines),
			 PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\nX: %02000d\r\n",
			 rig_token(FLOW_TOKEN_PATH, local, remote), 7);
		rig_send(case_message(&c), PEER, EDGE);
		assert_true(rig.out.datagram[0].fragments > 1);
		complain(&(struct icmp_packet){ .fragment = true, .quoted = 300 }, 0, 0);
		assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
		check_dead(local, remote);
	}
}

/* 5.1 item 5: the other side was heard of since. */
GTEST(Liveness, OB_20_heard_since)
{
	struct rig_datagram sent;

	rig_open(NULL);
	rig_open(rig_config_edge);
	invite();
	sent = rig.out.datagram[0];
	age(&rig.worker->flows, EDGE, UA, 3000);
	register_ua("");
	rig.out.datagram[0] = sent;
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	check_alive(EDGE, UA);
}

/* Nothing was sent there: nothing can be quoted. */
GTEST(Liveness, OB_20_nothing_was_sent)
{
	struct icmp_packet f = { .flow = flow_of(EDGE, UA), .length = 700, .checksum = 0x1234 };
	uint8_t out[ICMP_PACKET_MAX];

	rig_open(NULL);
	rig_open(rig_config_edge);
	rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	check_alive(EDGE, UA);
}

/* A next hop that is no flow is not called dead: its errors are somebody else's business. */
GTEST(Liveness, next_hops_do_not_die)
{
	const struct request_case c = { .lines = VIA MF };

	rig_open(NULL);
	rig_open(rig_config_edge);
	rig_send(case_message(&c), ALICE, EDGE);
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, "203.0.113.50:5060");
}

static void
guess_at(const char *remote, unsigned int times)
{
	struct icmp_packet f = { .flow = flow_of(EDGE, remote), .length = 700, .by = &router };
	uint8_t out[ICMP_PACKET_MAX];

	for (unsigned int i = 0; i < times; i++)
		rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], times);
}

/* A flood of errors about flows that there are costs a worker only so many looks in 100 ms. */
GTEST(Liveness, icmp_is_bounded)
{
	char remote[FLOW_ADDRESS_TEXT_MAX];

	rig_open(NULL);
	rig_open(rig_config_edge);
	for (unsigned int i = 0; i < 32; i++) {
		snprintf(remote, sizeof(remote), "203.0.113.9:%u", 1000 + i);
		ask("INVITE", EDGE, remote);
	}
	tick();
	rig.worker->tsc_ms_next = UINT64_MAX;
	for (unsigned int i = 0; i < 32; i++) {
		snprintf(remote, sizeof(remote), "203.0.113.9:%u", 1000 + i);
		guess_at(remote, 9); /* the ninth is not looked at */
	}
	assert_int_equal(rig.worker->icmp_budget, 0);
	invite();
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	tick();
	kill_flow(EDGE, UA);
}

/* Those about flows that nobody knows take nothing from the others. */
GTEST(Liveness, OB_20_in_a_flood_of_forged_errors)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	invite();
	tick();
	rig.worker->tsc_ms_next = UINT64_MAX;
	for (unsigned int i = 0; i < 8; i++)
		guess_at("203.0.113.9:9", 100);
	assert_int_equal(rig.worker->icmp_budget, 256);
	kill_flow(EDGE, UA);
}

/*
 * 5.2: somebody who can have a user agent sent to, by a Record-Route of an old call, guesses at
 * each datagram. No datagram gives him guesses anew.
 */
GTEST(Liveness, OB_20_guesses)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	tick();
	for (unsigned int i = 0; i < 7; i++) {
		check_alive(EDGE, UA);
		guess_at(UA, 1);
		rig_send(SLICE("\r\n\r\n"), UA, EDGE);
	}
	guess_at(UA, 1);
	assert_int_equal(rig.worker->icmp_budget, 248);
	guess_at(UA, 100);
	assert_int_equal(rig.worker->icmp_budget, 248);
	check_alive(EDGE, UA);
	/* not even the right one */
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 0);
	/* an hour later */
	rig.worker->tsc_ms_next = UINT64_MAX;
	rig.worker->mono_ms += FLOWS_MISSES_MS + 1;
	kill_flow(EDGE, UA);
}

/* What was guessed at one worker's row counts for the rows of all. */
GTEST(Liveness, OB_20_guesses_count_for_all)
{
	struct flow flow = flow_of(EDGE, UA);

	rig_open(NULL);
	rig_open(rig_config_two_workers);
	flows_sent(&rig.engine->worker[1]->flows, &flow, 701, 7, 1);
	tick();
	guess_at(UA, 8);
	invite();
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	check_alive(EDGE, UA);
}

/* A right one is no wrong one to another worker, who has sent to the flow as well. */
GTEST(Liveness, OB_20_right_counts_for_all)
{
	struct flow flow = flow_of(EDGE, UA);
	struct flows_row row;

	rig_open(NULL);
	rig_open(rig_config_two_workers);
	flows_sent(&rig.engine->worker[1]->flows, &flow, 701, 7, 1);
	kill_flow(EDGE, UA);
	for (uint64_t i = 0; i < flows_row_count(&rig.engine->flows_segment); i++)
		if (flows_row_get(&rig.engine->flows_segment, i, &row))
			assert_int_equal(row.misses, 0);
}

/* ---- what a dead flow means ---- */

/* OB-29: no answer to an ACK. */
GTEST(Liveness, OB_29_ack)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	kill_flow(EDGE, UA);
	ask("ACK", EDGE, UA);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_ack_refused], 1);
	check_alive(EDGE, "203.0.113.8:40312");
	check_alive("192.0.2.10:5070", UA);
}

GTEST(Liveness, OB_20_draft_form)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	rig.engine->config->file->edge.form = CONFIG_FORM_DRAFT00;
	kill_flow(EDGE, UA);
	check_first_line(check_one(invite(), EDGE, PEER), "SIP/2.0 410 Gone");
}

/* OB-28: nowhere to send it. */
GTEST(Liveness, OB_28_no_route)
{
	rig_open(NULL);
	rig_open(rig_config_edge);
	/* the bench has no route to anything outside 2000::/3 */
	check_first_line(check_one(ask("INVITE", EDGE6, "[fd00::7]:5060"), EDGE, PEER),
			 "SIP/2.0 430 Flow Failed");
	assert_int_equal(failed_flows_count(&rig.engine->failed_flows), 0);
}

static void
bind_flow(const char *aor, const char *remote)
{
	struct binding b = { .contact = SLICE("sip:bob@10.0.0.5"), .q = 1000,
			     .expires_ms = UINT64_MAX, .updated_ms = 1 };

	b.flow = flow_of(EDGE, remote);
	assert_int_equal(binding_writer_put(rig.bindings, slice_str(aor), &b, 1, NULL, 0),
			 BINDING_OK);
}

/* OB-77: a caller is told of the user, not of a flow. A registrar without an edge has flows too. */
GTEST(Liveness, OB_77_home_proxy)
{
	const struct request_case c = { .uri = "sip:bob@example.com", .lines = VIA MF };

	rig_open(NULL);
	rig_open(rig_config_home);
	bind_flow("sip:bob@example.com", UA);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, UA);
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
	check_first_line(check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 480 Temporarily Unavailable");
	rig_send(SLICE("\r\n\r\n"), UA, EDGE);
	check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, UA);
}

/* OB-75 */
GTEST(Liveness, OB_75_control_is_told)
{
	static char bytes[MESSAGE_RING_MESSAGE_MAX];
	const struct flow want = flow_of(EDGE, UA);
	struct message_rings rings;
	struct message_head head;

	rig_open(NULL);
	rig_open(rig_config_edge);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, 1024),
			 SEGMENT_OK);
	via_engine_tick(rig.engine);
	kill_flow(EDGE, UA);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	assert_int_equal(head.kind, MESSAGE_FLOW_FAILED);
	assert_int_equal(head.length, 0);
	assert_memory_equal(&head.flow, &want, sizeof(want));
	assert_false(message_ring_get(&rings.punt[0], &head, bytes));
	check_dead(EDGE, UA);
	assert_false(message_ring_get(&rings.punt[0], &head, bytes));
	message_rings_detach(&rings);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
