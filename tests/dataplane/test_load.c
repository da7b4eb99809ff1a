/* SPDX-License-Identifier: BSD-3-Clause */
/** A binding table that does not have everything yet: control is asked for what it lacks. */
#include "gruu.h"

static struct message_rings rings;
static char bytes[MESSAGE_RING_MESSAGE_MAX];
static struct message_head head;

static const char config_dns[] = RIG_NETWORKS RIG_NO_LIMITS "domains: [example.com]\n"
							    "dns: {enabled: true}\n";

static void
open_part(const char *config, uint32_t elements)
{
	gruu_open(config);
	binding_writer_set_complete(rig.bindings, false);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, elements),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
}

static int
close_rings(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	return 0;
}

/* It is held by control. Returns what is behind the message. */
static struct slice
check_load(const struct request_case *c, uint64_t epoch)
{
	struct slice text = case_message(c);

	rig_send(text, c->from != NULL ? c->from : ALICE, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_parked], 1);
	assert_int_equal(rig.out.counter[STATS_loads], 1);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	assert_int_equal(head.kind, MESSAGE_LOAD);
	assert_int_equal(head.length, text.len + head.name_len);
	assert_memory_equal(bytes, text.ptr, text.len);
	assert_int_equal(head.listener, 0);
	assert_int_equal(head.name_hash, epoch);
	return slice_of(bytes + text.len, head.name_len);
}

/* It comes back, as control gives it back. */
static const struct rig_out *
give_back(uint8_t flags)
{
	head.kind = MESSAGE_AGAIN;
	head.flags = flags;
	head.length -= head.name_len;
	head.name_len = 0;
	head.name_hash = 0;
	assert_true(message_ring_put(&rings.inject[0], &head, bytes));
	return rig_walk();
}

static const struct load_row {
	const char *req, *uri, *aor;
	uint64_t epoch;
} loads[] = {
	{ "AOR", "sip:new@example.com", "sip:new@example.com", 0 },
	{ "AOR in another spelling", "sip:%6Eew@EXAMPLE.com:5060;x=y", "sip:new@example.com", 0 },
	{ "SIPS", "sips:new@example.com", "sip:new@example.com", 0 },
	{ "GR-39 public", "sip:new@example.com;gr=" ID_X, "sip:new@example.com", 0 },
	{ "GR-39 draft form", "sip:new@example.com;opaque=" ID_X, "sip:new@example.com", 0 },
	{ "GR-39 temporary", "sip:{1000}@example.com;gr", "", 1000 },
};

static void
check_asked(void **state)
{
	static const struct rig_instance instance[] = { { ID_X, 1000 } };
	static const struct rig_binding binding[] = { { "sip:bob@203.0.113.50", .instance = ID_X } };
	const struct load_row *r = *state;
	struct request_case c = { .lines = VIA MF };

	open_part(gruu_rfc, 1024);
	c.uri = gruu_expand(r->uri);
	assert_true(slice_eq(check_load(&c, r->epoch), slice_str(r->aor)));
	rig_bind_instances("sip:new@example.com", binding, 1, instance, 1);
	give_back(MESSAGE_LOADED);
	assert_int_equal(rig.out.count, 1);
	if (strncmp(r->uri, "sips", 4) == 0)
		check_first_line(check_one(&rig.out, EDGE, ALICE), R480);
	else
		check_first_line(check_one(&rig.out, EDGE, AT_X), TO_X);
	/* the next one finds it there */
	rig_send(case_message(&c), ALICE, EDGE);
	assert_int_equal(rig.out.count, 1);
	assert_int_equal(rig.out.counter[STATS_loads], 0);
}
GTEST_ROWS_F(Load, loads, req, check_asked, NULL, close_rings);

/* The store has it neither. */
static void
check_absent(void **state)
{
	const struct load_row *r = *state;
	struct request_case c = { .lines = VIA MF };

	open_part(gruu_rfc, 1024);
	c.uri = gruu_expand(r->uri);
	check_load(&c, r->epoch);
	check_first_line(check_one(give_back(MESSAGE_LOADED), EDGE, ALICE), R404);
	assert_int_equal(rig.out.counter[STATS_loads], 0);
}
GTEST_ROWS_F(LoadAbsent, loads, req, check_absent, NULL, close_rings);

/* What is in the table is not asked for, nor what would not be in the store either. */
static const struct request_case not_asked[] = {
	{ .req = "in the table", .uri = PUBLIC(ID_X), .lines = VIA MF, .to = AT_X, .first = TO_X },
	{ .req = "AOR without that instance", .uri = PUBLIC(ID_NEVER), .lines = VIA MF, .first = R404 },
	{ .req = "no GRUU", .uri = "sip:tgruu.x@example.com;gr", .lines = VIA MF, .first = R404 },
	{ .req = "no user", .uri = "sip:example.com", .lines = VIA MF, .first = R404 },
	{ .req = "by Route", .uri = "sip:who@example.com", .to = "192.0.2.41:5060", .to_tag = ";tag=b",
	  .lines = VIA MF "Route: <sip:192.0.2.41;lr>\r\n",
	  .first = "INVITE sip:who@example.com SIP/2.0" },
};

static void
check_not_asked(void **state)
{
	open_part(gruu_rfc, 1024);
	run_case(*state);
	assert_int_equal(rig.out.counter[STATS_loads], 0);
}
GTEST_ROWS_F(Load, not_asked, req, check_not_asked, NULL, close_rings);

static const struct request_case unknown = { .uri = "sip:who@example.com", .lines = VIA MF };

static void
check_unavailable(const struct rig_out *out)
{
	check_first_line(check_one(out, EDGE, ALICE), "SIP/2.0 503 Registrar Not Available");
	check_headers(out->datagram[0].sip, "Retry-After: 5\n");
	assert_int_equal(out->counter[STATS_parked], 0);
}

/* Nobody who could be asked: that is no reason to say that there is no such user. */
GTEST_F(Load, control_is_gone, NULL, close_rings)
{
	open_part(gruu_rfc, 1024);
	atomic_store(&rig.engine->control_age_ms, 5001);
	check_unavailable(rig_send(case_message(&unknown), ALICE, EDGE));
}

GTEST_F(Load, control_cannot_say, NULL, close_rings)
{
	open_part(gruu_rfc, 1024);
	check_load(&unknown, 0);
	check_unavailable(give_back(0));
}

/* Half of the ring is left for what else control has to know. */
GTEST_F(Load, ring_is_crowded, NULL, close_rings)
{
	open_part(gruu_rfc, 64);
	for (int i = 0; i < 40; i++)
		rig_queue(NULL, case_message(&unknown), ALICE, EDGE);
	rig_walk();
	assert_in_range(rig.out.counter[STATS_loads], 1, 20);
	assert_int_equal(rig.out.counter[STATS_loads] + rig.out.counter[STATS_replied], 40);
	assert_in_range(message_ring_used(&rings.punt[0]), 32, 48);
}

GTEST_F(Load, ACK, NULL, close_rings)
{
	struct request_case ack = { .method = "ACK", .uri = "sip:who@example.com", .lines = VIA MF };

	open_part(gruu_rfc, 1024);
	check_load(&ack, 0);
	give_back(MESSAGE_LOADED);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_ack_refused], 1);
}

/* First the AOR, then the name that its contact has. */
GTEST_F(Load, then_a_name, NULL, close_rings)
{
	open_part(config_dns, 1024);
	check_load(&unknown, 0);
	rig_bind("sip:who@example.com", "sip:who@phone.test", NULL);
	give_back(MESSAGE_LOADED);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_parked], 1);
	assert_int_equal(rig.out.counter[STATS_loads], 0);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	assert_int_equal(head.kind, MESSAGE_RESOLVE);
	head.kind = MESSAGE_AGAIN;
	head.flags = MESSAGE_RESOLVED;
	head.to = rig_address(AT_X);
	head.length -= head.name_len;
	assert_true(message_ring_put(&rings.inject[0], &head, bytes));
	check_first_line(check_one(rig_walk(), EDGE, AT_X), "INVITE sip:who@phone.test SIP/2.0");
}

/* It has gone while the name was looked up, and the table still does not know everything. */
GTEST_F(Load, gone_meanwhile, NULL, close_rings)
{
	open_part(config_dns, 1024);
	rig_bind("sip:who@example.com", "sip:who@phone.test", NULL);
	rig_send(case_message(&unknown), ALICE, EDGE);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	assert_int_equal(binding_writer_remove(rig.bindings, SLICE("sip:who@example.com")), BINDING_OK);
	head.kind = MESSAGE_AGAIN;
	head.flags = MESSAGE_RESOLVED;
	head.to = rig_address(AT_X);
	head.length -= head.name_len;
	assert_true(message_ring_put(&rings.inject[0], &head, bytes));
	check_unavailable(rig_walk());
}

/* GR-59: what an incomplete table lacks is not held against a Contact. */
GTEST_F(Load, GR_59_incomplete, NULL, close_rings)
{
	static const struct request_case c = { .uri = PUBLIC(ID_X), .to = AT_X, .first = TO_X,
		.lines = VIA MF "Contact: <sip:new@example.com;gr=" ID_X ">\r\n" };

	open_part(gruu_rfc, 1024);
	run_case(&c);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
