/* SPDX-License-Identifier: BSD-3-Clause */
/** proxy.loop_check: which requests are tested for having come back (RFC 5393 §4.2). */
#include "cases.h"

#define CONFIG(mode)                                                                               \
	RIG_NETWORKS RIG_NO_LIMITS "domains: [example.com]\n"                                      \
				   "proxy: {loop_check: " mode "}\n"

#define LOOP "SIP/2.0 482 Loop Detected"
#define TRYING "SIP/2.0 100 Trying"
#define ONE "INVITE sip:one@203.0.113.50 SIP/2.0"
#define OTHER "INVITE sip:x@other.example SIP/2.0"

static const struct {
	const char *label, *config, *uri, *again;
	unsigned int saved;
} rows[] = {
	{ "LD-03 lookups, fork", CONFIG("lookups"), "sip:two@example.com", LOOP, 2 },
	{ "LD-03 lookups, one", CONFIG("lookups"), "sip:one@example.com", LOOP, 1 },
	{ "LD-03 lookups, none", CONFIG("lookups"), "sip:x@other.example", OTHER, 0 },
	{ "LD-03 always, fork", CONFIG("always"), "sip:two@example.com", LOOP, 2 },
	{ "LD-03 always, none", CONFIG("always"), "sip:x@other.example", LOOP, 0 },
	{ "LD-01 forks, fork", CONFIG("forks"), "sip:two@example.com", LOOP, 2 },
	{ "LD-03 forks, one", CONFIG("forks"), "sip:one@example.com", ONE, 0 },
	{ "LD-03 forks, none", CONFIG("forks"), "sip:x@other.example", OTHER, 0 },
	{ "off, fork", CONFIG("off"), "sip:two@example.com", TRYING, 0 },
	{ "off, one", CONFIG("off"), "sip:one@example.com", ONE, 0 },
};

static void
send_with(const char *uri, const char *vias)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "INVITE %s SIP/2.0\r\n%s" VIA MF "From: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>\r\nCall-ID: c@198.51.100.9\r\nCSeq: 1 INVITE\r\n"
		 "Content-Length: 0\r\n\r\n",
		 uri, vias);
	rig_send(slice_str(text), ALICE, EDGE);
}

static void
check_row(void **state)
{
	const typeof(rows[0]) *r = *state;
	struct slice rest, top;
	char vias[1024];

	rig_open(NULL);
	rig_open(r->config);
	rig_bind("sip:one@example.com", "sip:one@203.0.113.50", NULL);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.51", "sip:two@203.0.113.52", NULL);
	send_with(r->uri, "");
	assert_true(rig.out.count > 0);
	rest = slice_str(rig_header(rig.out.datagram[rig.out.count - 1].sip, "Via"));
	top = slice_cut(&rest, ',');
	snprintf(vias, sizeof(vias),
		 "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKfar\r\n"
		 "Via: %.*s\r\n",
		 SLICE_FMT(top));
	send_with(r->uri, vias);
	assert_true(rig.out.count > 0);
	assert_string_equal(rig_first_line(rig.out.datagram[0].sip), r->again);
	assert_int_equal(rig_counted(0, STATS_loops), strcmp(r->again, LOOP) == 0);
	assert_int_equal(rig_counted(0, STATS_guard_saved), r->saved);
}
GTEST_ROWS(LoopCheck, rows, label, check_row);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
