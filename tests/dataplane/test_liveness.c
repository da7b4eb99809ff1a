/* SPDX-License-Identifier: BSD-3-Clause */
/** Is a flow alive: ICMP errors, silence, and what is heard (OB-13, OB-20, OB-28, OB-41, OB-75). */
#include "cases.h"
#include "lib/flow/icmp.h"

#define UA STRANGER
#define UA6 "[2001:db8:9::7]:40000"
#define EDGE6 "[2001:db8::10]:5060"
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define STUN "\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"

static struct flow
flow_of(const char *local, const char *remote)
{
	return (struct flow){ .local = rig_address(local), .remote = rig_address(remote),
			      .transport = FLOW_UDP };
}

/* A request of the home proxy's for a user agent behind a flow. */
static const struct rig_out *
ask(const char *method, const char *local, const char *remote)
{
	char lines[512];
	struct request_case c = { .method = method, .uri = BOB_URI, .lines = lines };

	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, local, remote));
	return rig_send(case_message(&c), PEER, EDGE);
}

static const struct rig_out *
invite(void)
{
	return ask("INVITE", EDGE, UA);
}

static void
check_alive(const char *local, const char *remote)
{
	check_first_line(check_one(ask("INVITE", local, remote), local, remote),
			 "INVITE " BOB_URI " SIP/2.0");
}

static void
check_dead(const char *local, const char *remote)
{
	check_first_line(check_one(ask("INVITE", local, remote), EDGE, PEER),
			 "SIP/2.0 430 Flow Failed");
}

/* An error about the last datagram that left, with something changed. */
static void
complain(const struct icmp_packet *changed, int length_more, unsigned int checksum_xor)
{
	const struct rig_datagram *d = &rig.out.datagram[0];
	struct icmp_packet f = *changed;
	uint8_t out[ICMP_PACKET_MAX];
	struct flow flow = { .local = d->from, .remote = d->to, .transport = FLOW_UDP };

	assert_int_equal(rig.out.count, 1);
	if (f.flow.local.port != 0)
		flow.local.port = f.flow.local.port;
	if (f.flow.remote.port != 0)
		flow.remote.port = f.flow.remote.port;
	f.flow = flow;
	f.length = (uint16_t)(d->length + length_more);
	f.checksum = (uint16_t)(d->checksum ^ checksum_xor);
	rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
}

static const struct icmp_packet as_it_should_be;

static void
kill_flow(const char *local, const char *remote)
{
	ask("INVITE", local, remote);
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
}

/* Time goes by for a row, and the worker notices. */
static void
age(const struct flows_table *t, const char *local, const char *remote, uint32_t ms)
{
	struct flow flow = flow_of(local, remote);

	for (uint32_t i = 0; i <= t->mask; i++) {
		struct flows_row *row = &t->rows[i];

		if (row->version == 0 || !flow_eq(&row->flow, &flow))
			continue;
		row->last_seen_ms -= ms;
		row->sent_ms -= ms;
		for (int k = 0; k < FLOWS_SENT_MAX; k++)
			row->sent[k] = (row->sent[k] & ~UINT32_C(0xff)) |
				       (uint8_t)(row->sent[k] - ms / 128);
	}
}

static const struct rig_out *
tick(void)
{
	rig.worker->tsc_ms_next = 0;
	return rig_walk();
}

/* All rows are looked at. How many flows were found dead. */
static uint64_t
sweep(void)
{
	uint64_t failed = 0;

	for (uint32_t at = 0; at <= rig.worker->flows.mask; at += 4096) {
		tick();
		failed += rig.out.counter[STATS_flows_failed];
	}
	return failed;
}

/* A REGISTER goes through and its 200 comes back, with Flow-Timer for the user agent. */
static struct slice
register_ua(const char *require)
{
	static char text[4096];
	struct request_case c = { .method = "REGISTER", .uri = "sip:other.example", .from = UA };
	struct slice sip;
	const char *p;

	c.lines = "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;keep;branch=z9hG4bKreg\r\n" MF
		  "Supported: path, outbound\r\nContact: <sip:bob@10.0.0.5>;reg-id=1;"
		  "+sip.instance=\"<urn:x>\"\r\n";
	sip = check_one(rig_send(case_message(&c), UA, EDGE), EDGE, "192.0.2.30:5060");
	p = memmem(sip.ptr, sip.len, "\r\nCall-ID: ", 11);
	assert_non_null(p);
	snprintf(text, sizeof(text),
		 "SIP/2.0 200 OK\r\nVia: %s\r\n%sFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=r%.*s\r\nCSeq: 1 REGISTER\r\n"
		 "Content-Length: 0\r\n\r\n", rig_header(sip, "Via"), require,
		 (int)(strcspn(p + 2, "\r") + 2), p);
	return check_one(rig_send(slice_str(text), "192.0.2.30:5060", EDGE), EDGE, UA);
}

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

/* A flood of errors costs a worker only so many looks in 100 ms, and then not even the right one. */
GTEST(Liveness, icmp_is_bounded)
{
	struct icmp_packet f = { .flow = flow_of(EDGE, "203.0.113.9:9"), .length = 700 };
	uint8_t out[ICMP_PACKET_MAX];

	rig_open(NULL);
	rig_open(rig_config_edge);
	tick();
	rig.worker->tsc_ms_next = UINT64_MAX;
	for (int i = 0; i < 256; i++)
		rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 256);
	assert_int_equal(rig.worker->icmp_budget, 0);
	invite();
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_icmp_ignored], 1);
	tick();
	kill_flow(EDGE, UA);
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
	assert_int_equal(binding_writer_put(rig.bindings, slice_str(aor), &b, 1), BINDING_OK);
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
