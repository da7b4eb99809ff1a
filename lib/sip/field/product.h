/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_PRODUCT_H
#define SIP_FIELD_PRODUCT_H

#include "sip/slice.h"

/** A product or a comment of Server or User-Agent. Slices borrow from the value. */
struct sip_product {
	struct slice name;    /* absent for a comment */
	struct slice version; /* absent without one */
	struct slice comment; /* with its parentheses; absent for a product */
};

/**
 * Take one product or comment out of `*rest`, which is at first the value of Server or User-Agent
 * (RFC 3261 §20.35, §20.41). `*rest` moves on and becomes absent at the end.
 *
 * False at the end, or when the value is malformed (then *rest stays present); a comment nested
 * deeper than SIP_COMMENT_DEPTH is. White space may be missing next to a comment: FreePBX writes
 * "FPBX-2.8.1(1.8.20)".
 */
bool sip_product_next(struct slice *rest, struct sip_product *out);

#endif
