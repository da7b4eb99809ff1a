/* SPDX-License-Identifier: BSD-3-Clause */
/** Responses through the whole graph: RFC 3261 §16.7, §18.2.2, RFC 3581 §4, and forgeries. */
#include <ctype.h>

#include "cases.h"

static char own_via[256];

/* Send an INVITE through, and keep the Via that it got. */
static void
forward(const char *via, const char *from, const char *at)
{
	char lines[512];
	const struct request_case c = { .uri = "sip:bob@203.0.113.50", .lines = lines };
	struct slice rest, top;

	snprintf(lines, sizeof(lines), "Via: %s\r\n" MF, via);
	rig_open(rig_config_edge);
	rig_send(case_message(&c), from, at);
	assert_int_equal(rig.out.count, 1);
	rest = slice_str(rig_header(rig.out.datagram[0].sip, "Via"));
	top = slice_cut(&rest, ',');
	snprintf(own_via, sizeof(own_via), "%.*s", SLICE_FMT(top));
}

static struct slice
response(const char *top, const char *below)
{
	static char text[4096];

	return slice_of(text, (size_t)snprintf(text, sizeof(text),
		"SIP/2.0 180 Ringing\r\n"
		"Via: %s\r\n"
		"%s"
		"From: <sip:alice@example.org>;tag=a77\r\n"
		"To: <sip:bob@example.com>;tag=b\r\n"
		"Call-ID: r@198.51.100.9\r\n"
		"CSeq: 1 INVITE\r\n"
		"Content-Length: 0\r\n\r\n", top, below));
}

/* A request with `via` goes through; where does a response with `below` go? */
static const struct {
	const char *label, *via, *from, *at, *below, *to;
} ways[] = {
	{ "sent-by", "SIP/2.0/UDP 198.51.100.9:5061;branch=z9hG4bK1", ALICE, EDGE,
	  "Via: SIP/2.0/UDP 198.51.100.9:5061;branch=z9hG4bK1\r\n", "198.51.100.9:5061" },
	{ "sent-by default port", "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE,
	  "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1\r\n", ALICE },
	{ "received", "SIP/2.0/UDP 10.0.0.5:5061;branch=z9hG4bK1", ALICE, EDGE,
	  "Via: SIP/2.0/UDP 10.0.0.5:5061;branch=z9hG4bK1;received=198.51.100.9\r\n",
	  "198.51.100.9:5061" },
	{ "received and rport", "SIP/2.0/UDP 10.0.0.5;rport;branch=z9hG4bK1", "198.51.100.9:7000",
	  EDGE, "Via: SIP/2.0/UDP 10.0.0.5;rport=7000;received=198.51.100.9;branch=z9hG4bK1\r\n",
	  "198.51.100.9:7000" },
	{ "maddr is not followed", "SIP/2.0/UDP 198.51.100.9;maddr=198.51.100.44;branch=z9hG4bK1",
	  ALICE, EDGE, "Via: SIP/2.0/UDP 198.51.100.9;maddr=198.51.100.44;branch=z9hG4bK1\r\n",
	  ALICE },
	{ "other listener", "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1", "10.0.0.9:5060",
	  "10.0.0.1:5060", "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1\r\n", "10.0.0.9:5060" },
	{ "other udp port", "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, "192.0.2.10:5070",
	  "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1\r\n", ALICE },
	{ "IPv6", "SIP/2.0/UDP [2001:db8:1::7]:5062;branch=z9hG4bK1", "[2001:db8:1::7]:5062",
	  "[2001:db8::10]:5060", "Via: SIP/2.0/UDP [2001:db8:1::7]:5062;branch=z9hG4bK1\r\n",
	  "[2001:db8:1::7]:5062" },
	{ "IPv6 received", "SIP/2.0/UDP h.example;rport;branch=z9hG4bK1", "[2001:db8:1::7]:7000",
	  "[2001:db8::10]:5060",
	  "Via: SIP/2.0/UDP h.example;received=[2001:db8:1::7];rport=7000;branch=z9hG4bK1\r\n",
	  "[2001:db8:1::7]:7000" },
	{ "third Via stays", "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE,
	  "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1, SIP/2.0/TCP x.example;branch=z9hG4bK0\r\n",
	  ALICE },
};

static void
check_way(void **state)
{
	const typeof(ways[0]) *r = *state;
	struct slice sip;
	char want[512];

	if (strncmp(r->from, "10.", 3) == 0)
		skip_msg("relaying from there is denied");
	forward(r->via, r->from, r->at);
	sip = check_one(rig_send(response(own_via, r->below), "203.0.113.50:5060", EDGE), r->at,
			r->to);
	snprintf(want, sizeof(want), "%.*s", (int)strlen(r->below) - 2, r->below);
	assert_string_equal(rig_header(sip, "Via"), want + 5);
	assert_int_equal(rig.out.counter[STATS_forwarded_responses], 1);
}
GTEST_ROWS(Response, ways, label, check_way);

/* Two values in one line, and in folded lines. */
GTEST(Response, one_line)
{
	char top[512];
	struct slice sip;

	forward("SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE);
	snprintf(top, sizeof(top), "%s ,\r\n SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", own_via);
	sip = check_one(rig_send(response(top, ""), "203.0.113.50:5060", EDGE), EDGE, ALICE);
	assert_string_equal(rig_header(sip, "Via"), "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1");
}

#define BELOW "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1\r\n"

static void
expect_drop(struct slice sip, enum stats_counter why)
{
	rig_send(sip, "203.0.113.50:5060", EDGE);
	if (rig.out.count != 0)
		fail_msg("went out:\n%.*s", SLICE_FMT(rig.out.datagram[0].sip));
	/* what looks like a branch of a transaction is one that there is not any more */
	assert_int_equal(rig.out.counter[why] + rig.out.counter[STATS_stray_response], 1);
}

GTEST(Response, every_digit_of_the_branch)
{
	forward("SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE);
	for (char *p = strstr(own_via, "z9hG4bK") + 7; *p != '\0'; p++) {
		char was = *p;

		*p = was == '0' ? '1' : '0';
		expect_drop(response(own_via, BELOW), STATS_forged_branch);
		*p = was;
	}
	rig_send(response(own_via, BELOW), "203.0.113.50:5060", EDGE);
	assert_int_equal(rig.out.count, 1);
}

static const struct {
	const char *label, *top, *below; /* top NULL: the one that was written */
	enum stats_counter why;
} drops[] = {
	{ "foreign Via", "SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bK1", BELOW,
	  STATS_foreign_response },
	{ "foreign port", "SIP/2.0/UDP 192.0.2.10:5099;branch=z9hG4bK1", BELOW,
	  STATS_foreign_response },
	{ "no Via below", NULL, "", STATS_foreign_response },
	{ "no branch", "SIP/2.0/UDP 192.0.2.10:5060", BELOW, STATS_forged_branch },
	{ "cookie only", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK", BELOW, STATS_forged_branch },
	{ "zeros", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK000000000000000000000000", BELOW,
	  STATS_forged_branch },
	{ "another Via below", NULL, "Via: SIP/2.0/UDP 198.51.100.8;branch=z9hG4bK1\r\n",
	  STATS_forged_branch },
	{ "another branch below", NULL, "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK2\r\n",
	  STATS_forged_branch },
	{ "received changed", NULL, "Via: SIP/2.0/UDP 198.51.100.9;received=198.51.100.44"
	  ";branch=z9hG4bK1\r\n", STATS_forged_branch },
	{ "multicast", NULL, "Via: SIP/2.0/UDP 198.51.100.9;received=239.1.1.1;branch=z9hG4bK1\r\n",
	  STATS_response_no_target },
	{ "name", NULL, "Via: SIP/2.0/UDP 198.51.100.9;received=a.example;branch=z9hG4bK1\r\n",
	  STATS_response_no_target },
	{ "rport 0", NULL,
	  "Via: SIP/2.0/UDP 198.51.100.9;received=198.51.100.9;rport=0;branch=z9hG4bK1\r\n",
	  STATS_response_no_target },
};

static void
check_drop(void **state)
{
	const typeof(drops[0]) *r = *state;

	forward("SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE);
	expect_drop(response(r->top != NULL ? r->top : own_via, r->below), r->why);
}
GTEST_ROWS(Response, drops, label, check_drop);

/* LD-24: case, default port and the form of an address make no difference. */
GTEST(Response, own_via_written_otherwise)
{
	char top[512];

	forward("SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", ALICE, EDGE);
	snprintf(top, sizeof(top), "SIP/2.0/udp EP1.Example.com;%s", strstr(own_via, "branch="));
	rig_send(response(top, BELOW), "203.0.113.50:5060", EDGE);
	assert_int_equal(rig.out.count, 1);
	snprintf(top, sizeof(top), "SIP/2.0/UDP 192.0.2.10;%s", strstr(own_via, "branch="));
	for (char *p = strstr(top, "z9hG4bK") + 7; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	rig_send(response(top, BELOW), "203.0.113.50:5060", EDGE);
	assert_int_equal(rig.out.count, 1);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
