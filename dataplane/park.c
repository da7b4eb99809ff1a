/* SPDX-License-Identifier: BSD-3-Clause */
#include "park.h"

/* The message as it was received, and the name behind it. */
bool
via_park_for_name(struct via_worker *w, const struct via_meta *meta, const struct via_ask *ask,
		  uint64_t copy)
{
	size_t length = meta->msg.len + ask->host.len;
	struct message_head head = {
		.length = (uint32_t)length,
		.kind = MESSAGE_RESOLVE,
		.listener = meta->listener,
		.flow = meta->flow,
		.name_len = (uint16_t)ask->host.len,
		.name_port = ask->port,
		.name_hash = ask->name_hash,
		.choice = ask->choice,
		.copy = copy,
	};

	if (!via_control_is_there(w) || length > sizeof(w->text))
		return false;
	memcpy(w->text, meta->msg.base, meta->msg.len);
	memcpy(w->text + meta->msg.len, ask->host.ptr, ask->host.len);
	return message_ring_put(&w->punt, &head, w->text);
}
