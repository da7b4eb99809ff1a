/* SPDX-License-Identifier: BSD-3-Clause */
/** Why something happened: Reason and Warning, one element at a time. */
#ifndef SIP_FIELD_REASON_H
#define SIP_FIELD_REASON_H

#include "sip/slice.h"

enum sip_reason_protocol { SIP_REASON_OTHER, SIP_REASON_SIP, SIP_REASON_Q850, SIP_REASON_COUNT };

/** One element of Reason (RFC 3326 §2). Slices borrow from the value. */
struct sip_reason {
	enum sip_reason_protocol protocol;
	struct slice protocol_text;
	uint32_t cause; /* status code or Q.850 cause; saturates */
	bool has_cause;
	struct slice text;   /* keeps its quotes; absent when not there */
	struct slice params; /* behind the first ';' */
};

/** Decode one element of Reason. False when it is malformed, or `cause` or `text` is there twice.
 */
bool sip_reason_decode(struct slice value, struct sip_reason *out);

/** One element of Warning (RFC 3261 §20.43). Slices borrow from the value. */
struct sip_warning {
	uint16_t code;      /* 0 to 999 */
	struct slice agent; /* host, host and port, or a token */
	struct slice text;  /* keeps its quotes */
};

/** Decode one element of Warning. False when it is malformed. */
bool sip_warning_decode(struct slice value, struct sip_warning *out);

#endif
