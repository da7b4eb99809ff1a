/* SPDX-License-Identifier: BSD-3-Clause */
/** host and hostport (RFC 3261 §25.1). */
#ifndef SIP_READER_HOST_H
#define SIP_READER_HOST_H

#include "sip/reader/span.h"

/* Four numbers up to 255, without leading zeros, that fill the text. */
static bool
ipv4_is_valid(const char *p, const char *end)
{
	for (int i = 0; i < 4; i++) {
		const char *begin = p;
		unsigned int v = 0;

		for (; p < end && p - begin < 3 && sip_char_is(*p, SIP_CHAR_DIGIT); p++)
			v = v * 10 + (unsigned int)(*p - '0');
		if (p == begin || v > 255 || (*begin == '0' && p - begin > 1))
			return false;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

/* The two or three colons of a gap. The grammar of RFC 3261 allows three: RFC 5118 §4.10. */
static const char *
skip_gap(const char *p, const char *end)
{
	p += 2;
	return p < end && *p == ':' ? p + 1 : p;
}

/* An IPv6 address without its brackets (RFC 4291 §2.2). */
static __attribute__((noinline)) bool
ipv6_is_valid(const char *p, const char *end)
{
	unsigned int groups = 0;
	bool gap = false;

	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		p = skip_gap(p, end);
		gap = true;
	}
	while (p < end) {
		const char *begin = p;

		while (p < end && p - begin < 4 && sip_char_is(*p, SIP_CHAR_HEX))
			p++;
		if (p == begin)
			return false;
		if (p < end && *p == '.') {
			groups += 2;
			return groups + gap <= 8 && (gap || groups == 8) &&
			       ipv4_is_valid(begin, end);
		}
		groups++;
		if (p == end)
			break;
		if (*p != ':' || p + 1 == end)
			return false;
		if (p[1] != ':') {
			p++;
			continue;
		}
		if (gap)
			return false;
		gap = true;
		p = skip_gap(p, end);
	}
	return gap ? groups < 8 : groups == 8;
}

/**
 * Step over a host name, an IPv4 address or an IPv6 reference in brackets. NULL when there is none.
 */
static inline const char *
take_host(const char *p, struct bounds b, struct slice *host)
{
	const char *begin = p;

	if (p == b.end)
		return NULL;
	if (*p == '[') {
		p = find(p, b, ']');
		if (p == b.end || !ipv6_is_valid(begin + 1, p))
			return NULL;
		p++;
	} else {
		p = span(p, b, SIP_CHAR_HOST);
		if (p == begin)
			return NULL;
	}
	*host = slice_between(begin, p);
	return p;
}

/** Step over a port, 1 to 65535. NULL when there is none. */
static inline const char *
take_port(const char *p, struct bounds b, uint16_t *port)
{
	const char *begin = p;
	uint32_t number = 0;

	p = take_number(p, b, &number);
	if (p == begin || number == 0 || number > UINT16_MAX)
		return NULL;
	*port = (uint16_t)number;
	return p;
}

#endif
