/* SPDX-License-Identifier: BSD-3-Clause */
/** Requests through the whole graph: RFC 3261 §16.3 to §16.6, one row for each rule. */
#include "cases.h"

#define BOB "sip:bob@203.0.113.50"
#define BOB_LINE "INVITE sip:bob@203.0.113.50 SIP/2.0"
#define AT_BOB "203.0.113.50:5060"
#define OUT(r, l, w) .req = r, .uri = BOB, .lines = l, .to = AT_BOB, .first = BOB_LINE, .want = w

static const struct request_case forward[] = {
	{ OUT("LD-05", VIA MF,
	      "Via: " OWN_VIA ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\n") },
	{ OUT("16.6-3 70", VIA MF, "Max-Forwards: 69\n") },
	{ OUT("16.6-3 1", VIA "Max-Forwards: 1\r\n", "Max-Forwards: 0\n") },
	{ OUT("16.6-3 absent", VIA, "Max-Forwards: 70\n") },
	{ OUT("LD clamp 71", VIA "Max-Forwards: 71\r\n", "Max-Forwards: 69\n") },
	{ OUT("LD clamp 255", VIA "Max-Forwards: 255\r\n", "Max-Forwards: 69\n") },
	{ OUT("LD clamp huge", VIA "Max-Forwards: 99999999999999999999\r\n", "Max-Forwards: 69\n") },
	{ OUT("MB-02", VIA MF, "Max-Breadth: 60\n") },
	{ OUT("MB-10", VIA MF "Max-Breadth: 7\r\n", "Max-Breadth: 7\n") },
	{ OUT("MB-11", VIA MF "Max-Breadth: 1\r\n", "Max-Breadth: 1\n") },
	{ OUT("MB-04", VIA MF "Max-Breadth: 100\r\n", "Max-Breadth: 60\n") },
	{ OUT("MB-22", VIA MF "Max-Breadth: 4294967297\r\n", "Max-Breadth: 60\n") },
	{ OUT("MB-22 0s", VIA MF "Max-Breadth: 0000000000000000007\r\n",
	      "Max-Breadth: 0000000000000000007\n") },
	{ .req = "MB-01 BYE", .method = "BYE", .uri = BOB, .lines = VIA MF, .to_tag = ";tag=b",
	  .to = AT_BOB, .first = "BYE " BOB " SIP/2.0", .want = "Max-Breadth: 60\n" },
	{ .req = "MB-01 ACK", .method = "ACK", .uri = BOB, .lines = VIA MF, .to_tag = ";tag=b",
	  .to = AT_BOB, .first = "ACK " BOB " SIP/2.0", .want = "Max-Breadth: 60\n" },
	{ .req = "MB-01 OPTIONS", .method = "OPTIONS", .uri = BOB, .lines = VIA MF,
	  .to = AT_BOB, .first = "OPTIONS " BOB " SIP/2.0", .want = "Max-Breadth: 60\n" },
	{ .req = "MB-01 FOO", .method = "FOO", .uri = BOB, .lines = VIA MF,
	  .to = AT_BOB, .first = "FOO " BOB " SIP/2.0", .want = "Max-Breadth: 60\n" },
	{ .req = "MB 5.1-7 CANCEL", .method = "CANCEL", .uri = BOB, .lines = VIA MF,
	  .to = AT_BOB, .first = "CANCEL " BOB " SIP/2.0", .want = "Max-Breadth: -\n" },
	{ .req = "MB 5.1-7 CANCEL 0", .method = "CANCEL", .uri = BOB,
	  .lines = VIA MF "Max-Breadth: 0\r\n",
	  .to = AT_BOB, .first = "CANCEL " BOB " SIP/2.0", .want = "Max-Breadth: 0\n" },
	{ .req = "port of the uri", .uri = "sip:bob@203.0.113.50:5099", .lines = VIA MF,
	  .to = "203.0.113.50:5099", .first = "INVITE sip:bob@203.0.113.50:5099 SIP/2.0" },
	{ .req = "maddr of others", .uri = "sip:bob@b.example;maddr=203.0.113.51", .lines = VIA MF,
	  .to = "203.0.113.51:5060",
	  .first = "INVITE sip:bob@b.example;maddr=203.0.113.51 SIP/2.0" },
	{ .req = "next hop", .uri = "sip:bob@OTHER.example;x=1", .lines = VIA MF,
	  .to = "192.0.2.30:5060", .first = "INVITE sip:bob@OTHER.example;x=1 SIP/2.0" },
	{ .req = "next hop IPv6", .uri = "sip:bob@six.example", .lines = VIA MF,
	  .to = "[2001:db8::30]:5080", .source = "[2001:db8::10]:5060",
	  .first = "INVITE sip:bob@six.example SIP/2.0",
	  .want = "Via: SIP/2.0/UDP [2001:db8::10]:5060;branch=z9hG4bK" ANY
		  ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\n" },
	{ .req = "other port", .uri = "sip:bob@lan.example", .lines = VIA MF,
	  .to = "10.0.0.9:5060", .source = "10.0.0.1:5060",
	  .first = "INVITE sip:bob@lan.example SIP/2.0" },
	{ .req = "same udp port", .uri = BOB, .lines = VIA MF, .at = "192.0.2.10:5070",
	  .to = AT_BOB, .first = BOB_LINE,
	  .want = "Via: SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bK" ANY
		  ", SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\n" },
};

static void
check_forward(void **state)
{
	rig_open(rig_config_edge);
	run_case(*state);
}
GTEST_ROWS(Request, forward, req, check_forward);

/* RFC 3261 §16.4 and §16.6 items 2, 6 and 7. */
#define ROUTE(v) VIA MF "Route: " v "\r\n"

static const struct request_case route[] = {
	{ OUT("own", ROUTE("<sip:192.0.2.10;lr>"), "Route: -\n") },
	{ OUT("own by name", ROUTE("<sip:EP1.example.com;lr>"), "Route: -\n") },
	{ OUT("own by second name", ROUTE("<sip:proxy.example:5070;lr>"), "Route: -\n") },
	{ OUT("OB-18 several own", ROUTE("<sip:192.0.2.10;lr>, <sip:ep1.example.com;lr>")
	      "Route: <sip:10.0.0.1;lr>\r\n", "Route: -\n") },
	{ .req = "own and next", .uri = BOB,
	  .lines = ROUTE("<sip:192.0.2.10;lr>, <sip:203.0.113.60:5062;lr>;x=y")
		   "Route: <sip:c.example>\r\n",
	  .to = "203.0.113.60:5062", .first = BOB_LINE,
	  .want = "Route: <sip:203.0.113.60:5062;lr>;x=y, <sip:c.example>\n" },
	{ .req = "next only", .uri = BOB, .lines = ROUTE("\"N, <x>\" <sip:203.0.113.60;lr>"),
	  .to = "203.0.113.60:5060", .first = BOB_LINE,
	  .want = "Route: \"N, <x>\" <sip:203.0.113.60;lr>\n" },
	{ .req = "own host other port", .uri = BOB, .lines = ROUTE("<sip:192.0.2.10:5071;lr>"),
	  .to = "192.0.2.10:5071", .first = BOB_LINE, .want = "Route: <sip:192.0.2.10:5071;lr>\n" },
	{ .req = "next by name", .uri = BOB, .lines = ROUTE("<sip:other.example;lr>"),
	  .to = "192.0.2.30:5060", .first = BOB_LINE, .want = "Route: <sip:other.example;lr>\n" },
	{ .req = "next maddr", .uri = BOB, .lines = ROUTE("<sip:x.example;maddr=203.0.113.61;lr>"),
	  .to = "203.0.113.61:5060", .first = BOB_LINE },
	{ .req = "strict after", .uri = BOB,
	  .lines = ROUTE("<sip:203.0.113.60;a=b>, <sip:203.0.113.70;lr>"),
	  .to = "203.0.113.60:5060", .first = "INVITE sip:203.0.113.60;a=b SIP/2.0",
	  .want = "Route: <sip:203.0.113.70;lr>, <" BOB ">\n" },
	{ .req = "strict after, alone", .uri = BOB, .lines = ROUTE("<sip:203.0.113.60>"),
	  .to = "203.0.113.60:5060", .first = "INVITE sip:203.0.113.60 SIP/2.0",
	  .want = "Route: <" BOB ">\n" },
	{ .req = "strict after own", .uri = BOB,
	  .lines = ROUTE("<sip:192.0.2.10;lr>, <sip:203.0.113.60>"),
	  .to = "203.0.113.60:5060", .first = "INVITE sip:203.0.113.60 SIP/2.0",
	  .want = "Route: <" BOB ">\n" },
	{ .req = "strict after, lines", .uri = BOB,
	  .lines = ROUTE("<sip:203.0.113.60>") "Route: <sip:203.0.113.71;lr>\r\n",
	  .to = "203.0.113.60:5060", .first = "INVITE sip:203.0.113.60 SIP/2.0",
	  .want = "Route: <sip:203.0.113.71;lr>, <" BOB ">\n" },
	{ .req = "strict before", .uri = "sip:192.0.2.10;lr", .lines = ROUTE("<" BOB ">"),
	  .to = AT_BOB, .first = BOB_LINE, .want = "Route: -\n" },
	{ .req = "strict before, next", .uri = "sip:ep1.example.com;lr",
	  .lines = ROUTE("<sip:203.0.113.60;lr>, <" BOB ";y=1>"),
	  .to = "203.0.113.60:5060", .first = "INVITE " BOB ";y=1 SIP/2.0",
	  .want = "Route: <sip:203.0.113.60;lr>\n" },
	{ .req = "strict before, lines", .uri = "sip:192.0.2.10:5060;lr",
	  .lines = ROUTE("<sip:203.0.113.60;lr>") "Route: <" BOB ">\r\n",
	  .to = "203.0.113.60:5060", .first = BOB_LINE, .want = "Route: <sip:203.0.113.60;lr>\n" },
	{ .req = "strict before and after", .uri = "sip:192.0.2.10;lr",
	  .lines = ROUTE("<sip:203.0.113.60>, <" BOB ">"),
	  .to = "203.0.113.60:5060", .first = "INVITE sip:203.0.113.60 SIP/2.0",
	  .want = "Route: <" BOB ">\n" },
	{ .req = "16.4 maddr of ours", .uri = "sip:bob@other.example;maddr=192.0.2.10;x=1",
	  .lines = VIA MF, .to = "192.0.2.30:5060",
	  .first = "INVITE sip:bob@other.example;x=1 SIP/2.0", .want = "Max-Forwards: 69\n" },
	{ .req = "16.4 maddr of ours, port", .uri = "sip:bob@203.0.113.50:5070;maddr=192.0.2.10",
	  .at = "192.0.2.10:5070", .lines = VIA MF, .to = AT_BOB, .first = BOB_LINE },
	{ .req = "16.4 maddr of ours, other port", .uri = "sip:bob@203.0.113.50:5070;maddr=192.0.2.11",
	  .lines = VIA MF, .to = "192.0.2.11:5070",
	  .first = "INVITE sip:bob@203.0.113.50:5070;maddr=192.0.2.11 SIP/2.0" },
	{ .req = "maddr beside a route", .uri = "sip:bob@x.example;maddr=203.0.113.50",
	  .lines = ROUTE("<sip:203.0.113.60;lr>"), .to = "203.0.113.60:5060",
	  .first = "INVITE sip:bob@x.example;maddr=203.0.113.50 SIP/2.0" },
};
GTEST_ROWS(Route, route, req, check_forward);

/* RFC 3261 §18.2.1, RFC 3581 §4, spec/outbound.md OB-80. */
#define FROM_VIA(r, in, out, src)                                                                  \
	.req = r, .uri = BOB, .lines = "Via: " in "\r\n" MF, .from = src, .to = AT_BOB,            \
	.first = BOB_LINE, .want = "Via: " OWN_VIA ", " out "\n"

static const struct request_case via[] = {
	{ FROM_VIA("same", "SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK1",
		   "SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK1", ALICE) },
	{ FROM_VIA("same, other port", "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1",
		   "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", "198.51.100.9:7000") },
	{ FROM_VIA("other address", "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1",
		   "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1;received=198.51.100.9", ALICE) },
	{ FROM_VIA("host name", "SIP/2.0/UDP a.example;branch=z9hG4bK1",
		   "SIP/2.0/UDP a.example;branch=z9hG4bK1;received=198.51.100.9", ALICE) },
	{ FROM_VIA("rport", "SIP/2.0/UDP 10.9.9.9;rport;branch=z9hG4bK1",
		   "SIP/2.0/UDP 10.9.9.9;rport=7000;received=198.51.100.9;branch=z9hG4bK1",
		   "198.51.100.9:7000") },
	{ FROM_VIA("rport last", "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1;rport",
		   "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1;rport=7000;received=198.51.100.9",
		   "198.51.100.9:7000") },
	{ FROM_VIA("rport same address", "SIP/2.0/UDP 198.51.100.9:7000;rport;branch=z9hG4bK1",
		   "SIP/2.0/UDP 198.51.100.9:7000;rport=7000;received=198.51.100.9;branch=z9hG4bK1",
		   "198.51.100.9:7000") },
	{ FROM_VIA("forged received", "SIP/2.0/UDP 10.9.9.9;received=203.0.113.9;branch=z9hG4bK1",
		   "SIP/2.0/UDP 10.9.9.9;received=198.51.100.9;branch=z9hG4bK1", ALICE) },
	{ FROM_VIA("forged both",
		   "SIP/2.0/UDP 10.9.9.9;received=203.0.113.9;rport=1;branch=z9hG4bK1",
		   "SIP/2.0/UDP 10.9.9.9;received=198.51.100.9;rport=7000;branch=z9hG4bK1",
		   "198.51.100.9:7000") },
	{ FROM_VIA("forged both, other order",
		   "SIP/2.0/UDP 10.9.9.9;rport=12345;x;received=1.2.3.4;branch=z9hG4bK1",
		   "SIP/2.0/UDP 10.9.9.9;rport=7000;x;received=198.51.100.9;branch=z9hG4bK1",
		   "198.51.100.9:7000") },
	{ FROM_VIA("LD-19", "SIP / 2.0 / UDP example.net:5070 ;x=\"a;b,c\" ;branch=abc",
		   "SIP / 2.0 / UDP example.net:5070 ;x=\"a;b,c\" ;branch=abc;received=198.51.100.9",
		   ALICE) },
	{ FROM_VIA("LD-20", "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1, SIP/2.0/TLS [2001:db8::9]"
		   ":5061;foo;bar=\"a;b,c\";branch=z9hG4bK-x;ttl=1;maddr=239.1.1.1;rport",
		   "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1, SIP/2.0/TLS [2001:db8::9]"
		   ":5061;foo;bar=\"a;b,c\";branch=z9hG4bK-x;ttl=1;maddr=239.1.1.1;rport", ALICE) },
	{ .req = "IPv6 same", .uri = BOB, .from = "[2001:db8:1::7]:5060", .at = "[2001:db8::10]:5060",
	  .lines = "Via: SIP/2.0/UDP [2001:DB8:1::7];branch=z9hG4bK1\r\n" MF, .to = AT_BOB,
	  .source = EDGE, .first = BOB_LINE,
	  .want = "Via: " OWN_VIA ", SIP/2.0/UDP [2001:DB8:1::7];branch=z9hG4bK1\n" },
	{ .req = "IPv6 same, written otherwise", .uri = BOB, .from = "[2001:db8:1::7]:5060",
	  .at = "[2001:db8::10]:5060", .source = EDGE,
	  .lines = "Via: SIP/2.0/UDP [2001:db8:1:0:0:0:0:7];branch=z9hG4bK1\r\n" MF, .to = AT_BOB,
	  .first = BOB_LINE,
	  .want = "Via: " OWN_VIA ", SIP/2.0/UDP [2001:db8:1:0:0:0:0:7];branch=z9hG4bK1;"
		  "received=2001:db8:1::7\n" },
	{ .req = "IPv6 rport", .uri = "sip:bob@six.example", .from = "[2001:db8:1::7]:7000",
	  .at = "[2001:db8::10]:5060",
	  .lines = "Via: SIP/2.0/UDP [fe80::1]:5060;rport;branch=z9hG4bK1\r\n" MF,
	  .to = "[2001:db8::30]:5080", .first = "INVITE sip:bob@six.example SIP/2.0",
	  .want = "Via: SIP/2.0/UDP [2001:db8::10]:5060;branch=z9hG4bK" ANY ", SIP/2.0/UDP "
		  "[fe80::1]:5060;rport=7000;received=2001:db8:1::7;branch=z9hG4bK1\n" },
};
GTEST_ROWS(Via, via, req, check_forward);

/* Answers: the request comes back with this status, to the source (or to its sent-by port). */
#define NO(r, s, l) .req = r, .lines = l, .first = "SIP/2.0 " s
#define QUIET(r, l) .req = r, .lines = l

static const struct request_case refuse[] = {
	{ NO("16.3-3", "483 Too Many Hops", VIA "Max-Forwards: 0\r\n"),
	  .want = "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\nCSeq: 1 INVITE\n"
		  "To: <sip:bob@example.com>;tag=" ANY "\nContent-Length: 0\n" },
	{ QUIET("LD-22", VIA "Max-Forwards: 0\r\n"), .method = "ACK" },
	{ NO("16.3-5", "420 Bad Extension", VIA MF "Proxy-Require: foo, bar\r\nProxy-Require: baz\r\n"),
	  .want = "Unsupported: foo, bar, baz\n" },
	{ QUIET("16.3-5 ACK", VIA MF "Proxy-Require: foo\r\n"), .method = "ACK", .to = AT_BOB,
	  .first = "ACK " BOB " SIP/2.0" },
	{ QUIET("16.3-5 CANCEL", VIA MF "Proxy-Require: foo\r\n"), .method = "CANCEL", .to = AT_BOB,
	  .first = "CANCEL " BOB " SIP/2.0" },
	{ NO("LD-21 483 first", "483 Too Many Hops", VIA "Max-Forwards: 0\r\nProxy-Require: x\r\n") },
	{ NO("MB-21 0", "400 Bad Max-Breadth", VIA MF "Max-Breadth: 0\r\n") },
	{ NO("MB-21 abc", "400 Bad Max-Breadth", VIA MF "Max-Breadth: abc\r\n") },
	{ NO("MB-21 parameter", "400 Bad Max-Breadth", VIA MF "Max-Breadth: 5;x=1\r\n") },
	{ NO("MB-21 twice", "400 Bad Max-Breadth", VIA MF "Max-Breadth: 5\r\nMax-Breadth: 5\r\n") },
	{ QUIET("MB-21 ACK", VIA MF "Max-Breadth: 0\r\n"), .method = "ACK" },
	{ NO("16.3-2", "416 Unsupported URI Scheme", VIA MF), .uri = "foo:bar" },
	{ NO("16.3-2 tel", "416 Unsupported URI Scheme", VIA MF), .uri = "tel:+123" },
	{ NO("no host", "404 No Route To This Domain", VIA MF), .uri = "sip:bob@nowhere.example" },
	{ NO("multicast", "404 No Route To This Domain", VIA MF), .uri = "sip:bob@239.1.1.1" },
	{ NO("unspecified", "404 No Route To This Domain", VIA MF), .uri = "sip:bob@0.0.0.0" },
	{ NO("relay", "403 Relaying Denied", "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF),
	  .from = STRANGER },
	{ QUIET("relay ACK", "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF),
	  .from = STRANGER, .method = "ACK" },
	{ NO("relay by Route", "403 Relaying Denied",
	     "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF
	     "Route: <sip:198.51.100.1;lr>\r\n"), .from = STRANGER, .uri = "sip:b@other.example" },
	{ NO("relay by a dialog made up", "403 Relaying Denied",
	     "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF
	     "Route: <sip:192.0.2.10;lr>\r\n"), .from = STRANGER, .to_tag = ";tag=1" },
	{ NO("relay by a mark made up", "403 Relaying Denied",
	     "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF
	     "Route: <sip:192.0.2.10;lr;vd=0123456789abcdef>\r\n"), .from = STRANGER,
	  .to_tag = ";tag=1" },
	{ NO("relay by maddr", "403 Relaying Denied", "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF),
	  .from = STRANGER, .uri = "sip:b@other.example;maddr=203.0.113.51" },
	{ NO("relay by maddr in Route", "403 Relaying Denied",
	     "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF
	     "Route: <sip:other.example;maddr=203.0.113.51;lr>\r\n"), .from = STRANGER,
	  .uri = "sip:b@other.example" },
	{ QUIET("next hop for all", "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF),
	  .from = STRANGER, .uri = "sip:b@other.example", .to = "192.0.2.30:5060",
	  .first = "INVITE sip:b@other.example SIP/2.0" },
	{ QUIET("deny", VIA MF), .from = "203.0.113.200:5060" },
	{ QUIET("deny OPTIONS to us", VIA MF), .method = "OPTIONS", .uri = "sip:192.0.2.10",
	  .from = "203.0.113.200:5060" },
	{ QUIET("deny malformed", VIA "Max-Forwards: x\r\n"), .from = "203.0.113.200:5060" },
	{ QUIET("deny no hops", VIA "Max-Forwards: 0\r\n"), .from = "203.0.113.200:5060" },
	{ QUIET("deny user of ours", VIA MF), .uri = "sip:x@192.0.2.10",
	  .from = "203.0.113.200:5060" },
	{ QUIET("deny REGISTER", VIA MF), .method = "REGISTER", .uri = "sip:192.0.2.10",
	  .from = "203.0.113.200:5060" },
	{ NO("11.2 OPTIONS", "200 OK", VIA MF), .method = "OPTIONS", .uri = "sip:192.0.2.10" },
	{ NO("16.3-3 OPTIONS", "483 Too Many Hops", VIA "Max-Forwards: 0\r\n"), .method = "OPTIONS" },
	{ NO("16.3-3 OPTIONS to us", "200 OK", VIA "Max-Forwards: 0\r\n"), .method = "OPTIONS",
	  .uri = "sip:192.0.2.10:5060" },
	{ NO("own host, user", "404 Not Found", VIA MF), .uri = "sip:x@192.0.2.10" },
	{ NO("505", "505 Version Not Supported", VIA MF), .uri = BOB " SIP/3.0\r\nX: y\r\nZ:" },
	{ NO("answer to sent-by port", "483 Too Many Hops",
	     "Via: SIP/2.0/UDP 198.51.100.9:5099;branch=z9hG4bK1\r\nMax-Forwards: 0\r\n"),
	  .to = "198.51.100.9:5099" },
	{ NO("answer to sent-by default", "483 Too Many Hops",
	     "Via: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\nMax-Forwards: 0\r\n"),
	  .from = "198.51.100.9:7000", .to = "198.51.100.9:5060",
	  .want = "Via: SIP/2.0/UDP a.example;branch=z9hG4bK1;received=198.51.100.9\n" },
	{ NO("OB-80", "483 Too Many Hops",
	     "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bK1\r\nMax-Forwards: 0\r\n"),
	  .from = STRANGER,
	  .want = "Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;"
		  "branch=z9hG4bK1\n" },
	{ NO("OB-80 not where maddr says", "483 Too Many Hops",
	     "Via: SIP/2.0/UDP 198.51.100.9;maddr=198.51.100.44;branch=z9hG4bK1\r\n"
	     "Max-Forwards: 0\r\n") },
};

static void
check_refuse(void **state)
{
	rig_open(rig_config_edge);
	run_case(*state);
}
GTEST_ROWS(Refuse, refuse, req, check_refuse);

/* RFC 3261 §16.11: the same answer to a retransmission, and nobody but us sees its ACK. */
GTEST(Refuse, same_answer_again)
{
	const struct request_case c = { .uri = BOB, .lines = VIA "Max-Forwards: 0\r\n" };
	char in[2000], first[2000], ack[2000];
	struct slice sip;
	const char *to;
	size_t n;

	rig_open(rig_config_edge);
	sip = case_message(&c);
	n = sip.len;
	memcpy(in, sip.ptr, n);
	sip = check_one(rig_send(slice_of(in, n), ALICE, EDGE), EDGE, ALICE);
	snprintf(first, sizeof(first), "%.*s", SLICE_FMT(sip));
	sip = check_one(rig_send(slice_of(in, n), ALICE, EDGE), EDGE, ALICE);
	assert_true(slice_eq(sip, slice_str(first)));
	to = strstr(first, "\r\nTo: ") + 2;
	snprintf(ack, sizeof(ack), "ACK " BOB " SIP/2.0\r\n" VIA "Max-Forwards: 70\r\n"
		 "From: <sip:alice@example.org>;tag=a77\r\n%.*sCSeq: 1 ACK\r\n\r\n",
		 (int)(strstr(to, "CSeq") - to), to);
	rig_send(slice_str(ack), ALICE, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_ack_absorbed], 1);
}

/* The request just fits an ordinary buffer, its answer does not. */
GTEST(Refuse, long_answer)
{
	static char lines[4096];
	struct request_case c = { .lines = lines, .first = "SIP/2.0 483 Too Many Hops" };
	size_t n = 0;

	rig_open(rig_config_edge);
	for (int i = 10; i < 74; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "v:SIP/2.0/UDP a;branch=%d\r\n", i);
	snprintf(lines + n, sizeof(lines) - n, "Max-Forwards: 0\r\n");
	assert_in_range(case_message(&c).len, 1900, 2006);
	run_case(&c);
}

/* proxy.check: routing. A fault in what nothing is routed by is the next hop's business. */
static const struct request_case routing[] = {
	{ "RFC3261-16.3-1 Contact", .lines = VIA MF "Contact: <sip:\r\n", .to = "203.0.113.50:5060",
	  .first = "INVITE sip:bob@203.0.113.50 SIP/2.0", .want = "Contact: <sip:\n" },
	{ "RFC3261-16.3-1 second Via", .lines = VIA MF "Via: x\r\n", .to = "203.0.113.50:5060",
	  .first = "INVITE sip:bob@203.0.113.50 SIP/2.0" },
	{ "RFC3261-16.4 second Route", .lines = VIA MF "Route: <sip:192.0.2.10;lr>, x\r\n",
	  .first = "SIP/2.0 400 Bad Route" },
	{ "RFC3261-19.1.1 Route with a header",
	  .lines = VIA MF "Route: <sip:203.0.113.60?Route=%3Csip:x%3E>\r\n",
	  .first = "SIP/2.0 400 Bad Route" },
};

static void
check_routing(void **state)
{
	rig_open(rig_config_routing);
	run_case(*state);
}
GTEST_ROWS(Routing, routing, req, check_routing);

/* As many as an octet can count and one more: no walk may believe that there are none. */
GTEST(Routing, flood_of_routes)
{
	static char lines[8192];
	struct request_case c = { .lines = lines, .uri = "sip:192.0.2.10;lr",
				  .first = "SIP/2.0 400 Too Many Route Values" };
	size_t n = (size_t)snprintf(lines, sizeof(lines), VIA MF "Route: <sip:192.0.2.10;lr>");

	rig_open(rig_config_routing);
	for (int i = 0; i < 255; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, ",<sip:192.0.2.10>");
	snprintf(lines + n, sizeof(lines) - n, "\r\n");
	run_case(&c);
}

/* spec/outbound.md 5.1 item 13; RFC 3261 §25.1: a method may begin with other token characters. */
static const struct {
	const char *label, *text;
	enum stats_counter counter;
} octets[] = {
	{ "empty", "", STATS_keepalive },
	{ "OB-39 crlf", "\r\n", STATS_keepalive },
	{ "OB-39 double crlf", "\r\n\r\n", STATS_keepalive },
	{ "OB-39 many", "\r\n\r\n\r\n\r\n\r\n", STATS_keepalive },
	{ "sigcomp", "\xf8\x01\x02", STATS_not_sip },
	{ "binary", "\x80\x80", STATS_not_sip },
	{ "space", " INVITE sip:a@b SIP/2.0\r\n\r\n", STATS_not_sip },
	{ "OB-36 one octet", "\x01", STATS_stun_refused },
	{ "one letter", "I", STATS_malformed },
};

static void
check_octets(void **state)
{
	struct slice text = slice_str(((const char *const *)*state)[1]);

	rig_open(rig_config_edge);
	rig_send(text, ALICE, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[*(const enum stats_counter *)
					((const char *const *)*state + 2)], 1);
}
GTEST_ROWS(Datagram, octets, label, check_octets);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
