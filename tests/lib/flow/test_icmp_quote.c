/* SPDX-License-Identifier: BSD-3-Clause */
/** ICMP errors that quote a datagram of ours: spec/outbound.md OB-20 and 5.2. */
#include "lib/flow/icmp.h"
#include "flow/icmp_quote.h"

static struct flow_address
address(const char *ip, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(ip), &a));
	a.port = port;
	return a;
}

static struct flow
flow_of(bool six)
{
	return (struct flow){
		.local = address(six ? "2001:db8::10" : "192.0.2.10", 5060),
		.remote = address(six ? "2001:db8:9::7" : "203.0.113.7", 40312),
		.transport = FLOW_UDP,
	};
}

static const struct icmp_row {
	const char *req;
	struct icmp_packet f;
	enum icmp_quote_result v4, v6;
	bool host;
} rows[] = {
	{ "OB-20", { .quoted = 100 }, ICMP_QUOTE_OK, ICMP_QUOTE_OK },
	{ "OB-20 eight octets", { .code = 0 }, ICMP_QUOTE_OK, ICMP_QUOTE_OK },
	{ "OB-20 odd length", { .quoted = 101 }, ICMP_QUOTE_OK, ICMP_QUOTE_OK },
	{ "OB-20 sent in fragments", { .fragment = true, .quoted = 64 }, ICMP_QUOTE_OK,
	  ICMP_QUOTE_OK },
	{ "OB-20 options around it", { .options = 8 }, ICMP_QUOTE_OK, ICMP_QUOTE_OK },
	{ "code 0", { .code = 255 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "code 1", { .code = 1 }, ICMP_QUOTE_OK, ICMP_QUOTE_OK, .host = true },
	{ "code 2", { .code = 2 }, ICMP_QUOTE_OK, ICMP_QUOTE_NONE },
	{ "code 5", { .code = 5 }, ICMP_QUOTE_NONE, ICMP_QUOTE_OK, .host = true },
	{ "code 6", { .code = 6 }, ICMP_QUOTE_NONE, ICMP_QUOTE_OK, .host = true },
	{ "code 9", { .code = 9 }, ICMP_QUOTE_OK, ICMP_QUOTE_NONE, .host = true },
	{ "code 10", { .code = 10 }, ICMP_QUOTE_OK, ICMP_QUOTE_NONE, .host = true },
	{ "code 13", { .code = 13 }, ICMP_QUOTE_OK, ICMP_QUOTE_NONE, .host = true },
	{ "code 16", { .code = 16 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "code 64", { .code = 67 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "too big", { .type = 2, .code = 255 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "time exceeded", { .type = 11, .code = 255 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "echo", { .type = 8 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "not ICMP", { .protocol = 6 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "of TCP", { .quoted_protocol = 6 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
	{ "of TCP in fragments", { .quoted_protocol = 6, .fragment = true }, ICMP_QUOTE_NONE,
	  ICMP_QUOTE_NONE },
	{ "5.2 bad checksum", { .bad_checksum = true }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "5.2 later fragment", { .later_fragment = true }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "5.2 UDP cut short", { .cut = 1 }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "5.2 UDP not there", { .cut = 8 }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "5.2 fragment header cut", { .fragment = true, .cut = 9 }, ICMP_QUOTE_BAD,
	  ICMP_QUOTE_BAD },
	{ "5.2 IP cut short", { .cut = 9 }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "5.2 UDP length 7", { .length = 7 }, ICMP_QUOTE_BAD, ICMP_QUOTE_BAD },
	{ "shorter than it says", { .missing = 1 }, ICMP_QUOTE_NONE, ICMP_QUOTE_NONE },
};

static void
check_family(const struct icmp_row *r, bool six)
{
	enum icmp_quote_result want = six ? r->v6 : r->v4;
	uint8_t out[ICMP_PACKET_MAX];
	struct icmp_packet f = r->f;
	struct icmp_quote q, untouched;
	struct slice in;
	size_t n;

	f.flow = flow_of(six);
	f.length = f.length != 0 ? f.length : 700;
	f.checksum = 0x1234;
	f.mark = six ? 0xabcde : 0xbcde;
	if (six)
		f.options = 0;
	n = icmp_build(out, &f);
	memset(&q, 0xee, sizeof(q));
	memset(&untouched, 0xee, sizeof(untouched));
	in = at_wall(slice_of((const char *)out, n));
	assert_int_equal(icmp_quote_read((const uint8_t *)in.ptr, in.len, &q), want);
	if (want != ICMP_QUOTE_OK) {
		assert_memory_equal(&q, &untouched, sizeof(q));
		return;
	}
	assert_memory_equal(&q.flow, &f.flow, sizeof(q.flow));
	assert_int_equal(q.length, 700);
	assert_int_equal(q.checksum, 0x1234);
	assert_int_equal(q.mark, f.mark);
	assert_int_equal(q.host, r->host);
}

static void
check_row(void **state)
{
	const struct icmp_row *r = *state;

	check_family(r, false);
	check_family(r, true);
}
GTEST_ROWS(IcmpQuote, rows, req, check_row);

/* What only one of the two has. */
GTEST(IcmpQuote, OB_20_more)
{
	const struct flow_address other4 = address("192.0.2.11", 0);
	const struct flow_address other6 = address("2001:db8::11", 0);
	struct icmp_packet f = { .flow = flow_of(false), .length = 700 };
	uint8_t out[ICMP_PACKET_MAX + 32];
	struct icmp_quote q;

	f.quoted_options = 4;
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_BAD);
	f.quoted_options = 0;
	f.is_fragment = true;
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_NONE);
	f.is_fragment = false;
	/* padding of a short frame */
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f) + 32, &q), ICMP_QUOTE_OK);
	/* by a router on the way */
	f.by = &other4;
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_OK);
	/* 5.2: to an address that is not the sender's */
	f.to = &other4;
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_BAD);
	f = (struct icmp_packet){ .flow = flow_of(true), .length = 700, .to = &other6 };
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_BAD);
	/* an extension header that we never write */
	f = (struct icmp_packet){ .flow = flow_of(true), .length = 700, .quoted_protocol = 60 };
	assert_int_equal(icmp_quote_read(out, icmp_build(out, &f), &q), ICMP_QUOTE_NONE);
}

/* Each octet of a good one changed, and each length of it: never a crash, never another flow. */
GTEST(IcmpQuote, every_octet)
{
	uint8_t out[ICMP_PACKET_MAX];
	struct icmp_quote q;

	for (unsigned int six = 0; six < 2; six++) {
		struct icmp_packet f = { .flow = flow_of(six != 0), .length = 700, .quoted = 20 };
		size_t n = icmp_build(out, &f), icmp = six != 0 ? 40 : 20;

		for (size_t at = 0; at < n; at++)
			for (unsigned int bit = 0; bit < 8; bit++) {
				struct slice in;

				out[at] ^= (uint8_t)(1u << bit);
				in = at_wall(slice_of((const char *)out, n));
				if (icmp_quote_read((const uint8_t *)in.ptr, n, &q) ==
				    ICMP_QUOTE_OK) {
					assert_true(at < icmp);
					assert_true(flow_eq(&q.flow, &f.flow));
				}
				out[at] ^= (uint8_t)(1u << bit);
			}
		for (size_t len = 0; len < n; len++) {
			struct slice in = at_wall(slice_of((const char *)out, len));

			assert_int_equal(icmp_quote_read((const uint8_t *)in.ptr, len, &q),
					 ICMP_QUOTE_NONE);
		}
	}
}
