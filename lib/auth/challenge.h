/* SPDX-License-Identifier: BSD-3-Clause */
/** Header lines that Digest puts into responses (RFC 7616 §3.3 and §3.5, RFC 8760 §2.3 and §2.6).
 */
#ifndef AUTH_CHALLENGE_H
#define AUTH_CHALLENGE_H

#include "auth/policy.h"
#include "sip/writer.h"

/** A challenge. All slices are borrowed for the call, and plain text. */
struct challenge {
	const struct auth_policy *policy;
	struct slice nonce;  /* of nonce_make() */
	struct slice opaque; /* left out when absent */
	bool proxy;          /* Proxy-Authenticate for a 407, else WWW-Authenticate for a 401 */
	bool stale;          /* the nonce was what was wrong: nobody need be asked for a password */
};

/**
 * One header line for each algorithm of the policy, in its order. Refused (writer.refused): a
 * policy without algorithm or qop, an algorithm twice or one without a name, no nonce, a realm that
 * cannot be quoted.
 */
void challenge_write(struct sip_writer *w, const struct challenge *c);

/** What a 200 says of the request's credentials. All slices are borrowed for the call. */
struct authentication_info {
	const struct sip_credentials *credentials; /* of the request */
	struct slice rspauth;                      /* of digest_rspauth() */
	struct slice nextnonce;                    /* left out when absent */
	bool proxy; /* Proxy-Authentication-Info, else Authentication-Info */
};

/**
 * One header line: nextnonce, rspauth and, if the credentials have them, qop, nc and cnonce as they
 * stand there. Refused: credentials with a cnonce that is folded or could not have been quoted.
 */
void digest_authentication_info_write(struct sip_writer *w, const struct authentication_info *info);

#endif
