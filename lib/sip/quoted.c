/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/quoted.h"

#include "sip/chars.h"

enum { DEL = 0x7f };

static bool
is_qdtext(char c)
{
	return (uint8_t)c >= ' ' ? c != DEL : sip_char_is(c, SIP_CHAR_LWS);
}

const char *
sip_quoted_skip(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\') {
			if (++p == end || *p == '\r' || *p == '\n' || (uint8_t)*p > DEL)
				return NULL;
		} else if (!is_qdtext(*p)) {
			return NULL;
		}
	}
	return NULL;
}

struct slice
sip_unquote(struct slice text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return slice_of(text.ptr + 1, text.len - 2);
	return text;
}

/* White space: as it is, but a fold is one SP. */
static struct slice
take_lws(const char *p, const char *end)
{
	struct slice lws = slice_between(p, sip_skip_lws(p, end));
	bool folded = memchr(lws.ptr, '\r', lws.len) != NULL || memchr(lws.ptr, '\n', lws.len);

	return folded ? SLICE(" ") : lws;
}

bool
sip_quoted_next(struct slice *rest, struct slice *piece)
{
	const char *p = rest->ptr, *end = slice_end(*rest), *stop;

	if (p == end)
		return false;
	if (*p == '\\') {
		if (end - p < 2)
			return false;
		*piece = slice_of(p + 1, 1);
		stop = p + 2;
	} else if (sip_char_is(*p, SIP_CHAR_LWS)) {
		*piece = take_lws(p, end);
		stop = sip_skip_lws(p, end);
	} else {
		for (stop = p; stop < end && *stop != '\\' && !sip_char_is(*stop, SIP_CHAR_LWS);)
			stop++;
		*piece = slice_between(p, stop);
	}
	*rest = slice_between(stop, end);
	return true;
}

struct slice
sip_quoted_decode(struct slice inside, char *out, size_t size)
{
	struct slice rest = inside, piece;
	size_t len = 0;

	while (sip_quoted_next(&rest, &piece)) {
		if (piece.len > size - len)
			return SLICE_ABSENT;
		memcpy(out + len, piece.ptr, piece.len);
		len += piece.len;
	}
	return inside.ptr != NULL && rest.len == 0 ? slice_of(out, len) : SLICE_ABSENT;
}

bool
sip_quoted_eq(struct slice inside, struct slice plain)
{
	struct slice piece;

	if (inside.ptr == NULL || plain.ptr == NULL)
		return false;
	while (sip_quoted_next(&inside, &piece)) {
		if (piece.len > plain.len || memcmp(piece.ptr, plain.ptr, piece.len) != 0)
			return false;
		plain = slice_of(plain.ptr + piece.len, plain.len - piece.len);
	}
	return inside.len == 0 && plain.len == 0;
}
