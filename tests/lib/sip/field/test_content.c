/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/chars.h"
#include "sip/field/content.h"

static const struct type_row {
	const char *label;
	const char *text;
	bool good;
	const char *type, *subtype, *params, *boundary;
} types[] = {
	/* clang-format off */
	{ "RFC3261-20.15", "application/sdp", true, "application", "sdp", NULL, NULL },
	{ "RFC3261-20.15-charset", "text/html; charset=ISO-8859-4", true,
	  "text", "html", " charset=ISO-8859-4", NULL },
	{ "RFC4475-3.1.1.11", "multipart/mixed;boundary=7a9cbec02ceef655", true,
	  "multipart", "mixed", "boundary=7a9cbec02ceef655", "7a9cbec02ceef655" },
	{ "RFC2046-5.1.1-quoted", "multipart/mixed; boundary=\"gc0pJq0M:08jU534c0p\"", true,
	  "multipart", "mixed", " boundary=\"gc0pJq0M:08jU534c0p\"", "\"gc0pJq0M:08jU534c0p\"" },
	{ "RFC3261-23.3", "multipart/signed;protocol=\"application/pkcs7-signature\";"
	  " micalg=sha1; boundary=boundary42", true, "multipart", "signed",
	  "protocol=\"application/pkcs7-signature\"; micalg=sha1; boundary=boundary42",
	  "boundary42" },
	{ "folds", "text\r\n / \r\n\tplain\r\n ;\r\n a = \r\n b ", true,
	  "text", "plain", "\r\n a = \r\n b", NULL },
	{ "parameter-case", "multipart/mixed;BOUNDARY=x", true,
	  "multipart", "mixed", "BOUNDARY=x", "x" },
	{ "semicolon-in-quotes", "a/b;x=\"1;boundary=2\"", true,
	  "a", "b", "x=\"1;boundary=2\"", NULL },
	{ "escaped-quote", "a/b;x=\"1\\\";boundary=2\"", true,
	  "a", "b", "x=\"1\\\";boundary=2\"", NULL },
	{ "empty-quotes", "a/b;x=\"\"", true, "a", "b", "x=\"\"", NULL },
	{ "octets-above-127", "a/b;x=\"\xc3\xa4\"", true, "a", "b", "x=\"\xc3\xa4\"", NULL },
	{ "empty", "", false, NULL, NULL, NULL, NULL },
	{ "no-subtype", "text", false, NULL, NULL, NULL, NULL },
	{ "empty-subtype", "text/", false, NULL, NULL, NULL, NULL },
	{ "empty-type", "/plain", false, NULL, NULL, NULL, NULL },
	{ "three", "a/b/c", false, NULL, NULL, NULL, NULL },
	{ "two-words", "text/plain x", false, NULL, NULL, NULL, NULL },
	{ "parameter-without-value", "text/plain;x", false, NULL, NULL, NULL, NULL },
	{ "parameter-empty-value", "text/plain;x=", false, NULL, NULL, NULL, NULL },
	{ "parameter-no-token", "text/plain;x=a/b", false, NULL, NULL, NULL, NULL },
	{ "parameter-host", "text/plain;x=[::1]", false, NULL, NULL, NULL, NULL },
	{ "parameter-name", "text/plain;\"x\"=a", false, NULL, NULL, NULL, NULL },
	{ "parameter-missing", "text/plain;", false, NULL, NULL, NULL, NULL },
	{ "two-boundaries", "multipart/mixed;boundary=a;Boundary=a", false, NULL, NULL, NULL,
	  NULL },
	{ "quote-open", "text/plain;x=\"a", false, NULL, NULL, NULL, NULL },
	{ "quote-escape-open", "text/plain;x=\"a\\\"", false, NULL, NULL, NULL, NULL },
	{ "quote-and-more", "text/plain;x=\"a\"b", false, NULL, NULL, NULL, NULL },
	{ "quote-control", "text/plain;x=\"a\x01\"", false, NULL, NULL, NULL, NULL },
	{ "quote-escaped-lf", "text/plain;x=\"a\\\n\"", false, NULL, NULL, NULL, NULL },
	{ "list", "text/plain, text/html", false, NULL, NULL, NULL, NULL },
	/* clang-format on */
};

static void
type_is_decoded(void **state)
{
	const struct type_row *row = *state;
	struct sip_content_type ct;

	assert_int_equal(sip_content_type_decode(at_wall(slice_str(row->text)), &ct), row->good);
	if (!row->good)
		return;
	assert_slice(ct.type, row->type);
	assert_slice(ct.subtype, row->subtype);
	assert_slice(ct.params, row->params);
	assert_slice(ct.boundary, row->boundary);
}
GTEST_ROWS(Content, types, label, type_is_decoded);
TRUNCATIONS(Content, types, struct sip_content_type, sip_content_type_decode);

GTEST(Content, type_has_no_case)
{
	struct sip_content_type ct;

	assert_true(sip_content_type_decode(SLICE("Application/SDP"), &ct));
	assert_true(sip_content_type_is(&ct, SLICE("application"), SLICE("sdp")));
	assert_false(sip_content_type_is(&ct, SLICE("application"), SLICE("sdpx")));
	assert_false(sip_content_type_is(&ct, SLICE("text"), SLICE("sdp")));
}

static const struct disposition_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_disposition type;
	enum sip_handling handling;
	const char *handling_text;
} dispositions[] = {
	/* clang-format off */
	{ "RFC3261-20.11", "session", true, SIP_DISPOSITION_SESSION, SIP_HANDLING_REQUIRED, NULL },
	{ "RFC3261-23.3", "attachment; filename=smime.p7m; handling=required", true,
	  SIP_DISPOSITION_ATTACHMENT, SIP_HANDLING_REQUIRED, "required" },
	{ "RFC3893-aib", "aib; handling=optional", true, SIP_DISPOSITION_AIB, SIP_HANDLING_OPTIONAL,
	  "optional" },
	{ "case", "Render ; Handling = OPTIONAL", true, SIP_DISPOSITION_RENDER,
	  SIP_HANDLING_OPTIONAL, "OPTIONAL" },
	{ "icon", "icon", true, SIP_DISPOSITION_ICON, SIP_HANDLING_REQUIRED, NULL },
	{ "alert", "alert", true, SIP_DISPOSITION_ALERT, SIP_HANDLING_REQUIRED, NULL },
	{ "RFC5621-by-reference", "by-reference", true, SIP_DISPOSITION_BY_REFERENCE,
	  SIP_HANDLING_REQUIRED, NULL },
	{ "RFC5363-recipient-list", "recipient-list", true, SIP_DISPOSITION_RECIPIENT_LIST,
	  SIP_HANDLING_REQUIRED, NULL },
	{ "other", "x-new;handling=ignored", true, SIP_DISPOSITION_OTHER, SIP_HANDLING_OTHER,
	  "ignored" },
	{ "flag", "session;x", true, SIP_DISPOSITION_SESSION, SIP_HANDLING_REQUIRED, NULL },
	{ "empty", "", false, 0, 0, NULL },
	{ "no-type", ";handling=required", false, 0, 0, NULL },
	{ "two-words", "a b", false, 0, 0, NULL },
	{ "handling-twice", "session;handling=required;handling=optional", false, 0, 0, NULL },
	{ "handling-without-value", "session;handling", false, 0, 0, NULL },
	{ "handling-quoted", "session;handling=\"optional\"", false, 0, 0, NULL },
	{ "parameter-missing", "session;", false, 0, 0, NULL },
	/* clang-format on */
};

static void
disposition_is_decoded(void **state)
{
	const struct disposition_row *row = *state;
	struct sip_content_disposition cd;

	assert_int_equal(sip_content_disposition_decode(at_wall(slice_str(row->text)), &cd),
			 row->good);
	if (!row->good)
		return;
	assert_int_equal(cd.type, row->type);
	assert_int_equal(cd.handling, row->handling);
	assert_slice(cd.handling_text, row->handling_text);
	assert_true(cd.type_text.len > 0);
}
GTEST_ROWS(Content, dispositions, label, disposition_is_decoded);
TRUNCATIONS(Content, dispositions, struct sip_content_disposition, sip_content_disposition_decode);

static const struct language_row {
	const char *label;
	const char *text;
	bool good;
} languages[] = {
	{ "RFC3261-20.13", "fr", true },
	{ "subtag", "en-gb", true },
	{ "three", "i-sami-no", true },
	{ "BCP47-digits", "es-419", true },
	{ "BCP47-variant", "de-1996", true },
	{ "white-space", " fr\r\n ", true },
	{ "eight", "abcdefgh-abcdefgh", true },
	{ "nine", "abcdefghi", false },
	{ "nine-in-subtag", "en-abcdefghi", false },
	{ "digit-first", "4en", false },
	{ "empty", "", false },
	{ "empty-subtag", "en-", false },
	{ "empty-primary", "-en", false },
	{ "underscore", "en_GB", false },
	{ "star", "*", false },
	{ "two-words", "en gb", false },
};

static void
language_is_decoded(void **state)
{
	const struct language_row *row = *state;
	struct slice text = at_wall(slice_str(row->text)), tag;

	assert_int_equal(sip_content_language_decode(text, &tag), row->good);
}
GTEST_ROWS(Content, languages, label, language_is_decoded);

static const struct id_row {
	const char *label;
	const char *text;
	const char *id; /* NULL when malformed */
} ids[] = {
	{ "RFC8262", "<target123@atlanta.example.com>", "target123@atlanta.example.com" },
	{ "EM-bare", "1234@client.example.com", "1234@client.example.com" },
	{ "white-space", " \t<a.b@c>\r\n ", "a.b@c" },
	{ "atext", "<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~@x" },
	{ "literal", "<a@[2001:db8::1]>", "a@[2001:db8::1]" },
	{ "empty", "", NULL },
	{ "empty-brackets", "<>", NULL },
	{ "no-at", "<a>", NULL },
	{ "no-left", "<@b>", NULL },
	{ "no-right", "<a@>", NULL },
	{ "two-at", "<a@b@c>", NULL },
	{ "dots", "<a..b@c>", NULL },
	{ "dot-last", "<a@b.>", NULL },
	{ "open", "<a@b", NULL },
	{ "close", "a@b>", NULL },
	{ "space-inside", "<a b@c>", NULL },
	{ "quoted-left", "<\"a\"@c>", NULL },
	{ "literal-open", "<a@[b>", NULL },
	{ "literal-nested", "<a@[[b]>", NULL },
	{ "above-127", "<\xc3\xa4@c>", NULL },
};

static void
id_is_decoded(void **state)
{
	const struct id_row *row = *state;
	struct slice id;

	assert_int_equal(sip_content_id_decode(at_wall(slice_str(row->text)), &id),
			 row->id != NULL);
	if (row->id != NULL)
		assert_slice(id, row->id);
}
GTEST_ROWS(Content, ids, label, id_is_decoded);

static const struct url_row {
	const char *label;
	const char *url;
	const char *id;
	bool eq;
} urls[] = {
	{ "RFC2392", "cid:foo4*foo1@bar.net", "foo4*foo1@bar.net", true },
	{ "RFC2392-escape", "cid:foo4%25foo1@bar.net", "foo4%foo1@bar.net", true },
	{ "scheme-case", "CID:a@b", "a@b", true },
	{ "escape-plain", "cid:%61%40b", "a@b", true },
	{ "id-case", "cid:A@b", "a@b", false },
	{ "shorter", "cid:a@", "a@b", false },
	{ "longer", "cid:a@bc", "a@b", false },
	{ "scheme", "mid:a@b", "a@b", false },
	{ "no-scheme", "a@b", "a@b", false },
	{ "empty", "", "a@b", false },
	{ "empty-both", "cid:", "", false },
	{ "escape-cut", "cid:a@b%4", "a@b@", false },
	{ "escape-no-hex", "cid:a@b%g0", "a@b%g0", false },
};

static void
url_is_compared(void **state)
{
	const struct url_row *row = *state;

	assert_int_equal(sip_content_id_eq_url(slice_str(row->id), at_wall(slice_str(row->url))),
			 row->eq);
}
GTEST_ROWS(Content, urls, label, url_is_compared);

static const struct version_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t major, minor;
} versions[] = {
	{ "RFC3261-20.24", "1.0", true, 1, 0 },
	{ "white-space", " 1.0\t", true, 1, 0 },
	{ "long", "10.0012", true, 10, 12 },
	{ "saturates", "99999999999.1", true, UINT32_MAX, 1 },
	{ "no-dot", "1", false, 0, 0 },
	{ "no-minor", "1.", false, 0, 0 },
	{ "no-major", ".1", false, 0, 0 },
	{ "three", "1.0.0", false, 0, 0 },
	{ "empty", "", false, 0, 0 },
	{ "word", "one.0", false, 0, 0 },
};

static void
version_is_decoded(void **state)
{
	const struct version_row *row = *state;
	struct sip_mime_version version;

	assert_int_equal(sip_mime_version_decode(at_wall(slice_str(row->text)), &version),
			 row->good);
	if (row->good) {
		assert_int_equal(version.major, row->major);
		assert_int_equal(version.minor, row->minor);
	}
}
GTEST_ROWS(Content, versions, label, version_is_decoded);

static const struct encoding_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_transfer_encoding encoding;
	bool identity;
} encodings[] = {
	{ "RFC2045-7bit", "7bit", true, SIP_ENCODING_7BIT, true },
	{ "RFC2045-8bit", "8BIT", true, SIP_ENCODING_8BIT, true },
	{ "RFC2045-binary", " binary ", true, SIP_ENCODING_BINARY, true },
	{ "RFC2045-base64", "Base64", true, SIP_ENCODING_BASE64, false },
	{ "RFC2045-qp", "quoted-printable", true, SIP_ENCODING_QUOTED_PRINTABLE, false },
	{ "other", "x-uue", true, SIP_ENCODING_OTHER, false },
	{ "empty", "", false, 0, false },
	{ "two-words", "7 bit", false, 0, false },
	{ "parameters", "7bit;x=y", false, 0, false },
};

static void
encoding_is_decoded(void **state)
{
	const struct encoding_row *row = *state;
	enum sip_transfer_encoding encoding;
	struct slice name;

	assert_int_equal(
		sip_transfer_encoding_decode(at_wall(slice_str(row->text)), &encoding, &name),
		row->good);
	if (row->good) {
		assert_int_equal(encoding, row->encoding);
		assert_int_equal(sip_transfer_encoding_is_identity(encoding), row->identity);
		assert_int_equal(name.len, sip_trim(slice_str(row->text)).len);
	}
}
GTEST_ROWS(Content, encodings, label, encoding_is_decoded);
