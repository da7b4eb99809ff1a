/* SPDX-License-Identifier: BSD-3-Clause */
/** Via values (RFC 3261 §20.42). */
#ifndef SIP_READER_VIA_H
#define SIP_READER_VIA_H

#include "sip/list.h"
#include "sip/reader/host.h"
#include "sip/via.h"

/* Take a token and the LWS on both sides of it. */
static inline const char *
take_padded_token(const char *p, struct bounds b, struct slice *token)
{
	const char *begin = skip_lws(p, b.end);
	const char *stop = span(begin, b, SIP_CHAR_TOKEN);

	*token = slice_between(begin, stop);
	return skip_lws(stop, b.end);
}

/* "SIP / 2.0 / UDP" and the white space behind it, which is mandatory. NULL when malformed. */
static inline const char *
take_protocol(const char *p, struct bounds b, struct sip_via *via)
{
	struct slice name, version;

	if (LIKELY(b.end - p > 8 && memcmp(p, "SIP/2.0/", 8) == 0)) {
		p += 8;
	} else {
		p = take_padded_token(p, b, &name);
		if (p == b.end || *p++ != '/' || !slice_eq_nocase(name, SLICE("SIP")))
			return NULL;
		p = take_padded_token(p, b, &version);
		if (p == b.end || *p++ != '/' || version.len == 0)
			return NULL;
		via->other_version = !slice_eq(version, SLICE("2.0"));
	}
	if (LIKELY(b.end - p > 4 && memcmp(p, "UDP ", 4) == 0)) {
		via->transport = slice_of(p, 3);
		return skip_lws(p + 4, b.end);
	}
	p = take_padded_token(p, b, &via->transport);
	if (via->transport.len == 0 || p == slice_end(via->transport))
		return NULL;
	return p;
}

/* host [":" port] with LWS around the colon. */
static inline const char *
take_sent_by(const char *p, struct bounds b, struct sip_via *via)
{
	p = take_host(p, b, &via->host);
	if (p == NULL)
		return NULL;
	p = skip_lws(p, b.end);
	if (p == b.end || *p != ':')
		return p;
	p = take_port(skip_lws(p + 1, b.end), b, &via->port);
	return p != NULL ? skip_lws(p, b.end) : NULL;
}

/* rport has no value in a request and a port in a response (RFC 3581 §10). */
static bool
is_response_port(struct slice value)
{
	uint32_t port;

	return value.ptr == NULL || (sip_uint(value, &port) && port <= UINT16_MAX);
}

/* A parameter that says where responses go must not be there twice, without its value or quoted. */
static inline bool
keep_once(struct slice *field, struct slice value)
{
	if (field->ptr != NULL || value.ptr == NULL || value.ptr[0] == '"')
		return false;
	*field = value;
	return true;
}

static bool
keep_via_param(struct sip_via *via, struct slice name, struct slice value)
{
	switch (name.len) {
	case 6:
		return !name_is(name.ptr, "branch") || keep_once(&via->branch, value);
	case 8:
		return !name_is(name.ptr, "received") || keep_once(&via->received, value);
	case 5:
		if (name_is(name.ptr, "maddr"))
			return keep_once(&via->maddr, value);
		if (name_is(name.ptr, "rport")) {
			struct slice last = value.ptr != NULL ? value : name;

			if (via->has_rport || !is_response_port(value))
				return false;
			via->has_rport = true;
			via->rport = value;
			via->rport_end = (uint16_t)(slice_end(last) - via->value.ptr);
		}
		return true;
	case 4:
		if (value.ptr == NULL && name_is(name.ptr, "keep")) {
			via->has_keep = true;
			via->keep_end = (uint16_t)(slice_end(name) - via->value.ptr);
		}
		return true;
	default:
		return true;
	}
}

/* Step over a value: token, host or quoted string; `received` comes with brackets, too. */
static inline const char *
take_via_value(const char *p, struct bounds b, struct slice *value)
{
	const char *begin = p;

	if (p < b.end && *p == '"')
		p = skip_quoted(p, b);
	else
		p = span(p, b, SIP_CHAR_VIA_VALUE);
	if (p == NULL || p == begin)
		return NULL;
	*value = slice_between(begin, p);
	return p;
}

static inline bool
param_ends(const char *p, struct bounds b)
{
	return p == b.end || *p == ';' || *p == ',';
}

/* From behind a ';': one parameter and the LWS around it. NULL when malformed: it is not kept. */
static inline const char *
take_via_param(const char *p, struct bounds b, struct sip_via *via)
{
	struct slice name, value = SLICE_ABSENT;

	/* the usual one, without looking for where its name ends */
	if (LIKELY(b.end - p > 8 && same4(p, "bran") && same4(p + 2, "anch") && p[6] == '=')) {
		p = take_via_value(skip_lws(p + 7, b.end), b, &value);
		if (p == NULL)
			return NULL;
		p = skip_lws(p, b.end);
		return param_ends(p, b) && keep_once(&via->branch, value) ? p : NULL;
	}
	p = take_padded_token(p, b, &name);
	if (name.len == 0)
		return NULL;
	if (p < b.end && *p == '=') {
		p = take_via_value(skip_lws(p + 1, b.end), b, &value);
		if (p == NULL)
			return NULL;
		p = skip_lws(p, b.end);
	}
	return param_ends(p, b) && keep_via_param(via, name, value) ? p : NULL;
}

/* Up to ',' or the end. NULL when malformed; `host` is present if only a parameter was. */
static inline const char *
take_via_parts(const char *p, struct bounds b, struct sip_via *via)
{
	p = take_protocol(p, b, via);
	if (p != NULL)
		p = take_sent_by(p, b, via);
	if (p == NULL || (p < b.end && *p != ';' && *p != ',')) {
		via->host = SLICE_ABSENT;
		return NULL;
	}
	if (p == b.end || *p == ',')
		return p;
	via->params.ptr = p + 1;
	do
		p = take_via_param(p + 1, b, via);
	while (p != NULL && p < b.end && *p == ';');
	return p != NULL && (p == b.end || *p == ',') ? p : NULL;
}

/**
 * Take one value of a list. Returns the position of the ',' behind it, or the end; NULL when it is
 * malformed (see sip_via_decode()), with via->value all the same.
 */
static const char *
take_via(const char *p, struct bounds b, struct sip_via *via)
{
	const char *stop, *end;

	memset(via, 0, sizeof(*via));
	p = skip_lws(p, b.end);
	via->value.ptr = p;
	stop = end = take_via_parts(p, b, via);
	if (stop == NULL) {
		struct slice rest = slice_between(p, b.end);

		end = slice_end(sip_list_cut(&rest));
	}
	while (end > p && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	via->value.len = (size_t)(end - p);
	if (via->params.ptr != NULL)
		via->params.len = (size_t)(end - via->params.ptr);
	return stop;
}

#endif
