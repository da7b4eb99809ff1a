/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What Digest hashes (RFC 7616 §3.4, RFC 8760, RFC 3261 §22.4): H(A1), response and rspauth, with
 * MD5, SHA-256, SHA-512-256 and their session variants; qop auth, auth-int, or none (RFC 2069).
 *
 * Hashes go into each other as lower-case hex (RFC 7616 §3.2), that of the session variants' A1
 * included; the program in RFC 2617 §5 puts raw octets there, which no text of it says.
 *
 * Of a quoted string the text is hashed that it stands for: without its quotes and its backslashes
 * ("unq" of RFC 7616 §3.3), a fold as one SP (RFC 3261 §25.1). qop and nc are hashed as written.
 */
#ifndef AUTH_DIGEST_H
#define AUTH_DIGEST_H

#include "sip/field/auth.h"

/** Longest hash. */
#define DIGEST_MAX 32

/** Room for the text of one, with its NUL. */
#define DIGEST_TEXT_MAX (2 * DIGEST_MAX + 1)

/** Working memory of the functions below. One for each thread. */
struct digest_context;

/** Make one. NULL when there is no memory. */
struct digest_context *digest_context_new(void);

/** Cleanse and release one; NULL is allowed. */
void digest_context_free(struct digest_context *c);

/** Octets of a hash, or 0 for an algorithm that is not computed here (AKA, unknown ones). */
size_t digest_size(enum sip_digest_algorithm algorithm);

/** The algorithm of which `algorithm` is the session variant, or itself. */
enum sip_digest_algorithm digest_base(enum sip_digest_algorithm algorithm);

/**
 * H(username ":" realm ":" password), all three as plain text: what is stored of a user for each
 * base algorithm. Session variants begin with the same hash. `out` has digest_size() octets. False,
 * and nothing written, for an algorithm without a size.
 */
bool digest_ha1(struct digest_context *c, enum sip_digest_algorithm algorithm,
		struct slice username, struct slice realm, struct slice password,
		uint8_t out[DIGEST_MAX]);

/** What a response is computed over. Everything is borrowed for the call. */
struct digest_input {
	const struct sip_credentials *credentials; /* of sip_credentials_decode() */
	struct slice method;                       /* of the request; rspauth does not use it */
	struct slice body; /* for auth-int; absent and empty are the same (RFC 8760 §2.6 item 7) */
};

/**
 * Whether the response in the credentials is the one that belongs to `ha1`, a hash of
 * digest_ha1() for their algorithm. Compared in constant time. False as well for an algorithm or
 * qop that is not computed here. No allocation.
 */
bool digest_check(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in);

/**
 * The response itself, lower-case hex with a NUL; credentials->response is not looked at. False,
 * and an empty text, when digest_check() could not compute it.
 */
bool digest_response(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in,
		     char out[DIGEST_TEXT_MAX]);

/**
 * The same for the rspauth of Authentication-Info (RFC 7616 §3.5): `in->body` is that of our
 * response, the credentials are those of the request.
 */
bool digest_rspauth(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in,
		    char out[DIGEST_TEXT_MAX]);

#endif
