/* SPDX-License-Identifier: BSD-3-Clause */
#include "way.h"

#include "flow_state.h"
#include "next_hop.h"
#include "sip/address.h"
#include "sip/list.h"

/*
 * An edge or a contact by its address or name. What is known to be down is no way (PR-15); what has
 * to be asked for is none yet, and leaves meta->ask.
 */
static bool
to_host(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri)
{
	if (via_next_hop_resolve(w, meta, uri, &meta->to) != VIA_HOP_FOUND)
		return false;
	if (likely(!hops_is_down(&w->tables->hops, &meta->to)))
		return true;
	via_count(w, STATS_target_down);
	return false;
}

/* The way over a flow, unless it is known to be dead (OB-75). */
static bool
by_flow(struct via_worker *w, struct via_meta *meta, const struct flow *flow)
{
	int listener = via_flow_listener(w, flow);

	if (listener < 0 || via_flow_is_dead(w, flow))
		return false;
	meta->to = flow->remote;
	meta->out_listener = (uint8_t)listener;
	meta->target = VIA_TARGET_FLOW;
	return true;
}

/*
 * The first value of a stored Path. One of our own flow tokens there (this very proxy was the edge)
 * leads to its flow at once (OB-85); nowhere else does a stored URI open a token.
 */
static bool
by_path(struct via_worker *w, struct via_meta *meta, struct slice text)
{
	enum flow_token_class class;
	struct sip_uri uri;
	struct flow flow;

	if (!sip_uri_decode(text, &uri) || uri.scheme != SIP_SCHEME_SIP)
		return false;
	if (uri.user.len == 0 || !via_is_own_host(w, uri.host, uri.port))
		return to_host(w, meta, &uri);
	if (flow_token_open(&w->tables->keys, uri.user, &flow, &class) != FLOW_TOKEN_OK ||
	    class == FLOW_TOKEN_RECORD_ROUTE)
		return false;
	if (!by_flow(w, meta, &flow))
		return false;
	meta->flags |= VIA_PATH_OPENED;
	return true;
}

bool
via_way_find(struct via_worker *w, struct via_meta *meta, const struct binding *b)
{
	struct sip_address address;
	struct slice first = b->path;
	struct sip_uri uri;

	if (unlikely((meta->flags & VIA_ROUTE_LEFT) != 0))
		return true; /* GR-50: by that Route, whatever way is stored */
	if (b->flow.local.family != 0)
		return by_flow(w, meta, &b->flow);
	if (b->path.ptr == NULL)
		return sip_uri_decode(b->contact, &uri) && uri.scheme == SIP_SCHEME_SIP &&
		       to_host(w, meta, &uri);
	return sip_address_decode(sip_list_cut(&first), &address) && by_path(w, meta, address.uri);
}

void
via_way_report_failed(struct via_worker *w, const struct binding *b, uint64_t key)
{
	struct slice aor = binding_aor(&w->record);
	struct message_head head = { .kind = MESSAGE_BINDING_FAILED, .flow = b->flow };
	struct sip_writer text;

	if (!w->has_rings || !failed_bindings_report(&w->engine->failed, key))
		return;
	head.reg_id = b->reg_id;
	head.updated_ms = b->updated_ms;
	head.aor_len = (uint32_t)aor.len;
	sip_writer_init(&text, w->text, sizeof(w->text));
	sip_put(&text, aor);
	sip_put(&text, b->contact);
	head.length = (uint32_t)sip_written(&text).len;
	message_ring_put(&w->punt, &head, w->text);
}
