/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/address.h"

static const struct address_row {
	const char *label;
	const char *text;
	bool good, bracketed;
	const char *display, *uri, *params;
} addresses[] = {
	/* clang-format off */
	{ "RFC3261-20.20-quoted", "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", true,
	  true,
	  "\"A. G. Bell\"", "sip:agb@bell-telephone.com", "tag=a48s" },
	{ "RFC3261-20.20-spec", "sip:+12125551212@server.phone2net.com;tag=887s", true, false,
	  NULL, "sip:+12125551212@server.phone2net.com", "tag=887s" },
	{ "RFC3261-20.20-anonymous", "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", true, true,
	  "Anonymous", "sip:c8oqz84zk7z@privacy.org", "tag=hyh8" },
	{ "RFC4475-3.1.1.6", "caller<sip:caller@example.com>;tag=323", true, true,
	  "caller", "sip:caller@example.com", "tag=323" },
	{ "uri-params-inside", "<sip:a@b;lr?x=y>;lr2", true, true, "", "sip:a@b;lr?x=y", "lr2" },
	{ "no-display", "<sip:a@b>", true, true, "", "sip:a@b", NULL },
	{ "several-tokens", "a b\r\n c <sip:a@b>", true, true, "a b\r\n c", "sip:a@b", NULL },
	{ "utf8", "J\xc3\xb6rg <sip:a@b>", true, true, "J\xc3\xb6rg", "sip:a@b", NULL },
	{ "quoted-bracket", "\"a<b>\\\"\" <sip:a@b>", true, true, "\"a<b>\\\"\"", "sip:a@b", NULL },
	{ "spaces-around", "  <sip:a@b> ; tag = 1 ", true, true, "", "sip:a@b", " tag = 1" },
	{ "quoted-param", "<sip:a@b>;x=\"<urn:y>;z,\"", true, true, "", "sip:a@b",
	  "x=\"<urn:y>;z,\"" },
	{ "spec-quoted-param", "sip:a@b;x=\"<y>\"", true, false, NULL, "sip:a@b", "x=\"<y>\"" },
	{ "RFC4475-3.3.4", "isbn:2983792873", true, false, NULL, "isbn:2983792873", NULL },
	{ "param-host", "<sip:a@b>;x=[::1]:5", true, true, "", "sip:a@b", "x=[::1]:5" },
	{ "empty", "", false, false, NULL, NULL, NULL },
	{ "blank", " \r\n ", false, false, NULL, NULL, NULL },
	{ "RFC4475-3.1.2.13", "sip:user@example.com?Route=%3Csip:b%3E", false, false, NULL, NULL,
	  NULL },
	{ "RFC4475-3.1.2.6", "\"Mr. J. User <sip:j.user@example.com>", false, false, NULL, NULL,
	  NULL },
	{ "RFC4475-3.1.2.15", "Bell, Alexander <sip:a.g.bell@example.com>;tag=43", false, false,
	  NULL,
	  NULL, NULL },
	{ "RFC4475-3.1.2.14", "\"Watson\" < sip:watson@example.org >", false, false, NULL, NULL,
	  NULL },
	{ "RFC3261-20-comma", "sip:a@b,c", false, false, NULL, NULL, NULL },
	{ "open-bracket", "<sip:a@b", false, false, NULL, NULL, NULL },
	{ "empty-brackets", "a <>", false, false, NULL, NULL, NULL },
	{ "quote-without-brackets", "\"a\" sip:a@b", false, false, NULL, NULL, NULL },
	{ "quote-not-first", "a \"b\" <sip:a@b>", false, false, NULL, NULL, NULL },
	{ "two-quotes", "\"a\" \"b\" <sip:a@b>", false, false, NULL, NULL, NULL },
	{ "behind-brackets", "<sip:a@b> x", false, false, NULL, NULL, NULL },
	{ "second-brackets", "<sip:a@b><sip:c@d>", false, false, NULL, NULL, NULL },
	{ "no-colon", "alice", false, false, NULL, NULL, NULL },
	{ "empty-param", "<sip:a@b>;;tag=1", false, false, NULL, NULL, NULL },
	{ "trailing-semicolon", "<sip:a@b>;", false, false, NULL, NULL, NULL },
	{ "empty-value", "<sip:a@b>;tag=", false, false, NULL, NULL, NULL },
	{ "param-name", "<sip:a@b>;t[g=1", false, false, NULL, NULL, NULL },
	{ "param-value-space", "<sip:a@b>;tag=1 2", false, false, NULL, NULL, NULL },
	{ "param-quote-open", "<sip:a@b>;x=\"1", false, false, NULL, NULL, NULL },
	{ "param-quote-and-more", "<sip:a@b>;x=\"1\"2", false, false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
address_is_decoded(void **state)
{
	const struct address_row *row = *state;
	struct sip_address address;

	assert_int_equal(sip_address_decode(at_wall(slice_str(row->text)), &address), row->good);
	if (!row->good)
		return;
	assert_int_equal(address.bracketed, row->bracketed);
	assert_slice(address.uri, row->uri);
	assert_slice(address.params, row->params);
	if (row->bracketed)
		assert_slice(address.display, row->display);
	else
		assert_int_equal(address.display.len, 0);
}
GTEST_ROWS(Address, addresses, label, address_is_decoded);

GTEST(Address, truncations)
{
	struct sip_address address;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		for (size_t len = 0; len <= strlen(addresses[i].text); len++)
			sip_address_decode(at_wall(slice_of(addresses[i].text, len)), &address);
}

GTEST(Address, param)
{
	struct sip_address address;

	assert_true(sip_address_decode(SLICE("<sip:a@b;tag=9> ; x ; TAG = 1"), &address));
	assert_slice(sip_address_param(&address, SLICE("tag")), "1");
	assert_slice(sip_address_param(&address, SLICE("x")), NULL);
	assert_slice(sip_address_param(&address, SLICE("y")), NULL);
}

/* RFC 3261 §25.1: ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) */
static const struct q_row {
	const char *label;
	const char *text;
	int thousandths; /* -1: malformed */
} qvalues[] = {
	{ "0", "0", 0 },	   { "1", "1", 1000 },	       { "0_5", "0.5", 500 },
	{ "0_05", "0.05", 50 },	   { "0_123", "0.123", 123 },  { "0_999", "0.999", 999 },
	{ "1_000", "1.000", 1000 }, { "0_", "0.", 0 },	       { "1_", "1.", 1000 },
	{ "1_001", "1.001", -1 },  { "2", "2", -1 },	       { "0_1234", "0.1234", -1 },
	{ "none", "", -1 },	   { "_5", ".5", -1 },	       { "sign", "-0.5", -1 },
	{ "letter", "0.a", -1 },   { "two-points", "0.1.1", -1 }, { "space", "0. 5", -1 },
	{ "leading-zero", "00.5", -1 }, { "leading-zero-one", "01", -1 },
	{ "wraps", "4294967296", -1 },
};

static void
qvalue_is_decoded(void **state)
{
	const struct q_row *row = *state;
	uint16_t q = 7777;

	assert_int_equal(sip_qvalue_decode(at_wall(slice_str(row->text)), &q),
			 row->thousandths >= 0);
	assert_int_equal(q, row->thousandths >= 0 ? row->thousandths : 7777);
}
GTEST_ROWS(Address, qvalues, label, qvalue_is_decoded);
