/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/identity.h"

/* clang-format off */
static const struct identity_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_identity_form form;
	const char *digest, *header, *claims, *signature, *info, *alg, *ppt;
} identities[] = {
	{ "RFC4474-9", "\"ZYNBbHC00VMZr2kZt6Vm+/8=\"", true, SIP_IDENTITY_RFC4474,
	  "ZYNBbHC00VMZr2kZt6Vm+/8=", NULL, NULL, "ZYNBbHC00VMZr2kZt6Vm+/8=", NULL, NULL, NULL },
	{ "RFC4475-3.1.1.11-no-quotes", "r5mwreLuyDRYBi/0TiPwEg==", true, SIP_IDENTITY_RFC4474,
	  "r5mwreLuyDRYBi/0TiPwEg==", NULL, NULL, "r5mwreLuyDRYBi/0TiPwEg==", NULL, NULL, NULL },
	{ "RFC8224-4.1.1-full", "eyJh.eyJk.rq3p-_;info=<https://biloxi.example.org/b.cert>", true,
	  SIP_IDENTITY_FULL, "eyJh.eyJk.rq3p-_", "eyJh", "eyJk", "rq3p-_",
	  "https://biloxi.example.org/b.cert", NULL, NULL },
	{ "RFC8224-4.1.1-compact", "..rq3p;\r\n info=<https://biloxi.example.org/b.cert>", true,
	  SIP_IDENTITY_COMPACT, "..rq3p", NULL, NULL, "rq3p", "https://biloxi.example.org/b.cert",
	  NULL, NULL },
	{ "RFC8224-4-parameters", "..r+/p ; INFO = <https://h/c;v=1?a,b> ; alg = ES256 ;PPT=shaken;x",
	  true, SIP_IDENTITY_COMPACT, "..r+/p", NULL, NULL, "r+/p", "https://h/c;v=1?a,b", "ES256",
	  "shaken" },
	{ "RFC8224-4.1-quoted", "a.b.c;info=<https://h/c>;alg=\"ES256\";ppt=\"shaken\"", true,
	  SIP_IDENTITY_FULL, "a.b.c", "a", "b", "c", "https://h/c", "ES256", "shaken" },
	{ "extension", "..c;info=<cid:a@b>;x=[2001:db8::1];y=\"a;b\";x=2", true, SIP_IDENTITY_COMPACT,
	  "..c", NULL, NULL, "c", "cid:a@b", NULL, NULL },
	{ "RFC4474-9-32LHEX", "\"0123456789abcdef0123456789abcdef\"", true, SIP_IDENTITY_RFC4474,
	  "0123456789abcdef0123456789abcdef", NULL, NULL, "0123456789abcdef0123456789abcdef", NULL,
	  NULL, NULL },
	{ "RA-25-base64-length", "\"abcde\"", false, 0 },
	{ "RA-25-base64-padding", "\"a===\"", false, 0 },
	{ "RA-25-base64-padding-inside", "\"ab==abcd\"", false, 0 },
	{ "RA-25-base64-url", "\"ab-_\"", false, 0 },
	{ "RFC4474-10-folded", "\r\n \"abcd\r\n  efg=\r\n \"", true, SIP_IDENTITY_RFC4474,
	  "abcd\r\n  efg=\r\n ", NULL, NULL, "abcd\r\n  efg=\r\n ", NULL, NULL, NULL },
	{ "no-quotes-folded", "abcd\r\n efgh", false, 0 },
	{ "blank-in-quotes", "\" \"", false, 0 },
	{ "padding-alone", "\"====\"", false, 0 },
	{ "RFC4474-9-empty", "\"\"", false, 0 },
	{ "RFC4474-9-open", "\"abcd", false, 0 },
	{ "RFC4474-9-parameters", "\"abcd\";alg=rsa-sha1", false, 0 },
	{ "RFC8224-4-no-info", "a.b.c", false, 0 },
	{ "RFC8224-4-info-not-first", "a.b.c;alg=ES256;info=<https://h/c>", false, 0 },
	{ "RFC8224-4-info-unbracketed", "a.b.c;info=https://h/c", false, 0 },
	{ "RFC8224-4-info-open", "a.b.c;info=<https://h/c", false, 0 },
	{ "RFC8224-4-info-empty", "a.b.c;info=<>", false, 0 },
	{ "RFC8224-4-info-no-uri", "a.b.c;info=</cert>", false, 0 },
	{ "RFC8224-4-info-and-more", "a.b.c;info=<https://h/c>x", false, 0 },
	{ "RFC8224-4-two-values", "a.b.c;info=<https://h/c>, a.b.c;info=<https://h/c>", false, 0 },
	{ "RFC8224-4-no-semicolon", "a.b.c;info=<https://h/c> xalg=ES256", false, 0 },
	{ "RFC8224-4-other-name", "a.b.c;cert=<https://h/c>", false, 0 },
	{ "extension-name", "a.b.c;info=<https://h/c>;a b=c", false, 0 },
	{ "twice-info-token", "a.b.c;info=<https://h/c>;info=x", false, 0 },
	{ "twice-info", "a.b.c;info=<https://h/c>;info=<https://h/d>", false, 0 },
	{ "twice-alg", "a.b.c;info=<https://h/c>;alg=ES256;alg=ES256", false, 0 },
	{ "twice-ppt", "a.b.c;info=<https://h/c>;ppt=div;ppt=div", false, 0 },
	{ "alg-empty", "a.b.c;info=<https://h/c>;alg=", false, 0 },
	{ "alg-no-value", "a.b.c;info=<https://h/c>;alg", false, 0 },
	{ "ppt-two-words", "a.b.c;info=<https://h/c>;ppt=\"a b\"", false, 0 },
	{ "extension-no-token", "a.b.c;info=<https://h/c>;x=a/b", false, 0 },
	{ "comma-last", "a.b.c;info=<https://h/c>;", false, 0 },
	{ "RFC8224-4.1-one-part", "abc;info=<https://h/c>", false, 0 },
	{ "RFC8224-4.1-two-parts", "a.b;info=<https://h/c>", false, 0 },
	{ "RFC8224-4.1-four-parts", "a.b.c.d;info=<https://h/c>", false, 0 },
	{ "RFC8224-4.1-half-compact", ".b.c;info=<https://h/c>", false, 0 },
	{ "RFC8224-4.1-other-half", "a..c;info=<https://h/c>", false, 0 },
	{ "RFC8224-4.1-no-signature", "a.b.;info=<https://h/c>", false, 0 },
	{ "RFC8224-4-padding", "a.b.c=;info=<https://h/c>", false, 0 },
	{ "RFC8224-4-space", "a.b. c;info=<https://h/c>", false, 0 },
	{ "empty", "", false, 0 },
	{ "blank", " \r\n ", false, 0 },
};
/* clang-format on */

static void
identity_is_decoded(void **state)
{
	const struct identity_row *row = *state;
	struct sip_identity identity;

	assert_int_equal(sip_identity_decode(at_wall(slice_str(row->text)), &identity), row->good);
	if (!row->good)
		return;
	assert_int_equal(identity.form, row->form);
	assert_slice(identity.digest, row->digest);
	assert_slice(identity.header, row->header);
	assert_slice(identity.claims, row->claims);
	assert_slice(identity.signature, row->signature);
	assert_slice(identity.info, row->info);
	assert_slice(identity.alg, row->alg);
	assert_slice(identity.ppt, row->ppt);
}
GTEST_ROWS(Identity, identities, label, identity_is_decoded);

GTEST(Identity, truncations)
{
	struct sip_identity identity;

	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
		for (size_t len = 0; len <= strlen(identities[i].text); len++)
			sip_identity_decode(at_wall(slice_of(identities[i].text, len)), &identity);
	assert_false(sip_identity_decode(SLICE_ABSENT, &identity));
}

static const struct info_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *alg;
} infos[] = {
	{ "RFC4474-10", "<https://atlanta.example.com/atlanta.cer>;alg=rsa-sha1", true,
	  "https://atlanta.example.com/atlanta.cer", "rsa-sha1" },
	{ "RFC6072-8-folded", " <https://h/c;a?b> \r\n ;x=\"y\" ; ALG = rsa-sha256", true,
	  "https://h/c;a?b", "rsa-sha256" },
	{ "RFC4474-9-no-alg", "<https://h/c>", false, NULL, NULL },
	{ "RFC4474-9-unbracketed", "https://h/c;alg=rsa-sha1", false, NULL, NULL },
	{ "alg-quoted", "<https://h/c>;alg=\"rsa-sha1\"", false, NULL, NULL },
	{ "twice-alg", "<https://h/c>;alg=a;alg=b", false, NULL, NULL },
	{ "space-in-uri", "<https://h/ c>;alg=a", false, NULL, NULL },
	{ "no-uri", "<h>;alg=a", false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
};

static void
identity_info_is_decoded(void **state)
{
	const struct info_row *row = *state;
	struct sip_identity_info info;

	assert_int_equal(sip_identity_info_decode(at_wall(slice_str(row->text)), &info), row->good);
	if (!row->good)
		return;
	assert_slice(info.uri, row->uri);
	assert_slice(info.alg, row->alg);
}
GTEST_ROWS(IdentityInfo, infos, label, identity_info_is_decoded);

static const struct asserted_row {
	const char *label;
	const char *text;
	bool good;
	const char *sip, *tel;
	unsigned int ignored;
} asserteds[] = {
	/* clang-format off */
	{ "RFC3325-10.1-sip", "\"Cullen Jennings\" <sip:fluffy@cisco.com>", true,
	  "sip:fluffy@cisco.com", NULL, 0 },
	{ "RFC3325-10.1-tel", "tel:+14085264000", true, NULL, "tel:+14085264000", 0 },
	{ "RFC3325-9.1-two", "<sips:a@b>, <tel:+1;phone-context=b>", true, "sips:a@b",
	  "tel:+1;phone-context=b", 0 },
	{ "RFC3325-9.1-tel-first", "<tel:1;phone-context=b>,\r\n \"x, y\" <sip:a,c@b>", true,
	  "sip:a,c@b", "tel:1;phone-context=b", 0 },
	{ "RFC8217-3-header-parameter", "sip:a@b;user=phone", true, "sip:a@b", NULL, 0 },
	{ "RFC5876-4.5-scheme", "<http://b>, <sip:a@b>", true, "sip:a@b", NULL, 1 },
	{ "RFC5876-4.5-scheme-alone", "<http://b>", true, NULL, NULL, 1 },
	{ "RFC5876-4.5-number", "<sip:a@b>,<sip:c@b>,<tel:1>,<tel:2>", true, "sip:a@b", "tel:1", 2 },
	{ "RFC5876-4.5-combination", "<sip:a@b>,<sips:a@b>", true, "sip:a@b", NULL, 1 },
	{ "no-uri", "<b>", false, NULL, NULL, 0 },
	{ "host-malformed", "<sip:a@<null>>", false, NULL, NULL, 0 },
	{ "second-malformed", "<sip:a@b>, <sip:", false, NULL, NULL, 0 },
	{ "ignored-malformed", "<sip:a@b>, <sip:a@>", false, NULL, NULL, 0 },
	{ "comma-last", "<sip:a@b>,", false, NULL, NULL, 0 },
	{ "empty", "", false, NULL, NULL, 0 },
	/* clang-format on */
};

static void
asserted_is_decoded(void **state)
{
	const struct asserted_row *row = *state;
	struct sip_asserted asserted;

	assert_int_equal(sip_asserted_decode(at_wall(slice_str(row->text)), &asserted), row->good);
	if (!row->good)
		return;
	assert_slice(asserted.sip.uri, row->sip);
	assert_slice(asserted.tel.uri, row->tel);
	assert_int_equal(asserted.ignored, row->ignored);
}
GTEST_ROWS(Asserted, asserteds, label, asserted_is_decoded);

#define START "OPTIONS sip:b SIP/2.0\r\n"

static const struct find_row {
	const char *label;
	const char *text;
	bool good;
	const char *sip, *tel;
	unsigned int ignored;
} finds[] = {
	{ "none", START "P-Preferred-Identity: <sip:a@b>\r\n\r\n", true, NULL, NULL, 0 },
	{ "RFC3325-9.1-lines",
	  START "P-Asserted-Identity: <sip:a@b>\r\nTo: x\r\nP-Asserted-Identity: <tel:1>\r\n\r\n",
	  true, "sip:a@b", "tel:1", 0 },
	{ "RFC5876-4.5-lines",
	  START "P-Asserted-Identity: <sip:a@b>\r\nP-Asserted-Identity: <sip:c@b>,tel:1\r\n\r\n",
	  true, "sip:a@b", "tel:1", 1 },
	{ "second-line-malformed",
	  START "P-Asserted-Identity: <sip:a@b>\r\nP-Asserted-Identity: c@b\r\n\r\n", false, NULL,
	  NULL, 0 },
	{ "empty", START "P-Asserted-Identity:\r\n\r\n", false, NULL, NULL, 0 },
};

static void
asserted_is_found(void **state)
{
	const struct find_row *row = *state;
	struct sip_asserted asserted;
	struct sip_message msg;

	assert_int_equal(sip_message_index(at_wall(slice_str(row->text)), &msg), SIP_FAULT_NONE);
	assert_int_equal(sip_asserted_find(&msg, SIP_HDR_P_ASSERTED_IDENTITY, &asserted),
			 row->good);
	if (!row->good)
		return;
	assert_slice(asserted.sip.uri, row->sip);
	assert_slice(asserted.tel.uri, row->tel);
	assert_int_equal(asserted.ignored, row->ignored);
}
GTEST_ROWS(Asserted, finds, label, asserted_is_found);

GTEST(Asserted, display_name_is_kept)
{
	struct sip_asserted asserted;

	assert_true(sip_asserted_decode(SLICE("tel:1, \"A B\" <sip:a@b>;x=y"), &asserted));
	assert_slice(asserted.sip.display, "\"A B\"");
	assert_slice(asserted.sip.params, "x=y");
	assert_slice(asserted.tel.display, NULL);
}

static const struct privacy_row {
	const char *label;
	const char *text;
	bool good;
	unsigned int set;
} privacies[] = {
	/* clang-format off */
	{ "RFC3323-4.2-header", "header", true, SIP_PRIVACY_HEADER },
	{ "RFC3323-4.2-session", "session", true, SIP_PRIVACY_SESSION },
	{ "RFC3323-4.2-user", "user", true, SIP_PRIVACY_USER },
	{ "RFC3323-4.2-none", "none", true, SIP_PRIVACY_NONE },
	{ "RFC3323-4.2-critical", "header;session;critical", true,
	  SIP_PRIVACY_HEADER | SIP_PRIVACY_SESSION | SIP_PRIVACY_CRITICAL },
	{ "RFC3323-4.2-critical-alone", "critical", true, SIP_PRIVACY_CRITICAL },
	{ "RFC3325-9.3", "id", true, SIP_PRIVACY_ID },
	{ "RFC7044-10.1", "history", true, SIP_PRIVACY_HISTORY },
	{ "IP-56-unknown", "id;new;newer;new", true, SIP_PRIVACY_ID | SIP_PRIVACY_UNKNOWN },
	{ "case-and-lws", " Header ;\r\n ID ", true, SIP_PRIVACY_HEADER | SIP_PRIVACY_ID },
	{ "RFC3323-4.2-none-and-more", "none;id", false, 0 },
	{ "RFC3323-4.2-none-and-critical", "critical;none", false, 0 },
	{ "RFC3323-4.2-none-and-unknown", "none;new", false, 0 },
	{ "RFC3323-4.2-twice", "id;header;ID", false, 0 },
	{ "RFC3323-4.2-comma", "header,id", false, 0 },
	{ "two-words", "header id", false, 0 },
	{ "empty-value", "header;;id", false, 0 },
	{ "semicolon-last", "id;", false, 0 },
	{ "empty", "", false, 0 },
	/* clang-format on */
};

static void
privacy_is_decoded(void **state)
{
	const struct privacy_row *row = *state;
	unsigned int set = 0;

	assert_int_equal(sip_privacy_decode(at_wall(slice_str(row->text)), &set), row->good);
	assert_int_equal(set, row->set);
}
GTEST_ROWS(Privacy, privacies, label, privacy_is_decoded);

GTEST(Privacy, lines_add_up)
{
	unsigned int set = 0, none = 0;

	assert_true(sip_privacy_decode(SLICE("id"), &set));
	assert_true(sip_privacy_decode(SLICE("header;id"), &set));
	assert_false(sip_privacy_decode(SLICE("none"), &set));
	assert_false(sip_privacy_decode(SLICE("user;;"), &set));
	assert_int_equal(set, SIP_PRIVACY_ID | SIP_PRIVACY_HEADER);
	assert_true(sip_privacy_decode(SLICE("none"), &none));
	assert_false(sip_privacy_decode(SLICE("id"), &none));
	assert_int_equal(none, SIP_PRIVACY_NONE);
}

GTEST(Privacy, values_are_walked)
{
	struct slice rest = SLICE("id ; new;,"), token;

	assert_true(sip_privacy_next(&rest, &token));
	assert_slice(token, "id");
	assert_true(sip_privacy_next(&rest, &token));
	assert_slice(token, "new");
	assert_false(sip_privacy_next(&rest, &token));
	assert_slice(rest, ",");
	assert_false(sip_privacy_decode(SLICE_ABSENT, &(unsigned int){ 0 }));
}
