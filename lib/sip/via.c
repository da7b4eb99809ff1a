/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/via.h"

#include "sip/chars.h"
#include "sip/word.h"

enum { COOKIE_LEN = sizeof(SIP_BRANCH_COOKIE) - 1 };

bool
sip_branch_has_cookie(struct slice branch)
{
	/* bit 5 of its letters is their case */
	static const char fold[8] = "\x20\0\x20\x20\0\x20\x20", cookie[8] = "z9hg4bk";

	if (branch.len <= COOKIE_LEN)
		return false;
	return ((sip_word_load(branch.ptr) | sip_word_load(fold)) ^ sip_word_load(cookie)) << 8 ==
	       0;
}

/* From behind "SIP/2.0/". */
static const char *
skip_transport(const char *p, const char *end)
{
	if (end - p > 4 && memcmp(p, "UDP ", 4) == 0)
		return p + 4;
	while (p < end && *p >= 'A' && *p <= 'Z')
		p++;
	return p < end && *p == ' ' ? p + 1 : end;
}

bool
sip_via_sent_by(struct slice value, struct slice *host, uint16_t *port)
{
	const char *p = value.ptr, *end = slice_end(value), *begin;
	uint32_t number = 0;

	if (value.len < 16 || memcmp(p, "SIP/2.0/", 8) != 0)
		return false;
	begin = skip_transport(p + 8, end);
	p = sip_char_span(begin, end, SIP_CHAR_HOST);
	*host = slice_between(begin, p);
	if (p < end && *p == ':') {
		for (p++; p < end && *p >= '0' && *p <= '9' && number <= UINT16_MAX; p++)
			number = number * 10 + (uint32_t)(*p - '0');
		if (number == 0 || number > UINT16_MAX)
			return false;
	}
	*port = (uint16_t)number;
	return host->len > 0 && p < end && *p == ';';
}
