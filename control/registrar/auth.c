/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/auth.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "auth/authenticate.h"
#include "auth/challenge.h"
#include "process/clock.h"

struct registrar_auth {
	const struct config *config;
	struct digest_context *digest;
	struct nonce_key key;
	struct nonce_counts counts;
	void *count_memory;
	struct siphash_key request_key;
	uint64_t unique;
	struct registrar_users users;
	struct registrar_auth_counters counters;
	/* of the request that was checked last */
	struct auth_result result;
	bool has_result, is_copy;
	struct credentials_copy copy;
	struct credentials user;
	char realm[256];
};

struct registrar_auth *
registrar_auth_open(const struct config *config)
{
	const struct config_file_auth *f = &config->file->auth;
	struct registrar_auth *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->config = config;
	a->digest = digest_context_new();
	a->count_memory = aligned_alloc(64, (nonce_counts_size(f->nonces) + 63) & ~(size_t)63);
	if (a->digest == NULL || a->count_memory == NULL || !nonce_key_generate(&a->key) ||
	    RAND_priv_bytes((unsigned char *)&a->request_key, sizeof(a->request_key)) != 1 ||
	    RAND_bytes((unsigned char *)&a->unique, sizeof(a->unique)) != 1) {
		registrar_auth_close(a);
		return NULL;
	}
	nonce_counts_init(&a->counts, a->count_memory, f->nonces, f->nonce_seconds);
	return a;
}

void
registrar_auth_close(struct registrar_auth *a)
{
	if (a == NULL)
		return;
	digest_context_free(a->digest);
	free(a->count_memory);
	OPENSSL_cleanse(a, sizeof(*a));
	free(a);
}

void
registrar_auth_set_users(struct registrar_auth *a, const struct registrar_users *users)
{
	a->users = *users;
}

const struct registrar_auth_counters *
registrar_auth_counters(const struct registrar_auth *a)
{
	return &a->counters;
}

/* The realm that is configured, or the domain of the AOR. */
static struct slice
realm_of(struct registrar_auth *a, const struct register_request *q)
{
	struct sip_uri aor;

	if (a->config->file->auth.realm != NULL)
		return slice_str(a->config->file->auth.realm);
	if (!sip_uri_decode(q->aor, &aor))
		aor.host = SLICE(""); /* it was made from a URI: cannot be */
	return slice_of(a->realm, (size_t)snprintf(a->realm, sizeof(a->realm), "%.*s",
						   (int)aor.host.len, aor.host.ptr));
}

/* The H(A1) of a user; who he is stays in a->user. */
static bool
find_ha1(void *context, struct slice username, struct slice realm, enum sip_digest_algorithm base,
	 uint8_t ha1[DIGEST_MAX])
{
	struct registrar_auth *a = context;

	return a->users.find != NULL &&
	       a->users.find(a->users.context, username, realm, &a->copy, &a->user) &&
	       credentials_ha1(&a->user, base, ha1);
}

/* The edge that the request came by may have written another URI of ours into its first line. */
static bool
is_uri_of_ours(void *context, const struct sip_uri *uri)
{
	const struct config_file *f = ((struct registrar_auth *)context)->config->file;

	for (unsigned int i = 0; i < f->domains_count; i++)
		if (slice_eq_nocase(slice_str(f->domains[i]), uri->host))
			return true;
	return false;
}

static bool
challenge(struct registrar_auth *a, const struct auth_policy *policy,
	  const struct message_head *head, uint32_t now_s, bool stale,
	  struct register_refusal *refusal)
{
	const struct nonce_input in = {
		.realm = policy->realm,
		.source = policy->bind_address ? &head->flow.remote : NULL,
		.now_s = now_s,
		.unique = a->unique++,
	};
	struct challenge c = { .policy = policy, .stale = stale };
	struct sip_writer w;
	char nonce[NONCE_MAX];

	c.nonce = slice_of(nonce, nonce_make(&a->key, &in, nonce));
	sip_writer_init(&w, refusal->header, sizeof(refusal->header) - 1);
	challenge_write(&w, &c);
	*w.p = '\0';
	if (stale)
		a->counters.stale++;
	else
		a->counters.challenged++;
	return register_refuse(refusal, 401, "Unauthorized");
}

static enum auth_verdict
judge(struct registrar_auth *a, const struct register_request *q, const struct message_head *head,
      const struct auth_policy *policy, uint32_t now_s)
{
	const struct auth_request request = {
		.msg = &q->msg,
		.header = SIP_HDR_AUTHORIZATION,
		.source = &head->flow.remote,
		.now_s = now_s,
		.uri_allowed = is_uri_of_ours,
		.uri_context = a,
	};
	const struct auth_users users = { .find = find_ha1, .context = a };
	enum auth_verdict verdict =
		auth_check(a->digest, &a->key, policy, &request, &users, &a->result);

	if (verdict != AUTH_OK)
		return verdict;
	return auth_count(&a->counts, &a->result, now_s,
			  auth_request_hash(a->request_key, &q->msg, &head->flow.remote),
			  &a->is_copy);
}

bool
registrar_auth_check(struct registrar_auth *a, const struct register_request *q,
		     const struct message_head *head, struct register_refusal *refusal)
{
	uint32_t now_s = (uint32_t)(clock_steady_ms() / 1000);
	struct auth_policy policy;
	enum auth_verdict verdict;

	a->has_result = a->is_copy = false;
	if (!a->config->file->auth.registers ||
	    config_network_has(&a->config->auth_exempt, &head->flow.remote))
		return true;
	if (a->users.ready == NULL || !a->users.ready(a->users.context)) {
		snprintf(refusal->header, sizeof(refusal->header), "Retry-After: 5\r\n");
		return register_refuse(refusal, 503, "Users Not Known Yet");
	}
	policy = config_auth_policy(a->config, realm_of(a, q));
	verdict = judge(a, q, head, &policy, now_s);
	if (verdict == AUTH_OK) {
		a->has_result = true;
		if (credentials_has_aor(&a->user, q->aor))
			return true;
		a->counters.foreign++;
		return register_refuse(refusal, 403, "Not Your Address of Record");
	}
	if (verdict == AUTH_WRONG || verdict == AUTH_UNKNOWN_USER)
		a->counters.failed++;
	return challenge(a, &policy, head, now_s, auth_is_stale(verdict), refusal);
}

bool
registrar_auth_proved(const struct registrar_auth *a)
{
	return a->has_result;
}

bool
registrar_auth_is_copy(const struct registrar_auth *a)
{
	return a->is_copy;
}

void
registrar_auth_info(struct registrar_auth *a, const struct register_request *q,
		    struct sip_writer *w)
{
	struct authentication_info info = { .credentials = &a->result.credentials };
	const struct digest_input in = { .credentials = &a->result.credentials,
					 .method = sip_span_slice(&q->msg, q->msg.method_text) };
	char rspauth[DIGEST_TEXT_MAX];

	if (!a->has_result || a->result.credentials.qop == SIP_QOP_NONE ||
	    !digest_rspauth(a->digest, a->result.ha1, &in, rspauth))
		return;
	info.rspauth = slice_str(rspauth);
	digest_authentication_info_write(w, &info);
}
