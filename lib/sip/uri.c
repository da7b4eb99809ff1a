/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/uri.h"

#include <arpa/inet.h>

#include "sip/chars.h"

/* Longest text of an IPv6 address in brackets, with a zone left out. */
enum { IPV6_TEXT_MAX = 46 };

static bool
ipv6_reference_is_valid(struct slice host)
{
	char text[IPV6_TEXT_MAX + 1];
	unsigned char addr[16];
	size_t len = host.len - 2;

	/* The grammar of RFC 3261 allows "[2001:db8:::1]"; RFC 5118 §4.10 asks to tolerate it. */
	if (host.ptr[host.len - 1] != ']' || len > IPV6_TEXT_MAX)
		return false;
	for (size_t i = 0, n = 0; i < len; i++) {
		if (n >= 2 && host.ptr[i + 1] == ':' && text[n - 1] == ':' && text[n - 2] == ':') {
			len--;
			for (size_t j = i; j < len; j++)
				text[n++] = host.ptr[j + 2];
			break;
		}
		text[n++] = host.ptr[i + 1];
	}
	text[len] = '\0';
	return strlen(text) == len && inet_pton(AF_INET6, text, addr) == 1;
}

bool
sip_host_is_valid(struct slice host)
{
	if (host.len == 0)
		return false;
	if (host.ptr[0] == '[')
		return host.len > 2 && ipv6_reference_is_valid(host);
	return sip_all(host, SIP_CHAR_HOST);
}

bool
sip_hostport_decode(struct slice text, struct slice *host, uint16_t *port)
{
	const char *end = slice_end(text);
	const char *p = text.ptr;
	uint32_t number;

	*port = 0;
	if (text.len == 0)
		return false;
	if (*p == '[') {
		p = memchr(p, ']', text.len);
		if (p == NULL)
			return false;
		p++;
	} else {
		p = sip_char_span(p, end, SIP_CHAR_HOST);
	}
	*host = slice_between(text.ptr, p);
	if (!sip_host_is_valid(*host))
		return false;
	p = sip_skip_lws(p, end);
	if (p == end)
		return true;
	if (*p != ':' || !sip_uint(sip_trim(slice_between(p + 1, end)), &number) || number == 0 ||
	    number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

/* Each '%' begins an escape of two hexadecimal digits. */
static bool
escapes_are_valid(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '%' && (s.len - i < 3 || sip_hex_value(s.ptr[i + 1]) < 0 ||
					sip_hex_value(s.ptr[i + 2]) < 0))
			return false;
	return true;
}

static bool
userinfo_decode(struct slice userinfo, struct sip_uri *uri)
{
	if (!sip_all(userinfo, SIP_CHAR_USER) || !escapes_are_valid(userinfo))
		return false;
	uri->password = userinfo;
	uri->user = slice_cut(&uri->password, ':');
	return uri->user.len > 0;
}

static bool
params_are_valid(struct slice params)
{
	struct slice rest = params;

	while (rest.ptr != NULL) {
		struct slice value = slice_cut(&rest, ';');
		struct slice name = slice_cut(&value, '=');

		if (!sip_all(name, SIP_CHAR_PARAM) || !escapes_are_valid(name))
			return false;
		if (value.ptr != NULL &&
		    (!sip_all(value, SIP_CHAR_PARAM) || !escapes_are_valid(value)))
			return false;
	}
	return true;
}

/* hname "=" hvalue: the characters of a parameter, '?', '=' between, '&' between pairs. */
static bool
headers_are_valid(struct slice headers)
{
	const char *end = slice_end(headers);

	if (headers.len == 0 || !escapes_are_valid(headers))
		return false;
	for (const char *p = headers.ptr; p < end; p++)
		if (!sip_char_is(*p, SIP_CHAR_PARAM) && *p != '?' && *p != '=' && *p != ';' &&
		    *p != ',')
			return false;
	return true;
}

/* Behind "sip:" or "sips:". A user part may hold ';' and '?', so '@' is looked for first. */
static bool
sip_part_decode(struct slice text, struct sip_uri *uri)
{
	const char *at = text.len > 0 ? memchr(text.ptr, '@', text.len) : NULL;
	struct slice rest = text, hostport;

	if (at != NULL) {
		if (!userinfo_decode(slice_between(text.ptr, at), uri))
			return false;
		rest = slice_between(at + 1, slice_end(text));
	}
	uri->headers = rest;
	rest = slice_cut(&uri->headers, '?');
	uri->params = rest;
	hostport = slice_cut(&uri->params, ';');
	/* white space around the colon is for Via alone */
	for (size_t i = 0; i < hostport.len; i++)
		if (sip_char_is(hostport.ptr[i], SIP_CHAR_LWS))
			return false;
	if (!sip_hostport_decode(hostport, &uri->host, &uri->port))
		return false;
	if (uri->headers.ptr != NULL && !headers_are_valid(uri->headers))
		return false;
	return params_are_valid(uri->params);
}

static enum sip_uri_scheme
scheme_find(struct slice name)
{
	if (slice_eq_nocase(name, SLICE("sip")))
		return SIP_SCHEME_SIP;
	if (slice_eq_nocase(name, SLICE("sips")))
		return SIP_SCHEME_SIPS;
	if (slice_eq_nocase(name, SLICE("tel")))
		return SIP_SCHEME_TEL;
	return SIP_SCHEME_OTHER;
}

/* A URI that means nothing here has to be one at least: a scheme, and nothing that ends a URI. */
static bool
other_is_valid(struct slice scheme, struct slice rest)
{
	if (!sip_all(scheme, SIP_CHAR_TOKEN))
		return false;
	for (size_t i = 0; i < rest.len; i++)
		if ((uint8_t)rest.ptr[i] <= ' ' || strchr("<>\"", rest.ptr[i]) != NULL)
			return false;
	return true;
}

bool
sip_uri_decode(struct slice text, struct sip_uri *uri)
{
	struct slice rest = text;

	memset(uri, 0, sizeof(*uri));
	uri->text = text;
	uri->scheme_name = slice_cut(&rest, ':');
	if (rest.len == 0)
		return false;
	uri->scheme = scheme_find(uri->scheme_name);
	switch (uri->scheme) {
	case SIP_SCHEME_SIP:
	case SIP_SCHEME_SIPS:
		return sip_part_decode(rest, uri);
	case SIP_SCHEME_TEL:
		uri->params = rest;
		uri->user = slice_cut(&uri->params, ';');
		return sip_all(uri->user, SIP_CHAR_USER) && escapes_are_valid(uri->user) &&
		       params_are_valid(uri->params);
	case SIP_SCHEME_OTHER:
		break;
	}
	return other_is_valid(uri->scheme_name, rest);
}

bool
sip_uri_is_loose(const struct sip_uri *uri)
{
	return sip_param_find(uri->params, SLICE("lr"), NULL);
}

/* One character of a user part, its escape decoded when the character needs none. */
struct canonical_char {
	char c;
	bool escaped; /* keeps its escape: compared by value, apart from the plain character */
};

static struct canonical_char
next_canonical(const char **p, const char *end)
{
	struct canonical_char out = { **p, false };

	if (**p == '%' && end - *p >= 3) {
		char c = (char)(sip_hex_value((*p)[1]) << 4 | sip_hex_value((*p)[2]));
		bool unreserved = (c >= '0' && c <= '9') ||
				  (slice_lower(c) >= 'a' && slice_lower(c) <= 'z') ||
				  (c != '\0' && strchr("-_.!~*'()", c) != NULL);

		out = (struct canonical_char){ c, !unreserved };
		*p += 2;
	}
	*p += 1;
	return out;
}

static bool
escaped_eq(struct slice a, struct slice b, bool fold_case)
{
	const char *p = a.ptr, *pe = slice_end(a), *q = b.ptr, *qe = slice_end(b);

	if ((p == NULL) != (q == NULL))
		return false;
	while (p < pe && q < qe) {
		struct canonical_char x = next_canonical(&p, pe), y = next_canonical(&q, qe);

		if (x.escaped != y.escaped ||
		    (fold_case ? slice_lower(x.c) != slice_lower(y.c) : x.c != y.c))
			return false;
	}
	return p == pe && q == qe;
}

/* Parameters that must be in both URIs if they are in one (RFC 3261 §19.1.4). */
static bool
param_counts_when_missing(struct slice name)
{
	return slice_eq_nocase(name, SLICE("user")) || slice_eq_nocase(name, SLICE("ttl")) ||
	       slice_eq_nocase(name, SLICE("method")) || slice_eq_nocase(name, SLICE("maddr")) ||
	       slice_eq_nocase(name, SLICE("transport"));
}

/* Every parameter of `a` agrees with `b`. */
static bool
params_agree(struct slice a, struct slice b)
{
	struct slice name, value, other;

	if (slice_eq(a, b))
		return true;
	while (sip_param_next(&a, &name, &value)) {
		if (sip_param_find(b, name, &other)) {
			if (!escaped_eq(value, other, true))
				return false;
		} else if (param_counts_when_missing(name)) {
			return false;
		}
	}
	return true;
}

bool
sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == SIP_SCHEME_OTHER)
		return slice_eq(a->text, b->text);
	return escaped_eq(a->user, b->user, false) && escaped_eq(a->password, b->password, false) &&
	       slice_eq_nocase(a->host, b->host) && a->port == b->port &&
	       params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       slice_eq(a->headers, b->headers);
}

/* Append the user part in canonical form: needless escapes decoded, others in upper case. */
static size_t
user_canonical(struct slice user, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *p = user.ptr, *end = slice_end(user);
	size_t n = 0;

	while (p < end) {
		struct canonical_char c = next_canonical(&p, end);

		if (size - n < 3)
			return 0;
		if (c.escaped) {
			out[n++] = '%';
			out[n++] = hex[(uint8_t)c.c >> 4];
			out[n++] = hex[(uint8_t)c.c & 15];
		} else {
			out[n++] = c.c;
		}
	}
	return n;
}

static size_t
append(char *out, size_t n, size_t size, struct slice s, bool lower)
{
	if (n == 0 || size - n < s.len)
		return 0;
	for (size_t i = 0; i < s.len; i++)
		out[n + i] = lower ? slice_lower(s.ptr[i]) : s.ptr[i];
	return n + s.len;
}

size_t
sip_uri_aor(const struct sip_uri *uri, char *out, size_t size)
{
	size_t n = 4;

	if ((uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS) || size < 4)
		return 0;
	memcpy(out, "sip:", 4);
	if (uri->user.len > 0) {
		size_t user = user_canonical(uri->user, out + n, size - n);

		if (user == 0)
			return 0;
		n = append(out, n + user, size, SLICE("@"), false);
	}
	n = append(out, n, size, uri->host, true);
	if (uri->port != 0) {
		char digits[6];
		size_t d = sizeof(digits);

		for (unsigned int v = uri->port; v > 0; v /= 10)
			digits[--d] = (char)('0' + v % 10);
		digits[--d] = ':';
		n = append(out, n, size, slice_of(digits + d, sizeof(digits) - d), false);
	}
	return n;
}
