/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Who somebody is, and who may know: Identity (RFC 4474, RFC 8224), Identity-Info (RFC 4474),
 * P-Asserted-Identity and P-Preferred-Identity (RFC 3325), Privacy (RFC 3323).
 *
 * Slices borrow from the value; what was quoted stands without its quotes; what was not written is
 * absent. Unknown parameters are accepted and left alone, in `params`.
 */
#ifndef SIP_FIELD_IDENTITY_H
#define SIP_FIELD_IDENTITY_H

#include "sip/address.h"
#include "sip/message.h"
#include "sip/slice.h"

enum sip_identity_form {
	SIP_IDENTITY_RFC4474, /* "base64"; certificate and algorithm are in Identity-Info */
	SIP_IDENTITY_FULL,    /* RFC 8224: header.claims.signature */
	SIP_IDENTITY_COMPACT, /* RFC 8224: ..signature */
};

/** One Identity. */
struct sip_identity {
	enum sip_identity_form form;
	struct slice digest;    /* signed-identity-digest, all of it */
	struct slice header;    /* PASSporT header, base64url: full form only */
	struct slice claims;    /* PASSporT claims, base64url: full form only */
	struct slice signature; /* base64url; RFC 4474: all of `digest`, base64 with folds */
	struct slice info;      /* URI without <>; RFC 8224 only */
	struct slice alg;       /* absent: ES256 (RFC 8224 §4.1) */
	struct slice ppt;
	struct slice params; /* behind `info` */
};

/** Identity-Info, and Responder-Info of the same form. */
struct sip_identity_info {
	struct slice uri; /* without <> */
	struct slice alg;
	struct slice params;
};

/** All values of P-Asserted-Identity, or of P-Preferred-Identity, of one message. */
struct sip_asserted {
	struct sip_address sip; /* the sip or sips address; none: uri is absent */
	struct sip_address tel; /* the tel address; none: uri is absent */
	unsigned int ignored;   /* further well-formed values; above 0 breaks RFC 3325 §9.1 */
};

/** priv-values, as bits. */
enum sip_privacy_value {
	SIP_PRIVACY_HEADER = 1 << 0,   /* RFC 3323 §4.2 */
	SIP_PRIVACY_SESSION = 1 << 1,  /* RFC 3323 §4.2 */
	SIP_PRIVACY_USER = 1 << 2,     /* RFC 3323 §4.2 */
	SIP_PRIVACY_NONE = 1 << 3,     /* RFC 3323 §4.2 */
	SIP_PRIVACY_CRITICAL = 1 << 4, /* RFC 3323 §4.2 */
	SIP_PRIVACY_ID = 1 << 5,       /* RFC 3325 §9.3 */
	SIP_PRIVACY_HISTORY = 1 << 6,  /* RFC 7044 §10.1 */
	SIP_PRIVACY_UNKNOWN = 1 << 7,  /* any other token, however many */
};

/**
 * Decode one Identity line; a request may have several (RFC 8224 §4).
 *
 * RFC 8224: `info` comes first, as its grammar has it; the digest is a full or a compact PASSporT
 * in the alphabet of base64url, or in that of the grammar. ppt and alg may be quoted: RFC 8224
 * §4.1 itself speaks of a "quoted value", and ppt="shaken" is common. RFC 4474: base64 with its
 * padding, perhaps with folds in it; §9 says 32LHEX, but all of its examples are base64, and its
 * test messages are folded. The same without quotes and folds passes: RFC 4475 §3.1.1.11 has it.
 * False when it is malformed.
 */
bool sip_identity_decode(struct slice value, struct sip_identity *identity);

/** Decode an Identity-Info; `alg` has to be there (RFC 4474 §9). False when it is malformed. */
bool sip_identity_info_decode(struct slice value, struct sip_identity_info *info);

/**
 * Decode all lines with `id`, SIP_HDR_P_ASSERTED_IDENTITY or SIP_HDR_P_PREFERRED_IDENTITY.
 *
 * RFC 3325 §9.1 allows one sip or sips and one tel address. What is beyond that, and any other
 * scheme, is counted and ignored, as RFC 5876 §4.5 asks of who receives it; the first of each kind
 * counts. False when a value or its URI is malformed. Without such a line, neither is there.
 */
bool sip_asserted_find(const struct sip_message *msg, enum sip_header_id id,
		       struct sip_asserted *asserted);

/** The same for the value of a single header line. */
bool sip_asserted_decode(struct slice value, struct sip_asserted *asserted);

/**
 * Decode one Privacy line and add its values (enum sip_privacy_value) to `*set`, which begins as 0:
 * the field may be spread over lines.
 *
 * False when it is malformed: also when the line has a known value twice, or when `none` stands
 * with another, on this line or with what `*set` has (RFC 3323 §4.2). *set is then as it was.
 * Whoever goes on nevertheless had better protect everything.
 */
bool sip_privacy_decode(struct slice value, unsigned int *set);

/**
 * One priv-value after the other, to name the unknown ones. `*rest` moves on and becomes absent at
 * the end. False at the end, or when it is no token (then *rest stays present).
 */
bool sip_privacy_next(struct slice *rest, struct slice *token);

#endif
