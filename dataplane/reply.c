/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply.h"

#include "reply_headers.h"
#include "reply_tag.h"
#include "restoration.h"
#include "sip/reply.h"

struct slice
reply_write(struct via_worker *w, struct via_meta *meta)
{
	char headers[REPLY_HEADERS_MAX], tag[REPLY_TAG_LEN], ip[FLOW_IP_TEXT_MAX];
	struct sip_writer extra, out;
	struct sip_reply reply;

	sip_writer_init(&extra, headers, sizeof(headers));
	reply_headers_put(w, meta, &extra);
	reply = (struct sip_reply){
		.status = meta->status,
		.phrase = meta->reason == VIA_REASON_FAULT
				  ? sip_fault_info((enum sip_fault)meta->fault)->phrase
				  : via_reason_phrase((enum via_reason)meta->reason),
		.to_tag = SLICE_ABSENT,
		.headers = sip_written(&extra),
	};
	if (meta->status != 100) /* §8.2.6.2 */
		reply.to_tag = reply_tag_make(w->tables->keys.branch, &meta->fields, tag);
	restoration_body(w, meta, &reply);
	sip_edits_init(&w->edits);
	sip_edit_source(&w->edits, &meta->msg, &meta->fields.via,
			flow_ip_text(&meta->flow.remote, ip), meta->flow.remote.port);
	sip_writer_init(&out, w->text, sizeof(w->text));
	sip_reply_write(&out, &meta->msg, &w->edits, &reply, meta->fields.to_tag.ptr != NULL);
	return sip_written(&out);
}
