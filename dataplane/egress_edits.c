/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_edits.h"

#include "dialog_mark.h"
#include "sip/chars.h"
#include "sip/list.h"

enum { MAX_FORWARDS_DEFAULT = 70, FLOW_TIMER_S = 29 /* spec 5.1 item 8: UDP */ };

/* One request on its way out. */
struct egress {
	struct via_worker *w;
	const struct via_meta *meta;
	const struct sip_message *msg;
	struct sip_edits *e;
	uint16_t top; /* where new header lines go: the topmost Via line */
	bool has_binding;
	struct binding binding; /* borrows from w->record */
};

static uint16_t
offset_in(const struct sip_message *msg, const char *p)
{
	return (uint16_t)(p - msg->base);
}

static void
put_listener(struct sip_writer *w, const struct config_listener *l)
{
	sip_put(w, slice_of(l->text, l->text_len));
}

/* ---- Request-URI ---- */

static bool
name_is(struct slice param, struct slice name)
{
	return slice_eq_nocase(slice_cut(&param, '='), name);
}

/* RFC 3261 §16.4: without maddr, and without port and transport as they came with it. */
static void
replace_without_maddr(const struct egress *x, const struct sip_uri *uri)
{
	struct sip_writer w = sip_edit_begin(x->e);
	struct slice rest = uri->params, front = uri->text;
	const char *host_end = slice_end(uri->host);

	front.len = (size_t)(host_end - front.ptr);
	sip_put(&w, front);
	while (rest.ptr != NULL) {
		struct slice param = slice_cut(&rest, ';');

		if (name_is(param, SLICE("maddr")) || name_is(param, SLICE("transport")))
			continue;
		SIP_PUT(&w, ";");
		sip_put(&w, param);
	}
	sip_edit_commit(x->e, x->msg->uri.off, x->msg->uri.len, &w);
}

static void
edit_request_uri(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	struct sip_uri uri;

	if (x->has_binding) {
		struct slice contact = x->binding.contact;

		/* RFC 3261 §19.1.1: no header component in a Request-URI */
		if (sip_uri_decode(contact, &uri) && uri.headers.ptr != NULL)
			contact.len = (size_t)(uri.headers.ptr - 1 - contact.ptr);
		sip_edit_replace(x->e, x->msg->uri.off, x->msg->uri.len, contact);
	} else if ((meta->flags & VIA_STRICT_NEXT) != 0) {
		sip_edit_replace(x->e, x->msg->uri.off, x->msg->uri.len, meta->route_uri);
	} else if ((meta->flags & VIA_STRIP_MADDR) != 0) {
		replace_without_maddr(x, &meta->uri);
	} else if ((meta->flags & VIA_STRICT_BEFORE) != 0) {
		sip_edit_replace(x->e, x->msg->uri.off, x->msg->uri.len, meta->uri.text);
	}
}

/* RFC 3261 §7.1: SIP-Version is read in any case and sent in upper case. */
static void
edit_version(const struct sip_message *msg, struct sip_edits *e)
{
	uint16_t off = sip_is_request(msg) ? (uint16_t)(msg->uri.off + msg->uri.len + 1) : 0;

	if (memcmp(msg->base + off, "SIP", 3) != 0)
		sip_edit_replace(e, off, 3, SLICE("SIP"));
}

/* ---- Via, Max-Forwards, Max-Breadth ---- */

static void
edit_via(const struct egress *x)
{
	struct sip_writer w = sip_edit_begin(x->e);
	char ip[FLOW_IP_TEXT_MAX];

	SIP_PUT(&w, "Via: SIP/2.0/UDP ");
	put_listener(&w, via_listener(x->w, x->meta->out_listener));
	SIP_PUT(&w, ";branch=");
	branch_write(&w, &x->meta->branch,
		     (x->meta->flags & VIA_HAS_LOOP) != 0 ? &x->meta->loop : NULL);
	SIP_PUT(&w, "\r\n");
	sip_edit_commit(x->e, x->top, 0, &w);
	sip_edit_source(x->e, x->msg, &x->meta->fields.via, flow_ip_text(&x->meta->flow.remote, ip),
			x->meta->flow.remote.port);
}

/* RFC 3261 §16.6 item 3, with the clamp of spec/rfc5393.md 4: never more than 69 leave. */
static void
edit_max_forwards(const struct egress *x)
{
	uint32_t hops = x->meta->fields.max_forwards;
	unsigned int line = x->msg->first[SIP_HDR_MAX_FORWARDS];
	struct sip_writer w = sip_edit_begin(x->e);

	if (line == SIP_NO_HEADER) {
		SIP_PUT(&w, "Max-Forwards: ");
		sip_put_uint(&w, MAX_FORWARDS_DEFAULT);
		SIP_PUT(&w, "\r\n");
		sip_edit_commit(x->e, x->top, 0, &w);
		return;
	}
	if (hops > MAX_FORWARDS_DEFAULT)
		hops = MAX_FORWARDS_DEFAULT;
	sip_put_uint(&w, hops - 1);
	sip_edit_commit(x->e, x->msg->header[line].value_off, x->msg->header[line].value_len, &w);
}

/* MB-01 to MB-04. A CANCEL carries what it came with (RFC 5393 §5.4.1). */
static void
edit_max_breadth(const struct egress *x)
{
	unsigned int line = x->msg->first[SIP_HDR_MAX_BREADTH];
	struct sip_writer w;

	if (x->msg->method == SIP_CANCEL || x->meta->fields.max_breadth == x->meta->breadth)
		return;
	w = sip_edit_begin(x->e);
	if (line == SIP_NO_HEADER) {
		SIP_PUT(&w, "Max-Breadth: ");
		sip_put_uint(&w, x->meta->breadth);
		SIP_PUT(&w, "\r\n");
		sip_edit_commit(x->e, x->top, 0, &w);
		return;
	}
	sip_put_uint(&w, x->meta->breadth);
	sip_edit_commit(x->e, x->msg->header[line].value_off, x->msg->header[line].value_len, &w);
}

/* ---- Route ---- */

/* Where new lines of a header go: in front of the first such line, or with the others. */
static uint16_t
line_place(const struct egress *x, enum sip_header_id id)
{
	unsigned int line = x->msg->first[id];

	return line == SIP_NO_HEADER ? x->top : x->msg->header[line].line_off;
}

/* OB-72: the stored Path becomes the Route, in order, in front of what is there. */
static void
add_path_routes(const struct egress *x)
{
	struct slice path = x->has_binding ? x->binding.path : SLICE_ABSENT;
	struct sip_writer w;

	if ((x->meta->flags & VIA_PATH_OPENED) != 0)
		sip_list_cut(&path);
	if (path.ptr == NULL)
		return;
	w = sip_edit_begin(x->e);
	SIP_PUT(&w, "Route: ");
	sip_put(&w, sip_trim(path));
	SIP_PUT(&w, "\r\n");
	sip_edit_commit(x->e, line_place(x, SIP_HDR_ROUTE), 0, &w);
}

/* RFC 3261 §16.6 item 6: a strict router finds the Request-URI at the end of the Route. */
static void
append_request_uri(const struct egress *x)
{
	unsigned int last = x->msg->first[SIP_HDR_ROUTE], next;
	struct sip_writer w = sip_edit_begin(x->e);

	while ((next = sip_header_next(x->msg, last)) != SIP_NO_HEADER)
		last = next;
	SIP_PUT(&w, "Route: <");
	sip_put(&w, x->meta->uri.text);
	SIP_PUT(&w, ">\r\n");
	sip_edit_commit(x->e, sip_header_line_end(x->msg, last), 0, &w);
}

/* RFC 3261 §16.4: the last Route value has become the Request-URI. */
static void
remove_last_route(const struct egress *x)
{
	struct slice element = SLICE_ABSENT, last = SLICE_ABSENT, before = SLICE_ABSENT;
	struct sip_list_iter it;
	unsigned int line = 0;
	uint16_t off;

	sip_list_iter_init(&it, x->msg, SIP_HDR_ROUTE);
	while (sip_list_next(&it, &element)) {
		before = it.header == line ? last : SLICE_ABSENT;
		last = element;
		line = it.header;
	}
	if (before.ptr == NULL) {
		off = x->msg->header[line].line_off;
		sip_edit_replace(x->e, off, (uint16_t)(sip_header_line_end(x->msg, line) - off),
				 SLICE_ABSENT);
		return;
	}
	off = offset_in(x->msg, slice_end(before));
	sip_edit_replace(x->e, off, (uint16_t)(slice_end(last) - slice_end(before)), SLICE_ABSENT);
}

static void
edit_routes(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	unsigned int pop = meta->pop_routes;
	unsigned int taken;

	add_path_routes(x);
	if ((meta->flags & VIA_STRICT_NEXT) != 0) {
		append_request_uri(x);
		pop++;
	}
	taken = pop + ((meta->flags & VIA_STRICT_BEFORE) != 0 ? 1 : 0);
	if (taken == 0)
		return;
	if (taken >= meta->route_count) {
		sip_edit_remove_all(x->e, x->msg, SIP_HDR_ROUTE);
		return;
	}
	sip_edit_pop(x->e, x->msg, SIP_HDR_ROUTE, pop);
	if ((meta->flags & VIA_STRICT_BEFORE) != 0)
		remove_last_route(x);
}

/* ---- Record-Route and Path ---- */

/* "<sip:TOKEN@HOST;lr>", HOST being the edge's name or the address of a listener. */
static void
put_token_uri(const struct egress *x, struct sip_writer *w, const struct flow *flow,
	      enum flow_token_class class, uint8_t listener)
{
	const char *name = x->w->engine->config->file->edge.name;
	char token[FLOW_TOKEN_MAX];
	size_t n = flow_token_make(&x->w->tables->keys, flow, class, token);

	via_count(x->w, STATS_tokens_made);
	SIP_PUT(w, "<sip:");
	sip_put(w, slice_of(token, n));
	SIP_PUT(w, "@");
	if (name != NULL) {
		uint16_t port = via_listener(x->w, listener)->address.port;

		sip_put(w, slice_str(name));
		if (port != 5060) {
			SIP_PUT(w, ":");
			sip_put_uint(w, port);
		}
	} else {
		put_listener(w, via_listener(x->w, listener));
	}
	SIP_PUT(w, ";lr");
}

static void
put_plain_record_route(const struct egress *x, struct sip_writer *w, uint8_t listener)
{
	char mark[DIALOG_MARK_LEN];

	SIP_PUT(w, "Record-Route: <sip:");
	put_listener(w, via_listener(x->w, listener));
	SIP_PUT(w, ";lr;vd=");
	sip_put(w, dialog_mark_make(x->w->tables->keys.branch, x->meta->fields.call_id, mark));
	SIP_PUT(w, ">\r\n");
}

static void
put_token_record_route(const struct egress *x, struct sip_writer *w, const struct flow *flow,
		       uint8_t listener)
{
	SIP_PUT(w, "Record-Route: ");
	put_token_uri(x, w, flow, FLOW_TOKEN_RECORD_ROUTE, listener);
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

/* OB-25, OB-26: the side of the edge that faces a user agent is named by a token of its flow. */
static bool
wants_token(const struct egress *x)
{
	const struct config_file_edge *edge = &x->w->engine->config->file->edge;

	if (!edge->enabled || edge->record_route == CONFIG_RECORD_ROUTE_OFF)
		return false;
	return edge->record_route == CONFIG_RECORD_ROUTE_ALWAYS || asks_for_ob(x);
}

/*
 * Stay on the path of a dialog (RFC 3261 §16.6 item 4). Where the message crosses from one of our
 * addresses to another it gets two values, the receiving side below, the sending side on top
 * (RFC 5658, RC-13), unless one name stands for both.
 */
static void
edit_record_route(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	const struct config_file *f = x->w->engine->config->file;
	bool to_flow = meta->target == VIA_TARGET_FLOW;
	bool from_ua = (meta->flags & VIA_FIRST_HOP) != 0 && (meta->flags & VIA_FROM_PEER) == 0;
	bool token_out, token_in;
	struct flow out = { .transport = FLOW_UDP };
	struct sip_writer w;

	if (!sip_method_forms_dialog((enum sip_method)x->msg->method) ||
	    meta->fields.to_tag.ptr != NULL)
		return;
	/* a user agent that registered from behind a NAT is reached by its flow or not at all */
	token_out = to_flow && (wants_token(x) || x->has_binding);
	token_in = from_ua && wants_token(x);
	if (!token_out && !token_in && !f->proxy.record_route)
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
	sip_edit_commit(x->e, line_place(x, SIP_HDR_RECORD_ROUTE), 0, &w);
}

/* OB-01, OB-04, OB-09 */
static void
edit_path(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	struct sip_writer w;

	if ((meta->flags & VIA_ADD_PATH) == 0)
		return;
	w = sip_edit_begin(x->e);
	SIP_PUT(&w, "Path: ");
	put_token_uri(x, &w, &meta->flow, FLOW_TOKEN_PATH, meta->out_listener);
	if ((meta->flags & VIA_PATH_OB) != 0)
		SIP_PUT(&w, ";ob");
	SIP_PUT(&w, ">\r\n");
	sip_edit_commit(x->e, line_place(x, SIP_HDR_PATH), 0, &w);
	if ((meta->flags & VIA_REQUIRE_PATH) != 0 &&
	    !sip_list_has(x->msg, SIP_HDR_REQUIRE, SLICE("path")))
		sip_edit_replace(x->e, x->top, 0, SLICE("Require: path\r\n"));
	flows_seen(&x->w->flows, &meta->flow, x->w->now_ms);
}

bool
egress_request_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	struct egress x = { .w = w, .meta = meta, .msg = &meta->msg, .e = e };

	x.top = meta->msg.header[meta->msg.first[SIP_HDR_VIA]].line_off;
	if ((meta->flags & VIA_HAS_BINDING) != 0) {
		if (!binding_find_ref(&w->tables->bindings, meta->ref, &w->record) ||
		    !binding_get(&w->record, meta->binding, &x.binding))
			return false;
		x.has_binding = true;
	}
	sip_edits_init(e);
	edit_request_uri(&x);
	edit_version(x.msg, e);
	edit_max_forwards(&x);
	edit_max_breadth(&x);
	edit_record_route(&x);
	edit_path(&x);
	edit_routes(&x);
	edit_via(&x); /* last at its place: right in front of the other Via lines */
	return true;
}

/* Flow-Timer where outbound was applied, and the same value for `keep` (RFC 5626 §5.4, RFC 6223).
 */
static void
edit_flow_timer(const struct via_meta *meta, struct sip_edits *e)
{
	const struct sip_message *msg = &meta->msg;
	struct sip_list_iter it;
	struct sip_writer w;
	struct slice value, third;
	struct sip_via via;

	/* ours and the user agent's, and no other proxy's */
	sip_list_iter_init(&it, msg, SIP_HDR_VIA);
	if (!sip_list_next(&it, &value) || !sip_list_next(&it, &value) ||
	    sip_list_next(&it, &third))
		return;
	if (sip_list_has(msg, SIP_HDR_REQUIRE, SLICE("outbound")) &&
	    msg->first[SIP_HDR_FLOW_TIMER] == SIP_NO_HEADER) {
		w = sip_edit_begin(e);
		SIP_PUT(&w, "Flow-Timer: ");
		sip_put_uint(&w, FLOW_TIMER_S);
		SIP_PUT(&w, "\r\n");
		sip_edit_commit(e, msg->header[msg->first[SIP_HDR_VIA]].line_off, 0, &w);
	}
	if (!sip_via_decode(value, &via) || !via.has_keep)
		return;
	w = sip_edit_begin(e);
	SIP_PUT(&w, "=");
	sip_put_uint(&w, FLOW_TIMER_S);
	sip_edit_commit(e, (uint16_t)(offset_in(msg, via.value.ptr) + via.keep_end), 0, &w);
}

void
egress_response_edits(const struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	const struct sip_message *msg = &meta->msg;

	sip_edits_init(e);
	edit_version(msg, e);
	if (w->engine->config->file->edge.enabled && msg->status / 100 == 2 &&
	    meta->fields.via_count > 1 && slice_eq(meta->fields.cseq_method, SLICE("REGISTER")))
		edit_flow_timer(meta, e);
	sip_edit_pop(e, msg, SIP_HDR_VIA, 1);
}
