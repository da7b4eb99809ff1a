/* SPDX-License-Identifier: BSD-3-Clause */
/** Character classes of RFC 3261 §25.1, one table look-up each. */
#ifndef SIP_CHARS_H
#define SIP_CHARS_H

#include "sip/slice.h"

enum sip_char_class {
	SIP_CHAR_TOKEN = 1 << 0, /* token */
	SIP_CHAR_LWS = 1 << 1,   /* SP, HT, CR, LF: white space inside an (unfolded) value */
	SIP_CHAR_DIGIT = 1 << 2, /* DIGIT */
	SIP_CHAR_HEX = 1 << 3,   /* HEXDIG, either case */
	SIP_CHAR_USER = 1 << 4,  /* user-unreserved, unreserved, password, '%' */
	SIP_CHAR_HOST = 1 << 5,  /* hostname: alphanum, '-', '.', and '_' as found in the field */
	SIP_CHAR_PARAM = 1 << 6, /* paramchar of a URI parameter, '%' */
	SIP_CHAR_WORD = 1 << 7,  /* word of Call-ID */
	SIP_CHAR_VALUE = 1 << 8, /* what an unquoted value of a header parameter may hold */
	SIP_CHAR_VIA_VALUE = 1 << 9, /* token, ':', '[', ']' */
	SIP_CHAR_DISPLAY = 1 << 10,  /* unquoted display name: token, white space, above 127 */
};

enum { SIP_CHAR_CLASSES = 11 };

/** The classes that have members above 127. */
#define SIP_CHAR_HIGH (SIP_CHAR_VALUE | SIP_CHAR_DISPLAY)

extern const uint16_t sip_char_table[256];

/** The same classes below 128, laid out for look-up by vector shuffles: see chars.c. */
extern const uint8_t sip_char_rows[SIP_CHAR_CLASSES][16];

static inline bool
sip_char_is(char c, unsigned int classes)
{
	return (sip_char_table[(uint8_t)c] & classes) != 0;
}

/** First position in [p, end) that is not of one of `classes`. */
static inline const char *
sip_char_span(const char *p, const char *end, unsigned int classes)
{
	while (p < end && sip_char_is(*p, classes))
		p++;
	return p;
}

/** Skip linear white space; folds are part of it. */
static inline const char *
sip_skip_lws(const char *p, const char *end)
{
	return sip_char_span(p, end, SIP_CHAR_LWS);
}

/** Without white space at either end. */
static inline struct slice
sip_trim(struct slice s)
{
	const char *p = s.ptr, *end = slice_end(s);

	if (p == NULL)
		return s;
	p = sip_skip_lws(p, end);
	while (end > p && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	return slice_between(p, end);
}

/** Every byte is of one of `classes`, and there is at least one. */
static inline bool
sip_all(struct slice s, unsigned int classes)
{
	return s.len > 0 && sip_char_span(s.ptr, s.ptr + s.len, classes) == s.ptr + s.len;
}

/**
 * Read 1*DIGIT that fills the whole slice. Values above UINT32_MAX saturate to it.
 * Returns false, with *out untouched, when the slice is anything else.
 */
static inline bool
sip_uint(struct slice s, uint32_t *out)
{
	uint64_t v = 0;

	if (!sip_all(s, SIP_CHAR_DIGIT))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		v = v * 10 + (uint64_t)(s.ptr[i] - '0');
		if (v > UINT32_MAX)
			v = UINT32_MAX;
	}
	*out = (uint32_t)v;
	return true;
}

/**
 * Position behind a quoted string that begins at `p` (where *p == '"'), or NULL when it does not
 * end before `end`. Backslash escapes are honoured (quoted-pair).
 */
const char *sip_skip_quoted(const char *p, const char *end);

/** Value of one hexadecimal digit, or -1. */
static inline int
sip_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = slice_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
