/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_CONTACT_H
#define SIP_FIELD_CONTACT_H

#include "sip/field/party.h"

/** Contact with what a registrar keeps of it. Slices borrow from the value. */
struct sip_contact {
	bool star;              /* "*": nothing else is set (RFC 3261 §10.2.2) */
	struct sip_party party; /* feature parameters: sip_feature_next(party.address.params) */
	uint16_t q;             /* thousandths; 1000 when none is written (RFC 3261 §16.6) */
	bool has_expires;       /* it is a number */
	uint32_t expires;       /* seconds; saturates */
	/**
	 * Absent without the parameter. Present although has_expires is false: malformed, which
	 * counts as 3600 (RFC 3261 §10.2.1.1).
	 */
	struct slice expires_text;
	struct slice instance; /* +sip.instance (RFC 5626 §4.1), without quotes and <> */
	uint32_t reg_id;       /* RFC 5626 §4.2; 0 without one */
	uint32_t flow_id;      /* what draft-ietf-sip-outbound-00 called it; 0 without one */
	struct slice pub_gruu; /* RFC 5627 §7; this and the next two without quotes, escapes stay */
	struct slice temp_gruu;
	struct slice gruu; /* draft-ietf-sip-gruu-04 §10 */
};

/**
 * Decode one element of Contact (RFC 3261 §20.10), or "*". The brackets of +sip.instance may be
 * missing, as in the examples of draft-ietf-sip-gruu-04; an instance is made of characters of a URI
 * alone. False when it is malformed, a parameter above is there twice, or reg-id or flow-id is not
 * 1 to 2^31-1. Any thread.
 */
bool sip_contact_decode(struct slice element, struct sip_contact *contact);

#endif
