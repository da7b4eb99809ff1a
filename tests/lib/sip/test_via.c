/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/via.h"

static const struct via_row {
	const char *label;
	const char *text;
	bool good;
	const char *transport, *host;
	unsigned int port;
	const char *branch, *received, *maddr, *rport;
	bool has_rport, has_keep;
} vias[] = {
	/* clang-format off */
	{ "RFC3261-20.42", "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7",
	  true,
	  "UDP", "erlang.bell-telephone.com", 5060, "z9hG4bK87asdks7", NULL, NULL, NULL, false,
	  false },
	{ "RFC3261-20.42-received", "SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207"
	  ";branch=z9hG4bK77asjd", true,
	  "UDP", "192.0.2.1", 5060, "z9hG4bK77asjd", "192.0.2.207", NULL, NULL, false, false },
	{ "RFC3261-20.42-spaces", "SIP / 2.0 / UDP first.example.com: 4000;ttl=16"
	  " ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1", true,
	  "UDP", "first.example.com", 4000, "z9hG4bKa7c6a8dlze.1", NULL, "224.2.0.1", NULL,
	  false, false },
	{ "RFC5393-15-quoted", "SIP/2.0/TLS [2001:db8::9]:5061;foo;bar=\"a;b,c\";branch=z9hG4bK-x"
	  ";ttl=1;maddr=239.1.1.1", true,
	  "TLS", "[2001:db8::9]", 5061, "z9hG4bK-x", NULL, "239.1.1.1", NULL, false, false },
	{ "LD-19-spaces", "SIP / 2.0 / UDP example.net:5070 ;branch=abc", true,
	  "UDP", "example.net", 5070, "abc", NULL, NULL, NULL, false, false },
	{ "folded", "SIP/2.0\r\n /UDP\r\n\ta.example\r\n ; branch\r\n = \r\n z9hG4bK1", true,
	  "UDP", "a.example", 0, "z9hG4bK1", NULL, NULL, NULL, false, false },
	{ "RFC3581-rport", "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff", true,
	  "UDP", "10.1.1.1", 4540, "z9hG4bKkjshdyff", NULL, NULL, NULL, true, false },
	{ "RFC3581-rport-value", "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKk;rport=9988", true,
	  "UDP", "10.1.1.1", 0, "z9hG4bKk", NULL, NULL, "9988", true, false },
	{ "RFC6223-keep", "SIP/2.0/UDP h;keep;branch=x", true,
	  "UDP", "h", 0, "x", NULL, NULL, NULL, false, true },
	{ "RFC6223-keep-value", "SIP/2.0/UDP h;keep=30", true,
	  "UDP", "h", 0, NULL, NULL, NULL, NULL, false, false },
	{ "RFC5118-4.5-brackets", "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255]"
	  ";branch=z9hG4bKas3-111", true,
	  "UDP", "[2001:db8::9:1]", 0, "z9hG4bKas3-111", "[2001:db8::9:255]", NULL, NULL,
	  false, false },
	{ "RFC5118-4.5", "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255", true,
	  "UDP", "[2001:db8::9:1]", 0, NULL, "2001:db8::9:255", NULL, NULL, false, false },
	{ "RFC2543-no-branch", "SIP/2.0/UDP 135.180.130.133", true,
	  "UDP", "135.180.130.133", 0, NULL, NULL, NULL, NULL, false, false },
	{ "RFC4475-3.1.1.10", "SIP/2.0/UNKNOWN t.example:5060;branch=z9hG4bKq1", true,
	  "UNKNOWN", "t.example", 5060, "z9hG4bKq1", NULL, NULL, NULL, false, false },
	{ "protocol-case", "sip/2.0/udp h", true,
	  "udp", "h", 0, NULL, NULL, NULL, NULL, false, false },
	{ "parameter-case", "SIP/2.0/UDP h;BRANCH=x;RPort", true,
	  "UDP", "h", 0, "x", NULL, NULL, NULL, true, false },
	{ "branches", "SIP/2.0/UDP h;branches=x", true,
	  "UDP", "h", 0, NULL, NULL, NULL, NULL, false, false },
	{ "empty", "", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false, false },
	{ "blank", " \t\r\n ", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false, false },
	{ "version", "SIP/3.0/UDP h", true, "UDP", "h", 0, NULL, NULL, NULL, NULL, false, false },
	{ "protocol", "HTTP/2.0/UDP h", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false,
	  false },
	{ "no-transport", "SIP/2.0/ h", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false,
	  false },
	{ "no-host", "SIP/2.0/UDP", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false, false },
	{ "no-host-params", "SIP/2.0/UDP ;branch=x", false, NULL, NULL, 0, NULL, NULL, NULL, NULL,
	  false, false },
	{ "no-space", "SIP/2.0/UDP[::1]", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false,
	  false },
	{ "port-0", "SIP/2.0/UDP h:0", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false, false },
	{ "port-65536", "SIP/2.0/UDP h:65536", false, NULL, NULL, 0, NULL, NULL, NULL, NULL, false,
	  false },
	{ "bare-ipv6", "SIP/2.0/UDP 2001:db8::1", false, NULL, NULL, 0, NULL, NULL, NULL, NULL,
	  false, false },
	{ "two-values", "SIP/2.0/UDP h, SIP/2.0/UDP i", false, NULL, NULL, 0, NULL, NULL, NULL,
	  NULL,
	  false, false },
	{ "RFC4475-3.1.2.1", "SIP/2.0/UDP 192.0.2.15;;,;,,", false, NULL, NULL, 0, NULL, NULL, NULL,
	  NULL, false, false },
	{ "empty-value", "SIP/2.0/UDP h;branch=", false, NULL, NULL, 0, NULL, NULL, NULL, NULL,
	  false, false },
	{ "quote-open", "SIP/2.0/UDP h;x=\"a;branch=z", false, NULL, NULL, 0, NULL, NULL, NULL,
	  NULL,
	  false, false },
	{ "quote-and-more", "SIP/2.0/UDP h;x=\"a\"b", false, NULL, NULL, 0, NULL, NULL, NULL, NULL,
	  false, false },
	{ "two-words", "SIP/2.0/UDP h;branch=a b", false, NULL, NULL, 0, NULL, NULL, NULL, NULL,
	  false, false },
	/* clang-format on */
};

static void
via_is_decoded(void **state)
{
	const struct via_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_via via;

	assert_int_equal(sip_via_decode(text, &via), row->good);
	if (!row->good)
		return;
	assert_slice(via.value, row->text);
	assert_slice(via.transport, row->transport);
	assert_slice(via.host, row->host);
	assert_int_equal(via.port, row->port);
	assert_slice(via.branch, row->branch);
	assert_slice(via.received, row->received);
	assert_slice(via.maddr, row->maddr);
	assert_slice(via.rport, row->rport);
	assert_int_equal(via.has_rport, row->has_rport);
	assert_int_equal(via.has_keep, row->has_keep);
	if (via.has_rport) {
		const char *name_end = via.value.ptr + via.rport_end;

		assert_true(name_end <= slice_end(via.value));
		if (via.rport.ptr != NULL)
			assert_ptr_equal(name_end, slice_end(via.rport));
		else
			assert_true(slice_eq_nocase(slice_of(name_end - 5, 5), SLICE("rport")));
	}
}
GTEST_ROWS(Via, vias, label, via_is_decoded);

static const struct sent_by_row {
	const char *label, *value;
	const char *host; /* NULL: not of the usual form */
	uint16_t port;
} sent_bys[] = {
	{ "usual", "SIP/2.0/UDP 192.0.2.1:5060;branch=x", "192.0.2.1", 5060 },
	{ "no port", "SIP/2.0/TLS-SCTP h;branch=x", NULL, 0 },
	{ "tls", "SIP/2.0/TLS a.example;branch=x", "a.example", 0 },
	{ "most", "SIP/2.0/UDP a_b-c.example:65535;", "a_b-c.example", 65535 },
	{ "port 0", "SIP/2.0/UDP host:0;branch=x", NULL, 0 },
	{ "port above", "SIP/2.0/UDP host:65536;branch=x", NULL, 0 },
	{ "port far above", "SIP/2.0/UDP host:4294972356;branch=x", NULL, 0 },
	{ "no digits", "SIP/2.0/UDP host:;branch=x", NULL, 0 },
	{ "zeros in front", "SIP/2.0/UDP host:0005060;branch=x", "host", 5060 },
	{ "ipv6", "SIP/2.0/UDP [2001:db8::1]:5060;branch=x", NULL, 0 },
	{ "two spaces", "SIP/2.0/UDP  host;branch=x", NULL, 0 },
	{ "space behind", "SIP/2.0/UDP host ;branch=x", NULL, 0 },
	{ "spaces around the colon", "SIP/2.0/UDP host : 5060;branch=x", NULL, 0 },
	{ "no parameters", "SIP/2.0/UDP host.example", NULL, 0 },
	{ "comma", "SIP/2.0/UDP host.example, x", NULL, 0 },
	{ "another version", "SIP/3.0/UDP host.example;branch=x", NULL, 0 },
	{ "small letters", "sip/2.0/udp host.example;branch=x", NULL, 0 },
	{ "no transport", "SIP/2.0/ host.example;branch=x", "host.example", 0 },
	{ "no host", "SIP/2.0/UDP ;branch=xxxxxxxxx", NULL, 0 },
	{ "only a protocol", "SIP/2.0/UDPUDPUDPUDP", NULL, 0 },
	{ "empty", "", NULL, 0 },
};

/* And what it says is what the decoder says, if that takes the value. */
static void
sent_by_is_found(void **state)
{
	const struct sent_by_row *row = *state;
	struct slice value = at_wall(slice_str(row->value)), host;
	struct sip_via via;
	uint16_t port;

	assert_int_equal(sip_via_sent_by(value, &host, &port), row->host != NULL);
	if (row->host == NULL)
		return;
	assert_slice(host, row->host);
	assert_int_equal(port, row->port);
	if (sip_via_decode(value, &via)) {
		assert_slice(via.host, row->host);
		assert_int_equal(via.port, row->port);
	}
}
GTEST_ROWS(Via, sent_bys, label, sent_by_is_found);

GTEST(Via, truncations)
{
	struct sip_via via;

	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++)
		for (size_t len = 0; len <= strlen(vias[i].text); len++)
			sip_via_decode(at_wall(slice_of(vias[i].text, len)), &via);
}

GTEST(Via, value_is_trimmed)
{
	struct sip_via via;

	assert_true(sip_via_decode(SLICE(" \tSIP/2.0/UDP h;rport \r\n "), &via));
	assert_slice(via.value, "SIP/2.0/UDP h;rport");
	assert_int_equal(via.rport_end, via.value.len);
}

/* RFC 3261 §8.1.1.7; tokens have no case (§7.3.1). */
static const struct cookie_row {
	const char *label;
	const char *branch;
	bool has;
} cookies[] = {
	{ "RFC3261-8.1.1.7", "z9hG4bK1", true },
	{ "case", "Z9HG4BK1", true },
	{ "RFC4475-3.2.1-cookie-alone", "z9hG4bK", false },
	{ "RFC2543", "1", false },
	{ "near", "z9hG4bk", false },
	{ "not-first", "xz9hG4bK1", false },
	{ "empty", "", false },
	{ "absent", NULL, false },
};

static void
cookie_is_seen(void **state)
{
	const struct cookie_row *row = *state;
	struct slice branch = row->branch != NULL ? at_wall(slice_str(row->branch)) : SLICE_ABSENT;

	assert_int_equal(sip_branch_has_cookie(branch), row->has);
}
GTEST_ROWS(Via, cookies, label, cookie_is_seen);
