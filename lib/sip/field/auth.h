/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Authentication: Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate,
 * Authentication-Info, Proxy-Authentication-Info (RFC 3261 §20, §22, §25.1; RFC 7616; RFC 8760).
 *
 * Values stand as they are written, without their quotes: quoted-pairs stay (sip_quoted_decode(),
 * sip_quoted_eq()). What was not written is absent; "" is present and empty.
 *
 * Quotes are insisted on where the grammar has them. Either way is accepted for algorithm, qop, nc,
 * stale, charset, userhash and integrity-protected: RFC 2069, 2617, 3261 and 7616 disagree about
 * them, and so do devices. RFC 7616 §3.3 and §3.4 say what to send.
 *
 * A parameter of the structs below that is there twice is malformed; all others are accepted and
 * left alone, in `params` (sip_auth_param_next()).
 */
#ifndef SIP_FIELD_AUTH_H
#define SIP_FIELD_AUTH_H

#include "sip/field/auth_param.h"
#include "sip/message.h"
#include "sip/slice.h"

/**
 * Digest algorithms, X(symbol, "name", whether it is a session variant: RFC 7616 §3.4.2). RFC 8760
 * §2.7, RFC 3310 §3.1, and AKAv2 of RFC 4169 and 3GPP TS 24.229. Names have no case.
 */
#define SIP_DIGEST_ALGORITHMS(X)                                                                   \
	X(MD5, "MD5", false)                                                                       \
	X(MD5_SESS, "MD5-sess", true)                                                              \
	X(SHA_256, "SHA-256", false)                                                               \
	X(SHA_256_SESS, "SHA-256-sess", true)                                                      \
	X(SHA_512_256, "SHA-512-256", false)                                                       \
	X(SHA_512_256_SESS, "SHA-512-256-sess", true)                                              \
	X(AKAV1_MD5, "AKAv1-MD5", false)                                                           \
	X(AKAV1_MD5_SESS, "AKAv1-MD5-sess", true)                                                  \
	X(AKAV2_MD5, "AKAv2-MD5", false)                                                           \
	X(AKAV2_MD5_SESS, "AKAv2-MD5-sess", true)                                                  \
	X(AKAV2_SHA_256, "AKAv2-SHA-256", false)

enum sip_digest_algorithm {
#define X(symbol, name, session) SIP_DIGEST_##symbol,
	SIP_DIGEST_ALGORITHMS(X)
#undef X
		SIP_DIGEST_OTHER
};

/** Quality of protection; bits, so that the options of a challenge are a set of them. */
enum sip_qop {
	SIP_QOP_NONE = 0, /* not written: RFC 8760 §2.6 item 8 */
	SIP_QOP_AUTH = 1 << 0,
	SIP_QOP_AUTH_INT = 1 << 1,
	SIP_QOP_OTHER = 1 << 2,
};

/** Authorization or Proxy-Authorization. Slices borrow from the value. */
struct sip_credentials {
	struct slice scheme;
	struct slice params; /* everything behind the scheme: auth-params, or a token68 */
	bool is_digest;      /* if not, nothing below is set (RFC 4475 §3.3.7) */
	bool userhash;       /* RFC 7616 §3.4.4: `username` is a hash */
	enum sip_qop qop;    /* one bit, or none */
	enum sip_digest_algorithm algorithm; /* MD5 when not written */
	uint32_t nc;
	struct slice username;     /* absent if it is username_ext */
	struct slice username_ext; /* username*, encoded: UTF-8''J%C3%A4s (RFC 5987) */
	struct slice realm;
	struct slice nonce; /* empty before the first challenge (3GPP TS 24.229) */
	struct slice uri;
	struct slice response; /* lower-case hex digits of any number; empty: RFC 8760 §2.7 */
	struct slice algorithm_text;
	struct slice cnonce;
	struct slice opaque;
	struct slice qop_text;
	struct slice nc_text; /* eight hex digits; as written, Digest hashes them */
	struct slice userhash_text;
	struct slice auts;                /* RFC 3310 §3.4 */
	struct slice integrity_protected; /* 3GPP TS 24.229 §7.2A.2 */
};

/** One challenge of WWW-Authenticate or Proxy-Authenticate. Slices borrow from the value. */
struct sip_challenge {
	struct slice scheme;
	struct slice params;                 /* everything behind the scheme */
	bool is_digest;                      /* if not, nothing below is set */
	bool stale;                          /* "true"; anything else is false (RFC 7616 §3.3) */
	bool userhash;                       /* RFC 7616 §3.4.4: hashed user names are welcome */
	unsigned int qop;                    /* set of enum sip_qop */
	enum sip_digest_algorithm algorithm; /* MD5 when not written */
	struct slice realm;
	struct slice domain; /* URIs with SP between; without meaning to a proxy's challenge */
	struct slice nonce;
	struct slice opaque;
	struct slice algorithm_text;
	struct slice qop_text; /* the list as written */
	struct slice stale_text;
	struct slice charset; /* "UTF-8" is the only value there is */
	struct slice userhash_text;
	struct slice ik; /* 3GPP TS 24.229 §7.2A.1: integrity key, hex */
	struct slice ck; /* cipher key, hex */
};

/** Authentication-Info or Proxy-Authentication-Info. Slices borrow from the value. */
struct sip_authentication_info {
	struct slice params; /* the whole value */
	enum sip_qop qop;    /* one bit, or none */
	uint32_t nc;
	struct slice nextnonce;
	struct slice rspauth; /* lower-case hex digits, or empty */
	struct slice cnonce;
	struct slice qop_text;
	struct slice nc_text;
};

/**
 * Decode the value of one Authorization or Proxy-Authorization line; it may not hold more than one
 * set of credentials (RFC 3261 §20.7).
 *
 * Digest needs username (or username*, not both), realm, nonce, uri and response; with qop also
 * cnonce and nc, with an algorithm that ends in "-sess" cnonce. cnonce and nc without qop are
 * accepted: only who knows the challenge can tell whether they should be there (RFC 3261 §22.4).
 * Of any other scheme the parameters are walked, nothing more; a token68 passes (RFC 8898 Bearer).
 * False when it is malformed.
 */
bool sip_credentials_decode(struct slice value, struct sip_credentials *credentials);

/**
 * The first Digest credentials for `realm` (plain text, with regard to case) on the header lines
 * `id`, SIP_HDR_AUTHORIZATION or SIP_HDR_PROXY_AUTHORIZATION: each proxy on the way may have its
 * own (RFC 3261 §22.3). Malformed lines are passed over. False when there are none.
 */
bool sip_credentials_find(const struct sip_message *msg, enum sip_header_id id, struct slice realm,
			  struct sip_credentials *credentials);

/**
 * Take the first challenge out of `*rest`, the value of one header line; its grammar has one, HTTP
 * allows more, with commas between them as between parameters. `*rest` moves on and becomes absent
 * at the end. False at the end, or when the challenge is malformed (then *rest stays as it is).
 *
 * Digest needs realm and nonce. Unknown qop options count as SIP_QOP_OTHER.
 */
bool sip_challenge_next(struct slice *rest, struct sip_challenge *challenge);

/** Walks the challenges of all header lines of one id, in the server's order of preference. */
struct sip_challenge_iter {
	const struct sip_message *msg;
	struct slice rest;
	unsigned int header;    /* line of the challenge that came last */
	unsigned int malformed; /* lines of which something could not be read and was passed over */
};

/** Begin at the first line with `id`: SIP_HDR_WWW_AUTHENTICATE or SIP_HDR_PROXY_AUTHENTICATE. */
void sip_challenge_iter_init(struct sip_challenge_iter *it, const struct sip_message *msg,
			     enum sip_header_id id);

/**
 * The next challenge. What is malformed is passed over up to the end of its line, like any
 * challenge that is not understood (RFC 8760 §2.4). False at the end.
 */
bool sip_challenge_iter_next(struct sip_challenge_iter *it, struct sip_challenge *challenge);

/**
 * Decode an Authentication-Info or Proxy-Authentication-Info. With qop auth or auth-int, rspauth,
 * cnonce and nc have to be there (RFC 7616 §3.5). False when it is malformed.
 */
bool sip_authentication_info_decode(struct slice value, struct sip_authentication_info *info);

/** SIP_DIGEST_OTHER for an unknown name; MD5 for an absent one (RFC 7616 §3.3). */
enum sip_digest_algorithm sip_digest_algorithm_find(struct slice name);

/** Its name as the registry writes it; absent for SIP_DIGEST_OTHER. */
struct slice sip_digest_algorithm_name(enum sip_digest_algorithm algorithm);

/** The algorithm's A1 holds nonce and cnonce (RFC 7616 §3.4.2). */
bool sip_digest_algorithm_is_session(enum sip_digest_algorithm algorithm);

#endif
