/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What the value of each header field of header_names.h is, and whether a value is one.
 *
 * sip_message_check() looks at what a proxy needs; the rest it forwards as it is, however malformed
 * (RFC 3261 §16.3, RFC 4475 §3.1.2.12). This is for those who want to know nevertheless.
 *
 * For every decoder of sip/field/, sip_<field>_decode(value, out): when it returns false, what it
 * was to fill in is undefined, unless its own comment says otherwise.
 */
#ifndef SIP_FIELD_FIELD_H
#define SIP_FIELD_FIELD_H

#include "sip/header.h"

/** How a header line is made of elements. */
enum sip_field_kind {
	SIP_FIELD_SINGLE,       /* it is one element */
	SIP_FIELD_LIST,         /* elements with commas between them: sip_list_next() */
	SIP_FIELD_LIST_OR_NONE, /* likewise, or empty */
	SIP_FIELD_LIST_OR_STAR, /* likewise, not empty, or '*' alone */
	SIP_FIELD_WHOLE,        /* only the field's own decoder can tell elements apart */
};

/** One known header field. */
struct sip_field_info {
	enum sip_field_kind kind;
	/** Whether one element is as the grammar has it; of SIP_FIELD_WHOLE, the whole value. */
	bool (*is_valid)(struct slice element);
	const char *source; /* where the grammar is: "RFC 3261 20.17", or a draft */
};

/** The row of `id`, which is below SIP_HDR_COUNT. Static storage; any thread. */
const struct sip_field_info *sip_field_info(enum sip_header_id id);

/**
 * Whether the value of one header line of the known field `id` is as its grammar has it, folds and
 * all. Only the value itself counts: not whether the field may be in this message, or twice. An
 * empty element of a list is a fault. Linear in the value; any thread.
 */
bool sip_field_is_valid(enum sip_header_id id, struct slice value);

#endif
