/* SPDX-License-Identifier: BSD-3-Clause */
/** The inspection of Via values (RFC 5393 §4.2.2). */
#include "guard/loop_check.h"
#include "lib/sip/support.h"

#define H1 "0000000000000001"
#define H2 "00000002"
#define OURS "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK000000000000000000000000.L"
#define THEIRS "SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK000000000000000000000000.L"
#define OTHER_H1 "ffffffffffffffff"
#define OTHER_H2 "ffffffff"

static unsigned int asked;

/* 192.0.2.10, port 5060 or none, is this proxy, and so is a name. */
static bool
is_own(const void *self, struct slice host, uint16_t port)
{
	assert_ptr_equal(self, &asked);
	asked++;
	return (port == 0 || port == 5060) && (slice_eq(host, SLICE("192.0.2.10")) ||
					       slice_eq_nocase(host, SLICE("p1.example.com")) ||
					       slice_eq(host, SLICE("[2001:db8::10]")));
}

static const struct check_row {
	const char *label;
	const char *vias; /* lines */
	uint32_t limit;
	bool loops;
} checks[] = {
	{ "LD-14", "Via: " OURS H1 H2 "\r\n", 8, true },
	{ "LD-14-case", "v: sip/2.0/udp P1.Example.Com;branch=Z9HG4BKx.l" H1 H2 "\r\n", 8, true },
	{ "LD-14-ipv6", "Via: SIP/2.0/UDP [2001:db8::10];branch=z9hG4bKx.L" H1 H2 "\r\n", 8, true },
	{ "LD-15", "Via: " OURS OTHER_H1 OTHER_H2 "\r\n", 8, false },
	{ "LD-12-last", "Via: " THEIRS H1 H2 "\r\nVia: " OURS OTHER_H1 H2 ", " OURS H1 H2 "\r\n", 8,
	  true },
	{ "LD-13", "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP 192.0.2.10\r\n",
	  1, false },
	{ "LD-19-spaces",
	  "Via: SIP / 2.0 / UDP 192.0.2.10 : 5060 ;a;b=\"c,;\";branch=x.L" H1 H2 " ;d\r\n", 8,
	  true },
	{ "LD-19-quoted-comma", "Via: SIP/2.0/UDP h;a=\"x, " OURS H1 H2 "\"\r\n", 8, false },
	{ "LD-19-tls", "Via: SIP/2.0/TLS 192.0.2.10:5060;branch=x.L" H1 H2 "\r\n", 8, true },
	{ "LD-24-port", "Via: SIP/2.0/UDP 192.0.2.10:5061;branch=x.L" H1 H2 "\r\n", 8, false },
	{ "others", "Via: " THEIRS H1 H2 "\r\n", 1, false },
	{ "malformed", "Via: SIP/2.0/UDP 192.0.2.10;branch=x.L" H1 H2 ";;\r\n", 8, false },
	{ "malformed-first", "Via: ,;, SIP/2.0/UDP ;branch=x\r\nVia: " OURS H1 H2 "\r\n", 8, true },
	{ "none", "", 8, false },
	{ "LD-28-below", "Via: " OURS OTHER_H1 H2 "\r\nVia: " OURS OTHER_H1 H2 "\r\n", 3, false },
	{ "LD-28", "Via: " OURS OTHER_H1 H2 "\r\nVia: " OURS OTHER_H1 H2 "\r\n", 2, true },
	{ "LD-28-other-aor", "Via: " OURS OTHER_H1 H2 "\r\nVia: " OURS OTHER_H1 OTHER_H2 "\r\n", 2,
	  false },
	{ "LD-28-others", "Via: " OURS OTHER_H1 H2 "\r\nVia: " THEIRS OTHER_H1 H2 "\r\n", 2,
	  false },
	{ "LD-28-off", "Via: " OURS OTHER_H1 H2 "\r\nVia: " OURS OTHER_H1 H2 "\r\n", 0, false },
};

static void
check_decides(void **state)
{
	const struct check_row *row = *state;
	const struct loop_policy policy = { is_own, &asked, row->limit };
	const struct loop_part part = { 1, 2 };
	struct sip_message msg;
	char text[1024];

	snprintf(text, sizeof(text), "INVITE sip:a@b SIP/2.0\r\n%sCall-ID: c\r\n\r\n", row->vias);
	assert_int_equal(sip_message_index(at_wall(slice_str(text)), &msg), SIP_FAULT_NONE);
	assert_int_equal(loop_check(&msg, &part, &policy), row->loops);
}
GTEST_ROWS(LoopCheck, checks, label, check_decides);

/* Thousands of bogus values: one question each, none of them decoded further. */
GTEST(LoopCheck, one_question_for_each)
{
	const struct loop_policy policy = { is_own, &asked, 8 };
	const struct loop_part part = { 1, 2 };
	static char text[16384];
	struct sip_message msg;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "INVITE sip:a@b SIP/2.0\r\nVia: " THEIRS H1 H2);
	for (int i = 1; i < 128; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "," THEIRS H1 H2);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\nCall-ID: c\r\n\r\n");
	assert_int_equal(sip_message_index(slice_of(text, n), &msg), SIP_FAULT_NONE);
	asked = 0;
	assert_false(loop_check(&msg, &part, &policy));
	assert_int_equal(asked, 128);
}
