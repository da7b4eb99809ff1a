/* SPDX-License-Identifier: BSD-3-Clause */
/** Answers to STUN on the SIP port: spec/outbound.md OB-32 to OB-36 and OB-83, RFC 5389 §15.5. */
#include "lib/sip/support.h"
#include "stun/stun.h"

#define COOKIE "\x21\x12\xa4\x42"
#define REST "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"
#define TID COOKIE REST
#define OLD_TID "\x0f\x0e\x0d\x0c" REST
#define BYTES(s) { "" s, sizeof(s) - 1 }
#define MAPPED "\x00\x20\x00\x08\x00\x01\xbc\x6a\xea\x12\xd5\x45"
#define INTEGRITY "\x00\x08\x00\x14" "...................."
#define FINGERPRINT(crc) "\x80\x28\x00\x04" crc

/* RFC 5769 §2.1: what ICE asks. PRIORITY (0x0024) is none of a keepalive's attributes. */
#define SAMPLE_TID COOKIE "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
#define SAMPLE(last)                                                                               \
	"\x00\x01\x00\x58" SAMPLE_TID "\x80\x22\x00\x10STUN test client"                           \
	"\x00\x24\x00\x04\x6e\x00\x01\xff\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"                \
	"\x00\x06\x00\x09\x65vtj:h6vY\x20\x20\x20"                                                 \
	"\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49"              \
	"\xc1\xb5\x71\xa2\x80\x28\x00\x04\xe5\x7a\x3b" last
#define UNKNOWN_REASON "\x00\x00\x04\x14Unknown Attribute"

static struct flow_address
address(const char *ip, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(ip), &a));
	a.port = port;
	return a;
}

static uint8_t out[STUN_ANSWER_MAX + 16];

static size_t
ask(struct slice in, const char *remote, uint16_t port)
{
	bool six = strchr(remote, ':') != NULL;
	struct flow_address from = address(remote, port);
	struct flow_address at = address(six ? "2001:db8::10" : "192.0.2.10", 5060);
	struct slice walled = at_wall(in);
	size_t n;

	memset(out, 0xee, sizeof(out));
	n = stun_answer((const uint8_t *)walled.ptr, walled.len, &at, &from, out);
	assert_true(n <= STUN_ANSWER_MAX);
	for (size_t i = n; i < sizeof(out); i++)
		assert_int_equal(out[i], 0xee);
	return n;
}

static const struct {
	const char *req;
	struct slice in;
	const char *remote;
	uint16_t port;
	struct slice want; /* empty: no answer */
} rows[] = {
	{ "OB-33 example 3.5", BYTES("\x00\x01\x00\x00" TID), "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x0c" TID "\x00\x20\x00\x08\x00\x01\xbc\x6a\xea\x12\xd5\x45") },
	{ "OB-33 IPv6", BYTES("\x00\x01\x00\x00" TID), "2001:db8:1::7", 40312,
	  BYTES("\x01\x01\x00\x18" TID "\x00\x20\x00\x14\x00\x02\xbc\x6a"
		"\x01\x13\xa9\xfa\x01\x03\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0b") },
	{ "OB-34", BYTES("\x00\x01\x00\x00" OLD_TID), "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x18" OLD_TID "\x00\x01\x00\x08\x00\x01\x9d\x78\xcb\x00\x71\x07"
		"\x00\x04\x00\x08\x00\x01\x13\xc4\xc0\x00\x02\x0a") },
	{ "OB-34 IPv6", BYTES("\x00\x01\x00\x00" OLD_TID), "2001:db8:1::7", 40312,
	  BYTES("\x01\x01\x00\x18" OLD_TID "\x00\x01\x00\x14\x00\x02\x9d\x78"
		"\x20\x01\x0d\xb8\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07") },
	{ "OB-34 CHANGE-REQUEST 0", BYTES("\x00\x01\x00\x08" OLD_TID "\x00\x03\x00\x04\x00\x00\x00\x00"),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x18" OLD_TID "\x00\x01\x00\x08\x00\x01\x9d\x78\xcb\x00\x71\x07"
		"\x00\x04\x00\x08\x00\x01\x13\xc4\xc0\x00\x02\x0a") },
	{ "OB-83", BYTES("\x00\x01\x00\x04" TID "\x7f\xff\x00\x00"), "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x24" TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x02\x7f\xff\x00\x00") },
	{ "OB-83 0000", BYTES("\x00\x01\x00\x04" TID "\x00\x00\x00\x00"), "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x24" TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x02\x00\x00\x00\x00") },
	{ "OB-83 CHANGE-REQUEST", BYTES("\x00\x01\x00\x08" TID "\x00\x03\x00\x04\x00\x00\x00\x06"),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x24" TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x02\x00\x03\x00\x00") },
	{ "OB-83 optional", BYTES("\x00\x01\x00\x08" TID "\x80\x22\x00\x03\x61\x62\x63\x00"),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x0c" TID "\x00\x20\x00\x08\x00\x01\xbc\x6a\xea\x12\xd5\x45") },
	{ "OB-83 five of them", BYTES("\x00\x01\x00\x14" TID "\x70\x01\x00\x00\x70\x02\x00\x00"
	  "\x70\x03\x00\x00\x70\x04\x00\x00\x70\x05\x00\x00"), "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x28" TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x08\x70\x01\x70\x02\x70\x03\x70\x04") },
	/* RFC 3489 §11.2.9, §11.2.10: both values are multiples of four octets long */
	{ "OB-35", BYTES("\x00\x01\x00\x08" OLD_TID "\x00\x03\x00\x04\x00\x00\x00\x02"),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x24" OLD_TID "\x00\x09\x00\x18" UNKNOWN_REASON "   "
		"\x00\x0a\x00\x04\x00\x03\x00\x03") },
	/* RFC 5389 §7.3, §15.5 */
	{ "OB-33 FINGERPRINT", BYTES("\x00\x01\x00\x08" TID FINGERPRINT("\x5b\x20\xf9\xcc")),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x14" TID MAPPED FINGERPRINT("\xec\xe0\x2a\x69")) },
	{ "OB-33 FINGERPRINT IPv6", BYTES("\x00\x01\x00\x08" TID FINGERPRINT("\x5b\x20\xf9\xcc")),
	  "2001:db8:1::7", 40312,
	  BYTES("\x01\x01\x00\x20" TID "\x00\x20\x00\x14\x00\x02\xbc\x6a"
		"\x01\x13\xa9\xfa\x01\x03\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0b"
		FINGERPRINT("\x6f\x21\x59\xd0")) },
	{ "FINGERPRINT wrong", BYTES("\x00\x01\x00\x08" TID FINGERPRINT("\x5b\x20\xf9\xcd")),
	  "203.0.113.7", 40312, BYTES("") },
	{ "FINGERPRINT not last", BYTES("\x00\x01\x00\x10" TID FINGERPRINT("\xaa\x61\x2f\x2f")
	  "\x80\x22\x00\x04" "abcd"), "203.0.113.7", 40312, BYTES("") },
	{ "FINGERPRINT empty", BYTES("\x00\x01\x00\x04" TID "\x80\x28\x00\x00"), "203.0.113.7",
	  40312, BYTES("") },
	{ "FINGERPRINT too short", BYTES("\x00\x01\x00\x08" TID "\x80\x28\x00\x03\x5b\x20\xf9\xcc"),
	  "203.0.113.7", 40312, BYTES("") },
	{ "FINGERPRINT too long", BYTES("\x00\x01\x00\x0c" TID "\x80\x28\x00\x08"
	  "\x5b\x20\xf9\xcc\0\0\0\0"), "203.0.113.7", 40312, BYTES("") },
	{ "OB-83 FINGERPRINT", BYTES("\x00\x01\x00\x1c" TID "\x70\x01\x00\x00\x70\x02\x00\x00"
	  "\x70\x03\x00\x00\x70\x04\x00\x00\x70\x05\x00\x00" FINGERPRINT("\x6e\xde\xa9\x7b")),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x30" TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x08\x70\x01\x70\x02\x70\x03\x70\x04" FINGERPRINT("\x73\x95\xdf\xa9")) },
	{ "OB-83 RFC 5769 2.1", BYTES(SAMPLE("\xcf")), "203.0.113.7", 40312,
	  BYTES("\x01\x11\x00\x2c" SAMPLE_TID "\x00\x09\x00\x15" UNKNOWN_REASON "\0\0\0"
		"\x00\x0a\x00\x02\x00\x24\x00\x00" FINGERPRINT("\xbd\x47\xdc\x87")) },
	{ "RFC 5769 2.1, one bit wrong", BYTES(SAMPLE("\xce")), "203.0.113.7", 40312, BYTES("") },
	/* there is no such attribute in RFC 3489: it may be ignored */
	{ "OB-34 FINGERPRINT", BYTES("\x00\x01\x00\x08" OLD_TID FINGERPRINT("\x00\x00\x00\x00")),
	  "203.0.113.7", 40312,
	  BYTES("\x01\x01\x00\x18" OLD_TID "\x00\x01\x00\x08\x00\x01\x9d\x78\xcb\x00\x71\x07"
		"\x00\x04\x00\x08\x00\x01\x13\xc4\xc0\x00\x02\x0a") },
	{ "OB-33 credentials", BYTES("\x00\x01\x00\x20" TID "\x00\x06\x00\x04user" INTEGRITY),
	  "203.0.113.7", 40312, BYTES("\x01\x01\x00\x0c" TID MAPPED) },
	{ "OB-33 credentials of RFC 8489", BYTES("\x00\x01\x00\x30" TID "\x00\x1e\x00\x04" "hash"
	  "\x00\x1d\x00\x04\x00\x02\x00\x00\x00\x1c\x00\x1c" "............................"),
	  "203.0.113.7", 40312, BYTES("\x01\x01\x00\x0c" TID MAPPED) },
	{ "OB-83 behind MESSAGE-INTEGRITY", BYTES("\x00\x01\x00\x1c" TID INTEGRITY "\x70\x01\x00\x00"),
	  "203.0.113.7", 40312, BYTES("\x01\x01\x00\x0c" TID MAPPED) },
	{ "OB-83 indication", BYTES("\x00\x11\x00\x00" TID), "203.0.113.7", 40312, BYTES("") },
	{ "response", BYTES("\x01\x01\x00\x00" TID), "203.0.113.7", 40312, BYTES("") },
	{ "error response", BYTES("\x01\x11\x00\x00" TID), "203.0.113.7", 40312, BYTES("") },
	{ "other method", BYTES("\x00\x03\x00\x00" TID), "203.0.113.7", 40312, BYTES("") },
	{ "shared secret", BYTES("\x00\x02\x00\x00" OLD_TID), "203.0.113.7", 40312, BYTES("") },
	{ "length too small", BYTES("\x00\x01\x00\x00" TID "\x80\x22\x00\x00"), "203.0.113.7", 1,
	  BYTES("") },
	{ "length too large", BYTES("\x00\x01\x00\x04" TID), "203.0.113.7", 1, BYTES("") },
	{ "length odd", BYTES("\x00\x01\x00\x01" TID "\x80"), "203.0.113.7", 1, BYTES("") },
	{ "attribute too long", BYTES("\x00\x01\x00\x04" TID "\x80\x22\x00\x01"), "203.0.113.7", 1,
	  BYTES("") },
	{ "attribute 65535", BYTES("\x00\x01\x00\x08" TID "\x80\x22\xff\xff\0\0\0\0"), "203.0.113.7", 1,
	  BYTES("") },
	{ "change request too long", BYTES("\x00\x01\x00\x04" OLD_TID "\x00\x03\x00\x04"),
	  "203.0.113.7", 1, BYTES("") },
	{ "multicast", BYTES("\x00\x01\x00\x00" TID), "224.0.0.1", 40312, BYTES("") },
	{ "multicast IPv6", BYTES("\x00\x01\x00\x00" TID), "ff02::1", 40312, BYTES("") },
	{ "broadcast", BYTES("\x00\x01\x00\x00" TID), "255.255.255.255", 40312, BYTES("") },
	{ "unspecified", BYTES("\x00\x01\x00\x00" TID), "0.0.0.0", 40312, BYTES("") },
	{ "port 0", BYTES("\x00\x01\x00\x00" TID), "203.0.113.7", 0, BYTES("") },
};

static void
check_row(void **state)
{
	const typeof(rows[0]) *r = *state;
	size_t n = ask(r->in, r->remote, r->port);

	assert_int_equal(n, r->want.len);
	if (n > 0)
		assert_memory_equal(out, r->want.ptr, n);
}
GTEST_ROWS(Stun, rows, req, check_row);

/* OB-83: a keepalive without an answer. */
static const struct {
	const char *req;
	struct slice in;
	bool want;
} indications[] = {
	{ "OB-83", BYTES("\x00\x11\x00\x00" TID), true },
	{ "OB-83 attribute", BYTES("\x00\x11\x00\x04" TID "\x80\x22\x00\x00"), true },
	{ "request", BYTES("\x00\x01\x00\x00" TID), false },
	{ "response", BYTES("\x01\x01\x00\x00" TID), false },
	{ "other method", BYTES("\x00\x13\x00\x00" TID), false },
	{ "no cookie", BYTES("\x00\x11\x00\x00" OLD_TID), false },
	{ "too short", BYTES("\x00\x11\x00\x00" COOKIE), false },
	{ "length too small", BYTES("\x00\x11\x00\x00" TID "abcd"), false },
	{ "length too large", BYTES("\x00\x11\x00\x04" TID), false },
	{ "length odd", BYTES("\x00\x11\x00\x01" TID "a"), false },
};

static void
check_indication(void **state)
{
	const typeof(indications[0]) *r = *state;
	struct slice in = at_wall(r->in);

	assert_int_equal(stun_is_indication((const uint8_t *)in.ptr, in.len), r->want);
}
GTEST_ROWS(Stun, indications, req, check_indication);

/* RFC 5389 §6: the two top bits of a STUN message are zero, and so on: only 0x0001 is answered. */
GTEST(Stun, OB_36_only_binding_requests)
{
	char text[20];

	memcpy(text, "\x00\x01\x00\x00" TID, 20);
	for (unsigned int type = 0; type < 65536; type++) {
		text[0] = (char)(type >> 8);
		text[1] = (char)type;
		assert_int_equal(ask(slice_of(text, 20), "203.0.113.7", 1) != 0, type == 1);
	}
}

GTEST(Stun, every_truncation)
{
	static const char text[] = "\x00\x01\x00\x14" TID "\x00\x06\x00\x05user1\0\0\0\x80\x22\x00\x04"
				   "abcd";
	size_t len = sizeof(text) - 1;

	assert_int_equal(len, 40);
	assert_int_not_equal(ask(slice_of(text, len), "203.0.113.7", 1), 0);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(ask(slice_of(text, n), "203.0.113.7", 1), 0);
}

/* Whatever the octets, with a length that is right: an answer of STUN_ANSWER_MAX octets at most, or none. */
GTEST(Stun, any_octets)
{
	uint64_t seed = 3;
	char text[84];

	for (int i = 0; i < 200000; i++) {
		size_t len = 20 + 4 * random_below(&seed, 17);

		for (size_t k = 0; k < len; k++)
			text[k] = (char)(random_below(&seed, 3) == 0 ? next_random(&seed)
								     : random_below(&seed, 5));
		memcpy(text, "\x00\x01\x00\x00", 4);
		text[3] = (char)(len - 20);
		if (random_below(&seed, 2) == 0)
			memcpy(text + 4, COOKIE, 4);
		ask(slice_of(text, len), i % 2 == 0 ? "203.0.113.7" : "2001:db8::7", 1);
	}
}
