/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_set.h"

#include "dialog_mark.h"
#include "flow_state.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "unsolicited.h"

/* A user part with its percent escapes decoded (spec 5.1 item 14). Absent when too long. */
static struct slice
unescape(struct slice user, char out[VIA_ROUTE_USER_MAX])
{
	size_t n = 0;

	if (user.len <= VIA_ROUTE_USER_MAX && memchr(user.ptr, '%', user.len) == NULL)
		return user;
	for (size_t i = 0; i < user.len; i++) {
		char c = user.ptr[i];

		if (n == VIA_ROUTE_USER_MAX)
			return SLICE_ABSENT;
		if (c == '%' && user.len - i >= 3) {
			c = (char)(sip_hex_value(user.ptr[i + 1]) << 4 |
				   sip_hex_value(user.ptr[i + 2]));
			i += 2;
		}
		out[n++] = c;
	}
	return slice_of(out, n);
}

static bool
is_draft_form(const struct via_worker *w)
{
	return w->engine->config->file->edge.form == CONFIG_FORM_DRAFT00;
}

/* OB-20 */
static enum via_reason
flow_is_gone(struct via_worker *w)
{
	via_count(w, STATS_tokens_dead);
	return via_flow_refusal(w->engine);
}

static enum via_reason
token_refused(struct via_worker *w, enum flow_token_result result)
{
	if (result == FLOW_TOKEN_KEY_RETIRED)
		return flow_is_gone(w);
	via_count(w, STATS_tokens_refused);
	return VIA_REASON_BAD_TOKEN;
}

/*
 * Spec 5.1 item 4: who may use which class of token for a request towards a flow. The draft has one
 * class, which goes into Record-Route as well: there anybody may.
 */
static bool
may_use(const struct via_worker *w, const struct via_meta *meta, enum flow_token_class class)
{
	if (is_draft_form(w))
		return true;
	return ((meta->flags & VIA_FROM_PEER) != 0 && class != FLOW_TOKEN_RECORD_ROUTE) ||
	       (meta->fields.to_tag.ptr != NULL && class != FLOW_TOKEN_PATH);
}

/* The token of a Route URI of ours. `*selected`: it names another flow than the request's. */
static enum via_reason
take_token(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri,
	   const struct flow_token_job *token, bool *selected)
{
	const struct flow flow = token->flow;
	int listener;

	if (token->result != FLOW_TOKEN_OK)
		return token_refused(w, token->result);
	meta->flags |= VIA_OWN_DIALOG; /* we wrote it */
	if (unlikely(w->auth != NULL) &&
	    dialog_mark_check(w->tables->keys.branch, meta->fields.call_id, uri->params))
		meta->flags |= VIA_MARKED;
	if (token->class != FLOW_TOKEN_PATH || is_draft_form(w))
		meta->flags |= VIA_BY_RECORD_ROUTE;
	if (sip_param_find(uri->params, SLICE("ob"), NULL))
		meta->flags |= VIA_TOKEN_OB;
	if (flow_eq(&flow, &meta->flow)) {
		meta->flags |= VIA_UA_FLOW; /* OB-21: outgoing */
		return VIA_REASON_NONE;
	}
	if (via_unsolicited_notify(w, meta))
		return VIA_REASON_NO_SUCH_DIALOG; /* PR-04: before the class is looked at */
	if (!may_use(w, meta, token->class)) {
		via_count(w, STATS_tokens_refused);
		return VIA_REASON_TOKEN_NOT_FOR_YOU;
	}
	listener = via_flow_listener(w, &flow);
	if (listener < 0)
		return flow_is_gone(w);
	via_count(w, STATS_tokens_opened);
	meta->target = VIA_TARGET_FLOW; /* OB-22 */
	meta->to = flow.remote;
	meta->out_listener = (uint8_t)listener;
	*selected = true;
	return VIA_REASON_NONE;
}

static enum via_reason
open_token(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri, bool *selected)
{
	struct flow_token_job token;
	char text[VIA_ROUTE_USER_MAX];

	token.result = flow_token_open(&w->tables->keys, unescape(uri->user, text), &token.flow,
				       &token.class);
	return take_token(w, meta, uri, &token, selected);
}

/* A Record-Route of ours comes back with the mark of its dialog. */
static void
note_dialog(const struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri)
{
	if (dialog_mark_check(w->tables->keys.branch, meta->fields.call_id, uri->params))
		meta->flags |= VIA_OWN_DIALOG | VIA_BY_RECORD_ROUTE | VIA_MARKED;
}

/* The Request-URI is one that we put into a Record-Route: a strict router sent it. */
static bool
is_own_record_route(const struct via_worker *w, const struct sip_uri *uri)
{
	return (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS) &&
	       sip_uri_is_loose(uri) && via_is_own_host(w, uri->host, uri->port);
}

/* RFC 3261 §16.4, RC-16: the real Request-URI is the last Route value, and ours goes out of use. */
static enum via_reason
repair_strict_route(struct via_worker *w, struct via_meta *meta, bool *selected)
{
	struct slice element = SLICE_ABSENT, last = SLICE_ABSENT;
	struct sip_uri own = meta->uri;
	struct sip_address address;
	struct sip_list_iter it;

	sip_list_iter_init(&it, &meta->msg, SIP_HDR_ROUTE);
	while (sip_list_next(&it, &element))
		last = element;
	meta->flags |= VIA_STRICT_BEFORE | VIA_OWN_ROUTE;
	if (!sip_address_decode(last, &address) || !sip_uri_decode(address.uri, &meta->uri))
		return VIA_REASON_UNSUPPORTED_SCHEME;
	if (own.user.ptr != NULL)
		return open_token(w, meta, &own, selected);
	note_dialog(w, meta, &own);
	return VIA_REASON_NONE;
}

/* RFC 3261 §16.4: an maddr of ours, where the request came in, is as if it were not written. */
static void
strip_own_maddr(struct via_worker *w, struct via_meta *meta)
{
	struct flow_address a;
	struct slice maddr;

	if (meta->uri.scheme != SIP_SCHEME_SIP ||
	    !sip_param_find(meta->uri.params, SLICE("maddr"), &maddr) || maddr.ptr == NULL)
		return;
	if (flow_ip_decode(maddr, &a)) {
		a.port = meta->uri.port != 0 ? meta->uri.port : 5060;
		if (via_listener_find(w->engine, &a) >= 0)
			meta->flags |= VIA_STRIP_MADDR;
	} else if (via_is_own_host(w, maddr, meta->uri.port)) {
		meta->flags |= VIA_STRIP_MADDR;
	}
	if ((meta->flags & VIA_STRIP_MADDR) != 0)
		meta->uri.port = 0; /* it came with the maddr */
}

bool
via_route_set_look(const struct via_worker *w, const struct via_meta *meta,
		   struct via_route_look *look, struct flow_token_job *job)
{
	struct slice value = sip_header_get(&meta->msg, SIP_HDR_ROUTE);
	struct sip_address address;

	look->text = SLICE_ABSENT;
	look->has_token = false;
	if (value.ptr == NULL || !sip_address_decode(sip_list_cut(&value), &address) ||
	    !sip_uri_decode(address.uri, &look->uri))
		return false;
	look->text = address.uri;
	look->own = via_is_own_host(w, look->uri.host, look->uri.port);
	if (!look->own || look->uri.user.ptr == NULL)
		return false;
	job->text = unescape(look->uri.user, look->user);
	look->has_token = true;
	return true;
}

/* A Route value of ours. `*stop` when the walk over them ends here. */
static enum via_reason
own_value(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri,
	  const struct flow_token_job *token, bool *stop)
{
	meta->pop_routes++;
	meta->flags |= VIA_OWN_ROUTE;
	if (uri->user.ptr == NULL) { /* OB-18 */
		note_dialog(w, meta, uri);
		return VIA_REASON_NONE;
	}
	if (token != NULL)
		return take_token(w, meta, uri, token, stop);
	return open_token(w, meta, uri, stop);
}

/* Somebody else's: the next hop. */
static void
next_value(struct via_meta *meta, const struct sip_uri *uri, struct slice text)
{
	meta->flags |= VIA_ROUTE_LEFT;
	if (!sip_uri_is_loose(uri))
		meta->flags |= VIA_STRICT_NEXT;
	meta->route_uri = text;
}

/* Look at one Route value. */
static enum via_reason
route_value(struct via_worker *w, struct via_meta *meta, struct slice element, bool *stop)
{
	struct sip_address address;
	struct sip_uri uri;

	if (!sip_address_decode(element, &address) || !sip_uri_decode(address.uri, &uri))
		return VIA_REASON_BAD_TOKEN; /* via_parse let it pass: cannot be */
	if (via_is_own_host(w, uri.host, uri.port))
		return own_value(w, meta, &uri, NULL, stop);
	next_value(meta, &uri, address.uri);
	*stop = true;
	return VIA_REASON_NONE;
}

/* The same for the first one, which has been looked at. */
static enum via_reason
first_value(struct via_worker *w, struct via_meta *meta, const struct via_route_look *look,
	    bool *stop)
{
	if (look->text.ptr == NULL)
		return VIA_REASON_BAD_TOKEN; /* as above */
	if (look->own)
		return own_value(w, meta, &look->uri, look->has_token ? &look->token : NULL, stop);
	next_value(meta, &look->uri, look->text);
	*stop = true;
	return VIA_REASON_NONE;
}

enum via_reason
via_route_set_process(struct via_worker *w, struct via_meta *meta,
		      const struct via_route_look *look)
{
	enum via_reason refused = VIA_REASON_NONE;
	struct sip_list_iter it;
	struct slice element;
	unsigned int usable;
	bool stop = false;

	meta->uri = meta->fields.uri;
	meta->route_uri = SLICE_ABSENT;
	meta->route_count = 0;
	if (meta->msg.first[SIP_HDR_ROUTE] != SIP_NO_HEADER) {
		sip_list_iter_init(&it, &meta->msg, SIP_HDR_ROUTE);
		while (sip_list_next(&it, &element))
			meta->route_count++;
		if (unlikely(is_own_record_route(w, &meta->uri)))
			refused = repair_strict_route(w, meta, &stop);
		usable = meta->route_count - ((meta->flags & VIA_STRICT_BEFORE) != 0 ? 1u : 0u);
		sip_list_iter_init(&it, &meta->msg, SIP_HDR_ROUTE);
		for (unsigned int i = 0; i < usable && !stop && refused == VIA_REASON_NONE; i++) {
			if (!sip_list_next(&it, &element))
				break;
			refused = i == 0 ? first_value(w, meta, look, &stop)
					 : route_value(w, meta, element, &stop);
		}
		/* spec 5.1 item 9: values behind the token's stay; they do not choose the way */
		if (meta->target == VIA_TARGET_FLOW)
			meta->flags &= ~(uint32_t)(VIA_ROUTE_LEFT | VIA_STRICT_NEXT);
	}
	strip_own_maddr(w, meta);
	return refused;
}

unsigned int
via_route_set_removed(const struct via_meta *meta, struct slice *uri, unsigned int max)
{
	struct sip_address address;
	struct sip_list_iter it;
	struct slice element;
	unsigned int n = 0;

	if (meta->pop_routes == 0)
		return 0;
	sip_list_iter_init(&it, &meta->msg, SIP_HDR_ROUTE);
	while (n < meta->pop_routes && n < max && sip_list_next(&it, &element)) {
		if (!sip_address_decode(element, &address))
			break;
		uri[n++] = address.uri;
	}
	return n;
}
