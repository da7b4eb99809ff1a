/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/digest.h"
#include "lib/auth/support.h"

/* ---- H(A1) ---- */

static const struct ha1_row {
	const char *label;
	enum sip_digest_algorithm algorithm;
	const char *want; /* NULL: not computed here */
} ha1s[] = {
	{ "RFC2617-3.5", SIP_DIGEST_MD5, "939e7578ed9e3c518a452acee763bce9" },
	{ "RFC7616-3.4.2-session", SIP_DIGEST_MD5_SESS, "939e7578ed9e3c518a452acee763bce9" },
	{ "RFC3310-AKA", SIP_DIGEST_AKAV1_MD5, NULL },
	{ "RFC3310-AKA-SHA-256", SIP_DIGEST_AKAV2_SHA_256, NULL },
	{ "unknown", SIP_DIGEST_OTHER, NULL },
};

static void
check_ha1(void **state)
{
	const struct ha1_row *r = *state;
	uint8_t out[DIGEST_MAX] = { 0xa5 };
	char text[2 * DIGEST_MAX + 1];

	assert_int_equal(digest_size(r->algorithm), r->want != NULL ? strlen(r->want) / 2 : 0);
	assert_int_equal(digest_ha1(digest_here(), r->algorithm, SLICE("Mufasa"),
				    SLICE("testrealm@host.com"), SLICE("Circle Of Life"), out),
			 r->want != NULL);
	if (r->want == NULL) {
		assert_int_equal(out[0], 0xa5);
		return;
	}
	for (size_t i = 0; i < digest_size(r->algorithm); i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(text, r->want);
}
GTEST_ROWS(Digest, ha1s, label, check_ha1);

/* Where the pieces are cut does not matter. */
GTEST(Digest, of_long_parts)
{
	static char text[1000];
	uint8_t cut[DIGEST_MAX], whole[DIGEST_MAX];

	memset(text, 'p', sizeof(text));
	text[0] = text[1] = ':';
	for (size_t n = 2; n < 600; n++) {
		text[n] = ':';
		assert_true(digest_ha1(digest_here(), SIP_DIGEST_SHA_256, SLICE(""), SLICE(""),
				       slice_of(text + 2, 700), whole));
		assert_true(digest_ha1(digest_here(), SIP_DIGEST_SHA_256, SLICE(""),
				       slice_of(text + 1, n - 1), slice_of(text + n + 1, 701 - n),
				       cut));
		assert_memory_equal(cut, whole, sizeof(cut));
		text[n] = 'p';
	}
	digest_context_free(NULL);
}

/* ---- published examples ---- */

/* clang-format off */
static const struct published_row {
	const char *label;
	const char *username, *realm, *password, *method;
	const char *value; /* Authorization, with the response that is right */
} published[] = {
	{ "RFC2617-3.5", "Mufasa", "testrealm@host.com", "Circle Of Life", "GET",
	  "Digest username=\"Mufasa\", realm=\"testrealm@host.com\","
	  " nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth,"
	  " nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\","
	  " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"" },
	{ "RFC7616-3.9.1-MD5", "Mufasa", "http-auth@example.org", "Circle of Life", "GET",
	  "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\","
	  " algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001,"
	  " cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth,"
	  " response=\"8ca523f5e9506fed4657c9700eebdbec\","
	  " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"" },
	{ "RFC7616-3.9.1-SHA-256", "Mufasa", "http-auth@example.org", "Circle of Life", "GET",
	  "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\","
	  " algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001,"
	  " cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth,"
	  " response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\","
	  " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"" },
	/* as erratum 4897 has it: the RFC's own is that of a SHA-512 cut short */
	{ "RFC7616-3.9.2-SHA-512-256", "J\xc3\xa4s\xc3\xb8n Doe", "api@example.org",
	  "Secret, or not?", "GET",
	  "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm=\"api@example.org\","
	  " uri=\"/doe.json\", algorithm=SHA-512-256,"
	  " nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001,"
	  " cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth,"
	  " response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\","
	  " opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", userhash=false" },
};
/* clang-format on */

static void
check_published(void **state)
{
	const struct published_row *r = *state;
	struct sip_credentials c;
	struct digest_input in = { .credentials = &c, .method = slice_str(r->method) };
	char text[DIGEST_TEXT_MAX];
	uint8_t ha1[DIGEST_MAX];

	assert_true(sip_credentials_decode(at_wall(slice_str(r->value)), &c));
	assert_true(digest_ha1(digest_here(), c.algorithm, slice_str(r->username),
			       slice_str(r->realm), slice_str(r->password), ha1));
	assert_true(digest_check(digest_here(), ha1, &in));
	assert_true(digest_response(digest_here(), ha1, &in, text));
	assert_slice(c.response, text);
}
GTEST_ROWS(Digest, published, label, check_published);

/* ---- every algorithm and qop ---- */

/* bob's password "zanzibar"; computed by Python's hashlib. */
/* clang-format off */
static const struct all_row {
	const char *label;
	const char *algorithm, *qop, *body;
	const char *response; /* to INVITE */
	const char *rspauth;  /* to the response, with the same body */
} all[] = {
	{ "MD5-none", "MD5", "", "",
	  "bf57e4e0d0bffc0fbaedce64d59add5e",
	  "748e424548c73d52e3bde6eef2d03c69" },
	{ "MD5-auth", "MD5", "auth", "",
	  "89eb0059246c02b2f6ee02c7961d5ea3",
	  "9175a7857f138ef9768651f475f1d73a" },
	{ "MD5-auth-int", "MD5", "auth-int", "",
	  "2d6fc6e788367208f746582b18a69618",
	  "0a56d367385814b45c7b663438a5dac9" },
	{ "MD5-auth-int-body", "MD5", "auth-int", "v=0\r\n",
	  "77226bb823dc077c1ad3537415667bae",
	  "ea7be2687ea1b6c4f9739b1451549997" },
	{ "MD5-sess-none", "MD5-sess", "", "",
	  "fff17611bcbbf00c9116a2c922dea8e1",
	  "abc6748a0713f9ecca9aa388629d9090" },
	{ "MD5-sess-auth", "MD5-sess", "auth", "",
	  "e4e4ea61d186d07a92c9e1f6919902e9",
	  "0702355500027529b96f51fb4dd888e2" },
	{ "MD5-sess-auth-int", "MD5-sess", "auth-int", "",
	  "d66ddba2f44d21d5736677f9fa1c2e41",
	  "aeea8c47a88fc4da437b92ab0191fa45" },
	{ "MD5-sess-auth-int-body", "MD5-sess", "auth-int", "v=0\r\n",
	  "8527c9ab1b4eed3fd75491f811944e26",
	  "7dd59dc65aa79480bb2e7f18533045a8" },
	{ "SHA-256-none", "SHA-256", "", "",
	  "38aad98c50c33abe72c5f88dd17246ffcfa6b1f68852c855719ff0659386c0ca",
	  "a1423b6e354160f82dc8b2d959d0929697882718f960d1d2bd83077962d593c3" },
	{ "SHA-256-auth", "SHA-256", "auth", "",
	  "b3b5a6c69453abafaab9ae4dccdac90a076b6c80615d5f3498e7433b6e93bf4f",
	  "eac28e17b8d5d63e96e148e02f1b50afcf750aeecb3856ac20399028c0ee51e6" },
	{ "SHA-256-auth-int", "SHA-256", "auth-int", "",
	  "3985ceb21e3aee19764bf4d9659738c507c12293dd692d31387928ccc2159763",
	  "8831a5721f39e498a8678254fe42ffdc0796da56b392f2b8dc7ea6b4041ea0d6" },
	{ "SHA-256-auth-int-body", "SHA-256", "auth-int", "v=0\r\n",
	  "554a9ffe79ce71c3cb6c9630deddd2787d8033f895e5cdef6a73c8e84ed4c979",
	  "644cbd5ca8d478218099905ed0dbd09fd28c69ade241a63c99dcd50324d53a4a" },
	{ "SHA-256-sess-none", "SHA-256-sess", "", "",
	  "2ceb74b5bf787a27f00a80b94f397228de1a9bab1c3c56b7c6f984cf9f3ffdf7",
	  "7f0365645a5ce13eda20adc5794bf94bc42750a7dd94f8c94b5b5e23deba29af" },
	{ "SHA-256-sess-auth", "SHA-256-sess", "auth", "",
	  "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792",
	  "74979e1c4bee64a04db61c0de37556a1b2f48ebab1e730aef51db55ef9688034" },
	{ "SHA-256-sess-auth-int", "SHA-256-sess", "auth-int", "",
	  "8fc61ed9c4931093c4eca3ac3e6697e1e2d4127b1ce11222bd7185ca2d5692b9",
	  "9a3976f4aa9fe1356e9f5f3896fdad7c29b1e427762f8b602d8648c503ef5189" },
	{ "SHA-256-sess-auth-int-body", "SHA-256-sess", "auth-int", "v=0\r\n",
	  "0b4a1efc19e1b701ec5775b6b16dde0fc416102e34a6c5bd6f957b20b5d79170",
	  "5f80146d08aff7e620e7f8c36f28ae87acc0138bee9c80e08a14427b4e801d70" },
	{ "SHA-512-256-none", "SHA-512-256", "", "",
	  "9e960b3a01beb63f1ea5d45d43bd8a2178879d3c9ddbbdb0624187ca823c6eca",
	  "ce95c1d398864ebbee4c4707f825f61e7ea7be76960b3f6b0ad268173420ea8f" },
	{ "SHA-512-256-auth", "SHA-512-256", "auth", "",
	  "7f1a09de0f19af0a1eac2b28d33e3f2fb89cca1ad8fb01bba5e1883b288bac14",
	  "975a12c1ffcd062063ecf7569221689a797a7fef76ce1b9d29bd6e57b90be6e8" },
	{ "SHA-512-256-auth-int", "SHA-512-256", "auth-int", "",
	  "6ba9effb831c1f3ba5760fe23de520f78124ed29d9a06d48a1338613d894c69b",
	  "98dc01c8a7e037c085813683b0bdcee3d04f97b6f6c37c27c93717b33adaa0ce" },
	{ "SHA-512-256-auth-int-body", "SHA-512-256", "auth-int", "v=0\r\n",
	  "e9a7fbc1c80a10421c59a0c982f28d40e0ddc7b62ef3dc4faf68f179c6e05922",
	  "3cb82d0a70ad0cbf70e7f46b5e2e8e9d05f05e671e09ac7103466e1459f3933a" },
	{ "SHA-512-256-sess-none", "SHA-512-256-sess", "", "",
	  "10f52db7e2818a98871fd94294a2593a22eeaf07e23dad0b2bb52694442db5dd",
	  "0ca773af9dbc7a6d0c7d04a7469db4bdec6d14f84308b2078fbd8d119bc74268" },
	{ "SHA-512-256-sess-auth", "SHA-512-256-sess", "auth", "",
	  "077d9677be83f41f162d1a4453dc163389919f81e5927391d972f477da767633",
	  "bf9137540a89905ec6768fd824b2a43b86f8b3aad2c0c579727be1f8ea6bad65" },
	{ "SHA-512-256-sess-auth-int", "SHA-512-256-sess", "auth-int", "",
	  "7c185ff4dce1e1ff75181591c47d58135169ae6199fcb52b365e7ecb08b3d391",
	  "7909181834ee7c7d214fcdb77874d6ec9aa52c26f917ca74e8b7d843dcf74d89" },
	{ "SHA-512-256-sess-auth-int-body", "SHA-512-256-sess", "auth-int", "v=0\r\n",
	  "0220683d8c9faccc1d05bd2ef0e7ccdff87eacd5f06fb6bfd9cd7d3acf66a00b",
	  "543670861defc72772bef80a46a6bce779549661cd5ccc4c46eb389e12876922" },
};
/* clang-format on */

/* The parts of an Authorization; those not named are the rows'. */
struct parts {
	const char *algorithm, *qop, *nonce, *nc, *cnonce, *uri, *response;
};

static const struct parts plain = {
	.algorithm = "MD5",
	.qop = "auth",
	.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
	.nc = "00000001",
	.cnonce = "0a4f113b",
	.uri = "sip:bob@biloxi.com",
	.response = "89eb0059246c02b2f6ee02c7961d5ea3",
};

/* Valid until the next call. */
static struct sip_credentials
credentials_of(const struct parts *p)
{
	static char text[2048];
	struct sip_credentials c;
	int n = snprintf(text, sizeof(text),
			 "Digest username=\"bob\",realm=\"biloxi.com\",algorithm=%s,nonce=\"%s\","
			 "uri=\"%s\",response=\"%s\",nc=%s,cnonce=\"%s\"%s%s",
			 p->algorithm, p->nonce, p->uri, p->response, p->nc, p->cnonce,
			 p->qop[0] != '\0' ? ",qop=" : "", p->qop);

	assert_true(sip_credentials_decode(slice_of(text, (size_t)n), &c));
	return c;
}

static const uint8_t *
bob(enum sip_digest_algorithm algorithm)
{
	static uint8_t ha1[DIGEST_MAX];

	assert_true(digest_ha1(digest_here(), algorithm, SLICE("bob"), SLICE("biloxi.com"),
			       SLICE("zanzibar"), ha1));
	return ha1;
}

static void
check_all(void **state)
{
	const struct all_row *r = *state;
	struct parts parts = plain;
	struct sip_credentials c;
	struct digest_input in = { .credentials = &c,
				   .method = SLICE("INVITE"),
				   .body = slice_str(r->body) };
	char text[DIGEST_TEXT_MAX], wrong[DIGEST_TEXT_MAX];
	const uint8_t *ha1;

	parts.algorithm = r->algorithm;
	parts.qop = r->qop;
	parts.response = r->response;
	c = credentials_of(&parts);
	ha1 = bob(c.algorithm);
	assert_true(digest_check(digest_here(), ha1, &in));
	assert_true(digest_response(digest_here(), ha1, &in, text));
	assert_string_equal(text, r->response);
	assert_true(digest_rspauth(digest_here(), ha1, &in, text));
	assert_string_equal(text, r->rspauth);

	/* each digit once, and one more or less */
	memcpy(wrong, r->response, strlen(r->response) + 1);
	for (size_t i = 0; i < strlen(wrong); i++) {
		wrong[i] = wrong[i] == '0' ? '1' : '0';
		c.response = slice_str(wrong);
		assert_false(digest_check(digest_here(), ha1, &in));
		wrong[i] = r->response[i];
	}
	c.response = at_wall(slice_of(r->response, strlen(r->response) - 1));
	assert_false(digest_check(digest_here(), ha1, &in));
	c.response = at_wall(SLICE(""));
	assert_false(digest_check(digest_here(), ha1, &in));
	snprintf(text, sizeof(text), "%s", r->response);
	text[strlen(r->response)] = '0';
	c.response = slice_of(text, strlen(r->response) + 1);
	assert_false(digest_check(digest_here(), ha1, &in));
}
GTEST_ROWS(Digest, all, label, check_all);

GTEST(Digest, absent_body_is_an_empty_one)
{
	struct parts parts = plain;
	struct sip_credentials c;
	struct digest_input in = { .credentials = &c, .method = SLICE("INVITE") };

	parts.qop = "auth-int";
	parts.response = "2d6fc6e788367208f746582b18a69618";
	c = credentials_of(&parts);
	assert_true(digest_check(digest_here(), bob(SIP_DIGEST_MD5), &in));
	in.body = SLICE("x");
	assert_false(digest_check(digest_here(), bob(SIP_DIGEST_MD5), &in));
}

/* ---- each part is hashed ---- */

static const struct changed_row {
	const char *label;
	struct parts parts; /* NULL: as it was */
	const char *method, *user, *realm, *password;
	bool good;
} changed[] = {
	{ "nothing", { 0 }, NULL, NULL, NULL, NULL, true },
	{ "method", { 0 }, "BYE", NULL, NULL, NULL, false },
	{ "method-case", { 0 }, "invite", NULL, NULL, NULL, false },
	{ "user", { 0 }, NULL, "rob", NULL, NULL, false },
	{ "realm", { 0 }, NULL, NULL, "Biloxi.com", NULL, false },
	{ "password", { 0 }, NULL, NULL, NULL, "zanzibaR", false },
	{ "algorithm", { .algorithm = "MD5-sess" }, NULL, NULL, NULL, NULL, false },
	{ "algorithm-case", { .algorithm = "md5" }, NULL, NULL, NULL, NULL, true },
	{ "algorithm-unknown", { .algorithm = "MD6" }, NULL, NULL, NULL, NULL, false },
	{ "algorithm-AKA", { .algorithm = "AKAv1-MD5" }, NULL, NULL, NULL, NULL, false },
	{ "qop", { .qop = "auth-int" }, NULL, NULL, NULL, NULL, false },
	{ "qop-none", { .qop = "" }, NULL, NULL, NULL, NULL, false },
	{ "qop-unknown", { .qop = "auth-conf" }, NULL, NULL, NULL, NULL, false },
	{ "qop-as-written", { .qop = "AUTH" }, NULL, NULL, NULL, NULL, false },
	{ "nonce",
	  { .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c094" },
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  false },
	{ "nc", { .nc = "00000002" }, NULL, NULL, NULL, NULL, false },
	{ "cnonce", { .cnonce = "0a4f113c" }, NULL, NULL, NULL, NULL, false },
	{ "cnonce-case", { .cnonce = "0A4f113b" }, NULL, NULL, NULL, NULL, false },
	{ "uri", { .uri = "sip:rob@biloxi.com" }, NULL, NULL, NULL, NULL, false },
	/* RFC 7616 §3.3, unq(): "with quoting slashes removed" */
	{ "RFC7616-3.3-unq-cnonce", { .cnonce = "0a\\4f1\\13b" }, NULL, NULL, NULL, NULL, true },
	{ "RFC7616-3.3-unq-uri", { .uri = "\\sip:bob@biloxi.com" }, NULL, NULL, NULL, NULL, true },
	{ "RFC7616-3.3-unq-nonce",
	  { .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c09\\3" },
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  true },
	{ "RFC7616-3.3-unq-backslash",
	  { .cnonce = "0a4f113b\\\\" },
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  false },
};

static const char *
or_else(const char *text, const char *other)
{
	return text != NULL ? text : other;
}

static void
check_changed(void **state)
{
	const struct changed_row *r = *state;
	const struct parts parts = { or_else(r->parts.algorithm, plain.algorithm),
				     or_else(r->parts.qop, plain.qop),
				     or_else(r->parts.nonce, plain.nonce),
				     or_else(r->parts.nc, plain.nc),
				     or_else(r->parts.cnonce, plain.cnonce),
				     or_else(r->parts.uri, plain.uri),
				     plain.response };
	struct sip_credentials c = credentials_of(&parts);
	struct digest_input in = { .credentials = &c,
				   .method = slice_str(or_else(r->method, "INVITE")) };
	char text[DIGEST_TEXT_MAX] = "x";
	uint8_t ha1[DIGEST_MAX];

	assert_true(digest_ha1(digest_here(), SIP_DIGEST_MD5, slice_str(or_else(r->user, "bob")),
			       slice_str(or_else(r->realm, "biloxi.com")),
			       slice_str(or_else(r->password, "zanzibar")), ha1));
	assert_int_equal(digest_check(digest_here(), ha1, &in), r->good);
	if (digest_size(c.algorithm) == 0 || c.qop == SIP_QOP_OTHER) {
		assert_false(digest_response(digest_here(), ha1, &in, text));
		assert_string_equal(text, "");
	}
}
GTEST_ROWS(Digest, changed, label, check_changed);

/* RFC 3261 §25.1: a fold is one SP, whoever made it. */
GTEST(Digest, fold_is_a_space)
{
	struct parts parts = plain;
	struct sip_credentials c;
	struct digest_input in = { .credentials = &c, .method = SLICE("INVITE") };
	char one[DIGEST_TEXT_MAX], two[DIGEST_TEXT_MAX];

	parts.cnonce = "a b";
	c = credentials_of(&parts);
	assert_true(digest_response(digest_here(), bob(SIP_DIGEST_MD5), &in, one));
	parts.cnonce = "a\r\n\tb";
	c = credentials_of(&parts);
	assert_true(digest_response(digest_here(), bob(SIP_DIGEST_MD5), &in, two));
	assert_string_equal(one, two);
	parts.cnonce = "a  b";
	c = credentials_of(&parts);
	assert_true(digest_response(digest_here(), bob(SIP_DIGEST_MD5), &in, two));
	assert_string_not_equal(one, two);
}

/* What does not fit into one piece is hashed as what does. */
GTEST(Digest, of_any_length)
{
	static char cnonce[1200], escaped[1300];
	struct parts parts = plain;
	struct sip_credentials c;
	struct digest_input in = { .credentials = &c, .method = SLICE("INVITE") };
	char one[DIGEST_TEXT_MAX], two[DIGEST_TEXT_MAX];

	for (size_t n = 1; n < sizeof(cnonce) - 1; n++) {
		cnonce[n - 1] = (char)('a' + n % 26);
		cnonce[n] = '\0';
		if (n % 7 != 0 && (n < 150 || n > 300))
			continue;
		parts.cnonce = cnonce;
		c = credentials_of(&parts);
		assert_true(digest_response(digest_here(), bob(SIP_DIGEST_MD5), &in, one));
		snprintf(escaped, sizeof(escaped), "%.*s\\%s", (int)(n / 2), cnonce,
			 cnonce + n / 2);
		parts.cnonce = escaped;
		c = credentials_of(&parts);
		assert_true(digest_response(digest_here(), bob(SIP_DIGEST_MD5), &in, two));
		assert_string_equal(one, two);
	}
}

/* A backslash with nothing behind it is not what any decoder gives. */
GTEST(Digest, broken_quoted_pair)
{
	struct sip_credentials c = credentials_of(&plain);
	struct digest_input in = { .credentials = &c, .method = SLICE("INVITE") };

	c.cnonce = at_wall(SLICE("0a4f113b\\"));
	assert_false(digest_check(digest_here(), bob(SIP_DIGEST_MD5), &in));
}
