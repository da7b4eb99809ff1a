/* SPDX-License-Identifier: BSD-3-Clause */
/** The characters of a URI's parts, read through their escapes. */
#ifndef SIP_URI_CHAR_H
#define SIP_URI_CHAR_H

#include "sip/chars.h"

/** "%" HEX HEX stands at `p`. */
static inline bool
sip_uri_is_escape(const char *p, const char *end)
{
	return end - p >= 3 && *p == '%' && sip_hex_value(p[1]) >= 0 && sip_hex_value(p[2]) >= 0;
}

/** Step over one octet, which may stand there as its escape. *p is before `end`. */
static inline uint8_t
sip_uri_octet(const char **p, const char *end)
{
	const char *at = *p;

	if (!sip_uri_is_escape(at, end)) {
		*p = at + 1;
		return (uint8_t)*at;
	}
	*p = at + 3;
	return (uint8_t)(sip_hex_value(at[1]) << 4 | sip_hex_value(at[2]));
}

/**
 * Step over `text`, any octet of which may stand there as its escape; with `any_case`, for which
 * `text` is in lower case, in any. Returns the position behind it, or NULL when something else
 * stands there.
 */
static inline const char *
sip_uri_skip(const char *p, const char *end, struct slice text, bool any_case)
{
	for (size_t i = 0; i < text.len; i++) {
		char c;

		if (p >= end)
			return NULL;
		c = (char)sip_uri_octet(&p, end);
		if ((any_case ? slice_lower(c) : c) != text.ptr[i])
			return NULL;
	}
	return p;
}

/** What sip_uri_symbol() adds to a reserved character that was escaped. */
#define SIP_URI_ESCAPED 0x100u

/**
 * Step over one octet as it counts in a comparison: an escape is the character that it stands for,
 * except in the reserved set of RFC 2396 §2.2, of which `%3B` and `;` are two (RFC 3261 §19.1.4).
 * *p is before `end`.
 */
static inline unsigned int
sip_uri_symbol(const char **p, const char *end)
{
	const char *at = *p;
	uint8_t octet = sip_uri_octet(p, end);

	if (*p - at == 3 && octet != '\0' && strchr(";/?:@&=+$,", octet) != NULL)
		return octet | SIP_URI_ESCAPED;
	return octet;
}

#endif
