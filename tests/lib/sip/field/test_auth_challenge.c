/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/auth.h"

#define RN "realm=\"r\",nonce=\"n\""

/* clang-format off */
static const struct challenge_row {
	const char *label;
	const char *text;
	bool good; /* of the first challenge */
	const char *rest;
	struct {
		const char *scheme, *params, *realm, *domain, *nonce, *opaque, *algorithm_text;
		const char *qop_text, *charset, *ik, *ck;
		enum sip_digest_algorithm algorithm;
		unsigned int qop;
		bool stale, userhash;
	} want;
} challenges[] = {
	{ "RFC3261-20.27", "Digest realm=\"atlanta.com\",\r\n domain=\"sip:ss1.carrier.com\","
	  " qop=\"auth\",\r\n nonce=\"f84f1c\",\r\n opaque=\"\", stale=FALSE, algorithm=MD5", true, NULL,
	  { .realm = "atlanta.com", .domain = "sip:ss1.carrier.com", .qop_text = "auth",
	    .qop = SIP_QOP_AUTH, .nonce = "f84f1c", .opaque = "", .algorithm_text = "MD5" } },
	{ "RFC7616-3.9.1", "Digest\r\n realm=\"h@example.org\",\r\n qop=\"auth, auth-int\",\r\n"
	  " algorithm=SHA-256,\r\n nonce=\"7ypf/x\"", true, NULL,
	  { .realm = "h@example.org", .qop_text = "auth, auth-int",
	    .qop = SIP_QOP_AUTH | SIP_QOP_AUTH_INT, .algorithm_text = "SHA-256",
	    .algorithm = SIP_DIGEST_SHA_256, .nonce = "7ypf/x" } },
	{ "RFC7616-3.9.2", "Digest " RN ",charset=UTF-8,userhash=true,algorithm=SHA-512-256", true, NULL,
	  { .realm = "r", .nonce = "n", .charset = "UTF-8", .userhash = true,
	    .algorithm_text = "SHA-512-256", .algorithm = SIP_DIGEST_SHA_512_256 } },
	{ "RFC3310-3.2", "Digest realm=\"r\",nonce=\"CjPk9mRqNu==\",algorithm=AKAv1-MD5,"
	  "qop=\"auth-int\"", true, NULL,
	  { .realm = "r", .nonce = "CjPk9mRqNu==", .algorithm_text = "AKAv1-MD5",
	    .algorithm = SIP_DIGEST_AKAV1_MD5, .qop_text = "auth-int", .qop = SIP_QOP_AUTH_INT } },
	{ "TS24.229-keys", "Digest " RN ",ik=\"00aa\",ck=\"11bb\"", true, NULL,
	  { .realm = "r", .nonce = "n", .ik = "00aa", .ck = "11bb" } },
	{ "stale", "Digest " RN ",stale=true", true, NULL,
	  { .realm = "r", .nonce = "n", .stale = true } },
	{ "stale-quoted", "Digest " RN ",stale=\"TRUE\"", true, NULL,
	  { .realm = "r", .nonce = "n", .stale = true } },
	{ "RFC7616-3.3-stale-other", "Digest " RN ",stale=yes", true, NULL,
	  { .realm = "r", .nonce = "n" } },
	{ "qop-unquoted", "Digest " RN ",qop=auth", true, NULL,
	  { .realm = "r", .nonce = "n", .qop_text = "auth", .qop = SIP_QOP_AUTH } },
	{ "RFC7616-3.3-qop-unknown", "Digest " RN ",qop=\"new,auth\"", true, NULL,
	  { .realm = "r", .nonce = "n", .qop_text = "new,auth",
	    .qop = SIP_QOP_AUTH | SIP_QOP_OTHER } },
	{ "two", "Digest " RN " , Digest realm=\"s\",nonce=\"m\"", true, " Digest realm=\"s\",nonce=\"m\"",
	  { .params = RN, .realm = "r", .nonce = "n" } },
	{ "two-of-two-schemes", "Basic realm=\"b\",x=y,Digest " RN, true, "Digest " RN,
	  { .scheme = "Basic", .params = "realm=\"b\",x=y" } },
	{ "parameter-named-digest", "Digest " RN ", Digest = x", true, NULL,
	  { .realm = "r", .nonce = "n" } },
	{ "comma-in-quotes", "Digest realm=\"r, Basic x\",nonce=\"n\"", true, NULL,
	  { .realm = "r, Basic x", .nonce = "n" } },
	{ "unknown-scheme", "X a=b", true, NULL, { .scheme = "X", .params = "a=b" } },
	{ "comma-last", "Digest " RN ",", true, "", { .realm = "r", .nonce = "n" } },
	{ "no-realm", "Digest nonce=\"n\"", false, NULL, { 0 } },
	{ "no-nonce", "Digest realm=\"r\"", false, NULL, { 0 } },
	{ "twice-nonce", "Digest " RN ",nonce=\"n\"", false, NULL, { 0 } },
	{ "twice-qop", "Digest " RN ",qop=\"auth\",qop=\"auth\"", false, NULL, { 0 } },
	{ "realm-unquoted", "Digest realm=r,nonce=\"n\"", false, NULL, { 0 } },
	{ "qop-empty", "Digest " RN ",qop=\"\"", false, NULL, { 0 } },
	{ "qop-empty-option", "Digest " RN ",qop=\"auth,\"", false, NULL, { 0 } },
	{ "userhash-other", "Digest " RN ",userhash=1", false, NULL, { 0 } },
	{ "no-comma", "Digest realm=\"r\" nonce=\"n\"", false, NULL, { 0 } },
	{ "no-comma-unknown", "Digest " RN " xx=1", false, NULL, { 0 } },
	{ "no-comma-other-scheme", "X a=b xc=d", false, NULL, { 0 } },
	{ "algorithm-two-words", "Digest " RN ",algorithm=\"MD5 SHA\"", false, NULL, { 0 } },
	{ "RFC3261-25.1-scheme-alone", "Negotiate", false, NULL, { 0 } },
	{ "RFC3261-25.1-scheme-alone-first", "Negotiate, Digest " RN, false, NULL, { 0 } },
	{ "RFC3261-25.1-token68", "NTLM TlRMTVNTUAAB", false, NULL, { 0 } },
	{ "empty", "", false, NULL, { 0 } },
};
/* clang-format on */

static void
challenge_is_decoded(void **state)
{
	const struct challenge_row *row = *state;
	struct slice text = at_wall(slice_str(row->text)), rest = text;
	struct sip_challenge c;

	assert_int_equal(sip_challenge_next(&rest, &c), row->good);
	if (!row->good) {
		assert_ptr_equal(rest.ptr, text.ptr);
		return;
	}
	assert_slice(rest, row->rest);
	assert_slice(c.scheme, row->want.scheme != NULL ? row->want.scheme : "Digest");
	assert_int_equal(c.is_digest, row->want.scheme == NULL);
	if (row->want.params != NULL)
		assert_slice(c.params, row->want.params);
	assert_slice(c.realm, row->want.realm);
	assert_slice(c.domain, row->want.domain);
	assert_slice(c.nonce, row->want.nonce);
	assert_slice(c.opaque, row->want.opaque);
	assert_slice(c.algorithm_text, row->want.algorithm_text);
	assert_slice(c.qop_text, row->want.qop_text);
	assert_slice(c.charset, row->want.charset);
	assert_slice(c.ik, row->want.ik);
	assert_slice(c.ck, row->want.ck);
	assert_int_equal(c.algorithm, row->want.algorithm);
	assert_int_equal(c.qop, row->want.qop);
	assert_int_equal(c.stale, row->want.stale);
	assert_int_equal(c.userhash, row->want.userhash);
}
GTEST_ROWS(Challenge, challenges, label, challenge_is_decoded);

GTEST(Challenge, truncations)
{
	struct sip_challenge c;

	for (size_t i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++)
		for (size_t len = 0; len <= strlen(challenges[i].text); len++) {
			struct slice rest = at_wall(slice_of(challenges[i].text, len));

			while (sip_challenge_next(&rest, &c))
				;
		}
}

#define STATUS "SIP/2.0 401 Unauthorized\r\n"
#define CHALLENGE "WWW-Authenticate: "

static const struct iter_row {
	const char *label;
	const char *text;
	const char *schemes; /* in order, with their realms */
	unsigned int malformed;
} iters[] = {
	{ "none", STATUS "To: x\r\n\r\n", "", 0 },
	{ "RFC8760-2.3-lines",
	  STATUS CHALLENGE "Digest realm=\"a\",nonce=\"n\",algorithm=SHA-256\r\nTo: x\r\n" CHALLENGE
			   "Digest realm=\"b\",nonce=\"n\"\r\n\r\n",
	  "Digest a,Digest b,", 0 },
	{ "RFC3261-7.3.1-other-field",
	  STATUS "Proxy-Authenticate: Digest realm=\"p\",nonce=\"n\"\r\n" CHALLENGE
		 "Digest realm=\"b\",nonce=\"n\"\r\n\r\n",
	  "Digest b,", 0 },
	{ "lines-and-commas",
	  STATUS CHALLENGE "X a=b, Digest realm=\"a\",nonce=\"n\"\r\n" CHALLENGE "Y c=d\r\n\r\n",
	  "X ,Digest a,Y ,", 0 },
	{ "RFC8760-2.4-malformed-passed-over",
	  STATUS CHALLENGE "X a=b, Digest realm=\"a\"\r\n" CHALLENGE "\r\n" CHALLENGE
			   "Digest realm=\"b\",nonce=\"n\"\r\n\r\n",
	  "X ,Digest b,", 2 },
	{ "malformed-last", STATUS CHALLENGE "X a=b\r\n" CHALLENGE "Y\r\n\r\n", "X ,", 1 },
};

static void
challenges_are_walked(void **state)
{
	const struct iter_row *row = *state;
	struct sip_challenge_iter it;
	struct sip_message msg;
	struct sip_challenge c;
	char seen[64] = "";
	size_t n = 0;

	assert_int_equal(sip_message_index(at_wall(slice_str(row->text)), &msg), SIP_FAULT_NONE);
	sip_challenge_iter_init(&it, &msg, SIP_HDR_WWW_AUTHENTICATE);
	while (sip_challenge_iter_next(&it, &c))
		n += (size_t)snprintf(seen + n, sizeof(seen) - n, "%.*s %.*s,", SLICE_FMT(c.scheme),
				      SLICE_FMT(c.realm));
	assert_string_equal(seen, row->schemes);
	assert_int_equal(it.malformed, row->malformed);
	assert_false(sip_challenge_iter_next(&it, &c));
	assert_int_equal(it.malformed, row->malformed);
}
GTEST_ROWS(Challenge, iters, label, challenges_are_walked);
