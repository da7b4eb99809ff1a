/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_edits.h"

#include "authentication.h"
#include "egress.h"
#include "lookup.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "trust.h"

enum { MAX_FORWARDS_DEFAULT = 70 };

static uint16_t
offset_in(const struct sip_message *msg, const char *p)
{
	return (uint16_t)(p - msg->base);
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

/* GR-48: the `grid` of the Request-URI in place of the contact's. */
static void
put_grid(const struct egress *x, struct sip_writer *w, struct slice contact_params)
{
	struct gruu gruu;

	while (contact_params.ptr != NULL) {
		struct slice param = slice_cut(&contact_params, ';');

		if (name_is(param, SLICE("grid")))
			continue;
		SIP_PUT(w, ";");
		sip_put(w, param);
	}
	via_gruu_of(x->w, &x->meta->uri, &gruu);
	SIP_PUT(w, ";grid");
	if (gruu.grid.ptr != NULL) {
		SIP_PUT(w, "=");
		sip_put(w, gruu.grid);
	}
}

/*
 * The contact of the binding as Request-URI: without headers (RFC 3261 §19.1.1), and of a request
 * to a sip URI as a sip URI (RFC 5630 §5.3). Of the GRUU's parameters nothing is taken (GR-44), but
 * `grid` where that is understood.
 */
static void
put_contact(const struct egress *x, struct sip_writer *w)
{
	bool grid = (x->meta->flags & VIA_COPY_GRID) != 0;
	struct slice contact = x->branch.contact;
	struct slice params = SLICE_ABSENT;
	struct sip_uri uri;

	if (sip_uri_decode(contact, &uri)) {
		if (uri.headers.ptr != NULL)
			contact.len = (size_t)(uri.headers.ptr - 1 - contact.ptr);
		if (grid && uri.params.ptr != NULL) {
			params = uri.params;
			contact.len = (size_t)(params.ptr - 1 - contact.ptr);
		}
		if (uri.scheme == SIP_SCHEME_SIPS) {
			SIP_PUT(w, "sip");
			contact.ptr += 4;
			contact.len -= 4;
		}
	}
	sip_put(w, contact);
	if (unlikely(grid))
		put_grid(x, w, params);
}

static void
edit_request_uri(const struct egress *x)
{
	const struct via_meta *meta = x->meta;
	struct sip_writer w;

	if ((meta->flags & VIA_STRICT_NEXT) != 0) {
		sip_edit_replace(x->e, x->msg->uri.off, x->msg->uri.len, meta->route_uri);
	} else if (x->branch.contact.ptr != NULL) {
		w = sip_edit_begin(x->e);
		put_contact(x, &w);
		sip_edit_commit(x->e, x->msg->uri.off, x->msg->uri.len, &w);
	} else if ((meta->flags & VIA_STRIP_MADDR) != 0) {
		replace_without_maddr(x, &meta->uri);
	} else if ((meta->flags & VIA_STRICT_BEFORE) != 0) {
		sip_edit_replace(x->e, x->msg->uri.off, x->msg->uri.len, meta->uri.text);
	}
}

/* RFC 3261 §7.1: SIP-Version is read in any case and sent in upper case. */
void
egress_edit_version(const struct sip_message *msg, struct sip_edits *e)
{
	uint16_t off = sip_is_request(msg) ? (uint16_t)(msg->uri.off + msg->uri.len + 1) : 0;

	if (memcmp(msg->base + off, "SIP", 3) != 0)
		sip_edit_replace(e, off, 3, SLICE("SIP"));
}

/* ---- Via, Max-Forwards, Max-Breadth ---- */

static void
edit_via(const struct egress *x)
{
	const struct loop_part *loop = (x->meta->flags & VIA_HAS_LOOP) != 0 ? &x->meta->loop : NULL;
	struct sip_writer w = sip_edit_begin(x->e);
	char ip[FLOW_IP_TEXT_MAX];

	SIP_PUT(&w, "Via: SIP/2.0/UDP ");
	egress_put_listener(&w, via_listener(x->w, x->meta->out_listener));
	SIP_PUT(&w, ";branch=");
	if ((x->meta->flags & VIA_STATEFUL) != 0)
		branch_client_write(&w, &x->meta->client, loop);
	else
		branch_write(&w, &x->meta->branch, loop,
			     (x->meta->flags & VIA_HAS_BINDING) != 0 ? &x->meta->branch_target
								     : NULL);
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

/*
 * OB-72: the stored Path becomes the Route, in order, in front of what is there. RC-21, RC-22: the
 * Contact of a 305 stands in place of the topmost value, or alone.
 */
static void
add_routes(const struct egress *x)
{
	struct slice path = x->branch.path, instead = x->branch.route;
	struct sip_writer w;

	if (path.ptr != NULL && (x->meta->flags & VIA_PATH_OPENED) != 0)
		sip_list_cut(&path);
	/* GR-50: a request that has its Route already keeps to that */
	if ((x->meta->flags & VIA_ROUTE_LEFT) != 0)
		path = SLICE_ABSENT;
	if (path.ptr == NULL && instead.ptr == NULL)
		return;
	w = sip_edit_begin(x->e);
	SIP_PUT(&w, "Route: ");
	sip_put(&w, instead);
	if (path.ptr != NULL && instead.ptr != NULL)
		sip_list_cut(&path);
	if (path.ptr != NULL && instead.ptr != NULL)
		SIP_PUT(&w, ", ");
	if (path.ptr != NULL)
		sip_put(&w, sip_trim(path));
	SIP_PUT(&w, "\r\n");
	sip_edit_commit(x->e, egress_line_place(x, SIP_HDR_ROUTE), 0, &w);
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
	if (x->branch.contact.ptr != NULL)
		put_contact(x, &w);
	else
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

	add_routes(x);
	if (x->branch.route.ptr != NULL && (meta->flags & VIA_ROUTE_LEFT) != 0)
		pop++;
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

static struct egress
egress_of(struct via_worker *w, const struct via_meta *meta, const struct egress_branch *branch,
	  struct sip_edits *e)
{
	sip_edits_init(e);
	return (struct egress){
		.w = w,
		.meta = meta,
		.msg = &meta->msg,
		.e = e,
		.top = meta->msg.header[meta->msg.first[SIP_HDR_VIA]].line_off,
		.branch = *branch,
	};
}

void
egress_branch_edits(struct via_worker *w, const struct via_meta *meta,
		    const struct egress_branch *branch, struct sip_edits *e)
{
	struct egress x = egress_of(w, meta, branch, e);

	edit_request_uri(&x);
	egress_edit_version(x.msg, e);
	edit_max_forwards(&x);
	edit_max_breadth(&x);
	egress_record_route(&x);
	egress_path(&x);
	edit_routes(&x);
	trust_strip_edits(w, meta, e);
	if (unlikely(w->auth != NULL))
		via_auth_edits(w, meta, e);
	edit_via(&x); /* last at its place: right in front of the other Via lines */
}

void
egress_way_edits(struct via_worker *w, const struct via_meta *meta,
		 const struct egress_branch *branch, struct sip_edits *e)
{
	struct egress x = egress_of(w, meta, branch, e);

	edit_request_uri(&x);
	egress_edit_version(x.msg, e);
	edit_max_forwards(&x);
	edit_routes(&x);
	edit_via(&x);
}

bool
egress_request_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	struct egress_branch branch = { .contact = SLICE_ABSENT };
	struct binding b;

	if ((meta->flags & VIA_HAS_BINDING) != 0) {
		if (!binding_find_ref(&w->tables->bindings, meta->ref, &w->record) ||
		    !binding_get(&w->record, meta->binding, &b))
			return false;
		branch.contact = b.contact;
		branch.path = b.path;
		branch.has_instance = b.instance.ptr != NULL;
	}
	egress_branch_edits(w, meta, &branch, e);
	return true;
}
