/* SPDX-License-Identifier: BSD-3-Clause */
/** Lists of URIs that say something about a call, one element at a time. */
#ifndef SIP_FIELD_INFO_H
#define SIP_FIELD_INFO_H

#include "sip/address.h"
#include "sip/slice.h"

/** One element of Alert-Info, Call-Info or Error-Info. Slices borrow from the value. */
struct sip_info {
	struct slice uri;     /* without <> */
	struct slice purpose; /* of Call-Info; absent when not there */
	struct slice params;  /* behind the first ';' behind the URI */
};

/**
 * Decode one element of Alert-Info, Call-Info or Error-Info (RFC 3261 §20.4, §20.9, §20.18). False
 * when it is malformed, or `purpose` is there twice.
 */
bool sip_info_decode(struct slice value, struct sip_info *out);

/** One element of History-Info (RFC 7044 §5). Slices borrow from the value. */
struct sip_history_info {
	struct sip_address address; /* always bracketed; Reason and Privacy are in its URI still */
	struct slice index;      /* "1.2.1"; absent when left out, which §5 of the RFC forbids */
	struct slice rc, mp, np; /* index of another element; absent when not there */
};

/**
 * Decode one element of History-Info. The URI is not decoded. False when it is malformed, or one of
 * `index`, `rc`, `mp`, `np` is there twice or is no index.
 */
bool sip_history_info_decode(struct slice value, struct sip_history_info *out);

#endif
