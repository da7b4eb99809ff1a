/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/uri.h"

static const struct uri_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_uri_scheme scheme;
	const char *user, *password, *host;
	unsigned int port;
	const char *params, *headers;
} uris[] = {
	/* clang-format off */
	{ "RFC3261-19.1.3-plain", "sip:alice@atlanta.com", true,
	  SIP_SCHEME_SIP, "alice", NULL, "atlanta.com", 0, NULL, NULL },
	{ "RFC3261-19.1.3-password", "sip:alice:secretword@atlanta.com;transport=tcp", true,
	  SIP_SCHEME_SIP, "alice", "secretword", "atlanta.com", 0, "transport=tcp", NULL },
	{ "RFC3261-19.1.3-headers", "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
	  true, SIP_SCHEME_SIPS, "alice", NULL, "atlanta.com", 0, NULL,
	  "subject=project%20x&priority=urgent" },
	{ "RFC3261-19.1.3-gateway", "sip:+1-212-555-1212:1234@gateway.com;user=phone", true,
	  SIP_SCHEME_SIP, "+1-212-555-1212", "1234", "gateway.com", 0, "user=phone", NULL },
	{ "RFC3261-19.1.3-address", "sip:alice@192.0.2.4", true,
	  SIP_SCHEME_SIP, "alice", NULL, "192.0.2.4", 0, NULL, NULL },
	{ "RFC3261-19.1.3-method", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", true,
	  SIP_SCHEME_SIP, NULL, NULL, "atlanta.com", 0, "method=REGISTER",
	  "to=alice%40atlanta.com" },
	{ "RFC3261-19.1.3-user-params", "sip:alice;day=tuesday@atlanta.com", true,
	  SIP_SCHEME_SIP, "alice;day=tuesday", NULL, "atlanta.com", 0, NULL, NULL },
	{ "RFC4475-3.1.1.9", "sip:user;par=u%40example.net@example.com", true,
	  SIP_SCHEME_SIP, "user;par=u%40example.net", NULL, "example.com", 0, NULL, NULL },
	{ "RFC4475-3.1.1.3", "sip:sips%3Auser%40example.com@example.net", true,
	  SIP_SCHEME_SIP, "sips%3Auser%40example.com", NULL, "example.net", 0, NULL, NULL },
	{ "RFC4475-3.1.1.4", "sip:null-%00-null@example.com", true,
	  SIP_SCHEME_SIP, "null-%00-null", NULL, "example.com", 0, NULL, NULL },
	{ "RFC4475-3.3.3", "soap.beep://192.0.2.103:3002", true,
	  SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC5118-4.1", "sip:[2001:db8::10]", true,
	  SIP_SCHEME_SIP, NULL, NULL, "[2001:db8::10]", 0, NULL, NULL },
	{ "RFC5118-4.2", "sip:2001:db8::10", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC5118-4.3", "sip:[2001:db8::10:5070]", true,
	  SIP_SCHEME_SIP, NULL, NULL, "[2001:db8::10:5070]", 0, NULL, NULL },
	{ "RFC5118-4.4", "sip:[2001:db8::10]:5070", true,
	  SIP_SCHEME_SIP, NULL, NULL, "[2001:db8::10]", 5070, NULL, NULL },
	{ "RFC5118-4.9", "sip:u@[::ffff:192.0.2.2]:5060;lr", true,
	  SIP_SCHEME_SIP, "u", NULL, "[::ffff:192.0.2.2]", 5060, "lr", NULL },
	{ "RFC5118-4.10", "sip:u@[2001:db8:::192.0.2.1]", true,
	  SIP_SCHEME_SIP, "u", NULL, "[2001:db8:::192.0.2.1]", 0, NULL, NULL },
	{ "four-colons", "sip:u@[2001:db8::::1]", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3966", "tel:+1-201-555-0123;phone-context=x", true,
	  SIP_SCHEME_TEL, "+1-201-555-0123", NULL, NULL, 0, "phone-context=x", NULL },
	{ "scheme-case", "SIPS:a@B.Example:1", true,
	  SIP_SCHEME_SIPS, "a", NULL, "B.Example", 1, NULL, NULL },
	{ "port-max", "sip:b:65535", true, SIP_SCHEME_SIP, NULL, NULL, "b", 65535, NULL, NULL },
	{ "port-zeros", "sip:b:005060", true, SIP_SCHEME_SIP, NULL, NULL, "b", 5060, NULL, NULL },
	{ "user-empty-password", "sip:u:@b", true, SIP_SCHEME_SIP, "u", "", "b", 0, NULL, NULL },
	{ "user-with-question", "sip:u?x@b", true, SIP_SCHEME_SIP, "u?x", NULL, "b", 0, NULL,
	  NULL },
	{ "port-0", "sip:b:0", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "port-65536", "sip:b:65536", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "port-wraps", "sip:b:4294972356", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "port-missing", "sip:b:", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "port-sign", "sip:b:+5060", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "empty", "", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "scheme-only", "sip:", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "no-scheme", "alice@atlanta.com", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "scheme-empty", ":a@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "user-empty", "sip:@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "user-empty-with-password", "sip::p@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "host-empty", "sip:u@", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "two-at", "sip:u@b@c", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC4475-3.1.2.8", "sip:u@b; lr", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "space-before-port", "sip:b :5060", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC4475-3.1.2.7", "<sip:u@b>", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "quote", "sip:\"u\"@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-short", "sip:u%4@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-no-hex", "sip:u%4g@b", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-in-host", "sip:u@b%41", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-in-param", "sip:b;a=%4", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-in-header", "sip:b?a=%", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "escape-in-tel", "tel:+1%zz", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "param-empty", "sip:b;;lr", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "param-trailing", "sip:b;", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "param-no-name", "sip:b;=x", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "headers-empty", "sip:b?", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "bracket-open", "sip:[::1", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "bracket-empty", "sip:[]", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "bracket-zone", "sip:[fe80::1%25eth0]", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "bracket-behind", "sip:[::1]x", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "bracket-long", "sip:[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", false, 0, NULL,
	  NULL, NULL, 0, NULL, NULL },
	{ "RFC3261-25.1-password", "sip:a:b;c@h", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3261-25.1-second-colon", "sip:a:b:c@h", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3966-3-local", "tel:*#06#;phone-context=example.com", true, SIP_SCHEME_TEL, "*#06#", NULL,
	  NULL, 0, "phone-context=example.com", NULL },
	{ "RFC3966-3-isub", "tel:+1;isub=a?b@c", true, SIP_SCHEME_TEL, "+1", NULL, NULL, 0,
	  "isub=a?b@c", NULL },
	{ "RFC3966-3-twice", "tel:+1;ext=2;EXT=3", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3966-3-context-twice", "tel:1;phone-context=a;phone-context=b", false, 0, NULL, NULL, NULL,
	  0, NULL, NULL },
	{ "RFC3261-19.1.1-twice", "sip:b;lr;transport=udp;LR", false, 0, NULL, NULL, NULL, 0, NULL,
	  NULL },
	{ "RFC3261-25.1-hname-alone", "sip:b?x", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3261-25.1-second-hname-alone", "sip:b?x=1&y", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "RFC3261-25.1-empty-hvalue", "sip:b?x=&y=2", true, SIP_SCHEME_SIP, NULL, NULL, "b", 0, NULL,
	  "x=&y=2" },
	{ "RFC3966-3-question-mark", "tel:+1?x=y", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	{ "tel-empty", "tel:;x", false, 0, NULL, NULL, NULL, 0, NULL, NULL },
	/* clang-format on */
};

static void
uri_is_decoded(void **state)
{
	const struct uri_row *row = *state;
	struct sip_uri uri;

	assert_int_equal(sip_uri_decode(at_wall(slice_str(row->text)), &uri), row->good);
	if (!row->good)
		return;
	assert_int_equal(uri.scheme, row->scheme);
	assert_slice(uri.user, row->user);
	assert_slice(uri.password, row->password);
	assert_slice(uri.host, row->host);
	assert_int_equal(uri.port, row->port);
	assert_slice(uri.params, row->params);
	assert_slice(uri.headers, row->headers);
}
GTEST_ROWS(Uri, uris, label, uri_is_decoded);

/* Nothing is read behind the end, wherever the text ends. */
GTEST(Uri, truncations)
{
	struct sip_uri uri;

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		for (size_t len = 0; len <= strlen(uris[i].text); len++)
			sip_uri_decode(at_wall(slice_of(uris[i].text, len)), &uri);
}

static const struct aor_row {
	const char *label;
	const char *text, *aor;
} aors[] = {
	{ "RFC3261-10.3-5", "sip:%41lice@Example.COM;transport=tcp?a=b", "sip:Alice@example.com" },
	{ "sips", "sips:a@b", "sip:a@b" },
	{ "port", "sip:a@b:5061;x", "sip:a@b:5061" },
	{ "port-max", "sip:a@b:65535", "sip:a@b:65535" },
	{ "no-user", "sip:B.example", "sip:b.example" },
	{ "no-password", "sip:a:secret@b", "sip:a@b" },
	{ "escape-kept", "sip:a%3bb%00%ff@b", "sip:a%3Bb%00%FF@b" },
	{ "not-twice", "sip:a%2541@b", "sip:a%2541@b" },
	{ "escape-no-user-character", "sip:a%5bb%25%22@b", "sip:a%5Bb%25%22@b" },
	{ "ipv6", "sip:a@[2001:DB8::1]:7", "sip:a@[2001:db8::1]:7" },
};

/* Every size: what fits is written, what does not is refused, nothing behind `size` is touched. */
static void
aor_is_canonical(void **state)
{
	const struct aor_row *row = *state;
	size_t want = strlen(row->aor);
	struct sip_uri uri;

	assert_true(sip_uri_decode(slice_str(row->text), &uri));
	for (size_t size = 0; size < want + 10; size++) {
		char *out = wall() - size;
		size_t got = sip_uri_aor(&uri, out, size);

		if (got != (size < want ? 0 : want))
			fail_msg("size %zu gives %zu, want length %zu", size, got, want);
		if (got > 0)
			assert_slice(slice_of(out, got), row->aor);
	}
}
GTEST_ROWS(Uri, aors, label, aor_is_canonical);

static const struct port_row {
	const char *label, *text;
	bool usual;
} ports[] = {
	{ "RFC3261-19.1.2 sip", "sip:a@b:5060", true },
	{ "RFC3261-19.1.2 sips", "sips:a@b:5061", true },
	{ "sips and 5060", "sips:a@b:5060", true },
	{ "sip and 5061", "sip:a@b:5061", false },
	{ "another", "sip:a@b:5070", false },
	{ "none", "sip:a@b", false },
};

static void
port_is_usual(void **state)
{
	const struct port_row *row = *state;
	struct sip_uri uri;

	assert_true(sip_uri_decode(slice_str(row->text), &uri));
	assert_int_equal(sip_uri_has_usual_port(&uri), row->usual);
}
GTEST_ROWS(Uri, ports, label, port_is_usual);

GTEST(Uri, aor_of_other_schemes_is_refused)
{
	struct sip_uri uri;
	char out[100];

	assert_true(sip_uri_decode(SLICE("tel:+1"), &uri));
	assert_int_equal(sip_uri_aor(&uri, out, sizeof(out)), 0);
	assert_true(sip_uri_decode(SLICE("urn:service:sos"), &uri));
	assert_int_equal(sip_uri_aor(&uri, out, sizeof(out)), 0);
}

static const struct param_row {
	const char *label;
	const char *params, *name;
	bool there;
	const char *value;
} params[] = {
	{ "value", "a=1;b=2", "b", true, "2" },
	{ "case", "LR", "lr", true, NULL },
	{ "no-value", "a;lr;b", "lr", true, NULL },
	{ "white-space", " a = 1 ; b\t=\r\n 2 ", "b", true, "2" },
	{ "quoted-semicolon", "a=\"x;b=3\";b=2", "b", true, "2" },
	{ "quoted-escape", "a=\"x\\\";b=3\";b=\"2\"", "b", true, "\"2\"" },
	{ "prefix", "branches=1", "branch", false, NULL },
	{ "missing", "a=1", "b", false, NULL },
	{ "quote-open", "a=\"x;b=3", "b", false, NULL },
	{ "empty-name", "a;=1;b", "b", false, NULL },
	{ "empty", "", "b", false, NULL },
};

static void
param_is_found(void **state)
{
	const struct param_row *row = *state;
	struct slice value;

	assert_int_equal(sip_param_find(at_wall(slice_str(row->params)), slice_str(row->name),
					&value), row->there);
	if (row->there)
		assert_slice(value, row->value);
}
GTEST_ROWS(Uri, params, label, param_is_found);

GTEST(Uri, loose_router)
{
	struct sip_uri uri;

	assert_true(sip_uri_decode(SLICE("sip:b;lr"), &uri) && sip_uri_is_loose(&uri));
	assert_true(sip_uri_decode(SLICE("sip:b;x;LR=on"), &uri) && sip_uri_is_loose(&uri));
	assert_true(sip_uri_decode(SLICE("sip:b;lrx"), &uri) && !sip_uri_is_loose(&uri));
	assert_true(sip_uri_decode(SLICE("sip:lr@b"), &uri) && !sip_uri_is_loose(&uri));
}
