/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * One request made of any values with every writer of sip/build.h, and the decoders' word on
 * whether those values are what it says. For test_build.c and for the fuzz target.
 */
#ifndef TESTS_LIB_SIP_READBACK_H
#define TESTS_LIB_SIP_READBACK_H

#include "sip/build.h"
#include "sip/chars.h"
#include "sip/check.h"
#include "sip/list.h"
#include "sip/quoted.h"

enum value {
	VALUE_METHOD,
	VALUE_URI, /* Request-URI, To, Contact */
	VALUE_TRANSPORT,
	VALUE_HOST, /* Via and From */
	VALUE_BRANCH,
	VALUE_PARAM_NAME,
	VALUE_PARAM_VALUE,
	VALUE_DISPLAY,
	VALUE_USER,
	VALUE_PASSWORD,
	VALUE_URI_PARAMS,
	VALUE_URI_HEADERS,
	VALUE_TAG,
	VALUE_CALL_ID,
	VALUE_ROUTE,
	VALUE_INSTANCE,
	VALUE_TOKEN,
	VALUE_NAME,
	VALUE_TEXT,
	VALUE_TYPE,
	VALUE_BODY,
	VALUE_COUNT
};

struct values {
	struct slice v[VALUE_COUNT];
	uint32_t number;
	uint16_t port;
	bool rport;
};

/* The writer takes any parameter; one that Via has already would be there twice. */
static inline bool
via_has_it_already(struct slice name)
{
	return slice_eq_nocase(name, SLICE("branch")) || slice_eq_nocase(name, SLICE("received")) ||
	       slice_eq_nocase(name, SLICE("maddr")) || slice_eq_nocase(name, SLICE("rport")) ||
	       slice_eq_nocase(name, SLICE("keep"));
}

static inline struct slice
param_name(const struct values *in)
{
	struct slice name = in->v[VALUE_PARAM_NAME];

	return via_has_it_already(name) ? SLICE("x") : name;
}

static inline struct sip_uri
uri_parts(const struct values *in)
{
	return (struct sip_uri){
		.scheme = in->rport ? SIP_SCHEME_SIPS : SIP_SCHEME_SIP,
		.user = in->v[VALUE_USER],
		.password = in->v[VALUE_PASSWORD],
		.host = in->v[VALUE_HOST],
		.port = in->port,
		.params = in->v[VALUE_URI_PARAMS],
		.headers = in->v[VALUE_URI_HEADERS],
	};
}

static inline struct sip_contact_parts
contact_parts(const struct values *in)
{
	return (struct sip_contact_parts){
		.display = in->v[VALUE_DISPLAY],
		.uri = in->v[VALUE_URI],
		.instance = in->v[VALUE_INSTANCE],
		.reg_id = in->number,
		.expires = in->number,
		.has_expires = true,
		.q = (uint16_t)(in->number % 1001),
		.has_q = true,
	};
}

static inline void
build_via(struct sip_writer *w, const struct values *in)
{
	const struct sip_via via = {
		.transport = in->v[VALUE_TRANSPORT],
		.host = in->v[VALUE_HOST],
		.port = in->port,
		.branch = in->v[VALUE_BRANCH],
		.has_rport = in->rport,
	};

	sip_begin_header(w, SIP_HDR_VIA);
	sip_put_via(w, &via);
	sip_put_param(w, param_name(in), in->v[VALUE_PARAM_VALUE]);
	sip_end_header(w);
}

static inline void
build_request(struct sip_writer *w, const struct values *in)
{
	const struct slice routes[] = { in->v[VALUE_ROUTE], in->v[VALUE_ROUTE] };
	const struct slice tokens[] = { in->v[VALUE_TOKEN], in->v[VALUE_METHOD] };
	const struct sip_contact_parts contact = contact_parts(in);
	const struct sip_uri from = uri_parts(in);
	char room[16384];
	struct sip_writer uri;

	sip_writer_init(&uri, room, sizeof(room));
	sip_put_uri(&uri, &from);
	sip_put_request_line(w, in->v[VALUE_METHOD], in->v[VALUE_URI]);
	build_via(w, in);
	sip_add_party(w, SIP_HDR_FROM, in->v[VALUE_DISPLAY], sip_written(&uri), in->v[VALUE_TAG]);
	sip_add_party(w, SIP_HDR_TO, in->v[VALUE_DISPLAY], in->v[VALUE_URI], SLICE_ABSENT);
	sip_add_call_id(w, in->v[VALUE_CALL_ID]);
	sip_add_cseq(w, in->number, in->v[VALUE_METHOD]);
	sip_add_max_forwards(w, (uint8_t)in->number);
	sip_add_routes(w, SIP_HDR_ROUTE, routes, 2);
	sip_begin_header(w, SIP_HDR_CONTACT);
	sip_put_contact(w, &contact);
	sip_put_param(w, param_name(in), in->v[VALUE_PARAM_VALUE]);
	sip_end_header(w);
	sip_add_tokens(w, SIP_HDR_SUPPORTED, tokens, 2);
	sip_add_other(w, in->v[VALUE_NAME], in->v[VALUE_TEXT]);
	sip_add_header(w, SIP_HDR_SUBJECT, in->v[VALUE_TEXT]);
	sip_add_number(w, SIP_HDR_EXPIRES, in->number);
	sip_add_body(w, in->v[VALUE_TYPE], in->v[VALUE_BODY]);
}

/** A parameter value, or a display name, without its quotes and quoted pairs; into `room`. */
static inline struct slice
read_quoted(struct slice text, char *room)
{
	struct slice inside = sip_unquote(text);
	size_t n = 0;

	if (inside.ptr == text.ptr)
		return text;
	for (size_t i = 0; i < inside.len; i++) {
		i += inside.ptr[i] == '\\';
		room[n++] = inside.ptr[i];
	}
	return slice_of(room, n);
}

/** A part of a URI without its escapes; into `room`. '%' that begins none stands for itself. */
static inline struct slice
read_escaped(struct slice text, char *room)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len ? sip_hex_value(text.ptr[i + 1]) : -1;
		int low = i + 2 < text.len ? sip_hex_value(text.ptr[i + 2]) : -1;

		if (text.ptr[i] == '%' && high >= 0 && low >= 0) {
			room[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			room[n++] = text.ptr[i];
		}
	}
	return slice_of(text.ptr == NULL ? NULL : room, n);
}

/** Equal, and absent only if the other one is. */
static inline bool
same(struct slice a, struct slice b)
{
	return (a.ptr == NULL) == (b.ptr == NULL) && slice_eq(a, b);
}

static inline bool
same_quoted(struct slice got, struct slice want)
{
	static char room[65536];

	return same(read_quoted(got, room), want);
}

static inline bool
same_escaped(struct slice got, struct slice want)
{
	static char rooms[2][65536];

	return same(read_escaped(got, rooms[0]), read_escaped(want, rooms[1]));
}

static inline bool
same_number(struct slice got, uint32_t want)
{
	uint32_t number;

	return sip_uint(got, &number) && number == want;
}

/* The rest gives up at the first thing that is not so, and names it. */
#define SO(what)                                                                                   \
	do {                                                                                       \
		if (!(what))                                                                       \
			return #what;                                                              \
	} while (0)

static inline const char *
misread_via(const struct sip_via *via, const struct values *in)
{
	struct slice value;

	SO(same(via->transport, in->v[VALUE_TRANSPORT]));
	SO(same(via->host, in->v[VALUE_HOST]) && via->port == in->port);
	SO(same(via->branch, in->v[VALUE_BRANCH]) && via->has_rport == in->rport);
	SO(sip_param_find(via->params, param_name(in), &value));
	SO(same_quoted(value, in->v[VALUE_PARAM_VALUE]));
	return NULL;
}

static inline const char *
misread_display(struct slice display, const struct values *in)
{
	struct slice want = in->v[VALUE_DISPLAY];

	SO(want.len > 0 ? same_quoted(display, want) : display.len == 0);
	return NULL;
}

static inline const char *
misread_from(const struct sip_message *msg, const struct values *in)
{
	struct sip_address from;
	struct sip_uri uri, want = uri_parts(in);

	SO(sip_address_decode(sip_header_get(msg, SIP_HDR_FROM), &from) && from.bracketed);
	SO(misread_display(from.display, in) == NULL);
	SO(sip_uri_decode(from.uri, &uri) && uri.scheme == want.scheme);
	SO(same_escaped(uri.user, want.user) && same_escaped(uri.password, want.password));
	SO(same(uri.host, want.host) && uri.port == want.port);
	SO(same_escaped(uri.params, want.params) && same_escaped(uri.headers, want.headers));
	return NULL;
}

static inline const char *
misread_contact(const struct sip_message *msg, const struct values *in)
{
	struct sip_address contact;
	struct slice value, instance;
	uint16_t q;

	SO(sip_address_decode(sip_header_get(msg, SIP_HDR_CONTACT), &contact));
	SO(same(contact.uri, in->v[VALUE_URI]) && contact.bracketed);
	SO(misread_display(contact.display, in) == NULL);
	SO(sip_qvalue_decode(sip_address_param(&contact, SLICE("q")), &q));
	SO(q == in->number % 1001);
	SO(same_number(sip_address_param(&contact, SLICE("expires")), in->number));
	value = sip_address_param(&contact, SLICE("reg-id"));
	SO(in->number == 0 ? value.ptr == NULL : same_number(value, in->number));
	instance = sip_unquote(sip_address_param(&contact, SLICE("+sip.instance")));
	SO((instance.ptr == NULL) == (in->v[VALUE_INSTANCE].ptr == NULL));
	if (instance.ptr != NULL)
		SO(instance.len > 2 &&
		   slice_eq(slice_of(instance.ptr + 1, instance.len - 2), in->v[VALUE_INSTANCE]));
	return NULL;
}

static inline const char *
misread_lines(const struct sip_message *msg, const struct values *in)
{
	const struct slice text = sip_trim(in->v[VALUE_TEXT]);
	const struct sip_header *other = NULL;
	struct sip_address route;
	struct sip_list_iter it;
	struct slice element;
	unsigned int n = 0;

	sip_list_iter_init(&it, msg, SIP_HDR_ROUTE);
	for (; sip_list_next(&it, &element); n++)
		SO(sip_address_decode(element, &route) && same(route.uri, in->v[VALUE_ROUTE]));
	SO(n == 2);
	SO(sip_list_has(msg, SIP_HDR_SUPPORTED, in->v[VALUE_TOKEN]) &&
	   sip_list_has(msg, SIP_HDR_SUPPORTED, in->v[VALUE_METHOD]));
	SO(slice_eq(sip_header_get(msg, SIP_HDR_SUBJECT), text));
	SO(same_number(sip_header_get(msg, SIP_HDR_EXPIRES), in->number));
	for (unsigned int i = 0; i < msg->header_count; i++)
		if (sip_header_id(&msg->header[i]) == SIP_HDR_OTHER)
			other = &msg->header[i];
	SO(other != NULL && slice_eq(sip_header_value(msg, other), text));
	SO(slice_eq(slice_of(msg->base + other->line_off, other->name_len), in->v[VALUE_NAME]));
	/* one line for each `add`: none broke into two, none is missing */
	SO(msg->header_count == 13 + (in->v[VALUE_TYPE].ptr != NULL));
	return NULL;
}

/* What a proxy can follow: RFC 3261 §19.1.1, table 1. */
static inline bool
is_route(struct slice text)
{
	struct sip_uri uri;

	return sip_uri_decode(text, &uri) &&
	       (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS) &&
	       uri.headers.ptr == NULL && !sip_param_find(uri.params, SLICE("method"), NULL);
}

/** NULL when `text` says what is in `in`; else what is not so. */
static inline const char *
misread_request(struct slice text, const struct values *in)
{
	const struct sip_limits limits = { 0 };
	const struct slice type = in->v[VALUE_TYPE];
	struct sip_message msg;
	struct sip_fields f;
	enum sip_fault fault = sip_message_index(text, &msg);
	const char *bad;

	SO(fault == SIP_FAULT_NONE);
	fault = sip_message_check(&msg, fault, &limits, &f);
	SO(fault == SIP_FAULT_NONE ||
	   (fault == SIP_FAULT_URI_SCHEME && f.uri.scheme == SIP_SCHEME_OTHER) ||
	   (fault == SIP_FAULT_BAD_ROUTE && !is_route(in->v[VALUE_ROUTE])));
	SO(slice_eq(sip_span_slice(&msg, msg.method_text), in->v[VALUE_METHOD]));
	SO(slice_eq(sip_span_slice(&msg, msg.uri), in->v[VALUE_URI]));
	SO(same(f.call_id, in->v[VALUE_CALL_ID]) && same(f.from_tag, in->v[VALUE_TAG]));
	SO(f.via_count == 1 && f.to_tag.ptr == NULL && f.cseq == in->number);
	SO(f.max_forwards == (uint8_t)in->number);
	SO(slice_eq(sip_header_get(&msg, SIP_HDR_CONTENT_TYPE), sip_trim(type)));
	SO(msg.base == text.ptr && msg.len == text.len);
	SO(slice_eq(sip_body(&msg), in->v[VALUE_BODY]));
	bad = misread_via(&f.via, in);
	if (bad == NULL)
		bad = misread_from(&msg, in);
	if (bad == NULL)
		bad = misread_contact(&msg, in);
	return bad != NULL ? bad : misread_lines(&msg, in);
}

#undef SO

#endif
