/* SPDX-License-Identifier: BSD-3-Clause */
/** name-addr and addr-spec with header parameters (RFC 3261 §25.1). */
#ifndef SIP_READER_ADDRESS_H
#define SIP_READER_ADDRESS_H

#include "sip/address.h"
#include "sip/reader/span.h"

/* Step over a value: whatever ends no parameter and no element, or a quoted string. */
static inline const char *
take_param_value(const char *p, struct bounds b, struct slice *value)
{
	const char *begin = p;

	if (p < b.end && *p == '"')
		p = skip_quoted(p, b);
	else
		p = span(p, b, SIP_CHAR_VALUE);
	if (p == NULL || p == begin)
		return NULL;
	*value = slice_between(begin, p);
	return p;
}

/* RFC 3261 §7.3.1 forbids a second one. Some devices send it; the first one counts. */
static inline void
keep_tag(struct sip_address *a, struct slice name, struct slice value)
{
	if (name.len == 3 && name_is(name.ptr, "tag") && a->tag.ptr == NULL)
		a->tag = value;
}

/* Header parameters from the first ';' up to ',' or the end. NULL when malformed. */
static const char *
take_header_params(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin = p + 1, *last;

	do {
		struct slice name, value = SLICE_ABSENT;
		const char *at = skip_lws(p + 1, b.end);

		p = last = span(at, b, SIP_CHAR_TOKEN);
		name = slice_between(at, p);
		if (name.len == 0)
			return NULL;
		p = skip_lws(p, b.end);
		if (p < b.end && *p == '=') {
			p = last = take_param_value(skip_lws(p + 1, b.end), b, &value);
			if (p == NULL)
				return NULL;
			p = skip_lws(p, b.end);
		}
		keep_tag(a, name, value);
	} while (p < b.end && *p == ';');
	a->params = slice_between(begin, last);
	return p == b.end || *p == ',' ? p : NULL;
}

/* What may follow the URI. */
static inline const char *
take_after_uri(const char *p, struct bounds b, struct sip_address *a)
{
	p = skip_lws(p, b.end);
	if (p == b.end || *p == ',')
		return p;
	/* nearly always it is a tag and nothing else */
	if (LIKELY(b.end - p > 5 && *p == ';' && same4(p + 1, "tag=")) && p[4] == '=') {
		const char *stop = span(p + 5, b, SIP_CHAR_TOKEN);

		if (LIKELY(stop == b.end && stop > p + 5)) {
			a->params = slice_between(p + 1, stop);
			a->tag = slice_between(p + 5, stop);
			return stop;
		}
	}
	return *p == ';' ? take_header_params(p, b, a) : NULL;
}

/* Without <>: the URI may hold neither ';' nor '?' nor ',' of its own (RFC 3261 §20). */
static __attribute__((noinline)) const char *
take_addr_spec(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin = p;

	p = span(p, b, SIP_CHAR_VALUE);
	a->uri = slice_between(begin, p);
	if (p == begin || memchr(begin, ':', a->uri.len) == NULL)
		return NULL;
	return take_after_uri(p, b, a);
}

/* From '<' on. */
static inline const char *
take_bracketed(const char *p, struct bounds b, struct sip_address *a)
{
	const char *close = find(p, b, '>');

	if (close == b.end || close == p + 1 || sip_char_is(p[1], SIP_CHAR_LWS) ||
	    sip_char_is(close[-1], SIP_CHAR_LWS))
		return NULL;
	a->bracketed = true;
	a->uri = slice_between(p + 1, close);
	return take_after_uri(close + 1, b, a);
}

/**
 * Take one element of a list. Returns the position of the ',' behind it, or the end; NULL when it
 * is malformed. See sip_address_decode(): the URI itself is not read.
 */
static const char *
take_address(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin, *behind;

	memset(a, 0, sizeof(*a));
	begin = p = skip_lws(p, b.end);
	if (p == b.end)
		return NULL;
	if (*p == '<')
		behind = p;
	else if (*p == '"')
		behind = skip_quoted(p, b);
	else
		behind = span(p, b, SIP_CHAR_DISPLAY);
	if (behind == NULL)
		return NULL;
	p = skip_lws(behind, b.end);
	if (p == b.end || *p != '<')
		return *begin == '"' ? NULL : take_addr_spec(begin, b, a);
	/* of a display name without quotes the white space before '<' is no part */
	a->display = sip_trim(slice_between(begin, behind));
	return take_bracketed(p, b, a);
}

#endif
