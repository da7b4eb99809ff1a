/* SPDX-License-Identifier: BSD-3-Clause */
/* The edits of a response: our Via goes, and what an edge tells user agents comes (RFC 5626 §5.4).
 */
#include "egress.h"
#include "egress_edits.h"
#include "flow_state.h"
#include "sip/list.h"
#include "sip/method.h"
#include "trust.h"

/* "SIP/2.0 " */
enum { STATUS_OFF = 8 };

/* The Via of a user agent right behind ours, and nobody else's. */
static bool
is_for_user_agent(const struct via_meta *meta, struct sip_via *via)
{
	struct slice value, third;
	struct sip_list_iter it;

	sip_list_iter_init(&it, &meta->msg, SIP_HDR_VIA);
	return sip_list_next(&it, &value) && sip_list_next(&it, &value) &&
	       !sip_list_next(&it, &third) && sip_via_decode(value, via);
}

/* The `i`th Record-Route value, from 0, is a token of ours for this flow. */
static bool
record_route_names(struct via_worker *w, const struct via_meta *meta, const struct flow *flow,
		   unsigned int *place)
{
	enum flow_token_class class;
	struct sip_address address;
	struct sip_list_iter it;
	struct flow named;
	struct slice value;
	struct sip_uri uri;

	*place = 0;
	sip_list_iter_init(&it, &meta->msg, SIP_HDR_RECORD_ROUTE);
	for (; sip_list_next(&it, &value); ++*place)
		if (sip_address_decode(value, &address) && sip_uri_decode(address.uri, &uri) &&
		    uri.user.ptr != NULL && via_is_own_host(w, uri.host, uri.port) &&
		    flow_token_open(&w->tables->keys, uri.user, &named, &class) == FLOW_TOKEN_OK &&
		    flow_eq(&named, flow))
			return true;
	return false;
}

/* The flow by which this response goes to the user agent that asked. */
static struct flow
asked_on(const struct via_worker *w, const struct via_meta *meta)
{
	struct flow flow = { .transport = FLOW_UDP, .remote = meta->to };

	flow.local = via_listener(w, meta->out_listener)->address;
	return flow;
}

static bool
is_to_register(const struct via_meta *meta)
{
	return slice_eq(meta->fields.cseq_method, SLICE("REGISTER"));
}

/* OB-14, OB-16: keepalives are wanted on a registration, and in a dialog that we are on the path
 * of. */
static bool
wants_keepalives(struct via_worker *w, const struct via_meta *meta)
{
	struct flow flow = asked_on(w, meta);
	unsigned int place;

	if (is_to_register(meta))
		return meta->msg.status / 100 == 2;
	return meta->msg.status > 100 && meta->msg.status < 300 &&
	       record_route_names(w, meta, &flow, &place);
}

/* OB-12: Flow-Timer where outbound was applied; OB-14: the same value for `keep` (RFC 6223). */
static void
edit_keepalive(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	const uint32_t seconds = w->engine->config->file->edge.flow_timer;
	const struct sip_message *msg = &meta->msg;
	struct sip_writer to;
	struct sip_via via;
	struct flow flow;

	if (seconds == 0 || msg->status >= 300 || !is_for_user_agent(meta, &via))
		return;
	if (is_to_register(meta) && msg->status >= 200 &&
	    sip_list_has(msg, SIP_HDR_REQUIRE, SLICE("outbound")) &&
	    msg->first[SIP_HDR_FLOW_TIMER] == SIP_NO_HEADER) {
		to = sip_edit_begin(e);
		SIP_PUT(&to, "Flow-Timer: ");
		sip_put_uint(&to, seconds);
		SIP_PUT(&to, "\r\n");
		sip_edit_commit(e, msg->header[msg->first[SIP_HDR_VIA]].line_off, 0, &to);
		flow = asked_on(w, meta);
		/* else somebody else's silence would be taken for death: anybody writes a Via */
		if (sip_via_names_source(&via))
			via_flow_told_timer(w, &flow, seconds);
	}
	if (!via.has_keep || !sip_via_names_source(&via) || !wants_keepalives(w, meta))
		return;
	to = sip_edit_begin(e);
	SIP_PUT(&to, "=");
	sip_put_uint(&to, seconds);
	sip_edit_commit(e, (uint16_t)(via.value.ptr + via.keep_end - msg->base), 0, &to);
}

/*
 * GR-63: a user agent that is reached by its GRUU is reached by its Path, which leads through us
 * anyway; the other side need not know the flow.
 */
static void
drop_record_route(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	struct slice contact = sip_header_get(&meta->msg, SIP_HDR_CONTACT);
	struct sip_address address;
	unsigned int place;
	struct sip_uri uri;

	if (meta->msg.first[SIP_HDR_RECORD_ROUTE] == SIP_NO_HEADER || contact.ptr == NULL ||
	    !sip_address_decode(sip_list_cut(&contact), &address) ||
	    !sip_uri_decode(address.uri, &uri) || !sip_param_find(uri.params, SLICE("gr"), NULL))
		return;
	/* it is the topmost, if at all: nobody is between us and the user agent */
	if (record_route_names(w, meta, &meta->flow, &place) && place == 0)
		sip_edit_pop(e, &meta->msg, SIP_HDR_RECORD_ROUTE, 1);
}

/* OB-77, PR-18: 430 is for proxies; a user agent takes it for 400. */
static void
edit_flow_failed(const struct via_meta *meta, struct sip_edits *e)
{
	const struct sip_message *msg = &meta->msg;
	uint16_t end = (uint16_t)(msg->reason.off + msg->reason.len);
	struct sip_via via;

	if (msg->status == 430 &&
	    ((meta->flags & VIA_AS_UNAVAILABLE) != 0 || is_for_user_agent(meta, &via)))
		sip_edit_replace(e, STATUS_OFF, (uint16_t)(end - STATUS_OFF),
				 SLICE("480 Temporarily Unavailable"));
}

void
egress_response_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	const struct config_file_edge *edge = &w->engine->config->file->edge;

	sip_edits_init(e);
	egress_edit_version(&meta->msg, e);
	edit_flow_failed(meta, e);
	if (edge->enabled) {
		edit_keepalive(w, meta, e);
		if (unlikely(edge->drop_record_route))
			drop_record_route(w, meta, e);
	}
	trust_strip_edits(w, meta, e);
	sip_edit_pop(e, &meta->msg, SIP_HDR_VIA, 1);
}
