/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REPLY_HEADERS_H
#define DATAPLANE_REPLY_HEADERS_H

#include "engine.h"
#include "sip/writer.h"

/** Room for them. */
#define REPLY_HEADERS_MAX 2048

/**
 * Write the header lines that an answer of ours has for its reason (meta->reason), each with its
 * CRLF; nothing for most of them. A function of the request, so that a retransmission gets the same
 * (RFC 3261 §16.11). A further reason is a further row in reply_headers.c.
 */
void reply_headers_put(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out);

/** Seconds of Retry-After in a 503 for too much: guard.retry_after_min to retry_after_max. */
uint32_t reply_retry_after(const struct via_worker *w, const struct via_meta *meta);

#endif
