/* SPDX-License-Identifier: BSD-3-Clause */
/** Refer-To, Referred-By and Refer-Sub. Any thread; slices borrow from the value. */
#ifndef SIP_FIELD_REFER_H
#define SIP_FIELD_REFER_H

#include "sip/field/party.h"

/** A Referred-By value (RFC 3892 §3). */
struct sip_referred_by {
	struct sip_party referrer;
	struct slice cid; /* of the token's body part, without quotes; absent without one */
};

/**
 * Decode a Refer-To value (RFC 3515 §2.1). The URI may have any scheme. Parameters may be feature
 * parameters (RFC 4508 §3; sip_feature_next()): hints of whoever wrote them, which grant nothing.
 * False when it is malformed, or when there is more than one (RFC 3515 §2.4.2).
 */
bool sip_refer_to_decode(struct slice value, struct sip_party *target);

/** Decode a Referred-By value. False when it is malformed or has `cid` twice. */
bool sip_referred_by_decode(struct slice value, struct sip_referred_by *referred_by);

/**
 * Decode a Refer-Sub value into whether a subscription is wanted. What follows the word is an
 * extension in RFC 4488 §4 (parameters) as in the draft before it (any text), and is not looked at.
 * False when the first word is neither "true" nor "false": then it counts as absent.
 */
bool sip_refer_sub_decode(struct slice value, bool *subscribe);

#endif
