/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "phone_message.h"
#include "sip/check.h"
#include "stun/stun.h"

static const struct phone_run run = {
	.domain = SLICE("example.com"),
	.proxy = SLICE("203.0.113.2:5060"),
	.id = 0x0123456789abcdef,
	.expires = 3600,
	.reg_id = 2,
};

static struct flow_address
address(const char *ip, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(ip), &a));
	a.port = port;
	return a;
}

#define BRANCH "z9hG4bK0123456789abcdef0000002a.3"

static const struct write_row {
	const char *label, *ip, *host;
} write_rows[] = {
	{ "RFC5626-4_2-IPv4", "203.0.113.100", "203.0.113.100:10041" },
	{ "RFC5626-4_2-IPv6", "2001:db8:acc::100", "[2001:db8:acc::100]:10041" },
};

static void
writes(void **state)
{
	const struct write_row *row = *state;
	struct flow_address local = address(row->ip, 10041);
	char text[PHONE_REGISTER_MAX], want[PHONE_REGISTER_MAX];
	struct slice got = phone_write_register(&run, 42, &local, 3, text);
	struct sip_message msg;

	snprintf(want, sizeof(want),
		 "REGISTER sip:example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s;branch=" BRANCH ";rport\r\n"
		 "Max-Forwards: 70\r\n"
		 "Route: <sip:203.0.113.2:5060;lr>\r\n"
		 "From: <sip:p42@example.com>;tag=0123456789abcdef-42\r\n"
		 "To: <sip:p42@example.com>\r\n"
		 "Call-ID: 0123456789abcdef-42\r\n"
		 "CSeq: 3 REGISTER\r\n"
		 "Supported: path, outbound\r\n"
		 "Contact: <sip:p42@%s>;expires=3600;"
		 "+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-00000000002a>\";reg-id=2\r\n"
		 "Content-Length: 0\r\n\r\n",
		 row->host, row->host);
	assert_non_null(got.ptr);
	assert_string_equal((text[got.len] = '\0', text), want);
	assert_int_equal(sip_message_index(got, &msg), SIP_FAULT_NONE);
}
GTEST_ROWS(PhoneRegister, write_rows, label, writes);

#define RESPONSE(status, branch, cseq, extra)                                                      \
	"SIP/2.0 " status "\r\nVia: SIP/2.0/UDP 203.0.113.100:10041;rport=10041;branch=" branch    \
	"\r\nFrom: <sip:p42@example.com>;tag=a\r\nTo: <sip:p42@example.com>;tag=b\r\n"             \
	"Call-ID: c\r\nCSeq: " cseq "\r\n" extra "Content-Length: 0\r\n\r\n"

static const struct read_row {
	const char *label, *text;
	bool is_ours;
	struct phone_response want;
} read_rows[] = {
	{ "200", RESPONSE("200 OK", BRANCH, "3 REGISTER", ""), true, { 200, false, 0 } },
	{ "100", RESPONSE("100 Trying", BRANCH, "3 REGISTER", ""), true, { 100, false, 0 } },
	{ "503", RESPONSE("503 Busy", BRANCH, "3 REGISTER", ""), true, { 503, false, 0 } },
	{ "503-Retry-After",
	  RESPONSE("503 Busy", BRANCH, "3 REGISTER", "Retry-After: 17\r\n"),
	  true,
	  { 503, true, 17 } },
	{ "503-Retry-After-malformed",
	  RESPONSE("503 Busy", BRANCH, "3 REGISTER", "Retry-After: soon\r\n"),
	  true,
	  { 503, false, 0 } },
	{ "RFC3261-17_1_3-branch", RESPONSE("200 OK", BRANCH "4", "3 REGISTER", ""), false, { 0 } },
	{ "RFC3261-17_1_3-cseq", RESPONSE("200 OK", BRANCH, "2 REGISTER", ""), false, { 0 } },
	{ "RFC3261-17_1_3-method", RESPONSE("200 OK", BRANCH, "3 OPTIONS", ""), false, { 0 } },
	{ "request",
	  "OPTIONS sip:p42@203.0.113.100 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=" BRANCH
	  "\r\nCSeq: 3 REGISTER\r\n\r\n",
	  false,
	  { 0 } },
	{ "garbage", "\r\n\r\n", false, { 0 } },
};

static void
reads(void **state)
{
	const struct read_row *row = *state;
	struct phone_response got = { 0 };

	assert_int_equal(phone_read_response(&run, 42, 3, at_wall(slice_str(row->text)), &got),
			 row->is_ours);
	if (!row->is_ours)
		return;
	assert_int_equal(got.status, row->want.status);
	assert_int_equal(got.has_retry_after, row->want.has_retry_after);
	assert_int_equal(got.retry_after_s, row->want.retry_after_s);
}
GTEST_ROWS(PhoneResponse, read_rows, label, reads);

static const struct stun_row {
	const char *label, *local, *remote;
} stun_rows[] = {
	{ "IPv4", "203.0.113.2", "203.0.113.9" },
	{ "IPv6", "2001:db8:acc::2", "2001:db8:acc::9" },
};

/** What the engine's own STUN server answers. */
static void
stun(void **state)
{
	const struct stun_row *row = *state;
	struct flow_address local = address(row->local, 5060), remote = address(row->remote, 40312);
	uint8_t request[PHONE_PING_SIZE], answer[STUN_ANSWER_MAX];
	struct flow_address mapped;
	struct slice text;

	phone_write_ping(&run, 42, 7, request);
	text = slice_of((char *)answer,
			stun_answer(request, sizeof(request), &local, &remote, answer));
	assert_true(text.len > 0);
	assert_true(phone_read_pong(&run, 42, 7, at_wall(text), &mapped));
	assert_true(flow_address_eq(&mapped, &remote));
	assert_false(phone_read_pong(&run, 42, 8, at_wall(text), &mapped));
	assert_false(phone_read_pong(&run, 43, 7, at_wall(text), &mapped));
	for (size_t len = 0; len < text.len; len++)
		assert_false(
			phone_read_pong(&run, 42, 7, at_wall(slice_of(text.ptr, len)), &mapped));
	/* an IPv4 answer that claims the size of an IPv6 one */
	answer[PHONE_PING_SIZE + 3] = 20;
	answer[PHONE_PING_SIZE + 5] = 2;
	assert_int_equal(phone_read_pong(&run, 42, 7, at_wall(text), &mapped), remote.family == 6);
}
GTEST_ROWS(PhoneStun, stun_rows, label, stun);
