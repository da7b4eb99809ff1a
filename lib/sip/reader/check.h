/* SPDX-License-Identifier: BSD-3-Clause */
/** Holds an indexed message against RFC 3261 §16.3 and §25. See sip/check.h. */
#ifndef SIP_READER_CHECK_H
#define SIP_READER_CHECK_H

#include "sip/check.h"
#include "sip/reader/address.h"
#include "sip/reader/uri.h"
#include "sip/reader/via.h"

enum { DEFAULT_MAX_VIA = 128, DEFAULT_MAX_ROUTE = 32 };

/* `fault` is the first one met: a later one does not hide it. */
struct check {
	struct sip_message *msg;
	const struct sip_limits *limits;
	struct sip_fields *fields;
	const char *limit; /* end of the octets that may be read */
	enum sip_fault fault;
};

static inline void
note(struct check *c, enum sip_fault found)
{
	if (c->fault == SIP_FAULT_NONE)
		c->fault = found;
}

static inline bool
has(const struct check *c, enum sip_header_id id)
{
	return c->msg->first[id] != SIP_NO_HEADER;
}

/* Where the value of header line `i` begins; `*b` tells where it ends. */
static inline const char *
value_at(const struct check *c, unsigned int i, struct bounds *b)
{
	struct slice value = sip_header_value(c->msg, &c->msg->header[i]);

	*b = (struct bounds){ slice_end(value), c->limit };
	return value.ptr;
}

/* The value of a header field that must be there exactly once; NULL when it is not there. */
static inline const char *
single(struct check *c, enum sip_header_id id, struct bounds *b, enum sip_fault missing,
       enum sip_fault multiple)
{
	if (!has(c, id)) {
		note(c, missing);
		*b = (struct bounds){ NULL, NULL };
		return NULL;
	}
	if (sip_header_is_repeated(c->msg, id))
		note(c, multiple);
	return value_at(c, c->msg->first[id], b);
}

/* Topmost first: without it nobody can be answered. The others only have to be well-formed. */
static bool
check_top_via(struct check *c, enum sip_fault version_fault, const char **behind, struct bounds *b)
{
	struct sip_via *via = &c->fields->via;

	*behind = take_via(value_at(c, c->msg->first[SIP_HDR_VIA], b), *b, via);
	if (*behind == NULL) {
		c->fault = via->host.ptr != NULL ? SIP_FAULT_BAD_VIA : SIP_FAULT_BAD_TOP_VIA;
		if (via->host.ptr == NULL)
			return false;
	}
	/* A request of another SIP version is told so, and its Via has that version, too. */
	if (via->other_version && version_fault != SIP_FAULT_VERSION)
		note(c, SIP_FAULT_BAD_VIA);
	c->fields->via_count = 1;
	return true;
}

/* The values behind `p`, which is a ',' or the end of its line; then those of the other lines. */
static void
check_other_vias(struct check *c, const char *p, struct bounds b)
{
	unsigned int max = c->limits->max_via != 0 ? c->limits->max_via : DEFAULT_MAX_VIA;
	unsigned int i = c->msg->first[SIP_HDR_VIA];
	struct sip_via via;

	/* a response has ours in front of as many as its request may have had */
	if (!sip_is_request(c->msg))
		max++;
	c->fields->via_count = 1;
	for (;;) {
		if (p == NULL || p == b.end) {
			i = sip_header_next(c->msg, i);
			if (i == SIP_NO_HEADER)
				return;
			p = value_at(c, i, &b);
		} else {
			p++; /* the comma */
		}
		if (++c->fields->via_count > max) {
			note(c, SIP_FAULT_TOO_MANY_HEADERS);
			return;
		}
		p = take_via(p, b, &via);
		if (p == NULL || via.other_version)
			note(c, SIP_FAULT_BAD_VIA);
	}
}

/* Both are the same up to eight octets; `limit` is that of the second. */
static inline bool
same_method(struct slice method, struct slice other, const char *limit)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* what the method is followed by is the rest of the message */
	if (LIKELY(method.len - 1 < 8 && limit - other.ptr >= 8)) {
		uint64_t a, b;

		memcpy(&a, method.ptr, sizeof(a));
		memcpy(&b, other.ptr, sizeof(b));
		return method.len == other.len && (a ^ b) << (64 - 8 * method.len) == 0;
	}
#else
	(void)limit;
#endif
	return slice_eq(method, other);
}

/* "4711 INVITE". RFC 3261 §8.1.1.5: below 2^31. */
static inline void
check_cseq(struct check *c)
{
	const struct sip_message *msg = c->msg;
	struct sip_fields *f = c->fields;
	const char *p, *digits, *stop;
	struct bounds b;
	bool same;

	if (sip_header_is_repeated(msg, SIP_HDR_CSEQ))
		note(c, SIP_FAULT_MULTIPLE_CSEQ);
	p = value_at(c, msg->first[SIP_HDR_CSEQ], &b);
	digits = p;
	p = take_number(p, b, &f->cseq);
	stop = p;
	p = skip_lws(p, b.end);
	f->cseq_method = slice_between(p, b.end);
	/* the method of the request line is a token */
	same = sip_is_request(msg) &&
	       same_method(sip_span_slice(msg, msg->method_text), f->cseq_method, c->limit);
	if (stop == digits || p == stop || f->cseq > INT32_MAX || p == b.end ||
	    (!same && span(p, b, SIP_CHAR_TOKEN) != b.end))
		note(c, SIP_FAULT_BAD_CSEQ);
	else if (!same && sip_is_request(msg) && msg->method_text.len > 0)
		note(c, SIP_FAULT_CSEQ_METHOD);
}

/* A URI that is longer than the limit is a verdict of its own. */
static inline void
check_uri_length(struct check *c, struct slice uri)
{
	if (c->limits->max_uri != 0 && uri.len > c->limits->max_uri)
		note(c, SIP_FAULT_LONG_URI);
}

/* The URI of an address that has been taken. */
static inline bool
check_address_uri(struct check *c, const struct sip_address *a, struct sip_uri *uri)
{
	check_uri_length(c, a->uri);
	return read_uri(a->uri.ptr, (struct bounds){ slice_end(a->uri), c->limit }, uri);
}

/* From and To: one element, and its tag. The URI may be of any scheme. */
static inline void
check_party(struct check *c, const char *p, struct bounds b, struct slice *tag, enum sip_fault bad)
{
	struct sip_address a;
	struct sip_uri uri;

	if (p == NULL)
		return;
	a.tag = a.uri = SLICE_ABSENT;
	if (LIKELY(take_usual_address(p, b, &a) == b.end)) {
		tag->ptr = a.tag.ptr;
		tag->len = a.tag.len;
		if (!c->limits->routing_only && !check_address_uri(c, &a, &uri))
			note(c, bad);
		return;
	}
	if (take_address(p, b, &a) != b.end) {
		note(c, bad);
		return;
	}
	if (a.tag.ptr != NULL && span(a.tag.ptr, bounds_until(b, a.tag.ptr + a.tag.len),
				      SIP_CHAR_TOKEN) != a.tag.ptr + a.tag.len)
		note(c, bad);
	/* one by one: both at once would wait for the two stores that made them */
	tag->ptr = a.tag.ptr;
	tag->len = a.tag.len;
	if (!c->limits->routing_only && !check_address_uri(c, &a, &uri))
		note(c, bad);
}

/* word ["@" word] */
static void
check_call_id(struct check *c, const char *p, struct bounds b)
{
	const char *begin = p;

	if (p == NULL)
		return;
	c->fields->call_id = slice_between(p, b.end);
	p = span(p, b, SIP_CHAR_WORD);
	if (p > begin && p < b.end && *p == '@') {
		begin = p + 1;
		p = span(begin, b, SIP_CHAR_WORD);
	}
	if (p == begin || p != b.end)
		note(c, SIP_FAULT_BAD_CALL_ID);
}

/* A number that may be missing, and is 1*DIGIT in one header line otherwise. */
static inline uint32_t
optional_number(struct check *c, enum sip_header_id id, enum sip_fault bad)
{
	uint32_t number = SIP_NUMBER_ABSENT;
	const char *p, *stop;
	struct bounds b;

	if (!has(c, id))
		return SIP_NUMBER_ABSENT;
	p = value_at(c, c->msg->first[id], &b);
	stop = take_number(p, b, &number);
	if (sip_header_is_repeated(c->msg, id) || stop == p || stop != b.end) {
		note(c, bad);
		return SIP_NUMBER_ABSENT;
	}
	/* saturated, not absent */
	return number == SIP_NUMBER_ABSENT ? number - 1 : number;
}

/* RFC 5393 §5.3.1: a positive integer. A value in a CANCEL means nothing (§5.4.1). */
static void
check_max_breadth(struct check *c)
{
	if (c->msg->method == SIP_CANCEL)
		return;
	c->fields->max_breadth = optional_number(c, SIP_HDR_MAX_BREADTH, SIP_FAULT_BAD_MAX_BREADTH);
	if (c->fields->max_breadth == 0)
		note(c, SIP_FAULT_BAD_MAX_BREADTH);
}

/* RFC 3261 §18.3: octets behind Content-Length are not the message's; fewer are an error. */
static void
check_content_length(struct check *c)
{
	struct sip_message *msg = c->msg;
	uint32_t body = (uint32_t)(msg->len - msg->body_off);
	uint32_t length = optional_number(c, SIP_HDR_CONTENT_LENGTH, SIP_FAULT_BAD_CONTENT_LENGTH);

	if (length != SIP_NUMBER_ABSENT && length > body) {
		note(c, SIP_FAULT_CONTENT_LENGTH_EXCEEDS);
		return;
	}
	if (length != SIP_NUMBER_ABSENT)
		msg->len = (uint16_t)(msg->body_off + length);
	else
		length = body;
	if (c->limits->max_body != 0 && length > c->limits->max_body)
		note(c, SIP_FAULT_BODY_TOO_LARGE);
}

/*
 * What routing may make a Request-URI of (RFC 3261 §16.4, §16.6 item 6), and may stand in a Route:
 * no header fields, no method (§19.1.1, table 1), and a scheme that a proxy can follow.
 */
static inline bool
route_uri_is_valid(const struct sip_uri *uri)
{
	return (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS) &&
	       uri->headers.ptr == NULL &&
	       (uri->params.len < 6 || !sip_param_find(uri->params, SLICE("method"), NULL));
}

/* "*", with the LWS around it, is an element: the position behind it. NULL when it is not. */
static inline const char *
take_star(const char *p, struct bounds b)
{
	p = skip_lws(p, b.end);
	if (p == b.end || *p != '*')
		return NULL;
	p = skip_lws(p + 1, b.end);
	return p == b.end || *p == ',' ? p : NULL;
}

/* a->uri and a->bracketed; the rest only where the address is not the usual one. */
static inline const char *
take_element(const char *p, struct bounds b, struct sip_address *a)
{
	const char *behind = take_usual_address(p, b, a);

	return behind != NULL ? behind : take_address(p, b, a);
}

static inline bool
element_is_valid(struct check *c, enum sip_header_id id, const struct sip_address *a)
{
	struct sip_uri uri;

	return (a->bracketed || id == SIP_HDR_CONTACT) && check_address_uri(c, a, &uri) &&
	       (id != SIP_HDR_ROUTE || route_uri_is_valid(&uri));
}

/* Each element is a name-addr with a readable URI; of Contact, it may be an addr-spec. */
static void
check_addresses(struct check *c, enum sip_header_id id, enum sip_fault bad)
{
	unsigned int max = c->limits->max_route != 0 ? c->limits->max_route : DEFAULT_MAX_ROUTE;
	bool contact = id == SIP_HDR_CONTACT;
	unsigned int n = 0;

	for (unsigned int i = c->msg->first[id]; i != SIP_NO_HEADER;
	     i = sip_header_next(c->msg, i)) {
		struct sip_address a;
		struct bounds b;
		const char *p = value_at(c, i, &b);

		for (;; p++) {
			const char *star = contact ? take_star(p, b) : NULL;

			if (id == SIP_HDR_ROUTE && ++n > max) {
				note(c, SIP_FAULT_TOO_MANY_ROUTES);
				return;
			}
			/* among other contacts it is the registrar's business (RFC 3261 §10.3) */
			p = star != NULL ? star : take_element(p, b, &a);
			if (p == NULL || (star == NULL && !element_is_valid(c, id, &a))) {
				note(c, bad);
				return;
			}
			if (p == b.end)
				break;
		}
	}
}

static inline void
check_request_uri(struct check *c)
{
	struct slice text = sip_span_slice(c->msg, c->msg->uri);
	const struct bounds b = { slice_end(text), c->limit };
	struct sip_uri *uri = &c->fields->uri;

	if (c->limits->max_uri != 0 && text.len > c->limits->max_uri)
		note(c, SIP_FAULT_REQUEST_URI_TOO_LONG);
	if (!read_uri(text.ptr, b, uri)) {
		note(c, SIP_FAULT_REQUEST_URI);
		return;
	}
	/* RFC 3261 §19.1.1: no header component in a Request-URI; RFC 4475 §3.1.2.11. */
	if (uri->headers.ptr != NULL)
		note(c, SIP_FAULT_REQUEST_URI_HEADERS);
	if (uri->scheme == SIP_SCHEME_OTHER)
		note(c, SIP_FAULT_URI_SCHEME);
}

/* What a proxy does not need for routing: RFC 3261 §16.3 item 1 lets it look, or not. */
static void
check_the_rest(struct check *c, const char *behind_via, struct bounds b)
{
	check_other_vias(c, behind_via, b);
	if (has(c, SIP_HDR_CONTACT))
		check_addresses(c, SIP_HDR_CONTACT, SIP_FAULT_BAD_CONTACT);
	if (has(c, SIP_HDR_RECORD_ROUTE))
		check_addresses(c, SIP_HDR_RECORD_ROUTE, SIP_FAULT_BAD_RECORD_ROUTE);
	if (has(c, SIP_HDR_PATH))
		check_addresses(c, SIP_HDR_PATH, SIP_FAULT_BAD_PATH);
}

/* What routing needs, and RFC 3261 §8.1.1 wants in each message. */
static inline void
check_routing(struct check *c)
{
	struct sip_fields *f = c->fields;
	const char *p;
	struct bounds b;

	check_cseq(c);
	p = single(c, SIP_HDR_CALL_ID, &b, SIP_FAULT_NO_CALL_ID, SIP_FAULT_MULTIPLE_CALL_ID);
	check_call_id(c, p, b);
	p = single(c, SIP_HDR_FROM, &b, SIP_FAULT_NO_FROM, SIP_FAULT_MULTIPLE_FROM);
	check_party(c, p, b, &f->from_tag, SIP_FAULT_BAD_FROM);
	p = single(c, SIP_HDR_TO, &b, SIP_FAULT_NO_TO, SIP_FAULT_MULTIPLE_TO);
	check_party(c, p, b, &f->to_tag, SIP_FAULT_BAD_TO);
	check_content_length(c);
	if (!sip_is_request(c->msg))
		return;
	f->max_forwards = optional_number(c, SIP_HDR_MAX_FORWARDS, SIP_FAULT_BAD_MAX_FORWARDS);
	check_max_breadth(c);
	check_request_uri(c);
}

/** See sip_message_check(). */
static enum sip_fault
check_message(struct sip_message *msg, enum sip_fault fault, const struct sip_limits *limits,
	      struct sip_fields *fields)
{
	struct check c = { msg, limits, fields, NULL, SIP_FAULT_NONE };
	const char *behind;
	struct bounds b;

	memset(&fields->via_count, 0, sizeof(*fields) - offsetof(struct sip_fields, via_count));
	fields->max_forwards = fields->max_breadth = SIP_NUMBER_ABSENT;
	if (fault == SIP_FAULT_EMPTY || fault == SIP_FAULT_NOT_SIP || fault == SIP_FAULT_STATUS ||
	    !has(&c, SIP_HDR_VIA)) {
		memset(&fields->via, 0, sizeof(fields->via));
		return fault == SIP_FAULT_NONE || sip_fault_info(fault)->verdict == SIP_REJECT
			       ? SIP_FAULT_NO_VIA
			       : fault;
	}
	c.limit = msg->base + msg->len;
	/* what keeps a message from being answered comes before all else */
	if (!check_top_via(&c, fault, &behind, &b))
		return c.fault;
	if (!has(&c, SIP_HDR_CSEQ))
		return SIP_FAULT_NO_CSEQ;
	if (fault != SIP_FAULT_NONE)
		c.fault = fault;
	if (limits->max_size != 0 && msg->len > limits->max_size)
		note(&c, SIP_FAULT_TOO_LONG);
	if (limits->max_headers != 0 && msg->header_count > limits->max_headers)
		note(&c, SIP_FAULT_TOO_MANY_HEADERS);
	if (behind != NULL && (behind < b.end || sip_header_is_repeated(msg, SIP_HDR_VIA)))
		fields->via_count = 2;
	check_routing(&c);
	if (!limits->routing_only)
		check_the_rest(&c, behind, b);
	if (has(&c, SIP_HDR_ROUTE) && sip_is_request(msg))
		check_addresses(&c, SIP_HDR_ROUTE, SIP_FAULT_BAD_ROUTE);
	return c.fault;
}

#endif
