/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Identity of the responder and trust in responses, hop by hop: Responder, Responder-Info,
 * Response-Authentication, Response-Authorization (draft-cao-sip-response-auth-00 and -01).
 *
 * The published grammar cannot be followed to the letter; it is read like this: digests are base64,
 * not 32LHEX, which no RSA signature fits; nonce-value and name and colon of Response-Authorization
 * are what is meant, not what is printed. Accepted besides: a claimer that is just user@host, as in
 * all examples of the draft, Responder-Info without <>, nonce and digest without quotes, unknown
 * parameters.
 *
 * Slices borrow from the value; what was quoted stands without its quotes; what was not written is
 * absent. A parameter that decides something and is there twice is malformed.
 */
#ifndef SIP_FIELD_RESPONSE_AUTH_H
#define SIP_FIELD_RESPONSE_AUTH_H

#include "sip/field/identity.h"
#include "sip/slice.h"

enum sip_verify_method {
	SIP_VERIFY_NONE, /* not written */
	SIP_VERIFY_DAS,  /* signed by the responder's domain: Identity and Responder-Info */
	SIP_VERIFY_AIB,  /* signed message/sipfrag in the body (RFC 3893) */
	SIP_VERIFY_OTHER,
};

/** Responder, of a response. */
struct sip_responder {
	struct slice claimer; /* URI without <>, or user@host as it stands: what is signed */
	bool is_bare;         /* just user@host */
	enum sip_verify_method verify_method;
	struct slice verify_method_text;
	struct slice params;
};

enum sip_hop_method {
	SIP_HOP_DAS,
	SIP_HOP_SHARED_KEY,
	SIP_HOP_PUBLIC_KEY,
	SIP_HOP_OTHER, /* to be passed over like a nonce that cannot be decrypted */
};

/** Response-Authentication, of a request: the challenge to the next hop. */
struct sip_response_authentication {
	enum sip_hop_method method;
	struct slice method_text;
	struct slice nonce; /* still encrypted */
	struct slice alg;   /* absent in -00: SHA-1 with RSA */
	struct slice params;
};

/** Response-Authorization, of a response: the answer to it. */
struct sip_response_authorization {
	struct slice digest; /* base64 with its padding */
	struct slice alg;    /* absent in -00: SHA-1 with RSA */
	struct slice params;
};

/**
 * Decode a Responder: the claimer, which comes first, then verify-method. The claimer's URI has to
 * be well-formed. More than one value is malformed. False when it is malformed.
 */
bool sip_responder_decode(struct slice value, struct sip_responder *responder);

/** Decode a Responder-Info, with or without <>, `alg` or not. False when it is malformed. */
bool sip_responder_info_decode(struct slice value, struct sip_identity_info *info);

/** Decode a Response-Authentication, `method` first. False when it is malformed. */
bool sip_response_authentication_decode(struct slice value,
					struct sip_response_authentication *challenge);

/** Decode a Response-Authorization, `digest` first. False when it is malformed. */
bool sip_response_authorization_decode(struct slice value,
				       struct sip_response_authorization *answer);

#endif
