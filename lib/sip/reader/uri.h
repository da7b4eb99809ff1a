/* SPDX-License-Identifier: BSD-3-Clause */
/** SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966). */
#ifndef SIP_READER_URI_H
#define SIP_READER_URI_H

#include "sip/reader/host.h"
#include "sip/uri.h"

/* Each '%' begins an escape of two hexadecimal digits. */
static __attribute__((noinline)) bool
escapes_are_valid(const char *p, struct bounds b)
{
	while ((p = find(p, b, '%')) < b.end) {
		if (b.end - p < 3 || sip_hex_value(p[1]) < 0 || sip_hex_value(p[2]) < 0)
			return false;
		p += 3;
	}
	return true;
}

/* Step over 1*paramchar. NULL when there is none, or an escape is broken. */
static inline const char *
take_paramchars(const char *p, struct bounds b)
{
	const char *begin = p;
	bool escapes;

	p = span_noting(p, b, SIP_CHAR_PARAM, '%', '%', &escapes);
	if (p == begin || (escapes && !escapes_are_valid(begin, bounds_until(b, p))))
		return NULL;
	return p;
}

enum { PARAM_LR = 1, PARAM_TTL = 2, PARAM_EXT = 4, PARAM_USER = 8, PARAM_ISUB = 16 };
enum { PARAM_MADDR = 32, PARAM_METHOD = 64, PARAM_TRANSPORT = 128, PARAM_PHONE_CONTEXT = 256 };

/* A bit for each parameter that decides where a request goes and how. */
static inline unsigned int
deciding_param(const char *name, size_t len)
{
	switch (len) {
	case 2:
		return name_is(name, "lr") ? PARAM_LR : 0;
	case 3:
		return name_is(name, "ttl") ? PARAM_TTL : name_is(name, "ext") ? PARAM_EXT : 0;
	case 4:
		return name_is(name, "user") ? PARAM_USER : name_is(name, "isub") ? PARAM_ISUB : 0;
	case 5:
		return name_is(name, "maddr") ? PARAM_MADDR : 0;
	case 6:
		return name_is(name, "method") ? PARAM_METHOD : 0;
	case 9:
		return name_is(name, "transport") ? PARAM_TRANSPORT : 0;
	case 13:
		return name_is(name, "phone-context") ? PARAM_PHONE_CONTEXT : 0;
	default:
		return 0;
	}
}

/* *(";" pname ["=" pvalue]) from behind the first ';' up to '?' or the end. NULL when malformed. */
static const char *
take_uri_params(const char *p, struct bounds b)
{
	unsigned int seen = 0;

	if (b.end - p == 2 && name_is(p, "lr"))
		return b.end;
	for (;;) {
		const char *name = p;
		unsigned int bit;

		p = take_paramchars(p, b);
		if (p == NULL)
			return NULL;
		/* RFC 3261 §19.1.1: no parameter twice */
		bit = deciding_param(name, (size_t)(p - name));
		if ((seen & bit) != 0)
			return NULL;
		seen |= bit;
		if (p < b.end && *p == '=')
			p = take_paramchars(p + 1, b);
		if (p == NULL || p == b.end || *p == '?')
			return p;
		if (*p++ != ';')
			return NULL;
	}
}

/* One hname "=" hvalue; in the value '?', '=', ';' and ',' are taken, too. NULL when malformed. */
static const char *
take_uri_header(const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && *p != '=' && *p != '&' && sip_char_is(*p, SIP_CHAR_PARAM))
		p++;
	if (p == begin || p == end || *p != '=')
		return NULL;
	for (p++; p < end && *p != '&'; p++)
		if (!sip_char_is(*p, SIP_CHAR_PARAM) && *p != '?' && *p != '=' && *p != ';' &&
		    *p != ',')
			return NULL;
	return p;
}

/* Behind '?': header fields with '&' between them. */
static bool
uri_headers_are_valid(const char *p, struct bounds b)
{
	if (!escapes_are_valid(p, b))
		return false;
	for (;; p++) {
		p = take_uri_header(p, b.end);
		if (p == NULL || p == b.end)
			return p != NULL;
	}
}

/* user [":" password], which stands before '@'. */
static __attribute__((noinline)) bool
read_userinfo(const char *p, struct bounds b, struct sip_uri *uri)
{
	const char *colon = find(p, b, ':');

	uri->user = slice_between(p, colon);
	if (colon < b.end)
		uri->password = slice_between(colon + 1, b.end);
	/* of the characters of a user part a password may not have these */
	for (const char *c = colon + 1; c < b.end; c++)
		if (*c == ':' || *c == ';' || *c == '/' || *c == '?')
			return false;
	return uri->user.len > 0 && escapes_are_valid(p, b);
}

/*
 * Behind "sip:" or "sips:". The characters of a user part take in those of a host, and all that may
 * stand in a user part but not in a host, ';' and '?' included; '@' stands nowhere else. So what
 * the run of them ends at tells which of the two it was.
 */
static inline bool
read_sip_part(const char *p, struct bounds b, struct sip_uri *uri)
{
	bool special;
	const char *at = span_noting(p, b, SIP_CHAR_USER, '%', ':', &special);

	if (at < b.end && *at == '@') {
		if (LIKELY(!special && at > p))
			uri->user = slice_between(p, at);
		else if (!read_userinfo(p, bounds_until(b, at), uri))
			return false;
		p = at + 1;
	}
	p = take_host(p, b, &uri->host);
	if (p != NULL && p < b.end && *p == ':')
		p = take_port(p + 1, b, &uri->port);
	if (p == NULL)
		return false;
	if (p < b.end && *p == ';') {
		const char *begin = p + 1;

		p = take_uri_params(begin, b);
		if (p == NULL)
			return false;
		uri->params = slice_between(begin, p);
	}
	if (p == b.end)
		return true;
	if (*p != '?')
		return false;
	uri->headers = slice_between(p + 1, b.end);
	return uri_headers_are_valid(p + 1, b);
}

/* isub is 1*uric, which takes in more than other values (RFC 3966 §3). */
static const char *
take_isub(const char *p, struct bounds b)
{
	const char *begin = p;

	while (p < b.end && *p != ';' &&
	       (sip_char_is(*p, SIP_CHAR_PARAM) || *p == '?' || *p == '@' || *p == '=' ||
		*p == ','))
		p++;
	return p > begin && escapes_are_valid(begin, bounds_until(b, p)) ? p : NULL;
}

/* *par (RFC 3966 §3) from behind the first ';' to the end. */
static bool
read_tel_params(const char *p, struct bounds b)
{
	unsigned int seen = 0;

	for (;;) {
		const char *name = p;
		unsigned int bit;

		p = take_paramchars(p, b);
		if (p == NULL)
			return false;
		bit = deciding_param(name, (size_t)(p - name));
		if ((seen & bit) != 0)
			return false;
		seen |= bit;
		if (p < b.end && *p == '=')
			p = bit == PARAM_ISUB ? take_isub(p + 1, b) : take_paramchars(p + 1, b);
		if (p == NULL || p == b.end)
			return p != NULL;
		if (*p++ != ';')
			return false;
	}
}

/*
 * A number is digits, separators, '*' and '#'; of a wildcarded identity it has an expression in it,
 * so that other user characters pass. A local one should have a phone-context, but "tel:112" has
 * none.
 */
static __attribute__((noinline)) bool
read_tel_part(const char *p, struct bounds b, struct sip_uri *uri)
{
	const char *number = p;

	while (p < b.end && *p != ';' && *p != '?' && (sip_char_is(*p, SIP_CHAR_USER) || *p == '#'))
		p++;
	uri->user = slice_between(number, p);
	if (p == number || !escapes_are_valid(number, bounds_until(b, p)))
		return false;
	if (p == b.end)
		return true;
	if (*p != ';')
		return false;
	uri->params = slice_between(p + 1, b.end);
	return read_tel_params(p + 1, b);
}

/* A URI that means nothing here has to be one at least: a scheme, and nothing that ends a URI. */
static __attribute__((noinline)) bool
other_uri_is_valid(const char *p, struct bounds b)
{
	for (; p < b.end; p++)
		if ((uint8_t)*p <= ' ' || *p == '<' || *p == '>' || *p == '"')
			return false;
	return true;
}

/* The four octets, letters in lower case; ':' has no other case. */
static inline bool
is_sip_colon(const char *p)
{
	return slice_lower(p[0]) == 's' && slice_lower(p[1]) == 'i' && slice_lower(p[2]) == 'p' &&
	       p[3] == ':';
}

static const char *
take_scheme(const char *p, struct bounds b, struct sip_uri *uri)
{
	const char *begin = p;

	p = span(p, b, SIP_CHAR_TOKEN);
	if (p == begin || p >= b.end - 1 || *p != ':')
		return NULL;
	uri->scheme_text = slice_between(begin, p);
	if (slice_eq_nocase(uri->scheme_text, SLICE("sip")))
		uri->scheme = SIP_SCHEME_SIP;
	else if (slice_eq_nocase(uri->scheme_text, SLICE("sips")))
		uri->scheme = SIP_SCHEME_SIPS;
	else if (slice_eq_nocase(uri->scheme_text, SLICE("tel")))
		uri->scheme = SIP_SCHEME_TEL;
	return p + 1;
}

/** Read one URI that reaches from `p` to the end. See sip_uri_decode(). */
static bool
read_uri(const char *p, struct bounds b, struct sip_uri *uri)
{
	memset(uri, 0, sizeof(*uri));
	uri->text = slice_between(p, b.end);
	if (LIKELY(uri->text.len > 4 && is_sip_colon(p))) {
		uri->scheme = SIP_SCHEME_SIP;
		uri->scheme_text = slice_of(p, 3);
		return read_sip_part(p + 4, b, uri);
	}
	p = take_scheme(p, b, uri);
	if (p == NULL)
		return false;
	switch (uri->scheme) {
	case SIP_SCHEME_SIP:
	case SIP_SCHEME_SIPS:
		return read_sip_part(p, b, uri);
	case SIP_SCHEME_TEL:
		return read_tel_part(p, b, uri);
	case SIP_SCHEME_OTHER:
		break;
	}
	return other_uri_is_valid(p, b);
}

#endif
