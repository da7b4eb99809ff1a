/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Header fields whose elements are an address and parameters: From, To, Reply-To and the like. Any
 * thread; slices borrow from the value.
 */
#ifndef SIP_FIELD_PARTY_H
#define SIP_FIELD_PARTY_H

#include "sip/address.h"
#include "sip/field/known_param.h"
#include "sip/uri.h"

/** An address in full. */
struct sip_party {
	struct sip_address address;
	struct sip_uri uri;
};

/**
 * Decode ( name-addr / addr-spec ) *( SEMI generic-param ), the URI in it, and the parameters that
 * are `known`. False when any of them is malformed.
 */
bool sip_party_params_decode(struct slice value, const struct sip_known_param *known, size_t count,
			     struct sip_party *party);

/**
 * Decode Reply-To (RFC 3261 §20.31), Anonymous-To, or an element of Permission-Missing (RFC 5360
 * §5.9): no parameter means anything. False when it is malformed.
 */
static inline bool
sip_party_decode(struct slice value, struct sip_party *party)
{
	return sip_party_params_decode(value, NULL, 0, party);
}

/**
 * Decode From or To (RFC 3261 §20.20, §20.39); party->address.tag is absent without one. False when
 * it is malformed or has two tags, although sip_message_check() lets these pass.
 */
bool sip_from_decode(struct slice value, struct sip_party *party);

/** An element of Trigger-Consent (RFC 5360). */
struct sip_trigger_consent {
	struct sip_party relay;
	struct slice target_uri; /* without quotes; absent without one */
};

/**
 * Decode an element of Trigger-Consent: a SIP or SIPS URI, of which everything from the first ';'
 * on is parameters of the field. False when it is malformed, or has `target-uri` twice.
 */
bool sip_trigger_consent_decode(struct slice element, struct sip_trigger_consent *out);

#endif
