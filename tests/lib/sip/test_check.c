/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/check.h"

#define START "OPTIONS sip:b.example SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:a@a.example>;tag=1\r\n"
#define TO "To: <sip:b@b.example>\r\n"
#define CALL "Call-ID: c1@a\r\n"
#define CSEQ "CSeq: 7 OPTIONS\r\n"
#define ALL VIA FROM TO CALL CSEQ
#define END "\r\n"
#define STATUS "SIP/2.0 200 OK\r\n"
#define CONTACTS "m: *\r\nm: <sip:c@d;lr>;q=1, tel:+1\r\n"

/* The text is head, `count` times unit, tail. */
struct check_row {
	const char *label;
	const char *head, *unit;
	unsigned int count;
	const char *tail;
	enum sip_fault fault;
	enum sip_verdict verdict;
	unsigned int status;
	struct sip_limits limits;
};

#define ROW(label, text, fault, verdict, status)                                                   \
	{ label, text, "", 0, "", SIP_FAULT_##fault, SIP_##verdict, status, { 0 } }
#define REPEAT(label, head, unit, count, tail, fault, verdict, status, ...)                        \
	{ label, head, unit, count, tail, SIP_FAULT_##fault, SIP_##verdict, status,                \
	  { __VA_ARGS__ } }
#define MULTIPART(boundary) "Content-Type: multipart/mixed;boundary=" boundary "\r\n"
#define PART(boundary) "--" boundary "\r\n\r\nx\r\n"
#define NESTED "--o\r\n" MULTIPART("i") "\r\n" PART("i") "--i--\r\n"
#define HOP "Via: SIP/2.0/UDP h\r\n"
#define HOP2 ", SIP/2.0/UDP h"
#define RR "Route: <sip:r;lr>\r\n"

static const struct check_row faults[] = {
	/* clang-format off */
	ROW("RFC3261-8.1.1", START ALL END, NONE, ACCEPT, 0),
	ROW("RFC3261-8.1.2", STATUS ALL END, NONE, ACCEPT, 0),
	ROW("RFC5626-4.4.1", "\r\n\r\n", EMPTY, DROP, 0),
	ROW("no-octets", "", EMPTY, DROP, 0),
	ROW("not-sip", "hello\r\n\r\n", NOT_SIP, DROP, 0),
	REPEAT("RFC3261-18.1.1-65536", START ALL END, "x", 65536, "", TOO_LONG, REJECT, 513, 0),
	REPEAT("max_size", START ALL END, "x", 100, "", TOO_LONG, REJECT, 513, .max_size = 200),
	REPEAT("max_size-met", START ALL END, "x", 1000, "", NONE, ACCEPT, 0, .max_size = 2000),
	ROW("RFC4475-truncated", START ALL, TRUNCATED, REJECT, 400),
	ROW("RFC4475-3.1.2.19", "SIP/2.0 700 x\r\n" ALL END, STATUS, DROP, 0),
	ROW("RFC4475-3.1.2.9", "OPTIONS  sip:b SIP/2.0\r\n" ALL END, REQUEST_LINE, REJECT, 400),
	ROW("RFC4475-3.1.2.16", "OPTIONS sip:b SIP/7.0\r\n" ALL END, VERSION, REJECT, 505),
	ROW("RFC4475-3.1.2.7", "OPTIONS <sip:b> SIP/2.0\r\n" ALL END, REQUEST_URI, REJECT, 400),
	REPEAT("RFC3261-21.4.12", "OPTIONS sip:", "u", 100, "@b SIP/2.0\r\n" ALL END,
	       REQUEST_URI_TOO_LONG, REJECT, 414, .max_uri = 105),
	REPEAT("max_uri-met", "OPTIONS sip:", "u", 99, "@b SIP/2.0\r\n" ALL END, NONE, ACCEPT, 0,
	       .max_uri = 105),
	REPEAT("long-uri", START ALL "Contact: <sip:", "u", 102, ">\r\n" END, LONG_URI, REJECT, 400,
	       .max_uri = 105),
	REPEAT("RFC3261-21.4.11", START ALL END, "x", 21, "", BODY_TOO_LARGE, REJECT, 413,
	       .max_body = 20),
	REPEAT("max_body-met", START ALL END, "x", 20, "", NONE, ACCEPT, 0, .max_body = 20),
	REPEAT("multipart-off", START ALL MULTIPART("o") END, "x", 1, "", NONE, ACCEPT, 0, 0),
	REPEAT("RFC2046-5.1.1", START ALL MULTIPART("o") END, "x", 1, "", BAD_MULTIPART, REJECT, 400,
	       .multipart_depth = 1),
	REPEAT("multipart-encoded", START ALL MULTIPART("o") "Content-Encoding: gzip\r\n" END, "x", 1, "",
	       NONE, ACCEPT, 0, .multipart_depth = 1),
	REPEAT("multipart_parts-met", START ALL MULTIPART("o") END, PART("o"), 3, "--o--\r\n", NONE,
	       ACCEPT, 0, .multipart_depth = 1, .multipart_parts = 3),
	REPEAT("multipart_parts", START ALL MULTIPART("o") END, PART("o"), 4, "--o--\r\n",
	       MULTIPART_PARTS, REJECT, 400, .multipart_depth = 1, .multipart_parts = 3),
	REPEAT("multipart_depth-met", START ALL MULTIPART("o") END, NESTED, 1, "--o--\r\n", NONE, ACCEPT,
	       0, .multipart_depth = 2),
	REPEAT("multipart_depth", START ALL MULTIPART("o") END, NESTED, 1, "--o--\r\n", MULTIPART_DEPTH,
	       REJECT, 400, .multipart_depth = 1),
	REPEAT("max_headers", START ALL, "x: y\r\n", 4, END, TOO_MANY_HEADERS, REJECT, 400,
	       .max_headers = 8),
	REPEAT("max_headers-met", START ALL, "x: y\r\n", 3, END, NONE, ACCEPT, 0, .max_headers = 8),
	ROW("RFC5118-4.2", "OPTIONS sip:2001:db8::1 SIP/2.0\r\n" ALL END, REQUEST_URI, REJECT, 400),
	ROW("RFC4475-3.1.2.11", "OPTIONS sip:b?Route=%3Csip:c%3E SIP/2.0\r\n" ALL END,
	    REQUEST_URI_HEADERS, REJECT, 400),
	ROW("RFC4475-3.3.2", "OPTIONS nobody:x SIP/2.0\r\n" ALL END, URI_SCHEME, REJECT, 416),
	ROW("RFC3966", "OPTIONS tel:+1 SIP/2.0\r\n" ALL END, NONE, ACCEPT, 0),
	ROW("no-colon", START ALL "Subject\r\n" END, HEADER_LINE, REJECT, 400),
	ROW("bare-CR", START ALL "Subject: a\rb\r\n" END, BARE_CR, REJECT, 400),
	ROW("bare-CR-at-LF", START ALL "Subject: a\r\r\n" END, BARE_CR, REJECT, 400),
	ROW("RFC3261-25.1-control", START ALL "Subject: a\001b\r\n" END, CONTROL, REJECT, 400),
	ROW("control-at-LF", START ALL "Subject: a\001\n" END, CONTROL, REJECT, 400),
	ROW("control-at-CR", START ALL "Subject: a\001\r\n" END, CONTROL, REJECT, 400),
	ROW("control-alone", START ALL "Subject: a\r\n \001\n" END, CONTROL, REJECT, 400),
	ROW("control-in-start-line", "SIP/2.0 200 O\001K\r\n" ALL END, CONTROL, DROP, 400),
	ROW("quoted-pair", START ALL "Subject: \"a\\\001\"\r\n" END, NONE, ACCEPT, 0),
	ROW("escaped-backslash", START ALL "Subject: \"a\\\\\001\"\r\n" END, CONTROL, REJECT, 400),
	ROW("tabs", START ALL "Subject:\ta\tb\t\r\n\tc\n\t\n" END, NONE, ACCEPT, 0),
	ROW("RFC3261-19.1.1-route-header", START ALL "Route: <sip:r?a=b>\r\n" END, BAD_ROUTE, REJECT, 400),
	ROW("RFC3261-19.1.1-route-method", START ALL "Route: <sip:r;method=BYE;lr>\r\n" END, BAD_ROUTE,
	    REJECT, 400),
	ROW("route-scheme", START ALL "Route: <sip:r;lr>, <foo:bar>\r\n" END, BAD_ROUTE, REJECT, 400),
	ROW("RFC3581-10-rport", START "Via: SIP/2.0/UDP h;rport=abc\r\n" FROM TO CALL CSEQ END, BAD_VIA, REJECT,
	    400),
	ROW("RFC3261-25.1-via-branch", START "Via: SIP/2.0/UDP h;branch=\"x\"\r\n" FROM TO CALL CSEQ END,
	    BAD_VIA, REJECT, 400),
	REPEAT("104-lines", START ALL, "x: y\r\n", 99, END, NONE, ACCEPT, 0, 0),
	REPEAT("105-lines", START ALL, "x: y\r\n", 100, END, TOO_MANY_HEADERS, REJECT, 400, 0),
	ROW("RFC4475-3.3.1-via", START FROM TO CALL CSEQ END, NO_VIA, DROP, 0),
	ROW("bad-top-via", START "Via: SIP/2.0/UDP\r\n" ALL END, BAD_TOP_VIA, DROP, 0),
	ROW("empty-top-via", START "Via:\r\n" ALL END, BAD_TOP_VIA, DROP, 0),
	ROW("RFC4475-3.1.2.1", START VIA "Via: SIP/2.0/UDP h;;,\r\n" FROM TO CALL CSEQ END,
	    BAD_VIA, REJECT, 400),
	ROW("via-trailing-comma", START "Via: SIP/2.0/UDP h,\r\n" FROM TO CALL CSEQ END,
	    BAD_VIA, REJECT, 400),
	ROW("RFC4475-3.3.1-cseq", START VIA FROM TO CALL END, NO_CSEQ, DROP, 0),
	ROW("RFC3261-8.1.1.5-2^31", START VIA FROM TO CALL "CSeq: 2147483648 OPTIONS\r\n" END,
	    BAD_CSEQ, REJECT, 400),
	ROW("RFC3261-8.1.1.5-max", START VIA FROM TO CALL "CSeq: 2147483647 OPTIONS\r\n" END,
	    NONE, ACCEPT, 0),
	ROW("RFC4475-3.1.2.4", START VIA FROM TO CALL "CSeq: 36893488147419103232 OPTIONS\r\n" END,
	    BAD_CSEQ, REJECT, 400),
	ROW("cseq-no-method", START VIA FROM TO CALL "CSeq: 7\r\n" END, BAD_CSEQ, REJECT, 400),
	ROW("cseq-no-number", START VIA FROM TO CALL "CSeq: OPTIONS\r\n" END, BAD_CSEQ, REJECT,
	    400),
	ROW("cseq-joined", START VIA FROM TO CALL "CSeq: 7OPTIONS\r\n" END, BAD_CSEQ, REJECT, 400),
	ROW("cseq-more", START VIA FROM TO CALL "CSeq: 7 OPTIONS x\r\n" END, BAD_CSEQ, REJECT, 400),
	ROW("cseq-empty", START VIA FROM TO CALL "CSeq:\r\n" END, BAD_CSEQ, REJECT, 400),
	ROW("cseq-folded", START VIA FROM TO CALL "CSeq: 0007\r\n OPTIONS\r\n" END, NONE, ACCEPT,
	    0),
	ROW("RFC4475-3.1.2.17", START VIA FROM TO CALL "CSeq: 7 INVITE\r\n" END,
	    CSEQ_METHOD, REJECT, 400),
	ROW("cseq-method-case", START VIA FROM TO CALL "CSeq: 7 options\r\n" END,
	    CSEQ_METHOD, REJECT, 400),
	ROW("RFC4475-3.3.8-cseq", START ALL CSEQ END, MULTIPLE_CSEQ, REJECT, 400),
	ROW("RFC4475-3.3.1-call-id", START VIA FROM TO CSEQ END, NO_CALL_ID, REJECT, 400),
	ROW("call-id-two-at", START VIA FROM TO "i: a@b@c\r\n" CSEQ END, BAD_CALL_ID, REJECT, 400),
	ROW("call-id-space", START VIA FROM TO "i: a b\r\n" CSEQ END, BAD_CALL_ID, REJECT, 400),
	ROW("call-id-empty", START VIA FROM TO "i:\r\n" CSEQ END, BAD_CALL_ID, REJECT, 400),
	ROW("call-id-host-empty", START VIA FROM TO "i: a@\r\n" CSEQ END, BAD_CALL_ID, REJECT, 400),
	ROW("RFC4475-3.1.1.2", START VIA FROM TO
	    "i: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n" CSEQ END, NONE, ACCEPT, 0),
	ROW("RFC4475-3.3.8-call-id", START ALL "i: c2\r\n" END, MULTIPLE_CALL_ID, REJECT, 400),
	ROW("RFC4475-3.3.1-from", START VIA TO CALL CSEQ END, NO_FROM, REJECT, 400),
	ROW("RFC4475-3.1.2.15", START VIA "f: Bell, A <sip:a@b>;tag=1\r\n" TO CALL CSEQ END,
	    BAD_FROM, REJECT, 400),
	ROW("from-tag-quoted", START VIA "f: <sip:a@b>;tag=\"1\"\r\n" TO CALL CSEQ END,
	    BAD_FROM, REJECT, 400),
	ROW("from-two", START VIA "f: <sip:a@b>, <sip:a@b>\r\n" TO CALL CSEQ END,
	    BAD_FROM, REJECT, 400),
	ROW("RFC2543-no-from-tag", START VIA "f: <sip:a@b>\r\n" TO CALL CSEQ END, NONE, ACCEPT, 0),
	ROW("RFC4475-3.3.8-from", START ALL "f: <sip:a@b>;tag=1\r\n" END, MULTIPLE_FROM, REJECT,
	    400),
	ROW("RFC4475-3.3.1-to", START VIA FROM CALL CSEQ END, NO_TO, REJECT, 400),
	ROW("RFC4475-3.1.2.6", START VIA FROM "t: \"Mr. J. User <sip:b@b>\r\n" CALL CSEQ END,
	    BAD_TO, REJECT, 400),
	ROW("to-uri", START VIA FROM "t: <sip:>\r\n" CALL CSEQ END, BAD_TO, REJECT, 400),
	ROW("RFC4475-3.3.4", START VIA FROM "t: <isbn:2983792873>\r\n" CALL CSEQ END,
	    NONE, ACCEPT, 0),
	ROW("RFC4475-3.3.8-to", START ALL TO END, MULTIPLE_TO, REJECT, 400),
	ROW("RFC3261-20.22", START ALL "Max-Forwards: -1\r\n" END, BAD_MAX_FORWARDS, REJECT, 400),
	ROW("RFC3261-20.22-empty", START ALL "Max-Forwards:\r\n" END, BAD_MAX_FORWARDS, REJECT,
	    400),
	ROW("RFC4475-3.3.8-max-forwards", START ALL "Max-Forwards: 5\r\nMax-Forwards: 5\r\n" END,
	    BAD_MAX_FORWARDS, REJECT, 400),
	ROW("RFC4475-3.3.11", START ALL "Max-Forwards: 0\r\n" END, NONE, ACCEPT, 0),
	ROW("MB-21-zero", START ALL "Max-Breadth: 0\r\n" END, BAD_MAX_BREADTH, REJECT, 400),
	ROW("MB-21-zeros", START ALL "Max-Breadth: 000\r\n" END, BAD_MAX_BREADTH, REJECT, 400),
	ROW("MB-21-digits", START ALL "Max-Breadth: abc\r\n" END, BAD_MAX_BREADTH, REJECT, 400),
	ROW("MB-21-sign", START ALL "Max-Breadth: +1\r\n" END, BAD_MAX_BREADTH, REJECT, 400),
	ROW("MB-21-parameter", START ALL "Max-Breadth: 5;x=1\r\n" END, BAD_MAX_BREADTH, REJECT,
	    400),
	ROW("MB-21-two-lines", START ALL "Max-Breadth: 5\r\nMax-Breadth: 5\r\n" END,
	    BAD_MAX_BREADTH, REJECT, 400),
	ROW("MB-21-two-values", START ALL "Max-Breadth: 5, 5\r\n" END, BAD_MAX_BREADTH, REJECT,
	    400),
	ROW("MB-21-empty", START ALL "Max-Breadth:\r\n" END, BAD_MAX_BREADTH, REJECT, 400),
	ROW("LD-22-ack", "ACK sip:b SIP/2.0\r\n" VIA FROM TO CALL "CSeq: 7 ACK\r\n"
	    "Max-Breadth: 0\r\n" END, BAD_MAX_BREADTH, DROP, 400),
	ROW("MB-14-cancel", "CANCEL sip:b SIP/2.0\r\n" VIA FROM TO CALL "CSeq: 7 CANCEL\r\n"
	    "Max-Breadth: 0\r\n" END, NONE, ACCEPT, 0),
	ROW("MB-22", START ALL "Max-Breadth: 4294967297\r\n" END, NONE, ACCEPT, 0),
	ROW("RFC4475-3.1.2.3", START ALL "Content-Length: -999\r\n" END,
	    BAD_CONTENT_LENGTH, REJECT, 400),
	ROW("RFC4475-3.3.9", START ALL "l: 0\r\nl: 0\r\n" END, BAD_CONTENT_LENGTH, REJECT, 400),
	ROW("content-length-list", START ALL "l: 0, 0\r\n" END, BAD_CONTENT_LENGTH, REJECT, 400),
	ROW("RFC4475-3.1.2.2", START ALL "l: 5\r\n" END "1234", CONTENT_LENGTH_EXCEEDS, REJECT,
	    400),
	ROW("content-length-huge", START ALL "l: 18446744073709551616\r\n" END "1234",
	    CONTENT_LENGTH_EXCEEDS, REJECT, 400),
	ROW("response-content-length", STATUS ALL "l: 5\r\n" END, CONTENT_LENGTH_EXCEEDS, DROP,
	    400),
	ROW("RFC4475-3.1.2.13", START ALL "m: sip:u@h?Route=%3Csip:b%3E\r\n" END,
	    BAD_CONTACT, REJECT, 400),
	ROW("contact-second", START ALL "m: <sip:a@b>\r\nm: <sip:>\r\n" END, BAD_CONTACT, REJECT,
	    400),
	ROW("contact-star", START ALL CONTACTS END, NONE, ACCEPT, 0),
	ROW("RFC3261-20.34", START ALL "Route: sip:a@b\r\n" END, BAD_ROUTE, REJECT, 400),
	ROW("route-empty", START ALL "Route:\r\n" END, BAD_ROUTE, REJECT, 400),
	ROW("route-uri", START ALL "Route: <sip:a>, <a>\r\n" END, BAD_ROUTE, REJECT, 400),
	REPEAT("32-routes", START ALL, RR, 32, END, NONE, ACCEPT, 0, 0),
	REPEAT("33-routes", START ALL, RR, 33, END, TOO_MANY_ROUTES, REJECT, 400, 0),
	REPEAT("33-routes-comma", START ALL "Route: <sip:r>", ",<sip:r>", 32, END END,
	       TOO_MANY_ROUTES, REJECT, 400, 0),
	REPEAT("max_route", START ALL, RR, 3, END, NONE, ACCEPT, 0, .max_route = 3),
	REPEAT("max_route-passed", START ALL, RR, 4, END, TOO_MANY_ROUTES, REJECT, 400,
	       .max_route = 3),
	REPEAT("RFC5393-4.2.3-128", START FROM TO CALL CSEQ "Via: SIP/2.0/UDP h", HOP2, 127,
	    END END,
	       NONE, ACCEPT, 0, 0),
	REPEAT("RFC5393-4.2.3-129", START FROM TO CALL CSEQ "Via: SIP/2.0/UDP h", HOP2, 128,
	    END END,
	       TOO_MANY_HEADERS, REJECT, 400, 0),
	REPEAT("max_via", START FROM TO CALL CSEQ, HOP, 3, END, NONE, ACCEPT, 0, .max_via = 3),
	REPEAT("max_via-passed", START FROM TO CALL CSEQ, HOP, 4, END, TOO_MANY_HEADERS, REJECT,
	    400,
	       .max_via = 3),
	REPEAT("max_via-response", STATUS FROM TO CALL CSEQ, HOP, 4, END, NONE, ACCEPT, 0,
	       .max_via = 3),
	REPEAT("max_via-response-passed", STATUS FROM TO CALL CSEQ, HOP, 5, END, TOO_MANY_HEADERS,
	       DROP, 400, .max_via = 3),
	ROW("record-route", START ALL "Record-Route: <sip:a\r\n" END, BAD_RECORD_ROUTE, REJECT,
	    400),
	ROW("RFC3261-20.30", START ALL "Record-Route: sip:r;lr\r\n" END, BAD_RECORD_ROUTE, REJECT, 400),
	ROW("RFC3327-4", START ALL "Path: sip:p\r\n" END, BAD_PATH, REJECT, 400),
	ROW("path", START ALL "Path: <sip:a>;;\r\n" END, BAD_PATH, REJECT, 400),
	/* What may not be answered is dropped. */
	ROW("RFC3261-17-ack", "ACK sip:b SIP/2.0\r\n" VIA TO CALL "CSeq: 7 ACK\r\n" END,
	    NO_FROM, DROP, 400),
	ROW("response-no-from", STATUS VIA TO CALL CSEQ END, NO_FROM, DROP, 400),
	ROW("response-no-via", STATUS FROM TO CALL CSEQ END, NO_VIA, DROP, 0),
	ROW("truncated-no-cseq", START VIA FROM, NO_CSEQ, DROP, 0),
	ROW("truncated-no-via", START FROM, NO_VIA, DROP, 0),
	/* The first fault is the one told. */
	ROW("version-before-uri", "OPTIONS <sip:b> SIP/7.0\r\n" ALL END, VERSION, REJECT, 505),
	/* clang-format on */
};

static struct slice
build(const struct check_row *row)
{
	size_t head = strlen(row->head), unit = strlen(row->unit), tail = strlen(row->tail);
	char *begin = wall() - head - unit * row->count - tail, *p = begin;

	memcpy(p, row->head, head);
	p += head;
	for (unsigned int i = 0; i < row->count; i++, p += unit)
		memcpy(p, row->unit, unit);
	memcpy(p, row->tail, tail);
	return slice_between(begin, wall());
}

static void
fault_is_found(void **state)
{
	const struct check_row *row = *state;
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault = sip_message_index(build(row), &msg);

	fault = sip_message_check(&msg, fault, &row->limits, &fields);
	assert_string_equal(sip_fault_info(fault)->name, sip_fault_info(row->fault)->name);
	assert_string_equal(sip_verdict_name(sip_fault_verdict(&msg, fault)),
			    sip_verdict_name(row->verdict));
	assert_int_equal(sip_fault_info(fault)->status, row->status);
	if (row->verdict == SIP_REJECT) {
		assert_true(fields.via.host.len > 0);
		assert_true(sip_fault_info(fault)->phrase.len > 0);
	}
}
GTEST_ROWS(Check, faults, label, fault_is_found);

GTEST(Check, every_fault_has_a_row)
{
	/* those from here on come from sip_message_check_forwarding() */
	for (unsigned int fault = 0; fault < SIP_FAULT_TOO_MANY_HOPS; fault++) {
		size_t i = 0, n = sizeof(faults) / sizeof(faults[0]);

		while (i < n && faults[i].fault != fault)
			i++;
		if (i == n)
			fail_msg("no row for %s", sip_fault_info((enum sip_fault)fault)->name);
	}
}

#define ROUTES8 "<sip:r>,<sip:r>,<sip:r>,<sip:r>,<sip:r>,<sip:r>,<sip:r>,<sip:r>"

/* limits.routing_only: what no routing needs is not looked at; what it needs is. */
static const struct routing_row {
	const char *label;
	const char *text;
	enum sip_fault fault;
	unsigned int via_count;
} routing[] = {
	/* clang-format off */
	{ "RFC3261-16.3-contact", START ALL "Contact: <sip:\r\n" END, SIP_FAULT_NONE, 1 },
	{ "record-route", START ALL "Record-Route: x\r\n" END, SIP_FAULT_NONE, 1 },
	{ "path", START ALL "Path: x\r\n" END, SIP_FAULT_NONE, 1 },
	{ "second-via", START ALL "Via: x\r\n" END, SIP_FAULT_NONE, 2 },
	{ "second-via-in-line", START "Via: SIP/2.0/UDP h, x, y\r\n" FROM TO CALL CSEQ END,
	  SIP_FAULT_NONE, 2 },
	{ "second-route", START ALL "Route: <sip:a>, x\r\n" END, SIP_FAULT_BAD_ROUTE, 1 },
	{ "uri-in-from", START VIA "From: <sip:@>;tag=1\r\n" TO CALL CSEQ END, SIP_FAULT_NONE, 1 },
	{ "first-route", START ALL "Route: sip:a\r\n" END, SIP_FAULT_BAD_ROUTE, 1 },
	{ "first-route-uri", START ALL "Route: <sip:@>\r\n" END, SIP_FAULT_BAD_ROUTE, 1 },
	{ "top-via", START "Via: x\r\n" FROM TO CALL CSEQ END, SIP_FAULT_BAD_TOP_VIA, 0 },
	{ "tag", START VIA "From: <sip:a@b>;tag=@\r\n" TO CALL CSEQ END, SIP_FAULT_BAD_FROM, 1 },
	{ "33-routes", START ALL "Route: " ROUTES8 "," ROUTES8 "," ROUTES8 "," ROUTES8 ",<sip:r>\r\n" END,
	  SIP_FAULT_TOO_MANY_ROUTES, 1 },
	{ "no-call-id", START VIA FROM TO CSEQ END, SIP_FAULT_NO_CALL_ID, 1 },
	{ "request-uri", "OPTIONS sip: SIP/2.0\r\n" ALL END, SIP_FAULT_REQUEST_URI, 1 },
	/* clang-format on */
};

static void
routing_is_looked_at(void **state)
{
	const struct sip_limits limits = { .routing_only = true };
	const struct routing_row *row = *state;
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault = sip_message_index(at_wall(slice_str(row->text)), &msg);

	fault = sip_message_check(&msg, fault, &limits, &fields);
	assert_string_equal(sip_fault_info(fault)->name, sip_fault_info(row->fault)->name);
	assert_int_equal(fields.via_count, row->via_count);
}
GTEST_ROWS(Check, routing, label, routing_is_looked_at);

static const struct forwarding_row {
	const char *label;
	const char *text;
	enum sip_fault fault;
} forwarding_rows[] = {
	{ "RFC3261-16.3.3", "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nMax-Forwards: 0\r\n"
	  "From: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
	  SIP_FAULT_TOO_MANY_HOPS },
	{ "RFC3261-16.3.5", "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nProxy-Require: x\r\n"
	  "From: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
	  SIP_FAULT_PROXY_REQUIRE },
	{ "RFC3261-9.1-cancel", "CANCEL sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nProxy-Require: x\r\n"
	  "From: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 CANCEL\r\n\r\n",
	  SIP_FAULT_NONE },
	{ "response", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nMax-Forwards: 0\r\n"
	  "From: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 CANCEL\r\n\r\n",
	  SIP_FAULT_NONE },
};

static void
forwarding_is_refused(void **state)
{
	const struct forwarding_row *row = *state;
	const struct sip_limits limits = { 0 };
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault = sip_message_index(slice_str(row->text), &msg);

	assert_int_equal(sip_message_check(&msg, fault, &limits, &fields), SIP_FAULT_NONE);
	assert_int_equal(sip_message_check_forwarding(&msg, &fields), row->fault);
}
GTEST_ROWS(Check, forwarding_rows, label, forwarding_is_refused);

static enum sip_fault
check(const char *text, struct sip_message *msg, struct sip_fields *fields)
{
	const struct sip_limits limits = { 0 };

	return sip_message_check(msg, sip_message_index(at_wall(slice_str(text)), msg), &limits,
				 fields);
}

GTEST(Check, request_fields)
{
	struct sip_fields f;
	struct sip_message msg;

	assert_int_equal(check("INVITE sip:u@h:7;x SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
			       "v: SIP/2.0/TCP b\r\nf: <sip:a>;tag=f\r\nt: <sip:b>;tag=t\r\n"
			       "i: c\r\nCSeq: 12 INVITE\r\nMax-Forwards: 69\r\n"
			       "Max-Breadth: 5\r\n\r\n",
			       &msg, &f), SIP_FAULT_NONE);
	assert_slice(f.via.host, "a");
	assert_slice(f.via.branch, "z9hG4bK1");
	assert_int_equal(f.via_count, 2);
	assert_slice(f.call_id, "c");
	assert_slice(f.from_tag, "f");
	assert_slice(f.to_tag, "t");
	assert_int_equal(f.cseq, 12);
	assert_slice(f.cseq_method, "INVITE");
	assert_int_equal(f.max_forwards, 69);
	assert_int_equal(f.max_breadth, 5);
	assert_slice(f.uri.user, "u");
	assert_int_equal(f.uri.port, 7);
}

GTEST(Check, absent_fields)
{
	struct sip_fields f;
	struct sip_message msg;

	assert_int_equal(check(START VIA "f: <sip:a>\r\n" TO CALL CSEQ END, &msg, &f),
			 SIP_FAULT_NONE);
	assert_slice(f.from_tag, NULL);
	assert_slice(f.to_tag, NULL);
	assert_int_equal(f.max_forwards, SIP_NUMBER_ABSENT);
	assert_int_equal(f.max_breadth, SIP_NUMBER_ABSENT);
}

/* A response has neither number, and says so like a request without them. */
GTEST(Check, absent_fields_of_a_response)
{
	struct sip_fields f;
	struct sip_message msg;

	assert_int_equal(check(STATUS ALL END, &msg, &f), SIP_FAULT_NONE);
	assert_int_equal(f.max_forwards, SIP_NUMBER_ABSENT);
	assert_int_equal(f.max_breadth, SIP_NUMBER_ABSENT);
}

static const struct number_row {
	const char *label;
	const char *text;
	uint32_t value;
} numbers[] = {
	{ "MB-22-1", "1", 1 },
	{ "MB-22-zeros", "00060", 60 },
	{ "MB-22-2^32-2", "4294967294", UINT32_MAX - 1 },
	{ "MB-22-2^32-1", "4294967295", UINT32_MAX - 1 },
	{ "MB-22-2^32+1", "4294967297", UINT32_MAX - 1 },
	{ "MB-22-2^64+1", "18446744073709551617", UINT32_MAX - 1 },
	{ "MB-22-long", "99999999999999999999999999999999999999999999999999", UINT32_MAX - 1 },
};

/* Saturated is not absent. */
static void
number_saturates(void **state)
{
	const struct number_row *row = *state;
	struct sip_fields f;
	struct sip_message msg;
	char text[600];

	snprintf(text, sizeof(text), START ALL "Max-Breadth: %s\r\nMax-Forwards: %s\r\n\r\n",
		 row->text, row->text);
	assert_int_equal(check(text, &msg, &f), SIP_FAULT_NONE);
	assert_int_equal(f.max_breadth, row->value);
	assert_int_equal(f.max_forwards, row->value);
}
GTEST_ROWS(Check, numbers, label, number_saturates);

static const struct body_row {
	const char *label;
	const char *header, *body, *want;
} bodies[] = {
	{ "RFC3261-18.3-none", "", "1234", "1234" },
	{ "RFC3261-18.3-exact", "l: 4\r\n", "1234", "1234" },
	{ "RFC4475-3.1.1.8", "Content-Length: 2\r\n", "1234", "12" },
	{ "zero", "l: 0\r\n", "1234", "" },
	{ "zeros", "l: 0000003\r\n", "1234", "123" },
	{ "folded", "l:\r\n 1\r\n", "1234", "1" },
};

static void
body_is_cut(void **state)
{
	const struct body_row *row = *state;
	struct sip_fields f;
	struct sip_message msg;
	char text[600];

	snprintf(text, sizeof(text), START ALL "%s\r\n%s", row->header, row->body);
	assert_int_equal(check(text, &msg, &f), SIP_FAULT_NONE);
	assert_slice(sip_body(&msg), row->want);
	assert_int_equal(msg.len, msg.body_off + strlen(row->want));
}
GTEST_ROWS(Check, bodies, label, body_is_cut);

#define X(sym, verdict, status, phrase, text) \
	{ #sym, SIP_FAULT_##sym, SIP_##verdict, status, text },
static const struct info_row {
	const char *label;
	enum sip_fault fault;
	enum sip_verdict verdict;
	unsigned int status;
	const char *text;
} infos[] = { SIP_FAULTS(X) };
#undef X

/* What is rejected has a final status and a phrase for the status line; what is not, none. */
static void
info_agrees(void **state)
{
	const struct info_row *row = *state;
	const struct sip_fault_info *info = sip_fault_info(row->fault);

	assert_string_equal(info->name, row->label);
	assert_int_equal(info->verdict, row->verdict);
	assert_string_equal(info->text, row->text);
	assert_int_equal(info->status, row->status);
	assert_true(info->verdict == SIP_REJECT ? info->status >= 400 && info->status <= 699
						: info->status == 0);
	assert_int_equal(info->phrase.len > 0, info->verdict == SIP_REJECT);
	for (size_t i = 0; i < info->phrase.len; i++)
		assert_true(info->phrase.ptr[i] >= ' ');
}
GTEST_ROWS(Check, infos, label, info_agrees);
