/* SPDX-License-Identifier: BSD-3-Clause */
/* Record-Route and Path: what brings later requests back to us, and to the right flow. */
#include "dialog_mark.h"
#include "egress.h"
#include "sip/list.h"

/* The edge's form of a URI that is written for this request. */
static bool
is_draft_form(const struct egress *x)
{
	return x->w->engine->config->file->edge.form == CONFIG_FORM_DRAFT00;
}

/* OB-84: the next hop, or the one behind it, is named by a SIPS URI. */
static struct slice
scheme(const struct egress *x)
{
	struct slice route = x->meta->route_uri;
	bool sips = x->meta->uri.scheme == SIP_SCHEME_SIPS;

	if ((x->meta->flags & VIA_ROUTE_LEFT) != 0 && route.len > 5)
		sips |= slice_eq_nocase(slice_of(route.ptr, 5), SLICE("sips:"));
	return sips ? SLICE("<sips:") : SLICE("<sip:");
}

void
egress_put_token_uri(struct via_worker *worker, struct sip_writer *w, const struct flow *flow,
		     enum flow_token_class class, uint8_t listener)
{
	const char *name = worker->engine->config->file->edge.name;
	uint16_t port = via_listener(worker, listener)->address.port;
	char token[FLOW_TOKEN_MAX];
	size_t n = flow_token_make(&worker->tables->keys, worker->engine->token_form, flow, class,
				   token);

	via_count(worker, STATS_tokens_made);
	sip_put(w, slice_of(token, n));
	SIP_PUT(w, "@");
	if (name == NULL) {
		egress_put_listener(w, via_listener(worker, listener));
	} else {
		sip_put(w, slice_str(name));
		if (port != 5060) {
			SIP_PUT(w, ":");
			sip_put_uint(w, port);
		}
	}
	SIP_PUT(w, ";lr");
	if (worker->engine->config->file->edge.form == CONFIG_FORM_DRAFT00)
		SIP_PUT(w, ";stun"); /* OB-42: the port answers STUN */
}

/* "<sip:TOKEN@HOST;lr" */
static void
put_token_uri(const struct egress *x, struct sip_writer *w, const struct flow *flow,
	      enum flow_token_class class, uint8_t listener)
{
	sip_put(w, scheme(x));
	egress_put_token_uri(x->w, w, flow, class, listener);
}

static void
put_mark(const struct egress *x, struct sip_writer *w)
{
	char mark[DIALOG_MARK_LEN];

	SIP_PUT(w, ";vd=");
	sip_put(w, dialog_mark_make(x->w->tables->keys.branch, x->meta->fields.call_id, mark));
}

static void
put_plain_record_route(const struct egress *x, struct sip_writer *w, uint8_t listener)
{
	SIP_PUT(w, "Record-Route: ");
	sip_put(w, scheme(x));
	egress_put_listener(w, via_listener(x->w, listener));
	SIP_PUT(w, ";lr");
	put_mark(x, w);
	SIP_PUT(w, ">\r\n");
}

/*
 * OB-27: the draft has one class, and the same URI in Path and Record-Route. A token is of a flow,
 * not of a dialog: where a BYE has to prove its dialog (via_auth) it has the mark besides.
 */
static void
put_token_record_route(const struct egress *x, struct sip_writer *w, const struct flow *flow,
		       uint8_t listener)
{
	SIP_PUT(w, "Record-Route: ");
	put_token_uri(x, w, flow, is_draft_form(x) ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE,
		      listener);
	if (unlikely(x->w->auth != NULL) && !is_draft_form(x))
		put_mark(x, w);
	SIP_PUT(w, ">\r\n");
}

/* The request marks its dialog for outbound (RFC 5626 §5.3). */
static bool
asks_for_ob(const struct egress *x)
{
	struct slice contact = sip_header_get(x->msg, SIP_HDR_CONTACT);
	struct sip_address address;
	struct sip_uri uri;

	if ((x->meta->flags & VIA_TOKEN_OB) != 0)
		return true;
	return contact.ptr != NULL && sip_address_decode(sip_list_cut(&contact), &address) &&
	       sip_uri_decode(address.uri, &uri) && sip_param_find(uri.params, SLICE("ob"), NULL);
}

/* OB-25 to OB-27: the side of the edge that faces a user agent is named by a token of its flow. */
static bool
wants_token(const struct egress *x)
{
	const struct config_file_edge *edge = &x->w->engine->config->file->edge;

	if (!edge->enabled)
		return false;
	if (is_draft_form(x))
		return true;
	if (edge->record_route == CONFIG_RECORD_ROUTE_OFF)
		return false;
	return edge->record_route == CONFIG_RECORD_ROUTE_ALWAYS || asks_for_ob(x) ||
	       x->msg->method == SIP_NOTIFY;
}

/*
 * A request that makes a dialog: one without To tag, or a NOTIFY that came by our Record-Route,
 * because each notifier of a forked SUBSCRIBE makes a dialog of its own with it (RFC 6665 §4.3).
 */
static bool
makes_dialog(const struct egress *x)
{
	if (x->meta->fields.to_tag.ptr == NULL)
		return sip_method_forms_dialog((enum sip_method)x->msg->method);
	return x->msg->method == SIP_NOTIFY && (x->meta->flags & VIA_BY_RECORD_ROUTE) != 0;
}

/*
 * Whatever the configuration says: GRUUs lead past the edges that a Path leads through, so those
 * count on the home proxy (GR-58, GR-60).
 */
static bool
must_stay(const struct egress *x)
{
	return (x->meta->flags & VIA_MUST_RECORD_ROUTE) != 0 ||
	       (x->branch.has_instance && x->branch.path.ptr != NULL &&
		x->w->engine->config->file->registrar.gruu != CONFIG_GRUU_OFF);
}

/*
 * Where the message crosses from one of our addresses to another it gets two values, the receiving
 * side below, the sending side on top (RFC 5658, RC-13), unless one name stands for both.
 */
void
egress_record_route(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	const struct config_file *f = x->w->engine->config->file;
	bool to_flow = meta->target == VIA_TARGET_FLOW;
	bool from_ua = (meta->flags & VIA_FIRST_HOP) != 0 && (meta->flags & VIA_FROM_PEER) == 0;
	bool token_out, token_in;
	struct flow out = { .transport = FLOW_UDP };
	struct sip_writer w;

	if (!makes_dialog(x))
		return;
	/* a user agent that registered from behind a NAT is reached by its flow or not at all */
	token_out = to_flow && (wants_token(x) || x->branch.contact.ptr != NULL);
	token_in = from_ua && wants_token(x);
	if (!token_out && !token_in && !f->proxy.record_route && !must_stay(x))
		return;
	out.local = via_listener(x->w, meta->out_listener)->address;
	out.remote = meta->to;
	w = sip_edit_begin(x->e);
	if (token_out)
		put_token_record_route(x, &w, &out, meta->out_listener);
	else if (meta->out_listener != meta->listener && (f->edge.name == NULL || !token_in))
		put_plain_record_route(x, &w, meta->out_listener);
	if (token_in)
		put_token_record_route(x, &w, &meta->flow, meta->listener);
	else if (meta->out_listener != meta->listener ? f->edge.name == NULL || !token_out
						      : !token_out)
		put_plain_record_route(x, &w, meta->listener);
	sip_edit_commit(x->e, egress_line_place(x, SIP_HDR_RECORD_ROUTE), 0, &w);
}

void
egress_path(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	struct sip_writer w;

	if ((meta->flags & VIA_ADD_PATH) == 0)
		return;
	w = sip_edit_begin(x->e);
	SIP_PUT(&w, "Path: ");
	put_token_uri(x, &w, &meta->flow, FLOW_TOKEN_PATH, meta->out_listener);
	if ((meta->flags & VIA_PATH_OB) != 0 && !is_draft_form(x))
		SIP_PUT(&w, ";ob");
	SIP_PUT(&w, ">\r\n");
	sip_edit_commit(x->e, egress_line_place(x, SIP_HDR_PATH), 0, &w);
	if ((meta->flags & VIA_REQUIRE_PATH) != 0 &&
	    !sip_list_has(x->msg, SIP_HDR_REQUIRE, SLICE("path")))
		sip_edit_replace(x->e, x->top, 0, SLICE("Require: path\r\n"));
	flows_seen(&x->w->flows, &meta->flow, x->w->mono_ms);
}
