/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/check.h"

#define REQUEST                                                                                    \
	"INVITE sip:bob@biloxi.example SIP/2.0\r\n"                                                \
	"Via: SIP/2.0/UDP a.example;branch=z9hG4bK1, SIP/2.0/UDP [2001:db8::1]:5062;rport\r\n"     \
	"Max-Forwards: 70\r\n"                                                                     \
	"To: \"Bob, \\\"B\\\"\" <sip:bob@biloxi.example>\r\n"                                      \
	"From: Alice <sip:alice@atlanta.example>;tag=1928301774\r\n"                               \
	"Call-ID: a84b4c76e66710@pc33.atlanta.example\r\n"                                         \
	"CSeq: 314159 INVITE\r\n"                                                                  \
	"Route: <sip:p1.example;lr>,\r\n <sip:p2.example;lr>\r\n"                                  \
	"Contact: <sip:alice@pc33.atlanta.example>\r\n"                                            \
	"Subject:\r\n \r\n folded\r\n"                                                             \
	"Content-Length: 4\r\n"                                                                    \
	"\r\n"                                                                                     \
	"body"

#define RESPONSE                                                                                   \
	"SIP/2.0 180 Ringing\r\n"                                                                  \
	"v: SIP/2.0/UDP a.example;branch=z9hG4bK1;received=192.0.2.1\r\n"                          \
	"t: Bob <sip:bob@biloxi.example>;tag=a6c85cf\r\n"                                          \
	"f: sip:alice@atlanta.example;tag=1928301774\r\n"                                          \
	"i: a84b4c76e66710\r\n"                                                                    \
	"CSeq: 314159 INVITE\r\n"                                                                  \
	"m: <sip:bob@192.0.2.4>;q=0.5, <tel:+1>\r\n"                                               \
	"Record-Route: <sip:p1.example;lr>\r\n"                                                    \
	"l: 0\r\n"                                                                                 \
	"\r\n"

#define LF_REQUEST                                                                                 \
	"\r\n\nOPTIONS tel:+1 SIP/2.0\nVia: SIP/2.0/UDP h\nTo: <sip:a@b>\nFrom: <sip:c@d>\n"       \
	"Call-ID: 1\nCSeq: 1 OPTIONS\nMax-Breadth: 7\n\nrest"

static const struct text_row {
	const char *label;
	const char *text;
} messages[] = {
	{ "request", REQUEST },
	{ "response", RESPONSE },
	{ "bare-LF", LF_REQUEST },
};

static void
span_inside(const struct sip_message *msg, unsigned int off, unsigned int len)
{
	assert_true(off + len <= msg->len);
}

static void
index_is_sound(const struct sip_message *msg)
{
	unsigned int before = msg->headers_off;

	span_inside(msg, msg->uri.off, msg->uri.len);
	span_inside(msg, msg->method_text.off, msg->method_text.len);
	span_inside(msg, msg->reason.off, msg->reason.len);
	assert_true(msg->headers_off <= msg->headers_end && msg->headers_end <= msg->body_off);
	assert_true(msg->body_off <= msg->len);
	for (unsigned int i = 0; i < msg->header_count; i++) {
		const struct sip_header *h = &msg->header[i];

		assert_true(h->line_off >= before);
		assert_true(h->value_off > h->line_off + h->name_len);
		before = (unsigned int)(h->value_off + h->value_len);
		assert_true(before <= sip_header_line_end(msg, i));
	}
	assert_true(before <= msg->headers_end);
	for (unsigned int id = 0; id < SIP_HDR_COUNT; id++)
		if (msg->first[id] != SIP_NO_HEADER) {
			assert_true(msg->first[id] < msg->header_count);
			assert_int_equal(sip_header_id(&msg->header[msg->first[id]]), id);
		}
}

/* Every proper prefix that misses something is refused, and never read beyond. */
static void
truncated(void **state)
{
	const char *text = ((const struct text_row *)*state)->text;
	const struct sip_limits limits = { 0 };
	size_t length = strlen(text), header_end;
	struct sip_fields fields;
	struct sip_message msg;

	assert_int_equal(sip_message_index(slice_str(text), &msg), SIP_FAULT_NONE);
	assert_int_equal(sip_message_check(&msg, SIP_FAULT_NONE, &limits, &fields), SIP_FAULT_NONE);
	header_end = (size_t)(msg.base + msg.body_off - text);
	for (size_t len = 0; len <= length; len++) {
		struct slice part = at_wall(slice_of(text, len));
		enum sip_fault fault = sip_message_index(part, &msg);

		if ((fault == SIP_FAULT_NONE) != (len >= header_end))
			fail_msg("%zu octets: %s", len, sip_fault_info(fault)->name);
		if (fault != SIP_FAULT_EMPTY && fault != SIP_FAULT_NOT_SIP)
			index_is_sound(&msg);
		fault = sip_message_check(&msg, fault, &limits, &fields);
		if (len < header_end && fault == SIP_FAULT_NONE)
			fail_msg("%zu octets are accepted", len);
	}
}
GTEST_ROWS(Message, messages, label, truncated);

/* No octet changed to any other leads out of the message. */
static void
mutated(void **state)
{
	const char *text = ((const struct text_row *)*state)->text;
	static const char values[] = { 0, '\r', '\n', ' ',
		'"', '<', '>', ',', ';', ':', '\\', '\x7f',
				       (char)0xff, '[', ']', '%', '0', '=', '?', '@' };
	const struct sip_limits limits = { 0 };
	struct slice copy = at_wall(slice_str(text));
	struct sip_fields fields;
	struct sip_message msg;

	for (size_t i = 0; i < copy.len; i++) {
		char *octet = wall() - copy.len + i, old = *octet;

		for (size_t v = 0; v < sizeof(values); v++) {
			enum sip_fault fault;

			*octet = values[v];
			fault = sip_message_index(copy, &msg);
			if (fault != SIP_FAULT_EMPTY && fault != SIP_FAULT_NOT_SIP)
				index_is_sound(&msg);
			fault = sip_message_check(&msg, fault, &limits, &fields);
			assert_true(fault < SIP_FAULT_COUNT);
		}
		*octet = old;
	}
}
GTEST_ROWS(Message, messages, label, mutated);

GTEST(Message, request_is_indexed)
{
	struct sip_message msg;
	unsigned int i;

	assert_int_equal(sip_message_index(SLICE(REQUEST), &msg), SIP_FAULT_NONE);
	index_is_sound(&msg);
	assert_true(sip_is_request(&msg));
	assert_int_equal(msg.method, SIP_INVITE);
	assert_slice(sip_span_slice(&msg, msg.method_text), "INVITE");
	assert_slice(sip_span_slice(&msg, msg.uri), "sip:bob@biloxi.example");
	assert_int_equal(msg.header_count, 10);
	assert_slice(sip_header_get(&msg, SIP_HDR_CALL_ID), "a84b4c76e66710@pc33.atlanta.example");
	assert_slice(sip_header_get(&msg, SIP_HDR_ROUTE),
		     "<sip:p1.example;lr>,\r\n <sip:p2.example;lr>");
	assert_slice(sip_header_get(&msg, SIP_HDR_EXPIRES), NULL);
	i = sip_header_first(&msg, SIP_HDR_ROUTE);
	assert_true((msg.header[i].id & SIP_HEADER_FOLDED) != 0);
	assert_int_equal(sip_header_id(&msg.header[i]), SIP_HDR_ROUTE);
	assert_int_equal(sip_header_next(&msg, i), SIP_NO_HEADER);
	assert_int_equal(sip_header_line_end(&msg, i), msg.header[i + 1].line_off);
	assert_int_equal(sip_header_line_end(&msg, 9), msg.headers_end);
	assert_slice(sip_header_value(&msg, &msg.header[8]), "folded");
	assert_slice(sip_body(&msg), "body");
}

GTEST(Message, response_is_indexed)
{
	struct sip_message msg;

	assert_int_equal(sip_message_index(SLICE(RESPONSE), &msg), SIP_FAULT_NONE);
	assert_false(sip_is_request(&msg));
	assert_int_equal(msg.status, 180);
	assert_int_equal(msg.method, SIP_METHOD_OTHER);
	assert_slice(sip_span_slice(&msg, msg.reason), "Ringing");
	assert_slice(sip_header_get(&msg, SIP_HDR_CALL_ID), "a84b4c76e66710");
	assert_slice(sip_body(&msg), "");
}

/* RFC 3261 §7.5: line ends before the start line are no part of the message. */
GTEST(Message, RFC3261_7_5_leading_line_ends)
{
	struct slice text = SLICE(LF_REQUEST);
	struct sip_message msg;

	assert_int_equal(sip_message_index(text, &msg), SIP_FAULT_NONE);
	assert_ptr_equal(msg.base, text.ptr + 3);
	assert_int_equal(msg.len, text.len - 3);
	assert_slice(sip_header_get(&msg, SIP_HDR_MAX_BREADTH), "7");
	assert_slice(sip_body(&msg), "rest");
}

#define TAIL "\r\nTo: x\r\n\r\n"

static const struct start_row {
	const char *label;
	const char *text;
	enum sip_fault fault;
	unsigned int status;
} starts[] = {
	{ "request", "OPTIONS sip:a SIP/2.0" TAIL, SIP_FAULT_NONE, 0 },
	{ "unknown-method", "!.token%_1 sip:a SIP/2.0" TAIL, SIP_FAULT_NONE, 0 },
	{ "method-SIP", "SIP sip:a SIP/2.0" TAIL, SIP_FAULT_NONE, 0 },
	{ "method-SIPPY", "SIPPY sip:a SIP/2.0" TAIL, SIP_FAULT_NONE, 0 },
	{ "RFC4475-3.1.1.13", "SIP/2.0 100 " TAIL, SIP_FAULT_NONE, 100 },
	{ "no-reason-no-space", "SIP/2.0 200" TAIL, SIP_FAULT_NONE, 200 },
	{ "status-699", "SIP/2.0 699 x" TAIL, SIP_FAULT_NONE, 699 },
	{ "status-99", "SIP/2.0 099 x" TAIL, SIP_FAULT_STATUS, UINT16_MAX },
	{ "status-700", "SIP/2.0 700 x" TAIL, SIP_FAULT_STATUS, UINT16_MAX },
	{ "RFC4475-3.1.2.19", "SIP/2.0 4294967301 x" TAIL, SIP_FAULT_STATUS, UINT16_MAX },
	{ "status-letters", "SIP/2.0 2x0 x" TAIL, SIP_FAULT_STATUS, UINT16_MAX },
	{ "status-joined", "SIP/2.0 200OK" TAIL, SIP_FAULT_STATUS, UINT16_MAX },
	{ "status-version", "SIP/3.0 200 OK" TAIL, SIP_FAULT_NOT_SIP, UINT16_MAX },
	{ "version-alone", "SIP/2.0" TAIL, SIP_FAULT_NOT_SIP, UINT16_MAX },
	{ "RFC4475-3.1.2.16", "OPTIONS sip:a SIP/7.0" TAIL, SIP_FAULT_VERSION, 0 },
	{ "version-20", "OPTIONS sip:a SIP/2.00" TAIL, SIP_FAULT_VERSION, 0 },
	{ "version-case", "OPTIONS sip:a sip/2.0" TAIL, SIP_FAULT_NONE, 0 },
	{ "RFC4475-3.1.2.9", "INVITE  sip:a  SIP/2.0" TAIL, SIP_FAULT_REQUEST_LINE, 0 },
	{ "RFC4475-3.1.2.10", "OPTIONS sip:a SIP/2.0  " TAIL, SIP_FAULT_REQUEST_LINE, 0 },
	{ "RFC4475-3.1.2.8", "INVITE sip:a; lr SIP/2.0" TAIL, SIP_FAULT_REQUEST_LINE, 0 },
	{ "no-uri", "OPTIONS SIP/2.0" TAIL, SIP_FAULT_REQUEST_LINE, 0 },
	{ "http", "GET / HTTP/1.1" TAIL, SIP_FAULT_NOT_SIP, 0 },
	{ "no-version", "OPTIONS sip:a" TAIL, SIP_FAULT_NOT_SIP, 0 },
	{ "one-word", "OPTIONS" TAIL, SIP_FAULT_NOT_SIP, 0 },
	{ "method-token", "OPT[IONS sip:a SIP/2.0" TAIL, SIP_FAULT_NOT_SIP, 0 },
	{ "leading-space", " OPTIONS sip:a SIP/2.0" TAIL, SIP_FAULT_NOT_SIP, 0 },
	{ "nothing", "", SIP_FAULT_EMPTY, 0 },
	{ "RFC5626-4.4.1-keepalive", "\r\n\r\n", SIP_FAULT_EMPTY, 0 },
	{ "zeros", "\1\2\3\4", SIP_FAULT_NOT_SIP, 0 },
};

static void
start_line(void **state)
{
	const struct start_row *row = *state;
	struct sip_message msg;

	assert_string_equal(
		sip_fault_info(sip_message_index(at_wall(slice_str(row->text)), &msg))->name,
		sip_fault_info(row->fault)->name);
	assert_int_equal(msg.status, row->status);
}
GTEST_ROWS(Message, starts, label, start_line);

#define LINE "OPTIONS sip:a SIP/2.0\r\n"

static const struct line_row {
	const char *label;
	const char *text;
	enum sip_fault fault;
	const char *to;
} lines[] = {
	{ "RFC3261-7.3.1-space", LINE "To   :  x  \r\n\r\n", SIP_FAULT_NONE, "x" },
	{ "RFC3261-7.3.1-tab", LINE "TO\t:\tx\r\n\r\n", SIP_FAULT_NONE, "x" },
	{ "RFC3261-7.3.1-fold", LINE "To:\r\n a\r\n\tb\r\n\r\n", SIP_FAULT_NONE, "a\r\n\tb" },
	{ "fold-of-blanks", LINE "To: a\r\n  \t\r\n\r\n", SIP_FAULT_NONE, "a" },
	{ "first-of-two", LINE "To: a\r\nTo: b\r\n\r\n", SIP_FAULT_NONE, "a" },
	{ "empty-value", LINE "To:\r\n\r\n", SIP_FAULT_NONE, "" },
	{ "colon-in-value", LINE "To: a:b\r\n\r\n", SIP_FAULT_NONE, "a:b" },
	{ "no-header", LINE "\r\n", SIP_FAULT_NONE, NULL },
	{ "no-colon", LINE "To x\r\n\r\n", SIP_FAULT_HEADER_LINE, NULL },
	{ "colon-of-next-line", LINE "Tox\r\nTo: y\r\n\r\n", SIP_FAULT_HEADER_LINE, "y" },
	{ "no-name", LINE ": x\r\n\r\n", SIP_FAULT_HEADER_LINE, NULL },
	{ "name-no-token", LINE "T(o: x\r\n\r\n", SIP_FAULT_HEADER_LINE, NULL },
	{ "fold-first", LINE " To: x\r\n\r\n", SIP_FAULT_HEADER_LINE, NULL },
	{ "bare-CR", LINE "To: x\ry\r\n\r\n", SIP_FAULT_BARE_CR, "x\ry" },
	{ "bare-CR-in-fold", LINE "To: x\r\n \ry\r\n\r\n", SIP_FAULT_BARE_CR, "x\r\n \ry" },
	{ "bare-CR-in-start", "OPTIONS sip:a\r SIP/2.0\r\nTo: x\r\n\r\n", SIP_FAULT_BARE_CR, "x" },
	{ "CR-CR-LF", LINE "To: x\r\r\n\r\n", SIP_FAULT_BARE_CR, "x" },
	{ "no-empty-line", LINE "To: x\r\n", SIP_FAULT_TRUNCATED, "x" },
	{ "no-line-end", LINE "To: x", SIP_FAULT_TRUNCATED, NULL },
	{ "no-line-end-in-fold", LINE "To: x\r\n y", SIP_FAULT_TRUNCATED, "x" },
};

static void
header_line(void **state)
{
	const struct line_row *row = *state;
	struct sip_message msg;

	assert_string_equal(
		sip_fault_info(sip_message_index(at_wall(slice_str(row->text)), &msg))->name,
		sip_fault_info(row->fault)->name);
	index_is_sound(&msg);
	assert_slice(sip_header_get(&msg, SIP_HDR_TO), row->to);
}
GTEST_ROWS(Message, lines, label, header_line);

static const struct size_row {
	const char *label;
	const char *head, *unit, *tail;
	size_t length; /* 0: `count` units */
	unsigned int count;
	enum sip_fault fault;
	unsigned int headers;
} sizes[] = {
	{ "104-lines", LINE, "x: y\r\n", "\r\n", 0, 104, SIP_FAULT_NONE, 104 },
	{ "105-lines", LINE, "x: y\r\n", "\r\n", 0, 105, SIP_FAULT_TOO_MANY_HEADERS, 104 },
	{ "104-lines-folded", LINE, "x:\r\n y\r\n", "\r\n", 0, 104, SIP_FAULT_NONE, 104 },
	{ "name-255", LINE, "x", ": y\r\n\r\n", 0, 255, SIP_FAULT_NONE, 1 },
	{ "name-256", LINE, "x", ": y\r\n\r\n", 0, 256, SIP_FAULT_HEADER_LINE, 0 },
	{ "65535-octets", LINE "To: x\r\n\r\n", "z", "", 65535, 0, SIP_FAULT_NONE, 1 },
	{ "65536-octets", LINE "To: x\r\n\r\n", "z", "", 65536, 0, SIP_FAULT_TOO_LONG, 1 },
	{ "65536-in-header", LINE "To: x\r\nx: ", "z", "\r\n\r\n", 65536, 0, SIP_FAULT_TOO_LONG,
	  2 },
	{ "200000-octets", LINE "To: x\r\n\r\n", "z", "", 200000, 0, SIP_FAULT_TOO_LONG, 1 },
};

static void
size_limit(void **state)
{
	const struct size_row *row = *state;
	size_t unit = strlen(row->unit), fixed = strlen(row->head) + strlen(row->tail);
	size_t count = row->length > 0 ? (row->length - fixed) / unit : row->count;
	char *begin = wall() - fixed - count * unit, *p = begin;
	struct sip_message msg;

	p = stpcpy(p, row->head);
	for (size_t i = 0; i < count; i++, p += unit)
		memcpy(p, row->unit, unit);
	memcpy(p, row->tail, strlen(row->tail));
	assert_string_equal(
		sip_fault_info(sip_message_index(slice_between(begin, wall()), &msg))->name,
		sip_fault_info(row->fault)->name);
	index_is_sound(&msg);
	assert_int_equal(msg.header_count, row->headers);
}
GTEST_ROWS(Message, sizes, label, size_limit);
