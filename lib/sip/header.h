/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_HEADER_H
#define SIP_HEADER_H

#include "sip/header_names.h"
#include "sip/slice.h"

enum sip_header_id {
#define X(sym, name, compact) SIP_HDR_##sym,
	SIP_HEADER_NAMES(X)
#undef X
		SIP_HDR_OTHER,
	SIP_HDR_COUNT = SIP_HDR_OTHER
};

_Static_assert(SIP_HDR_COUNT < 0x80, "an id and the folding bit share one byte");

/**
 * The id of a header field name in its full or compact form, without regard to case.
 * SIP_HDR_OTHER for every other name. RFC 3261 §7.3.3.
 */
enum sip_header_id sip_header_find(struct slice name);

/** The full name of `id`, which is below SIP_HDR_COUNT. Static storage. */
struct slice sip_header_name(enum sip_header_id id);

#endif
