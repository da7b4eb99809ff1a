/* SPDX-License-Identifier: BSD-3-Clause */
#include "unsolicited.h"

#include "sip/field/event.h"

bool
via_unsolicited_notify(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config_file_edge *edge = &w->engine->config->file->edge;
	struct sip_event event;

	if (likely(meta->msg.method != SIP_NOTIFY) || meta->fields.to_tag.ptr != NULL)
		return false;
	if ((meta->flags & VIA_FROM_PEER) == 0 ||
	    !sip_event_decode(sip_header_get(&meta->msg, SIP_HDR_EVENT), &event))
		return true;
	for (unsigned int i = 0; i < edge->unsolicited_notify_count; i++)
		if (slice_eq(slice_str(edge->unsolicited_notify[i]), event.type.text))
			return false;
	return true;
}

bool
via_forged_notify(const struct via_worker *w, const struct via_meta *meta, const struct binding *b)
{
	if (likely(meta->msg.method != SIP_NOTIFY))
		return false;
	if (meta->target == VIA_TARGET_FLOW)
		return via_unsolicited_notify(w, meta);
	return b->path.ptr != NULL && meta->fields.to_tag.ptr == NULL &&
	       (meta->flags & VIA_FROM_PEER) == 0;
}
