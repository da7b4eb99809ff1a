/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_ADDRESS_H
#define SIP_ADDRESS_H

#include "sip/slice.h"

/** A name-addr or addr-spec with its header parameters (RFC 3261 §25.1). Slices are borrowed. */
struct sip_address {
	struct slice display; /* without white space at its ends; quotes kept */
	struct slice uri;     /* without <> */
	struct slice params;  /* header parameters, behind their first ';' */
	struct slice tag;     /* value of the first parameter of that name; absent without one */
	bool bracketed;       /* written as name-addr */
};

/**
 * Decode one element of From, To, Contact, Route and their like.
 *
 * Without <> everything from the first ';' on is header parameters, and '?' and ',' are refused
 * (RFC 3261 §20). Checks the display name (tokens, or one quoted string) and that the parameters
 * can be walked; the URI itself is not decoded. False when it is malformed.
 */
bool sip_address_decode(struct slice text, struct sip_address *address);

/** Value of a header parameter, or absent when it is not there or has none. */
struct slice sip_address_param(const struct sip_address *address, struct slice name);

/**
 * Decode a q value (RFC 3261 §25.1: 0 to 1, up to three decimals) into thousandths.
 * False when it is malformed.
 */
bool sip_qvalue_decode(struct slice text, uint16_t *thousandths);

#endif
