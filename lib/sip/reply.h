/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_REPLY_H
#define SIP_REPLY_H

#include "sip/edit.h"
#include "sip/message.h"

/** What a generated response says besides what it copies from the request. */
struct sip_reply {
	uint16_t status;
	struct slice phrase;
	struct slice to_tag;  /* added to To when the request has none there; absent: never */
	struct slice headers; /* whole further header lines, each with its CRLF */
	struct slice content_type, body; /* absent: none */
};

/**
 * Write the response to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are copied,
 * under the edits of `source` (sip_edit_source()), then reply->headers, Content-Length and body.
 * Header fields that the request lacks are left out.
 *
 * `has_to_tag`: the To of the request has a tag already. Overflow shows in the writer.
 */
void sip_reply_write(struct sip_writer *w, const struct sip_message *request,
		     const struct sip_edits *source, const struct sip_reply *reply,
		     bool has_to_tag);

#endif
