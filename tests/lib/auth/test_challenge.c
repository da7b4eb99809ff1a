/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/challenge.h"
#include "lib/auth/support.h"
#include "sip/quoted.h"

enum { SHA_512_256 = SIP_DIGEST_SHA_512_256, SHA_256 = SIP_DIGEST_SHA_256, MD5 = SIP_DIGEST_MD5 };

#define BOTH (SIP_QOP_AUTH | SIP_QOP_AUTH_INT)

static const struct challenge_row {
	const char *label;
	uint8_t algorithms[AUTH_ALGORITHMS_MAX];
	unsigned int count, qop;
	const char *realm, *nonce, *opaque;
	bool proxy, stale;
	const char *want; /* NULL: refused */
} challenges[] = {
	{ "RFC8760-2.3-order",
	  { SHA_512_256, SHA_256, MD5 },
	  3,
	  SIP_QOP_AUTH,
	  "example.com",
	  "n",
	  NULL,
	  false,
	  false,
	  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", algorithm=SHA-512-256, "
	  "qop=\"auth\"\r\n"
	  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", algorithm=SHA-256, "
	  "qop=\"auth\"\r\n"
	  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", algorithm=MD5, "
	  "qop=\"auth\"\r\n" },
	{ "RFC3261-22.3-proxy",
	  { MD5 },
	  1,
	  BOTH,
	  "r",
	  "n",
	  "o",
	  true,
	  true,
	  "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", opaque=\"o\", stale=true, "
	  "algorithm=MD5, qop=\"auth,auth-int\"\r\n" },
	{ "session",
	  { SIP_DIGEST_SHA_256_SESS },
	  1,
	  SIP_QOP_AUTH_INT,
	  "",
	  "n",
	  "",
	  false,
	  false,
	  "WWW-Authenticate: Digest realm=\"\", nonce=\"n\", opaque=\"\", "
	  "algorithm=SHA-256-sess, qop=\"auth-int\"\r\n" },
	{ "RFC3261-25.1-quoted",
	  { MD5 },
	  1,
	  SIP_QOP_AUTH,
	  "a \"b\" \\c",
	  "n",
	  NULL,
	  false,
	  false,
	  "WWW-Authenticate: Digest realm=\"a \\\"b\\\" \\\\c\", nonce=\"n\", algorithm=MD5, "
	  "qop=\"auth\"\r\n" },
	{ "realm-CRLF", { MD5 }, 1, SIP_QOP_AUTH, "a\r\nX: y", "n", NULL, false, false, NULL },
	{ "RFC8760-2.3-same-twice",
	  { MD5, SHA_256, MD5 },
	  3,
	  SIP_QOP_AUTH,
	  "r",
	  "n",
	  NULL,
	  false,
	  false,
	  NULL },
	{ "RFC8760-2.6-no-qop", { MD5 }, 1, 0, "r", "n", NULL, false, false, NULL },
	{ "qop-other", { MD5 }, 1, SIP_QOP_OTHER, "r", "n", NULL, false, false, NULL },
	{ "no-algorithm", { MD5 }, 0, SIP_QOP_AUTH, "r", "n", NULL, false, false, NULL },
	{ "too-many", { MD5 }, 5, SIP_QOP_AUTH, "r", "n", NULL, false, false, NULL },
	{ "algorithm-unknown",
	  { SIP_DIGEST_OTHER },
	  1,
	  SIP_QOP_AUTH,
	  "r",
	  "n",
	  NULL,
	  false,
	  false,
	  NULL },
	{ "no-nonce", { MD5 }, 1, SIP_QOP_AUTH, "r", "", NULL, false, false, NULL },
};

/* Each line reads back as what was asked for. */
static void
check_readback(const struct challenge_row *r, struct slice lines)
{
	for (unsigned int i = 0; i < r->count; i++) {
		struct slice line = slice_cut(&lines, '\n');
		struct sip_challenge got;
		char plain[64];

		slice_cut(&line, ' ');
		line.len--; /* CR */
		assert_true(sip_challenge_next(&line, &got));
		assert_slice(sip_quoted_decode(got.realm, plain, sizeof(plain)), r->realm);
		assert_slice(got.nonce, r->nonce);
		assert_slice(got.opaque, r->opaque);
		assert_int_equal(got.algorithm, r->algorithms[i]);
		assert_int_equal(got.qop, r->qop);
		assert_int_equal(got.stale, r->stale);
		assert_false(got.userhash);
		assert_null(line.ptr);
	}
	assert_int_equal(lines.len, 0);
}

static void
check_challenge(void **state)
{
	const struct challenge_row *r = *state;
	struct auth_policy policy = { .realm = slice_str(r->realm),
				      .algorithm_count = r->count,
				      .qop = r->qop };
	struct challenge c = { &policy, slice_str(r->nonce), slice_str(r->opaque), r->proxy,
			       r->stale };
	char out[1024];
	struct sip_writer w;

	memcpy(policy.algorithms, r->algorithms, sizeof(policy.algorithms));
	sip_writer_init(&w, out, sizeof(out));
	challenge_write(&w, &c);
	assert_slice(sip_written(&w), r->want);
	assert_int_equal(w.refused, r->want == NULL);
	if (r->want == NULL)
		return;
	check_readback(r, sip_written(&w));
	sip_writer_init(&w, wall() - strlen(r->want), strlen(r->want));
	challenge_write(&w, &c);
	assert_slice(sip_written(&w), r->want);
	sip_writer_init(&w, wall() - strlen(r->want) + 1, strlen(r->want) - 1);
	challenge_write(&w, &c);
	assert_true(w.overflow);
}
GTEST_ROWS(Challenge, challenges, label, check_challenge);

/* ---- Authentication-Info ---- */

#define FIVE "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"0f\""

static const struct info_row {
	const char *label;
	const char *credentials, *rspauth, *nextnonce;
	bool proxy;
	const char *want;
} infos[] = {
	{ "RFC7616-3.5-auth", FIVE ",qop=auth,nc=0000000A,cnonce=\"c\"", "ab", NULL, false,
	  "Authentication-Info: rspauth=\"ab\", qop=auth, nc=0000000A, cnonce=\"c\"\r\n" },
	{ "RFC7616-3.5-nextnonce", FIVE ",qop=\"auth-int\",nc=\"00000001\",cnonce=\"a\\\"b\"", "ab",
	  "next", true,
	  "Proxy-Authentication-Info: nextnonce=\"next\", rspauth=\"ab\", qop=auth-int, "
	  "nc=00000001, cnonce=\"a\\\"b\"\r\n" },
	{ "RFC2069", FIVE ",cnonce=\"c\"", "ab", NULL, false,
	  "Authentication-Info: rspauth=\"ab\"\r\n" },
	{ "cnonce-folded", FIVE ",qop=auth,nc=00000001,cnonce=\"c\r\n d\"", "ab", NULL, false,
	  NULL },
};

static void
check_info(void **state)
{
	const struct info_row *r = *state;
	struct sip_credentials c;
	struct authentication_info info = { &c, slice_str(r->rspauth), slice_str(r->nextnonce),
					    r->proxy };
	struct sip_authentication_info got;
	struct slice line;
	struct sip_writer w;
	char out[512];

	assert_true(sip_credentials_decode(slice_str(r->credentials), &c));
	sip_writer_init(&w, out, sizeof(out));
	digest_authentication_info_write(&w, &info);
	assert_slice(sip_written(&w), r->want);
	if (r->want == NULL)
		return;
	line = sip_written(&w);
	slice_cut(&line, ' ');
	line.len -= 2;
	assert_true(sip_authentication_info_decode(line, &got));
	assert_slice(got.rspauth, r->rspauth);
	assert_slice(got.nextnonce, r->nextnonce);
	assert_int_equal(got.qop, c.qop);
	assert_int_equal(got.nc, c.qop != SIP_QOP_NONE ? c.nc : 0);
}
GTEST_ROWS(AuthenticationInfo, infos, label, check_info);

/* Text that no decoder gave cannot end the quotes. */
GTEST(AuthenticationInfo, cnonce_with_a_quote)
{
	struct sip_credentials c;
	struct authentication_info info = { &c, SLICE("ab"), SLICE_ABSENT, false };
	struct sip_writer w;
	char out[512];

	assert_true(sip_credentials_decode(SLICE(FIVE ",qop=auth,nc=00000001,cnonce=\"c\""), &c));
	c.cnonce = SLICE("c\", qop=\"auth");
	sip_writer_init(&w, out, sizeof(out));
	digest_authentication_info_write(&w, &info);
	assert_true(w.refused);
}
