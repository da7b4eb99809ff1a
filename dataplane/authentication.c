/* SPDX-License-Identifier: BSD-3-Clause */
#include "authentication.h"

#include "admitted.h"
#include "auth/challenge.h"
#include "authentication_internal.h"
#include "gruu_contact.h"
#include "lookup.h"
#include "reply_tag.h"
#include "sip/address.h"
#include "sip/quoted.h"
#include "trust.h"

enum { AOR_MAX = 512 };

static const struct config_file_auth *
file_of(const struct via_engine *e)
{
	return &e->config->file->auth;
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

/*
 * Which domain of ours it has to be from a user of: that of From, or else of the GRUU that it has
 * as Contact, since all that follows in the dialog goes there. Or -1.
 */
static int
domain_asked(const struct via_worker *w, const struct via_meta *meta, struct sip_uri *from)
{
	int domain = domain_of(w->engine, from);

	return domain >= 0 ? domain : via_gruu_contact_domain(w, meta);
}

static bool
is_exempt(const struct via_worker *w, const struct via_meta *meta)
{
	/* nobody else can send with an address of ours: STATS_bad_source */
	return config_network_has(&w->engine->config->auth_exempt, &meta->flow.remote) ||
	       via_listener_here(w, &meta->flow.remote) >= 0;
}

/*
 * A BYE does nothing outside of the dialog that it ends, and a call must be able to end: also one
 * that came to somebody else than To says, who cannot prove to be that.
 */
static bool
ends_dialog(const struct via_worker *w, const struct via_meta *meta)
{
	return meta->msg.method == SIP_BYE && meta->fields.to_tag.ptr != NULL &&
	       (meta->flags & VIA_MARKED) != 0 && !via_is_for_aor(w, meta);
}

static bool
is_asked(const struct via_worker *w, const struct via_meta *meta)
{
	uint8_t method = meta->msg.method;

	return method != SIP_ACK && method != SIP_CANCEL && !ends_dialog(w, meta) &&
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

static struct auth_policy
policy_of(const struct via_engine *e, int domain)
{
	struct auth_policy policy = config_auth_policy(e->config, e->realm[domain]);

	policy.nonce_lifetime_s += AUTH_COPIES_S;
	return policy;
}

static struct auth_request
request_of(struct via_worker *w, const struct via_meta *meta)
{
	return (struct auth_request){
		.msg = &meta->msg,
		.header = SIP_HDR_PROXY_AUTHORIZATION,
		.source = &meta->flow.remote,
		.now_s = (uint32_t)(w->mono_ms / 1000),
		.uri_allowed = (meta->flags & VIA_FROM_PEER) != 0 ? is_uri_of_ours : NULL,
		.uri_context = w,
	};
}

/* All but the password, and what will be needed for that is asked for. */
static void
read_credentials(struct via_worker *w, const struct via_meta *meta, struct look *l)
{
	const struct auth_policy policy = policy_of(w->engine, l->domain);
	const struct auth_request request = request_of(w, meta);
	const struct credentials_table *t = &w->tables->credentials;

	l->verdict = auth_read(&w->engine->nonce_key, &policy, &request, &l->result);
	if (l->verdict != AUTH_OK || l->result.username.ptr == NULL)
		return;
	l->user = credentials_hash(t, l->result.username, policy.realm);
	credentials_prefetch(t, l->user);
	nonce_count_prefetch(&w->engine->nonce_counts, l->result.nonce_id.name);
}

/*
 * The answer is right: is it the first time? A nonce that is too old, or of which too many counts
 * have been used since, is still good for the copies of what was let through.
 */
static enum auth_verdict
use_nonce(struct via_worker *w, const struct via_meta *meta, const struct auth_result *result)
{
	struct via_engine *e = w->engine;
	uint32_t now_s = (uint32_t)(w->mono_ms / 1000), created_s = result->nonce_id.created_s;
	bool expired = created_s < now_s && now_s - created_s > file_of(e)->nonce_seconds;
	uint64_t request = auth_request_hash(e->request_key, &meta->msg, &meta->flow.remote);
	bool copy;

	if (expired || auth_count(&e->nonce_counts, result, now_s, request, &copy) != AUTH_OK)
		return via_admitted_take_copy(&w->auth->passed, request, w->mono_ms) ? AUTH_OK
										     : AUTH_STALE;
	if (!copy)
		via_admitted_put(&w->auth->passed, request, w->mono_ms);
	return AUTH_OK;
}

static enum auth_verdict
judge(struct via_worker *w, const struct via_meta *meta, struct look *l)
{
	const struct auth_users users = { .find = find_ha1, .context = w };
	const struct auth_policy policy = policy_of(w->engine, l->domain);
	const struct auth_request request = request_of(w, meta);

	if (l->verdict == AUTH_OK)
		l->verdict = auth_prove(w->auth->digest, &policy, &request, &users, &l->result);
	return l->verdict == AUTH_OK ? use_nonce(w, meta, &l->result) : l->verdict;
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

	if (sip_uri_has_usual_port(from))
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
	else if (file_of(w->engine)->check_from && domain_of(w->engine, from) >= 0)
		return refuse(w, STATS_auth_from, VIA_REASON_FROM_NOT_YOURS);
	return VIA_REASON_NONE;
}

/* It was let through before it waited. */
static enum via_reason
accept_again(const struct via_worker *w, struct via_meta *meta, struct sip_uri *from)
{
	meta->flags |= VIA_AUTHENTICATED;
	if (file_of(w->engine)->check_from && domain_of(w->engine, from) >= 0)
		meta->flags |= VIA_OWN_FROM;
	return VIA_REASON_NONE;
}

/* What becomes of it, unless it has something to prove. */
static bool
is_decided(struct via_worker *w, struct via_meta *meta, struct look *l)
{
	l->reason = VIA_REASON_NONE;
	if (!is_asked(w, meta))
		return true;
	if (!decode_from(meta, &l->from)) {
		/* who reads on where we cannot may find one of ours */
		meta->fault = SIP_FAULT_BAD_FROM;
		l->reason = VIA_REASON_FAULT;
		return true;
	}
	l->domain = domain_asked(w, meta, &l->from);
	if (l->domain < 0)
		return true;
	if (unlikely(meta->again != VIA_AGAIN_NOT)) {
		l->reason = accept_again(w, meta, &l->from);
		return true;
	}
	if (likely(w->tables->credentials.segment.header != NULL))
		return false;
	l->reason = refuse(w, STATS_auth_no_users, VIA_REASON_NO_USERS);
	return true;
}

void
via_auth_look(struct via_worker *w, struct via_meta *meta, unsigned int i)
{
	struct look *l = &w->auth->look[i];

	l->user = 0;
	l->decided = is_decided(w, meta, l);
	if (!l->decided)
		read_credentials(w, meta, l);
}

void
via_auth_prefetch(const struct via_worker *w, unsigned int i)
{
	const struct look *l = &w->auth->look[i];

	if (l->user != 0)
		credentials_prefetch_record(&w->tables->credentials, l->user);
}

enum via_reason
via_auth_decide(struct via_worker *w, struct via_meta *meta, unsigned int i)
{
	struct look *l = &w->auth->look[i];
	enum auth_verdict verdict;

	if (l->decided)
		return l->reason;
	verdict = judge(w, meta, l);
	return verdict == AUTH_OK ? accept_user(w, meta, &l->from)
				  : challenge(w, meta, l->domain, verdict);
}

void
via_auth_challenge(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	char nonce[NONCE_MAX];
	const struct auth_policy all = policy_of(w->engine, meta->realm);
	struct auth_policy one = all;
	const struct nonce_input in = {
		.realm = all.realm,
		.source = all.bind_address ? &meta->flow.remote : NULL,
		.now_s = (uint32_t)(w->mono_ms / 1000),
		.unique = reply_hash(w->tables->keys.branch, &meta->fields, SLICE("nonce")),
	};
	const struct challenge c = {
		.policy = &one,
		.nonce = slice_of(nonce, nonce_make(&w->engine->nonce_key, &in, nonce)),
		.proxy = true,
		.stale = (meta->flags & VIA_NONCE_STALE) != 0,
	};
	const char *begin = out->p;
	size_t line = 0;

	one.algorithm_count = 1;
	for (unsigned int i = 0; i < all.algorithm_count; i++) {
		if (2 * ((size_t)(out->p - begin) + line) > 3 * (size_t)meta->msg.len)
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
	struct sip_uri from;
	int domain;

	if (first == SIP_NO_HEADER || is_exempt(w, meta) || goes_anyway(w, meta))
		return;
	if ((meta->flags & VIA_AUTHENTICATED) != 0 &&
	    !sip_header_is_repeated(msg, SIP_HDR_PROXY_AUTHORIZATION)) {
		remove_line(meta, first, e);
		return;
	}
	if (!decode_from(meta, &from) || (domain = domain_asked(w, meta, &from)) < 0)
		return;
	remove_credentials(meta, w->engine->realm[domain], e);
}

/* ---- for others ---- */

bool
via_auth_sender_has(struct via_worker *w, const struct via_meta *meta, struct slice aor)
{
	char name[AUTH_USERNAME_MAX];
	struct sip_credentials c;
	struct slice realm, user;
	struct sip_uri from;
	int domain;

	if ((meta->flags & VIA_AUTHENTICATED) == 0 || !decode_from(meta, &from) ||
	    (domain = domain_asked(w, meta, &from)) < 0)
		return false;
	realm = w->engine->realm[domain];
	if (!sip_credentials_find(&meta->msg, SIP_HDR_PROXY_AUTHORIZATION, realm, &c))
		return false;
	user = auth_username(&c, name);
	return user.ptr != NULL &&
	       credentials_find(&w->tables->credentials, user, realm, &w->auth->copy,
				&w->auth->user) &&
	       credentials_has_aor(&w->auth->user, aor);
}
