/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_SECURITY_H
#define SIP_FIELD_SECURITY_H

#include "sip/slice.h"

enum sip_security_mechanism {
	SIP_SECURITY_OTHER,
	SIP_SECURITY_DIGEST,
	SIP_SECURITY_TLS,
	SIP_SECURITY_IPSEC_IKE,
	SIP_SECURITY_IPSEC_MAN,
	SIP_SECURITY_IPSEC_3GPP, /* 3GPP TS 33.203 */
	SIP_SECURITY_COUNT
};

/** One element of Security-Client, -Server or -Verify (RFC 3329 §2.2). Borrows from the value. */
struct sip_security {
	enum sip_security_mechanism mechanism;
	struct slice mechanism_text;
	uint16_t q; /* thousandths; see has_q, for the RFC names no default */
	bool has_q;
	struct slice digest_algorithm; /* d-alg; this and the next two absent when not there */
	struct slice digest_qop;       /* d-qop */
	struct slice digest_verify;    /* d-ver: 32 lower-case hexadecimal digits, without quotes */
	struct slice params;           /* behind the first ';' */
};

/**
 * Decode one element of Security-Client, Security-Server or Security-Verify. False when it is
 * malformed, or one of the parameters above is there twice.
 */
bool sip_security_decode(struct slice value, struct sip_security *out);

#endif
