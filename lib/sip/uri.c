/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/uri.h"

#include "sip/uri_char.h"

bool
sip_uri_is_loose(const struct sip_uri *uri)
{
	return sip_param_find(uri->params, SLICE("lr"), NULL);
}

/* The user part in canonical form: needless escapes decoded, others in upper case. */
static size_t
user_canonical(struct slice user, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *p = user.ptr, *end = slice_end(user);
	size_t n = 0;

	while (p < end) {
		unsigned int symbol = sip_uri_symbol(&p, end);
		char c = (char)symbol;

		if (size - n < 3)
			return 0;
		if (symbol < SIP_URI_ESCAPED && sip_char_is(c, SIP_CHAR_USER) && c != '%') {
			out[n++] = c;
		} else {
			out[n++] = '%';
			out[n++] = hex[(uint8_t)c >> 4];
			out[n++] = hex[(uint8_t)c & 15];
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

bool
sip_uri_has_usual_port(const struct sip_uri *uri)
{
	return uri->port == 5060 || (uri->port == 5061 && uri->scheme == SIP_SCHEME_SIPS);
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
