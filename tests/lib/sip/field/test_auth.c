/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/auth.h"

/* The five that Digest needs, short; and what else a row wants to say. */
#define FIVE "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\""

/* clang-format off */
static const struct credentials_row {
	const char *label;
	const char *text;
	bool good;
	/* what is expected; the rest of the slices has to be absent */
	struct {
		const char *scheme, *params, *username, *username_ext, *realm, *nonce, *uri;
		const char *response, *algorithm_text, *cnonce, *opaque, *qop_text, *nc_text, *auts;
		const char *integrity_protected;
		enum sip_digest_algorithm algorithm;
		enum sip_qop qop;
		uint32_t nc;
		bool userhash;
	} want;
} credentials[] = {
	{ "RFC3261-22.2", "Digest username=\"bob\",\r\n realm=\"biloxi.com\",\r\n nonce=\"dcd98b\",\r\n"
	  " uri=\"sip:bob@biloxi.com\",\r\n qop=auth,\r\n nc=00000001,\r\n cnonce=\"0a4f113b\",\r\n"
	  " response=\"6629fae4\",\r\n opaque=\"5ccc069c\"", true,
	  { .username = "bob", .realm = "biloxi.com", .nonce = "dcd98b",
	    .uri = "sip:bob@biloxi.com", .qop_text = "auth", .qop = SIP_QOP_AUTH, .nc = 1,
	    .nc_text = "00000001", .cnonce = "0a4f113b", .response = "6629fae4",
	    .opaque = "5ccc069c" } },
	{ "RFC3261-20.7-without-uri", "Digest username=\"Alice\", realm=\"atlanta.com\","
	  " nonce=\"84a4cc\", response=\"7587\"", false, { 0 } },
	{ "RFC3665-2.2-qop-without-cnonce", FIVE ",qop=\"auth\",opaque=\"\"", false, { 0 } },
	{ "RFC3665-2.1", "Digest username=\"bob\", realm=\"a.example\"\r\n ,nonce=\"ea9c\", opaque=\"\","
	  "\r\n uri=\"sips:ss2.b.example\",\r\n response=\"dfe\"", true,
	  { .username = "bob", .realm = "a.example", .nonce = "ea9c", .opaque = "",
	    .uri = "sips:ss2.b.example", .response = "dfe" } },
	{ "RFC4475-3.3.7", "NoOneKnowsThisScheme opaque-data=here", true,
	  { .scheme = "NoOneKnowsThisScheme", .params = "opaque-data=here" } },
	{ "other-scheme-quoted", "X realm=\"a, b\" , c = d", true,
	  { .scheme = "X", .params = "realm=\"a, b\" , c = d" } },
	{ "RFC8898-bearer", "Bearer mF_9.B5f-4.1/JqM+~==", true,
	  { .scheme = "Bearer", .params = "mF_9.B5f-4.1/JqM+~==" } },
	{ "RFC8898-bearer-lws", " Bearer abc ", true, { .scheme = "Bearer", .params = "abc" } },
	{ "bearer-no-space", "Bearer/abc", false, { 0 } },
	{ "bearer-two-words", "Bearer abc def", false, { 0 } },
	{ "bearer-padding-alone", "Bearer ==", false, { 0 } },
	{ "bearer-padding-inside", "Bearer a=/b", false, { 0 } },
	{ "RFC7616-3.9.1", "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir\","
	  " algorithm=SHA-256, nonce=\"7ypf/xlj\", nc=00000001, cnonce=\"f2/wE4q7\", qop=auth,"
	  " response=\"753927fa\", opaque=\"FQhe/qaU\"", true,
	  { .username = "Mufasa", .realm = "http-auth@example.org", .uri = "/dir",
	    .algorithm_text = "SHA-256", .algorithm = SIP_DIGEST_SHA_256, .nonce = "7ypf/xlj",
	    .nc = 1, .nc_text = "00000001", .cnonce = "f2/wE4q7", .qop_text = "auth",
	    .qop = SIP_QOP_AUTH, .response = "753927fa", .opaque = "FQhe/qaU" } },
	{ "RFC7616-3.9.2-userhash", "Digest username=\"488869477bf257147b804c45308cd62a\", realm=\"r\","
	  "nonce=\"n\",uri=\"/d\",response=\"ae66e67d\",algorithm=SHA-512-256,userhash=true", true,
	  { .username = "488869477bf257147b804c45308cd62a", .realm = "r", .nonce = "n", .uri = "/d",
	    .response = "ae66e67d", .algorithm_text = "SHA-512-256",
	    .algorithm = SIP_DIGEST_SHA_512_256, .userhash = true } },
	{ "RFC7616-3.4-username-ext", "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,realm=\"r\","
	  "nonce=\"n\",uri=\"sip:h\",response=\"0f\",userhash=false", true,
	  { .username_ext = "UTF-8''J%C3%A4s%C3%B8n%20Doe", .realm = "r", .nonce = "n",
	    .uri = "sip:h", .response = "0f" } },
	{ "RFC5987-language", "Digest username*=utf-8'de'a#$&^|b,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", true,
	  { .username_ext = "utf-8'de'a#$&^|b", .realm = "r", .nonce = "n", .uri = "sip:h",
	    .response = "0f" } },
	{ "RFC7616-3.4-both-usernames", FIVE ",username*=UTF-8''u", false, { 0 } },
	{ "RFC7616-3.4-ext-and-hash", "Digest username*=UTF-8''u,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\",userhash=true", false, { 0 } },
	{ "RFC5987-quoted", "Digest username*=\"UTF-8''u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-no-charset", "Digest username*=''u,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-one-quote", "Digest username*=UTF-8'u,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-escape", "Digest username*=UTF-8''u%4,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-escape-last", "Digest realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\","
	  "username*=UTF-8''u%4", false, { 0 } },
	{ "RFC5987-escape-no-hex", "Digest username*=UTF-8''u%g0,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-three-quotes", "Digest username*=UTF-8''u'v,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC5987-asterisk", "Digest username*=UTF-8''u*,realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0f\"", false, { 0 } },
	{ "RFC8760-2.7-empty-response", "Digest username=\"u\",realm=\"r\",nonce=\"\",uri=\"sip:h\","
	  "response=\"\"", true,
	  { .username = "u", .realm = "r", .nonce = "", .uri = "sip:h", .response = "" } },
	{ "RFC3310-auts", FIVE ",algorithm=AKAv1-MD5,auts=\"5PYxMuX2NOT2NeQ=\"", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .algorithm_text = "AKAv1-MD5", .algorithm = SIP_DIGEST_AKAV1_MD5,
	    .auts = "5PYxMuX2NOT2NeQ=" } },
	{ "TS24.229-integrity", FIVE ",integrity-protected=yes", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .integrity_protected = "yes" } },
	{ "TS24.229-integrity-quoted", FIVE ", integrity-protected=\"tls-pending\"", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .integrity_protected = "tls-pending" } },
	{ "quotes-either-way", FIVE ",algorithm=\"MD5\",qop=\"auth-int\",nc=\"0000000A\",cnonce=\"c\"",
	  true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .algorithm_text = "MD5", .qop_text = "auth-int", .qop = SIP_QOP_AUTH_INT, .nc = 10,
	    .nc_text = "0000000A", .cnonce = "c" } },
	{ "RFC3261-7.3.1-names-without-case", "DIGEST UserName=\"u\",REALM=\"r\",Nonce=\"n\","
	  "URI=\"sip:h\",Response=\"0f\",Algorithm=md5-SESS,cnonce=\"c\"", true,
	  { .scheme = "DIGEST", .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h",
	    .response = "0f", .algorithm_text = "md5-SESS", .algorithm = SIP_DIGEST_MD5_SESS,
	    .cnonce = "c" } },
	{ "RFC3261-25.1-lws", " Digest\t\r\n username = \"u\" ,\r\n realm\t=\"r\" , nonce= \"n\""
	  ",uri=\"sip:h\",response=\"0f\" ", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f" } },
	{ "RFC3261-25.1-quoted-pair", "Digest username=\"a\\\"b,c\",realm=\"\\\\\",nonce=\"n\","
	  "uri=\"sip:h\",response=\"0f\"", true,
	  { .username = "a\\\"b,c", .realm = "\\\\", .nonce = "n", .uri = "sip:h",
	    .response = "0f" } },
	{ "RFC3261-22.4-qop-other", FIVE ",qop=token,nc=ffffffff,cnonce=\"c\"", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .qop_text = "token", .qop = SIP_QOP_OTHER, .nc = UINT32_MAX, .nc_text = "ffffffff",
	    .cnonce = "c" } },
	{ "RFC3261-22.4-cnonce-without-qop", FIVE ",cnonce=\"c\"", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .cnonce = "c" } },
	{ "unknown-algorithm", FIVE ",algorithm=SHA-3", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f",
	    .algorithm_text = "SHA-3", .algorithm = SIP_DIGEST_OTHER } },
	{ "unknown-parameters", FIVE ",x=1,x=\"2\",y*=a#b", true,
	  { .username = "u", .realm = "r", .nonce = "n", .uri = "sip:h", .response = "0f" } },
	{ "no-username", "Digest realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\"", false, { 0 } },
	{ "no-realm", "Digest username=\"u\",nonce=\"n\",uri=\"sip:h\",response=\"0f\"", false, { 0 } },
	{ "no-nonce", "Digest username=\"u\",realm=\"r\",uri=\"sip:h\",response=\"0f\"", false, { 0 } },
	{ "no-response", "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\"", false, { 0 } },
	{ "no-nc", FIVE ",qop=auth,cnonce=\"c\"", false, { 0 } },
	{ "no-cnonce", FIVE ",qop=auth,nc=00000001", false, { 0 } },
	{ "RFC3261-22.4-session-without-cnonce", FIVE ",algorithm=MD5-sess", false, { 0 } },
	{ "twice-realm", FIVE ",realm=\"r\"", false, { 0 } },
	{ "twice-response", FIVE ",RESPONSE=\"0f\"", false, { 0 } },
	{ "twice-algorithm", FIVE ",algorithm=MD5,algorithm=SHA-256", false, { 0 } },
	{ "twice-nc", FIVE ",qop=auth,cnonce=\"c\",nc=00000001,nc=00000001", false, { 0 } },
	{ "RFC8760-2.6-uri-unquoted", "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=sip,"
	  "response=\"0f\"", false, { 0 } },
	{ "username-unquoted", "Digest username=u,realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\"",
	  false, { 0 } },
	{ "uri-empty", "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"\",response=\"0f\"", false,
	  { 0 } },
	{ "RFC3261-25.1-response-upper", "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0F\"", false, { 0 } },
	{ "response-no-hex", "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\","
	  "response=\"0g\"", false, { 0 } },
	{ "RFC7616-3.5-nc-seven", FIVE ",qop=auth,cnonce=\"c\",nc=0000001", false, { 0 } },
	{ "RFC7616-3.5-nc-nine", FIVE ",qop=auth,cnonce=\"c\",nc=000000001", false, { 0 } },
	{ "RFC7616-3.5-nc-no-hex", FIVE ",qop=auth,cnonce=\"c\",nc=0000000g", false, { 0 } },
	{ "qop-list", FIVE ",qop=\"auth,auth-int\",cnonce=\"c\",nc=00000001", false, { 0 } },
	{ "qop-empty", FIVE ",qop=\"\",cnonce=\"c\",nc=00000001", false, { 0 } },
	{ "userhash-other", FIVE ",userhash=yes", false, { 0 } },
	{ "integrity-two-words", FIVE ",integrity-protected=\"a b\"", false, { 0 } },
	{ "algorithm-two-words", FIVE ",algorithm=\"MD5 SHA\"", false, { 0 } },
	{ "RFC3261-20.7-two-in-one-line", FIVE ", Digest username=\"v\"", false, { 0 } },
	{ "no-comma", "Digest username=\"u\" realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\"",
	  false, { 0 } },
	{ "two-commas", FIVE ",,x=1", false, { 0 } },
	{ "comma-last", FIVE ",", false, { 0 } },
	{ "comma-first", "Digest ,username=\"u\"", false, { 0 } },
	{ "no-value", FIVE ",x=", false, { 0 } },
	{ "no-equal", FIVE ",x", false, { 0 } },
	{ "quote-open", FIVE ",x=\"", false, { 0 } },
	{ "quote-and-more", FIVE ",x=\"a\"b", false, { 0 } },
	{ "control-in-quotes", FIVE ",x=\"\x01\"", false, { 0 } },
	{ "no-name", FIVE ",=x", false, { 0 } },
	{ "no-comma-unknown", FIVE " xx=1", false, { 0 } },
	{ "scheme-alone", "Digest", false, { 0 } },
	{ "scheme-and-blank", "Digest ", false, { 0 } },
	{ "no-scheme", "username=\"u\"", false, { 0 } },
	{ "scheme-no-token", "\"Digest\" a=b", false, { 0 } },
	{ "blank", " \r\n ", false, { 0 } },
	{ "empty", "", false, { 0 } },
};
/* clang-format on */

static void
credentials_are_decoded(void **state)
{
	const struct credentials_row *row = *state;
	struct sip_credentials c;

	assert_int_equal(sip_credentials_decode(at_wall(slice_str(row->text)), &c), row->good);
	if (!row->good)
		return;
	assert_slice(c.scheme, row->want.scheme != NULL ? row->want.scheme : "Digest");
	if (row->want.params != NULL)
		assert_slice(c.params, row->want.params);
	assert_int_equal(c.is_digest, row->want.params == NULL);
	assert_slice(c.username, row->want.username);
	assert_slice(c.username_ext, row->want.username_ext);
	assert_slice(c.realm, row->want.realm);
	assert_slice(c.nonce, row->want.nonce);
	assert_slice(c.uri, row->want.uri);
	assert_slice(c.response, row->want.response);
	assert_slice(c.algorithm_text, row->want.algorithm_text);
	assert_slice(c.cnonce, row->want.cnonce);
	assert_slice(c.opaque, row->want.opaque);
	assert_slice(c.qop_text, row->want.qop_text);
	assert_slice(c.nc_text, row->want.nc_text);
	assert_slice(c.auts, row->want.auts);
	assert_slice(c.integrity_protected, row->want.integrity_protected);
	assert_int_equal(c.algorithm, row->want.algorithm);
	assert_int_equal(c.qop, row->want.qop);
	assert_int_equal(c.nc, row->want.nc);
	assert_int_equal(c.userhash, row->want.userhash);
}
GTEST_ROWS(Credentials, credentials, label, credentials_are_decoded);

GTEST(Credentials, truncations)
{
	struct sip_credentials c;

	for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); i++)
		for (size_t len = 0; len <= strlen(credentials[i].text); len++)
			sip_credentials_decode(at_wall(slice_of(credentials[i].text, len)), &c);
	assert_false(sip_credentials_decode(SLICE_ABSENT, &c));
}

static const struct find_row {
	const char *label;
	const char *realm;
	const char *username; /* NULL: not found */
} finds[] = {
	{ "RFC3261-22.3-first", "a", "first" },
	{ "RFC3261-22.3-second", "b \"c\"", "second" },
	{ "other", "c", NULL },
	{ "case", "A", NULL },
	{ "of-malformed-line", "bad", NULL },
	{ "of-other-scheme", "x", NULL },
};

static void
credentials_are_found(void **state)
{
	static const char text[] =
		"OPTIONS sip:b SIP/2.0\r\n"
		"Authorization: Digest "
		"username=\"u\",realm=\"c\",nonce=\"\",uri=\"s:\",response=\"\"\r\n"
		"Proxy-Authorization: Digest username=\"w\",realm=\"bad\"\r\n"
		"Proxy-Authorization: X realm=\"x\"\r\n"
		"Proxy-Authorization: Digest username=\"first\",realm=\"a\",nonce=\"\",uri=\"s:\","
		"response=\"\"\r\n"
		"Proxy-Authorization: Digest username=\"second\",realm=\"b \\\"c\\\"\",nonce=\"\","
		"uri=\"s:\",response=\"\"\r\n\r\n";
	const struct find_row *row = *state;
	struct sip_credentials c;
	struct sip_message msg;
	bool found;

	assert_int_equal(sip_message_index(at_wall(slice_str(text)), &msg), SIP_FAULT_NONE);
	found = sip_credentials_find(&msg, SIP_HDR_PROXY_AUTHORIZATION, slice_str(row->realm), &c);
	assert_int_equal(found, row->username != NULL);
	if (found)
		assert_slice(c.username, row->username);
}
GTEST_ROWS(Credentials, finds, label, credentials_are_found);

static const struct info_row {
	const char *label;
	const char *text;
	bool good;
	const char *nextnonce, *rspauth, *cnonce, *nc_text;
	enum sip_qop qop;
	uint32_t nc;
} infos[] = {
	/* clang-format off */
	{ "RFC3261-20.6", "nextnonce=\"47364c23432d\"", true, "47364c23432d", NULL, NULL, NULL,
	  SIP_QOP_NONE, 0 },
	{ "RFC3310-3.5", "qop=auth-int, rspauth=\"6629fae4\",\r\n cnonce=\"0a4f\", nc=0000000f", true,
	  NULL, "6629fae4", "0a4f", "0000000f", SIP_QOP_AUTH_INT, 15 },
	{ "quotes-either-way", "qop=\"auth\",rspauth=\"\",cnonce=\"\",nc=\"00000010\"", true, NULL, "",
	  "", "00000010", SIP_QOP_AUTH, 16 },
	{ "unknown", "x=y", true, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "RFC7616-3.5-no-rspauth", "qop=auth,cnonce=\"c\",nc=00000001", false, NULL, NULL, NULL, NULL,
	  SIP_QOP_NONE, 0 },
	{ "RFC7616-3.5-no-cnonce", "qop=auth,rspauth=\"0\",nc=00000001", false, NULL, NULL, NULL, NULL,
	  SIP_QOP_NONE, 0 },
	{ "RFC7616-3.5-no-nc", "qop=auth,rspauth=\"0\",cnonce=\"c\"", false, NULL, NULL, NULL, NULL,
	  SIP_QOP_NONE, 0 },
	{ "twice", "nextnonce=\"a\",nextnonce=\"a\"", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "nextnonce-unquoted", "nextnonce=a", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "rspauth-upper", "rspauth=\"A\"", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "nc-short", "nc=1", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "scheme", "Digest nextnonce=\"a\"", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	{ "empty", "", false, NULL, NULL, NULL, NULL, SIP_QOP_NONE, 0 },
	/* clang-format on */
};

static void
info_is_decoded(void **state)
{
	const struct info_row *row = *state;
	struct sip_authentication_info info;

	assert_int_equal(sip_authentication_info_decode(at_wall(slice_str(row->text)), &info),
			 row->good);
	if (!row->good)
		return;
	assert_slice(info.nextnonce, row->nextnonce);
	assert_slice(info.rspauth, row->rspauth);
	assert_slice(info.cnonce, row->cnonce);
	assert_slice(info.nc_text, row->nc_text);
	assert_int_equal(info.qop, row->qop);
	assert_int_equal(info.nc, row->nc);
}
GTEST_ROWS(AuthenticationInfo, infos, label, info_is_decoded);

GTEST(AuthenticationInfo, absent_is_malformed)
{
	struct sip_authentication_info info;

	assert_false(sip_authentication_info_decode(SLICE_ABSENT, &info));
}

GTEST(DigestAlgorithm, every_name_is_found)
{
#define X(symbol, name, session)                                                                   \
	assert_int_equal(sip_digest_algorithm_find(SLICE(name)), SIP_DIGEST_##symbol);             \
	assert_int_equal(sip_digest_algorithm_is_session(SIP_DIGEST_##symbol),                     \
			 strstr(name, "-sess") != NULL);
	SIP_DIGEST_ALGORITHMS(X)
#undef X
	assert_int_equal(sip_digest_algorithm_find(SLICE("sha-256-SESS")), SIP_DIGEST_SHA_256_SESS);
	assert_int_equal(sip_digest_algorithm_find(SLICE("SHA-25")), SIP_DIGEST_OTHER);
	assert_int_equal(sip_digest_algorithm_find(SLICE("")), SIP_DIGEST_OTHER);
	assert_int_equal(sip_digest_algorithm_find(SLICE_ABSENT), SIP_DIGEST_MD5);
	assert_false(sip_digest_algorithm_is_session(SIP_DIGEST_OTHER));
}
