/* SPDX-License-Identifier: BSD-3-Clause */
/** The home proxy: look-ups, loops, spirals, and where the copies of a request go. */
#include "cases.h"

#define U1 "203.0.113.50:5060"
#define U2 "203.0.113.51:5060"
#define HOME_LINE "INVITE sip:bob@203.0.113.50 SIP/2.0"

static void
open_home(void)
{
	rig_open(rig_config_home);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
	rig_bind("sip:nobody@example.com", NULL);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.50", "sip:two@203.0.113.51", NULL);
	rig_bind("sip:path@example.com",
		 "sip:p@10.0.0.5:5061|<sip:T@192.0.2.40;lr;ob>, <sip:192.0.2.41;lr>", NULL);
	rig_bind("sip:head@example.com", "sip:h@203.0.113.50;x=1?Subject=y", NULL);
	rig_bind("sip:sips@example.com", "sips:s@203.0.113.50", NULL);
	rig_bind("sip:name@example.com", "sip:s@unknown.example", NULL);
	rig_bind("sip:strict@example.com", "sip:s@10.0.0.5|<sip:192.0.2.40>", NULL);
}

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

/* ---- loops: what went out comes in again ---- */

static char request[16384];

static void
compose(const char *method, const char *uri, const char *vias, const char *hops)
{
	snprintf(request, sizeof(request), "%s %s SIP/2.0\r\n%s%s"
		 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: loop@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, uri,
		 vias, hops, method);
}

static const char *
first_via(void)
{
	static char via[256];
	struct slice rest, top;

	assert_int_equal(rig.out.count, 1);
	rest = slice_str(rig_header(rig.out.datagram[0].sip, "Via"));
	top = slice_cut(&rest, ',');
	snprintf(via, sizeof(via), "%.*s", SLICE_FMT(top));
	return via;
}

#define FAR "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKfar\r\n"

/* What the first pass adds, in front of Alice's Via and behind another proxy's. */
static void
pass_once(const char *uri, char vias[1024])
{
	rig_open(NULL);
	open_home();
	compose("INVITE", uri, VIA, MF);
	rig_send(slice_str(request), ALICE, EDGE);
	snprintf(vias, 1024, FAR "Via: %s\r\n" VIA, first_via());
}

static const struct {
	const char *label, *method, *uri, *hops, *first;
} second[] = {
	{ "LD-14", "INVITE", "sip:bob@example.com", MF, "SIP/2.0 482 Loop Detected" },
	{ "LD-09 other method", "OPTIONS", "sip:bob@example.com", MF, "SIP/2.0 482 Loop Detected" },
	{ "LD-11 hops", "INVITE", "sip:bob@example.com", "Max-Forwards: 9\r\nMax-Breadth: 3\r\n",
	  "SIP/2.0 482 Loop Detected" },
	{ "U in another case", "INVITE", "SIP:bob@EXAMPLE.COM", MF, "SIP/2.0 482 Loop Detected" },
	{ "U escaped", "INVITE", "sip:%62%6Fb@example.com", MF, "SIP/2.0 482 Loop Detected" },
	{ "LD-15 parameter", "INVITE", "sip:bob@example.com;x=1", MF, HOME_LINE },
	{ "LD-15 other user", "INVITE", "sip:two@example.com", MF,
	  "INVITE sip:two@203.0.113.51 SIP/2.0" },
	{ "LD-21 483 before 482", "INVITE", "sip:bob@example.com", "Max-Forwards: 0\r\n",
	  "SIP/2.0 483 Too Many Hops" },
	{ "LD-21 482 before 420", "INVITE", "sip:bob@example.com", MF "Proxy-Require: x\r\n",
	  "SIP/2.0 482 Loop Detected" },
	{ "6-18", "INVITE", "sip:bob@example.com", "Max-Forwards: 1\r\nMax-Breadth: 1\r\n",
	  "SIP/2.0 482 Loop Detected" },
	{ "LD-08 O", "INVITE", "sip:bob@example.com", MF "Route: <sip:p1.example.com;lr>\r\n",
	  HOME_LINE },
	{ "LD-22", "ACK", "sip:bob@example.com", MF, NULL },
	{ "LD-23", "CANCEL", "sip:bob@example.com", MF, "CANCEL sip:bob@203.0.113.50 SIP/2.0" },
};

static void
check_second(void **state)
{
	const typeof(second[0]) *r = *state;
	char vias[1024];

	pass_once("sip:bob@example.com", vias);
	compose(r->method, r->uri, vias, r->hops);
	rig_send(slice_str(request), PEER, EDGE);
	if (r->first == NULL) {
		assert_int_equal(rig.out.count, 0);
		return;
	}
	assert_int_equal(rig.out.count, 1);
	check_first_line(rig.out.datagram[0].sip, r->first);
}
GTEST_ROWS(Loop, second, label, check_second);

/* LD-12, LD-13: own Via values anywhere, those without loop part passed over; others' never count. */
GTEST(Loop, LD_12_LD_13_any_place)
{
	char vias[1024], all[4096];

	pass_once("sip:bob@example.com", vias);
	snprintf(all, sizeof(all), FAR "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKold\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.10;branch=abc\r\n%s", vias);
	compose("INVITE", "sip:bob@example.com", all, MF);
	rig_send(slice_str(request), PEER, EDGE);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 482 Loop Detected");
}

GTEST(Loop, others_with_our_part)
{
	char vias[1024], *p;

	pass_once("sip:bob@example.com", vias);
	p = strstr(vias, "192.0.2.10:");
	memcpy(p, "192.0.2.99", 10);
	compose("INVITE", "sip:bob@example.com", vias, MF);
	rig_send(slice_str(request), PEER, EDGE);
	check_first_line(rig.out.datagram[0].sip, HOME_LINE);
}

/* LD-24 */
GTEST(Loop, own_name_in_capitals)
{
	char vias[1024], all[1024];
	const char *branch;

	pass_once("sip:bob@example.com", vias);
	branch = strstr(vias, ";branch=z9hG4bK0") != NULL ? strstr(vias, ";branch=z9hG4bK0")
							   : strstr(strstr(vias, "192.0.2.10"), ";");
	snprintf(all, sizeof(all), FAR "Via: SIP/2.0/UDP P1.EXAMPLE.COM%.*s\r\n" VIA,
		 (int)strcspn(branch, "\r"), branch);
	compose("INVITE", "sip:bob@example.com", all, MF);
	rig_send(slice_str(request), PEER, EDGE);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 482 Loop Detected");
}

/* LD-07: the first part differs between the passes of one spiral. */
GTEST(Loop, LD_07)
{
	char vias[1024], first[256];

	pass_once("sip:bob@example.com", vias);
	snprintf(first, sizeof(first), "%s", strstr(strstr(vias, "192.0.2.10"), "z9hG4bK"));
	compose("INVITE", "sip:bob@example.com;x=1", vias, MF);
	rig_send(slice_str(request), PEER, EDGE);
	assert_int_not_equal(strncmp(strstr(first_via(), "z9hG4bK"), first, 31), 0);
}

/* LD-28, scenario 17: eight visits of one AOR, the ninth is a loop whatever changed. */
GTEST(Loop, LD_28)
{
	static char vias[8192] = VIA, more[8192];
	char uri[64];

	open_home();
	for (int i = 0; i < 9; i++) {
		snprintf(uri, sizeof(uri), "sip:bob@example.com;x=%d", i);
		compose("INVITE", uri, vias, MF);
		rig_send(slice_str(request), PEER, EDGE);
		assert_int_equal(rig.out.count, 1);
		check_first_line(rig.out.datagram[0].sip, i < 8 ? HOME_LINE
								: "SIP/2.0 482 Loop Detected");
		if (i == 8)
			break;
		snprintf(more, 4096, FAR "Via: %s\r\n%.3000s", first_via(), vias);
		memcpy(vias, more, sizeof(vias));
	}
}

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
