/* SPDX-License-Identifier: BSD-3-Clause */
/** Header fields whose value is one number, one token or one text. */
#ifndef SIP_FIELD_SCALAR_H
#define SIP_FIELD_SCALAR_H

#include "sip/slice.h"

/**
 * Decode a number of seconds or of anything else: Expires, Min-Expires, Flow-Timer, Max-Forwards,
 * Max-Breadth, Content-Length. Values above 2^32-1 saturate to it (RFC 3261 §20.19, RFC 4475
 * §3.1.2.4). False when it is not 1*DIGIT; RFC 3261 §20.19 would have such an Expires be 3600.
 */
bool sip_number_decode(struct slice value, uint32_t *number);

/** Decode a value that is one token: SIP-ETag, SIP-If-Match (RFC 3903), Content-Encoding. */
bool sip_token_decode(struct slice value, struct slice *token);

/** Decode a token with generic-params behind it: Info-Package, an element of Recv-Info (RFC 6086).
 */
bool sip_token_params_decode(struct slice value, struct slice *token);

/**
 * Decode a value that is text, trimmed: Subject, Organization. It may be empty. Octets above 127
 * are not held against UTF-8. False when it has control characters.
 */
bool sip_text_decode(struct slice value, struct slice *text);

enum sip_priority {
	SIP_PRIORITY_OTHER,
	SIP_PRIORITY_EMERGENCY,
	SIP_PRIORITY_URGENT,
	SIP_PRIORITY_NORMAL,
	SIP_PRIORITY_NON_URGENT,
	SIP_PRIORITY_PSAP_CALLBACK, /* RFC 7090 */
	SIP_PRIORITY_COUNT
};

/** Decode Priority (RFC 3261 §20.26); `*text` is the token as it is written. */
bool sip_priority_decode(struct slice value, enum sip_priority *priority, struct slice *text);

/** Retry-After (RFC 3261 §20.33). Slices borrow from the value. */
struct sip_retry_after {
	uint32_t seconds;  /* saturates */
	uint32_t duration; /* seconds, saturates; 0 when none is written */
	bool has_duration;
	struct slice comment; /* with its parentheses; absent without one */
	struct slice params;  /* behind the first ';' */
};

/** Decode Retry-After. False when it is malformed, or has two `duration`. */
bool sip_retry_after_decode(struct slice value, struct sip_retry_after *out);

/** Timestamp (RFC 3261 §20.38). Slices borrow from the value. */
struct sip_timestamp {
	struct slice time; /* as it is written, to be echoed */
	uint64_t time_us;  /* microseconds, what is finer cut off; saturates */
	uint64_t delay_us; /* likewise; 0 when none is written */
	bool has_delay;
};

/** Decode Timestamp. False when it is malformed. */
bool sip_timestamp_decode(struct slice value, struct sip_timestamp *out);

#endif
