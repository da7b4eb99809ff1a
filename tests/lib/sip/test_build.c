/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/readback.h"
#include "lib/sip/support.h"

#define ABSENT SLICE_ABSENT

/* RFC 3261 §4, the first message of all. */
static void
put_invite(struct sip_writer *w)
{
	const struct sip_via via = { .transport = SLICE("UDP"),
				     .host = SLICE("pc33.atlanta.com"),
				     .branch = SLICE("z9hG4bK776asdhds") };
	const struct sip_contact_parts contact = { .uri = SLICE("sip:alice@pc33.atlanta.com") };

	sip_put_request_line(w, SLICE("INVITE"), SLICE("sip:bob@biloxi.com"));
	sip_begin_header(w, SIP_HDR_VIA);
	sip_put_via(w, &via);
	sip_end_header(w);
	sip_add_max_forwards(w, 70);
	sip_add_party(w, SIP_HDR_TO, SLICE("Bob"), SLICE("sip:bob@biloxi.com"), ABSENT);
	sip_add_party(w, SIP_HDR_FROM, SLICE("Alice"), SLICE("sip:alice@atlanta.com"),
		      SLICE("1928301774"));
	sip_add_call_id(w, SLICE("a84b4c76e66710@pc33.atlanta.com"));
	sip_add_cseq(w, 314159, SLICE("INVITE"));
	sip_begin_header(w, SIP_HDR_CONTACT);
	sip_put_contact(w, &contact);
	sip_end_header(w);
	sip_add_body(w, SLICE("application/sdp"), SLICE("v=0\r\n"));
}

static const char invite[] = "INVITE sip:bob@biloxi.com SIP/2.0\r\n"
			     "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds\r\n"
			     "Max-Forwards: 70\r\n"
			     "To: Bob <sip:bob@biloxi.com>\r\n"
			     "From: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n"
			     "Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n"
			     "CSeq: 314159 INVITE\r\n"
			     "Contact: <sip:alice@pc33.atlanta.com>\r\n"
			     "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";

GTEST(Build, RFC3261_4)
{
	struct sip_writer w;
	char out[sizeof(invite)];

	sip_writer_init(&w, out, sizeof(invite) - 1);
	put_invite(&w);
	assert_slice(sip_written(&w), invite);
	for (size_t size = 0; size < sizeof(invite) - 1; size++) {
		sip_writer_init(&w, wall() - size, size);
		put_invite(&w);
		assert_true(w.overflow && !w.refused);
		assert_slice(sip_written(&w), NULL);
	}
}

static const struct via_row {
	const char *label;
	struct sip_via via;
	const char *want;
} vias[] = {
	/* clang-format off */
	{ "RFC3261-20.42", { .transport = SLICE("TLS"), .host = SLICE("a.example"), .port = 5061 },
	  "SIP/2.0/TLS a.example:5061" },
	{ "ipv6", { .transport = SLICE("UDP"), .host = SLICE("[2001:db8::9]"),
		    .branch = SLICE("z9hG4bK1") }, "SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK1" },
	{ "RFC3581-rport", { .transport = SLICE("UDP"), .host = SLICE("h"), .has_rport = true },
	  "SIP/2.0/UDP h;rport" },
	{ "RFC3581-rport-value", { .transport = SLICE("UDP"), .host = SLICE("h"),
				   .received = SLICE("2001:db8::9"), .rport = SLICE("5062"),
				   .has_rport = true },
	  "SIP/2.0/UDP h;received=2001:db8::9;rport=5062" },
	{ "rport-0", { .transport = SLICE("UDP"), .host = SLICE("h"), .rport = SLICE("0"),
		       .has_rport = true }, NULL },
	{ "RFC6223-keep", { .transport = SLICE("UDP"), .host = SLICE("h"),
			    .maddr = SLICE("224.2.0.1"), .has_keep = true },
	  "SIP/2.0/UDP h;maddr=224.2.0.1;keep" },
	{ "no-transport", { .host = SLICE("h") }, NULL },
	{ "no-host", { .transport = SLICE("UDP") }, NULL },
	{ "transport", { .transport = SLICE("UDP x"), .host = SLICE("h") }, NULL },
	{ "host", { .transport = SLICE("UDP"), .host = SLICE("h;branch=x") }, NULL },
	{ "branch", { .transport = SLICE("UDP"), .host = SLICE("h"), .branch = SLICE("a;b") },
	  NULL },
	{ "branch-empty", { .transport = SLICE("UDP"), .host = SLICE("h"), .branch = SLICE("") },
	  NULL },
	{ "received", { .transport = SLICE("UDP"), .host = SLICE("h"), .received = SLICE("::1;x") },
	  NULL },
	{ "received-NUL", { .transport = SLICE("UDP"), .host = SLICE("h"),
			    .received = SLICE("::1\0") }, NULL },
	{ "maddr", { .transport = SLICE("UDP"), .host = SLICE("h"), .maddr = SLICE("a,b") },
	  NULL },
	/* clang-format on */
};

static void
via_is_written(void **state)
{
	const struct via_row *row = *state;
	struct sip_via read;
	struct sip_writer w;
	char out[128];

	sip_writer_init(&w, out, sizeof(out));
	sip_put_via(&w, &row->via);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
	if (row->want == NULL)
		return;
	assert_true(sip_via_decode(sip_written(&w), &read));
	assert_true(same(read.received, row->via.received) && same(read.maddr, row->via.maddr));
	assert_true(same(read.rport, row->via.rport) && read.has_keep == row->via.has_keep);
}
GTEST_ROWS(Build, vias, label, via_is_written);

static const struct {
	const char *label;
	struct slice name, value;
	const char *want;
} params[] = {
	{ "flag", SLICE("lr"), SLICE_ABSENT, ";lr" },
	{ "token", SLICE("a"), SLICE("b.c"), ";a=b.c" },
	{ "host", SLICE("a"), SLICE("[::1]"), ";a=[::1]" },
	{ "quoted", SLICE("a"), SLICE("b;c=\"d\""), ";a=\"b;c=\\\"d\\\"\"" },
	{ "quoted-empty", SLICE("a"), SLICE(""), ";a=\"\"" },
	{ "name", SLICE("a;b"), SLICE_ABSENT, NULL },
	{ "name-empty", SLICE(""), SLICE("x"), NULL },
	{ "line", SLICE("a"), SLICE("b\r\nVia: c"), NULL },
};

static void
param_is_written(void **state)
{
	const typeof(params[0]) *row = *state;
	struct sip_writer w;
	char out[64];

	sip_writer_init(&w, out, sizeof(out));
	sip_put_param(&w, row->name, row->value);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
}
GTEST_ROWS(Build, params, label, param_is_written);

static const struct {
	const char *label;
	struct slice display, uri;
	const char *want;
} addresses[] = {
	{ "none", SLICE_ABSENT, SLICE("sip:b"), "<sip:b>" },
	{ "empty", SLICE(""), SLICE("sip:b"), "<sip:b>" },
	{ "tokens", SLICE("Bob O'Neil 2."), SLICE("sip:b"), "Bob O'Neil 2. <sip:b>" },
	{ "two-spaces", SLICE("Bob  O"), SLICE("sip:b"), "\"Bob  O\" <sip:b>" },
	{ "space-first", SLICE(" Bob"), SLICE("sip:b"), "\" Bob\" <sip:b>" },
	{ "space-last", SLICE("Bob "), SLICE("sip:b"), "\"Bob \" <sip:b>" },
	{ "space-alone", SLICE(" "), SLICE("sip:b"), "\" \" <sip:b>" },
	{ "separators", SLICE("<sip:x>, \"B\\"), SLICE("sip:b"), "\"<sip:x>, \\\"B\\\\\" <sip:b>" },
	{ "UTF-8", SLICE("Zo\xc3\xab"), SLICE("sip:b"), "\"Zo\xc3\xab\" <sip:b>" },
	{ "line", SLICE("B\r\nX: y"), SLICE("sip:b"), NULL },
	{ "uri", SLICE("B"), SLICE("sip:b>;tag=x"), NULL },
};

static void
address_is_written(void **state)
{
	const typeof(addresses[0]) *row = *state;
	struct sip_address read;
	struct sip_writer w;
	char out[64];

	sip_writer_init(&w, out, sizeof(out));
	sip_put_name_addr(&w, row->display, row->uri);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
	if (row->want != NULL)
		assert_true(sip_address_decode(sip_written(&w), &read) && same(read.uri, row->uri));
}
GTEST_ROWS(Build, addresses, label, address_is_written);

#define CONTACT .uri = SLICE("sip:a@b")

static const struct {
	const char *label;
	struct sip_contact_parts contact;
	const char *want;
} contacts[] = {
	/* clang-format off */
	{ "uri", { CONTACT }, "<sip:a@b>" },
	{ "RFC5626-4.2", { CONTACT, .instance = SLICE("urn:uuid:0-1"), .reg_id = 1 },
	  "<sip:a@b>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=1" },
	{ "RFC3261-10.2.1.1-expires-0", { CONTACT, .has_expires = true }, "<sip:a@b>;expires=0" },
	{ "expires", { CONTACT, .has_expires = true, .expires = UINT32_MAX },
	  "<sip:a@b>;expires=4294967295" },
	{ "q-0", { CONTACT, .has_q = true }, "<sip:a@b>;q=0" },
	{ "q-1", { CONTACT, .has_q = true, .q = 1000 }, "<sip:a@b>;q=1" },
	{ "q-0.5", { CONTACT, .has_q = true, .q = 500 }, "<sip:a@b>;q=0.5" },
	{ "q-0.025", { CONTACT, .has_q = true, .q = 25 }, "<sip:a@b>;q=0.025" },
	{ "q-0.909", { CONTACT, .has_q = true, .q = 909 }, "<sip:a@b>;q=0.909" },
	{ "q-above", { CONTACT, .has_q = true, .q = 1001 }, NULL },
	{ "reg-id-above", { CONTACT, .reg_id = UINT32_C(1) << 31 }, NULL },
	{ "instance-quote", { CONTACT, .instance = SLICE("urn:a\";x=\"") }, NULL },
	{ "instance-bracket", { CONTACT, .instance = SLICE("<urn:a>") }, NULL },
	{ "instance-empty", { CONTACT, .instance = SLICE("") }, NULL },
	{ "no-uri", { .reg_id = 1 }, NULL },
	/* clang-format on */
};

static void
contact_is_written(void **state)
{
	const typeof(contacts[0]) *row = *state;
	struct sip_writer w;
	char out[128];

	sip_writer_init(&w, out, sizeof(out));
	sip_put_contact(&w, &row->contact);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
}
GTEST_ROWS(Build, contacts, label, contact_is_written);

GTEST(Build, every_q_reads_back)
{
	for (uint16_t q = 0; q <= 1000; q++) {
		const struct sip_contact_parts contact = { CONTACT, .has_q = true, .q = q };
		struct sip_address read;
		struct sip_writer w;
		uint16_t got;
		char out[64];

		sip_writer_init(&w, out, sizeof(out));
		sip_put_contact(&w, &contact);
		assert_true(sip_address_decode(sip_written(&w), &read));
		assert_true(sip_qvalue_decode(sip_address_param(&read, SLICE("q")), &got));
		assert_int_equal(got, q);
	}
}

/* Whole lines. One call each; `want` is NULL for what is refused. */
static const struct slice two[] = { { "sip:a;lr", 8 }, { "sip:b", 5 } };
static const struct slice bad_uri[] = { { "sip:a;lr", 8 }, { "sip:b>,<sip:c", 13 } };
static const struct slice tags[] = { { "path", 4 }, { "outbound", 8 } };
static const struct slice bad_tags[] = { { "path", 4 }, { "out,bound", 9 } };
static char long_name[256];

#define LINES(X)                                                                                   \
	X("RFC3261-7.1", sip_put_request_line(w, SLICE("BYE"), SLICE("sip:a")),                    \
	  "BYE sip:a SIP/2.0\r\n")                                                                 \
	X("RFC3261-7.1-other-method", sip_put_request_line(w, SLICE("x"), SLICE("urn:a")),         \
	  "x urn:a SIP/2.0\r\n")                                                                   \
	X("request-method", sip_put_request_line(w, SLICE("A B"), SLICE("sip:a")), NULL)           \
	X("request-no-method", sip_put_request_line(w, ABSENT, SLICE("sip:a")), NULL)              \
	X("request-uri", sip_put_request_line(w, SLICE("A"), SLICE("sip:a SIP/2.0\r\n")), NULL)    \
	X("RFC3261-19.1.1-request-uri-headers",                                                    \
	  sip_put_request_line(w, SLICE("A"), SLICE("sip:a?b=c")), NULL)                           \
	X("RFC3261-7.2", sip_put_status_line(w, 200, SLICE("OK")), "SIP/2.0 200 OK\r\n")           \
	X("RFC3261-7.2-no-reason", sip_put_status_line(w, 699, ABSENT), "SIP/2.0 699 \r\n")        \
	X("status-99", sip_put_status_line(w, 99, SLICE("OK")), NULL)                              \
	X("status-700", sip_put_status_line(w, 700, SLICE("OK")), NULL)                            \
	X("status-phrase", sip_put_status_line(w, 200, SLICE("OK\r\nX: y")), NULL)                 \
	X("text", sip_add_header(w, SIP_HDR_SUBJECT, SLICE("a; b")), "Subject: a; b\r\n")          \
	X("text-line", sip_add_header(w, SIP_HDR_SUBJECT, SLICE("a\nb")), NULL)                    \
	X("content-length", sip_add_number(w, SIP_HDR_CONTENT_LENGTH, 1), NULL)                    \
	X("number", sip_add_number(w, SIP_HDR_EXPIRES, 3600), "Expires: 3600\r\n")                 \
	X("other", sip_add_other(w, SLICE("X-A"), SLICE("b")), "X-A: b\r\n")                       \
	X("other-known", sip_add_other(w, SLICE("content-LENGTH"), SLICE("1")), NULL)              \
	X("other-compact", sip_add_other(w, SLICE("V"), SLICE("1")), NULL)                         \
	X("other-colon", sip_add_other(w, SLICE("a:b"), SLICE("c")), NULL)                         \
	X("other-long", sip_add_other(w, slice_of(long_name, 256), SLICE("c")), NULL)              \
	X("other-empty", sip_add_other(w, SLICE(""), SLICE("c")), NULL)                            \
	X("party-tag", sip_add_party(w, SIP_HDR_TO, ABSENT, SLICE("sip:a"), SLICE("b;c")), NULL)   \
	X("call-id", sip_add_call_id(w, SLICE("(a)<b>:\"@c")), "Call-ID: (a)<b>:\"@c\r\n")         \
	X("call-id-two-ats", sip_add_call_id(w, SLICE("a@b@c")), NULL)                             \
	X("call-id-space", sip_add_call_id(w, SLICE("a b")), NULL)                                 \
	X("call-id-absent", sip_add_call_id(w, ABSENT), NULL)                                      \
	X("RFC3261-8.1.1.5", sip_add_cseq(w, INT32_MAX, SLICE("A")), "CSeq: 2147483647 A\r\n")     \
	X("RFC3261-8.1.1.5-above", sip_add_cseq(w, UINT32_C(1) << 31, SLICE("A")), NULL)           \
	X("cseq-method", sip_add_cseq(w, 1, SLICE("A B")), NULL)                                   \
	X("RFC3261-20.34", sip_add_routes(w, SIP_HDR_ROUTE, two, 2),                               \
	  "Route: <sip:a;lr>, <sip:b>\r\n")                                                        \
	X("no-routes", sip_add_routes(w, SIP_HDR_ROUTE, two, 0), "")                               \
	X("routes-uri", sip_add_routes(w, SIP_HDR_PATH, bad_uri, 2), NULL)                         \
	X("tokens", sip_add_tokens(w, SIP_HDR_REQUIRE, tags, 2), "Require: path, outbound\r\n")    \
	X("no-tokens", sip_add_tokens(w, SIP_HDR_REQUIRE, tags, 0), "")                            \
	X("tokens-comma", sip_add_tokens(w, SIP_HDR_REQUIRE, bad_tags, 2), NULL)                   \
	X("no-body", sip_add_body(w, ABSENT, ABSENT), "Content-Length: 0\r\n\r\n")                 \
	X("body", sip_add_body(w, SLICE("a/b"), SLICE("1\r\n2")),                                  \
	  "Content-Type: a/b\r\nContent-Length: 4\r\n\r\n1\r\n2")                                  \
	X("RFC3261-20.15", sip_add_body(w, ABSENT, SLICE("x")), NULL)                              \
	X("body-type", sip_add_body(w, SLICE("a/b\r\n"), SLICE("x")), NULL)

static const struct {
	const char *label;
	const char *want;
} lines[] = {
#define X(label, call, want) { label, want },
	LINES(X)
#undef X
};

static void
put_line(struct sip_writer *w, const char *label)
{
#define X(name, call, want)                                                                        \
	if (strcmp(label, name) == 0)                                                              \
		call;
	LINES(X)
#undef X
}

static void
line_is_written(void **state)
{
	const typeof(lines[0]) *row = *state;
	struct sip_writer w;
	char out[512];

	memset(long_name, 'x', sizeof(long_name));
	sip_writer_init(&w, out, sizeof(out));
	put_line(&w, row->label);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
}
GTEST_ROWS(Build, lines, label, line_is_written);

/* Values for one request: of each kind some that must pass, and hostile ones for any of them. */
static const char *const good[VALUE_COUNT][4] = {
	[VALUE_METHOD] = { "OPTIONS", "INVITE", "x!", "REGISTER" },
	[VALUE_URI] = { "sip:b", "sips:b@b:1;lr", "tel:+1", "sip:a;b@[::1]" },
	[VALUE_TRANSPORT] = { "UDP", "TCP", "WSS", "x" },
	[VALUE_HOST] = { "h", "192.0.2.1", "[2001:db8::1]", "a-b.c" },
	[VALUE_BRANCH] = { "z9hG4bK1", "x", NULL, "%" },
	[VALUE_PARAM_NAME] = { "alias", "x-y", "Z", "rport" },
	[VALUE_PARAM_VALUE] = { NULL, "", "a;b=\"\\", "[::1]" },
	[VALUE_DISPLAY] = { NULL, "Bob", "a \"<,>\\", "\xc3\xa9 \x01\x7f\t" },
	[VALUE_USER] = { NULL, "bob", "a @:%41%4\x80", "?;/" },
	[VALUE_PASSWORD] = { NULL, NULL, NULL, NULL },
	[VALUE_URI_PARAMS] = { NULL, "lr", "a=b;c=d=e", " =?" },
	[VALUE_URI_HEADERS] = { NULL, "a=", "Subject=a b&body=x\r\ny", "a=b=c" },
	[VALUE_TAG] = { NULL, "1", "a%b", "x" },
	[VALUE_CALL_ID] = { "c", "c@d", "(<\">)", "a[b]" },
	[VALUE_ROUTE] = { "sip:r;lr", "sip:r,@h?a=b", "urn:x", "sips:r" },
	[VALUE_INSTANCE] = { NULL, "urn:uuid:0", "a@b", "x" },
	[VALUE_TOKEN] = { "path", "100rel", "x", "~" },
	[VALUE_NAME] = { "X-A", "vv", "z", "Content-Lengthy" },
	[VALUE_TEXT] = { "", "a, b;c=\"d", "<\t>", "\xff" },
	[VALUE_TYPE] = { "text/plain", "a/b;c=d", "x", "application/sdp" },
	[VALUE_BODY] = { NULL, "", "a\r\n\r\nVia: b\r\n", "\n" },
};

static const struct slice hostile[] = {
	SLICE("\r\n"),
	SLICE("a\r\nVia: SIP/2.0/UDP evil\r\n"),
	SLICE("\r\n\r\nINVITE sip:x SIP/2.0"),
	SLICE("a\nb"),
	SLICE("a\rb"),
	SLICE("a\0b"),
	SLICE("\0"),
	SLICE(""),
	SLICE(" "),
	SLICE("a b"),
	SLICE("a;tag=b"),
	SLICE("a,b"),
	SLICE("a>;x=\"<"),
	SLICE("\""),
	SLICE("\\"),
	SLICE("a\\"),
	SLICE("%"),
	SLICE("%0d%0a"),
	SLICE("a@b@c"),
	SLICE("a=b"),
	SLICE("&"),
	SLICE("?"),
	SLICE(";"),
	SLICE(":"),
	SLICE("Content-Length"),
	SLICE("l"),
	SLICE("branch"),
	SLICE("sip:"),
	SLICE("sip:a?b"),
	SLICE("sip:a@b?c=d"),
	SLICE("[::1"),
	SLICE("[]"),
	SLICE("\xff\xfe"),
};

/* Any octets; half of them are those with a meaning. */
static struct slice
random_octets(uint64_t *random, char *room, unsigned int most)
{
	static const char special[] = "\r\n\"\\<>;,:@%=&?/ \t[]()\0";
	unsigned int n = random_below(random, most + 1);

	for (unsigned int i = 0; i < n; i++)
		room[i] = random_below(random, 2) == 0
				  ? special[random_below(random, sizeof(special))]
				  : (char)random_below(random, 256);
	return slice_of(room, n);
}

/* One request in three has hostile values. Returns whether this one has. */
static bool
random_values(uint64_t *random, struct values *in, char room[VALUE_COUNT][16])
{
	unsigned int odds = random_below(random, 3) == 0 ? 12 : 0;
	bool any = false;

	in->number = random_below(random, 1u << 31);
	in->port = (uint16_t)random_below(random, 65536);
	in->rport = random_below(random, 2) == 0;
	for (int i = 0; i < VALUE_COUNT; i++) {
		in->v[i] = slice_str(good[i][random_below(random, 4)]);
		if (odds == 0 || random_below(random, odds) != 0)
			continue;
		any = true;
		in->v[i] =
			random_below(random, 2) == 0
				? hostile[random_below(random, sizeof(hostile) / sizeof(*hostile))]
				: random_octets(random, room[i], 15);
	}
	return any;
}

GTEST(Build, whatever_is_written_reads_back)
{
	uint64_t random = 4711;
	unsigned int written = 0, refused = 0;

	for (unsigned int round = 0; round < 30000; round++) {
		char out[4096], room[VALUE_COUNT][16];
		struct values in = { 0 };
		bool has_hostile = random_values(&random, &in, room);
		struct sip_writer w;
		const char *bad;

		sip_writer_init(&w, out, sizeof(out));
		build_request(&w, &in);
		assert_false(w.overflow);
		if (w.refused) {
			assert_true(has_hostile);
			assert_slice(sip_written(&w), NULL);
			refused++;
			continue;
		}
		bad = misread_request(at_wall(sip_written(&w)), &in);
		if (bad != NULL)
			fail_msg("round %u: %s\n%.*s", round, bad, SLICE_FMT(sip_written(&w)));
		written += has_hostile;
	}
	/* hostile values were both refused and made harmless */
	assert_true(written > 1000 && refused > 1000);
}
