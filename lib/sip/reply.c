/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/reply.h"

#include "sip/build.h"

/*
 * A CR without its LF would be a line end to some, a NUL the end of the text to others: what is
 * copied out of a request that is refused for them has none.
 */
static void
put_clean(struct sip_writer *w, char *from)
{
	bool escaped = false;

	for (char *p = from; p < w->p; p++) {
		bool cr = *p == '\r' && (p + 1 == w->p || p[1] != '\n');
		bool control = (uint8_t)*p < ' ' && memchr("\t\r\n", *p, 3) == NULL;

		if (cr || (control && !escaped))
			*p = ' ';
		escaped = *p == '\\' && !escaped;
	}
}

/* Copy each line of one header, under the edits. */
static void
copy_lines(struct sip_writer *w, const struct sip_message *msg, const struct sip_edits *edits,
	   enum sip_header_id id)
{
	for (unsigned int i = msg->first[id]; i != SIP_NO_HEADER; i = sip_header_next(msg, i)) {
		const struct sip_header *h = &msg->header[i];
		char *from = w->p;

		sip_begin_header(w, id);
		sip_edits_render(edits, msg, h->value_off, (uint16_t)(h->value_off + h->value_len),
				 w);
		put_clean(w, from);
		sip_end_header(w);
	}
}

static void
copy_first(struct sip_writer *w, const struct sip_message *msg, enum sip_header_id id)
{
	char *from = w->p;

	sip_begin_header(w, id);
	sip_put(w, sip_header_get(msg, id));
	put_clean(w, from);
}

void
sip_reply_write(struct sip_writer *w, const struct sip_message *request,
		const struct sip_edits *source, const struct sip_reply *reply, bool has_to_tag)
{
	static const enum sip_header_id copied[] = { SIP_HDR_FROM, SIP_HDR_TO, SIP_HDR_CALL_ID,
						     SIP_HDR_CSEQ };

	sip_put_status_line(w, reply->status, reply->phrase);
	copy_lines(w, request, source, SIP_HDR_VIA);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		if (request->first[copied[i]] == SIP_NO_HEADER)
			continue;
		copy_first(w, request, copied[i]);
		if (copied[i] == SIP_HDR_TO && !has_to_tag && reply->to_tag.ptr != NULL) {
			SIP_PUT(w, ";tag=");
			sip_put(w, reply->to_tag);
		}
		sip_end_header(w);
	}
	sip_put(w, reply->headers);
	sip_add_body(w, reply->content_type, reply->body);
}
