/* SPDX-License-Identifier: BSD-3-Clause */
#include "authentication.h"

#include <sys/random.h>

#include <openssl/crypto.h>
#include <rte_malloc.h>

#include "admitted.h"
#include "auth/authenticate.h"
#include "auth/challenge.h"
#include "process/clock.h"
#include "reply_tag.h"
#include "sip/address.h"
#include "sip/quoted.h"
#include "trust.h"

enum {
	AOR_MAX = 512,
	REALM_MAX = 256,
	COPIES_S = 40, /* as long as admitted.h knows them */
};

/* What a worker works with: the user of the request that was looked at last. */
struct via_auth {
	struct digest_context *digest;
	struct via_admitted passed; /* by auth_request_hash() */
	struct auth_result result;
	struct credentials user;
	struct credentials_copy copy;
};

/* ---- opening ---- */

static const struct config_file_auth *
file_of(const struct via_engine *e)
{
	return &e->config->file->auth;
}

int
via_auth_share(struct via_engine *e)
{
	const struct config_file_auth *f = file_of(e);
	void *memory;

	if (!f->requests)
		return 0;
	memory = rte_malloc("via_nonces", nonce_counts_size(f->nonces), RTE_CACHE_LINE_SIZE);
	if (memory == NULL || getrandom(&e->request_key, sizeof(e->request_key), 0) !=
				      (ssize_t)sizeof(e->request_key)) {
		rte_free(memory);
		return -1;
	}
	nonce_counts_init(&e->nonce_counts, memory, f->nonces, f->nonce_seconds + COPIES_S,
			  (uint32_t)(clock_wall_ms() / 1000));
	return 0;
}

void
via_auth_unshare(struct via_engine *e)
{
	rte_free(e->nonce_counts.set);
	e->nonce_counts.set = NULL;
}

int
via_auth_open(struct via_worker *w)
{
	const struct config_file *f = w->engine->config->file;

	if (!f->auth.requests)
		return 0;
	w->auth = rte_zmalloc("via_auth", sizeof(*w->auth), RTE_CACHE_LINE_SIZE);
	if (w->auth == NULL)
		return -1;
	w->auth->digest = digest_context_new();
	return w->auth->digest != NULL &&
			       via_admitted_open(&w->auth->passed, f->dataplane.remember) == 0
		       ? 0
		       : -1;
}

void
via_auth_close(struct via_worker *w)
{
	if (w->auth == NULL)
		return;
	digest_context_free(w->auth->digest);
	via_admitted_close(&w->auth->passed);
	OPENSSL_cleanse(w->auth, sizeof(*w->auth));
	rte_free(w->auth);
	w->auth = NULL;
}

/* ---- whom it claims to be from ---- */

/* False when it cannot be read, which via_parse may have let pass (proxy.check). */
static bool
decode_from(const struct via_meta *meta, struct sip_uri *from)
{
	struct sip_address address;

	return sip_address_decode(sip_header_get(&meta->msg, SIP_HDR_FROM), &address) &&
	       sip_uri_decode(address.uri, from);
}

/* Which domain of ours From is of, or -1. A dot at its end makes no other domain of it. */
static int
domain_of(const struct via_engine *e, struct sip_uri *from)
{
	if (from->scheme != SIP_SCHEME_SIP && from->scheme != SIP_SCHEME_SIPS)
		return -1;
	if (from->host.len > 1 && from->host.ptr[from->host.len - 1] == '.')
		from->host.len--;
	return via_own_domain(e, from->host);
}

/* The realm that is configured, or the domain as it is in an AOR: in lower case. */
static struct slice
realm_of(const struct via_engine *e, unsigned int domain, char text[REALM_MAX])
{
	const char *name = e->config->file->domains[domain];
	size_t n = 0;

	if (file_of(e)->realm != NULL)
		return slice_str(file_of(e)->realm);
	for (; n < REALM_MAX && name[n] != '\0'; n++)
		text[n] = name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] | 0x20) : name[n];
	return slice_of(text, n);
}

static bool
is_exempt(const struct via_worker *w, const struct via_meta *meta)
{
	/* nobody else can send with an address of ours: STATS_bad_source */
	return config_network_has(&w->engine->config->auth_exempt, &meta->flow.remote) ||
	       via_listener_here(w, &meta->flow.remote) >= 0;
}

static bool
is_asked(const struct via_worker *w, const struct via_meta *meta)
{
	uint8_t method = meta->msg.method;

	return method != SIP_ACK && method != SIP_CANCEL && !via_is_in_dialog(meta) &&
	       !is_exempt(w, meta) && !(method == SIP_REGISTER && via_is_for_registrar(w, meta));
}

/* ---- what it brings ---- */

static bool
find_ha1(void *context, struct slice username, struct slice realm, enum sip_digest_algorithm base,
	 uint8_t ha1[DIGEST_MAX])
{
	struct via_worker *w = context;

	return credentials_find(&w->tables->credentials, username, realm, &w->auth->copy,
				&w->auth->user) &&
	       credentials_ha1(&w->auth->user, base, ha1);
}

/* A proxy of ours may have written another Request-URI since: RFC 8760 §2.6 item 6. */
static bool
is_uri_of_ours(void *context, const struct sip_uri *uri)
{
	return via_is_own_domain(((struct via_worker *)context)->engine, uri->host);
}

/*
 * The answer is right: is it the first time? A nonce that is too old, or of which too many counts
 * have been used since, is still good for the copies of what was let through.
 */
static enum auth_verdict
use_nonce(struct via_worker *w, const struct via_meta *meta, uint32_t now_s)
{
	struct via_auth *a = w->auth;
	uint32_t created_s = a->result.nonce_id.created_s;
	bool expired = created_s < now_s && now_s - created_s > file_of(w->engine)->nonce_seconds;
	uint64_t request =
		auth_request_hash(w->engine->request_key, &meta->msg, &meta->flow.remote);
	bool copy;

	if (expired ||
	    auth_count(&w->engine->nonce_counts, &a->result, now_s, request, &copy) != AUTH_OK)
		return via_admitted_take_copy(&a->passed, request, w->mono_ms) ? AUTH_OK
									       : AUTH_STALE;
	if (!copy)
		via_admitted_put(&a->passed, request, w->mono_ms);
	return AUTH_OK;
}

static enum auth_verdict
judge(struct via_worker *w, const struct via_meta *meta, struct slice realm)
{
	const struct auth_users users = { .find = find_ha1, .context = w };
	struct auth_policy policy = config_auth_policy(w->engine->config, realm);
	const struct auth_request request = {
		.msg = &meta->msg,
		.header = SIP_HDR_PROXY_AUTHORIZATION,
		.source = &meta->flow.remote,
		.now_s = (uint32_t)(w->now_ms / 1000),
		.uri_allowed = (meta->flags & VIA_FROM_PEER) != 0 ? is_uri_of_ours : NULL,
		.uri_context = w,
	};
	enum auth_verdict verdict;

	policy.nonce_lifetime_s += COPIES_S;
	verdict = auth_check(w->auth->digest, &w->tables->nonce_keys, &policy, &request, &users,
			     &w->auth->result);
	return verdict == AUTH_OK ? use_nonce(w, meta, request.now_s) : verdict;
}

/* ---- what becomes of it ---- */

static enum via_reason
refuse(struct via_worker *w, enum stats_counter counter, enum via_reason reason)
{
	via_count(w, counter);
	return reason;
}

static enum via_reason
challenge(struct via_worker *w, struct via_meta *meta, int domain, enum auth_verdict verdict)
{
	enum stats_counter counter = STATS_challenged;

	meta->realm = (uint16_t)domain;
	if (verdict == AUTH_WRONG || verdict == AUTH_UNKNOWN_USER)
		counter = STATS_auth_failed;
	if (auth_is_stale(verdict)) {
		counter = STATS_auth_stale;
		meta->flags |= VIA_NONCE_STALE;
	}
	return refuse(w, counter, VIA_REASON_PROXY_AUTH_REQUIRED);
}

/* The port is no part of the AOR when it is the usual one. */
static bool
has_from(const struct credentials *user, struct sip_uri *from)
{
	char aor[AOR_MAX];

	if (from->port == 5060)
		from->port = 0;
	return credentials_has_aor(user, slice_of(aor, sip_uri_aor(from, aor, sizeof(aor))));
}

static enum via_reason
accept_user(struct via_worker *w, struct via_meta *meta, struct sip_uri *from)
{
	via_count(w, STATS_authenticated);
	meta->flags |= VIA_AUTHENTICATED;
	if (has_from(&w->auth->user, from))
		meta->flags |= VIA_OWN_FROM;
	else if (file_of(w->engine)->check_from)
		return refuse(w, STATS_auth_from, VIA_REASON_FROM_NOT_YOURS);
	return VIA_REASON_NONE;
}

enum via_reason
via_auth_check(struct via_worker *w, struct via_meta *meta)
{
	const struct via_tables *t = w->tables;
	enum auth_verdict verdict;
	char text[REALM_MAX];
	struct sip_uri from;
	int domain;

	if (!is_asked(w, meta))
		return VIA_REASON_NONE;
	if (!decode_from(meta, &from)) {
		/* who reads on where we cannot may find one of ours */
		meta->fault = SIP_FAULT_BAD_FROM;
		return VIA_REASON_FAULT;
	}
	domain = domain_of(w->engine, &from);
	if (domain < 0)
		return VIA_REASON_NONE;
	if (meta->again != VIA_AGAIN_NOT) {
		/* it was let through before it waited */
		meta->flags |= VIA_AUTHENTICATED;
		if (file_of(w->engine)->check_from)
			meta->flags |= VIA_OWN_FROM;
		return VIA_REASON_NONE;
	}
	if (unlikely(t->credentials.segment.header == NULL || !t->has_nonce_keys))
		return refuse(w, STATS_auth_no_users, VIA_REASON_NO_USERS);
	verdict = judge(w, meta, realm_of(w->engine, (unsigned int)domain, text));
	if (verdict != AUTH_OK)
		return challenge(w, meta, domain, verdict);
	return accept_user(w, meta, &from);
}

void
via_auth_challenge(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	char text[REALM_MAX], nonce[NONCE_MAX];
	struct auth_policy all =
		config_auth_policy(w->engine->config, realm_of(w->engine, meta->realm, text));
	struct auth_policy one = all;
	const struct nonce_input in = {
		.realm = all.realm,
		.source = all.bind_address ? &meta->flow.remote : NULL,
		.now_s = nonce_counts_time(&w->engine->nonce_counts,
					   (uint32_t)(w->now_ms / 1000)),
		.unique = reply_hash(w->tables->keys.branch, &meta->fields, SLICE("nonce")),
	};
	const struct challenge c = {
		.policy = &one,
		.nonce = slice_of(nonce, nonce_make(&w->tables->nonce_keys, &in, nonce)),
		.proxy = true,
		.stale = (meta->flags & VIA_NONCE_STALE) != 0,
	};
	const char *begin = out->p;
	size_t line = 0;

	one.algorithm_count = 1;
	for (unsigned int i = 0; i < all.algorithm_count; i++) {
		if (i > 0 && 2 * ((size_t)(out->p - begin) + line) > 3 * (size_t)meta->msg.len)
			break;
		one.algorithms[0] = all.algorithms[i];
		challenge_write(out, &c);
		line = (size_t)(out->p - begin) / (i + 1);
	}
}

/* ---- on its way out ---- */

/* Two removals of one line do not go together. */
static bool
goes_anyway(const struct via_worker *w, const struct via_meta *meta)
{
	return trust_zone_in(w, meta)->strip_in.has[SIP_HDR_PROXY_AUTHORIZATION] != 0 ||
	       trust_zone_out(w, meta)->strip_out.has[SIP_HDR_PROXY_AUTHORIZATION] != 0;
}

static void
remove_line(const struct via_meta *meta, unsigned int line, struct sip_edits *e)
{
	uint16_t off = meta->msg.header[line].line_off;

	sip_edit_replace(e, off, (uint16_t)(sip_header_line_end(&meta->msg, line) - off),
			 SLICE_ABSENT);
}

static void
remove_credentials(const struct via_meta *meta, struct slice realm, struct sip_edits *e)
{
	const struct sip_message *msg = &meta->msg;
	unsigned int i = sip_header_first(msg, SIP_HDR_PROXY_AUTHORIZATION);
	struct sip_credentials c;

	for (; i != SIP_NO_HEADER; i = sip_header_next(msg, i))
		if (sip_credentials_decode(sip_header_value(msg, &msg->header[i]), &c) &&
		    c.is_digest && sip_quoted_eq(c.realm, realm))
			remove_line(meta, i, e);
}

void
via_auth_edits(const struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	const struct sip_message *msg = &meta->msg;
	unsigned int first = sip_header_first(msg, SIP_HDR_PROXY_AUTHORIZATION);
	char text[REALM_MAX];
	struct sip_uri from;
	int domain;

	if (first == SIP_NO_HEADER || is_exempt(w, meta) || goes_anyway(w, meta))
		return;
	if ((meta->flags & VIA_AUTHENTICATED) != 0 &&
	    !sip_header_is_repeated(msg, SIP_HDR_PROXY_AUTHORIZATION)) {
		remove_line(meta, first, e);
		return;
	}
	if (!decode_from(meta, &from) || (domain = domain_of(w->engine, &from)) < 0)
		return;
	remove_credentials(meta, realm_of(w->engine, (unsigned int)domain, text), e);
}

/* ---- for others ---- */

bool
via_auth_sender_has(struct via_worker *w, const struct via_meta *meta, struct slice aor)
{
	char text[REALM_MAX], name[AUTH_USERNAME_MAX];
	struct sip_credentials c;
	struct slice realm, user;
	struct sip_uri from;
	int domain;

	if ((meta->flags & VIA_AUTHENTICATED) == 0 || !decode_from(meta, &from) ||
	    (domain = domain_of(w->engine, &from)) < 0)
		return false;
	realm = realm_of(w->engine, (unsigned int)domain, text);
	if (!sip_credentials_find(&meta->msg, SIP_HDR_PROXY_AUTHORIZATION, realm, &c))
		return false;
	user = auth_username(&c, name);
	return user.ptr != NULL &&
	       credentials_find(&w->tables->credentials, user, realm, &w->auth->copy,
				&w->auth->user) &&
	       credentials_has_aor(&w->auth->user, aor);
}
