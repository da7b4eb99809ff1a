/* SPDX-License-Identifier: BSD-3-Clause */
/** What a user agent takes: Accept and its family, and Allow. One element at a time. */
#ifndef SIP_FIELD_ACCEPT_H
#define SIP_FIELD_ACCEPT_H

#include "sip/field/content.h"
#include "sip/method.h"
#include "sip/slice.h"

/** One element of Accept (RFC 3261 §20.1). Slices borrow from the value. */
struct sip_accept {
	struct slice type;    /* "*" for any */
	struct slice subtype; /* "*" for any */
	struct slice params;  /* behind the first ';', `q` among them */
	uint16_t q;           /* thousandths; 1000 when none is written */
};

/** Decode one element of Accept. False when it is malformed, or has two q values. */
bool sip_accept_decode(struct slice value, struct sip_accept *out);

/** The range covers this media type, parameters apart. A q of 0 refuses what it covers. */
bool sip_accept_covers(const struct sip_accept *range, const struct sip_content_type *ct);

/** One element of Accept-Encoding or Accept-Language. Slices borrow from the value. */
struct sip_accept_word {
	struct slice word;   /* content-coding or language tag; "*" for any */
	struct slice params; /* behind the first ';', `q` among them */
	uint16_t q;          /* thousandths; 1000 when none is written */
};

/** Decode one element of Accept-Encoding (RFC 3261 §20.2). */
bool sip_accept_encoding_decode(struct slice value, struct sip_accept_word *out);

/** Decode one element of Accept-Language (RFC 3261 §20.3). */
bool sip_accept_language_decode(struct slice value, struct sip_accept_word *out);

/** Decode one element of Allow (RFC 3261 §20.5): `*text` is the method as it is written. */
bool sip_allow_decode(struct slice value, enum sip_method *method, struct slice *text);

#endif
