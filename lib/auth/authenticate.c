/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/authenticate.h"

#include "sip/chars.h"
#include "sip/quoted.h"
#include "sip/uri_compare.h"

/* There are none for the realm: why? */
static enum auth_verdict
none_found(const struct auth_request *request)
{
	const struct sip_message *msg = request->msg;
	unsigned int i = sip_header_first(msg, request->header);
	struct sip_credentials other;

	for (; i != SIP_NO_HEADER; i = sip_header_next(msg, i))
		if (!sip_credentials_decode(sip_header_value(msg, &msg->header[i]), &other))
			return AUTH_MALFORMED;
	return AUTH_MISSING;
}

/* ---- what the challenge offered ---- */

static bool
is_offered(const struct auth_policy *policy, const struct sip_credentials *c)
{
	bool algorithm = false;

	for (unsigned int i = 0; i < policy->algorithm_count && i < AUTH_ALGORITHMS_MAX; i++)
		algorithm |= policy->algorithms[i] == c->algorithm;
	if (!algorithm || c->userhash)
		return false;
	if (c->qop == SIP_QOP_NONE)
		return policy->allow_no_qop;
	return (c->qop & policy->qop & (SIP_QOP_AUTH | SIP_QOP_AUTH_INT)) != 0;
}

static enum auth_verdict
check_nonce(const struct nonce_key *key, const struct auth_policy *policy,
	    const struct auth_request *request, struct auth_result *r)
{
	const struct nonce_input in = { .realm = policy->realm,
					.source = request->source,
					.now_s = request->now_s };

	r->nonce =
		nonce_check(key, &in, r->credentials.nonce, policy->nonce_lifetime_s, &r->nonce_id);
	if (r->nonce != NONCE_FRESH || (policy->bind_address && !r->nonce_id.bound))
		return AUTH_STALE;
	return AUTH_OK;
}

/* ---- uri ---- */

static bool
uri_fits(const struct auth_request *request, struct slice text)
{
	struct slice request_uri = sip_span_slice(request->msg, request->msg->uri);
	struct sip_uri a, b;

	if (slice_eq(text, request_uri))
		return true;
	if (!sip_uri_decode(text, &a))
		return false;
	if (sip_uri_decode(request_uri, &b) && sip_uri_eq(&a, &b))
		return true;
	return request->uri_allowed != NULL && request->uri_allowed(request->uri_context, &a);
}

/* ---- user name ---- */

/* RFC 5987 §3.2.1 with the charset of RFC 7616 §4; the decoder has looked at its grammar. */
static struct slice
decode_ext(struct slice text, char out[AUTH_USERNAME_MAX])
{
	struct slice charset = slice_cut(&text, '\'');
	size_t n = 0;

	slice_cut(&text, '\'');
	if (!slice_eq_nocase(charset, SLICE("UTF-8")))
		return SLICE_ABSENT;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (n == AUTH_USERNAME_MAX)
			return SLICE_ABSENT;
		if (c == '%') {
			c = (char)(sip_hex_value(text.ptr[i + 1]) << 4 |
				   sip_hex_value(text.ptr[i + 2]));
			i += 2;
		}
		out[n++] = c;
	}
	return slice_of(out, n);
}

struct slice
auth_username(const struct sip_credentials *c, char out[AUTH_USERNAME_MAX])
{
	if (c->username.ptr != NULL)
		return sip_quoted_decode(c->username, out, AUTH_USERNAME_MAX);
	return decode_ext(c->username_ext, out);
}

/* ---- response ---- */

/* A user who is not there has a password that nobody knows, and costs what others cost. */
enum auth_verdict
auth_prove(struct digest_context *digest, const struct auth_policy *policy,
	   const struct auth_request *request, const struct auth_users *users,
	   struct auth_result *r)
{
	const struct digest_input in = {
		.credentials = &r->credentials,
		.method = sip_span_slice(request->msg, request->msg->method_text),
		.body = sip_body(request->msg),
	};
	bool known, right;

	memset(r->ha1, 0, sizeof(r->ha1));
	known = r->username.ptr != NULL &&
		users->find(users->context, r->username, policy->realm,
			    digest_base(r->credentials.algorithm), r->ha1);
	right = digest_check(digest, r->ha1, &in);
	if (!known)
		return AUTH_UNKNOWN_USER;
	return right ? AUTH_OK : AUTH_WRONG;
}

enum auth_verdict
auth_read(const struct nonce_key *key, const struct auth_policy *policy,
	  const struct auth_request *request, struct auth_result *r)
{
	enum auth_verdict verdict;

	r->nonce = NONCE_FORGED;
	r->username = SLICE_ABSENT;
	r->uri_differs = false;
	if (!sip_credentials_find(request->msg, request->header, policy->realm, &r->credentials))
		return none_found(request);
	/* Before the first challenge: 3GPP TS 24.229 §5.1.1.2.2, RFC 8760 §2.7. */
	if (r->credentials.nonce.len == 0 || r->credentials.response.len == 0)
		return AUTH_MISSING;
	verdict = check_nonce(key, policy, request, r);
	if (verdict != AUTH_OK)
		return verdict;
	if (!is_offered(policy, &r->credentials))
		return AUTH_WEAK;
	r->uri_differs = !uri_fits(request, r->credentials.uri);
	if (r->uri_differs)
		return AUTH_WRONG;
	r->username = auth_username(&r->credentials, r->buffer);
	return AUTH_OK;
}

enum auth_verdict
auth_check(struct digest_context *digest, const struct nonce_key *key,
	   const struct auth_policy *policy, const struct auth_request *request,
	   const struct auth_users *users, struct auth_result *r)
{
	enum auth_verdict verdict = auth_read(key, policy, request, r);

	return verdict == AUTH_OK ? auth_prove(digest, policy, request, users, r) : verdict;
}

enum auth_verdict
auth_count(struct nonce_counts *counts, const struct auth_result *r, uint32_t now_s,
	   uint64_t request, bool *copy)
{
	uint32_t nc = r->credentials.qop != SIP_QOP_NONE ? r->credentials.nc : 1;
	enum nonce_count_verdict verdict =
		nonce_count_take(counts, &r->nonce_id, nc, now_s, request);

	if (copy != NULL)
		*copy = verdict == NC_SAME_REQUEST;
	return verdict == NC_FRESH || verdict == NC_SAME_REQUEST ? AUTH_OK : AUTH_STALE;
}

uint64_t
auth_request_hash(struct siphash_key key, const struct sip_message *msg,
		  const struct flow_address *source)
{
	struct siphash h;
	uint64_t text = siphash_long(key, msg->base, msg->len);

	siphash_init(&h, key, 0);
	siphash_update(&h, source, sizeof(*source));
	siphash_update(&h, &text, sizeof(text));
	return siphash_final(&h);
}
