/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/uri_compare.h"

#include <arpa/inet.h>

#include "sip/header.h"
#include "sip/uri_char.h"

static unsigned int
fold(unsigned int symbol)
{
	return symbol < SIP_URI_ESCAPED ? (uint8_t)slice_lower((char)symbol) : symbol;
}

static bool
part_eq(struct slice a, struct slice b, bool with_case)
{
	const char *p = a.ptr, *pe = slice_end(a), *q = b.ptr, *qe = slice_end(b);

	if ((p == NULL) != (q == NULL))
		return false;
	while (p < pe && q < qe) {
		unsigned int x = sip_uri_symbol(&p, pe), y = sip_uri_symbol(&q, qe);

		if (x != y && (with_case || fold(x) != fold(y)))
			return false;
	}
	return p == pe && q == qe;
}

static bool
eq_case(struct slice a, struct slice b)
{
	return part_eq(a, b, true);
}

static bool
eq_nocase(struct slice a, struct slice b)
{
	return part_eq(a, b, false);
}

/* The address of an IPv6 reference. A gap of three colons is one of two: RFC 5118 §4.10. */
static bool
read_ipv6(struct slice host, struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = 0;

	if (host.len < 2 || host.ptr[0] != '[' || host.ptr[host.len - 1] != ']')
		return false;
	for (size_t i = 1; i < host.len - 1; i++) {
		if (n >= 2 && host.ptr[i] == ':' && text[n - 1] == ':' && text[n - 2] == ':')
			continue;
		if (n == sizeof(text) - 1)
			return false;
		text[n++] = host.ptr[i];
	}
	text[n] = '\0';
	return inet_pton(AF_INET6, text, address) == 1;
}

static bool
host_eq(struct slice a, struct slice b)
{
	struct in6_addr x, y;

	if (read_ipv6(a, &x) && read_ipv6(b, &y))
		return memcmp(&x, &y, sizeof(x)) == 0;
	return eq_nocase(a, b);
}

/* name or name=value */
struct pair {
	struct slice name, value;
};

struct pairs {
	unsigned int count;
	struct pair pair[SIP_URI_EQ_MAX];
};

typedef bool pair_eq(const struct pair *a, const struct pair *b);

/* False when there are more than SIP_URI_EQ_MAX. */
static bool
split(struct slice text, char separator, struct pairs *out)
{
	for (out->count = 0; text.ptr != NULL; out->count++) {
		struct slice value = slice_cut(&text, separator);

		if (out->count == SIP_URI_EQ_MAX)
			return false;
		out->pair[out->count].name = slice_cut(&value, '=');
		out->pair[out->count].value = value;
	}
	return true;
}

/*
 * Each has a partner of its own on the other side. The first that is equal will do as the partner,
 * because `eq` is transitive here.
 */
static bool
pairs_match(const struct pairs *a, const struct pairs *b, pair_eq *eq)
{
	uint64_t taken = 0;

	_Static_assert(SIP_URI_EQ_MAX <= 64, "a bit for each pair");
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++) {
		unsigned int j = 0;

		while (j < b->count && ((taken >> j & 1) != 0 || !eq(&a->pair[i], &b->pair[j])))
			j++;
		if (j == b->count)
			return false;
		taken |= UINT64_C(1) << j;
	}
	return true;
}

/* All of `a` are in `b` and the other way round, in any order. */
static bool
lists_match(struct slice a, struct slice b, char separator, pair_eq *eq)
{
	struct pairs x, y;

	if (slice_eq(a, b))
		return true;
	return split(a, separator, &x) && split(b, separator, &y) && pairs_match(&x, &y, eq);
}

/* Parameters that must be in both URIs if they are in one. */
static const struct strict_param {
	const char *name;
	bool (*eq)(struct slice a, struct slice b);
} strict_params[] = {
	{ "user", eq_nocase }, { "ttl", eq_nocase },       { "method", eq_case },
	{ "maddr", host_eq },  { "transport", eq_nocase },
};

/* NULL for other names. */
static const struct strict_param *
strict_param(struct slice name)
{
	for (size_t i = 0; i < sizeof(strict_params) / sizeof(strict_params[0]); i++)
		if (eq_nocase(name, slice_str(strict_params[i].name)))
			return &strict_params[i];
	return NULL;
}

/* Every parameter of `a` has its equal among those of its name in `b`, if there have to be any. */
static bool
params_agree(const struct pairs *a, const struct pairs *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct strict_param *strict = strict_param(a->pair[i].name);
		bool must = strict != NULL, found = false;

		for (unsigned int j = 0; j < b->count && !found; j++) {
			if (!eq_nocase(a->pair[i].name, b->pair[j].name))
				continue;
			must = true;
			found = (strict != NULL ? strict->eq : eq_nocase)(a->pair[i].value,
									  b->pair[j].value);
		}
		if (must && !found)
			return false;
	}
	return true;
}

static bool
sip_params_eq(struct slice a, struct slice b)
{
	struct pairs x, y;

	if (slice_eq(a, b))
		return true;
	return split(a, ';', &x) && split(b, ';', &y) && params_agree(&x, &y) &&
	       params_agree(&y, &x);
}

/* The name may have escapes; no known one is longer than `text`. */
static enum sip_header_id
header_id(struct slice name)
{
	const char *p = name.ptr, *end = slice_end(name);
	char text[32];
	size_t n = 0;

	while (p < end) {
		if (n == sizeof(text))
			return SIP_HDR_OTHER;
		text[n++] = (char)sip_uri_octet(&p, end);
	}
	return sip_header_find(slice_of(text, n));
}

/* Header fields of RFC 3261 §20 that are made of tokens, which have no case (§7.3.1). */
static bool
is_of_tokens(enum sip_header_id id)
{
	switch (id) {
	case SIP_HDR_ACCEPT:
	case SIP_HDR_ACCEPT_ENCODING:
	case SIP_HDR_ACCEPT_LANGUAGE:
	case SIP_HDR_CONTENT_DISPOSITION:
	case SIP_HDR_CONTENT_ENCODING:
	case SIP_HDR_CONTENT_LANGUAGE:
	case SIP_HDR_CONTENT_TYPE:
	case SIP_HDR_PRIORITY:
	case SIP_HDR_PROXY_REQUIRE:
	case SIP_HDR_REQUIRE:
	case SIP_HDR_SUPPORTED:
	case SIP_HDR_UNSUPPORTED:
		return true;
	default:
		return false;
	}
}

static bool
is_lws(const char *p, const char *end)
{
	return sip_char_is((char)sip_uri_octet(&p, end), SIP_CHAR_LWS);
}

/* White space stands there as its escapes. */
static struct slice
trim_escaped(struct slice s)
{
	const char *p = s.ptr, *end = slice_end(s);

	while (p < end && is_lws(p, end))
		sip_uri_octet(&p, end);
	while (p < end) {
		const char *last = end - 1;

		if (end - p >= 3 && sip_uri_is_escape(end - 3, end))
			last = end - 3;
		if (!is_lws(last, end))
			break;
		end = last;
	}
	return s.ptr != NULL ? slice_between(p, end) : s;
}

/* Header values. The field's own rules hold for what the escapes stand for, reserved or not. */
static bool
value_eq(struct slice a, struct slice b, bool tokens)
{
	const char *p = a.ptr, *pe = slice_end(a), *q = b.ptr, *qe = slice_end(b);
	bool quoted = false, paired = false;

	if ((p == NULL) != (q == NULL))
		return false;
	while (p < pe && q < qe) {
		char x = (char)sip_uri_octet(&p, pe), y = (char)sip_uri_octet(&q, qe);

		if (x != y && (!tokens || quoted || slice_lower(x) != slice_lower(y)))
			return false;
		if (paired)
			paired = false;
		else if (x == '"')
			quoted = !quoted;
		else
			paired = quoted && x == '\\';
	}
	return p == pe && q == qe;
}

static bool
header_eq(const struct pair *a, const struct pair *b)
{
	enum sip_header_id id = header_id(a->name);

	if (id != header_id(b->name))
		return false;
	if (id == SIP_HDR_OTHER && !value_eq(a->name, b->name, true))
		return false;
	/* white space at the ends of a body is part of it */
	if (value_eq(a->name, SLICE("body"), true))
		return value_eq(a->value, b->value, false);
	return value_eq(trim_escaped(a->value), trim_escaped(b->value), is_of_tokens(id));
}

static bool
sip_eq(const struct sip_uri *a, const struct sip_uri *b)
{
	return eq_case(a->user, b->user) && eq_case(a->password, b->password) &&
	       host_eq(a->host, b->host) && a->port == b->port &&
	       sip_params_eq(a->params, b->params) &&
	       lists_match(a->headers, b->headers, '&', header_eq);
}

static bool
is_global(struct slice number)
{
	return number.len > 0 && number.ptr[0] == '+';
}

/* The next character of a number that is no visual separator, or NUMBER_END. */
enum { NUMBER_END = 2 * SIP_URI_ESCAPED };

static unsigned int
next_digit(const char **p, const char *end)
{
	while (*p < end) {
		unsigned int symbol = fold(sip_uri_symbol(p, end));

		if (symbol != '-' && symbol != '.' && symbol != '(' && symbol != ')')
			return symbol;
	}
	return NUMBER_END;
}

static bool
number_eq(struct slice a, struct slice b)
{
	const char *p = a.ptr, *pe = slice_end(a), *q = b.ptr, *qe = slice_end(b);
	unsigned int x, y;

	if ((p == NULL) != (q == NULL) || is_global(a) != is_global(b))
		return false;
	do {
		x = next_digit(&p, pe);
		y = next_digit(&q, qe);
	} while (x == y && x != NUMBER_END);
	return x == y;
}

static bool
tel_param_eq(const struct pair *a, const struct pair *b)
{
	if (!eq_nocase(a->name, b->name))
		return false;
	if (eq_nocase(a->name, SLICE("ext")))
		return number_eq(a->value, b->value);
	if (eq_nocase(a->name, SLICE("phone-context")) && is_global(a->value))
		return number_eq(a->value, b->value);
	return eq_nocase(a->value, b->value);
}

/* Schemes that mean nothing here. */
static bool
other_eq(const struct sip_uri *a, const struct sip_uri *b)
{
	const char *p = slice_end(a->scheme_text), *end = slice_end(a->text);
	const char *q = slice_end(b->scheme_text), *qe = slice_end(b->text);

	if (!slice_eq_nocase(a->scheme_text, b->scheme_text) || end - p != qe - q)
		return false;
	while (p < end) {
		bool escape = sip_uri_is_escape(p, end);

		if (escape != sip_uri_is_escape(q, qe))
			return false;
		if (sip_uri_octet(&p, end) != sip_uri_octet(&q, qe))
			return false;
	}
	return true;
}

bool
sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	switch (a->scheme) {
	case SIP_SCHEME_SIP:
	case SIP_SCHEME_SIPS:
		return sip_eq(a, b);
	case SIP_SCHEME_TEL:
		return number_eq(a->user, b->user) &&
		       lists_match(a->params, b->params, ';', tel_param_eq);
	case SIP_SCHEME_OTHER:
		break;
	}
	return other_eq(a, b);
}
