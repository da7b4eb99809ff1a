/* SPDX-License-Identifier: BSD-3-Clause */
/** The edge proxy: flow tokens in Path, Route and Record-Route, and keepalives. */
#include <rte_byteorder.h>

#include "cases.h"

#define UA STRANGER
#define UA2 "203.0.113.8:40313"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;keep;branch=z9hG4bKbob\r\n"
#define TWO_VIAS UA_VIA "Via: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKx\r\n"
#define CONTACT "Contact: <sip:bob@10.0.0.5:5060>"
#define INSTANCE ";+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21>\"\r\n"
#define REG(r, l) .req = r, .method = "REGISTER", .uri = "sip:other.example", .lines = l, .from = UA

/* @T is replaced by the token of the user agent's flow, @O by that of another's. */
struct edge_case {
	struct request_case c;
	enum flow_token_class class;
};

#define TO_REGISTRAR .to = "192.0.2.30:5060", .first = "REGISTER sip:other.example SIP/2.0"

static const struct request_case path[] = {
	{ REG("OB-01", UA_VIA MF "Supported: path, outbound\r\n" CONTACT ";reg-id=1" INSTANCE),
	  TO_REGISTRAR, .want = "Path: <sip:@T@ep1.example.com;lr;ob>\nRequire: path\n"
				"Max-Forwards: 69\nMax-Breadth: 60\nRecord-Route: -\n" },
	{ REG("OB-01 Route", UA_VIA MF "Route: <sip:ep1.example.com;lr>\r\nSupported: path\r\n" CONTACT
	      ";reg-id=1" INSTANCE), TO_REGISTRAR,
	  .want = "Path: <sip:@T@ep1.example.com;lr;ob>\nRoute: -\n" },
	{ REG("OB-05", TWO_VIAS MF "Supported: path\r\n" CONTACT ";reg-id=1" INSTANCE), TO_REGISTRAR,
	  .want = "Path: -\nRequire: -\n" },
	{ REG("OB-07", UA_VIA MF CONTACT ";reg-id=1" INSTANCE),
	  .first = "SIP/2.0 421 Extension Required", .want = "Require: path\n" },
	{ REG("OB-08", UA_VIA MF CONTACT ";flow-id=1" INSTANCE), TO_REGISTRAR,
	  .want = "Path: <sip:@T@ep1.example.com;lr>\nRequire: -\n" },
	{ REG("OB-09", UA_VIA MF "Supported: path\r\nRequire: path\r\n" CONTACT "\r\n"), TO_REGISTRAR,
	  .want = "Path: <sip:@T@ep1.example.com;lr>\nRequire: path\n" },
	{ REG("OB-09 others", UA_VIA MF "k: path\r\nRequire: gruu\r\n" CONTACT "\r\n"),
	  TO_REGISTRAR, .want = "Path: <sip:@T@ep1.example.com;lr>\nRequire: path, gruu\n" },
	{ REG("OB-10", UA_VIA MF CONTACT "\r\n"), TO_REGISTRAR, .want = "Path: -\nRequire: -\n" },
	{ REG("RC-5.2 Path of a user agent", UA_VIA MF "Supported: path\r\nPath: <sip:x.example;lr>\r\n"
	      CONTACT "\r\n"), .first = "SIP/2.0 403 Path Of User Agent Not Taken" },
	{ REG("RC-5.2 Path behind two Vias", TWO_VIAS MF "Supported: path\r\nPath: <sip:x.example;lr>\r\n"
	      CONTACT "\r\n"), .first = "SIP/2.0 403 Path Of User Agent Not Taken" },
	{ .req = "peer", .method = "REGISTER", .uri = "sip:other.example", .from = PEER,
	  .lines = "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK1\r\n" MF "Supported: path\r\n"
	  CONTACT ";reg-id=1" INSTANCE, TO_REGISTRAR, .want = "Path: -\n" },
};

#define ROUTE_T "Route: <sip:@T@ep1.example.com;lr>\r\n"
#define ROUTE_OB "Route: <sip:@T@ep1.example.com;lr;ob>\r\n"
#define ROUTE_A "Route: <sip:@A@ep1.example.com;lr>\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define IN(r, l) .req = r, .from = PEER, .uri = BOB_URI, .lines = PEER_VIA "Max-Forwards: 69\r\n" l
#define TO_UA .to = UA, .first = "INVITE " BOB_URI " SIP/2.0"

/* With Path tokens. */
static const struct request_case incoming[] = {
	{ IN("OB-22", ROUTE_T), TO_UA, .want = "Route: -\nRecord-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\n" },
	{ IN("OB-25", ROUTE_OB "Record-Route: <sip:hp1.example.com;lr>\r\n"), TO_UA,
	  .want = "Route: -\nMax-Forwards: 68\n"
		  "Record-Route: <sip:@R@ep1.example.com;lr>, <sip:hp1.example.com;lr>\n" },
	{ IN("OB-24 by address", "Route: <sip:@T@192.0.2.10;lr>\r\n"), TO_UA },
	{ IN("OB-22 token of the lan", "Route: <sip:@L@ep1.example.com;lr>\r\n"), .to = "10.0.0.7:5062",
	  .source = "10.0.0.1:5060", .first = "INVITE " BOB_URI " SIP/2.0" },
	{ IN("5.1-9", "Route: <sip:@T@ep1.example.com;lr>, <sip:x.example;lr>\r\n"), TO_UA,
	  .want = "Route: <sip:x.example;lr>\n" },
	{ IN("5.1-14 escaped", "Route: <sip:%@E@ep1.example.com;lr>\r\n"), TO_UA },
	{ IN("OB-18 then token", "Route: <sip:ep1.example.com;lr>\r\n" ROUTE_T), TO_UA,
	  .want = "Route: -\n" },
	{ IN("OB-19 no token", "Route: <sip:alice@ep1.example.com;lr>\r\n"),
	  .first = "SIP/2.0 403 *" },
	{ IN("OB-19 short", "Route: <sip:@S@ep1.example.com;lr>\r\n"), .first = "SIP/2.0 403 *" },
	{ IN("OB-19 empty user", "Route: <sip:@ep1.example.com;lr>\r\n"), .first = "SIP/2.0 400 *" },
	{ IN("OB-20 not our address", "Route: <sip:@X@ep1.example.com;lr>\r\n"),
	  .first = "SIP/2.0 430 Flow Failed" },
	{ IN("OB-29", "Route: <sip:@S@ep1.example.com;lr>\r\n"), .method = "ACK" },
	{ IN("OB-29 430", "Route: <sip:@X@ep1.example.com;lr>\r\n"), .method = "ACK" },
	{ .req = "5.1-4 not a peer", .from = UA2, .uri = BOB_URI, .lines = TWO_VIAS MF ROUTE_T,
	  .first = "SIP/2.0 403 *" },
	{ .req = "5.1-4 not a peer, in dialog", .from = UA2, .uri = BOB_URI, .to_tag = ";tag=1",
	  .lines = TWO_VIAS MF ROUTE_T, .first = "SIP/2.0 403 *" },
	{ .req = "14 class", .from = UA2, .uri = BOB_URI, .method = "INVITE",
	  .lines = TWO_VIAS MF "Route: <sip:@R@ep1.example.com;lr>\r\n", .first = "SIP/2.0 403 *" },
	{ .req = "14 class, in dialog", .from = UA2, .uri = BOB_URI, .to_tag = ";tag=1",
	  .lines = UA_VIA MF "Route: <sip:@R@ep1.example.com;lr>\r\n", TO_UA,
	  .want = "Route: -\nRecord-Route: -\n" },
	{ IN("5.1-4 any class", ROUTE_A), TO_UA, .want = "Route: -\n" },
	{ .req = "5.1-4 any class, not a peer", .from = UA2, .uri = BOB_URI,
	  .lines = TWO_VIAS MF ROUTE_A, .first = "SIP/2.0 403 *" },
	{ .req = "5.1-4 any class, in dialog", .from = UA2, .uri = BOB_URI, .to_tag = ";tag=1",
	  .lines = UA_VIA MF ROUTE_A, TO_UA, .want = "Route: -\nRecord-Route: -\n" },
	{ .req = "OB-21 any class", .from = UA, .uri = "sip:c@other.example", .lines = UA_VIA MF ROUTE_A,
	  .to = "192.0.2.30:5060", .first = "INVITE sip:c@other.example SIP/2.0",
	  .want = "Route: -\n" },
	{ .req = "OB-30", .method = "CANCEL", .from = PEER, .uri = BOB_URI, .lines = PEER_VIA MF ROUTE_T,
	  .to = UA, .first = "CANCEL " BOB_URI " SIP/2.0" },
	{ .req = "OB-21", .from = UA, .uri = "sip:c@other.example", .lines = UA_VIA MF ROUTE_T,
	  .to = "192.0.2.30:5060", .first = "INVITE sip:c@other.example SIP/2.0",
	  .want = "Route: -\n" },
	{ .req = "OB-21 and next", .from = UA, .uri = "sip:c@c.example",
	  .lines = UA_VIA MF ROUTE_T "Route: <sip:other.example;lr>\r\n", .to = "192.0.2.30:5060",
	  .first = "INVITE sip:c@c.example SIP/2.0", .want = "Route: <sip:other.example;lr>\n" },
	{ .req = "OB-26", .from = UA, .uri = "sip:c@other.example", .to = "192.0.2.30:5060",
	  .lines = UA_VIA MF ROUTE_T "Contact: <sip:bob@10.0.0.5;ob>\r\n",
	  .first = "INVITE sip:c@other.example SIP/2.0",
	  .want = "Route: -\nRecord-Route: <sip:@R@ep1.example.com;lr>\n" },
	{ .req = "OB-26 ob in Route", .from = UA, .uri = "sip:c@other.example",
	  .to = "192.0.2.30:5060", .lines = UA_VIA MF ROUTE_OB,
	  .first = "INVITE sip:c@other.example SIP/2.0",
	  .want = "Route: -\nRecord-Route: <sip:@R@ep1.example.com;lr>\n" },
	{ .req = "RC-5.2 a token is no leave to relay", .from = UA, .uri = "sip:c@203.0.113.50",
	  .lines = UA_VIA MF ROUTE_T, .first = "SIP/2.0 403 *" },
	{ .req = "OB-85", .from = UA, .uri = "sip:c@10.9.9.9", .to_tag = ";tag=1",
	  .lines = UA_VIA MF "Route: <sip:@R@ep1.example.com;lr>, <sip:@O@ep1.example.com;lr>\r\n",
	  .to = UA2, .first = "INVITE sip:c@10.9.9.9 SIP/2.0", .want = "Route: -\n" },
	{ .req = "OB-85 by way of OB-18", .from = UA, .uri = "sip:c@10.9.9.9", .to_tag = ";tag=1",
	  .lines = UA_VIA MF "Route: <sip:ep1.example.com;lr>, <sip:@O@ep1.example.com;lr>\r\n",
	  .to = UA2, .first = "INVITE sip:c@10.9.9.9 SIP/2.0", .want = "Route: -\n" },
};

/* The tokens that @ and a letter stand for. */
static const char *
token_of(char letter)
{
	static char text[FLOW_TOKEN_MAX + 8];

	switch (letter) {
	case 'T':
		return rig_token(FLOW_TOKEN_PATH, EDGE, UA);
	case 'R':
		return rig_token(FLOW_TOKEN_RECORD_ROUTE, EDGE, UA);
	case 'O':
		return rig_token(FLOW_TOKEN_RECORD_ROUTE, EDGE, UA2);
	case 'L':
		return rig_token(FLOW_TOKEN_PATH, "10.0.0.1:5060", "10.0.0.7:5062");
	case 'A':
		return rig_token(FLOW_TOKEN_ANY_CLASS, EDGE, UA);
	case 'X':
		return rig_token(FLOW_TOKEN_PATH, "192.0.2.99:5060", UA);
	case 'S':
		snprintf(text, sizeof(text), "%.39s", rig_token(FLOW_TOKEN_PATH, EDGE, UA));
		return text;
	default: /* 'E', behind a '%': the first octet escaped */
		snprintf(text, sizeof(text), "%02X%s", rig_token(FLOW_TOKEN_PATH, EDGE, UA)[0],
			 rig_token(FLOW_TOKEN_PATH, EDGE, UA) + 1);
		return text;
	}
}

/* Put tokens in; "*" at the end of a first line is any phrase. */
static const char *
expand(const char *text, char *out, size_t size)
{
	size_t n = 0;

	if (text == NULL)
		return NULL;
	for (const char *p = text; *p != '\0' && n + FLOW_TOKEN_MAX + 8 < size; p++) {
		if (*p == '@' && strchr("TROLAXSE", p[1]) != NULL && p[2] == '@')
			n += (size_t)sprintf(out + n, "%s", token_of(*++p));
		else
			out[n++] = *p;
	}
	out[n] = '\0';
	return out;
}

static void
check_edge(void **state)
{
	struct request_case c = *(const struct request_case *)*state;
	char lines[2048], want[2048];
	struct slice sip;

	rig_open(rig_config_edge);
	c.lines = expand(c.lines, lines, sizeof(lines));
	c.want = expand(c.want, want, sizeof(want));
	if (c.first == NULL || strchr(c.first, '*') == NULL) {
		run_case(&c);
		return;
	}
	sip = check_one(rig_send(case_message(&c), c.from, EDGE), EDGE, c.from);
	assert_int_equal(strncmp(rig_first_line(sip), c.first, strlen(c.first) - 1), 0);
}
GTEST_ROWS(Edge, path, req, check_edge);
GTEST_ROWS(Edge, incoming, req, check_edge);

/* Acceptance 7: every bit of a token. A key id of its own is an unknown key. */
GTEST(Edge, every_bit)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char token[FLOW_TOKEN_MAX + 1], lines[512];
	struct request_case c = { .uri = BOB_URI, .lines = lines };

	rig_open(rig_config_edge);
	for (size_t bit = 0; bit < 40 * 6; bit++) {
		const char *got;
		size_t at = bit / 6;

		snprintf(token, sizeof(token), "%s", rig_token(FLOW_TOKEN_PATH, EDGE, UA));
		token[at] = set[(size_t)(strchr(set, token[at]) - set) ^ 1u << bit % 6];
		snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
			 token);
		got = rig_first_line(check_one(rig_send(case_message(&c), PEER, EDGE), EDGE, PEER));
		/* octet 12 is version and key id: characters 16 and 17 */
		if (strncmp(got, "SIP/2.0 403", 11) != 0 &&
		    !((at == 16 || at == 17) && strncmp(got, "SIP/2.0 430", 11) == 0))
			fail_msg("bit %zu: %s", bit, got);
	}
}

/* OB-20, 5.1 item 2 */
GTEST(Edge, retired_key)
{
	char lines[512];
	struct request_case c = { .from = PEER, .uri = BOB_URI, .lines = lines };
	unsigned int id;

	rig_open(NULL);
	rig_open(rig_config_edge);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, EDGE, UA));
	assert_int_equal(keyring_rotate(&rig.ring, &id), KEYRING_OK);
	rig_publish_keys();
	c.to = UA;
	c.first = "INVITE " BOB_URI " SIP/2.0";
	run_case(&c);
	assert_int_equal(keyring_retire(&rig.ring, 0), KEYRING_OK);
	rig_publish_keys();
	c.to = NULL;
	c.first = "SIP/2.0 430 Flow Failed";
	run_case(&c);
}

/* OB-24, IPv6: the flow of an IPv6 user agent, from an IPv4 peer. */
GTEST(Edge, OB_24_ipv6)
{
	char lines[512];
	struct request_case c = { .from = PEER, .uri = BOB_URI, .lines = lines,
				  .to = "[2001:db8:9::7]:40000", .source = "[2001:db8::10]:5060",
				  .first = "INVITE " BOB_URI " SIP/2.0" };

	rig_open(rig_config_edge);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, "[2001:db8::10]:5060", "[2001:db8:9::7]:40000"));
	run_case(&c);
}

/* ---- keepalives ---- */

#define STUN "\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"

GTEST(Keepalive, OB_32_OB_33)
{
	static const char answer[] = "\x01\x01\x00\x0c" STUN "\x00\x20\x00\x08\x00\x01\xbc\x6a\xea\x12"
				     "\xd5\x45";
	struct slice got;

	rig_open(rig_config_edge);
	got = check_one(rig_send(SLICE("\x00\x01\x00\x00" STUN), UA, EDGE), EDGE, UA);
	assert_true(slice_eq(got, slice_of(answer, sizeof(answer) - 1)));
	got = check_one(rig_send(SLICE("\x00\x01\x00\x00" STUN), "[2001:db8:1::7]:1",
				 "[2001:db8::10]:5060"), "[2001:db8::10]:5060", "[2001:db8:1::7]:1");
	assert_int_equal(got.len, 44);
	check_one(rig_send(SLICE("\x00\x01\x00\x00" STUN), UA, "192.0.2.10:5070"),
		  "192.0.2.10:5070", UA);
}

GTEST(Keepalive, OB_83_indication)
{
	rig_open(rig_config_edge);
	rig_send(SLICE("\x00\x11\x00\x00" STUN), UA, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_stun_refused], 1);
}

GTEST(Keepalive, denied_network)
{
	rig_open(rig_config_edge);
	rig_send(SLICE("\x00\x01\x00\x00" STUN), "203.0.113.200:5060", EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_denied], 1);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
