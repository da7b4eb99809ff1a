/* SPDX-License-Identifier: BSD-3-Clause */
/** Between the graph and control: what is handed over, and what comes back. */
#include "cases.h"

static struct message_rings rings;

static void
open_rings(uint32_t elements)
{
	rig_open(NULL);
	rig_open(rig_config_home);
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

static const struct request_case reg = {
	.method = "REGISTER", .uri = "sip:example.com", .from = STRANGER,
	.lines = "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bK1\r\n"
		 "Route: <sip:p1.example.com;lr>\r\nMax-Forwards: 0\r\n",
};

static char bytes[MESSAGE_RING_MESSAGE_MAX];

GTEST_F(Control, punted, NULL, close_rings)
{
	struct message_head head;
	struct slice text;

	open_rings(1024);
	rig_send(case_message(&reg), STRANGER, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_punted], 1);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	text = slice_of(bytes, head.length);
	check_headers(text, "Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;"
			    "branch=z9hG4bK1\nRoute: -\n");
	check_address("answer to", &head.to, STRANGER);
	assert_int_equal(head.flags, MESSAGE_FIRST_HOP);
	assert_int_equal(head.listener, 0);
	assert_false(message_ring_get(&rings.punt[0], &head, bytes));
}

/* PR-24: REGISTERs are refused while the ring has room, and dropped only when it has none. */
GTEST_F(Control, full_ring, NULL, close_rings)
{
	const uint64_t *counter = rig.out.counter;

	open_rings(64);
	for (int i = 0; i < 100; i++)
		rig_queue(NULL, case_message(&reg), STRANGER, EDGE);
	rig_walk();
	assert_in_range(counter[STATS_punted], 1, 20);
	assert_int_equal(counter[STATS_punted] + counter[STATS_register_limit], 100);
	assert_int_equal(counter[STATS_replied], counter[STATS_register_limit]);
	assert_true(rig.out.count > 0);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 503 Too Many Requests");
	check_headers(rig.out.datagram[0].sip, "Retry-After: " ANY "\n");
	assert_in_range(message_ring_used(&rings.punt[0]), 32, 40);
}

/* Half of the ring has no room for this one. */
GTEST_F(Control, message_larger_than_the_ring, NULL, close_rings)
{
	struct request_case c = reg;
	char lines[4096];

	open_rings(64);
	snprintf(lines, sizeof(lines), "%sSubject: %0*d\r\n", reg.lines, 3800, 0);
	c.lines = lines;
	rig_send(case_message(&c), STRANGER, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_no_control], 1);
}

static void
inject(const char *to, uint8_t listener, size_t len)
{
	struct message_head head = { .length = (uint32_t)len, .kind = MESSAGE_SIP,
				     .listener = listener };

	if (to != NULL)
		head.to = rig_address(to);
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "SIP/2.0 200 OK\r\n", 16);
	assert_true(message_ring_put(&rings.inject[0], &head, bytes));
}

static const struct {
	const char *label, *to, *source;
	uint8_t listener;
	size_t len;
	enum stats_counter counter;
} injected[] = {
	{ "small", STRANGER, EDGE, 0, 300, STATS_sent_for_control },
	{ "other listener", STRANGER, "192.0.2.10:5070", 3, 300, STATS_sent_for_control },
	{ "IPv6", "[2001:db8:1::7]:5060", "[2001:db8::10]:5060", 1, 300, STATS_sent_for_control },
	{ "lan", "10.0.0.9:5060", "10.0.0.1:5060", 2, 300, STATS_sent_for_control },
	{ "larger than a buffer", STRANGER, EDGE, 0, 2049, STATS_sent_for_control },
	{ "fills a buffer", STRANGER, EDGE, 0, 2048, STATS_sent_for_control },
	{ "large", STRANGER, EDGE, 0, 60000, STATS_sent_for_control },
	{ "too large", STRANGER, NULL, 0, 65535, STATS_no_buffer },
	{ "no such listener", STRANGER, NULL, 9, 300, STATS_no_listener },
	{ "no address", NULL, NULL, 0, 300, STATS_no_listener },
	{ "multicast", "239.1.1.1:5060", NULL, 0, 300, STATS_no_listener },
	{ "port 0", NULL, NULL, 0, 300, STATS_no_listener },
	{ "other family than the listener's", "[2001:db8:1::7]:5060", NULL, 0, 300,
	  STATS_no_listener },
};

static void
check_injected(void **state)
{
	const typeof(injected[0]) *r = *state;
	struct slice sip;

	open_rings(4096);
	inject(r->to, r->listener, r->len);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_injected], 1);
	assert_int_equal(rig.out.counter[r->counter], 1);
	if (r->source == NULL) {
		assert_int_equal(rig.out.count, 0);
		return;
	}
	sip = check_one(&rig.out, r->source, r->to);
	assert_int_equal(sip.len, r->len);
	assert_memory_equal(sip.ptr, bytes, r->len);
}
GTEST_ROWS_F(Control, injected, label, check_injected, NULL, close_rings);

/* Control that says nothing for five seconds is gone: 503 instead of silence. */
GTEST_F(Control, gone, NULL, close_rings)
{
	open_rings(1024);
	atomic_store(&rig.engine->control_age_ms, 5001);
	check_first_line(check_one(rig_send(case_message(&reg), STRANGER, EDGE), EDGE, STRANGER),
			 "SIP/2.0 503 Registrar Not Available");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
