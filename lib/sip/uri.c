/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/uri.h"

#include "sip/chars.h"

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
