/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/readback.h"
#include "lib/sip/support.h"

enum kind { TEXT, TOKEN, QUOTED, USER, PASSWORD, PARAM, HEADER, URI, HOST };

/* Write one value flush against the wall, with one octet less than it needs, too. */
static struct slice
put_value(enum kind kind, struct slice text, struct sip_writer *w)
{
	switch (kind) {
	case TEXT:
		sip_put_text(w, text);
		break;
	case TOKEN:
		sip_put_token(w, text);
		break;
	case QUOTED:
		sip_put_quoted(w, text);
		break;
	case USER:
		sip_put_escaped(w, text, SIP_ESCAPE_USER);
		break;
	case PASSWORD:
		sip_put_escaped(w, text, SIP_ESCAPE_PASSWORD);
		break;
	case PARAM:
		sip_put_escaped(w, text, SIP_ESCAPE_PARAM);
		break;
	case HEADER:
		sip_put_escaped(w, text, SIP_ESCAPE_HEADER);
		break;
	case URI:
		sip_put_uri_text(w, text);
		break;
	case HOST:
		sip_put_hostport(w, text, 5061);
	}
	return sip_written(w);
}

/* `want` is NULL for a value that is refused. */
static const struct value_row {
	const char *label;
	enum kind kind;
	struct slice text;
	const char *want;
} values[] = {
	/* clang-format off */
	{ "text", TEXT, SLICE("a \"b\" \t;,<>"), "a \"b\" \t;,<>" },
	{ "text-empty", TEXT, SLICE(""), "" },
	{ "text-CR", TEXT, SLICE("a\rb"), NULL },
	{ "text-LF", TEXT, SLICE("a\nb"), NULL },
	{ "text-fold", TEXT, SLICE("a\r\n b"), NULL },
	{ "text-NUL", TEXT, SLICE("a\0b"), NULL },
	{ "token", TOKEN, SLICE("a-b.!%*_+`'~9"), "a-b.!%*_+`'~9" },
	{ "token-empty", TOKEN, SLICE(""), NULL },
	{ "token-separator", TOKEN, SLICE("a;b"), NULL },
	{ "token-space", TOKEN, SLICE("a "), NULL },
	{ "token-UTF-8", TOKEN, SLICE("\xc3\xa9"), NULL },
	{ "RFC3261-25.1-quoted", QUOTED, SLICE("a b"), "\"a b\"" },
	{ "RFC3261-25.1-quoted-empty", QUOTED, SLICE(""), "\"\"" },
	{ "RFC3261-25.1-quoted-pair", QUOTED, SLICE("a\"b\\"), "\"a\\\"b\\\\\"" },
	{ "RFC3261-25.1-quoted-control", QUOTED, SLICE("\x01\t\x7f"), "\"\\\x01\\\t\\\x7f\"" },
	{ "RFC3261-25.1-quoted-UTF-8", QUOTED, SLICE("\xc3\xa9"), "\"\xc3\xa9\"" },
	{ "RFC3261-25.1-quoted-CR", QUOTED, SLICE("a\r"), NULL },
	{ "RFC3261-25.1-quoted-LF", QUOTED, SLICE("\nVia: x"), NULL },
	{ "RFC3261-25.1-quoted-NUL", QUOTED, SLICE("\0"), NULL },
	{ "RFC3261-19.1.2", USER, SLICE("j@s0n"), "j%40s0n" },
	{ "RFC3261-19.1.2-user", USER, SLICE("a;b?c/d&e=f+g$h,i:j"), "a;b?c/d&e=f+g$h,i%3Aj" },
	{ "RFC3261-19.1.2-percent", USER, SLICE("%41"), "%2541" },
	{ "RFC3261-19.1.2-UTF-8", USER, SLICE("\xc3\xa9 "), "%C3%A9%20" },
	{ "RFC3261-19.1.2-password", PASSWORD, SLICE("a;b?c/d&e"), "a%3Bb%3Fc%2Fd&e" },
	{ "RFC3261-19.1.2-param", PARAM, SLICE("[a]/:&+$=;?@,"), "[a]/:&+$%3D%3B%3F%40%2C" },
	{ "RFC3261-19.1.2-header", HEADER, SLICE("[a]/?:+$&=;"), "[a]/?:+$%26%3D%3B" },
	{ "RFC3261-19.1.1-header-lines", HEADER, SLICE("a\r\nb"), "a%0D%0Ab" },
	{ "escaped-empty", USER, SLICE(""), "" },
	{ "escaped-CR", USER, SLICE("a\r"), NULL },
	{ "escaped-LF", PARAM, SLICE("\n"), NULL },
	{ "escaped-NUL", HEADER, SLICE("\0"), NULL },
	{ "uri", URI, SLICE("sip:a@b;lr?c=d"), "sip:a@b;lr?c=d" },
	{ "uri-other", URI, SLICE("urn:service:sos"), "urn:service:sos" },
	{ "uri-bracket", URI, SLICE("sip:a@b>;tag=x"), NULL },
	{ "uri-other-bracket", URI, SLICE("urn:a>"), NULL },
	{ "uri-space", URI, SLICE("sip:a@b SIP/2.0"), NULL },
	{ "uri-line", URI, SLICE("sip:a@b\r\nX: y"), NULL },
	{ "uri-empty", URI, SLICE(""), NULL },
	{ "host", HOST, SLICE("a.example"), "a.example:5061" },
	{ "host-ipv6", HOST, SLICE("[2001:db8::1]"), "[2001:db8::1]:5061" },
	{ "host-ipv6-bare", HOST, SLICE("2001:db8::1"), NULL },
	{ "host-param", HOST, SLICE("a;b"), NULL },
	/* clang-format on */
};

static void
value_is_written(void **state)
{
	const struct value_row *row = *state;
	struct slice text = at_wall(row->text);
	char out[128];
	struct sip_writer w;

	sip_writer_init(&w, out, sizeof(out));
	assert_slice(put_value(row->kind, text, &w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
	for (const char *p = out; p < w.p; p++)
		assert_true(*p != '\r' && *p != '\n' && *p != '\0');
	if (row->want == NULL || row->want[0] == '\0')
		return;
	sip_writer_init(&w, out, strlen(row->want) - 1);
	assert_slice(put_value(row->kind, text, &w), NULL);
	assert_true(w.overflow && !w.refused);
}
GTEST_ROWS(Escape, values, label, value_is_written);

/* Refusal is told at the end, however much of good values comes after it. */
GTEST(Escape, refusal_stays)
{
	char out[64];
	struct sip_writer w;

	sip_writer_init(&w, out, sizeof(out));
	sip_put_text(&w, SLICE("a\n"));
	sip_put_text(&w, SLICE("b"));
	assert_true(w.refused && !w.overflow);
	assert_slice(sip_written(&w), NULL);
	assert_slice(slice_between(w.begin, w.p), "b");
}

/* Every octet, in every place: what is written is one character or its escape, and reads back. */
GTEST(Escape, every_octet)
{
	static const char *const format[] = { "sip:%.*s@h", "sip:u:%.*s@h", "sip:h;a=%.*s",
					      "sip:h?a=%.*s" };
	char room[16], out[8], text[32];
	struct sip_writer w;
	struct sip_uri uri;

	for (int place = SIP_ESCAPE_USER; place <= SIP_ESCAPE_HEADER; place++)
		for (int c = 1; c < 256; c++) {
			char octet = (char)c;
			int n;

			sip_writer_init(&w, out, sizeof(out));
			sip_put_escaped(&w, slice_of(&octet, 1), (enum sip_escape)place);
			if (octet == '\r' || octet == '\n') {
				assert_int_equal(w.refused, place != SIP_ESCAPE_HEADER);
				continue;
			}
			n = snprintf(text, sizeof(text), format[place], SLICE_FMT(sip_written(&w)));
			assert_true(sip_uri_decode(slice_of(text, (size_t)n), &uri));
			assert_true(
				slice_eq(read_escaped(sip_written(&w), room), slice_of(&octet, 1)));
			/* needless escapes would only make it longer */
			n = snprintf(text, sizeof(text), format[place], 1, &octet);
			if (w.p - w.begin == 3 && octet != '%' &&
			    sip_uri_decode(slice_of(text, (size_t)n), &uri))
				assert_true(uri.headers.ptr != NULL || uri.user.ptr == NULL ||
					    uri.password.ptr != NULL);
		}
}

/* What was decoded is written as it was. */
static const char *const uris[] = {
	"sip:b",
	"sip:b.example:5070",
	"sips:alice@atlanta.com?subject=project%20x&priority=urgent",
	"sip:alice:secretword@atlanta.com;transport=tcp",
	"sip:+1-212-555-1212:1234@gateway.com;user=phone",
	"sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
	"sip:alice;day=tuesday@atlanta.com",
	"sip:j%40s0n@[2001:db8::1]:5061;maddr=[::1];lr",
	"sip:null-%00-null@h",
	"sip:a:@h?b=",
	"tel:+1-201-555-0123;ext=12",
	"urn:service:sos.fire",
	"http://a.example/b?c#d",
};

GTEST(Escape, decoded_uri_is_written_as_it_was)
{
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct sip_writer w;
		struct sip_uri uri;
		char out[128];

		assert_true(sip_uri_decode(at_wall(slice_str(uris[i])), &uri));
		sip_writer_init(&w, out, sizeof(out));
		sip_put_uri(&w, &uri);
		assert_slice(sip_written(&w), uris[i]);
	}
}

#define SIP_PARTS .scheme = SIP_SCHEME_SIP, .host = SLICE("h")

static const struct parts_row {
	const char *label;
	struct sip_uri uri;
	const char *want;
} parts[] = {
	/* clang-format off */
	{ "user", { SIP_PARTS, .user = SLICE("a@b c%41%4") }, "sip:a%40b%20c%41%254@h" },
	{ "user-escape-beyond-the-end", { SIP_PARTS, .user = { "%41", 2 } }, "sip:%254@h" },
	{ "user-empty", { SIP_PARTS, .user = SLICE("") }, NULL },
	{ "user-CR", { SIP_PARTS, .user = SLICE("a\r") }, NULL },
	{ "password", { SIP_PARTS, .user = SLICE("a"), .password = SLICE("b:c") },
	  "sip:a:b%3Ac@h" },
	{ "password-alone", { SIP_PARTS, .password = SLICE("b") }, NULL },
	{ "params", { SIP_PARTS, .params = SLICE("lr;a b=c=d?") }, "sip:h;lr;a%20b=c%3Dd%3F" },
	{ "params-empty", { SIP_PARTS, .params = SLICE("") }, NULL },
	{ "params-no-name", { SIP_PARTS, .params = SLICE("=x") }, NULL },
	{ "params-no-value", { SIP_PARTS, .params = SLICE("x=") }, NULL },
	{ "params-line", { SIP_PARTS, .params = SLICE("x=\n") }, NULL },
	{ "headers", { SIP_PARTS, .headers = SLICE("Subject=a b&body=c\r\nd") },
	  "sip:h?Subject=a%20b&body=c%0D%0Ad" },
	{ "headers-no-equals", { SIP_PARTS, .headers = SLICE("a") }, NULL },
	{ "headers-no-name", { SIP_PARTS, .headers = SLICE("=a") }, NULL },
	{ "port", { SIP_PARTS, .port = 65535 }, "sip:h:65535" },
	{ "no-host", { .scheme = SIP_SCHEME_SIPS }, NULL },
	{ "host-user", { .scheme = SIP_SCHEME_SIPS, .host = SLICE("a@h") }, NULL },
	{ "host-escape", { .scheme = SIP_SCHEME_SIPS, .host = SLICE("a%41") }, NULL },
	{ "tel", { .scheme = SIP_SCHEME_TEL, .user = SLICE("+1?;2") }, "tel:+1%3F%3B2" },
	{ "tel-none", { .scheme = SIP_SCHEME_TEL }, NULL },
	{ "tel-host", { .scheme = SIP_SCHEME_TEL, .user = SLICE("1"), .host = SLICE("h") }, NULL },
	{ "other", { .scheme = SIP_SCHEME_OTHER, .text = SLICE("urn:<a") }, NULL },
	/* clang-format on */
};

static void
uri_is_written(void **state)
{
	const struct parts_row *row = *state;
	struct sip_writer w;
	struct sip_uri uri;
	char out[128];

	sip_writer_init(&w, out, sizeof(out));
	sip_put_uri(&w, &row->uri);
	assert_slice(sip_written(&w), row->want);
	assert_int_equal(w.refused, row->want == NULL);
	if (row->want != NULL)
		assert_true(sip_uri_decode(sip_written(&w), &uri));
}
GTEST_ROWS(Escape, parts, label, uri_is_written);
