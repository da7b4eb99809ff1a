/* SPDX-License-Identifier: BSD-3-Clause */
/** The home proxy: look-ups, and where the copies of a request go. */
#include "home.h"

static const struct request_case lookup[] = {
	{ .req = "16.5", .uri = "sip:bob@example.com", .lines = VIA MF, .to = U1, .first = HOME_LINE,
	  .want = "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\nMax-Breadth: 60\nMax-Forwards: 69\n" },
	{ .req = "stranger", .uri = "sip:bob@example.com", .from = STRANGER, .to = U1,
	  .lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF, .first = HOME_LINE },
	{ .req = "any case of the domain", .uri = "sip:bob@EXAMPLE.com;x=y", .lines = VIA MF,
	  .to = U1, .first = HOME_LINE },
	{ .req = "default port", .uri = "sip:bob@example.com:5060", .lines = VIA MF, .to = U1,
	  .first = HOME_LINE },
	{ .req = "escaped", .uri = "sip:%62ob@example.com", .lines = VIA MF, .to = U1,
	  .first = HOME_LINE },
	{ .req = "own Route first", .uri = "sip:bob@example.com", .to = U1, .first = HOME_LINE,
	  .lines = VIA MF "Route: <sip:p1.example.com;lr>\r\n", .want = "Route: -\n" },
	{ .req = "404", .uri = "sip:who@example.com", .lines = VIA MF,
	  .first = "SIP/2.0 404 Not Found" },
	{ .req = "404 by case of the user", .uri = "sip:BOB@example.com", .lines = VIA MF,
	  .first = "SIP/2.0 404 Not Found" },
	{ .req = "404 ACK", .uri = "sip:who@example.com", .lines = VIA MF, .method = "ACK" },
	{ .req = "480", .uri = "sip:nobody@example.com", .lines = VIA MF,
	  .first = "SIP/2.0 480 Temporarily Unavailable" },
	{ .req = "480 unknown host", .uri = "sip:name@example.com", .lines = VIA MF,
	  .first = "SIP/2.0 480 Temporarily Unavailable" },
	{ .req = "last updated", .uri = "sip:two@example.com", .lines = VIA MF, .to = U2,
	  .first = "INVITE sip:two@203.0.113.51 SIP/2.0" },
	{ .req = "OB-72", .uri = "sip:path@example.com", .lines = VIA MF, .to = "192.0.2.40:5060",
	  .first = "INVITE sip:p@10.0.0.5:5061 SIP/2.0",
	  .want = "Route: <sip:T@192.0.2.40;lr;ob>, <sip:192.0.2.41;lr>\n" },
	{ .req = "19.1.1 headers", .uri = "sip:head@example.com", .lines = VIA MF, .to = U1,
	  .first = "INVITE sip:h@203.0.113.50;x=1 SIP/2.0" },
	{ .req = "REGISTER without control", .method = "REGISTER", .uri = "sip:example.com",
	  .lines = VIA MF, .first = "SIP/2.0 503 Registrar Not Available",
	  .want = "Retry-After: 5\n" },
	{ .req = "LD-21 482 before 420", .uri = "sip:who@example.com",
	  .lines = VIA MF "Proxy-Require: x\r\n", .first = "SIP/2.0 420 Bad Extension" },
	{ .req = "IPv6 to IPv4", .uri = "sip:bob@example.com", .from = "[2001:db8:1::7]:5060",
	  .at = "[2001:db8::10]:5060", .source = EDGE, .to = U1, .first = HOME_LINE,
	  .lines = "Via: SIP/2.0/UDP [2001:db8:1::7];branch=z9hG4bK1\r\n" MF,
	  .want = "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">, <sip:[2001:db8::10]:5060;lr;vd=" ANY ">\n" },
	{ .req = "16.6-4 in dialog", .uri = "sip:bob@example.com", .lines = VIA MF, .to_tag = ";tag=b",
	  .to = U1, .first = HOME_LINE, .want = "Record-Route: -\n" },
	{ .req = "16.6-4 in front of others", .uri = "sip:bob@example.com",
	  .lines = VIA "v: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKx\r\n" MF
		   "Record-Route: <sip:x.example;lr>\r\n", .to = U1, .first = HOME_LINE,
	  .want = "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">, <sip:x.example;lr>\n" },
	{ .req = "LD-05 with loop part", .uri = "sip:bob@example.com", .lines = VIA MF, .to = U1,
	  .first = HOME_LINE, .want = "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK" ANY
				      ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\n" },
};

static void
check_lookup(void **state)
{
	rig_open(NULL); /* all of them come with one branch */
	open_home();
	run_case(*state);
}
GTEST_ROWS(Home, lookup, req, check_lookup);

/* ---- LD-10, LD-27, LD-29: copies go where the first went, with its branch ---- */

static void
send_method(const char *method, const char *to)
{
	compose(method, "sip:bob@example.com", VIA, MF);
	rig_send(slice_str(request), ALICE, EDGE);
	if (rig.out.count != 1)
		fail_msg("%s: %u datagrams left", method, rig.out.count);
	check_address(method, &rig.out.datagram[0].to, to);
}

static void
replace_contact(void)
{
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.51", NULL);
}

static void
add_contact(void)
{
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", "sip:bob@203.0.113.51", NULL);
}

static void
remove_contacts(void)
{
	rig_bind("sip:bob@example.com", NULL);
}

static void
remove_aor(void)
{
	assert_int_equal(binding_writer_remove(rig.bindings, SLICE("sip:bob@example.com")),
			 BINDING_OK);
}

/* Control started anew: another generation of the table, with other bindings. */
static void
rebuild_table(void)
{
	const struct binding_capacity capacity = { 256, 0 };
	enum segment_error error;
	uint64_t (*clock_ms)(void) = (uint64_t (*)(void))(uintptr_t)rte_get_timer_cycles;
	struct binding_writer *old = rig.bindings;

	rig.bindings = binding_writer_open(rig.engine->config->shm_dir, &capacity, clock_ms, &error);
	assert_non_null(rig.bindings);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", "sip:bob@203.0.113.51", NULL);
	binding_writer_set_complete(rig.bindings, true);
	assert_int_equal(binding_writer_publish(rig.bindings), SEGMENT_OK);
	binding_writer_close(old);
	via_engine_tick(rig.engine);
}

/* The table filled up, and a larger one took its place. */
static void
grow_table(void)
{
	const struct binding_table *t = binding_writer_table(rig.bindings);
	uint64_t generation = t->header->segment.generation;
	char aor[32];

	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", "sip:bob@203.0.113.51", NULL);
	for (unsigned int i = 0; t->header->segment.generation == generation; i++) {
		snprintf(aor, sizeof(aor), "sip:%u@example.com", i);
		rig_bind(aor, NULL);
		binding_writer_step(rig.bindings, 16);
	}
	via_engine_tick(rig.engine);
}

/* The times of the rig are whole seconds. */
static void
refresh(void)
{
	usleep(1100 * 1000);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
}

static void
refresh_and_rebuild(void)
{
	usleep(1100 * 1000);
	rebuild_table();
}

static const struct {
	const char *label;
	void (*change)(void);
} changes[] = {
	{ "LD-29 refreshed", refresh },
	{ "LD-29 refreshed, table anew", refresh_and_rebuild },
	{ "LD-29 replaced", replace_contact },
	{ "LD-29 added", add_contact },
	{ "LD-29 none left", remove_contacts },
	{ "LD-29 forgotten", remove_aor },
	{ "LD-29 table anew", rebuild_table },
	{ "LD-29 table grown", grow_table },
};

static void
check_copies(void **state)
{
	static const char *const methods[] = { "INVITE", "CANCEL", "ACK", "INVITE" };
	const typeof(changes[0]) *r = *state;
	char via[256];

	rig_open(NULL);
	open_home();
	send_method("INVITE", U1);
	snprintf(via, sizeof(via), "%s", first_via());
	r->change();
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		char want[64];

		send_method(methods[i], U1);
		assert_string_equal(first_via(), via);
		snprintf(want, sizeof(want), "%s sip:bob@203.0.113.50 SIP/2.0", methods[i]);
		check_first_line(rig.out.datagram[0].sip, want);
	}
}
GTEST_ROWS(Copies, changes, label, check_copies);

/* A user agent that uses a branch again (against RFC 3261 §8.1.1.7) still reaches whom it calls. */
GTEST(Copies, branch_of_another_call)
{
	rig_open(NULL);
	open_home();
	send_method("INVITE", U1);
	compose("INVITE", "sip:two@example.com", VIA, MF);
	rig_send(slice_str(request), ALICE, EDGE);
	check_first_line(rig.out.datagram[0].sip, "INVITE sip:two@203.0.113.51 SIP/2.0");
	compose("INVITE", "sip:who@example.com", VIA, MF);
	rig_send(slice_str(request), ALICE, EDGE);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 404 Not Found");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
