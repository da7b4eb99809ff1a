/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Who sent a request, and whether he may be believed: RFC 3261 §22, RFC 7616, RFC 8760.
 *
 *	verdict = auth_check(digest, key, &policy, &request, &users, &result);
 *	if (verdict == AUTH_OK)
 *		verdict = auth_count(counts, &result, now_s, auth_request_hash(...));
 *	if (verdict != AUTH_OK)
 *		a 401 or 407 with challenge_write(), stale = auth_is_stale(verdict)
 *
 * auth_check() remembers nothing, so that alone it stops nobody from sending what he overheard.
 */
#ifndef AUTH_AUTHENTICATE_H
#define AUTH_AUTHENTICATE_H

#include "auth/digest.h"
#include "auth/nonce.h"
#include "auth/nonce_count.h"
#include "auth/policy.h"
#include "guard/siphash.h"
#include "sip/message.h"
#include "sip/uri.h"

/** Longest user name, decoded; nobody has a longer one. */
#define AUTH_USERNAME_MAX 256

enum auth_verdict {
	AUTH_OK,
	AUTH_MISSING, /* no Digest credentials for the realm, or none that answer yet */
	AUTH_STALE,   /* the nonce is too old, used, or not ours: the password is not to blame */
	AUTH_WRONG,   /* the response does not fit, or uri is not the Request-URI */
	AUTH_UNKNOWN_USER, /* takes as long as AUTH_WRONG; not to be told apart by an answer */
	AUTH_MALFORMED, /* none for the realm, but a line that cannot be read: 400, or as MISSING */
	AUTH_WEAK,      /* algorithm, qop or hashed user name that the challenge did not offer */
};

/** The request. Borrowed for the call. */
struct auth_request {
	const struct sip_message *msg;
	enum sip_header_id header; /* SIP_HDR_AUTHORIZATION or SIP_HDR_PROXY_AUTHORIZATION */
	const struct flow_address *source;
	uint32_t now_s; /* as in struct nonce_input */

	/*
	 * Whether `uri` of the credentials may stand for the Request-URI although they are not
	 * equivalent: proxies on the way may have changed the latter (RFC 8760 §2.6 item 6). A
	 * registrar says so for any URI of its own domains. NULL: never.
	 */
	bool (*uri_allowed)(void *context, const struct sip_uri *uri);
	void *uri_context;
};

/** Where passwords are. */
struct auth_users {
	/* H(A1) of a user: digest_ha1(). False when there is none for this algorithm. */
	bool (*find)(void *context, struct slice username, struct slice realm,
		     enum sip_digest_algorithm base, uint8_t ha1[DIGEST_MAX]);
	void *context;
};

/** What was found. Valid as far as the verdict says; never copied, as `username` points into it. */
struct auth_result {
	struct sip_credentials credentials; /* not with AUTH_MISSING and AUTH_MALFORMED */
	enum nonce_verdict nonce;           /* with AUTH_STALE and what comes behind it: why */
	struct nonce_id nonce_id;           /* unless the nonce was forged */
	struct slice username;              /* decoded; AUTH_OK, AUTH_WRONG, AUTH_UNKNOWN_USER */
	bool uri_differs;                   /* AUTH_WRONG because of it: nothing was hashed */
	uint8_t ha1[DIGEST_MAX];            /* AUTH_OK: for digest_rspauth() */
	char buffer[AUTH_USERNAME_MAX];
};

/**
 * Judge the credentials of a request: for the realm, under a fresh nonce, by an algorithm and qop
 * of the policy, for this URI, with the right response; in this order. Of several credentials for
 * the realm the first ones count. Nothing is remembered: see auth_count(). No allocation; any
 * thread, each with its own `digest`.
 */
enum auth_verdict auth_check(struct digest_context *digest, const struct nonce_key *key,
			     const struct auth_policy *policy, const struct auth_request *request,
			     const struct auth_users *users, struct auth_result *result);

/**
 * The same in two steps: all that is to be known without the user, and then the response. Between
 * them result->username, unless it is absent, and result->nonce_id are there, so that whoever has
 * many requests can ask for their users and counts ahead. auth_prove() only after AUTH_OK of
 * auth_read(), with the same request and policy.
 */
enum auth_verdict auth_read(const struct nonce_key *key, const struct auth_policy *policy,
			    const struct auth_request *request, struct auth_result *result);
enum auth_verdict auth_prove(struct digest_context *digest, const struct auth_policy *policy,
			     const struct auth_request *request, const struct auth_users *users,
			     struct auth_result *result);

/**
 * After AUTH_OK: use up the count of the nonce. AUTH_OK for a first use and for a copy of the same
 * request, which is the caller's to absorb (*copy, unless NULL, tells); else AUTH_STALE.
 * Credentials without qop have no count; they count as the first one, so that of each nonce one
 * request is taken.
 */
enum auth_verdict auth_count(struct nonce_counts *counts, const struct auth_result *result,
			     uint32_t now_s, uint64_t request, bool *copy);

/**
 * What makes a request the same as one before: all its octets, and where it comes from. With less
 * an eavesdropper could send it once more with his own Contact or from his own address, and as the
 * copy of a request it would be taken. Nobody without the key can aim the hash.
 */
uint64_t auth_request_hash(struct siphash_key key, const struct sip_message *msg,
			   const struct flow_address *source);

/** The user name in some Digest credentials, decoded; absent for one that nobody can have. */
struct slice auth_username(const struct sip_credentials *credentials, char out[AUTH_USERNAME_MAX]);

/**
 * What to say for `stale` in the challenge (RFC 7616 §3.3): then user agents try again with the
 * password they have. Also for a nonce that is not ours: it is of the process before, or of another
 * engine, and the phone's password is good.
 */
static inline bool
auth_is_stale(enum auth_verdict verdict)
{
	return verdict == AUTH_STALE;
}

#endif
