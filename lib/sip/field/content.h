/* SPDX-License-Identifier: BSD-3-Clause */
/** Header fields that describe a body, in a message or in a part of a multipart body. */
#ifndef SIP_FIELD_CONTENT_H
#define SIP_FIELD_CONTENT_H

#include "sip/slice.h"

/** Content-Type (RFC 3261 §20.15). Slices borrow from the value. */
struct sip_content_type {
	struct slice type;     /* "multipart" */
	struct slice subtype;  /* "mixed" */
	struct slice params;   /* behind the first ';' */
	struct slice boundary; /* keeps its quotes; see sip_multipart_init() */
};

/**
 * Decode a Content-Type value. Every parameter has a value, a token or a quoted string. False when
 * it is malformed, or has two boundaries.
 */
bool sip_content_type_decode(struct slice value, struct sip_content_type *out);

/** The media type is type/subtype, without regard to case (RFC 3261 §7.3.1). */
static inline bool
sip_content_type_is(const struct sip_content_type *ct, struct slice type, struct slice subtype)
{
	return slice_eq_nocase(ct->type, type) && slice_eq_nocase(ct->subtype, subtype);
}

/** What a body is for, as far as it matters here; the registry is IANA's. */
enum sip_disposition {
	SIP_DISPOSITION_OTHER,
	SIP_DISPOSITION_RENDER,
	SIP_DISPOSITION_SESSION,
	SIP_DISPOSITION_ICON,
	SIP_DISPOSITION_ALERT,
	SIP_DISPOSITION_EARLY_SESSION,     /* RFC 3959 */
	SIP_DISPOSITION_AIB,               /* RFC 3893 */
	SIP_DISPOSITION_SIGNAL,            /* RFC 3204 */
	SIP_DISPOSITION_RECIPIENT_LIST,    /* RFC 5363 */
	SIP_DISPOSITION_INFO_PACKAGE,      /* RFC 6086 */
	SIP_DISPOSITION_BY_REFERENCE,      /* RFC 5621 */
	SIP_DISPOSITION_RECORDING_SESSION, /* RFC 7866 */
	SIP_DISPOSITION_ATTACHMENT,        /* RFC 2183 */
	SIP_DISPOSITION_INLINE,            /* RFC 2183 */
	SIP_DISPOSITION_COUNT
};

enum sip_handling { SIP_HANDLING_OTHER, SIP_HANDLING_REQUIRED, SIP_HANDLING_OPTIONAL };

/** Content-Disposition (RFC 3261 §20.11). Slices borrow from the value. */
struct sip_content_disposition {
	enum sip_disposition type;
	struct slice type_text;
	enum sip_handling handling; /* REQUIRED when none is written */
	struct slice handling_text; /* absent when none is written */
	struct slice params;        /* behind the first ';' */
};

/** Decode a Content-Disposition value. False when it is malformed, or has two `handling`. */
bool sip_content_disposition_decode(struct slice value, struct sip_content_disposition *out);

/**
 * Decode one element of Content-Language: a language tag (RFC 3261 §20.13). Subtags may have
 * digits, as BCP 47 has them since ("es-419").
 */
bool sip_content_language_decode(struct slice value, struct slice *tag);

/** A language tag: 1 to 8 letters, then subtags of 1 to 8 letters or digits behind '-'. */
bool sip_language_tag_is_valid(struct slice tag);

/**
 * Decode Content-ID (RFC 8262): `*id` is "local@domain", without <>. The bare form without <> is
 * taken as well, which senders of end-to-middle bodies write. Atoms are those of RFC 5322 §3.2.3,
 * more than a sip-clean-msg-id may have.
 */
bool sip_content_id_decode(struct slice value, struct slice *id);

/** The URL, "cid:" and all, refers to `id`: escapes of the URL are decoded (RFC 2392 §2). */
bool sip_content_id_eq_url(struct slice id, struct slice url);

struct sip_mime_version {
	uint32_t major, minor; /* saturate */
};

/** Decode MIME-Version (RFC 3261 §20.24). */
bool sip_mime_version_decode(struct slice value, struct sip_mime_version *out);

enum sip_transfer_encoding {
	SIP_ENCODING_OTHER,
	SIP_ENCODING_7BIT,
	SIP_ENCODING_8BIT,
	SIP_ENCODING_BINARY,
	SIP_ENCODING_QUOTED_PRINTABLE,
	SIP_ENCODING_BASE64,
	SIP_ENCODING_COUNT
};

/** Decode Content-Transfer-Encoding (RFC 2045 §6.1); `*text` is the token as it is written. */
bool sip_transfer_encoding_decode(struct slice value, enum sip_transfer_encoding *encoding,
				  struct slice *text);

/** The octets of the body are the octets of its content: 7bit, 8bit or binary. */
static inline bool
sip_transfer_encoding_is_identity(enum sip_transfer_encoding encoding)
{
	return encoding >= SIP_ENCODING_7BIT && encoding <= SIP_ENCODING_BINARY;
}

#endif
