/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STUN_STUN_H
#define STUN_STUN_H

#include "flow/address.h"

/**
 * Longest answer: an error that lists four attributes, and FINGERPRINT. A success has at most 44
 * octets, and 52 with FINGERPRINT.
 */
#define STUN_ANSWER_MAX 68

/**
 * Answer one datagram whose first octet is 0 or 1, as a STUN server without authentication does on
 * a SIP port (RFC 5389, RFC 8489, RFC 3489 clients included; OB-32 to OB-36, OB-83). `local` is
 * where it arrived, `remote` where it came from. A request with FINGERPRINT gets an answer with it.
 *
 * Returns the length of the answer in `out`, or 0 when there is none: a malformed request, a wrong
 * FINGERPRINT or one that is not last, an indication, a response, a source that is no unicast
 * address. Never longer than STUN_ANSWER_MAX. Any thread.
 */
size_t stun_answer(const uint8_t *in, size_t len, const struct flow_address *local,
		   const struct flow_address *remote, uint8_t out[STUN_ANSWER_MAX]);

/**
 * The datagram is a Binding Indication (RFC 5389 §7.3.2): a keepalive that wants no answer (OB-83).
 */
bool stun_is_indication(const uint8_t *in, size_t len);

#endif
