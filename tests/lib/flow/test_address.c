/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/address.h"
#include "lib/sip/support.h"

#define BYTES(literal) "" literal, sizeof(literal) - 1

static const struct decode_row {
	const char *label;
	const char *text;
	size_t len;
	uint8_t family;    /* 0: refused */
	const char *again; /* as flow_ip_text() writes it */
} decodes[] = {
	{ "RFC791", BYTES("192.0.2.10"), 4, "192.0.2.10" },
	{ "v4-all-zero", BYTES("0.0.0.0"), 4, "0.0.0.0" },
	{ "v4-all-ones", BYTES("255.255.255.255"), 4, "255.255.255.255" },
	{ "v4-256", BYTES("192.0.2.256"), 0, NULL },
	{ "v4-1000", BYTES("192.0.2.1000"), 0, NULL },
	{ "v4-leading-zero", BYTES("192.0.02.1"), 0, NULL },
	{ "v4-many-digits", BYTES("4294967296.0.0.1"), 0, NULL },
	{ "v4-three-parts", BYTES("192.0.2"), 0, NULL },
	{ "v4-five-parts", BYTES("192.0.2.1.1"), 0, NULL },
	{ "v4-dot-at-end", BYTES("192.0.2.1."), 0, NULL },
	{ "v4-empty-part", BYTES("192..2.1"), 0, NULL },
	{ "v4-space", BYTES("192.0.2.1 "), 0, NULL },
	{ "v4-port", BYTES("192.0.2.1:5060"), 0, NULL },
	{ "v4-brackets", BYTES("[192.0.2.1]"), 0, NULL },
	{ "v4-NUL", BYTES("192.0.2.1\0"), 0, NULL },
	{ "v4-hex", BYTES("0xc0.0.2.1"), 0, NULL },
	{ "v4-minus", BYTES("192.0.2.-1"), 0, NULL },
	{ "RFC4291-2.2-1", BYTES("2001:DB8:0:0:8:800:200C:417A"), 6, "2001:db8::8:800:200c:417a" },
	{ "RFC4291-2.2-2", BYTES("::1"), 6, "::1" },
	{ "RFC4291-2.2-3", BYTES("::"), 6, "::" },
	{ "RFC4291-mapped", BYTES("::FFFF:129.144.52.38"), 6, "::ffff:129.144.52.38" },
	{ "v6-brackets", BYTES("[2001:db8::10]"), 6, "2001:db8::10" },
	{ "v6-longest", BYTES("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"), 6,
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "v6-longest-brackets", BYTES("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]"), 6,
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "v6-too-long", BYTES("ffff:ffff:ffff:ffff:ffff:ffff:0255.255.255.255"), 0, NULL },
	{ "RFC5118-4.10", BYTES("2001:db8:::192.0.2.1"), 0, NULL },
	{ "v6-nine-parts", BYTES("1:2:3:4:5:6:7:8:9"), 0, NULL },
	{ "v6-seven-parts", BYTES("1:2:3:4:5:6:7"), 0, NULL },
	{ "v6-zone", BYTES("fe80::1%eth0"), 0, NULL },
	{ "v6-open-bracket", BYTES("[2001:db8::10"), 0, NULL },
	{ "v6-close-bracket", BYTES("2001:db8::10]"), 0, NULL },
	{ "v6-two-brackets", BYTES("[[2001:db8::10]]"), 0, NULL },
	{ "v6-NUL-at-end", BYTES("2001:db8::10\0"), 0, NULL },
	{ "v6-NUL-and-text", BYTES("2001:db8::10\0.example"), 0, NULL },
	{ "empty", BYTES(""), 0, NULL },
	{ "bracket-alone", BYTES("["), 0, NULL },
	{ "brackets-alone", BYTES("[]"), 0, NULL },
	{ "colon", BYTES(":"), 0, NULL },
	{ "name", BYTES("a.example"), 0, NULL },
};

static void
check_decode(void **state)
{
	const struct decode_row *r = *state;
	struct slice text = at_wall(slice_of(r->text, r->len));
	struct flow_address a, again;
	char out[FLOW_IP_TEXT_MAX];

	memset(&a, 0xa5, sizeof(a));
	assert_int_equal(flow_ip_decode(text, &a), r->family != 0);
	if (r->family == 0)
		return;
	assert_int_equal(a.family, r->family);
	assert_int_equal(a.port, 0);
	assert_int_equal(a.reserved, 0);
	for (size_t i = flow_ip_size(a.family); i < sizeof(a.ip); i++)
		assert_int_equal(a.ip[i], 0);
	assert_slice(flow_ip_text(&a, out), r->again);
	assert_true(flow_ip_decode(slice_str(r->again), &again));
	assert_true(flow_address_eq(&a, &again));
}
GTEST_ROWS(FlowAddress, decodes, label, check_decode);

static const struct text_row {
	const char *label;
	const char *ip;
	uint16_t port;
	const char *text;
} texts[] = {
	{ "v4", "192.0.2.10", 5060, "192.0.2.10:5060" },
	{ "v4-without-port", "192.0.2.10", 0, "192.0.2.10" },
	{ "v4-longest", "255.255.255.255", 65535, "255.255.255.255:65535" },
	{ "v6", "2001:db8::10", 5060, "[2001:db8::10]:5060" },
	{ "v6-without-port", "2001:db8::10", 0, "[2001:db8::10]" },
	{ "v6-longest", "2001:db81:2001:db81:2001:db81:2001:db81", 65535,
	  "[2001:db81:2001:db81:2001:db81:2001:db81]:65535" },
};

static void
check_text(void **state)
{
	const struct text_row *r = *state;
	char out[FLOW_ADDRESS_TEXT_MAX];
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(r->ip), &a));
	a.port = r->port;
	assert_slice(flow_address_text(&a, out), r->text);
}
GTEST_ROWS(FlowAddress, texts, label, check_text);

static const struct network_row {
	const char *label;
	const char *ip, *prefix;
	unsigned int bits;
	bool inside;
} networks[] = {
	{ "first-of-24", "192.0.2.0", "192.0.2.0", 24, true },
	{ "last-of-24", "192.0.2.255", "192.0.2.0", 24, true },
	{ "before-24", "192.0.1.255", "192.0.2.0", 24, false },
	{ "behind-24", "192.0.3.0", "192.0.2.0", 24, false },
	{ "last-of-25", "192.0.2.127", "192.0.2.0", 25, true },
	{ "behind-25", "192.0.2.128", "192.0.2.0", 25, false },
	{ "host", "192.0.2.1", "192.0.2.1", 32, true },
	{ "another-host", "192.0.2.0", "192.0.2.1", 32, false },
	{ "pair", "192.0.2.0", "192.0.2.1", 31, true },
	{ "any-v4", "203.0.113.7", "0.0.0.0", 0, true },
	{ "any-v4-is-not-v6", "2001:db8::1", "0.0.0.0", 0, false },
	{ "any-v6-is-not-v4", "203.0.113.7", "::", 0, false },
	{ "any-v6", "2001:db8::1", "::", 0, true },
	{ "mapped-is-not-v4", "::ffff:192.0.2.1", "192.0.2.0", 24, false },
	{ "v6-32", "2001:db8:ffff::1", "2001:db8::", 32, true },
	{ "v6-33", "2001:db8:8000::1", "2001:db8::", 33, false },
	{ "v6-127", "2001:db8::1", "2001:db8::", 127, true },
	{ "v6-128", "2001:db8::1", "2001:db8::1", 128, true },
	{ "v6-128-another", "2001:db8::2", "2001:db8::1", 128, false },
	{ "host-bits-of-the-prefix", "192.0.2.9", "192.0.2.77", 24, true },
};

static void
check_network(void **state)
{
	const struct network_row *r = *state;
	struct flow_address a, prefix;

	assert_true(flow_ip_decode(slice_str(r->ip), &a));
	assert_true(flow_ip_decode(slice_str(r->prefix), &prefix));
	assert_int_equal(flow_ip_in(&a, &prefix, r->bits), r->inside);
}
GTEST_ROWS(FlowAddress, networks, label, check_network);

static const struct unicast_row {
	const char *ip;
	bool unicast;
} unicasts[] = {
	{ "0.0.0.0", false },
	{ "0.1.2.3", false },
	{ "1.0.0.0", true },
	{ "127.0.0.1", false },
	{ "192.0.2.10", true },
	{ "223.255.255.255", true },
	{ "224.0.0.1", false },
	{ "240.0.0.1", false },
	{ "255.255.255.255", false },
	{ "::", false },
	{ "::1", false },
	{ "2001:db8::1", true },
	{ "fe80::1", true },
	{ "feff::1", true },
	{ "ff02::1", false },
	{ "ff00::", false },
	{ "::ffff:0.0.0.0", false },
};

static void
check_unicast(void **state)
{
	const struct unicast_row *r = *state;
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(r->ip), &a));
	assert_int_equal(flow_ip_is_unicast(&a), r->unicast);
}
GTEST_ROWS(FlowAddress, unicasts, ip, check_unicast);

GTEST(FlowAddress, no_address_is_not_unicast)
{
	struct flow_address none = { .family = 0 };

	assert_false(flow_ip_is_unicast(&none));
}

GTEST(FlowAddress, equal_in_every_part)
{
	struct flow a = { .transport = FLOW_TCP, .generation = 5 }, b;

	assert_true(flow_ip_decode(SLICE("192.0.2.10"), &a.local));
	assert_true(flow_ip_decode(SLICE("203.0.113.7"), &a.remote));
	b = a;
	assert_true(flow_eq(&a, &b));
	b.generation = 6;
	assert_false(flow_eq(&a, &b));
	b = a;
	b.transport = FLOW_TLS;
	assert_false(flow_eq(&a, &b));
	b = a;
	b.local.port = 1;
	assert_false(flow_eq(&a, &b));
	assert_true(flow_ip_eq(&a.local, &b.local));
	b = a;
	b.remote.ip[3]++;
	assert_false(flow_eq(&a, &b));
	b = a;
	b.remote.family = 6;
	assert_false(flow_eq(&a, &b));
}

GTEST(FlowAddress, decodes_what_it_writes)
{
	uint64_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		struct flow_address a = { .family = i % 2 == 0 ? 4 : 6 }, b;
		char out[FLOW_IP_TEXT_MAX];

		for (size_t k = 0; k < flow_ip_size(a.family); k++)
			a.ip[k] = random_below(&seed, 3) == 0 ? 0 : (uint8_t)next_random(&seed);
		assert_true(flow_ip_decode(flow_ip_text(&a, out), &b));
		assert_memory_equal(&a, &b, sizeof(a));
	}
}
