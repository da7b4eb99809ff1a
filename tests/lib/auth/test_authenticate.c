/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/authenticate.h"
#include "auth/challenge.h"
#include "lib/auth/support.h"

enum { NOW = 1800000000, LIFETIME = 300 };

/* What a user agent does; members that are NULL or 0 are as in `usual`. */
struct agent {
	const char *method, *request_uri;
	const char *username; /* all of the parameter */
	const char *user, *password, *realm;
	const char *algorithm, *qop; /* qop "": none */
	const char *uri, *from, *nonce, *body;
	const char *before; /* header lines in front of the credentials */
	int age_s;          /* of the nonce */
	bool bare;          /* no credentials */
	bool no_response;
	bool other_key;
	bool zero_hash; /* knows what an unknown name is checked against */
};

static const struct agent usual = {
	.method = "REGISTER",
	.request_uri = "sip:example.com",
	.username = "username=\"bob\"",
	.user = "bob",
	.password = "zanzibar",
	.realm = "example.com",
	.algorithm = "SHA-256",
	.qop = "auth",
	.uri = "sip:example.com",
	.from = "192.0.2.1",
	.body = "",
	.before = "",
};

#define OR_USUAL(member) (a->member != NULL ? a->member : usual.member)

static struct auth_policy
usual_policy(void)
{
	return (struct auth_policy){
		.realm = SLICE("example.com"),
		.algorithms = { SIP_DIGEST_SHA_256, SIP_DIGEST_MD5, SIP_DIGEST_SHA_256_SESS },
		.algorithm_count = 3,
		.qop = SIP_QOP_AUTH | SIP_QOP_AUTH_INT,
		.nonce_lifetime_s = LIFETIME,
	};
}

static struct nonce_key
key_of(bool other)
{
	struct nonce_key key;
	uint8_t secret[NONCE_KEY_SIZE];

	memcpy(secret, test_key(), sizeof(secret));
	secret[0] = other;
	nonce_key_init(&key, secret);
	return key;
}

static void
make_nonce(const struct agent *a, bool bind, char out[NONCE_MAX + 1])
{
	struct nonce_key key = key_of(a->other_key);
	struct flow_address for_whom = test_address("192.0.2.1", 5060);
	struct nonce_input in = { SLICE("example.com"), bind ? &for_whom : NULL,
				  (uint32_t)(NOW - a->age_s), 5 };

	if (a->nonce != NULL)
		snprintf(out, NONCE_MAX + 1, "%s", a->nonce);
	else
		out[nonce_make(&key, &in, out)] = '\0';
}

/* The response to what `value` says otherwise. */
static void
respond(const struct agent *a, const char *value, char out[DIGEST_TEXT_MAX])
{
	struct sip_credentials c;
	struct digest_input in = { &c, slice_str(OR_USUAL(method)), slice_str(OR_USUAL(body)) };
	uint8_t ha1[DIGEST_MAX];

	assert_true(sip_credentials_decode(slice_str(value), &c));
	snprintf(out, DIGEST_TEXT_MAX, "%s", a->no_response ? "" : "0f");
	if (a->no_response || digest_size(c.algorithm) == 0)
		return;
	assert_true(digest_ha1(digest_here(), c.algorithm, slice_str(OR_USUAL(user)),
			       slice_str(OR_USUAL(realm)), slice_str(OR_USUAL(password)), ha1));
	if (a->zero_hash)
		memset(ha1, 0, sizeof(ha1));
	digest_response(digest_here(), ha1, &in, out);
}

static void
credentials_of(const struct agent *a, bool bind, const char *response, char *out, size_t size)
{
	const char *qop = OR_USUAL(qop);
	char nonce[NONCE_MAX + 1];

	make_nonce(a, bind, nonce);
	snprintf(out, size,
		 "Digest %s,realm=\"%s\",nonce=\"%s\",uri=\"%s\",response=\"%s\",algorithm=%s,"
		 "cnonce=\"c0\"%s%s",
		 OR_USUAL(username), OR_USUAL(realm), nonce, OR_USUAL(uri), response,
		 OR_USUAL(algorithm), qop[0] != '\0' ? ",nc=00000001,qop=" : "", qop);
}

/* The request, indexed; both valid until the next call. */
static const struct sip_message *
request_of(const struct agent *a, bool bind)
{
	static char text[4096];
	static struct sip_message msg;
	char value[1024], response[DIGEST_TEXT_MAX];
	int n;

	credentials_of(a, bind, "", value, sizeof(value));
	respond(a, value, response);
	credentials_of(a, bind, response, value, sizeof(value));
	n = snprintf(text, sizeof(text),
		     "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCSeq: 1 %s\r\n"
		     "%s%s%s%s\r\n%s",
		     OR_USUAL(method), OR_USUAL(request_uri), OR_USUAL(method), OR_USUAL(before),
		     a->bare ? "" : "Authorization: ", a->bare ? "" : value, a->bare ? "" : "\r\n",
		     OR_USUAL(body));
	assert_true(n > 0 && (size_t)n < sizeof(text));
	assert_int_equal(sip_message_index(at_wall(slice_of(text, (size_t)n)), &msg),
			 SIP_FAULT_NONE);
	return &msg;
}

/* ---- users ---- */

static unsigned int asked;

static bool
find_user(void *context, struct slice username, struct slice realm, enum sip_digest_algorithm base,
	  uint8_t ha1[DIGEST_MAX])
{
	static const char *const names[] = { "bob", "b\"o\"b", "J\xc3\xa4s", "" };

	assert_null(context);
	assert_slice(realm, "example.com");
	assert_int_equal(base, digest_base(base));
	asked++;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(username, slice_str(names[i])))
			return digest_ha1(digest_here(), base, username, realm, SLICE("zanzibar"),
					  ha1);
	return false;
}

static const struct auth_users users = { find_user, NULL };

static bool
own_domain(void *context, const struct sip_uri *uri)
{
	(void)context;
	return slice_eq_nocase(uri->host, SLICE("example.com"));
}

static struct auth_result result;

static enum auth_verdict
check(const struct agent *a, const struct auth_policy *policy, bool lenient)
{
	struct flow_address source = test_address(OR_USUAL(from), 5061);
	struct nonce_key key = key_of(false);
	struct auth_request request = { .msg = request_of(a, policy->bind_address),
					.header = SIP_HDR_AUTHORIZATION,
					.source = &source,
					.now_s = NOW,
					.uri_allowed = lenient ? own_domain : NULL };

	memset(&result, 0xa5, sizeof(result));
	asked = 0;
	return auth_check(digest_here(), &key, policy, &request, &users, &result);
}

/* ---- one thing changed ---- */

#define HASH "eafcdc9a1a1ed8c4dcd98b7102dd2f0e8b11d0f600bfb0c093eafcdc9a1a1ed8"
#define TEN(c) c c c c c c c c c c

static const struct verdict_row {
	const char *label;
	struct agent agent;
	enum auth_verdict want;
	enum { PLAIN, LENIENT, NO_QOP } how;
} verdicts[] = {
	{ "usual", { 0 }, AUTH_OK, PLAIN },
	{ "MD5", { .algorithm = "MD5" }, AUTH_OK, PLAIN },
	{ "session", { .algorithm = "SHA-256-sess" }, AUTH_OK, PLAIN },
	{ "auth-int", { .qop = "auth-int", .body = "v=0\r\n" }, AUTH_OK, PLAIN },
	{ "RFC8760-2.6-auth-int-without-body", { .qop = "auth-int" }, AUTH_OK, PLAIN },
	{ "missing", { .bare = true }, AUTH_MISSING, PLAIN },
	{ "RFC3261-22.3-other-realm", { .realm = "elsewhere" }, AUTH_MISSING, PLAIN },
	{ "realm-case", { .realm = "Example.com" }, AUTH_MISSING, PLAIN },
	{ "RFC3261-22.3-among-others",
	  { .before = "Authorization: Digest username=\"u\",realm=\"x\",nonce=\"n\",uri=\"sip:h\","
		      "response=\"0f\"\r\n" },
	  AUTH_OK,
	  PLAIN },
	{ "RFC4475-3.3.7",
	  { .bare = true, .before = "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n" },
	  AUTH_MISSING,
	  PLAIN },
	{ "RFC8760-2.6-Basic",
	  { .bare = true, .before = "Authorization: Basic Ym9iOnphbnppYmFy\r\n" },
	  AUTH_MISSING,
	  PLAIN },
	{ "RFC4475-3.3.7-and-ours",
	  { .before = "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n" },
	  AUTH_OK,
	  PLAIN },
	{ "malformed",
	  { .bare = true, .before = "Authorization: Digest x\r\n" },
	  AUTH_MALFORMED,
	  PLAIN },
	{ "malformed-and-ours", { .before = "Authorization: Digest x\r\n" }, AUTH_OK, PLAIN },
	{ "TS24.229-empty-nonce", { .nonce = "", .no_response = true }, AUTH_MISSING, PLAIN },
	{ "RFC8760-2.7-empty-response", { .no_response = true }, AUTH_MISSING, PLAIN },
	{ "stale", { .age_s = LIFETIME + 1 }, AUTH_STALE, PLAIN },
	{ "last-second", { .age_s = LIFETIME }, AUTH_OK, PLAIN },
	{ "nonce-of-another-key", { .other_key = true }, AUTH_STALE, PLAIN },
	{ "nonce-of-others", { .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093" }, AUTH_STALE, PLAIN },
	{ "stale-and-wrong", { .age_s = LIFETIME + 1, .password = "x" }, AUTH_STALE, PLAIN },
	{ "algorithm-not-offered", { .algorithm = "SHA-512-256" }, AUTH_WEAK, PLAIN },
	{ "session-not-offered", { .algorithm = "MD5-sess" }, AUTH_WEAK, PLAIN },
	{ "AKA-not-offered", { .algorithm = "AKAv1-MD5" }, AUTH_WEAK, PLAIN },
	{ "qop-none", { .qop = "" }, AUTH_WEAK, PLAIN },
	{ "RFC3261-22.4-qop-none-allowed", { .qop = "" }, AUTH_OK, NO_QOP },
	{ "qop-none-wrong", { .qop = "", .password = "x" }, AUTH_WRONG, NO_QOP },
	{ "userhash", { .username = "userhash=true,username=\"" HASH "\"" }, AUTH_WEAK, PLAIN },
	{ "RFC8760-2.6-equivalent-uri", { .uri = "sip:EXAMPLE.com;lr" }, AUTH_OK, PLAIN },
	{ "RFC8760-2.6-other-uri", { .uri = "sip:example.com:5060" }, AUTH_WRONG, PLAIN },
	{ "RFC8760-2.6-other-uri-allowed", { .uri = "sip:example.com:5060" }, AUTH_OK, LENIENT },
	{ "RFC8760-2.6-other-host", { .uri = "sip:elsewhere" }, AUTH_WRONG, LENIENT },
	{ "uri-malformed", { .uri = "/index.html" }, AUTH_WRONG, LENIENT },
	{ "tel", { .uri = "tel:+1-2", .request_uri = "tel:+12" }, AUTH_OK, PLAIN },
	{ "wrong-password", { .password = "zanzibaR" }, AUTH_WRONG, PLAIN },
	{ "wrong-user", { .user = "rob" }, AUTH_WRONG, PLAIN },
	{ "unknown-user", { .username = "username=\"rob\"" }, AUTH_UNKNOWN_USER, PLAIN },
	{ "unknown-user-right-response",
	  { .username = "username=\"rob\"", .zero_hash = true },
	  AUTH_UNKNOWN_USER,
	  PLAIN },
	{ "known-user-zero-hash", { .zero_hash = true }, AUTH_WRONG, PLAIN },
	{ "quoted-name",
	  { .username = "username=\"b\\\"o\\\"b\"", .user = "b\"o\"b" },
	  AUTH_OK,
	  PLAIN },
	{ "empty-name", { .username = "username=\"\"", .user = "" }, AUTH_OK, PLAIN },
	{ "RFC7616-3.4-username-ext",
	  { .username = "username*=utf-8'de'J%c3%A4s", .user = "J\xc3\xa4s" },
	  AUTH_OK,
	  PLAIN },
	{ "RFC7616-4-other-charset",
	  { .username = "username*=ISO-8859-1''bob" },
	  AUTH_UNKNOWN_USER,
	  PLAIN },
	{ "name-of-260",
	  { .username = "username=\"" TEN("0123456789") TEN("0123456789") TEN("012345") "\"" },
	  AUTH_UNKNOWN_USER,
	  PLAIN },
	{ "ext-name-of-260",
	  { .username = "username*=UTF-8''" TEN("0123456789") TEN("0123456789") TEN("01234%35") },
	  AUTH_UNKNOWN_USER,
	  PLAIN },
};

static void
check_verdict(void **state)
{
	const struct verdict_row *r = *state;
	struct auth_policy policy = usual_policy();

	policy.allow_no_qop = r->how == NO_QOP;
	assert_int_equal(check(&r->agent, &policy, r->how == LENIENT), r->want);
	assert_int_equal(auth_is_stale(r->want), r->want == AUTH_STALE);
	if (r->want == AUTH_OK) {
		assert_slice(result.username, r->agent.user != NULL ? r->agent.user : "bob");
		assert_int_equal(asked, 1);
		assert_int_equal(result.nonce_id.created_s, NOW - r->agent.age_s);
	} else if (r->want != AUTH_WRONG && r->want != AUTH_UNKNOWN_USER) {
		assert_int_equal(asked, 0); /* nobody is looked up in vain */
	}
}
GTEST_ROWS(Authenticate, verdicts, label, check_verdict);

/* ---- where it comes from ---- */

GTEST(Authenticate, bound_nonce)
{
	struct auth_policy policy = usual_policy();
	struct agent elsewhere = { .from = "192.0.2.2" }, here = { .from = "192.0.2.1" };

	policy.bind_address = true;
	assert_int_equal(check(&here, &policy, false), AUTH_OK);
	assert_int_equal(check(&elsewhere, &policy, false), AUTH_STALE);
	assert_int_equal(result.nonce, NONCE_FORGED);
}

/* The policy has become stricter since the nonce was made. */
GTEST(Authenticate, unbound_nonce_is_stale_where_it_has_to_be_bound)
{
	struct auth_policy policy = usual_policy();
	struct flow_address source = test_address("192.0.2.1", 5060);
	struct nonce_key key = key_of(false);
	struct agent agent = { 0 };
	struct auth_request request = { .msg = request_of(&agent, false),
					.header = SIP_HDR_AUTHORIZATION,
					.source = &source,
					.now_s = NOW };

	policy.bind_address = true;
	assert_int_equal(auth_check(digest_here(), &key, &policy, &request, &users, &result),
			 AUTH_STALE);
	assert_int_equal(result.nonce, NONCE_FRESH);
}

GTEST(Authenticate, each_header_is_another)
{
	struct auth_policy policy = usual_policy();
	struct nonce_key key = key_of(false);
	struct agent agent = { 0 };
	struct auth_request request = { .msg = request_of(&agent, false),
					.header = SIP_HDR_PROXY_AUTHORIZATION,
					.now_s = NOW };

	assert_int_equal(auth_check(digest_here(), &key, &policy, &request, &users, &result),
			 AUTH_MISSING);
}

/* What is hashed is the message: one octet of the body, and it is another. */
GTEST(Authenticate, body_is_hashed_with_auth_int_only)
{
	struct auth_policy policy = usual_policy();
	struct nonce_key key = key_of(false);
	static const char *const qops[] = { "auth", "auth-int" };

	for (int i = 0; i < 2; i++) {
		struct agent agent = { .qop = qops[i], .body = "v=0\r\n" };
		const struct sip_message *msg = request_of(&agent, false);
		struct auth_request request = { .msg = msg,
						.header = SIP_HDR_AUTHORIZATION,
						.now_s = NOW };

		wall()[-1] = '\t';
		assert_int_equal(
			auth_check(digest_here(), &key, &policy, &request, &users, &result),
			i == 0 ? AUTH_OK : AUTH_WRONG);
	}
}

/* ---- counting ---- */

static struct nonce_counts
empty_counts(void)
{
	static _Alignas(64) uint8_t memory[512];
	struct nonce_counts t;

	nonce_counts_init(&t, memory, 7, LIFETIME);
	return t;
}

GTEST(Authenticate, counted)
{
	struct auth_policy policy = usual_policy();
	struct nonce_counts counts = empty_counts();
	struct agent agent = { 0 };
	bool copy;

	assert_int_equal(check(&agent, &policy, false), AUTH_OK);
	assert_int_equal(auth_count(&counts, &result, NOW, 1, &copy), AUTH_OK);
	assert_false(copy);
	assert_int_equal(auth_count(&counts, &result, NOW, 1, &copy), AUTH_OK);
	assert_true(copy);
	assert_int_equal(auth_count(&counts, &result, NOW, 2, NULL), AUTH_STALE);
	result.credentials.nc = 2;
	assert_int_equal(auth_count(&counts, &result, NOW, 2, &copy), AUTH_OK);
	assert_false(copy);
}

/* RFC 2069 has no count: of each nonce one request. */
GTEST(Authenticate, counted_without_qop)
{
	struct auth_policy policy = usual_policy();
	struct nonce_counts counts = empty_counts();
	struct agent agent = { .qop = "" };

	policy.allow_no_qop = true;
	assert_int_equal(check(&agent, &policy, false), AUTH_OK);
	assert_int_equal(auth_count(&counts, &result, NOW, 1, NULL), AUTH_OK);
	assert_int_equal(auth_count(&counts, &result, NOW, 1, NULL), AUTH_OK);
	assert_int_equal(auth_count(&counts, &result, NOW, 2, NULL), AUTH_STALE);
	/* nc without qop is what the client likes, and hashed by nobody */
	result.credentials.nc = 2;
	assert_int_equal(auth_count(&counts, &result, NOW, 2, NULL), AUTH_STALE);
}

/* Whoever sends it again from elsewhere, or with another octet, sends another request. */
GTEST(Authenticate, request_hash)
{
	static const uint8_t octets[SIPHASH_KEY_SIZE] = "sixteen octets.";
	struct siphash_key key = siphash_key_load(octets), other = { 1, 2 };
	struct flow_address source = test_address("192.0.2.1", 5060);
	struct agent agent = { .body = "v=0" };
	const struct sip_message *msg = request_of(&agent, false);
	uint64_t hash = auth_request_hash(key, msg, &source);
	char *octet = wall() - msg->len;

	assert_true(auth_request_hash(key, msg, &source) == hash);
	assert_true(auth_request_hash(other, msg, &source) != hash);
	for (; octet < wall(); octet++) {
		*octet ^= 1;
		assert_true(auth_request_hash(key, msg, &source) != hash);
		*octet ^= 1;
	}
	source.port++;
	assert_true(auth_request_hash(key, msg, &source) != hash);
	source = test_address("192.0.2.2", 5060);
	assert_true(auth_request_hash(key, msg, &source) != hash);
}
