/* SPDX-License-Identifier: BSD-3-Clause */
/** Loops and spirals (RFC 5393 §4.2): what went out comes in again. */
#include "home.h"

/* What the first pass adds, in front of Alice's Via and behind another proxy's. */
static void
pass_once_as(const char *config, const char *uri, char vias[1024])
{
	rig_open(NULL);
	open_home_as(config);
	compose("INVITE", uri, VIA, MF);
	rig_send(slice_str(request), ALICE, EDGE);
	snprintf(vias, 1024, FAR "Via: %s\r\n" VIA, first_via());
}

static void
pass_once(const char *uri, char vias[1024])
{
	pass_once_as(rig_config_home, uri, vias);
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

/* ---- proxy.loop_check ---- */

#define LOOP_CHECK(mode)                                                                           \
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\ndomains: [example.com]\n"             \
				   "proxy: {record_route: true, loop_check: " mode "}\n"

/* A request to a user, and one that is only passed on: it returns unchanged, or with another URI. */
static const struct mode_row {
	const char *label;
	const char *config;
	const char *method, *uri, *again, *first;
	bool part; /* the first pass wrote a loop part */
} modes[] = {
	{ "LD-03 lookups", LOOP_CHECK("lookups"), "INVITE", "sip:bob@example.com",
	  "sip:bob@example.com", "SIP/2.0 482 Loop Detected", true },
	{ "LD-03 lookups, passed on", LOOP_CHECK("lookups"), "INVITE", "sip:x@203.0.113.50",
	  "sip:x@203.0.113.50", "INVITE sip:x@203.0.113.50 SIP/2.0", false },
	{ "LD-14 always", LOOP_CHECK("always"), "INVITE", "sip:bob@example.com",
	  "sip:bob@example.com", "SIP/2.0 482 Loop Detected", true },
	{ "LD-14 always, passed on", LOOP_CHECK("always"), "INVITE", "sip:x@203.0.113.50",
	  "sip:x@203.0.113.50", "SIP/2.0 482 Loop Detected", true },
	{ "LD-15 always, passed on", LOOP_CHECK("always"), "INVITE", "sip:x@203.0.113.50",
	  "sip:y@203.0.113.50", "INVITE sip:y@203.0.113.50 SIP/2.0", true },
	{ "LD-22 always", LOOP_CHECK("always"), "ACK", "sip:x@203.0.113.50", "sip:x@203.0.113.50",
	  NULL, true },
	{ "LD-23 always", LOOP_CHECK("always"), "CANCEL", "sip:x@203.0.113.50",
	  "sip:x@203.0.113.50", "CANCEL sip:x@203.0.113.50 SIP/2.0", true },
	{ "off", LOOP_CHECK("'off'"), "INVITE", "sip:bob@example.com", "sip:bob@example.com",
	  HOME_LINE, true },
	{ "LD-01 forks", LOOP_CHECK("forks"), "INVITE", "sip:bob@example.com",
	  "sip:bob@example.com", HOME_LINE, true },
};

static void
check_mode(void **state)
{
	const struct mode_row *r = *state;
	bool refused = r->first == NULL || strstr(r->first, "482") != NULL;
	char vias[1024];

	pass_once_as(r->config, r->uri, vias);
	assert_int_equal(strstr(vias, ".L") != NULL, r->part);
	compose(r->method, r->again, vias, MF);
	rig_send(slice_str(request), PEER, EDGE);
	assert_int_equal(rig.out.counter[STATS_loops], refused);
	assert_int_equal(rig.out.count, r->first != NULL);
	if (r->first != NULL)
		check_first_line(rig.out.datagram[0].sip, r->first);
}
GTEST_ROWS(Loop, modes, label, check_mode);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
