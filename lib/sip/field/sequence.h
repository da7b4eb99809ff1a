/* SPDX-License-Identifier: BSD-3-Clause */
/** Sequence numbers. They are compared for equality, so that none saturates. */
#ifndef SIP_FIELD_SEQUENCE_H
#define SIP_FIELD_SEQUENCE_H

#include "sip/method.h"
#include "sip/slice.h"

/** CSeq (RFC 3261 §20.16). Slices borrow from the value. */
struct sip_cseq {
	uint32_t number; /* below 2^31 */
	enum sip_method method;
	struct slice method_text;
};

/** Decode CSeq. False when it is malformed or the number is 2^31 or above (RFC 3261 §8.1.1.5). */
bool sip_cseq_decode(struct slice value, struct sip_cseq *out);

/** Decode RSeq (RFC 3262 §7.1): 1 to 2^32-1. False when it is malformed or anything else. */
bool sip_rseq_decode(struct slice value, uint32_t *number);

/** RAck (RFC 3262 §7.2): the RSeq and CSeq of the response that a PRACK is for. */
struct sip_rack {
	uint32_t rseq; /* 1 to 2^32-1 */
	struct sip_cseq cseq;
};

/** Decode RAck. False when it is malformed or a number is not one that RSeq or CSeq may have. */
bool sip_rack_decode(struct slice value, struct sip_rack *out);

#endif
